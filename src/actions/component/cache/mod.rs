//! Compiled components, kept from one start to the next.
//!
//! wasmtime finds compiled code by content and settings, and executes it as it stands: it notices neither a flipped bit nor
//! a file that was made by somebody else. So wasmtime only ever reads what this process has put into a directory of its own a
//! moment before, and what is kept is kept under a seal ([`sealed`]):
//!
//! ```text
//!  DIRECTORY/sealed/KEY   one file for each component and set of compiler settings
//!  DIRECTORY/work-N/      what one process has handed to wasmtime, or got from it; gone when that process is
//!  DIRECTORY/lock         held while one of them comes or goes
//! ```
//!
//! - What is loaded is what was verified: the very bytes, not the file they came from.
//! - What is damaged, somebody else's or for another version is removed with a word in the log, and compiled again.
//! - Several processes may use the directory at once: a file appears whole, or not at all.
//!
//! Failure modes: where nothing can be written, each start compiles anew; a directory that others can write to is
//! refused ([`directory::UnsafeDirectory`]).

pub(super) mod directory;
mod sealed;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    hash::{Hash, Hasher},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use sha2::{Digest, Sha256};
use tracing::{debug, info, warn};
use wasmtime::{CacheConfig, Engine, component::Component};

use sealed::{Entry, PLAIN, Shelf};

/// The directory that wasmtime is given, where it removes what it does not know; and where in it it puts compiled code.
const WASMTIME: &str = "wasmtime";
const MODULES: &str = "wasmtime/modules";

/// One process's use of the cache. It may serve several engines.
#[derive(Debug)]
pub(super) struct Cache {
    shelf: Shelf,
    wasmtime: wasmtime::Cache,
    work: Work,
}

/// A directory of this process's, which nobody else uses; removed when this is dropped.
#[derive(Debug)]
struct Work {
    directory: PathBuf,
    parent: PathBuf,
    /// Held for as long as it is used; guards what is in it, too.
    lock: Mutex<File>,
}

impl Cache {
    /// The cache in a directory that nobody else can write to.
    pub(super) fn open(directory: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("cannot use {}: {error}", directory.display());
        let shelf = Shelf::open(&directory.join("sealed")).map_err(|error| failed(&error))?;
        let work = Work::begin(directory).map_err(|error| failed(&error))?;
        let mut config = CacheConfig::new();
        config.with_directory(work.directory.join(WASMTIME));
        let wasmtime = wasmtime::Cache::new(config).map_err(|error| failed(&format!("{error:#}")))?;
        Ok(Self { shelf, wasmtime, work })
    }

    /// What an engine must be made with, for [`Self::component`] to be of use to it.
    pub(super) fn wasmtime(&self) -> wasmtime::Cache {
        self.wasmtime.clone()
    }

    /// A component, from the cache or compiled; and whether it was in the cache.
    pub(super) fn component(&self, engine: &Engine, bytes: &[u8]) -> wasmtime::Result<(Component, bool)> {
        let key = key(engine, bytes);
        let _alone = self.work.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.work.clear();
        let kept = self.shelf.take(&key);
        if let Some(entry) = &kept
            && let Err(error) = self.work.put(entry)
        {
            debug!("cannot hand a compiled component to wasmtime: {error}");
        }
        let (hits, begun) = (self.wasmtime.cache_hits(), Instant::now());
        let component = Component::from_binary(engine, bytes)?;
        let hit = self.wasmtime.cache_hits() > hits;
        if !hit {
            info!("compiled a component of {} KiB in {:.1} s", bytes.len() >> 10, begun.elapsed().as_secs_f64());
            let made =
                self.work.made(kept.as_ref()).and_then(|entry| self.shelf.put(&key, &entry, &self.work.directory));
            if let Err(error) = made {
                warn!("cannot keep a compiled component, the next start compiles it again: {error}");
            }
        }
        self.work.clear();
        Ok((component, hit))
    }
}

/// By what a compiled component is found: the component's bytes, and everything that compiling them depends on.
fn key(engine: &Engine, bytes: &[u8]) -> [u8; 32] {
    let mut settings = Sum(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut settings);
    settings.0.update(Sha256::digest(bytes));
    settings.0.finalize().into()
}

/// Collects what is hashed.
struct Sum(Sha256);

impl Hasher for Sum {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let sum: [u8; 32] = self.0.clone().finalize().into();
        sum.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }
}

impl Work {
    /// Makes a directory, and removes those whose processes are gone.
    fn begin(parent: &Path) -> io::Result<Self> {
        let _alone = lock_parent(parent)?;
        for entry in fs::read_dir(parent)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("work-") && is_abandoned(&entry.path()) {
                debug!("removing {}, left behind by a process that is gone", entry.path().display());
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let mut number = std::process::id();
        let directory = loop {
            let directory = parent.join(format!("work-{number}"));
            match fs::DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => break directory,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number = number.wrapping_add(1),
                Err(error) => return Err(error),
            }
        };
        let lock = File::create_new(directory.join("lock"))
            .and_then(|lock| lock.try_lock().map(|()| lock).map_err(io::Error::from));
        match lock {
            Ok(lock) => Ok(Self { directory, parent: parent.to_owned(), lock: Mutex::new(lock) }),
            Err(error) => {
                let _ = fs::remove_dir_all(&directory);
                Err(error)
            }
        }
    }

    /// Puts a compiled component where wasmtime will look for it.
    fn put(&self, entry: &Entry) -> io::Result<()> {
        let file = self.directory.join(MODULES).join(&entry.compiler).join(&entry.name);
        fs::create_dir_all(file.parent().unwrap_or(&self.directory))?;
        fs::write(file, &entry.code)
    }

    /// What wasmtime has put there, beside what it did not take.
    fn made(&self, refused: Option<&Entry>) -> io::Result<Entry> {
        for compiler in fs::read_dir(self.directory.join(MODULES))?.flatten() {
            for file in fs::read_dir(compiler.path())?.flatten() {
                let (Ok(compiler), Ok(name)) = (compiler.file_name().into_string(), file.file_name().into_string())
                else {
                    continue;
                };
                // What has an ending is wasmtime's book-keeping.
                if sealed::is_name(&name) && !name.contains('.') {
                    let entry = Entry { compiler, name, code: fs::read(file.path())? };
                    if refused != Some(&entry) {
                        return Ok(entry);
                    }
                }
            }
        }
        Err(io::Error::other("wasmtime did not write it; is the disk full?"))
    }

    /// Removes everything that wasmtime could take for a compiled component. Its own thread may be writing down how often
    /// something was used at this moment; what stays behind of that does no harm.
    fn clear(&self) {
        let modules = self.directory.join(MODULES);
        for compiler in fs::read_dir(&modules).into_iter().flatten().flatten() {
            for file in fs::read_dir(compiler.path()).into_iter().flatten().flatten() {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _alone = lock_parent(&self.parent);
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Held while directories come and go, so that none is taken for abandoned before it is locked.
fn lock_parent(parent: &Path) -> io::Result<File> {
    let lock =
        File::options().create(true).truncate(false).write(true).custom_flags(PLAIN).open(parent.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Whether nobody holds the lock of a directory any more.
fn is_abandoned(directory: &Path) -> bool {
    match File::options().read(true).custom_flags(PLAIN).open(directory.join("lock")) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
