//! The process's one WebAssembly engine: its clock, its cache of compiled code, and how many guests it has at once.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{debug, info, warn};
use wasmtime::{
    Config, WasmBacktraceDetails,
    component::{Component, Linker},
};

use super::{
    cache::{
        Cache,
        directory::{self, UnsafeDirectory},
    },
    clock::Clock,
    link,
    net::{Outside, System},
    pool,
    sandbox::Sandbox,
    tape::{Tape, outside::Taped},
    turns::Turns,
};
use crate::{config::Limits, journal::store::Stores};

/// Stack of one guest, in bytes; deeper recursion is a trap.
const GUEST_STACK: usize = 512 << 10;

/// Stack on which a guest and the host functions it calls run together.
const FIBER_STACK: usize = 1 << 20;

/// What an engine is to be like.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where compiled code is kept; created when it is not there.
    pub cache: Option<PathBuf>,
    /// Guests at once, of all actions together; more wait.
    pub instances: usize,
    /// Whether memory for guests is reserved once, for all that may run at once.
    pub pooling: bool,
    /// Whether instructions are counted, which costs time.
    pub metered: bool,
}

/// Compiles and runs components. One for the whole process; cloning it is cheap and shares it.
#[derive(Clone)]
pub struct Engine {
    pub(super) wasmtime: wasmtime::Engine,
    pub(super) linker: Linker<Sandbox>,
    pub(super) clock: Arc<Clock>,
    pub(super) tape: Option<Arc<Tape>>,
    pub(super) outside: Arc<dyn Outside>,
    pub(super) stores: Stores,
    /// Where compiled code is kept, whether or not it can be.
    pub(super) cache: Option<Arc<Path>>,
    pub(super) admission: Admission,
    compiled: Option<Arc<Cache>>,
    /// Where memory comes from a pool: an engine without, for what the pool has no room for, made when it is needed.
    beside: Option<Arc<Beside>>,
}

/// An engine that is made when it is needed.
struct Beside {
    options: Options,
    engine: OnceLock<Engine>,
}

/// Lets so many guests in at once, and gives those that compute for long their turns.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    places: Arc<Semaphore>,
    pub(super) turns: Turns,
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

impl Default for Options {
    fn default() -> Self {
        Self { cache: None, instances: 64, pooling: false, metered: false }
    }
}

impl Engine {
    /// An engine with a cache for compiled code in `cache`, and otherwise as most need it.
    pub fn new(cache: Option<&Path>) -> Result<Self, EngineError> {
        Self::with(&Options { cache: cache.map(Path::to_owned), ..Options::default() })
    }

    /// An engine that counts the instructions of each job ([`Usage::instructions`](crate::actions::Usage)).
    pub fn metered(cache: Option<&Path>) -> Result<Self, EngineError> {
        Self::with(&Options { cache: cache.map(Path::to_owned), metered: true, ..Options::default() })
    }

    /// Starts an engine.
    ///
    /// Without a directory that can be used components are compiled at every start, and without room for a pool there
    /// is none; each is said once in the log. A directory for the cache that others could write to is an error.
    pub fn with(options: &Options) -> Result<Self, EngineError> {
        let compiled = open_cache(options.cache.as_deref())?.map(Arc::new);
        let admission = Admission::new(options.instances);
        if options.pooling {
            match Self::start(options, true, compiled.clone(), admission.clone()) {
                Ok(engine) => return Ok(engine),
                Err(error) => {
                    warn!(
                        "no pool for {} components at once, each is given memory on demand: {error}",
                        options.instances
                    );
                }
            }
        }
        Self::start(options, false, compiled, admission)
    }

    fn start(
        options: &Options,
        pooling: bool,
        compiled: Option<Arc<Cache>>,
        admission: Admission,
    ) -> Result<Self, EngineError> {
        let mut config = Config::new();
        // Traces give the names of functions only. Places in the source would cost 25 ms for each trap of a guest that was
        // built for debugging, which is too much to be had for the price of one alert; a panic says where it happened.
        config
            .epoch_interruption(true)
            .concurrency_support(false)
            .max_wasm_stack(GUEST_STACK)
            .async_stack_size(FIBER_STACK)
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .consume_fuel(options.metered)
            .cache(compiled.as_deref().map(Cache::wasmtime));
        if pooling {
            pool::reserve(&mut config, options.instances);
        } else if let Some(limit) = pool::spare_addresses(&mut config, options.instances) {
            info!("sparing addresses, of which this process may have {} MiB: components run slower", limit >> 20);
        }
        let wasmtime = wasmtime::Engine::new(&config).map_err(EngineError::Start)?;
        let mut linker = Linker::new(&wasmtime);
        link::base(&mut linker).map_err(EngineError::Start)?;
        let clock = Clock::start(&wasmtime)
            .map_err(|error| EngineError::Start(wasmtime::format_err!("no thread for its clock: {error}")))?;
        let beside = pooling.then(|| Arc::new(Beside { options: options.clone(), engine: OnceLock::new() }));
        let outside = Arc::new(System::default());
        let directory = options.cache.as_deref().map(Arc::from);
        let clock = Arc::new(clock);
        let stores = Stores::default();
        Ok(Self { wasmtime, linker, clock, admission, compiled, beside, tape: None, outside, stores, cache: directory })
    }

