//! `run`: the daemon, or one pass over recorded alerts.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clap::Args;
use tokio::{runtime::Runtime, sync::mpsc};
use tracing::info;

use super::{Exit, Files, check, input, output};
use crate::{
    config,
    control::{Allowed, Socket},
    daemon::{self, Feed, Playback},
    dispatch,
    journal::Journal,
    load::{self, Shared},
    report::log,
    source::{Received, manager},
};

/// How long jobs may take to end after a request to stop: less than systemd's usual 90 s.
const PATIENCE: Duration = Duration::from_secs(75);

/// Connect to the managers, or read recorded alerts, and run what matches
///
/// With --input the alerts come from a file instead of a manager, and the daemon ends when every job has ended. Silence of
/// sensors is counted by this host's clock then, too: it is told when nothing comes through a pipe, never while a file is read.
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
    run(files, arguments).unwrap_or_else(|exit| exit)
}

fn run(files: &Files, arguments: &Arguments) -> Result<Exit, Exit> {
    let daemon = start_log(files)?;
    make_state_directory(files.state_dir.as_deref().unwrap_or(&daemon.state.directory));
    // One pass over a recording leaves nothing behind, unless it is told where.
    let lasting = arguments.input.is_none() || files.state_dir.is_some();
    let files = load::Files::from(files);
    let shared = Arc::new(Shared::default());
    let loaded = load::load(&files, &shared).map_err(|failure| check::tell_failure(&failure))?;
    loaded.rules.prepare();
    loaded.log_warnings();
    info!("prelude-trigger {} with {}", env!("CARGO_PKG_VERSION"), loaded.summary());

    if !lasting
        && !arguments.observe
        && let Some(trigger) = loaded.rules.triggers().iter().find(|trigger| trigger.takes_leases())
    {
        output::complain(format_args!(
            "trigger {} wants an effect for a time (`for`), and nobody would undo it: say where the journal is kept (--state-dir DIR), or only look (--observe)",
            trigger.name
        ));
        return Err(Exit::Environment);
    }
    let state = &loaded.daemon.state;
    let opened = if lasting { Journal::open(&state.directory) } else { Journal::in_memory() };
    let (journal, closing) = opened.map_err(|error| {
        output::complain(output::chain(&error));
        Exit::Environment
    })?;
    shared.keep_state_in(&journal);
    let limits = &loaded.daemon.limits;
    let (sender, messages) = mpsc::channel(limits.queued_alerts);
    let mut settings = daemon::Settings {
        dispatch: dispatch::Settings {
            jobs_at_once: limits.jobs_at_once,
            queued_jobs: limits.queued_jobs,
            open_jobs: limits.open_jobs,
        },
        observe: arguments.observe,
        patience: PATIENCE,
        analyzerid: None,
        answers: loaded.daemon.answers.clone(),
        retention: lasting.then_some(daemon::Retention { age: state.keep_for, size: state.keep_size }),
    };
    let runtime = daemon::runtime().map_err(|error| failed(&error))?;
    let door = if lasting { Some(open_door(&loaded.daemon, &runtime)?) } else { None };
    let sound = Arc::new(AtomicBool::new(true));
    let feed: Box<dyn Feed> = match &arguments.input {
        Some(name) => {
            let input = input::open(name)?;
            Box::new(Playback::start(input.name, input.recording, sender, Arc::clone(&sound)))
        }
        None => {
            let managers = start_managers(&loaded.daemon, sender)?;
            settings.analyzerid = Some(managers.analyzerid().to_string());
            Box::new(managers)
        }
    };

    // Away from where alerts wait, and before the old set is let go.
    let reload = move || load::load(&files, &shared).inspect(|loaded| loaded.rules.prepare());
    let ended = runtime.block_on(daemon::run(loaded, settings, journal, messages, feed, door, reload));
    // Drops, and so kills, what still runs after a second signal; a thread that hangs must not keep us.
    runtime.shutdown_timeout(Duration::from_secs(1));
    closing.join();
    let totals = ended.map_err(|error| failed(&error))?;
    info!("the end: {totals}");
    Ok(if totals.abandoned == 0 && sound.load(Ordering::Relaxed) { Exit::Fine } else { Exit::NotFine })
}

fn failed(error: &io::Error) -> Exit {
    output::complain(format_args!("the daemon failed: {error}"));
    Exit::Environment
}

/// Listens where the command line will ask.
fn open_door(daemon: &config::Daemon, runtime: &Runtime) -> Result<(Socket, Allowed), Exit> {
    let complain = |error: &dyn std::error::Error| {
        output::complain(output::chain(error));
        Exit::Environment
    };
    let allowed = Allowed::new(daemon.control.group.as_deref()).map_err(|error| complain(&error))?;
    let _guard = runtime.enter();
    let socket = Socket::bind(&daemon.control_socket(), &allowed).map_err(|error| complain(&error))?;
    Ok((socket, allowed))
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
