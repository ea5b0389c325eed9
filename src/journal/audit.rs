//! The audit trail: what was decided, begun, done and undone, in order, each entry sealed with the sum of all before it.
//!
//! An entry's sum is SHA-256 over the sum before it and the entry itself, so that no entry can be changed, left out or put
//! in without changing every sum after it. Whoever keeps the last sum elsewhere can tell later whether the trail up to there
//! is the one that was written; whoever can write the file and knows no such sum can make a new trail, as with any chain.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::alert::sum;

/// What is entered.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) what: &'a str,
    pub(super) job: Option<i64>,
    pub(super) lease: Option<i64>,
    pub(super) detail: serde_json::Value,
}

/// An entry, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Counts from one, without a gap.
    pub number: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub what: String,
    /// To which job.
    pub job: Option<i64>,
    /// To which lease.
    pub lease: Option<i64>,
    /// The particulars: a JSON object.
    pub detail: String,
    /// The sum, in hexadecimal digits.
    pub sum: String,
}

/// What a look through the trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every sum is right.
    Sound {
        /// Entries.
        entries: i64,
        /// The last sum, in hexadecimal digits: worth keeping elsewhere.
        last: String,
    },
    /// The chain breaks here.
    Broken {
        /// The number of the first entry that is not what was written.
        number: i64,
    },
}

/// Adds an entry.
pub(super) fn append(sql: &Connection, now: Timestamp, entry: &Entry<'_>) -> rusqlite::Result<()> {
    let last = sql
        .prepare_cached("SELECT number, sum FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    let (number, before) = match last {
        Some(last) => last,
        None => anchor(sql)?,
    };
    let detail = entry.detail.to_string();
    let at = now.as_millisecond();
    let sum = seal(&before, number + 1, at, entry.what, entry.job, entry.lease, &detail);
    sql.prepare_cached(
        "INSERT INTO audit (number, at, what, job, lease, detail, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![number + 1, at, entry.what, entry.job, entry.lease, detail, &sum[..]])?;
    Ok(())
}

/// Where the trail begins: the number and the sum of the last entry that is no longer kept.
pub(super) fn anchor(sql: &Connection) -> rusqlite::Result<(i64, Vec<u8>)> {
    sql.prepare_cached("SELECT number, sum FROM anchor")?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn seal(
    before: &[u8],
    number: i64,
    at: i64,
    what: &str,
    job: Option<i64>,
    lease: Option<i64>,
    detail: &str,
) -> [u8; 32] {
    let id = |id: Option<i64>| id.unwrap_or(-1).to_be_bytes();
    sum(&[before, &number.to_be_bytes(), &at.to_be_bytes(), what.as_bytes(), &id(job), &id(lease), detail.as_bytes()])
}

/// Leaves out entries before a time, and keeps the sum that what is left is chained to. Returns how many went.
pub(super) fn forget(sql: &Connection, before: Timestamp, at_most: u32) -> rusqlite::Result<usize> {
    let last = sql
        .prepare_cached(
            "SELECT number, sum FROM (SELECT number, sum, at FROM audit ORDER BY number LIMIT ?2) WHERE at < ?1 \
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![before.as_millisecond(), at_most], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    let Some((number, sum)) = last else { return Ok(0) };
    sql.prepare_cached("UPDATE anchor SET number = ?1, sum = ?2")?.execute(params![number, sum])?;
    sql.prepare_cached("DELETE FROM audit WHERE number <= ?1")?.execute([number])
}

/// Looks at every entry.
pub(super) fn verify(sql: &Connection) -> rusqlite::Result<Verdict> {
    let (mut number, mut before) = anchor(sql)?;
    let mut entries = 0;
    let mut statement = sql.prepare("SELECT number, at, what, job, lease, detail, sum FROM audit ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let found: Vec<u8> = row.get(6)?;
        let (what, detail): (String, String) = (row.get(2)?, row.get(5)?);
        let sum = seal(&before, number + 1, row.get(1)?, &what, row.get(3)?, row.get(4)?, &detail);
        if row.get::<_, i64>(0)? != number + 1 || sum[..] != found[..] {
            return Ok(Verdict::Broken { number: number + 1 });
        }
        (number, before) = (number + 1, found);
        entries += 1;
    }
    Ok(Verdict::Sound { entries, last: hex::encode(before) })
}
