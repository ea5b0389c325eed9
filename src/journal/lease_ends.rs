//! What is done to leases, by the clock or because somebody says so: they end, last longer, or are restored.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use super::{
    Change,
    audit::{self, Entry},
    column::timestamp,
    job::{JobKind, OpenRef},
    lease::{end, follow_up, is_held, set_until},
};

/// Ends leases that are held, and makes the jobs that undo them.
#[derive(Debug, Clone)]
pub struct EndLeases {
    /// Which.
    pub leases: Vec<i64>,
    /// Why, in a line.
    pub why: String,
    /// When.
    pub now: Timestamp,
}

/// Makes jobs that do again what leases say that stands.
#[derive(Debug, Clone)]
pub struct Restore {
    /// Which.
    pub leases: Vec<i64>,
    /// Why, in a line.
    pub why: String,
    /// When.
    pub now: Timestamp,
}

/// Ends every lease whose time is over.
#[derive(Debug, Clone, Copy)]
pub struct EndDue {
    /// What time it is.
    pub now: Timestamp,
}

/// Gives a lease another end.
#[derive(Debug, Clone, Copy)]
pub struct Extend {
    /// Which.
    pub lease: i64,
    /// When it ends now.
    pub until: Timestamp,
    /// When this was asked for.
    pub now: Timestamp,
}

impl Change for EndLeases {
    /// The jobs that undo them; leases that are not held have none.
    type Answer = Vec<OpenRef>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Vec<OpenRef>> {
        let jobs: rusqlite::Result<Vec<_>> =
            self.leases.iter().map(|lease| end(sql, *lease, &self.why, self.now)).collect();
        Ok(jobs?.into_iter().flatten().collect())
    }
}

impl Change for Restore {
    /// The jobs; leases that are not held, and those that are being restored already, have none.
    type Answer = Vec<OpenRef>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Vec<OpenRef>> {
        let mut jobs = Vec::new();
        for lease in &self.leases {
            let open: i64 = sql
                .prepare_cached("SELECT count(*) FROM job WHERE lease = ?1 AND state IN ('waiting', 'running')")?
                .query_row([lease], |row| row.get(0))?;
            if open > 0 || !is_held(sql, *lease)? {
                continue;
            }
            let job = follow_up(sql, *lease, JobKind::Restore, self.now)?;
            let detail = serde_json::json!({ "why": self.why });
            audit::append(
                sql,
                self.now,
                &Entry { what: "lease restored", job: Some(job.id), lease: Some(*lease), detail },
            )?;
            jobs.push(job);
        }
        Ok(jobs)
    }
}

impl Change for EndDue {
    /// The jobs that undo them, and when the next lease is due.
    type Answer = (Vec<OpenRef>, Option<Timestamp>);

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer> {
        let due: Vec<i64> = sql
            .prepare_cached("SELECT id FROM lease WHERE state = 'held' AND until <= ?1 ORDER BY until, id LIMIT 1000")?
            .query_map([self.now.as_millisecond()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut jobs = Vec::with_capacity(due.len());
        for lease in due {
            jobs.extend(end(sql, lease, "its time is over", self.now)?);
        }
        let next: Option<i64> =
            sql.prepare_cached("SELECT min(until) FROM lease WHERE state = 'held'")?.query_row([], |row| row.get(0))?;
        Ok((jobs, next.map(|next| timestamp(0, next)).transpose()?))
    }
}

impl Change for Extend {
    /// Whether there is such a lease, and it is taken or held.
    type Answer = bool;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<bool> {
        let live: Option<i64> = sql
            .prepare_cached("SELECT id FROM lease WHERE id = ?1 AND state IN ('taken', 'held')")?
            .query_row([self.lease], |row| row.get(0))
            .optional()?;
        if live.is_some() {
            set_until(sql, self.lease, self.until, self.now)?;
        }
        Ok(live.is_some())
    }
}
