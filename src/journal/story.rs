//! The whole life of one job: what it is about, what was tried, what came of it, and what others have to do with it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::{
    JobRow, LeaseRow,
    audit::AuditRow,
    column::time,
    configured, job, lease,
    reader::{ReadError, Reader},
    trail,
};

/// More entries than this of one job are not told.
const MOST_ENTRIES: u32 = 1000;

/// The message of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Its row.
    pub id: i64,
    /// The analyzerid of who issued it.
    pub issuer: Option<String>,
    /// Its messageid.
    pub messageid: Option<String>,
    /// When it was received, by our clock.
    pub received: Timestamp,
    /// Its wire bytes.
    pub wire: Vec<u8>,
}

/// One attempt of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRow {
    /// Counts from one.
    pub number: u32,
    /// When it began.
    pub began: Timestamp,
    /// How many milliseconds it took; none while it runs, and when the daemon died meanwhile.
    pub took_ms: Option<i64>,
    /// What is known of it: a JSON object.
    pub outcome: Option<serde_json::Value>,
}

/// All that the journal knows of a job, as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The job.
    pub job: JobRow,
    /// What it is about; none when it is no longer kept.
    pub alert: Option<AlertRow>,
    /// What was tried, in order.
    pub attempts: Vec<AttemptRow>,
    /// Its lease.
    pub lease: Option<LeaseRow>,
    /// The other jobs of its lease: those that undo or restore it, and others that asked for it.
    pub of_lease: Vec<JobRow>,
    /// The jobs that repeat it.
    pub repeated_by: Vec<JobRow>,
    /// The jobs that wait for it.
    pub before: Vec<JobRow>,
    /// What the audit trail tells of it and of its lease, oldest first.
    pub audit: Vec<AuditRow>,
    /// The entry about the configuration by which it was decided; none when it is no longer kept.
    pub configuration: Option<AuditRow>,
}

impl Reader {
    /// All that is known of a job; none when there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn story(&self, id: i64) -> Result<Option<Story>, ReadError> {
        self.read(|sql| {
            let sql = &*sql.unchecked_transaction()?;
            let Some(job) = jobs(sql, "id = ?1", id)?.pop() else { return Ok(None) };
            let of_lease = |lease| jobs(sql, "lease = ?1", lease);
            Ok(Some(Story {
                alert: job.message.map(|message| alert(sql, message)).transpose()?.flatten(),
                attempts: attempts(sql, id)?,
                lease: job.lease.map(|lease| one_lease(sql, lease)).transpose()?.flatten(),
                of_lease: job.lease.map(of_lease).transpose()?.into_iter().flatten().filter(|of| of.id != id).collect(),
                repeated_by: jobs(sql, "again = ?1", id)?,
                before: jobs(sql, "after = ?1", id)?,
                audit: trail::of(sql, id, job.lease, MOST_ENTRIES)?,
                configuration: configured::when_decided(sql, id)?,
                job,
            }))
        })
    }
}

fn jobs(sql: &Connection, which: &str, id: i64) -> rusqlite::Result<Vec<JobRow>> {
    sql.prepare(&format!("SELECT {} FROM job WHERE {which} ORDER BY id", job::COLUMNS))?
        .query_map([id], JobRow::read)?
        .collect()
}

fn one_lease(sql: &Connection, id: i64) -> rusqlite::Result<Option<LeaseRow>> {
    sql.prepare(&format!("SELECT {} FROM lease WHERE id = ?1", lease::COLUMNS))?
        .query_row([id], LeaseRow::read)
        .optional()
}

fn alert(sql: &Connection, id: i64) -> rusqlite::Result<Option<AlertRow>> {
    sql.prepare("SELECT id, issuer, messageid, received, wire FROM message WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(AlertRow {
                id: row.get(0)?,
                issuer: row.get(1)?,
                messageid: row.get(2)?,
                received: time(row, 3)?,
                wire: row.get(4)?,
            })
        })
        .optional()
}

fn attempts(sql: &Connection, job: i64) -> rusqlite::Result<Vec<AttemptRow>> {
    sql.prepare("SELECT number, began, took_ms, outcome FROM attempt WHERE job = ?1 ORDER BY number")?
        .query_map([job], |row| {
            let outcome: Option<String> = row.get(3)?;
            Ok(AttemptRow {
                number: row.get(0)?,
                began: time(row, 1)?,
                took_ms: row.get(2)?,
                outcome: outcome.and_then(|text| serde_json::from_str(&text).ok()),
            })
        })?
        .collect()
}
