//! One job by hand: a component, an alert, a configuration, a grant and a tape in; everything that is known of the job out.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    actions::{
        Job, Outcome,
        component::{
            Component, Engine, LoadError,
            tape::{Ended, Tape, document::JobOf},
        },
    },
    config::{self, nowhere},
    idmef::Message,
};

/// What is tried.
#[derive(Debug)]
pub struct Trial {
    /// The component's file.
    pub component: PathBuf,
    /// Its configuration, and where that stands.
    pub config: Value,
    /// What it may have.
    pub grant: config::Grant,
    /// What it may use.
    pub limits: config::Limits,
    /// The alert.
    pub message: Arc<Message>,
    /// The particulars of the job.
    pub job: JobOf,
    /// Where it writes down what it asks, or finds the answers.
    pub tape: Arc<Tape>,
}

/// What came of it.
#[derive(Debug)]
pub struct Ran {
    /// How the job ended.
    pub outcome: Outcome,
    /// What it asked, and what differed from the tape.
    pub tape: Ended,
    /// How long loading took, validation included.
    pub loaded_in: Duration,
}

/// Why a job was not even started.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The component does not load.
    #[error("{}: {error}", file.display())]
    Load {
        /// Its file.
        file: PathBuf,
        /// Why.
        error: Box<LoadError>,
    },
    /// There is no runtime.
    #[error("cannot start a runtime for the job: {0}")]
    Runtime(std::io::Error),
}

impl Trial {
    /// Loads the component and runs the job to its end.
    pub fn run(self, engine: &Engine) -> Result<Ran, TrialError> {
        let began = Instant::now();
        let component = self.load(engine)?;
        let loaded_in = began.elapsed();
        let job = Job {
            id: self.job.id.as_str().into(),
            trigger: self.job.trigger.as_str().into(),
            action: self.job.action.as_str().into(),
            attempt: self.job.attempt,
            attempts: self.job.attempt,
            message: Arc::clone(&self.message),
            captures: self.job.captures.iter().map(|(name, text)| (Arc::from(name.as_str()), text.clone())).collect(),
            parameters: Vec::new(),
            target: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(TrialError::Runtime)?;
        let outcome = runtime.block_on(component.run(&job));
        runtime.shutdown_timeout(Duration::from_millis(100));
        Ok(Ran { outcome, tape: self.tape.end(), loaded_in })
    }

    fn load(&self, engine: &Engine) -> Result<Component, TrialError> {
        let component = config::Component {
            file: self.component.clone(),
            file_at: nowhere(),
            sha256: None,
            config: self.config.clone(),
            config_at: nowhere(),
            grant: self.grant.clone(),
        };
        let kind = config::ActionKind::Component(component.clone());
        let action = config::Action {
            limits: self.limits.clone(),
            ..config::Action::new(self.job.action.as_str().into(), nowhere(), kind)
        };
        Component::load(&engine.with_tape(Arc::clone(&self.tape)), &action, &component)
            .map_err(|error| TrialError::Load { file: self.component.clone(), error: Box::new(error) })
    }
}
