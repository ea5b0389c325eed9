//! Leases: effects that will be taken back, and when.
//!
//! ```text
//!   taken ──▶ held ──▶ ending ──▶ ended
//!     │ the      │ its time is over, or somebody ends it: an undo job is made
//!     │ job      └──▶ ending ──▶ failed     the undo did not work, and is not tried again by itself
//!     └──▶ void   nothing was done
//! ```
//!
//! Jobs that want the same while a lease is only taken share it: the first that does it holds it for all. It is void only when
//! the last of them has come to nothing, and none of them may have had an effect.
//!
//! - There is at most one lease that is taken or held for an action and a target. Who wants it again while it lasts renews it:
//!   it is done once, and undone once.
//! - A lease is written before the job that brings about its effect begins, and ends only when its undo has.
//! - When nobody knows whether a job had an effect (it took too long, it crashed, the daemon died), its lease ends at once:
//!   undoing what is not there hurts less than forgetting what is.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::{
    alert::sum,
    audit::{self, Entry},
    column::{time, timestamp, wrong},
    job::{self, JobKind, OpenRef},
    state::State,
};
use crate::config::Terms;

/// When a job that undoes is given up: never. The last time that [`Timestamp`] knows.
const NEVER: i64 = 253_402_207_200_000;
/// When a job that restores is given up: somebody will look again.
const RESTORED_BY: Duration = Duration::from_hours(1);

/// Where a lease stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeaseState {
    /// Its job has not ended.
    Taken,
    /// Its effect stands.
    Held,
    /// It is being undone.
    Ending,
    /// It was undone.
    Ended,
    /// Nothing was ever done.
    Void,
    /// It could not be undone.
    Failed,
}

/// A lease, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRow {
    /// Its number.
    pub id: i64,
    /// The action.
    pub action: String,
    /// What it acted on, as `kind:value`.
    pub target: String,
    /// The trigger that first asked for it.
    pub trigger: String,
    /// The job that took it.
    pub job: i64,
    /// Where it stands.
    pub state: LeaseState,
    /// When it was taken.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// How often this action has had this target, with this time.
    pub times: u32,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it ended, in a line.
    pub why: Option<String>,
}

pub(super) const COLUMNS: &str = "id, action, target, trigger, job, state, since, until, times, ended, why";

impl LeaseState {
    const ALL: [Self; 6] = [Self::Taken, Self::Held, Self::Ending, Self::Ended, Self::Void, Self::Failed];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Held => "held",
            Self::Ending => "ending",
            Self::Ended => "ended",
            Self::Void => "void",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Serialize for LeaseState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for LeaseState {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("no state of a lease is called {name}")))
    }
}

/// A time so much later; the last one there is when it would be after that.
fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Makes a lease that is taken or held last at least as long as a new one would.
///
/// Returns it when its effect stands; one that is only being taken gets its job all the same.
pub(super) fn renew(
    sql: &Connection,
    action: &str,
    target: &str,
    terms: &Terms,
    now: Timestamp,
) -> rusqlite::Result<Option<(i64, Timestamp)>> {
    let Some((lease, state, until, times)) = live(sql, action, target)? else { return Ok(None) };
    let wanted = later(now, terms.duration(times)).max(until);
    if wanted > until {
        set_until(sql, lease, wanted, now)?;
    }
    Ok((state == "held").then_some((lease, wanted)))
}

fn live(sql: &Connection, action: &str, target: &str) -> rusqlite::Result<Option<(i64, String, Timestamp, u32)>> {
    sql.prepare_cached(
        "SELECT id, state, until, times FROM lease WHERE action = ?1 AND target = ?2 AND state IN ('taken', 'held')",
    )?
    .query_row(params![action, target], |row| Ok((row.get(0)?, row.get(1)?, time(row, 2)?, row.get(3)?)))
    .optional()
}

pub(super) fn set_until(sql: &Connection, lease: i64, until: Timestamp, now: Timestamp) -> rusqlite::Result<()> {
    sql.prepare_cached("UPDATE lease SET until = ?2 WHERE id = ?1")?.execute(params![lease, until.as_millisecond()])?;
    let detail = serde_json::json!({ "until": until.as_millisecond() });
    audit::append(sql, now, &Entry { what: "lease renewed", job: None, lease: Some(lease), detail })
}

