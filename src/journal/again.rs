//! A job that came to nothing, once more, because somebody asked for it.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use super::{
    Alert, Change, JobKind, JobRow, Made, NewJob, OpenRef, State,
    column::time,
    decide::read_terms,
    job::{COLUMNS, OPEN_COLUMNS},
};

/// Repeats a job.
#[derive(Debug, Clone, Copy)]
pub struct Repeat {
    /// Which.
    pub job: i64,
    /// When the new one is given up.
    pub deadline: Timestamp,
    /// When.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeated {
    /// There is a new job.
    As(OpenRef),
    /// It has been repeated before, as this job.
    Before(i64),
    /// What it would do stands: the lease was renewed, by this job.
    Stands(i64),
    /// There is no such job.
    Unknown,
    /// It is not one that can be repeated, being in this state.
    Not(State),
    /// Its alert is no longer kept.
    Forgotten,
}

impl Change for Repeat {
    type Answer = Repeated;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Repeated> {
        let found = sql
            .prepare_cached(&format!("SELECT {COLUMNS}, job.terms FROM job WHERE id = ?1"))?
            .query_row([self.job], |row| Ok((JobRow::read(row)?, row.get::<_, Option<String>>(20)?)))
            .optional()?;
        let Some((row, terms)) = found else { return Ok(Repeated::Unknown) };
        // An undo is asked for with its lease.
        if row.kind != JobKind::Do || !matches!(row.state, State::Failed | State::Refused | State::Expired) {
            return Ok(Repeated::Not(row.state));
        }
        let alert = sql
            .prepare_cached("SELECT identity, issuer, messageid, received, wire FROM message WHERE id = ?1")?
            .query_row([row.message], |row| {
                Ok(Alert {
                    identity: row.get(0)?,
                    issuer: row.get(1)?,
                    messageid: row.get(2)?,
                    received: time(row, 3)?,
                    wire: row.get::<_, Vec<u8>>(4)?.into(),
                })
            })
            .optional()?;
        let Some(alert) = alert else { return Ok(Repeated::Forgotten) };
        let job = NewJob {
            trigger: Arc::from(row.trigger),
            place: row.place,
            action: Arc::from(row.action),
            target: row.target,
            parameters: row.parameters,
            captures: row.captures,
            delivery: row.delivery,
            deadline: self.deadline,
            lease: terms.as_deref().and_then(read_terms),
            after: None,
            again: Some(self.job),
            ended: None,
        };
        match job.make(sql, &alert, None, self.now)? {
            Made::New { id, .. } => sql
                .prepare_cached(&format!("SELECT {OPEN_COLUMNS} FROM job WHERE id = ?1"))?
                .query_row([id], OpenRef::read)
                .map(Repeated::As),
            Made::Known(id) => Ok(Repeated::Before(id)),
            Made::Renewed { id, .. } => Ok(Repeated::Stands(id)),
        }
    }
}
