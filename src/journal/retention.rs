//! What is old goes: jobs that ended long ago, their alerts, leases that are over, the beginning of the audit trail.
//!
//! What has not ended never goes, however old it is.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Change, audit};

/// Rows that go in one transaction, so that no decision waits for long.
const AT_ONCE: u32 = 2000;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// What ended before this goes.
    pub since: Timestamp,
    /// When the file is larger, in bytes, the oldest goes, too.
    pub size: u64,
}

/// Lets a bounded number of rows go.
#[derive(Debug, Clone, Copy)]
pub struct Prune(pub Keep);

/// What went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Jobs.
    pub jobs: usize,
    /// Leases.
    pub leases: usize,
    /// Entries of the audit trail.
    pub entries: usize,
    /// Whether there may be more to let go.
    pub more: bool,
    /// How large the file is.
    pub size: u64,
}

impl Change for Prune {
    type Answer = Pruned;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Pruned> {
        let before = used(sql)?;
        // Too large: the oldest goes, whenever it was.
        let since = if before > self.0.size { Timestamp::MAX } else { self.0.since };
        let mut let_go = sql.prepare_cached(
            "DELETE FROM job WHERE id IN (SELECT job.id FROM job LEFT JOIN lease ON lease.id = job.lease \
             WHERE job.ended < ?1 AND (lease.id IS NULL OR lease.state IN ('ended', 'void')) \
             ORDER BY job.ended LIMIT ?2) RETURNING message",
        )?;
        let of_jobs: Vec<Option<i64>> = let_go
            .query_map(params![since.as_millisecond(), AT_ONCE], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let jobs = of_jobs.len();
        // Only these can be nobody's now: a look through all there are would keep decisions waiting.
        let mut nobodys = sql.prepare_cached(
            "DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM job WHERE job.message = message.id)",
        )?;
        for message in of_jobs.into_iter().flatten() {
            nobodys.execute([message])?;
        }
        // How often a target was leased before is worth remembering for as long as the age says, whatever the size.
        let leases = sql
            .prepare_cached(
                "DELETE FROM lease WHERE id IN (SELECT lease.id FROM lease WHERE ended < ?1 AND state IN ('ended', 'void') \
                 AND NOT EXISTS (SELECT 1 FROM job WHERE job.lease = lease.id) LIMIT ?2)",
            )?
            .execute(params![self.0.since.as_millisecond(), AT_ONCE])?;
        let entries = audit::forget(sql, since, AT_ONCE)?;
        sql.query_row("PRAGMA incremental_vacuum(500)", [], |_| Ok(())).or_else(none_is_fine)?;
        let at_once = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        let size = used(sql)?;
        let more = jobs == at_once || entries == at_once || (size > self.0.size && jobs + entries > 0);
        Ok(Pruned { jobs, leases, entries, more, size })
    }
}

fn none_is_fine(error: rusqlite::Error) -> rusqlite::Result<()> {
    if error == rusqlite::Error::QueryReturnedNoRows { Ok(()) } else { Err(error) }
}

/// The bytes of the file that hold something.
fn used(sql: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma: &str| sql.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let pages = number("PRAGMA page_count")? - number("PRAGMA freelist_count")?;
    Ok(u64::try_from(pages * number("PRAGMA page_size")?).unwrap_or(0))
}
