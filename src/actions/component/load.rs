//! From an action's file to a component that can run.

use std::{
    fmt, fs,
    io::Read,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use sha2::{Digest, Sha256};

use super::{
    Engine,
    clock::Clock,
    engine::Admission,
    error::{LARGEST, LoadError},
    grant::{Grants, Own},
    host::v0_1,
    imports,
    metadata::{self, Metadata},
    tape::Tape,
    unused,
    wants::Comparison,
};
use crate::{config, text::Escaped};

/// Issues of a configuration that are shown, of all that a component reports.
const MOST_ISSUES: usize = 100;

/// An action that is a component: checked, compiled, linked, its configuration accepted. Cloning it is cheap.
#[derive(Clone)]
pub struct Component {
    pub(super) engine: wasmtime::Engine,
    pub(super) clock: Arc<Clock>,
    pub(super) admission: Admission,
    pub(super) action: v0_1::ActionPre<super::limits::Sandbox>,
    pub(super) name: Arc<str>,
    pub(super) config: Arc<str>,
    pub(super) limits: config::Limits,
    pub(super) grants: Grants,
    pub(super) tape: Option<Arc<Tape>>,
    /// Whether its last job used up an epoch: the next will begin with waiting for a turn.
    pub(super) computes: Arc<AtomicBool>,
    comparison: Arc<Comparison>,
}

impl Component {
    /// Loads the component of `action`: reads and checks the file, compiles it or takes it from the cache, links it, and has it
    /// check its configuration.
    ///
    /// Takes seconds for a large component that is not in the cache: not to be called where alerts are waiting.
    pub fn load(engine: &Engine, action: &config::Action, component: &config::Component) -> Result<Self, LoadError> {
        let bytes = read(&component.file)?;
        if let Some(pinned) = component.sha256 {
            let found: [u8; 32] = Sha256::digest(&bytes).into();
            if found != pinned {
                return Err(LoadError::WrongSum { pinned: hex::encode(pinned), found: hex::encode(found) });
            }
        }
        identify(&bytes)?;
        let (engine, compiled) = compile(engine, &bytes, &action.limits)?;
        let metadata = Metadata::read(&bytes)?.unwrap_or_default();
        if let Some(schema) = &metadata.config_schema {
            let issues = metadata::check(schema, &component.config)?;
            if !issues.is_empty() {
                return Err(LoadError::Config(issues));
            }
        }
        let own = Own {
            cache: engine.cache.as_deref(),
            configuration: Some(&component.file_at.file),
            component: Some(&component.file),
        };
        let grants = Grants::open(&component.grant, &action.limits, &own, &engine.outside)?;
        let left_out = imports::check(&engine.wasmtime, &compiled, &grants.interfaces(), &metadata.unused)?;
        let mut linker = engine.linker.clone();
        let linked = grants.link(&mut linker);
        let linked = linked.and_then(|()| unused::link(&mut linker, &engine.wasmtime, &compiled, &left_out));
        let linked = linked.and_then(|()| linker.instantiate_pre(&compiled));
        let linked = linked.and_then(v0_1::ActionPre::new);
        let loaded = Self {
            engine: engine.wasmtime.clone(),
            clock: Arc::clone(&engine.clock),
            admission: engine.admission.clone(),
            action: linked.map_err(|error| LoadError::Link(Escaped(format!("{error:#}")).to_string()))?,
            name: Arc::clone(&action.name),
            config: component.config.to_string().into(),
            limits: action.limits.clone(),
            computes: Arc::default(),
            grants,
            tape: engine.tape.clone(),
            comparison: Arc::new(Comparison::new(
                &imports::wanted(&engine.wasmtime, &compiled, &metadata.unused),
                &component.grant,
            )),
        };
        loaded.validate()?;
        Ok(loaded)
    }

    /// What the component in `file` wants beside what every component has, as [`Comparison::new`] takes it: interfaces, and
    /// functions of those that every component has in part. Compiles it, and runs nothing.
    pub fn wants(engine: &Engine, file: &Path) -> Result<Vec<String>, LoadError> {
        let bytes = read(file)?;
        identify(&bytes)?;
        let (engine, compiled) = compile(engine, &bytes, &config::Limits::default())?;
        let metadata = Metadata::read(&bytes)?.unwrap_or_default();
        Ok(imports::wanted(&engine.wasmtime, &compiled, &metadata.unused))
    }

    /// What it wants and what it is granted.
    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    fn validate(&self) -> Result<(), LoadError> {
        let issues = self.check_config().map_err(|(summary, stderr)| LoadError::Validate { summary, stderr })?;
        let issues: Vec<_> = issues.into_iter().take(MOST_ISSUES).collect();
        if issues.is_empty() { Ok(()) } else { Err(LoadError::Config(issues)) }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("name", &self.name).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The compiled component, and the engine it was compiled for.
pub(super) fn compile(
    engine: &Engine,
    bytes: &[u8],
    limits: &config::Limits,
) -> Result<(Engine, wasmtime::component::Component), LoadError> {
    engine.compile(bytes, limits).map_err(|error| LoadError::Invalid(Escaped(format!("{error:#}")).to_string()))
}

/// The file's bytes, read once: what is checked is what is compiled.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, LoadError> {
    // Asked before it is opened: opening a pipe waits for whoever writes to it.
    if !fs::metadata(file)?.is_file() {
        return Err(LoadError::NotAFile);
    }
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(LARGEST.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST { Err(LoadError::TooLarge) } else { Ok(bytes) }
}

/// Tells what is not a component, or not a whole one, by its first bytes and its sections.
pub(super) fn identify(bytes: &[u8]) -> Result<(), LoadError> {
    match bytes {
        [] => Err(LoadError::NotWasm("an empty file")),
        [0, b'a', b's', b'm', _, _, 1, 0, sections @ ..] => whole(bytes.len(), sections),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(LoadError::CoreModule),
        [0, b'a', b's', b'm', _, _, _, _, ..] => Err(LoadError::NotWasm("WebAssembly of an unknown version")),
        [0, b'a', b's', b'm', ..] => {
            Err(LoadError::Truncated { has: u64::try_from(bytes.len()).unwrap_or(0), needs: 8 })
        }
        [0x7f, b'E', b'L', b'F', ..] => Err(LoadError::NotWasm("an ELF file (a program, or compiled code)")),
        [b'#', b'!', ..] => Err(LoadError::NotWasm("a script")),
        _ => Err(LoadError::NotWasm(match std::str::from_utf8(bytes) {
            Ok(text) if text.trim_start().starts_with(['(', ';']) => {
                "WebAssembly text: make a binary of it with `wasm-tools parse`"
            }
            Ok(text) if !text.contains('\0') => "text",
            _ => "something that does not begin as WebAssembly does",
        })),
    }
}

/// Walks the sections of a component: each has one byte of kind, a length in LEB128, and as many bytes.
fn whole(length: usize, mut rest: &[u8]) -> Result<(), LoadError> {
    let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let truncated = |needs: u64| LoadError::Truncated { has: bytes(length), needs };
    while let [_kind, after @ ..] = rest {
        let Some(end) = after.iter().take(5).position(|byte| byte & 0x80 == 0) else {
            // Five bytes that go on are no length: for the compiler to refuse.
            return if after.len() < 5 { Err(truncated(bytes(length).saturating_add(1))) } else { Ok(()) };
        };
        let (size, body) = after.split_at(end.saturating_add(1));
        let size = size.iter().rev().fold(0_u64, |size, byte| (size << 7) | u64::from(byte & 0x7f));
        let at = bytes(length.saturating_sub(body.len()));
        match usize::try_from(size).ok().and_then(|size| body.get(size..)) {
            Some(next) => rest = next,
            None => return Err(truncated(at.saturating_add(size))),
        }
    }
    Ok(())
}
