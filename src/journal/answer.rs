//! Which ends of jobs have been told to Prelude, and which are still to be.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Change, LeaseRow, OpenJob, lease, reader::whole_job};

/// Notes that the ends of jobs have been told, or are not to be.
#[derive(Debug, Clone)]
pub struct Answered(pub Vec<i64>);

/// Forgets to tell what ended before a time: nobody waits for it any more.
#[derive(Debug, Clone, Copy)]
pub struct AnswerOnlySince(pub Timestamp);

impl Change for Answered {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        let mut statement = sql.prepare_cached("UPDATE job SET answered = 1 WHERE id = ?1")?;
        self.0.iter().try_for_each(|job| statement.execute([job]).map(drop))
    }
}

impl Change for AnswerOnlySince {
    /// How many are forgotten.
    type Answer = usize;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<usize> {
        sql.prepare_cached("UPDATE job SET answered = 1 WHERE answered = 0 AND ended < ?1")?
            .execute([self.0.as_millisecond()])
    }
}

/// Jobs whose ends have not been told, the oldest first, each with its message and its lease.
pub fn unanswered(sql: &Connection, limit: u32) -> rusqlite::Result<Vec<(OpenJob, Option<LeaseRow>)>> {
    let ids: Vec<i64> = sql
        .prepare_cached("SELECT id FROM job WHERE answered = 0 AND ended IS NOT NULL ORDER BY id LIMIT ?1")?
        .query_map(params![limit], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut jobs = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(job) = whole_job(sql, id, true)? else { continue };
        let lease = match job.row.lease {
            Some(id) => lease::by_id(sql, id)?,
            None => None,
        };
        jobs.push((job, lease));
    }
    Ok(jobs)
}
