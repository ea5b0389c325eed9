//! Opening the file: one writer, the right version, and nothing that is damaged.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use nix::unistd::{Uid, User};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tracing::{error, warn};

use super::{rescue, schema};

/// The file's name within the state directory.
pub(super) const FILE: &str = "journal.db";
const LOCK: &str = "journal.lock";

/// Where a journal is.
#[derive(Debug, Clone)]
pub(super) enum Location {
    /// Nowhere.
    Memory,
    /// `journal.db` in this directory.
    Directory(PathBuf),
}

/// An open file, and the lock on it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) location: Location,
    /// Held as long as the file is written.
    _lock: Option<File>,
}

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its directory cannot be made or entered.
    #[error(
        "cannot use the state directory {path} ([state] directory): {source}; make it, and give it to the daemon's user"
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its directory is for another user's daemon.
    #[error(
        "the state directory {path} ([state] directory) belongs to {owner}, who could not use what root leaves there: \
         run this as that user (setpriv or sudo, or `systemctl start`), or with a state directory of its own (--state-dir)"
    )]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        owner: String,
    },
    /// A file in it cannot be used.
    #[error("cannot use {path} in the state directory: {source}; give it to the daemon's user (chown)")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another daemon has it.
    #[error(
        "the journal in {0} is in use by another daemon: stop that one, or give this one a state directory of its own (--state-dir)"
    )]
    InUse(PathBuf),
    /// Another program has made it.
    #[error(
        "the journal {file} has version {found}, and this program knows versions up to {newest}: run the program that wrote it, or a newer one"
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: usize,
        /// Ours.
        newest: usize,
    },
    /// It cannot be read or written.
    #[error("cannot open the journal {file}: {source}")]
    Sql {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A damaged file cannot be set aside.
    #[error("the journal {file} is damaged and cannot be set aside: {source}; move it away by hand")]
    SetAside {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no thread for the writer.
    #[error("cannot start the journal's writer: {0}")]
    Thread(io::Error),
}

/// Opens or makes the file; one that is damaged is set aside.
pub(super) fn open(location: Location) -> Result<Opened, OpenError> {
    let Location::Directory(directory) = &location else {
        let in_memory = || {
            let mut connection = Connection::open_in_memory()?;
            schema::migrate(&mut connection)?;
            Ok(connection)
        };
        let connection = in_memory().map_err(|source| OpenError::Sql { file: "(memory)".into(), source })?;
        return Ok(Opened { connection, location, _lock: None });
    };
    let unusable = |source| OpenError::Directory { path: directory.clone(), source };
    fs::create_dir_all(directory).map_err(unusable)?;
    let owner = fs::metadata(directory).map_err(unusable)?.uid();
    if rustix::process::geteuid().is_root() && owner != 0 {
        let user = User::from_uid(Uid::from_raw(owner)).ok().flatten();
        let owner = user.map_or_else(|| format!("user {owner}"), |user| user.name);
        return Err(OpenError::Foreign { path: directory.clone(), owner });
    }
    let path = directory.join(LOCK);
    let lock = File::create(&path)
        .map_err(|source| if path.exists() { OpenError::File { path, source } } else { unusable(source) })?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(directory.clone())),
        Err(TryLockError::Error(source)) => return Err(unusable(source)),
    }
    let connection = connect(directory)?;
    Ok(Opened { connection, location, _lock: Some(lock) })
}

impl Opened {
    /// Begins a new file in the place of one that turned out to be damaged.
    pub(super) fn begin_anew(&mut self) -> Result<(), OpenError> {
        let Location::Directory(directory) = &self.location else { return Ok(()) };
        // The damaged file is closed first: its handle would go on to write to it, whatever its name.
        if let Ok(nothing) = Connection::open_in_memory() {
            self.connection = nothing;
        }
        let aside = set_aside(directory)?;
        self.connection = fresh(directory, &aside)?;
        Ok(())
    }
}

fn connect(directory: &Path) -> Result<Connection, OpenError> {
    let file = directory.join(FILE);
    let connected = plain(&file).and_then(|mut connection| {
        let found = schema::version(&connection)?;
        if found <= schema::newest() {
            schema::migrate(&mut connection)?;
            check(&connection)?;
        }
        Ok((connection, found))
    });
    match connected {
        Ok((_, found)) if found > schema::newest() => Err(OpenError::Newer { file, found, newest: schema::newest() }),
        Ok((connection, _)) => Ok(connection),
        Err(source) if is_damage(&source) => {
            error!("the journal {} is damaged: {source}", file.display());
            let aside = set_aside(directory)?;
            fresh(directory, &aside)
        }
        Err(source) => Err(OpenError::Sql { file, source }),
    }
}

/// Opens the file as it is.
fn plain(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // For the daemon's user alone, whatever the umask; the files beside it are made like it. Why it cannot be made SQLite says.
    drop(File::options().write(true).create_new(true).mode(0o600).open(file));
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // The WAL is cut to this size when it has been written back.
    connection.query_row("PRAGMA journal_size_limit = 16777216", [], |_| Ok(()))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Looks whether the file holds together: its pages, and that every index says what its table says.
fn check(connection: &Connection) -> rusqlite::Result<()> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error { code: ErrorCode::DatabaseCorrupt, extended_code: 11 },
        Some(found),
    ))
}

/// Whether an error says that the file is damaged, and not that it cannot be written now.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Gives a damaged file another name, with what belongs to it.
fn set_aside(directory: &Path) -> Result<PathBuf, OpenError> {
    let file = directory.join(FILE);
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    let aside = directory.join(format!("{FILE}.damaged-{now}"));
    for suffix in ["-wal", "-shm", ""] {
        let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        match fs::rename(beside(&file), beside(&aside)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::SetAside { file, source });
            }
            _ => {}
        }
    }
    error!("the damaged journal is kept as {}; a new one is begun", aside.display());
    Ok(aside)
}

/// Makes a new file, with what can be saved of the old one.
fn fresh(directory: &Path, aside: &Path) -> Result<Connection, OpenError> {
    let file = directory.join(FILE);
    let made = plain(&file).and_then(|mut connection| {
        schema::migrate(&mut connection)?;
        Ok(connection)
    });
    let mut connection = made.map_err(|source| OpenError::Sql { file: file.clone(), source })?;
    match rescue::rescue(aside, &mut connection) {
        Ok(rescued) => warn!("of the damaged journal, {rescued} could be read and taken over"),
        Err(error) => error!("of the damaged journal, nothing could be read: {error}; look at its leases by hand"),
    }
    Ok(connection)
}
