//! The one way from the operator's files to rules and actions that can run: `run`, its reload, `check` and
//! `explain` all load here, so that what `check` says is what `run` does.
//!
//! Mistakes that only the host can tell, such as a program that is not there or a component that does not accept its
//! configuration, are told like all others: with file, line and column, and all at once.

mod own;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use tracing::warn;

use crate::{
    actions::{
        Action, Actions, Plan,
        component::{self, Engine, EngineError},
    },
    config::{self, ActionKind, Captures, Diagnostic, Diagnostics, ReadFile, TriggerTest},
    idmef::Message,
    journal::{Configured, Journal, store::Stores},
    rules::{Intent, NeverList, RuleSet, Trigger},
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
    stores: Stores,
}

/// A configuration with everything in it ready to run.
#[derive(Debug)]
pub struct Loaded {
    /// The triggers.
    pub rules: Arc<RuleSet>,
    /// The actions.
    pub actions: Arc<Actions>,
    /// What no job may act on.
    pub never: Arc<NeverList>,
    /// What `check` tries: nobody else does.
    pub tests: Vec<TriggerTest>,
    /// The daemon's own settings.
    pub daemon: config::Daemon,
    /// What is probably not meant.
    pub warnings: Diagnostics,
    /// The files that were read, components among them.
    pub files: Vec<ReadFile>,
}

/// A job as it would be made.
#[derive(Debug)]
pub struct Planned {
    /// Which action, with what, on what.
    pub intent: Intent,
    /// `exec` or `component`.
    pub kind: &'static str,
    /// What it would do.
    pub plan: Plan,
    /// The program, with its arguments, that would undo it; none when nothing ends its effect, and of components.
    pub undo: Option<Vec<String>>,
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
    let config::Loaded { config, tests, mut daemon, warnings: mut said, files: mut read } =
        config::load(&files.config).map_err(Failure::Configuration)?;
    if let Some(directory) = &files.state {
        daemon.state.directory.clone_from(directory);
    }
    let mut actions = Actions::new();
    for action in &config.actions {
        let loaded = match &action.kind {
            ActionKind::Exec(_) => {
                Action::exec(action).map_err(|error| vec![Diagnostic::at(&error.at, error.to_string())])
            }
            ActionKind::Component(component) => Action::component(shared.engine(&daemon)?, action, component)
                .map_err(|error| mistakes(component, &error)),
        };
        match loaded {
            Ok(loaded) => {
                warn_of_unused(&loaded, &mut said);
                read.extend(loaded.component_file().filter(|file| !read.contains(file)).cloned());
                drop(actions.insert(Arc::clone(&action.name), Arc::new(loaded)));
            }
            Err(mistakes) => mistakes.into_iter().for_each(|mistake| said.push(mistake)),
        }
    }
    if said.has_errors() {
        return Err(Failure::Configuration(said));
    }
    let rules = RuleSet::compile(&config);
    let never = NeverList::new(&config.never, &own::find(&daemon));
    Ok(Loaded {
        rules: Arc::new(rules),
        actions: Arc::new(actions),
        never: Arc::new(never),
        tests,
        daemon,
        warnings: said,
        files: read,
    })
}

/// What is granted and not wanted is better not granted.
fn warn_of_unused(action: &Action, said: &mut Diagnostics) {
    for unused in action.comparison().into_iter().flat_map(component::Comparison::unused) {
        let message = format!(
            "action `{}` is granted `{}`, and its component does not ask for it: remove the grant",
            action.name,
            unused.capability.key()
        );
        if let Some(at) = &unused.at {
            said.push(Diagnostic::warning_at(at, message));
        }
    }
}

/// A component that does not load, at the line that names its file, or at its configuration if that is to blame.
fn mistakes(component: &config::Component, error: &component::LoadError) -> Vec<Diagnostic> {
    let at = match error {
        component::LoadError::Grant(error) => return vec![Diagnostic::at(&error.at, error.to_string())],
        component::LoadError::CannotUndo(at) => at,
        component::LoadError::Config(issues) => {
            let issues = issues.iter().map(|issue| {
                // What is too much is marked by its key, both in serde's words and in ours.
                let key = issue.message.starts_with("unknown ");
                let at = config::place(&component.config_at, &issue.pointer, key);
                Diagnostic::at(&at, format!("{}: does not accept its configuration: {issue}", component.file.display()))
            });
            return issues.collect();
        }
        component::LoadError::Validate { .. } => &component.config_at,
        _ => &component.file_at,
    };
    vec![Diagnostic::at(at, format!("{}: {error}", component.file.display()))]
}

impl Shared {
    /// From now on components keep their state in this journal, also those that are loaded already. Without one, or if jobs have
    /// used their state before, it is in memory.
    pub fn keep_state_in(&self, journal: &Journal) {
        self.stores.keep_in(journal);
    }

    /// The engine, made when the first component is loaded.
    fn engine(&self, daemon: &config::Daemon) -> Result<&Engine, EngineError> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let engine = Engine::with(&component::Options {
            cache: Some(daemon.state.directory.join("components")),
            instances: daemon.limits.jobs_at_once,
            pooling: daemon.components.pooling,
            metered: false,
        })?;
        Ok(self.engine.get_or_init(|| engine.with_stores(self.stores.clone())))
    }
}

impl Loaded {
    /// The jobs that a trigger asks for when a message sets it off, with what each would do. Nothing is run.
    pub fn planned(&self, trigger: &Trigger, message: &Message, captures: &Captures) -> Vec<Planned> {
        let planned = |intent: Intent| {
            let action = self.actions.get(&intent.action)?;
            let forbidden = || self.never.forbids(intent.target.as_ref()?);
            let plan = match intent.refused.clone().or_else(forbidden) {
                Some(why) => Plan::Refused(why),
                None => action.plan(message, captures, &intent.parameters),
            };
            let undo = intent.lease.and_then(|_| action.undo_plan(message, captures, &intent.parameters));
            Some(Planned { intent, kind: action.kind(), plan, undo })
        };
        trigger.intents(message, captures).into_iter().filter_map(planned).collect()
    }

    /// What the audit trail keeps of it when it comes into force.
    pub fn as_configured(&self, observe: bool) -> Configured {
        let (files, summary) = (self.files.clone(), self.summary().to_string());
        Configured { files, summary, observe, now: Timestamp::now() }
    }

    /// Says in the log what is probably not meant.
    pub fn log_warnings(&self) {
        for warning in &self.warnings {
            match &warning.at {
                Some(at) => warn!("{at}: {}", warning.message),
                None => warn!("{}", warning.message),
            }
        }
    }

    /// How much there is, in one line: "2 triggers (1 on silence), 1 action (1 exec, 0 component)".
    pub fn summary(&self) -> impl fmt::Display {
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let components = self.actions.values().filter(|action| action.kind() == "component").count();
        let silent = match self.rules.on_silence().count() {
            0 => String::new(),
            silent => format!(" ({silent} on silence)"),
        };
        format!(
            "{}{silent}, {} ({} exec, {components} component)",
            count(self.rules.triggers().len(), "trigger"),
            count(self.actions.len(), "action"),
            self.actions.len() - components,
        )
    }
}
