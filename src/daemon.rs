//! The daemon: the rooms wired together, from the first connection to the last outcome.
//!
//! One task, the [`Pipeline`], takes messages in the order they come, decodes them, asks the rules and submits jobs.
//! Around it [`run`] listens for signals and tells systemd how things stand.
//!
//! Invariants:
//! - What was received is handled: on SIGTERM or SIGINT receiving stops first, then every message already received
//!   is examined and every job it makes runs to its end. A second signal, or [`Settings::patience`] running out, cuts
//!   this short and reports every job that is cut off.
//! - SIGHUP loads the configuration again beside the running one. Only when all of it has loaded does it take over,
//!   between two messages; jobs already made end under the configuration that made them. When anything is wrong the
//!   running configuration stays, and the log says what is wrong.
//! - Beside the messages the pipeline watches for sensors that fall silent, by the time in which it listened; the table of
//!   sensors is kept when a configuration takes over, and begins anew with each start.
//!
//! Failure modes: a message that cannot be decoded is counted, logged and passed over.

mod feed;
mod pipeline;
mod vigil;

use std::{io, sync::Arc, time::Duration};

use sd_notify::NotifyState;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, interval_at, timeout},
};
use tracing::{error, info, warn};

use crate::{
    dispatch,
    load::{self, Loaded},
    report::{Report, Totals},
    source::Received,
};

pub use feed::{Feed, Playback};
pub use pipeline::{Pipeline, Running};
pub use vigil::Links;

/// How often systemd is told how things stand.
const STATUS_INTERVAL: Duration = Duration::from_secs(30);

/// How much longer than its jobs the pipeline may take to end.
const A_LITTLE_MORE: Duration = Duration::from_secs(10);

/// How a daemon runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How much may be under way.
    pub dispatch: dispatch::Settings,
    /// Decide and record, do nothing.
    pub observe: bool,
    /// How long jobs may take to end after a request to stop.
    pub patience: Duration,
    /// This daemon's own analyzerid; messages it issued are passed over.
    pub analyzerid: Option<String>,
}

/// Runs until the feed ends or a signal asks to stop; returns the counts when every job has ended.
///
/// `reload` loads the configuration anew, the way it was loaded at the start.
pub async fn run(
    loaded: Loaded,
    settings: Settings,
    messages: mpsc::Receiver<Received>,
    feed: Box<dyn Feed>,
    reload: impl Fn() -> Result<Loaded, load::Failure> + Send + Sync + 'static,
) -> io::Result<Totals> {
    let report = Arc::new(Report::default());
    let (mut stop, mut hangup) = (StopSignals::new()?, signal(SignalKind::hangup())?);
    let (change, changes) = mpsc::channel(1);
    let patience = settings.patience;
    let running = Running::start(&loaded, &settings, Arc::clone(&report));
    let pipeline = Pipeline::new(running, settings, Arc::clone(&report), feed.links());
    let mut pipeline = tokio::spawn(pipeline.run(messages, changes));
    let reload = Arc::new(reload);
    let mut reloading: Option<JoinHandle<()>> = None;
    let mut status = interval_at(Instant::now() + STATUS_INTERVAL, STATUS_INTERVAL);
    tell_systemd(&[NotifyState::Ready, NotifyState::Status(&feed.status())]);

    loop {
        tokio::select! {
            ended = &mut pipeline => {
                tell_systemd(&[NotifyState::Stopping]);
                blocking(move || feed.stop()).await;
                return finish(ended, &report);
            }
            name = stop.wait() => {
                info!("{name}: no longer receiving; finishing what was received");
                break;
            }
            _ = hangup.recv() => {
                if reloading.as_ref().is_some_and(|task| !task.is_finished()) {
                    warn!("SIGHUP: still loading the configuration from the last one");
                } else {
                    info!("SIGHUP: loading the configuration");
                    reloading = Some(tokio::spawn(load_and_hand_over(Arc::clone(&reload), change.clone())));
                }
            }
            _ = status.tick() => {
                tell_systemd(&[NotifyState::Status(&format!("{}; {}", feed.status(), report.totals()))]);
            }
        }
    }

    tell_systemd(&[NotifyState::Stopping]);
    if let Some(task) = reloading {
        task.abort();
    }
    drop(change);
    let stopping = tokio::spawn(blocking(move || feed.stop()));
    // The pipeline ends when everything is handled, or its own patience with the jobs has an end.
    let why = tokio::select! {
        ended = timeout(patience + A_LITTLE_MORE, &mut pipeline) => match ended {
            Ok(ended) => {
                let _ = stopping.await;
                return finish(ended, &report);
            }
            Err(_) => "what was received could not be examined in time".to_owned(),
        },
        name = stop.wait() => format!("{name} again"),
    };
    error!("{why}: stopping at once");
    pipeline.abort();
    let _ = pipeline.await;
    Ok(report.totals())
}

fn finish(ended: Result<(), tokio::task::JoinError>, report: &Report) -> io::Result<Totals> {
    ended.map_err(io::Error::other)?;
    Ok(report.totals())
}

/// Loads beside the running configuration, then hands over.
async fn load_and_hand_over<F>(reload: Arc<F>, change: mpsc::Sender<Loaded>)
where
    F: Fn() -> Result<Loaded, load::Failure> + Send + Sync + 'static,
{
    match tokio::task::spawn_blocking(move || reload()).await {
        Ok(Ok(loaded)) => {
            loaded.log_warnings();
            let _ = change.send(loaded).await;
        }
        Ok(Err(failure)) => {
            error!("the configuration was not loaded; the running one stays");
            for line in failure.to_string().lines() {
                error!("{line}");
            }
        }
        Err(panic) => error!("loading the configuration failed: {panic}; the running one stays"),
    }
}

async fn blocking(work: impl FnOnce() + Send + 'static) {
    let _ = tokio::task::spawn_blocking(work).await;
}

/// Does nothing when systemd did not start us.
fn tell_systemd(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("cannot tell systemd how things stand: {error}");
    }
}

/// The signals that ask to stop.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The name of the next one that comes.
    async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
