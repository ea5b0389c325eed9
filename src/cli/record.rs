//! `record`: alerts from the managers into a file.

use std::{future::pending, path::PathBuf, pin::pin, time::Duration};

use clap::Args;
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::{interval, sleep},
};
use tracing::info;

use super::{Exit, Files, output, run};
use crate::{
    config,
    idmef::Kind,
    source::{
        Received,
        manager::Managers,
        recording::{WriteError, Writer},
    },
};

/// How often it is said how many messages there are.
const PROGRESS: Duration = Duration::from_secs(10);

/// Write alerts from the managers to a file, to try rules on
///
/// The file holds whole wire messages one after another, as they came: `explain` and `run --input` read it,
/// `prelude-admin print` shows it and `prelude-admin send` replays it. A recording that is there already is continued.
/// Recording ends on ^C or when a limit is reached.
///
/// A manager gives each message to one connection of a Prelude profile: do not record while a daemon runs with the same
/// profile. Register a second one for that, and name it in the file that --daemon-config names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger record --output alerts.idmef
  prelude-trigger record --output alerts.idmef --count 1000 --for 1h")]
pub struct Arguments {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    /// Stop after this many messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Stop after this long, such as 90s, 10m or 1h
    #[arg(long, value_name = "TIME", value_parser = config::parse_duration)]
    r#for: Option<Duration>,

    /// Keep heartbeats, too
    #[arg(long)]
    heartbeats: bool,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    run(files, arguments).unwrap_or_else(|exit| exit)
}

fn run(files: &Files, arguments: &Arguments) -> Result<Exit, Exit> {
    let daemon = run::start_log(files)?;
    let failed = |error: WriteError| {
        output::complain(output::chain(&error));
        Exit::Environment
    };
    // Opened first: a file that cannot be written must not cost alerts.
    let writer = Writer::open(&arguments.output).map_err(failed)?;
    let (sender, messages) = mpsc::channel(daemon.limits.queued_alerts);
    let managers = run::start_managers(&daemon, sender)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        output::complain(format_args!("cannot start: {error}"));
        Exit::Environment
    })?;
    let kept = runtime.block_on(record(arguments, messages, managers, writer)).map_err(failed)?;
    info!("recorded {kept} messages into {}", arguments.output.display());
    Ok(Exit::Fine)
}

/// Returns how many messages were kept.
async fn record(
    arguments: &Arguments,
    mut messages: mpsc::Receiver<Received>,
    managers: Managers,
    mut writer: Writer,
) -> Result<u64, WriteError> {
    let wanted = arguments.count.unwrap_or(u64::MAX);
    let mut kept = 0;
    let mut end = pin!(end(arguments.r#for));
    let mut flush = interval(Duration::from_secs(1));
    let (mut progress, mut told) = (interval(PROGRESS), 0);
    while kept < wanted {
        tokio::select! {
            () = &mut end => break,
            _ = flush.tick() => writer.flush()?,
            _ = progress.tick() => {
                if kept > told {
                    info!("{kept} messages so far");
                    told = kept;
                }
            }
            received = messages.recv() => match received {
                Some(received) => kept += arguments.keep(&received, &mut writer)?,
                None => break,
            },
        }
    }
    // What the managers had sent when they were told to stop belongs to it.
    let stopping = tokio::task::spawn_blocking(move || managers.stop());
    while let Some(received) = messages.recv().await {
        if kept < wanted {
            kept += arguments.keep(&received, &mut writer)?;
        }
    }
    let _ = stopping.await;
    writer.close()?;
    Ok(kept)
}

/// Returns on ^C, on SIGTERM, or when the time is up.
async fn end(time: Option<Duration>) {
    let time_is_up = async {
        match time {
            Some(time) => sleep(time).await,
            None => pending().await,
        }
    };
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        () = time_is_up => {}
    }
}

impl Arguments {
    /// Writes a message unless it is a heartbeat that nobody asked for; one that cannot be decoded is kept: it is what
    /// one would want to look at.
    fn keep(&self, received: &Received, writer: &mut Writer) -> Result<u64, WriteError> {
        let heartbeat = received.decode().is_ok_and(|message| message.kind() == Kind::Heartbeat);
        if heartbeat && !self.heartbeats {
            return Ok(0);
        }
        writer.write(&received.wire)?;
        Ok(1)
    }
}
