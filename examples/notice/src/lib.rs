// SPDX-License-Identifier: MIT OR Apache-2.0

//! `notice` puts an alert into words: one line or several, after a template, into the daemon's log.
//!
//! It needs no grant. The level of the lines follows the alert's severity, so that a log target which tells levels apart
//! (journald, syslog) can page someone for `high` and merely keep the rest. README.md shows a configuration.

mod template;

use std::collections::BTreeMap;

use prelude_trigger_guest::{Alert, Context, Error, Level, Mode, Outcome, Path, action};
use template::{Field, Template};

const SEVERITY: &str = "alert.assessment.impact.severity";

/// What the operator writes below `config:`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The notice. A line that consists of values which are all missing is left out.
    pub text: Template,
    /// Words for `{severity}` and levels, for single severities.
    #[serde(default)]
    pub severities: BTreeMap<Severity, Manner>,
    /// What stands for a value that is missing from a line with others.
    #[serde(default = "unknown")]
    pub missing: String,
    /// How many different values of one path are shown.
    #[serde(default = "five")]
    pub at_most: usize,
    /// Values to hand back as the job's outputs, by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, Path>,
}

/// IDMEF's severities (RFC 4765, section 4.2.6.1), and none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The alert has no severity.
    None,
    /// Informational.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

/// How alerts of one severity are spoken of.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manner {
    /// What `{severity}` becomes.
    pub word: Option<String>,
    /// The level of the lines.
    pub level: Option<LogLevel>,
}

/// A level of the daemon's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For the curious.
    Debug,
    /// Worth keeping.
    Info,
    /// Worth a look.
    Warn,
    /// Worth waking someone.
    Error,
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn five() -> usize {
    5
}

impl Severity {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("info") => Self::Info,
            Some("low") => Self::Low,
            Some("medium") => Self::Medium,
            Some("high") => Self::High,
            _ => Self::None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::None => "unrated",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    fn level(self) -> LogLevel {
        match self {
            Self::None | Self::Info | Self::Low => LogLevel::Info,
            Self::Medium => LogLevel::Warn,
            Self::High => LogLevel::Error,
        }
    }
}

impl Config {
    /// The notice's lines and their level. `texts` answers with all values at a path.
    pub fn notice<E>(
        &self,
        job: &Context,
        severity: Option<&str>,
        texts: impl Fn(&Path) -> Result<Vec<String>, E>,
    ) -> Result<(LogLevel, Vec<String>), E> {
        let severity = Severity::of(severity);
        let manner = self.severities.get(&severity).cloned().unwrap_or_default();
        let word = manner.word.unwrap_or_else(|| severity.word().to_owned());
        let lines = self.text.render(&self.missing, self.at_most, |field| match field {
            Field::Path(path) => texts(path),
            Field::Name(name) => Ok(match name.as_str() {
                "severity" => vec![word.clone()],
                "trigger" => vec![job.trigger.clone()],
                "job" => vec![job.job_id.clone()],
                capture => {
                    let captures = job.captures.iter().filter(|known| known.name == *capture);
                    captures.map(|capture| capture.text.clone()).collect()
                }
            }),
        })?;
        Ok((manner.level.unwrap_or_else(|| severity.level()), lines))
    }
}

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    let severity = alert.text(SEVERITY)?;
    let (level, lines) = config.notice(job, severity.as_deref(), |path| alert.texts(path))?;
    let Some(first) = lines.first() else {
        return Ok(Outcome::skipped("the alert has none of the values the notice is made of"));
    };
    let mut outcome = match job.mode {
        Mode::Observe => Outcome::simulated(first),
        Mode::Enforce => Outcome::done(first),
    };
    if job.mode == Mode::Enforce {
        let level = match level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        };
        for line in &lines {
            prelude_trigger_guest::log(level, format_args!("{line}"));
        }
    }
    for (name, path) in &config.outputs {
        for text in template::distinct(alert.texts(path)?) {
            outcome = outcome.output(name, text);
        }
    }
    Ok(outcome)
}

action!(Config, run);

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Context {
        Context {
            job_id: "1".into(),
            trigger: "ssh".into(),
            action: "notice".into(),
            attempt: 1,
            max_attempts: 1,
            deadline_ms: 1000,
            mode: Mode::Enforce,
            captures: vec![],
            parameters: vec![],
            lease_ms: None,
        }
    }

    fn notice(config: &str, severity: Option<&str>) -> (LogLevel, Vec<String>) {
        let config: Config = serde_json::from_str(config).unwrap();
        let texts = |path: &Path| {
            Ok::<_, ()>(match path.as_ref() {
                "alert.classification.text" => vec!["Brute force\nRoot".to_owned()],
                "alert.source(*).node.address(*).address" => (1..=7).map(|n| format!("192.0.2.{}", n.min(6))).collect(),
                _ => vec![],
            })
        };
        config.notice(&job(), severity, texts).unwrap()
    }

    #[test]
    fn severity_decides_on_word_and_level() {
        let config = r#"{"text": "{severity}: {trigger}", "severities": {"high": {"word": "URGENT"}, "low": {"level": "debug"}}}"#;
        assert_eq!(notice(config, Some("high")), (LogLevel::Error, vec!["URGENT: ssh".into()]));
        assert_eq!(notice(config, Some("medium")), (LogLevel::Warn, vec!["medium: ssh".into()]));
        assert_eq!(notice(config, Some("low")), (LogLevel::Debug, vec!["low: ssh".into()]));
        assert_eq!(notice(config, None), (LogLevel::Info, vec!["unrated: ssh".into()]));
    }

    #[test]
    fn values_are_told_once_and_lines_without_values_not_at_all() {
        let config = r#"{"text": "{alert.classification.text} by {user}\nfrom {alert.source(*).node.address(*).address}\nat {alert.target(0).node.name}"}"#;
        let (_, lines) = notice(config, None);
        assert_eq!(
            lines,
            ["Brute force\nRoot by unknown", "from 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5 and 1 more"]
        );
    }

    #[test]
    fn what_cannot_be_said_is_refused_at_load() {
        let error = |config: &str| serde_json::from_str::<Config>(config).unwrap_err().to_string();
        assert!(error(r#"{"text": "{a"}"#).contains("`{` is never closed"));
        assert!(error(r#"{"text": ""}"#).contains("is empty"));
        assert!(error(r#"{"text": "x", "form": 1}"#).contains("unknown field `form`"));
        assert!(error(r#"{"text": "x", "severities": {"hihg": {}}}"#).contains("unknown variant `hihg`"));
    }
}
