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
        // Too large: the oldest goes, whenever it was.
        let since = if space(sql)?.used > self.0.size { Timestamp::MAX } else { self.0.since };
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
        let free = space(sql)?.free;
        give_back(sql)?;
        let at_once = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        let Space { used: size, free: left } = space(sql)?;
        let too_large = size > self.0.size && jobs + entries > 0;
        // Free pages are used again by what comes; they are given back where the file is too large with them.
        let too_wide = size + left > self.0.size && left < free && left > 0;
        let more = jobs == at_once || entries == at_once || too_large || too_wide;
        Ok(Pruned { jobs, leases, entries, more, size })
    }
}

/// Gives some free pages back to the file system.
fn give_back(sql: &Connection) -> rusqlite::Result<()> {
    // It gives back a page with each row that is asked for.
    let mut vacuum = sql.prepare_cached("PRAGMA incremental_vacuum(500)")?;
    let mut pages = vacuum.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

/// Bytes of the file.
struct Space {
    /// They hold something.
    used: u64,
    /// They are kept for what comes.
    free: u64,
}

fn space(sql: &Connection) -> rusqlite::Result<Space> {
    let number = |pragma: &str| sql.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let (pages, free, size) =
        (number("PRAGMA page_count")?, number("PRAGMA freelist_count")?, number("PRAGMA page_size")?);
    let bytes = |pages: i64| u64::try_from(pages * size).unwrap_or(0);
    Ok(Space { used: bytes(pages - free), free: bytes(free) })
}
