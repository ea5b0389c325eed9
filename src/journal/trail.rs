//! The audit trail, as somebody asks for it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params, params_from_iter};

use super::{
    audit::{self, AuditRow},
    reader::{ReadError, Reader},
};

/// Which entries are asked for; all of what is given must hold.
///
/// An entry is about the trigger, the action and the target that it names, or that its job or its lease has: what is no longer
/// kept of them cannot be asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// At or after.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Of this job.
    pub job: Option<i64>,
    /// Of this lease.
    pub lease: Option<i64>,
    /// About this trigger.
    pub trigger: Option<String>,
    /// About this action.
    pub action: Option<String>,
    /// About this target, as `kind:value` or only its value.
    pub target: Option<String>,
    /// What happened: the name of a state in which a job was made or has come, or any other word of the trail.
    pub outcome: Option<String>,
    /// The newest so many; all when it is 0.
    pub limit: u32,
}

/// A piece of the trail.
#[derive(Debug)]
pub enum Exported<'a> {
    /// Where it begins: the last entry that is no longer kept.
    Anchor {
        /// Its number; 0 when all are kept.
        number: i64,
        /// Its sum, in hexadecimal digits.
        sum: String,
    },
    /// An entry.
    Entry(&'a AuditRow),
}

pub(super) const COLUMNS: &str =
    "audit.number, audit.at, audit.what, audit.job, audit.lease, audit.detail, lower(hex(audit.sum))";

impl Reader {
    /// The newest entries that are asked for, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn entries(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, ReadError> {
        self.read(|sql| entries(sql, filter))
    }

    /// Hands over the whole trail, oldest first. Ends when `take` does not want any more.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn export(&self, mut take: impl FnMut(Exported<'_>) -> bool) -> Result<(), ReadError> {
        self.read(|sql| {
            let sql = &*sql.unchecked_transaction()?;
            let (number, sum) = audit::anchor(sql)?;
            if !take(Exported::Anchor { number, sum: hex::encode(sum) }) {
                return Ok(());
            }
            let mut statement = sql.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY number"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if !take(Exported::Entry(&read(row)?)) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The number of the entry with this sum, in hexadecimal digits; the last one that is no longer kept counts.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn with_sum(&self, sum: &[u8; 32]) -> Result<Option<i64>, ReadError> {
        self.read(|sql| {
            sql.query_row(
                "SELECT number FROM audit WHERE sum = ?1 UNION ALL SELECT number FROM anchor WHERE sum = ?1 LIMIT 1",
                [&sum[..]],
                |row| row.get(0),
            )
            .optional()
        })
    }
}

/// What is told of a job and of its lease, oldest first.
pub(super) fn of(sql: &Connection, job: i64, lease: Option<i64>, limit: u32) -> rusqlite::Result<Vec<AuditRow>> {
    sql.prepare(&format!(
        "SELECT {COLUMNS} FROM audit WHERE audit.job = ?1 OR audit.lease = ?2 ORDER BY audit.number LIMIT ?3"
    ))?
    .query_map(params![job, lease, limit], read)?
    .collect()
}

fn entries(sql: &Connection, filter: &AuditFilter) -> rusqlite::Result<Vec<AuditRow>> {
    let mut asked = vec!["1".to_owned()];
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut ask = |text: &str, value: Option<Box<dyn ToSql>>| {
        if let Some(value) = value {
            values.push(value);
            asked.push(text.replace('?', &format!("?{}", values.len())));
        }
    };
    let text = |text: &Option<String>| text.clone().map(|text| Box::new(text) as Box<dyn ToSql>);
    let number = |number: Option<i64>| number.map(|number| Box::new(number) as Box<dyn ToSql>);
    ask("audit.at >= ?", number(filter.since.map(Timestamp::as_millisecond)));
    ask("audit.at < ?", number(filter.until.map(Timestamp::as_millisecond)));
    ask("audit.job = ?", number(filter.job));
    ask("audit.lease = ?", number(filter.lease));
    ask(
        "(? IN (job.trigger, lease.trigger, audit.detail ->> '$.trigger') OR audit.detail ->> '$.what' = 'trigger ' || ?)",
        text(&filter.trigger),
    );
    ask(
        "(? IN (job.action, lease.action, audit.detail ->> '$.action') OR audit.detail ->> '$.what' = 'action ' || ?)",
        text(&filter.action),
    );
    ask(
        "? IN (job.target, lease.target, audit.detail ->> '$.target', \
         substr(job.target, instr(job.target, ':') + 1), substr(lease.target, instr(lease.target, ':') + 1), \
         substr(audit.detail ->> '$.target', instr(audit.detail ->> '$.target', ':') + 1))",
        text(&filter.target),
    );
    // A job that is not run ends as it is decided.
    ask("(audit.what = ? OR (audit.what = 'decided' AND audit.detail ->> '$.state' = ?))", text(&filter.outcome));
    let limit = if filter.limit == 0 { i64::MAX } else { i64::from(filter.limit) };
    let query = format!(
        "SELECT {COLUMNS} FROM audit LEFT JOIN job ON job.id = audit.job LEFT JOIN lease ON lease.id = audit.lease \
         WHERE {} ORDER BY audit.number DESC LIMIT {limit}",
        asked.join(" AND ")
    );
    let mut found: Vec<AuditRow> =
        sql.prepare(&query)?.query_map(params_from_iter(values), read)?.collect::<rusqlite::Result<_>>()?;
    found.reverse();
    Ok(found)
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        number: row.get(0)?,
        at: row.get(1)?,
        what: row.get(2)?,
        job: row.get(3)?,
        lease: row.get(4)?,
        detail: row.get(5)?,
        sum: row.get(6)?,
    })
}
