//! A test of the operator's triggers, as plain data: an alert, and what must come of it.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;

use super::Location;
use crate::idmef::Message;

/// One test under `tests:`.
#[derive(Debug, Clone)]
pub struct TriggerTest {
    /// What it shows, in the operator's words.
    pub name: Option<Box<str>>,
    /// Where it stands.
    pub at: Location,
    /// What arrives.
    pub alert: TestAlert,
    /// When it arrives; otherwise when the alert says that it was.
    pub now: Option<Timestamp>,
    /// What must match.
    pub expect: Expectation,
    /// What else must not match.
    pub others: Others,
}

/// What arrives.
#[derive(Debug, Clone)]
pub enum TestAlert {
    /// The messages of a recording, which is read when the test is run.
    File {
        /// The recording.
        file: PathBuf,
        /// Where it is named.
        at: Location,
    },
    /// This one.
    Inline(Box<Message>),
}

/// What must come of the messages.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// This, of each of them.
    Each(ExpectedTriggers),
    /// This of the first, this of the second and so on; so many there must be.
    InTurn(Vec<ExpectedTriggers>),
}

/// The triggers that must match one message, by name.
pub type ExpectedTriggers = BTreeMap<Arc<str>, ExpectedTrigger>;

/// A trigger that must match.
#[derive(Debug, Clone)]
pub struct ExpectedTrigger {
    /// Where that is said.
    pub at: Location,
    /// The jobs it must make, these and no others, in whatever order.
    pub actions: Vec<ExpectedAction>,
}

/// A job that must be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedAction {
    /// The name of its action; `exec` or `component` if that is written in the trigger.
    pub name: Box<str>,
    /// Whether the action is written in the trigger.
    pub inline: bool,
    /// What the job must be.
    pub job: ExpectedJob,
}

/// What a job must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedJob {
    /// Any that no guard refuses.
    Any,
    /// A program with exactly these arguments; the first is the program itself.
    Arguments(Vec<String>),
    /// One that a guard refuses.
    Refused,
}

/// The triggers that must not match, unless they are expected to.
#[derive(Debug, Clone)]
pub enum Others {
    /// All there are.
    All,
    /// These; whether any other matches does not matter.
    These(Arc<HashSet<Arc<str>>>),
}

impl Expectation {
    /// What must come of any of the messages.
    pub fn all(&self) -> impl Iterator<Item = &ExpectedTriggers> {
        match self {
            Self::Each(triggers) => std::slice::from_ref(triggers),
            Self::InTurn(list) => list,
        }
        .iter()
    }
}

impl Others {
    /// Whether this trigger is one of them.
    pub fn contains(&self, trigger: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(trigger),
        }
    }
}
