//! What is asked, and what is answered: one JSON object on a line, each way.
//!
//! `{"version": 1, "ask": {"verb": "pause", "scope": {"action": "block"}}}` is answered by `{"version": 1, "answer": {…}}` or
//! `{"version": 1, "refusal": {"kind": "unknown", "message": "…"}}`. Another version than [`VERSION`] is refused: the command line
//! and the daemon come from one package.

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    journal::{LeaseRow, PauseRow, Scope},
    report::Totals,
};

/// The version of all this.
pub const VERSION: u32 = 1;
/// Bytes of a request, at the most.
pub const LONGEST_REQUEST: usize = 64 << 10;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// How do things stand?
    Status,
    /// Refuse jobs until it is resumed.
    Pause {
        /// Of what.
        scope: Scope,
        /// Why.
        why: Option<String>,
    },
    /// Go on.
    Resume {
        /// With what.
        scope: Scope,
    },
    /// Load the configuration anew.
    Reload {
        /// End the leases that it would leave without an undo.
        undo: bool,
    },
    /// Make jobs once more.
    Retry {
        /// Which.
        jobs: Vec<i64>,
    },
    /// Give a lease another end.
    Extend {
        /// Which.
        lease: i64,
        /// When.
        end: NewEnd,
    },
    /// End leases now.
    Revoke {
        /// Which.
        leases: Chosen,
        /// Why.
        why: Option<String>,
    },
    /// Do again what leases say that stands.
    Restore {
        /// Which.
        leases: Chosen,
        /// Why.
        why: Option<String>,
    },
}

/// When a lease is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewEnd {
    /// So much later than it would.
    Later(Duration),
    /// Then.
    At(Timestamp),
}

/// Which leases are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// Those with these numbers.
    Ids(Vec<i64>),
    /// All of this action.
    Action(String),
    /// All on this target, as `kind:value` or only its value.
    Target(String),
    /// All.
    All,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// How things stand.
    Status(Box<Status>),
    /// It is paused.
    Paused {
        /// Whether it was not before.
        new: bool,
        /// Since when, and why.
        pause: Option<PauseRow>,
        /// Why it is not written down yet; none when it is.
        #[serde(default)]
        unwritten: Option<String>,
    },
    /// It goes on.
    Resumed {
        /// Since when it was paused; none when it was not.
        since: Option<Timestamp>,
        /// What is still paused.
        left: Vec<PauseRow>,
    },
    /// The new configuration is in force.
    Reloaded {
        /// How much there is.
        summary: String,
        /// What is probably not meant.
        said: Said,
        /// The leases that were ended for it.
        undone: Vec<i64>,
    },
    /// The new configuration was not loaded; the running one stays.
    NotLoaded(Said),
    /// The new configuration would leave leases without an undo; the running one stays.
    Holding(Holding),
    /// What became of each lease or job that was named.
    Each(Vec<Each>),
}

/// What there is to say about a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Said {
    /// As `check` shows it, with colours.
    pub text: String,
    /// The same for programs.
    pub diagnostics: serde_json::Value,
    /// How many errors there are.
    pub errors: usize,
    /// How many warnings there are.
    pub warnings: usize,
}

/// Leases that a new configuration would leave without an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Which.
    pub leases: Vec<LeaseRow>,
    /// Whether it was tried to undo them.
    pub tried: bool,
}

/// What became of one of those that were named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Each {
    /// The lease or the job.
    pub id: i64,
    /// Whether it was as was asked.
    pub fine: bool,
    /// What was done, or why not, in a line.
    pub said: String,
    /// The job that does it.
    pub job: Option<i64>,
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The daemon's version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Since when it runs.
    pub since: Timestamp,
    /// Whether it was started only to observe.
    pub observe: bool,
    /// The links over which messages come: their names, and whether they are connected.
    pub links: Vec<(String, bool)>,
    /// The counts since it was started.
    pub totals: Totals,
    /// What is in the journal; none when it does not answer.
    pub stock: Option<Stock>,
    /// Why the journal cannot write; none when it can.
    pub stuck: Option<String>,
    /// The state directory.
    pub state: PathBuf,
    /// What is paused.
    pub paused: Vec<PauseRow>,
    /// The configuration that is in force.
    pub configuration: Configuration,
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stock {
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs that run.
    pub running: u64,
    /// Leases whose jobs have not ended.
    pub taken: u64,
    /// Leases that stand.
    pub held: u64,
    /// Leases that are being undone.
    pub ending: u64,
    /// Leases that could not be undone.
    pub failed: u64,
}