/// The lease of a new job: one that is being taken already, or a new one.
pub(super) fn take(
    sql: &Connection,
    job: i64,
    action: &str,
    target: &str,
    trigger: &str,
    terms: &Terms,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let lease = match live(sql, action, target)? {
        Some((lease, ..)) => lease,
        None => {
            // Those that were ended by hand were a mistake, and no offence of the target's.
            let before: u32 = sql
                .prepare_cached(
                    "SELECT count(*) FROM lease WHERE action = ?1 AND target = ?2 AND state IN ('ending', 'ended', 'failed') \
                     AND why = 'its time is over'",
                )?
                .query_row(params![action, target], |row| row.get(0))?;
            let times = before.saturating_add(1);
            let until = later(now, terms.duration(times));
            let lease = sql
                .prepare_cached(
                    "INSERT INTO lease (action, target, trigger, job, state, since, until, times) \
                     VALUES (?1, ?2, ?3, ?4, 'taken', ?5, ?6, ?7)",
                )?
                .insert(params![action, target, trigger, job, now.as_millisecond(), until.as_millisecond(), times])?;
            let detail = serde_json::json!({
                "action": action, "target": target, "until": until.as_millisecond(), "times": times,
            });
            audit::append(sql, now, &Entry { what: "lease taken", job: Some(job), lease: Some(lease), detail })?;
            lease
        }
    };
    sql.prepare_cached("UPDATE job SET lease = ?2 WHERE id = ?1")?.execute(params![job, lease])?;
    Ok(lease)
}

/// Where the lease of a job stands that is about to begin.
pub(super) fn state(sql: &Connection, lease: i64) -> rusqlite::Result<Option<LeaseState>> {
    let name: Option<String> =
        sql.prepare_cached("SELECT state FROM lease WHERE id = ?1")?.query_row([lease], |row| row.get(0)).optional()?;
    Ok(name.as_deref().and_then(LeaseState::named))
}

/// A job of this lease may have had its effect, and nobody knows.
pub(super) fn doubt(sql: &Connection, lease: i64) -> rusqlite::Result<()> {
    sql.prepare_cached("UPDATE lease SET uncertain = 1 WHERE id = ?1 AND state = 'taken'")?.execute([lease]).map(drop)
}

/// What a job's end means for its lease.
pub(super) struct Ending<'a> {
    pub(super) kind: JobKind,
    pub(super) state: State,
    /// Nobody knows whether there was an effect.
    pub(super) uncertain: bool,
    pub(super) token: Option<&'a [u8]>,
    pub(super) summary: &'a str,
}

/// A job of this lease has gone on to another state.
///
/// Returns the job that undoes the lease when it has to end at once.
pub(super) fn follow(
    sql: &Connection,
    lease: i64,
    ending: &Ending<'_>,
    now: Timestamp,
) -> rusqlite::Result<Option<OpenRef>> {
    let set = |state: LeaseState, why: Option<&str>| {
        let ended = matches!(state, LeaseState::Ended | LeaseState::Void | LeaseState::Failed);
        sql.prepare_cached(
            "UPDATE lease SET state = ?2, ended = ?3, why = coalesce(why, ?4), token = coalesce(?5, token) WHERE id = ?1",
        )?
        .execute(params![lease, state.name(), ended.then(|| now.as_millisecond()), why, ending.token])?;
        let what = match state {
            LeaseState::Held => "lease held",
            LeaseState::Ended => "lease ended",
            LeaseState::Failed => "lease failed",
            _ => "lease void",
        };
        let detail = serde_json::json!({ "why": why });
        audit::append(sql, now, &Entry { what, job: None, lease: Some(lease), detail })?;
        Ok(None)
    };
    match (ending.kind, ending.state) {
        (_, ended) if !ended.is_terminal() => Ok(None),
        // It stood, or should stand: until somebody looks again, or its time is over.
        (JobKind::Restore, _) => Ok(None),
        (JobKind::Do, State::Done) => set(LeaseState::Held, None),
        (JobKind::Do, _) => {
            if ending.uncertain {
                doubt(sql, lease)?;
            }
            // Another job has brought the effect about, or may still: then that is what counts.
            if state(sql, lease)? != Some(LeaseState::Taken) || is_wanted(sql, lease)? {
                return Ok(None);
            }
            if !is_doubted(sql, lease)? {
                return set(LeaseState::Void, Some(ending.summary));
            }
            set(LeaseState::Held, None)?;
            end(sql, lease, "nobody knows whether its job had an effect", now)
        }
        (JobKind::Undo, State::Done) => set(LeaseState::Ended, None),
        (JobKind::Undo, _) => set(LeaseState::Failed, Some(ending.summary)),
    }
}

