//! Sets up the log: where it goes, how it looks, what is left out.

use std::{io, path::Path};

use tracing::level_filters::LevelFilter;
use tracing_appender::rolling;
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt::{MakeWriter, layer},
    layer::SubscriberExt as _,
};

use super::format::Line;
use crate::config::{Format, Level, LogTarget, Logging, Rotation};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be written.
    #[error("cannot write the log file {path} ([logging] file): {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The log's name for rotation could not be made.
    #[error("cannot rotate the log file {path} ([logging] file): {source}")]
    Rotation {
        /// The file.
        path: String,
        /// Why.
        source: rolling::InitError,
    },
    /// No journal.
    #[error("cannot reach systemd's journal ([logging] target = \"journald\"): {0}")]
    Journald(io::Error),
    /// No syslog.
    #[error("cannot use syslog ([logging] target = \"syslog\"): another part of this process has it open")]
    Syslog,
    /// Somebody was first.
    #[error("the log is already set up")]
    Twice,
}

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Sets up the log for the whole process.
pub fn init(logging: &Logging) -> Result<(), LogError> {
    let sink: Boxed = match &logging.target {
        LogTarget::Stderr => {
            let colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
            lines(io::stderr, logging.format, colour, true)
        }
        LogTarget::File { path, rotation, keep } => lines(open(path, *rotation, *keep)?, logging.format, false, true),
        LogTarget::Journald => tracing_journald::layer().map_err(LogError::Journald)?.boxed(),
        LogTarget::Syslog => {
            let options = syslog_tracing::Options::LOG_PID;
            let syslog = syslog_tracing::Syslog::new(c"prelude-trigger", options, syslog_tracing::Facility::Daemon);
            lines(syslog.ok_or(LogError::Syslog)?, Format::Text, false, false)
        }
    };
    let subscriber = Registry::default().with(sink.with_filter(filter(logging)));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)
}

/// One line an event.
fn lines<W>(writer: W, format: Format, colour: bool, time: bool) -> Boxed
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = layer().with_writer(writer).with_ansi(colour);
    match format {
        Format::Text => layer.event_format(Line { time }).boxed(),
        Format::Json => layer.json().flatten_event(true).boxed(),
    }
}

/// The level for everything, with exceptions by room. Other people's crates speak up at `warn` and above only, unless
/// the level is lower still.
fn filter(logging: &Logging) -> Targets {
    let level = level(logging.level);
    let mut targets = Targets::new().with_default(level.min(LevelFilter::WARN));
    for ours in ["prelude_trigger", "libprelude", "action"] {
        targets = targets.with_target(ours, level);
    }
    for (room, exception) in &logging.levels {
        let exception = self::level(*exception);
        targets = targets.with_target(format!("prelude_trigger::{room}"), exception);
        match room.as_str() {
            "libprelude" => targets = targets.with_target("libprelude", exception),
            "actions" => targets = targets.with_target("action", exception),
            _ => {}
        }
    }
    targets
}

fn level(level: Level) -> LevelFilter {
    match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

/// A file that is written synchronously: a log line that says what is about to be done must not be lost in a buffer.
fn open(path: &Path, rotation: Rotation, keep: Option<usize>) -> Result<rolling::RollingFileAppender, LogError> {
    let shown = || path.display().to_string();
    let nameless = || LogError::File { path: shown(), source: io::Error::from(io::ErrorKind::InvalidFilename) };
    let (directory, name) = path.parent().zip(path.file_name()).ok_or_else(nameless)?;
    let name = name.to_str().ok_or_else(nameless)?;
    // The appender makes files as it needs them; whether it can is better known now.
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(if rotation == Rotation::Never { path.to_owned() } else { directory.join(format!("{name}.probe")) })
        .map_err(|source| LogError::File { path: shown(), source })?;
    if rotation != Rotation::Never {
        // It was ours alone, and only asked whether files can be made here.
        let _ = std::fs::remove_file(directory.join(format!("{name}.probe")));
    }
    let mut builder = rolling::Builder::new().filename_prefix(name).rotation(match rotation {
        Rotation::Never => rolling::Rotation::NEVER,
        Rotation::Hourly => rolling::Rotation::HOURLY,
        Rotation::Daily => rolling::Rotation::DAILY,
    });
    if let Some(keep) = keep {
        builder = builder.max_log_files(keep);
    }
    builder.build(directory).map_err(|source| LogError::Rotation { path: shown(), source })
}
