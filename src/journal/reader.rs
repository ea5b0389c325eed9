//! Looking into the journal: while a daemon writes it, or when none does.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, ToSql, params, params_from_iter};

use super::{
    Change, DampingRow, JobRow, LeaseRow, LeaseState, OpenJob, OpenRef, State,
    audit::{self, AuditRow, Verdict},
    column, job, lease, open, schema,
};

/// Why the journal cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("there is no journal in {0}: no daemon has run with this state directory (--state-dir names another)")]
    None(PathBuf),
    /// We may not look.
    #[error(
        "may not read the journal {file}: {source}; only root and the daemon's own user may: ask as one of them (sudo)"
    )]
    Permission {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is of another version.
    #[error(
        "the journal {file} has version {found}, and this program reads version {newest}: use the program of the daemon that writes it"
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: usize,
        /// Ours.
        newest: usize,
    },
    /// It cannot be read.
    #[error("cannot read the journal {file}: {source}")]
    Sql {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

/// Which jobs are asked for; all of what is given must hold.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Those in one of these states; in any when empty.
    pub states: Vec<State>,
    /// Of this trigger.
    pub trigger: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// On this target, as `kind:value` or only its value.
    pub target: Option<String>,
    /// Decided at or after.
    pub since: Option<Timestamp>,
    /// Decided before.
    pub until: Option<Timestamp>,
    /// The newest so many.
    pub limit: u32,
}

/// A journal that is only read.
#[derive(Debug)]
pub struct Reader {
    sql: Connection,
    file: PathBuf,
}

/// A question to the daemon's own journal, answered by its writer, in its turn.
pub struct Ask<F>(pub F);

impl<F, A> Change for Ask<F>
where
    F: Fn(&Connection) -> rusqlite::Result<A> + Send + 'static,
    A: Send + 'static,
{
    type Answer = A;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<A> {
        (self.0)(sql)
    }
}

impl Reader {
    /// Opens the journal of a state directory.
    ///
    /// # Errors
    /// There is none, it is of another version, or it cannot be read.
    pub fn open(directory: &Path) -> Result<Self, ReadError> {
        let file = directory.join(open::FILE);
        match File::open(&file) {
            Ok(_) => {}
            Err(source) if source.kind() == io::ErrorKind::PermissionDenied => {
                return Err(ReadError::Permission { file, source });
            }
            // Whatever else is the matter with it, SQLite tells.
            Err(_) if file.exists() => {}
            Err(_) => return Err(ReadError::None(directory.to_owned())),
        }
        let opened = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|sql| {
            sql.busy_timeout(Duration::from_secs(5))?;
            Ok((schema::version(&sql)?, sql))
        });
        match opened {
            Ok((found, _)) if found != schema::newest() => {
                Err(ReadError::Version { file, found, newest: schema::newest() })
            }
            Ok((_, sql)) => Ok(Self { sql, file }),
            Err(source) => Err(ReadError::Sql { file, source }),
        }
    }

    pub(super) fn read<A>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<A>) -> Result<A, ReadError> {
        question(&self.sql).map_err(|source| ReadError::Sql { file: self.file.clone(), source })
    }

    /// Jobs, the newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobRow>, ReadError> {
        self.read(|sql| jobs(sql, filter))
    }

    /// A job by its number.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn job(&self, id: i64) -> Result<Option<JobRow>, ReadError> {
        self.read(|sql| {
            sql.prepare(&format!("SELECT {} FROM job WHERE id = ?1", job::COLUMNS))?
                .query_row([id], JobRow::read)
                .optional()
        })
    }

    /// The wire bytes of a message.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn message(&self, id: i64) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(|sql| sql.query_row("SELECT wire FROM message WHERE id = ?1", [id], |row| row.get(0)).optional())
    }

    /// Leases, the newest first; those that are over only when asked for.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn leases(&self, over_too: bool, limit: u32) -> Result<Vec<LeaseRow>, ReadError> {
        self.read(|sql| leases(sql, over_too, limit))
    }

    /// The audit trail, oldest first: of one job or lease, or all from a number on.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn audit(
        &self,
        job: Option<i64>,
        lease: Option<i64>,
        from: i64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, ReadError> {
        self.read(|sql| {
            sql.prepare(
                "SELECT number, at, what, job, lease, detail, hex(sum) FROM audit WHERE number >= ?3 \
                 AND (?1 IS NULL OR job = ?1) AND (?2 IS NULL OR lease = ?2) ORDER BY number LIMIT ?4",
            )?
            .query_map(params![job, lease, from, limit], |row| {
                Ok(AuditRow {
                    number: row.get(0)?,
                    at: row.get(1)?,
                    what: row.get(2)?,
                    job: row.get(3)?,
                    lease: row.get(4)?,
                    detail: row.get(5)?,
                    sum: row.get::<_, String>(6)?.to_lowercase(),
                })
            })?
            .collect()
        })
    }

    /// Whether the audit trail is the one that was written.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn verify(&self) -> Result<Verdict, ReadError> {
        // As it was at one moment, whatever is added or let go of meanwhile.
        self.read(|sql| audit::verify(&*sql.unchecked_transaction()?))
    }
}

