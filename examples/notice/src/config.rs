// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use std::collections::BTreeMap;

use prelude_trigger_guest::{Path, template::Template};

/// What the operator writes below `config:`.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manner {
    /// What `{severity}` becomes.
    pub word: Option<String>,
    /// The level of the lines.
    pub level: Option<LogLevel>,
}

/// A level of the daemon's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
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
    pub fn of(text: Option<&str>) -> Self {
        match text {
            Some("info") => Self::Info,
            Some("low") => Self::Low,
            Some("medium") => Self::Medium,
            Some("high") => Self::High,
            _ => Self::None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::None => "unrated",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub fn level(self) -> LogLevel {
        match self {
            Self::None | Self::Info | Self::Low => LogLevel::Info,
            Self::Medium => LogLevel::Warn,
            Self::High => LogLevel::Error,
        }
    }
}
