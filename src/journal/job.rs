//! Jobs: made with their decision, begun, and ended once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::{
    Alert, Change, Remember,
    alert::sum,
    audit::{self, Entry},
    column::{time, timestamp, wrong},
    lease,
    state::State,
};
use crate::config::{Delivery, Terms};

/// What a job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// What the trigger asks for.
    Do,
    /// The end of a lease.
    Undo,
}

/// A job as a decision makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The trigger that matched.
    pub trigger: Arc<str>,
    /// Where it stands among the trigger's jobs for this alert, from 0.
    pub place: u32,
    /// The action.
    pub action: Arc<str>,
    /// What it acts on, as `kind:value`; none when the action has no target.
    pub target: Option<String>,
    /// The action's parameters, as texts.
    pub parameters: BTreeMap<String, String>,
    /// What the filters captured.
    pub captures: BTreeMap<String, String>,
    /// What becomes of it when the daemon dies.
    pub delivery: Delivery,
    /// When it is given up.
    pub deadline: Timestamp,
    /// For how long its effect is wanted; none: for ever.
    pub lease: Option<Terms>,
    /// Why nothing is to be run: the job ends as it is made, as refused or observed.
    pub ended: Option<(State, String)>,
}

/// What became of a job that a decision asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It is a job.
    New {
        /// Its number.
        id: i64,
        /// The lease that it takes.
        lease: Option<i64>,
    },
    /// It has been made before: the alert came twice.
    Known(i64),
    /// What it would do is done already, and now lasts until then.
    Renewed {
        /// The lease.
        lease: i64,
        /// When it ends.
        until: Timestamp,
    },
}

/// Writes down what was decided about a message: all its jobs, and what damping remembers, together or not at all.
#[derive(Debug, Clone)]
pub struct Decide {
    /// The message.
    pub alert: Alert,
    /// The jobs, in order.
    pub jobs: Vec<NewJob>,
    /// What damping is to remember.
    pub damping: Vec<Remember>,
    /// When it was decided.
    pub now: Timestamp,
}

/// What an attempt may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It may run.
    Go,
    /// What it would do stands already, under its lease: it has ended as done.
    Stands,
    /// It has ended before.
    Over,
}

/// Notes that a job's next attempt begins.
#[derive(Debug, Clone, Copy)]
pub struct Begin {
    /// The job.
    pub job: i64,
    /// Counts from one.
    pub attempt: u32,
    /// When.
    pub now: Timestamp,
}

/// Notes how an attempt ended, and what becomes of the job.
#[derive(Debug, Clone)]
pub struct End {
    /// The job.
    pub job: i64,
    /// How its last attempt went; none when nothing was tried.
    pub attempt: Option<Attempt>,
    /// What becomes of it.
    pub next: Next,
    /// Nobody knows whether the attempt had an effect: it took too long, it crashed, or the daemon died.
    pub uncertain: bool,
    /// What a component needs to undo it.
    pub token: Option<Vec<u8>>,
    /// When.
    pub now: Timestamp,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from one.
    pub number: u32,
    /// How long it took.
    pub took: Duration,
    /// What is known of it: a JSON object.
    pub outcome: String,
}

/// What becomes of a job after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is tried again, not before then.
    Again(Timestamp, String),
    /// It ends.
    Ends(State, String),
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
}

/// The columns that [`JobRow::read`] reads, in order.
pub(super) const COLUMNS: &str = "job.id, job.kind, job.trigger, job.place, job.action, job.target, job.parameters, \
    job.captures, job.delivery, job.state, job.attempt, job.due, job.deadline, job.made, job.ended, job.summary, \
    job.message, job.lease";

impl JobKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Undo => "undo",
        }
    }

    /// Those that undo are few; whatever is none does.
    fn named(name: &str) -> Self {
        if name == "undo" { Self::Undo } else { Self::Do }
    }
}