    /// The same engine with a tape for the one job that is run of what it loads from now on.
    #[must_use]
    pub fn with_tape(&self, tape: Arc<Tape>) -> Self {
        let outside = Arc::new(Taped { tape: Arc::clone(&tape), real: Arc::clone(&self.outside) });
        Self { tape: Some(tape), outside, ..self.clone() }
    }

    /// The same engine, where what it loads from now on has another network than this system's.
    #[must_use]
    pub fn with_network(&self, outside: Arc<dyn Outside>) -> Self {
        Self { outside, ..self.clone() }
    }

    /// The same engine, where what it loads from now on keeps its state there.
    #[must_use]
    pub fn with_stores(&self, stores: Stores) -> Self {
        Self { stores, ..self.clone() }
    }

    /// Compiles a component, or takes it from the cache; and the engine on which it runs with these limits.
    pub(super) fn compile(&self, bytes: &[u8], limits: &Limits) -> wasmtime::Result<(Self, Component)> {
        if self.beside.is_none() || pool::suffices(limits) {
            match self.component(bytes) {
                Ok(component) => return Ok((self.clone(), component)),
                Err(error) if self.beside.is_none() => return Err(error),
                // It is larger than the pool is made for, or wrong; the other engine will tell.
                Err(error) => debug!("not for the pool: {error:#}"),
            }
        }
        let other = self.on_demand()?;
        let component = other.component(bytes)?;
        Ok((
            Self {
                tape: self.tape.clone(),
                outside: Arc::clone(&self.outside),
                stores: self.stores.clone(),
                ..other.clone()
            },
            component,
        ))
    }

    fn component(&self, bytes: &[u8]) -> wasmtime::Result<Component> {
        match &self.compiled {
            Some(cache) => Ok(cache.component(&self.wasmtime, bytes)?.0),
            None => Component::from_binary(&self.wasmtime, bytes),
        }
    }

    /// The engine without a pool.
    fn on_demand(&self) -> wasmtime::Result<&Self> {
        let Some(beside) = &self.beside else { return Ok(self) };
        if let Some(engine) = beside.engine.get() {
            return Ok(engine);
        }
        let engine = Self::start(&beside.options, false, self.compiled.clone(), self.admission.clone());
        let engine = engine.map_err(|error| wasmtime::format_err!("{error}"))?;
        Ok(beside.engine.get_or_init(|| engine))
    }

    /// Whether guests get their memory from a pool.
    pub fn is_pooling(&self) -> bool {
        self.beside.is_some()
    }
}

impl Admission {
    fn new(instances: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { places: Arc::new(Semaphore::new(instances.clamp(1, Semaphore::MAX_PERMITS))), turns: Turns::new(cores) }
    }

    /// Waits for room for one more guest, which is held until this is dropped. Never none: the semaphore is never closed.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("pooling", &self.is_pooling()).finish_non_exhaustive()
    }
}

/// The cache in `directory`; none, and a word about it, where it cannot be used although it is safe.
fn open_cache(directory: Option<&Path>) -> Result<Option<Cache>, EngineError> {
    let opened = match directory.map(|directory| (directory, directory::open(directory))) {
        None => Err("none is wanted".to_owned()),
        Some((directory, Err(UnsafeDirectory(reason)))) => {
            return Err(EngineError::UnsafeCache { directory: directory.to_owned(), reason });
        }
        Some((_, Ok(opened))) => opened.and_then(|directory| Cache::open(&directory)),
    };
    match opened {
        Ok(cache) => Ok(Some(cache)),
        Err(reason) => {
            let text = "no cache for compiled components, each start compiles them anew";
            if directory.is_some() {
                warn!("{text}: {reason}");
            } else {
                info!("{text}");
            }
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::{
        fs,
        os::unix::fs::{MetadataExt, PermissionsExt},
    };

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
    fn root_leaves_nothing_in_the_place_of_another_users_daemon() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let state = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(state.path(), Some(65_534), None).unwrap();
        let cache = state.path().join("cache");
        Engine::new(Some(&cache)).unwrap();
        assert!(!cache.exists());
    }

    #[test]
    fn without_a_place_for_the_cache_there_is_an_engine_all_the_same() {
        Engine::new(None).unwrap();
        Engine::new(Some(Path::new("/proc/no-such-place/cache"))).unwrap();
    }
}
