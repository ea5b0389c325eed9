//! Attempts: a job begins, and is put off or ends, once.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Change, JobKind,
    audit::{self, Entry},
    chain::{self, Ended},
    lease::{self, LeaseState},
    state::State,
};

/// What an attempt may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It may run.
    Go,
    /// What it would do stands already, under this lease: it has ended as done.
    Stands(i64),
    /// This lease, for which it would do it, is over: it has ended as expired.
    Late(i64),
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

impl Change for Begin {
    type Answer = Begun;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Begun> {
        let row = sql
            .prepare_cached("SELECT kind, lease, state FROM job WHERE id = ?1 AND state IN ('waiting', 'running')")?
            .query_row([self.job], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        let Some((kind, lease, was)) = row else { return Ok(Begun::Over) };
        // The last attempt was cut off: it may have done it.
        if let Some(lease) = lease.filter(|_| was == State::Running.name()) {
            lease::doubt(sql, lease)?;
        }
        sql.prepare_cached("UPDATE job SET state = 'running', attempt = ?2 WHERE id = ?1")?
            .execute(params![self.job, self.attempt])?;
        if let (JobKind::Restore, Some(lease)) = (JobKind::named(&kind), lease)
            && !lease::is_held(sql, lease)?
        {
            let summary = format!("lease {lease} is over");
            sql.prepare_cached("UPDATE job SET state = 'refused', ended = ?2, summary = ?3 WHERE id = ?1")?
                .execute(params![self.job, self.now.as_millisecond(), summary])?;
            let detail = serde_json::json!({ "summary": summary });
            audit::append(sql, self.now, &Entry { what: "refused", job: Some(self.job), lease: Some(lease), detail })?;
            return Ok(Begun::Over);
        }
        if let (JobKind::Do, Some(lease)) = (JobKind::named(&kind), lease) {
            let (state, summary, begun) = match lease::state(sql, lease)? {
                Some(LeaseState::Taken) | None => (State::Running, String::new(), Begun::Go),
                Some(LeaseState::Held) => {
                    let summary = format!("what it would do stands already, under lease {lease}");
                    (State::Done, summary, Begun::Stands(lease))
                }
                Some(_) => {
                    let summary = format!("lease {lease}, for which it would do it, is over");
                    (State::Expired, summary, Begun::Late(lease))
                }
            };
            if begun != Begun::Go {
                sql.prepare_cached("UPDATE job SET state = ?4, ended = ?2, summary = ?3 WHERE id = ?1")?
                    .execute(params![self.job, self.now.as_millisecond(), summary, state.name()])?;
                let detail = serde_json::json!({ "summary": summary });
                let entry = Entry { what: state.name(), job: Some(self.job), lease: Some(lease), detail };
                audit::append(sql, self.now, &entry)?;
                return Ok(begun);
            }
        }
        sql.prepare_cached("INSERT OR REPLACE INTO attempt (job, number, began) VALUES (?1, ?2, ?3)")?
            .execute(params![self.job, self.attempt, self.now.as_millisecond()])?;
        let detail = serde_json::json!({ "attempt": self.attempt });
        audit::append(sql, self.now, &Entry { what: "begun", job: Some(self.job), lease: None, detail })?;
        Ok(Begun::Go)
    }
}

impl Change for End {
    type Answer = Ended;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Ended> {
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
        let cut_off: bool = self.attempt.is_none()
            && sql
                .prepare_cached("SELECT state = 'running' FROM job WHERE id = ?1")?
                .query_row([self.job], |row| row.get(0))
                .optional()?
                .unwrap_or_default();
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
        let Some((kind, lease)) = row else { return Ok(Ended::default()) };
        let what = if state.is_terminal() { state.name() } else { "put off" };
        let outcome = self.attempt.as_ref().map(|attempt| {
            serde_json::from_str::<serde_json::Value>(&attempt.outcome).unwrap_or(serde_json::Value::Null)
        });
        let detail = serde_json::json!({ "summary": summary, "due": due, "outcome": outcome });
        audit::append(sql, self.now, &Entry { what, job: Some(self.job), lease, detail })?;
        let mut ended = Ended { was_open: true, ..Ended::default() };
        if let Some(lease) = lease {
            let ending = lease::Ending {
                kind: JobKind::named(&kind),
                state,
                uncertain: self.uncertain || cut_off,
                token: self.token.as_deref(),
                summary,
            };
            ended.undo = lease::follow(sql, lease, &ending, self.now)?;
        }
        if state.is_terminal() {
            chain::follow(sql, self.job, self.now, &mut ended)?;
        }
        Ok(ended)
    }
}
