//! What can be done about an alert: the kinds of action behind one face.
//!
//! An [`Action`] is loaded once ([`config::Action`] in, everything checked that can be checked) and then run for
//! each [`Job`]. What a job would do is known before it runs ([`Action::plan`]), by the same code that then does
//! it; that is what `explain` and mode `observe` show.
//!
//! A job ends in exactly one [`Outcome`]. Running never panics, and never returns later than the action's timeout
//! plus its grace period.

pub mod component;
pub mod exec;
mod job;

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use crate::{
    config::{self, Limits},
    idmef::Message,
};

pub use crate::config::Captures;
pub use job::{Cause, Job, Outcome, State, Usage};

/// An action that is ready to run.
#[derive(Debug)]
pub struct Action {
    /// The name triggers use.
    pub name: Arc<str>,
    /// What it may use.
    pub limits: Limits,
    /// How hard it is tried.
    pub retry: config::Retry,
    /// What becomes of a job that was running when the daemon died.
    pub delivery: config::Delivery,
    /// A job that has not begun for so long after its decision is given up.
    pub deadline: Duration,
    /// So many jobs are too many.
    pub breaker: Option<config::Breaker>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Exec(exec::Exec),
    Component(component::Component),
}

/// What a job would do, found without doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Start this program with these arguments.
    Exec(Vec<String>),
    /// Call this component.
    Component,
    /// Nothing: a guard forbids it, for this reason.
    Refused(String),
}

/// All actions of a configuration, by name.
pub type Actions = HashMap<Arc<str>, Arc<Action>>;

impl Action {
    /// Loads an `exec` action: looks up and checks the program, the user, the directory.
    pub fn exec(action: &config::Action) -> Result<Self, exec::LoadError> {
        Ok(Self::new(action, Kind::Exec(exec::Exec::load(action)?)))
    }

    /// Loads a component: compiles it, compares what it wants with what it may have, lets it check its configuration.
    pub fn component(
        engine: &component::Engine,
        action: &config::Action,
        component: &config::Component,
    ) -> Result<Self, component::LoadError> {
        Ok(Self::new(action, Kind::Component(component::Component::load(engine, action, component)?)))
    }

    fn new(action: &config::Action, kind: Kind) -> Self {
        Self {
            name: Arc::clone(&action.name),
            limits: action.limits.clone(),
            retry: action.retry,
            delivery: action.delivery,
            deadline: action.deadline,
            breaker: action.breaker,
            kind,
        }
    }

    /// `exec` or `component`.
    pub fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Exec(_) => "exec",
            Kind::Component(_) => "component",
        }
    }

    /// What a component wants and what it is granted; nothing for programs.
    pub fn comparison(&self) -> Option<&component::Comparison> {
        match &self.kind {
            Kind::Exec(_) => None,
            Kind::Component(component) => Some(component.comparison()),
        }
    }

    /// The file of a component, as it was read.
    pub fn component_file(&self) -> Option<&config::ReadFile> {
        match &self.kind {
            Kind::Exec(_) => None,
            Kind::Component(component) => Some(component.file()),
        }
    }

    /// What a job of this action would do for an alert; the same code decides when the job runs.
    pub fn plan(&self, message: &Message, captures: &Captures, parameters: &[(Arc<str>, String)]) -> Plan {
        match &self.kind {
            Kind::Exec(exec) => match exec.arguments(message, captures, parameters) {
                Ok(arguments) => Plan::Exec(arguments),
                Err(refusal) => Plan::Refused(refusal.to_string()),
            },
            Kind::Component(_) => Plan::Component,
        }
    }

    /// The program, with its arguments, that would undo what such a job does; none of a component, which undoes by itself.
    pub fn undo_plan(
        &self,
        message: &Message,
        captures: &Captures,
        parameters: &[(Arc<str>, String)],
    ) -> Option<Vec<String>> {
        match &self.kind {
            Kind::Exec(exec) => exec.undo_arguments(message, captures, parameters)?.ok(),
            Kind::Component(_) => None,
        }
    }

    /// Runs one job to its end.
    pub async fn run(&self, job: &Job) -> Outcome {
        match &self.kind {
            Kind::Exec(exec) => exec.run(job).await,
            Kind::Component(component) => component.run(job).await,
        }
    }

    /// Whether what it does can be taken back.
    pub fn can_undo(&self) -> bool {
        match &self.kind {
            Kind::Exec(exec) => exec.can_undo(),
            Kind::Component(component) => component.can_undo(),
        }
    }

    /// Whether it can be asked whether what it did stands.
    pub fn can_check(&self) -> bool {
        matches!(&self.kind, Kind::Exec(exec) if exec.can_check())
    }

    /// Whether what a job did stands; none when nobody can tell.
    pub async fn stands(&self, job: &Job) -> Option<Outcome> {
        match &self.kind {
            Kind::Exec(exec) => exec.stands(job).await,
            Kind::Component(_) => None,
        }
    }

    /// Takes back what a job did, to its end; `token` is what the job left for it.
    pub async fn undo(&self, job: &Job, token: Option<&[u8]>) -> Outcome {
        match &self.kind {
            Kind::Exec(exec) => exec.undo(job).await,
            Kind::Component(component) => component.undo(job, token).await,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exec(arguments) => f.write_str(&crate::text::quote_all(arguments)),
            Self::Component => f.write_str("call the component"),
            Self::Refused(reason) => write!(f, "refuse: {reason}"),
        }
    }
}
