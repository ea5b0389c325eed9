//! `record`: alerts from the managers into a file.

use std::{
    fmt,
    future::pending,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    pin::pin,
    time::{Duration, Instant},
};

use clap::Args;
use jiff::Timestamp;
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::{interval, sleep},
};
use tracing::info;

use super::{
    Exit, Files,
    check::tell_failure,
    output::{self, GOOD},
    run,
};
use crate::{
    config::{self, Config, Filter, Mode, Trigger},
    idmef::{Kind, Message},
    load::{self, Failure},
    rules::RuleSet,
    source::{
        Received,
        manager::Managers,
        recording::{WriteError, Writer},
    },
    text::{nearest, quote},
};

/// How often it is said in the log how many messages there are, where no terminal shows it.
const PROGRESS: Duration = Duration::from_secs(10);

/// Write alerts from the managers to a file, to try rules on
///
/// The file holds whole wire messages one after another, as they came: `explain` and `run --input` read it,
/// `prelude-admin print` shows it and `prelude-admin send` replays it. A recording that is there already is continued.
/// Recording ends on ^C or when a limit is reached; what has been written then is whole.
///
/// A manager gives each message to one connection of a Prelude profile: do not record while a daemon runs with the same
/// profile. Register a second one for that, and name it in the file that --daemon-config names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger record --output alerts.idmef
  prelude-trigger record --output alerts.idmef --count 1000 --for 1h --max-size 100MiB
  prelude-trigger record --output severe.idmef --filter 'alert.assessment.impact.severity >= medium'
  prelude-trigger record --output ssh.idmef --trigger ssh-brute-force")]
pub struct Arguments {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    /// Keep only messages for which this holds, written in Prelude's criteria language
    #[arg(long, value_name = "CRITERIA")]
    filter: Option<String>,

    /// Keep only messages that set off this trigger of the configuration; several: any of them
    #[arg(long, value_name = "NAME")]
    trigger: Vec<String>,

    /// Stop after this many messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Stop before the file becomes larger than this, such as 512KiB, 100MiB or 2GiB
    #[arg(long, value_name = "SIZE", value_parser = config::parse_size)]
    max_size: Option<u64>,

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
    let wanted = Wanted::new(files, arguments)?;
    let daemon = run::start_log(files)?;
    let failed = |error: WriteError| {
        output::complain(output::chain(&error));
        Exit::Environment
    };
    // Opened first: a file that cannot be written must not cost alerts.
    let writer = Writer::open(&arguments.output).map_err(failed)?;
    if arguments.max_size.is_some_and(|most| writer.size() >= most) {
        let (file, size) = (arguments.output.display(), Bytes(writer.size()));
        output::complain(format_args!("the recording {file} has {size} already: nothing more fits into --max-size"));
        return Err(Exit::NotFine);
    }
    let (sender, messages) = mpsc::channel(daemon.limits.queued_alerts);
    let managers = run::start_managers(&daemon, sender)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        output::complain(format_args!("cannot start: {error}"));
        Exit::Environment
    })?;
    let mut recorder = Recorder { arguments, wanted, writer, kept: 0, unwanted: 0, begun: Instant::now(), full: false };
    let end = runtime.block_on(recorder.record(messages, managers)).map_err(failed)?;
    let (size, seconds) = (Bytes(recorder.writer.size()), recorder.begun.elapsed().as_secs());
    let (kept, file) = (recorder.kept, arguments.output.display().to_string());
    let unwanted = match recorder.unwanted {
        0 => String::new(),
        number => format!(", {number} others left out"),
    };
    recorder.writer.close().map_err(failed)?;
    let plural = if kept == 1 { "" } else { "s" };
    let summary = format!("{kept} message{plural} in {seconds} s{unwanted}; {} has {size} now", quote(&file));
    anstream::println!("{GOOD}recorded:{GOOD:#} {summary} ({end})");
    Ok(Exit::Fine)
}

/// Which messages are kept.
struct Wanted {
    heartbeats: bool,
    /// Of each of these some trigger must match.
    rules: Vec<RuleSet>,
}

impl Wanted {
    fn new(files: &Files, arguments: &Arguments) -> Result<Self, Exit> {
        let mut rules = Vec::new();
        if let Some(text) = &arguments.filter {
            let filter = config::parse_criteria(Path::new("--filter"), text)
                .map_err(|said| tell_failure(&Failure::Configuration(said)))?;
            rules.push(only(vec![trigger(filter)]));
        }
        if !arguments.trigger.is_empty() {
            // The filters are all that is asked for: programs and components need not be here.
            let files = load::Files::from(files);
            let loaded = config::load(&files.config).map_err(|said| tell_failure(&Failure::Configuration(said)))?;
            let mut triggers = Vec::new();
            for name in &arguments.trigger {
                let mut all = loaded.config.triggers.iter();
                let Some(trigger) = all.find(|trigger| *trigger.name == **name) else {
                    let names = loaded.config.triggers.iter().map(|trigger| &*trigger.name);
                    let near = nearest(name, names).map(|near| format!("; did you mean {}?", quote(near)));
                    output::complain(format_args!("no trigger is called {}{}", quote(name), near.unwrap_or_default()));
                    return Err(Exit::NotFine);
                };
                if trigger.silent.is_some() {
                    let name = quote(name);
                    output::complain(format_args!("trigger {name} is set off by a silence, and never by a message"));
                    return Err(Exit::NotFine);
                }
                triggers.push(trigger.clone());
            }
            rules.push(only(triggers));
        }
        Ok(Self { heartbeats: arguments.heartbeats, rules })
    }

