// SPDX-License-Identifier: MIT OR Apache-2.0

//! `notice` puts an alert into words: one line or several, after a template, into the daemon's log.
//!
//! It needs no grant. The level of the lines follows the alert's severity, so that a log target which tells levels apart
//! (journald, syslog) can page someone for `high` and merely keep the rest. README.md shows a configuration.

mod config;

use config::{Config, LogLevel, Severity};
use prelude_trigger_guest::{
    Alert, Context, Error, Level, Mode, Outcome, action, path,
    template::{Values, distinct},
};

impl Config {
    /// The notice's lines and their level.
    fn notice(&self, job: &Context, alert: &Alert) -> Result<(LogLevel, Vec<String>), Error> {
        let severity = Severity::of(alert.text(path!("alert.assessment.impact.severity"))?.as_deref());
        let manner = self.severities.get(&severity).cloned().unwrap_or_default();
        let word = manner.word.unwrap_or_else(|| severity.word().to_owned());
        let values = Values::new(job, alert).name("severity", word).missing(&self.missing).at_most(self.at_most);
        Ok((manner.level.unwrap_or_else(|| severity.level()), self.text.lines(&values)?))
    }
}

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    let (level, lines) = config.notice(job, alert)?;
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
        for text in distinct(alert.texts(path)?) {
            outcome = outcome.output(name, text);
        }
    }
    Ok(outcome)
}

action!(Config, run);

#[cfg(test)]
mod tests {
    use prelude_trigger_guest::{Status, testing};

    use super::*;

    fn notice(config: &str, severity: Option<&str>) -> (LogLevel, Vec<String>) {
        let config: Config = testing::config(config).unwrap();
        let mut values = vec![("alert.classification.text", "Brute force\nRoot")];
        values.extend(severity.map(|severity| ("alert.assessment.impact.severity", severity)));
        let addresses: Vec<_> = (0..7)
            .map(|n| (format!("alert.source({n}).node.address(0).address"), format!("192.0.2.{}", n.min(5) + 1)))
            .collect();
        values.extend(addresses.iter().map(|(path, value)| (path.as_str(), value.as_str())));
        config.notice(&testing::job(), &testing::alert_with(&values)).unwrap()
    }

    #[test]
    fn severity_decides_on_word_and_level() {
        let config = r#"{"text": "{severity}: {trigger}", "severities": {"high": {"word": "URGENT"}, "low": {"level": "debug"}}}"#;
        assert_eq!(notice(config, Some("high")), (LogLevel::Error, vec!["URGENT: test".into()]));
        assert_eq!(notice(config, Some("medium")), (LogLevel::Warn, vec!["medium: test".into()]));
        assert_eq!(notice(config, Some("low")), (LogLevel::Debug, vec!["low: test".into()]));
        assert_eq!(notice(config, None), (LogLevel::Info, vec!["unrated: test".into()]));
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
    fn nothing_is_said_of_what_is_only_observed() {
        let config = testing::config(r#"{"text": "{alert.messageid}", "outputs": {"id": "alert.messageid"}}"#).unwrap();
        let alert = testing::alert_with(&[("alert.messageid", "abc")]);
        let outcome = run(&testing::observed_job(), &config, &alert).unwrap();
        assert_eq!((outcome.status, outcome.summary.as_deref()), (Status::Simulated, Some("abc")));
        assert_eq!(outcome.outputs[0].text, "abc");
        let outcome = run(&testing::job(), &config, &testing::alert(r#"{"alert": {}}"#)).unwrap();
        assert_eq!(outcome.status, Status::Skipped);
    }

    #[test]
    fn what_cannot_be_said_is_refused_at_load() {
        let error = |config: &str| testing::config::<Config>(config).unwrap_err();
        assert!(error(r#"{"text": "{a"}"#).contains("`{` is never closed"));
        assert!(error(r#"{"text": ""}"#).contains("is empty"));
        assert!(error(r#"{"text": "{alert.clasification.text}"}"#).contains("has no child"));
        assert!(error(r#"{"text": "x", "form": 1}"#).contains("unknown field `form`"));
        assert!(error(r#"{"text": "x", "severities": {"hihg": {}}}"#).contains("unknown variant `hihg`"));
    }
}
