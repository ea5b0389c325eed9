//! The process's one WebAssembly engine, its clock and its cache of compiled code.

use std::{
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use wasmtime::{Cache, CacheConfig, Config, WasmBacktraceDetails, component::Linker};

use super::{
    clock::Clock,
    host,
    limits::Sandbox,
    net::{Outside, System},
    tape::Tape,
    wasi,
};

/// Stack of one guest, in bytes; deeper recursion is a trap.
const GUEST_STACK: usize = 512 << 10;

/// Stack on which a guest and the host functions it calls run together.
const FIBER_STACK: usize = 1 << 20;

/// Compiles and runs components. One for the whole process; cloning it is cheap and shares it.
#[derive(Clone)]
pub struct Engine {
    pub(super) wasmtime: wasmtime::Engine,
    pub(super) linker: Linker<Sandbox>,
    pub(super) clock: Arc<Clock>,
    pub(super) tape: Option<Arc<Tape>>,
    pub(super) outside: Arc<dyn Outside>,
    /// Where compiled code is kept, whether or not it can be.
    pub(super) cache: Option<Arc<Path>>,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Compiled code from this directory would be executed, and someone else could have put it there.
    #[error(
        "refusing the cache for compiled components {}: {reason}; code found there is executed, so the directory \
         must be owned by the daemon's user and be writable by nobody else, and nobody else may be able to replace it: \
         give it to the daemon (chown, chmod 0700) or choose another state directory",
        directory.display()
    )]
    UnsafeCache {
        /// The directory.
        directory: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// wasmtime would not start.
    #[error("cannot start the WebAssembly engine: {0:#}")]
    Start(wasmtime::Error),
}

impl Engine {
    /// Starts the engine, with a cache for compiled code in `cache`, which is created when it is not there.
    ///
    /// Without a directory that can be used components are compiled at every start, which is said once in the log.
    /// A directory others could write to is an error.
    pub fn new(cache: Option<&Path>) -> Result<Self, EngineError> {
        let mut config = Config::new();
        // Traces give the names of functions only. Places in the source would cost 25 ms for each trap of a guest that was
        // built for debugging, which is too much to be had for the price of one alert; a panic says where it happened.
        config
            .epoch_interruption(true)
            .concurrency_support(false)
            .max_wasm_stack(GUEST_STACK)
            .async_stack_size(FIBER_STACK)
            .wasm_backtrace_details(WasmBacktraceDetails::Disable);
        match cache.map(open_cache).transpose()? {
            Some(Ok(cache)) => {
                config.cache(Some(cache));
            }
            Some(Err(reason)) => {
                tracing::warn!("no cache for compiled components, each start compiles them anew: {reason}");
            }
            None => tracing::info!("no cache for compiled components, each start compiles them anew"),
        }
        let wasmtime = wasmtime::Engine::new(&config).map_err(EngineError::Start)?;
        let mut linker = Linker::new(&wasmtime);
        wasi::link(&mut linker).and_then(|()| host::link(&mut linker)).map_err(EngineError::Start)?;
        let clock = Clock::start(&wasmtime)
            .map_err(|error| EngineError::Start(wasmtime::format_err!("no thread for its clock: {error}")))?;
        let outside = Arc::new(System::default());
        Ok(Self { wasmtime, linker, clock: Arc::new(clock), tape: None, outside, cache: cache.map(Arc::from) })
    }

    /// The same engine with a tape for the one job that is run of what it loads from now on.
    #[must_use]
    pub fn with_tape(&self, tape: Arc<Tape>) -> Self {
        Self { tape: Some(tape), ..self.clone() }
    }

    /// The same engine, where what it loads from now on has another network than this system's.
    #[must_use]
    pub fn with_network(&self, outside: Arc<dyn Outside>) -> Self {
        Self { outside, ..self.clone() }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The cache in `directory`; within, why it cannot be used although it is safe.
fn open_cache(directory: &Path) -> Result<Result<Cache, String>, EngineError> {
    let unusable =
        |what: &str, error: &dyn std::fmt::Display| format!("cannot {what} {}: {error}", directory.display());
    match std::fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Ok(Err(unusable("create", &error))),
        _ => {}
    }
    let real = match directory.canonicalize() {
        Ok(real) => real,
        Err(error) => return Ok(Err(unusable("open", &error))),
    };
    if let Some(reason) = others_could_write(&real).unwrap_or_else(|error| Some(error.to_string())) {
        return Err(EngineError::UnsafeCache { directory: directory.to_owned(), reason });
    }
    let mut config = CacheConfig::new();
    config.with_directory(real);
    Ok(Cache::new(config).map_err(|error| unusable("use", &format!("{error:#}"))))
}

/// Whether anyone but this process's user and root can write to a directory or put another in its place, and why.
fn others_could_write(directory: &Path) -> io::Result<Option<String>> {
    let me = rustix::process::geteuid().as_raw();
    for ancestor in directory.ancestors() {
        let metadata = ancestor.symlink_metadata()?;
        let (shown, mode, owner) = (ancestor.display(), metadata.mode() & 0o7777, metadata.uid());
        if !metadata.is_dir() {
            return Ok(Some(format!("{shown} is not a directory")));
        }
        if ancestor == directory && owner != me {
            return Ok(Some(format!("{shown} belongs to user {owner}, and the daemon runs as user {me}")));
        }
        if owner != me && owner != 0 {
            return Ok(Some(format!("{shown} belongs to user {owner}")));
        }
        let sticky = mode & 0o1000 != 0 && ancestor != directory;
        if mode & 0o022 != 0 && !sticky {
            return Ok(Some(format!("{shown} is writable by others (mode {mode:04o})")));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn reason(directory: &Path) -> String {
        match Engine::new(Some(directory)) {
            Ok(_) => panic!("{} was accepted", directory.display()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_cache_directory_is_created_for_us_alone() {
        let state = tempfile::tempdir().unwrap();
        let cache = state.path().join("cache");
        Engine::new(Some(&cache)).unwrap();
        assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o7777, 0o700);
        Engine::new(Some(&cache)).expect("and is used again");
    }

    #[test]
    fn a_cache_directory_that_others_can_write_to_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let cache = state.path().join("cache");
        fs::create_dir(&cache).unwrap();
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o770)).unwrap();
        let text = reason(&cache);
        assert!(text.contains("writable by others (mode 0770)") && text.contains("chmod 0700"), "{text}");

        fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(state.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let text = reason(&cache);
        assert!(text.contains("writable by others (mode 0777)"), "{text}");
    }

    #[test]
    fn a_cache_that_is_a_file_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let cache = state.path().join("cache");
        fs::write(&cache, "").unwrap();
        assert!(reason(&cache).contains("is not a directory"));
    }

    #[test]
    fn without_a_place_for_the_cache_there_is_an_engine_all_the_same() {
        Engine::new(None).unwrap();
        Engine::new(Some(Path::new("/proc/no-such-place/cache"))).unwrap();
    }
}