/// A configuration that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// The files it was read from.
    pub files: Vec<PathBuf>,
    /// How much there is.
    pub summary: String,
    /// When it was loaded.
    pub loaded: Timestamp,
}

/// Why something was not done or answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// In a word.
    pub kind: RefusalKind,
    /// In a line.
    pub message: String,
}

/// Why, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The request cannot be read.
    Malformed,
    /// It is of another version.
    Version,
    /// Whoever asks may not.
    Forbidden,
    /// Too much is asked at once.
    Busy,
    /// What is asked about is not there.
    Unknown,
    /// It was tried and did not work.
    Failed,
}

impl Refusal {
    /// For this reason.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// A request on its way.
#[derive(Debug, Serialize)]
pub(super) struct Asked<'r> {
    pub(super) version: u32,
    pub(super) ask: &'r Request,
}

/// An answer on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Refusal>,
}

/// Reads a request.
pub(super) fn read(line: &[u8]) -> Result<Request, Refusal> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
        ask: serde_json::Value,
    }
    let malformed =
        |error: serde_json::Error| Refusal::new(RefusalKind::Malformed, format!("this is no request: {error}"));
    let Versioned { version, ask } = serde_json::from_slice(line).map_err(malformed)?;
    if version != VERSION {
        return Err(Refusal::new(
            RefusalKind::Version,
            format!("the daemon speaks version {VERSION}, and was asked in version {version}: use its own program"),
        ));
    }
    serde_json::from_value(ask).map_err(malformed)
}

/// Writes an answer, with the end of its line.
pub(super) fn write(answer: Result<Answer, Refusal>) -> Vec<u8> {
    let (answer, refusal) = match answer {
        Ok(answer) => (Some(answer), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let answered = Answered { version: VERSION, answer, refusal };
    // Texts, numbers and maps with keys that are texts: always JSON.
    let mut line = serde_json::to_vec(&answered).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_request_is_read_as_it_was_written() {
        let scope = Scope::Action("block".to_owned());
        for request in [
            Request::Status,
            Request::Pause { scope: scope.clone(), why: Some("maintenance\n".to_owned()) },
            Request::Pause { scope: Scope::All, why: None },
            Request::Resume { scope },
            Request::Reload { undo: true },
            Request::Retry { jobs: vec![1, 2] },
            Request::Extend { lease: 7, end: NewEnd::Later(Duration::from_hours(2)) },
            Request::Extend { lease: 7, end: NewEnd::At(Timestamp::UNIX_EPOCH) },
            Request::Revoke { leases: Chosen::Ids(vec![1]), why: None },
            Request::Restore { leases: Chosen::All, why: None },
        ] {
            let line = serde_json::to_vec(&Asked { version: VERSION, ask: &request }).unwrap();
            assert_eq!(read(&line).unwrap(), request);
        }
    }

    #[test]
    fn what_is_no_request_is_refused_with_a_reason() {
        for (line, kind) in [
            ("", RefusalKind::Malformed),
            ("{}", RefusalKind::Malformed),
            (r#"{"version":2,"ask":{"verb":"anything"}}"#, RefusalKind::Version),
            (r#"{"version":1,"ask":{"verb":"explode"}}"#, RefusalKind::Malformed),
            (r#"{"version":1,"ask":{"verb":"reload","undo":true,"more":1}}"#, RefusalKind::Malformed),
            (r#"{"version":1,"ask":{"verb":"retry","jobs":["1"]}}"#, RefusalKind::Malformed),
            ("[[[[[[", RefusalKind::Malformed),
        ] {
            let refusal = read(line.as_bytes()).unwrap_err();
            assert_eq!(refusal.kind, kind, "{line}: {refusal}");
        }
    }
}
