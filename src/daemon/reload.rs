//! Another configuration, without a stop: loaded beside the running one, and handed over only when all of it is right.
//!
//! One is loaded at a time, whoever asks: SIGHUP, or somebody over the control socket.

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Mutex, mpsc, oneshot};
use tracing::{error, info, warn};

use crate::{
    config::Diagnostics,
    control::{Answer, Configuration, Holding, Refusal, RefusalKind, Said},
    dispatch::Dispatcher,
    journal::{LeaseRow, WriteError},
    load::{self, Loaded},
};

/// How long the leases of actions that go may take to be undone.
const UNDONE_WITHIN: Duration = Duration::from_mins(1);

/// A configuration on its way to the pipeline.
#[derive(Debug)]
pub(super) struct Handover {
    pub(super) loaded: Loaded,
    /// Told when it is in force, or which leases forbid that.
    pub(super) taken: oneshot::Sender<Result<(), Vec<LeaseRow>>>,
}

/// What is in force, as far as people ask for it.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) configuration: Configuration,
    pub(super) triggers: Vec<Arc<str>>,
    pub(super) actions: Vec<Arc<str>>,
}

/// Loads and hands over.
#[derive(Debug)]
pub(super) struct Reloader<F> {
    load: Arc<F>,
    change: mpsc::Sender<Handover>,
    pub(super) dispatcher: Arc<Dispatcher>,
    current: RwLock<Current>,
    turn: Mutex<()>,
}

impl Current {
    fn of(loaded: &Loaded) -> Self {
        Self {
            configuration: Configuration {
                files: loaded.files.iter().map(|file| file.path.clone()).collect(),
                summary: loaded.summary().to_string(),
                loaded: Timestamp::now(),
            },
            triggers: loaded.rules.triggers().iter().map(|trigger| Arc::clone(&trigger.name)).collect(),
            actions: loaded.actions.keys().cloned().collect(),
        }
    }
}

impl<F> Reloader<F>
where
    F: Fn() -> Result<Loaded, load::Failure> + Send + Sync + 'static,
{
    pub(super) fn new(load: F, running: &Loaded, change: mpsc::Sender<Handover>, dispatcher: Arc<Dispatcher>) -> Self {
        let current = RwLock::new(Current::of(running));
        Self { load: Arc::new(load), change, dispatcher, current, turn: Mutex::new(()) }
    }

    /// What is in force.
    pub(super) fn current(&self) -> Current {
        self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Loads the configuration anew. With `undo`, leases that it would leave without an undo are undone first; without, they forbid
    /// it. Whatever comes of it is in the log, too.
    pub(super) async fn reload(&self, undo: bool) -> Result<Answer, Refusal> {
        let Ok(_turn) = self.turn.try_lock() else {
            warn!("still loading the configuration, since it was asked for before");
            return Err(Refusal::new(RefusalKind::Busy, "a configuration is being loaded already: try again"));
        };
        let load = Arc::clone(&self.load);
        let loaded = match tokio::task::spawn_blocking(move || load()).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(failure)) => return refuse(&failure),
            Err(panic) => {
                error!("loading the configuration failed: {panic}; the running one stays");
                return Err(Refusal::new(RefusalKind::Failed, format!("loading it failed: {panic}")));
            }
        };
        loaded.log_warnings();
        let mut undone = Vec::new();
        let mut _hold = None;
        if undo {
            let why = "its action is taken away";
            let (hold, ended, left) =
                self.dispatcher.end_orphans(&loaded.actions, why, UNDONE_WITHIN).await.map_err(closed)?;
            if !left.is_empty() {
                return Ok(holding(left, true));
            }
            (_hold, undone) = (Some(hold), ended);
        }
        let (next, said) = (Current::of(&loaded), said(&loaded.warnings));
        let (taken, answer) = oneshot::channel();
        let stopping = || Refusal::new(RefusalKind::Failed, "the daemon is about to stop");
        self.change.send(Handover { loaded, taken }).await.map_err(|_| stopping())?;
        match answer.await.map_err(|_| stopping())? {
            Ok(()) => {
                let summary = next.configuration.summary.clone();
                *self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner) = next;
                Ok(Answer::Reloaded { summary, said, undone })
            }
            Err(leases) => Ok(holding(leases, undo)),
        }
    }

    /// The same because of SIGHUP: nobody is there to be answered.
    pub(super) async fn by_signal(self: Arc<Self>) {
        info!("SIGHUP: loading the configuration");
        // The log has it.
        let _ = self.reload(false).await;
    }
}

fn refuse(failure: &load::Failure) -> Result<Answer, Refusal> {
    error!("the configuration was not loaded; the running one stays");
    for line in failure.to_string().lines() {
        error!("{line}");
    }
    match failure {
        load::Failure::Configuration(diagnostics) => Ok(Answer::NotLoaded(said(diagnostics))),
        load::Failure::Environment(error) => Err(Refusal::new(RefusalKind::Failed, error.to_string())),
    }
}

fn holding(leases: Vec<LeaseRow>, tried: bool) -> Answer {
    let why = if tried {
        "leases could not be undone in time"
    } else {
        "actions that have leases, or their undo, are not in it any more"
    };
    error!("the configuration was not taken over, and the running one stays: {why}");
    for lease in &leases {
        error!(
            lease = lease.id,
            action = %lease.action,
            target = %lease.target,
            "{} until {:.0}; `prelude-trigger reload --undo` ends it first",
            lease.state.name(),
            lease.until
        );
    }
    Answer::Holding(Holding { leases, tried })
}

fn said(diagnostics: &Diagnostics) -> Said {
    let mut text = Vec::new();
    // Writing into memory does not fail.
    let _ = diagnostics.render(&mut text, true);
    let (errors, warnings) = diagnostics.count();
    Said {
        text: String::from_utf8_lossy(&text).into_owned(),
        diagnostics: serde_json::to_value(diagnostics).unwrap_or_default(),
        errors,
        warnings,
    }
}

/// There is no journal any more.
pub(super) fn closed(error: WriteError) -> Refusal {
    let WriteError::Refused(why) = error else {
        return Refusal::new(RefusalKind::Failed, "the daemon is about to stop");
    };
    Refusal::new(RefusalKind::Failed, format!("the journal refuses it: {why}"))
}
