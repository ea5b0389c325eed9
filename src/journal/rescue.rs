//! What can be read of a damaged file is taken over into the new one: alerts, jobs, leases, damping and what components keep.
//!
//! Row by row, and whatever cannot be read is left out: the file is damaged somewhere, and usually sound elsewhere. The audit
//! trail begins anew; the old one stays in the old file. What is read is a copy, which is thrown away afterwards: merely opening a
//! file with a WAL writes to it, and the damaged one is to stay as it was found.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};

use super::store;

/// What was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rescued {
    jobs: usize,
    leases: usize,
}

impl fmt::Display for Rescued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} jobs and {} leases", self.jobs, self.leases)
    }
}

/// Copies what can be read.
pub(super) fn rescue(from: &Path, to: &mut Connection) -> rusqlite::Result<Rescued> {
    let copy_of = PathBuf::from(format!("{}-copy", from.display()));
    let rescued = copies(from, &copy_of).and_then(|()| read(&copy_of, to));
    for suffix in SUFFIXES {
        let _ = fs::remove_file(with(&copy_of, suffix));
    }
    rescued
}

/// What belongs to a file of SQLite's.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

fn with(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn copies(from: &Path, to: &Path) -> rusqlite::Result<()> {
    for suffix in ["", "-wal"] {
        if with(from, suffix).exists() {
            fs::copy(with(from, suffix), with(to, suffix))
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        }
    }
    Ok(())
}

fn read(from: &Path, to: &mut Connection) -> rusqlite::Result<Rescued> {
    let from = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let transaction = to.transaction()?;
    // A job may name a lease or a message that could not be read.
    transaction.pragma_update(None, "defer_foreign_keys", true)?;
    copy(&from, &transaction, "message")?;
    let leases = copy(&from, &transaction, "lease")?;
    let jobs = copy(&from, &transaction, "job")?;
    copy(&from, &transaction, "damping")?;
    copy(&from, &transaction, "pause")?;
    copy(&from, &transaction, "store")?;
    store::continue_versions(&from, &transaction)?;
    transaction.execute_batch(
        "UPDATE job SET message = NULL WHERE message NOT IN (SELECT id FROM message);
         UPDATE job SET lease = NULL WHERE lease NOT IN (SELECT id FROM lease);",
    )?;
    transaction.commit()?;
    Ok(Rescued { jobs, leases })
}

/// Copies the rows of a table that can be read, forwards and then backwards from the end: damage in the middle leaves both sides.
fn copy(from: &Connection, to: &Connection, table: &str) -> rusqlite::Result<usize> {
    let mut copied = 0;
    for order in ["", " ORDER BY rowid DESC"] {
        let order = if matches!(table, "damping" | "pause") { "" } else { order };
        let Ok(mut statement) = from.prepare(&format!("SELECT * FROM {table}{order}")) else { continue };
        let columns = statement.column_count();
        let holes = vec!["?"; columns].join(", ");
        let mut insert = to.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({holes})"))?;
        let Ok(mut rows) = statement.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            let values: rusqlite::Result<Vec<Value>> = (0..columns).map(|column| row.get(column)).collect();
            let Ok(values) = values else { continue };
            // What does not fit the table is part of the damage.
            copied += insert.execute(params_from_iter(values)).unwrap_or(0);
        }
    }
    Ok(copied)
}
