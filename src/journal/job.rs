//! Jobs as they are written: see [`super::decide`] for how they are made, [`super::attempt`] for how they are run.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rusqlite::Row;
use serde::Serialize;

use super::{
    column::{time, timestamp, wrong},
    state::State,
};
use crate::config::Delivery;

/// What a job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// What the trigger asks for.
    Do,
    /// The end of a lease.
    Undo,
    /// What a lease says that stands, once more, because it does not.
    Restore,
}

/// A job that has not ended, with all that is needed to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    /// Its row.
    pub row: JobRow,
    /// The wire bytes of its message.
    pub wire: Arc<[u8]>,
    /// What a component needs to undo it, for a job that undoes.
    pub token: Option<Vec<u8>>,
}

/// A job, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobRow {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub kind: JobKind,
    /// The trigger.
    pub trigger: String,
    /// Where it stands among the trigger's jobs for this alert.
    pub place: u32,
    /// The action.
    pub action: String,
    /// What it acts on.
    pub target: Option<String>,
    /// The action's parameters.
    pub parameters: BTreeMap<String, String>,
    /// What the filters captured.
    pub captures: BTreeMap<String, String>,
    /// What becomes of it when the daemon dies.
    pub delivery: Delivery,
    /// Where it stands.
    pub state: State,
    /// Attempts begun.
    pub attempt: u32,
    /// Not run before then.
    pub due: Timestamp,
    /// When it is given up.
    pub deadline: Timestamp,
    /// When it was decided.
    pub made: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended, or why it waits, in a line.
    pub summary: Option<String>,
    /// Its message's row.
    pub message: Option<i64>,
    /// Its lease.
    pub lease: Option<i64>,
    /// The job that must be done before it begins.
    pub after: Option<i64>,
    /// The job that it repeats.
    pub again: Option<i64>,
}

/// What is known of a job that has not ended without reading its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRef {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub kind: JobKind,
    /// The action.
    pub action: String,
    /// What it acts on.
    pub target: Option<String>,
    /// What becomes of it when it was running.
    pub delivery: Delivery,
    /// Where it stands.
    pub state: State,
    /// Attempts begun.
    pub attempt: u32,
    /// Not run before then.
    pub due: Timestamp,
    /// When it is given up.
    pub deadline: Timestamp,
    /// The job that must be done before it begins.
    pub after: Option<i64>,
}

/// The columns that [`JobRow::read`] reads, in order.
pub(super) const COLUMNS: &str = "job.id, job.kind, job.trigger, job.place, job.action, job.target, job.parameters, \
    job.captures, job.delivery, job.state, job.attempt, job.due, job.deadline, job.made, job.ended, job.summary, \
    job.message, job.lease, job.after, job.again";

impl JobKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Undo => "undo",
            Self::Restore => "restore",
        }
    }

    /// Whatever is neither of the others does.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "undo" => Self::Undo,
            "restore" => Self::Restore,
            _ => Self::Do,
        }
    }
}

fn delivered(name: &str) -> Delivery {
    if name == Delivery::AtMostOnce.name() { Delivery::AtMostOnce } else { Delivery::AtLeastOnce }
}

macro_rules! serialized_by_name {
    ($($type:ty)*) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )*};
}
serialized_by_name!(JobKind);

impl JobRow {
    /// Reads a row of [`COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let texts = |index: usize| -> rusqlite::Result<BTreeMap<String, String>> {
            let text: String = row.get(index)?;
            serde_json::from_str(&text).map_err(|error| wrong(index, error))
        };
        let name: String = row.get(9)?;
        let kind: String = row.get(1)?;
        let delivery: String = row.get(8)?;
        Ok(Self {
            id: row.get(0)?,
            kind: JobKind::named(&kind),
            trigger: row.get(2)?,
            place: row.get(3)?,
            action: row.get(4)?,
            target: row.get(5)?,
            parameters: texts(6)?,
            captures: texts(7)?,
            delivery: delivered(&delivery),
            state: State::named(&name).ok_or_else(|| wrong(9, format!("no state is called {name}")))?,
            attempt: row.get(10)?,
            due: time(row, 11)?,
            deadline: time(row, 12)?,
            made: time(row, 13)?,
            ended: row.get::<_, Option<i64>>(14)?.map(|ms| timestamp(14, ms)).transpose()?,
            summary: row.get(15)?,
            message: row.get(16)?,
            lease: row.get(17)?,
            after: row.get(18)?,
            again: row.get(19)?,
        })
    }
}

/// The columns that [`OpenRef::read`] reads, in order.
pub(super) const OPEN_COLUMNS: &str = "id, kind, action, target, delivery, state, attempt, due, deadline, after";

impl OpenRef {
    /// Reads a row of [`OPEN_COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (kind, delivery, name): (String, String, String) = (row.get(1)?, row.get(4)?, row.get(5)?);
        Ok(Self {
            id: row.get(0)?,
            kind: JobKind::named(&kind),
            action: row.get(2)?,
            target: row.get(3)?,
            delivery: delivered(&delivery),
            state: State::named(&name).ok_or_else(|| wrong(5, format!("no state is called {name}")))?,
            attempt: row.get(6)?,
            due: time(row, 7)?,
            deadline: time(row, 8)?,
            after: row.get(9)?,
        })
    }
}