/// Jobs, the newest first.
pub fn jobs(sql: &Connection, filter: &JobFilter) -> rusqlite::Result<Vec<JobRow>> {
    let mut asked = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut ask = |text: &str, value: Option<Box<dyn ToSql>>| {
        if let Some(value) = value {
            asked.push(text.to_owned());
            values.push(value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(|text| Box::new(text) as Box<dyn ToSql>);
    let time = |time: Option<Timestamp>| time.map(|time| Box::new(time.as_millisecond()) as Box<dyn ToSql>);
    ask("trigger = ?", text(&filter.trigger));
    ask("action = ?", text(&filter.action));
    ask("? IN (target, substr(target, instr(target, ':') + 1))", text(&filter.target));
    ask("made >= ?", time(filter.since));
    ask("made < ?", time(filter.until));
    if !filter.states.is_empty() {
        let names: Vec<_> = filter.states.iter().map(|state| format!("'{}'", state.name())).collect();
        asked.push(format!("state IN ({})", names.join(", ")));
    }
    let all = if asked.is_empty() { "1".to_owned() } else { asked.join(" AND ") };
    let query = format!("SELECT {} FROM job WHERE {all} ORDER BY id DESC LIMIT {}", job::COLUMNS, filter.limit);
    sql.prepare(&query)?.query_map(params_from_iter(values), JobRow::read)?.collect()
}

/// Leases, the newest first.
pub fn leases(sql: &Connection, over_too: bool, limit: u32) -> rusqlite::Result<Vec<LeaseRow>> {
    let over = [LeaseState::Ended, LeaseState::Void].map(LeaseState::name);
    sql.prepare(&format!(
        "SELECT {} FROM lease WHERE ?1 OR state NOT IN ('{}', '{}') ORDER BY id DESC LIMIT ?2",
        lease::COLUMNS,
        over[0],
        over[1]
    ))?
    .query_map(params![over_too, limit], LeaseRow::read)?
    .collect()
}

/// What is known without their messages of jobs that have not ended, in the order of their numbers, from a number on.
pub fn open_refs(sql: &Connection, from: i64, limit: u32) -> rusqlite::Result<Vec<OpenRef>> {
    sql.prepare_cached(&format!(
        "SELECT {} FROM job WHERE state IN ('waiting', 'running') AND id >= ?1 ORDER BY id LIMIT ?2",
        job::OPEN_COLUMNS
    ))?
    .query_map(params![from, limit], OpenRef::read)?
    .collect()
}

/// A job with all that is needed to run it; none when there is none, or it has ended and only open ones are asked for.
pub fn whole_job(sql: &Connection, id: i64, ended_too: bool) -> rusqlite::Result<Option<OpenJob>> {
    sql.prepare_cached(&format!(
        "SELECT {}, message.wire, lease.token FROM job LEFT JOIN message ON message.id = job.message \
         LEFT JOIN lease ON lease.id = job.lease WHERE job.id = ?1 AND (?2 OR job.state IN ('waiting', 'running'))",
        job::COLUMNS
    ))?
    .query_row(params![id, ended_too], |row| {
        Ok(OpenJob {
            row: JobRow::read(row)?,
            wire: row.get::<_, Option<Vec<u8>>>(20)?.map_or_else(|| Arc::from([]), Arc::from),
            token: row.get(21)?,
        })
    })
    .optional()
}

/// Leases whose effect stands, or is about to: of all actions, or of one; the newest first.
pub fn live_leases(sql: &Connection, action: Option<&str>) -> rusqlite::Result<Vec<LeaseRow>> {
    sql.prepare_cached(&format!(
        "SELECT {} FROM lease WHERE state IN ('taken', 'held') AND (?1 IS NULL OR action = ?1) ORDER BY id DESC",
        lease::COLUMNS
    ))?
    .query_map([action], LeaseRow::read)?
    .collect()
}

/// Everything that damping remembers.
pub fn damping(sql: &Connection) -> rusqlite::Result<Vec<DampingRow>> {
    sql.prepare("SELECT trigger, kind, key, expires, data FROM damping")?
        .query_map([], |row| {
            Ok(DampingRow {
                trigger: row.get(0)?,
                kind: row.get(1)?,
                key: row.get(2)?,
                expires: column::time(row, 3)?,
                data: row.get(4)?,
            })
        })?
        .collect()
}
