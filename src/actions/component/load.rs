//! From an action's file to a component that can run.

use std::{path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    engine::Engine,
    error::LoadError,
    file::{identify, read},
    grant::{Grants, Own},
    host::v0_1,
    imports, link,
    metadata::{self, Metadata},
    run::Component,
    unused,
    wants::Comparison,
};
use crate::{config, text::Escaped};

/// Issues of a configuration that are shown, of all that a component reports.
const MOST_ISSUES: usize = 100;

impl Component {
    /// Loads the component of `action`: reads and checks the file, compiles it or takes it from the cache, links it, and has it
    /// check its configuration.
    ///
    /// Takes seconds for a large component that is not in the cache: not to be called where alerts are waiting.
    pub fn load(engine: &Engine, action: &config::Action, component: &config::Component) -> Result<Self, LoadError> {
        let bytes = read(&component.file)?;
        let sum: [u8; 32] = Sha256::digest(&bytes).into();
        let file = config::ReadFile { path: component.file.clone(), sha256: hex::encode(sum) };
        if let Some(pinned) = component.sha256
            && sum != pinned
        {
            return Err(LoadError::WrongSum { pinned: hex::encode(pinned), found: file.sha256 });
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
        let grants =
            Grants::open(&component.grant, &action.limits, &own, &engine.outside, (&action.name, &engine.stores))?;
        let left_out = imports::check(&engine.wasmtime, &compiled, &link::interfaces(&grants), &metadata.unused)?;
        let mut linker = engine.linker.clone();
        let linked = link::granted(&mut linker, &grants);
        let linked = linked.and_then(|()| unused::link(&mut linker, &engine.wasmtime, &compiled, &left_out));
        let linked = linked.and_then(|()| linker.instantiate_pre(&compiled));
        let undo = linked.as_ref().ok().and_then(|linked| v0_1::UndoerPre::new(linked.clone()).ok());
        let linked = linked.and_then(v0_1::ActionPre::new);
        let loaded = Self {
            engine: engine.wasmtime.clone(),
            clock: Arc::clone(&engine.clock),
            admission: engine.admission.clone(),
            action: linked.map_err(|error| LoadError::Link(Escaped(format!("{error:#}")).to_string()))?,
            undo,
            file,
            name: Arc::clone(&action.name),
            config: component.config.to_string().into(),
            limits: action.limits.clone(),
            share: engine.admission.turns.share(),
            grants,
            tape: engine.tape.clone(),
            comparison: Arc::new(Comparison::new(
                &imports::wanted(&engine.wasmtime, &compiled, &metadata.unused),
                &component.grant,
            )),
        };
        if let (Some(at), None) = (&action.leased, &loaded.undo) {
            return Err(LoadError::CannotUndo(at.clone()));
        }
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

    fn validate(&self) -> Result<(), LoadError> {
        let issues = self.check_config().map_err(|(summary, stderr)| LoadError::Validate { summary, stderr })?;
        let issues: Vec<_> = issues.into_iter().take(MOST_ISSUES).collect();
        if issues.is_empty() { Ok(()) } else { Err(LoadError::Config(issues)) }
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