    /// Whether a message is kept. One that cannot be decoded is what one would want to look at, unless something is asked
    /// that it cannot answer.
    fn wants(&self, received: &Received) -> bool {
        let Ok(message) = received.decode() else { return self.rules.is_empty() };
        let matches = |rules: &RuleSet, message: &Message| !rules.matches(message, Timestamp::now()).is_empty();
        (self.heartbeats || message.kind() == Kind::Alert) && self.rules.iter().all(|rules| matches(rules, &message))
    }
}

fn only(triggers: Vec<Trigger>) -> RuleSet {
    RuleSet::compile(&Config { triggers, ..Config::default() })
}

fn trigger(filter: Filter) -> Trigger {
    let at = filter.at.clone();
    Trigger { mode: Mode::Observe, filters: vec![filter], ..Trigger::new("filter".into(), at) }
}

/// Why recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Count,
    Size,
    Time,
    Asked,
    Managers,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count => "as many as --count says",
            Self::Size => "no more fit into --max-size",
            Self::Time => "the time of --for is over",
            Self::Asked => "it was stopped",
            Self::Managers => "the managers are gone",
        })
    }
}

struct Recorder<'a> {
    arguments: &'a Arguments,
    wanted: Wanted,
    writer: Writer,
    kept: u64,
    unwanted: u64,
    begun: Instant,
    /// A message did not fit: none after it is kept, for a recording has no gaps.
    full: bool,
}

impl Recorder<'_> {
    async fn record(&mut self, mut messages: mpsc::Receiver<Received>, managers: Managers) -> Result<End, WriteError> {
        let mut end = pin!(end(self.arguments.r#for));
        let mut flush = interval(Duration::from_secs(1));
        let terminal = io::stderr().is_terminal();
        let (mut progress, mut told) = (interval(PROGRESS), 0);
        let end = loop {
            if let Some(end) = self.reached() {
                break end;
            }
            tokio::select! {
                end = &mut end => break end,
                _ = flush.tick() => {
                    self.writer.flush()?;
                    if terminal {
                        // The cursor goes back, so that a line of the log begins at the beginning.
                        eprint!("\r{}\x1b[K\r", self.so_far());
                    }
                }
                _ = progress.tick() => {
                    if self.kept > told && !terminal {
                        info!("{}", self.so_far());
                        told = self.kept;
                    }
                }
                received = messages.recv() => match received {
                    Some(received) => self.take(&received)?,
                    None => break End::Managers,
                },
            }
        };
        // What the managers had sent when they were told to stop belongs to it.
        let stopping = tokio::task::spawn_blocking(move || managers.stop());
        while let Some(received) = messages.recv().await {
            if self.reached().is_none() {
                self.take(&received)?;
            }
        }
        let _ = stopping.await;
        if terminal {
            eprint!("\r\x1b[K");
        }
        self.writer.flush()?;
        Ok(end)
    }

    /// The limit that has been reached.
    fn reached(&self) -> Option<End> {
        if self.arguments.count.is_some_and(|most| self.kept >= most) {
            return Some(End::Count);
        }
        self.full.then_some(End::Size)
    }

    /// Writes a message if it is wanted and fits.
    fn take(&mut self, received: &Received) -> Result<(), WriteError> {
        if !self.wanted.wants(received) {
            self.unwanted += 1;
            return Ok(());
        }
        let size = self.writer.size() + received.wire.len() as u64;
        if self.arguments.max_size.is_some_and(|most| size > most) {
            self.full = true;
            return Ok(());
        }
        self.writer.write(&received.wire)?;
        self.kept += 1;
        Ok(())
    }

    fn so_far(&self) -> String {
        let (kept, size, seconds) = (self.kept, Bytes(self.writer.size()), self.begun.elapsed().as_secs());
        format!("{kept} messages so far, {size}, {seconds} s")
    }
}

/// Returns on ^C, on SIGTERM, or when the time is up.
async fn end(time: Option<Duration>) -> End {
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
        _ = tokio::signal::ctrl_c() => End::Asked,
        () = terminated => End::Asked,
        () = time_is_up => End::Time,
    }
}

/// A number of bytes, for people.
struct Bytes(u64);

impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ ..1024 => write!(f, "{bytes} B"),
            bytes @ ..1_048_576 => write!(f, "{:.1} KiB", bytes as f64 / 1024.0),
            bytes @ ..1_073_741_824 => write!(f, "{:.1} MiB", bytes as f64 / 1_048_576.0),
            bytes => write!(f, "{:.1} GiB", bytes as f64 / 1_073_741_824.0),
        }
    }
}