impl Serialize for JobKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl NewJob {
    /// What the job is known by: its alert, the trigger, the action and the target.
    pub fn identity(&self, alert: &Alert) -> [u8; 32] {
        let target = self.target.as_deref().unwrap_or_default();
        let place = if self.target.is_some() { 0 } else { self.place };
        // Without a target, a trigger that names an action twice means it.
        sum(&[
            &alert.identity,
            self.trigger.as_bytes(),
            self.action.as_bytes(),
            target.as_bytes(),
            &place.to_be_bytes(),
        ])
    }

    fn make(&self, sql: &Connection, alert: &Alert, now: Timestamp) -> rusqlite::Result<Made> {
        let identity = self.identity(alert);
        let known = sql
            .prepare_cached("SELECT id FROM job WHERE identity = ?1")?
            .query_row([&identity[..]], |row| row.get(0))
            .optional()?;
        if let Some(known) = known {
            return Ok(Made::Known(known));
        }
        let wants_lease = self.lease.as_ref().filter(|_| self.ended.is_none());
        let held = match (wants_lease, &self.target) {
            (Some(terms), Some(target)) => lease::renew(sql, &self.action, target, terms, now)?,
            _ => None,
        };
        let message = alert.row(sql)?;
        let (state, summary) = match (&self.ended, &held) {
            (Some((state, why)), _) => (*state, Some(why.clone())),
            (None, Some((lease, until))) => {
                (State::Done, Some(format!("what lease {lease} did still stands; it is renewed until {until:.0}")))
            }
            (None, None) => (State::Waiting, None),
        };
        let id = sql
            .prepare_cached(
                "INSERT INTO job (identity, message, lease, kind, trigger, place, action, target, parameters, captures, \
                 delivery, state, attempt, due, deadline, made, ended, summary) \
                 VALUES (?1, ?2, ?3, 'do', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?12, ?14, ?15)",
            )?
            .insert(params![
                &identity[..],
                message,
                held.map(|(lease, _)| lease),
                &*self.trigger,
                self.place,
                &*self.action,
                self.target,
                json(&self.parameters),
                json(&self.captures),
                self.delivery.name(),
                state.name(),
                now.as_millisecond(),
                self.deadline.as_millisecond(),
                state.is_terminal().then(|| now.as_millisecond()),
                summary,
            ])?;
        audit::append(
            sql,
            now,
            &Entry {
                what: "decided",
                job: Some(id),
                lease: held.map(|(lease, _)| lease),
                detail: serde_json::json!({
                    "message": { "issuer": alert.issuer, "messageid": alert.messageid, "sha256": hex::encode(sum(&[&alert.wire])) },
                    "trigger": &*self.trigger, "action": &*self.action, "target": self.target,
                    "parameters": self.parameters, "state": state.name(), "summary": summary,
                }),
            },
        )?;
        if let Some((lease, until)) = held {
            return Ok(Made::Renewed { lease, until });
        }
        let lease = match (wants_lease, &self.target) {
            (Some(terms), Some(target)) => Some(lease::take(sql, id, &self.action, target, &self.trigger, terms, now)?),
            _ => None,
        };
        Ok(Made::New { id, lease })
    }
}

fn json(texts: &BTreeMap<String, String>) -> String {
    // A map of texts is always JSON.
    serde_json::to_string(texts).unwrap_or_else(|_| "{}".to_owned())
}

impl Change for Decide {
    type Answer = Vec<Made>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Vec<Made>> {
        for remember in &self.damping {
            remember.apply(sql)?;
        }
        self.jobs.iter().map(|job| job.make(sql, &self.alert, self.now)).collect()
    }
}