/// Makes the job that undoes a lease; returns it unless the lease is not held.
pub(super) fn end(sql: &Connection, lease: i64, why: &str, now: Timestamp) -> rusqlite::Result<Option<OpenRef>> {
    let ended = sql
        .prepare_cached("UPDATE lease SET state = 'ending', why = ?2 WHERE id = ?1 AND state IN ('held', 'failed')")?
        .execute(params![lease, why])?;
    if ended == 0 {
        return Ok(None);
    }
    let undo = follow_up(sql, lease, JobKind::Undo, now)?;
    let detail = serde_json::json!({ "why": why });
    audit::append(sql, now, &Entry { what: "lease ending", job: Some(undo.id), lease: Some(lease), detail })?;
    Ok(Some(undo))
}

/// Makes a job of another kind with everything that a lease's own job had.
pub(super) fn follow_up(sql: &Connection, lease: i64, kind: JobKind, now: Timestamp) -> rusqlite::Result<OpenRef> {
    let before: i64 = sql
        .prepare_cached("SELECT count(*) FROM job WHERE lease = ?1 AND kind = ?2")?
        .query_row(params![lease, kind.name()], |row| row.get(0))?;
    let identity = sum(&[kind.name().as_bytes(), &lease.to_be_bytes(), &before.to_be_bytes()]);
    let deadline = match kind {
        JobKind::Undo => NEVER,
        _ => later(now, RESTORED_BY).as_millisecond(),
    };
    let job = sql
        .prepare_cached(
            "INSERT INTO job (identity, message, lease, kind, trigger, place, action, target, parameters, captures, delivery, \
             state, attempt, due, deadline, made) \
             SELECT ?2, job.message, lease.id, ?5, job.trigger, job.place, job.action, job.target, job.parameters, \
             job.captures, 'at-least-once', 'waiting', 0, ?3, ?4, ?3 FROM lease JOIN job ON job.id = lease.job \
             WHERE lease.id = ?1",
        )?
        .insert(params![lease, &identity[..], now.as_millisecond(), deadline, kind.name()])?;
    sql.prepare_cached(&format!("SELECT {} FROM job WHERE id = ?1", job::OPEN_COLUMNS))?.query_row([job], OpenRef::read)
}

/// A lease by its number.
pub(super) fn by_id(sql: &Connection, lease: i64) -> rusqlite::Result<Option<LeaseRow>> {
    sql.prepare_cached(&format!("SELECT {COLUMNS} FROM lease WHERE id = ?1"))?
        .query_row([lease], LeaseRow::read)
        .optional()
}

/// Whether a job that has not ended is to bring about its effect.
fn is_wanted(sql: &Connection, lease: i64) -> rusqlite::Result<bool> {
    sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM job WHERE lease = ?1 AND kind = 'do' AND state IN ('waiting', 'running'))",
    )?
    .query_row([lease], |row| row.get(0))
}

fn is_doubted(sql: &Connection, lease: i64) -> rusqlite::Result<bool> {
    sql.prepare_cached("SELECT uncertain FROM lease WHERE id = ?1")?.query_row([lease], |row| row.get(0))
}

/// Whether its effect stands, as far as we know.
pub(super) fn is_held(sql: &Connection, lease: i64) -> rusqlite::Result<bool> {
    sql.prepare_cached("SELECT state = 'held' FROM lease WHERE id = ?1")?
        .query_row([lease], |row| row.get(0))
        .optional()
        .map(|held| held == Some(true))
}

impl LeaseRow {
    /// Reads a row of [`COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let name: String = row.get(5)?;
        Ok(Self {
            id: row.get(0)?,
            action: row.get(1)?,
            target: row.get(2)?,
            trigger: row.get(3)?,
            job: row.get(4)?,
            state: LeaseState::named(&name).ok_or_else(|| wrong(5, format!("no state of a lease is called {name}")))?,
            since: time(row, 6)?,
            until: time(row, 7)?,
            times: row.get(8)?,
            ended: row.get::<_, Option<i64>>(9)?.map(|ms| timestamp(9, ms)).transpose()?,
            why: row.get(10)?,
        })
    }
}
