//! `[answers]` of `prelude-trigger.conf`: what is told to Prelude, as alerts of our own: ends of jobs, and pauses.

use std::collections::BTreeSet;

use super::{decode::Item, document::Value};

const KEYS: [&str; 2] = ["send", "addresses"];
const EXPECTED: &str = "a list of `done`, `failed`, `refused`, `expired`, `observed`, `undone` and `paused`, or one of them, or `all` or `none`";

/// What can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was refused: by the never-list, a breaker or a guard.
    Refused,
    /// Its deadline passed before it could be started.
    Expired,
    /// It was only observed.
    Observed,
    /// What was done has been undone.
    Undone,
    /// An action, a trigger or all was paused, by a person or a breaker, or goes on.
    Paused,
}

/// `[answers]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// `send`: what is told; default `done`, `failed`, `undone` and `paused`.
    pub send: BTreeSet<Answer>,
    /// `addresses`: whether an answer names source and target of the alert that it answers; default false, so that correlators
    /// do not count it as one more alert about them.
    pub addresses: bool,
}

impl Answer {
    const ALL: [(&str, Self); 7] = [
        ("done", Self::Done),
        ("failed", Self::Failed),
        ("refused", Self::Refused),
        ("expired", Self::Expired),
        ("observed", Self::Observed),
        ("undone", Self::Undone),
        ("paused", Self::Paused),
    ];
}

impl Default for Answers {
    fn default() -> Self {
        Self { send: [Answer::Done, Answer::Failed, Answer::Undone, Answer::Paused].into(), addresses: false }
    }
}

/// Reads the section.
pub(super) fn decode(item: Item<'_>) -> Option<Answers> {
    let table = item.table("`[answers]`", &KEYS)?;
    let mut answers = Answers::default();
    table.read("send", &mut answers.send, send);
    table.read("addresses", &mut answers.addresses, Item::boolean);
    Some(answers)
}

fn send(item: Item<'_>) -> Option<BTreeSet<Answer>> {
    if let Value::Text(text) = &item.node.value {
        return match text.as_str() {
            "all" => Some(Answer::ALL.into_iter().map(|(_, answer)| answer).collect()),
            "none" => Some(BTreeSet::new()),
            one if Answer::ALL.iter().any(|(name, _)| *name == one) => Some([item.choice(&Answer::ALL)?].into()),
            _ => item.wrong(EXPECTED),
        };
    }
    Some(item.list(EXPECTED)?.filter_map(|item| item.choice(&Answer::ALL)).collect())
}
