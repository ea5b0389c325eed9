//! `run`: the daemon, or one pass over recorded alerts.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use clap::Args;
use tokio::{runtime, sync::mpsc};
use tracing::{error, info};

use super::{
    Exit, Files, check,
    input::{self, Input},
    output,
};
use crate::{
    config,
    daemon::{self, Feed},
    dispatch,
    idmef::Message,
    load::{self, Shared},
    report::log,
    source::{Received, manager, recording::Content},
};

/// How long jobs may take to end after a request to stop: less than systemd's usual 90 s.
const PATIENCE: Duration = Duration::from_secs(75);

/// Connect to the managers, or read recorded alerts, and run what matches
///
/// With --input the alerts come from a file instead of a manager, and the daemon ends when every job has ended.
///
/// SIGTERM and SIGINT stop receiving, let every job end, and end the daemon; a second one ends it at once. SIGHUP
/// loads the configuration anew; when anything in it is wrong, the running one stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger run
  prelude-trigger run --observe
  prelude-trigger run --input alerts.idmef
  prelude-trigger run --input - < alerts.json")]
pub struct Arguments {
    /// Read recorded alerts instead of connecting to a manager; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    input: Option<String>,

    /// Decide and report, but run nothing, whatever the configuration says
    #[arg(long)]
    observe: bool,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    match start_log(files) {
        Ok(daemon) => make_state_directory(files.state_dir.as_deref().unwrap_or(&daemon.state.directory)),
        Err(exit) => return exit,
    }
    let files = load::Files::from(files);
    let shared = Arc::new(Shared::default());
    let loaded = match load::load(&files, &shared) {
        Ok(loaded) => loaded,
        Err(failure) => return check::tell_failure(&failure),
    };
    loaded.log_warnings();
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(format_args!("cannot start: {error}"));
            return Exit::Environment;
        }
    };
    let limits = &loaded.daemon.limits;
    let (sender, messages) = mpsc::channel(limits.queued_alerts);
    let mut settings = daemon::Settings {
        dispatch: dispatch::Settings { jobs_at_once: limits.jobs_at_once, queued_jobs: limits.queued_jobs },
        observe: arguments.observe,
        patience: PATIENCE,
        analyzerid: None,
    };
    info!("prelude-trigger {} with {}", env!("CARGO_PKG_VERSION"), loaded.summary());

    let sound = Arc::new(AtomicBool::new(true));
    let feed: Box<dyn Feed> = match &arguments.input {
        Some(name) => match input::open(name) {
            Ok(input) => Box::new(Playback::start(input, sender, Arc::clone(&sound))),
            Err(exit) => return exit,
        },
        None => match start_managers(&loaded.daemon, sender) {
            Ok(managers) => {
                settings.analyzerid = Some(managers.analyzerid().to_string());
                Box::new(managers)
            }
            Err(exit) => return exit,
        },
    };
    let reload = move || load::load(&files, &shared);
    let ended = runtime.block_on(daemon::run(loaded, settings, messages, feed, reload));
    // Drops, and so kills, what still runs after a second signal; a thread that hangs must not keep us.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match ended {
        Ok(totals) => {
            info!("the end: {totals}");
            if totals.abandoned == 0 && sound.load(Ordering::Relaxed) { Exit::Fine } else { Exit::NotFine }
        }
        Err(error) => {
            output::complain(format_args!("the daemon failed: {error}"));
            Exit::Environment
        }
    }
}

/// Makes the state directory if only it is missing. What cannot be made is told by whoever needs it.
fn make_state_directory(directory: &Path) {
    let _ = DirBuilder::new().mode(0o700).create(directory);
}

/// Sets up the log as the daemon's file says.
pub(super) fn start_log(files: &Files) -> Result<config::Daemon, Exit> {
    let (daemon, _) = config::load_daemon(files.daemon_config.as_deref())
        .map_err(|diagnostics| check::tell_failure(&load::Failure::Configuration(diagnostics)))?;
    log::init(&daemon.logging).map_err(|error| {
        output::complain(output::chain(&error));
        Exit::Environment
    })?;
    Ok(daemon)
}

/// Connects as the daemon's file says.
pub(super) fn start_managers(
    daemon: &config::Daemon,
    sender: mpsc::Sender<Received>,
) -> Result<manager::Managers, Exit> {
    let complain = |error: &dyn std::error::Error| {
        output::complain(output::chain(error));
        Exit::Environment
    };
    let prelude = &daemon.prelude;
    let addresses = prelude.server_addr.iter().map(|address| address.parse());
    let settings = manager::Settings {
        profile: prelude.profile.clone(),
        addresses: addresses.collect::<Result<_, _>>().map_err(|error| complain(&error))?,
        analyzer_name: prelude.analyzer_name.clone(),
        heartbeat_interval: prelude.heartbeat_interval,
    };
    manager::start(settings, sender).map_err(|error| complain(&error))
}

impl Feed for manager::Managers {
    fn stop(self: Box<Self>) {
        manager::Managers::stop(*self);
    }

    fn status(&self) -> String {
        let links = self.status();
        let connected = links.iter().filter(|link| matches!(link.state, manager::State::Connected { .. })).count();
        format!("connected to {connected} of {} managers", links.len())
    }
}

/// A recording that is played back from a thread of its own.
#[derive(Debug)]
struct Playback {
    name: Arc<str>,
    /// Taken away to stop: the thread may be waiting for a pipe that says nothing, and cannot be interrupted.
    sender: Arc<Mutex<Option<mpsc::Sender<Received>>>>,
}

impl Playback {
    /// Sends every message of the recording; what cannot be read makes the recording unsound.
    fn start(input: Input, sender: mpsc::Sender<Received>, sound: Arc<AtomicBool>) -> Self {
        let Input { name, recording } = input;
        let playback = Self { name: Arc::clone(&name), sender: Arc::new(Mutex::new(Some(sender))) };
        let slot = Arc::clone(&playback.sender);
        thread::spawn(move || {
            for recorded in recording {
                let wire = recorded.map_err(|error| error.to_string()).and_then(|recorded| match recorded.content {
                    Content::Wire(wire) => Ok(wire),
                    Content::Json(json) => Message::from_json(&json)
                        .map(|message| message.to_wire())
                        .map_err(|error| format!("{}: {error}", recorded.position)),
                });
                let Some(sender) = slot.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return };
                match wire {
                    Ok(wire) => {
                        if sender.blocking_send(Received::new(wire, Arc::clone(&name))).is_err() {
                            return;
                        }
                    }
                    Err(reason) => {
                        sound.store(false, Ordering::Relaxed);
                        error!("{name}: {reason}");
                    }
                }
            }
            slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        });
        playback
    }
}

impl Feed for Playback {
    fn stop(self: Box<Self>) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn status(&self) -> String {
        format!("reading {}", self.name)
    }
}
