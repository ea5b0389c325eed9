//! One job by hand: a component, an alert, a configuration, a grant and a tape in; everything that is known of the job out.

use std::{
    collections::BTreeMap,
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
    journal::store::{MOST_KEYS, Quota, Store, StoreError, Stores},
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
    /// What is in its store when it begins.
    pub state: BTreeMap<String, Vec<u8>>,
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
    /// What is in its store then.
    pub kept: BTreeMap<String, Vec<u8>>,
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
    /// What its store is to begin with does not fit.
    #[error("the state cannot be made: {0}")]
    State(#[from] StoreError),
    /// There is no runtime.
    #[error("cannot start a runtime for the job: {0}")]
    Runtime(std::io::Error),
}

impl Trial {
    /// Loads the component and runs the job to its end.
    pub fn run(self, engine: &Engine) -> Result<Ran, TrialError> {
        let began = Instant::now();
        let stores = Stores::default();
        let component = self.load(&engine.with_stores(stores.clone()))?;
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
        let store =
            self.grant.state.as_ref().map(|_| stores.of(&job.action, Quota { keys: u64::MAX, bytes: u64::MAX }));
        let (outcome, kept) = runtime.block_on(async {
            if let Some(store) = &store {
                for (key, value) in &self.state {
                    store.set(key, value.clone(), None).await?;
                }
            }
            let outcome = match &self.job.undo {
                None => component.run(&job).await,
                Some(token) => component.undo(&job, token.bytes().as_deref()).await,
            };
            let kept = match &store {
                Some(store) => everything(store).await?,
                None => BTreeMap::new(),
            };
            Ok::<_, StoreError>((outcome, kept))
        })?;
        runtime.shutdown_timeout(Duration::from_millis(100));
        Ok(Ran { outcome, tape: self.tape.end(), kept, loaded_in })
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

/// All that is in a store.
async fn everything(store: &Store) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
    let mut all = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let keys = store.keys("", after.as_deref()).await?;
        for key in &keys {
            if let Some(found) = store.get(key).await? {
                all.insert(key.clone(), found.value);
            }
        }
        if keys.len() < MOST_KEYS {
            return Ok(all);
        }
        after = keys.into_iter().next_back();
    }
}
