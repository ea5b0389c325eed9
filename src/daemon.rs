//! The daemon: the rooms wired together, from the first connection to the last outcome.
//!
//! One task, the [`Pipeline`], takes messages in the order they come, decodes them, asks the rules and decides.
//! Around it [`run`] listens for signals and tells systemd how things stand.
//!
//! Invariants:
//! - What was received is handled: on SIGTERM or SIGINT receiving stops first, then every message already received
//!   is decided upon, and jobs that run run to their end. Those that wait are left to the next daemon; where there is no next
//!   one, because the journal is only in memory, they run, too. A second signal, or [`Settings::patience`] running out, cuts
//!   this short and reports every job that is cut off.
//! - SIGHUP, or who asks over the control socket, loads the configuration again beside the running one. Only when all of it has
//!   loaded does it take over, between two messages; jobs that run end as they began, and those that wait run under the new one.
//!   When anything is wrong, or it takes away an action that has leases, the running configuration stays, and the log says why.
//! - Beside the messages the pipeline watches for sensors that fall silent, by the time in which it listened; the table of
//!   sensors is kept when a configuration takes over, and begins anew with each start.
//!
//! Failure modes: a message that cannot be decoded is counted, logged and passed over. A journal that cannot be written stops
//! receiving until it can.

mod answers;
mod feed;
mod housekeeping;
mod memory;
mod pipeline;
mod reload;
mod runtime;
mod steward;
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
    config,
    control::{self, Allowed, Socket},
    dispatch::{self, Dispatcher},
    journal::{self, Ask, Journal},
    load::{self, Loaded},
    report::{Report, Totals},
    source::Received,
};

pub use answers::Post;
pub use feed::{Feed, Playback};
pub use housekeeping::Retention;
pub use pipeline::Pipeline;
pub use runtime::runtime;
pub use vigil::Links;

use memory::Memory;
use reload::Reloader;
use steward::Steward;

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
    /// What of the ends of jobs is told to Prelude.
    pub answers: config::Answers,
    /// How long the journal is kept; none when it ends with this process.
    pub retention: Option<Retention>,
}

/// Runs until the feed ends or a signal asks to stop; returns the counts when every job has ended.
///
/// `reload` loads the configuration anew, the way it was loaded at the start; over `door` the command line asks.
pub async fn run(
    loaded: Loaded,
    settings: Settings,
    journal: Journal,
    messages: mpsc::Receiver<Received>,
    feed: Box<dyn Feed>,
    door: Option<(Socket, Allowed)>,
    reload: impl Fn() -> Result<Loaded, load::Failure> + Send + Sync + 'static,
) -> io::Result<Totals> {
    let report = Arc::new(Report::default());
    let (mut stop, mut hangup) = (StopSignals::new()?, signal(SignalKind::hangup())?);
    let (change, changes) = mpsc::channel(1);
    let (patience, retention, observe) = (settings.patience, settings.retention, settings.observe);
    if observe {
        info!("mode observe: what would be done is decided and written down, and nothing is done");
    }
    let (actions, never) = (Arc::clone(&loaded.actions), Arc::clone(&loaded.never));
    let dispatcher = Dispatcher::start(actions, never, settings.dispatch, journal.clone(), Arc::clone(&report));
    let dispatcher = Arc::new(dispatcher);
    // What was left comes before what is new.
    let remembered = journal.write(Ask(journal::damping)).await.map_err(io::Error::other)?;
    let left = dispatcher.resume().await.map_err(io::Error::other)?;
    if left > 0 {
        info!("taking up {left} jobs that had not ended");
    }
    let standing = tokio::spawn(dispatch::watch(Arc::clone(&dispatcher)));
    let housekeeping = retention.map(|retention| tokio::spawn(housekeeping::run(journal.clone(), retention)));
    let answering = feed.post().map(|post| {
        let ended = dispatcher.job_ended();
        tokio::spawn(answers::run(journal.clone(), post, settings.answers.clone(), ended))
    });
    let reloader = Arc::new(Reloader::new(reload, &loaded, change, Arc::clone(&dispatcher)));
    let counted = Arc::clone(&report);
    let steward = Steward::new(&loaded, Arc::clone(&reloader), journal.clone(), counted, feed.links(), observe);
    let door = door.map(|(socket, allowed)| tokio::spawn(control::serve(socket, allowed, Arc::new(steward))));
    // Before anything is decided by it: the journal writes in the order of calls. It may be that it cannot write yet.
    journal.submit(loaded.as_configured(observe), drop).await.map_err(io::Error::other)?;
    let kept = (journal, Memory::recall(remembered));
    let links = feed.links();
    let pipeline = Pipeline::new(&loaded, Arc::clone(&dispatcher), kept, settings, Arc::clone(&report), links);
    let mut pipeline = tokio::spawn(pipeline.run(messages, changes));
    let mut reloading: Option<JoinHandle<()>> = None;
    let mut status = interval_at(Instant::now() + STATUS_INTERVAL, STATUS_INTERVAL);
    tell_systemd(&[NotifyState::Ready, NotifyState::Status(&feed.status())]);

    let mut decided = false;
    let stopped = loop {
        tokio::select! {
            // When everything is decided, what is left to wait for is the jobs.
            ended = &mut pipeline, if !decided => {
                ended.map_err(io::Error::other)?;
                decided = true;
            }
            () = dispatcher.all_ended(), if decided => break None,
            name = stop.wait() => {
                info!("{name}: no longer receiving; finishing what was received");
                break Some(name);
            }
            _ = hangup.recv() => {
                if reloading.as_ref().is_some_and(|task| !task.is_finished()) {
                    warn!("SIGHUP: still loading the configuration from the last one");
                } else {
                    reloading = Some(tokio::spawn(Arc::clone(&reloader).by_signal()));
                }
            }
            _ = status.tick() => {
                tell_systemd(&[NotifyState::Status(&format!("{}; {}", feed.status(), report.totals()))]);
            }
        }
    };

    tell_systemd(&[NotifyState::Stopping]);
    for task in [reloading, door].into_iter().flatten() {
        task.abort();
    }
    standing.abort();
    let stopping = tokio::spawn(blocking(move || feed.stop()));
    let ending = async {
        if !decided {
            let _ = (&mut pipeline).await;
        }
        if stopped.is_some() && retention.is_none() {
            let _ = timeout(patience, dispatcher.all_ended()).await;
        }
        let waiting = dispatcher.finish(patience).await;
        let _ = stopping.await;
        waiting
    };
    let waiting = tokio::select! {
        ended = timeout(patience + A_LITTLE_MORE, ending) => match ended {
            Ok(waiting) => Ok(waiting),
            Err(_) => Err("what was received could not be examined in time".to_owned()),
        },
        name = stop.wait() => Err(format!("{name} again")),
    };
    let waiting = match waiting {
        Ok(waiting) => waiting,
        Err(why) => {
            error!("{why}: stopping at once");
            pipeline.abort();
            dispatcher.finish(Duration::ZERO).await
        }
    };
    match retention {
        Some(_) => report.handed_over(waiting),
        None => report.never_run(waiting),
    }
    for task in [housekeeping, answering].into_iter().flatten() {
        task.abort();
    }
    Ok(report.totals())
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
