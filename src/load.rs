//! The one way from the operator's files to rules and actions that can run: `run`, its reload, `check` and
//! `explain` all load here, so that what `check` says is what `run` does.
//!
//! Mistakes that only the host can tell, such as a program that is not there or a component that does not accept its
//! configuration, are told like all others: with file, line and column, and all at once.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use tracing::warn;

use crate::{
    actions::{
        Action, Actions,
        component::{self, Engine, EngineError},
    },
    config::{self, ActionKind, Diagnostic, Diagnostics},
    rules::RuleSet,
};

/// Where the operator's files are.
#[derive(Debug, Clone)]
pub struct Files {
    /// The files of the configuration.
    pub config: config::Files,
    /// Overrides the daemon file's state directory.
    pub state: Option<PathBuf>,
}

/// What one load leaves for the next: the engine that compiles and runs components.
#[derive(Debug, Default)]
pub struct Shared {
    engine: OnceLock<Engine>,
}

/// A configuration with everything in it ready to run.
#[derive(Debug)]
pub struct Loaded {
    /// The triggers.
    pub rules: Arc<RuleSet>,
    /// The actions.
    pub actions: Arc<Actions>,
    /// The daemon's own settings.
    pub daemon: config::Daemon,
    /// What is probably not meant.
    pub warnings: Diagnostics,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// Why a configuration did not load.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There are mistakes in it: all of them, and the warnings.
    #[error("{0}")]
    Configuration(Diagnostics),
    /// The host is not as it must be.
    #[error(transparent)]
    Environment(#[from] EngineError),
}

/// Loads everything that a configuration names. Runs nothing but the components' own validation.
pub fn load(files: &Files, shared: &Shared) -> Result<Loaded, Failure> {
    let config::Loaded { config, mut daemon, warnings: mut said, files: read } =
        config::load(&files.config).map_err(Failure::Configuration)?;
    if let Some(directory) = &files.state {
        daemon.state.directory.clone_from(directory);
    }
    let mut actions = Actions::new();
    for action in &config.actions {
        let loaded = match &action.kind {
            ActionKind::Exec(_) => Action::exec(action).map_err(|error| Diagnostic::at(&error.at, error.to_string())),
            ActionKind::Component(component) => Action::component(shared.engine(&daemon)?, action, component)
                .map_err(|error| mistake(component, &error)),
        };
        match loaded {
            Ok(loaded) => drop(actions.insert(Arc::clone(&action.name), Arc::new(loaded))),
            Err(mistake) => said.push(mistake),
        }
    }
    if said.has_errors() {
        return Err(Failure::Configuration(said));
    }
    let rules = RuleSet::compile(&config);
    Ok(Loaded { rules: Arc::new(rules), actions: Arc::new(actions), daemon, warnings: said, files: read })
}

/// A component that does not load, at the line that names its file, or at its configuration if that is to blame.
fn mistake(component: &config::Component, error: &component::LoadError) -> Diagnostic {
    if let component::LoadError::Grant(error) = error {
        return Diagnostic::at(&error.at, error.to_string());
    }
    let at = match error {
        component::LoadError::Config(_) | component::LoadError::Validate { .. } => &component.config_at,
        _ => &component.file_at,
    };
    Diagnostic::at(at, format!("{}: {error}", component.file.display()))
}

impl Shared {
    /// The engine, made when the first component is loaded.
    fn engine(&self, daemon: &config::Daemon) -> Result<&Engine, EngineError> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let engine = Engine::new(Some(&daemon.state.directory.join("components")))?;
        Ok(self.engine.get_or_init(|| engine))
    }
}

impl Loaded {
    /// Says in the log what is probably not meant.
    pub fn log_warnings(&self) {
        for warning in &self.warnings {
            match &warning.at {
                Some(at) => warn!("{at}: {}", warning.message),
                None => warn!("{}", warning.message),
            }
        }
    }

    /// How much there is, in one line: "2 triggers, 1 action".
    pub fn summary(&self) -> impl fmt::Display {
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let components = self.actions.values().filter(|action| action.kind() == "component").count();
        format!(
            "{}, {} ({} exec, {components} component)",
            count(self.rules.triggers().len(), "trigger"),
            count(self.actions.len(), "action"),
            self.actions.len() - components,
        )
    }
}
