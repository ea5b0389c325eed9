//! What a loaded configuration consists of: plain data, every text already parsed.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use crate::config::{
    Breaker, Damping, Delivery, Filter, Grant, Limits, Never, ParameterType, Retry, Silent, TargetKind, Template, Terms,
};

/// The triggers and actions of `prelude-trigger.yaml` and `triggers.d/*.yaml`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The outermost mode.
    pub mode: Mode,
    /// What no job may ever act on.
    pub never: Never,
    /// Named actions, in order of appearance.
    pub actions: Vec<Action>,
    /// Triggers, in order of appearance.
    pub triggers: Vec<Trigger>,
}

/// Whether actions run, or it is only said what would run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Mode {
    /// Actions run.
    #[default]
    Enforce,
    /// Nothing runs; every job ends as observed. The stricter mode wins.
    Observe,
}

/// Where in the operator's files something stands; lines and columns count from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file as it was named.
    pub file: Arc<std::path::Path>,
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// Something that can be done: a name, a kind and its limits.
#[derive(Debug, Clone)]
pub struct Action {
    /// The name triggers use; an inline action is called `exec` or `component` and
    /// numbered within its trigger when there are several.
    pub name: Arc<str>,
    /// Where it is declared.
    pub at: Location,
    /// What it does.
    pub kind: ActionKind,
    /// What it may use.
    pub limits: Limits,
    /// This action's mode; the strictest of this, its trigger's and [`Config::mode`] holds.
    pub mode: Mode,
    /// How hard it is tried.
    pub retry: Retry,
    /// What becomes of a job that was running when the daemon died.
    pub delivery: Delivery,
    /// A job that has not been started for so long after its decision is not started any more; default 1 h.
    pub deadline: Duration,
    /// So many jobs are too many: its own, or else the one at the top of the main file.
    pub breaker: Option<Breaker>,
    /// What triggers fill in, in order of declaration.
    pub parameters: Vec<(Arc<str>, ParameterType)>,
    /// What it acts on.
    pub target: Option<TargetParameter>,
    /// Where a trigger first wants its effect for a time only: then it must be possible to undo it. Of an `exec` this is checked
    /// here; whoever loads a component asks the component.
    pub leased: Option<Location>,
}

impl Action {
    /// An action of which nothing is said but what it does.
    pub fn new(name: Arc<str>, at: Location, kind: ActionKind) -> Self {
        Self {
            name,
            at,
            kind,
            limits: Limits::default(),
            mode: Mode::default(),
            retry: Retry::default(),
            delivery: Delivery::default(),
            deadline: Duration::from_hours(1),
            breaker: None,
            parameters: Vec::new(),
            target: None,
            leased: None,
        }
    }
}

/// `target:` of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetParameter {
    /// The parameter that names it.
    pub parameter: Arc<str>,
    /// What it is.
    pub kind: TargetKind,
}

/// The two kinds of action.
#[derive(Debug, Clone)]
pub enum ActionKind {
    /// A program started from an argument vector.
    Exec(Exec),
    /// A WASI component.
    Component(Component),
}

/// A program and its arguments.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// The program: an absolute path, verbatim.
    pub program: PathBuf,
    /// Where the program is named.
    pub program_at: Location,
    /// The arguments after the program.
    pub arguments: Vec<Template>,
}

/// `exec:` of an action: what it runs, and as what; `undo` and `check` run as the same.
#[derive(Debug, Clone)]
pub struct Exec {
    /// What it does.
    pub command: CommandLine,
    /// What takes that back.
    pub undo: Option<CommandLine>,
    /// What ends with status 0 while the effect stands.
    pub check: Option<CommandLine>,
    /// User to run as; default: the daemon's own.
    pub user: Option<String>,
    /// Supplementary groups; default: none when `user` is given.
    pub groups: Vec<String>,
    /// File mode creation mask, default 0o077.
    pub umask: u32,
    /// Working directory, default `/`.
    pub directory: PathBuf,
    /// Environment variables beside the fixed ones.
    pub environment: BTreeMap<String, String>,
    /// What the program reads from standard input.
    pub stdin: Stdin,
    /// What happens when a path has no value.
    pub on_missing: OnMissing,
    /// Whether an argument that starts with a substituted value may start with `-`.
    pub allow_dash: bool,
    /// Longest substituted argument, in bytes, default 4096.
    pub max_argument: usize,
}

impl Exec {
    /// An exec with the defaults of everything but its command.
    pub fn new(command: CommandLine) -> Self {
        Self {
            command,
            undo: None,
            check: None,
            user: None,
            groups: Vec::new(),
            umask: 0o077,
            directory: PathBuf::from("/"),
            environment: BTreeMap::new(),
            stdin: Stdin::default(),
            on_missing: OnMissing::default(),
            allow_dash: false,
            max_argument: 4096,
        }
    }

    /// Every command line it has.
    pub fn command_lines(&self) -> impl Iterator<Item = &CommandLine> {
        [Some(&self.command), self.undo.as_ref(), self.check.as_ref()].into_iter().flatten()
    }
}

/// What an exec action finds on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stdin {
    /// The alert as one line of IDMEF JSON.
    #[default]
    Alert,
    /// Nothing: end of file at once.
    None,
}

/// What an exec action does when a path in its arguments has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnMissing {
    /// The job is refused.
    #[default]
    Refuse,
    /// The argument is left out.
    Skip,
    /// The value is taken to be empty.
    Empty,
}

/// `component:` of an action.
#[derive(Debug, Clone)]
pub struct Component {
    /// The component's file.
    pub file: PathBuf,
    /// Where the file is named.
    pub file_at: Location,
    /// The SHA-256 sum the file must have, if pinned.
    pub sha256: Option<[u8; 32]>,
    /// `config:`, handed to the component as JSON text; `{}` when absent.
    pub config: serde_json::Value,
    /// Where `config:` stands.
    pub config_at: Location,
    /// `grant:`; nothing when absent.
    pub grant: Grant,
}

/// A name, filters that must all hold, and actions that are all executed.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Unique in the configuration.
    pub name: Arc<str>,
    /// Where it is declared.
    pub at: Location,
    /// This trigger's mode; the stricter of this and [`Config::mode`] holds.
    pub mode: Mode,
    /// Set off by a sensor that falls silent; then the filters are asked about its last heartbeat.
    pub silent: Option<Silent>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// What makes few jobs of many matches.
    pub damping: Damping,
    /// So many jobs are too many.
    pub breaker: Option<Breaker>,
    /// Each action waits for the one before it, and when one is not done the rest is refused.
    pub stop_on_failure: bool,
    /// What is done, in order.
    pub actions: Vec<Use>,
}

impl Trigger {
    /// A trigger of which nothing is said but its name.
    pub fn new(name: Arc<str>, at: Location) -> Self {
        Self {
            name,
            at,
            mode: Mode::default(),
            silent: None,
            filters: Vec::new(),
            damping: Damping::default(),
            breaker: None,
            stop_on_failure: false,
            actions: Vec::new(),
        }
    }
}

/// One element of a trigger's `actions:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The name of one of [`Config::actions`]; inline actions have been given a place there too.
    pub action: Arc<str>,
    /// What fills the action's parameters, in order of their declaration.
    pub parameters: Vec<(Arc<str>, Template)>,
    /// The parameter for each of whose values there is a job.
    pub for_each: Option<Arc<str>>,
    /// Most jobs of one alert, when there is one for each value.
    pub at_most: u32,
    /// For how long its effect is wanted; none: nothing ends it.
    pub lease: Option<Terms>,
}