impl Change for Begin {
    type Answer = Begun;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Begun> {
        let row = sql
            .prepare_cached(
                "UPDATE job SET state = 'running', attempt = ?2 WHERE id = ?1 AND state IN ('waiting', 'running') \
                 RETURNING kind, lease",
            )?
            .query_row(params![self.job, self.attempt], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?))
            })
            .optional()?;
        let Some((kind, lease)) = row else { return Ok(Begun::Over) };
        if let (JobKind::Do, Some(lease)) = (JobKind::named(&kind), lease)
            && lease::stands(sql, lease, self.now)?
        {
            let summary = format!("what it would do stands already, under lease {lease}");
            sql.prepare_cached("UPDATE job SET state = 'done', ended = ?2, summary = ?3 WHERE id = ?1")?
                .execute(params![self.job, self.now.as_millisecond(), summary])?;
            let detail = serde_json::json!({ "summary": summary });
            audit::append(sql, self.now, &Entry { what: "done", job: Some(self.job), lease: Some(lease), detail })?;
            return Ok(Begun::Stands);
        }
        sql.prepare_cached("INSERT OR REPLACE INTO attempt (job, number, began) VALUES (?1, ?2, ?3)")?
            .execute(params![self.job, self.attempt, self.now.as_millisecond()])?;
        let detail = serde_json::json!({ "attempt": self.attempt });
        audit::append(sql, self.now, &Entry { what: "begun", job: Some(self.job), lease: None, detail })?;
        Ok(Begun::Go)
    }
}

impl Change for End {
    /// Whether the job had not ended before.
    type Answer = bool;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<bool> {
        let now = self.now.as_millisecond();
        if let Some(attempt) = &self.attempt {
            sql.prepare_cached(
                "INSERT INTO attempt (job, number, began, took_ms, outcome) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (job, number) DO UPDATE SET took_ms = ?4, outcome = ?5",
            )?
            .execute(params![
                self.job,
                attempt.number,
                now,
                i64::try_from(attempt.took.as_millis()).unwrap_or(i64::MAX),
                attempt.outcome
            ])?;
        }
        let (state, due, ended, summary) = match &self.next {
            Next::Again(due, why) => (State::Waiting, Some(due.as_millisecond()), None, why),
            Next::Ends(state, why) => (*state, None, Some(now), why),
        };
        let row = sql
            .prepare_cached(
                "UPDATE job SET state = ?2, due = coalesce(?3, due), ended = ?4, summary = ?5 \
                 WHERE id = ?1 AND state IN ('waiting', 'running') RETURNING kind, lease",
            )?
            .query_row(params![self.job, state.name(), due, ended, summary], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?))
            })
            .optional()?;
        let Some((kind, lease)) = row else { return Ok(false) };
        let what = if state.is_terminal() { state.name() } else { "put off" };
        let outcome = self.attempt.as_ref().map(|attempt| {
            serde_json::from_str::<serde_json::Value>(&attempt.outcome).unwrap_or(serde_json::Value::Null)
        });
        let detail = serde_json::json!({ "summary": summary, "due": due, "outcome": outcome });
        audit::append(sql, self.now, &Entry { what, job: Some(self.job), lease, detail })?;
        if let Some(lease) = lease {
            let ending = lease::Ending {
                undo: JobKind::named(&kind) == JobKind::Undo,
                state,
                uncertain: self.uncertain,
                token: self.token.as_deref(),
                summary,
            };
            lease::follow(sql, lease, &ending, self.now)?;
        }
        Ok(true)
    }
}

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
            delivery: if delivery == "at-most-once" { Delivery::AtMostOnce } else { Delivery::AtLeastOnce },
            state: State::named(&name).ok_or_else(|| wrong(9, format!("no state is called {name}")))?,
            attempt: row.get(10)?,
            due: time(row, 11)?,
            deadline: time(row, 12)?,
            made: time(row, 13)?,
            ended: row.get::<_, Option<i64>>(14)?.map(|ms| timestamp(14, ms)).transpose()?,
            summary: row.get(15)?,
            message: row.get(16)?,
            lease: row.get(17)?,
        })
    }
}
