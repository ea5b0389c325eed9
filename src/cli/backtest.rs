//! `backtest`: what a configuration would have done with recorded alerts.

use std::{
    io::{self, BufWriter, IsTerminal as _, Write},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::json;

use super::{
    Exit, Files, Format, input,
    output::{self, BAD, BOLD, DIM, GOOD},
};
use crate::{
    backtest::{self, Backtest, Change, Summary},
    config,
    load::{self, Loaded, Shared},
    text::Escaped,
};

/// Count what this configuration would have done with recorded alerts
///
/// Nothing is run. For each trigger: how many alerts it matches, the jobs that makes, how many of them differ, and the
/// busiest minute. With --against, what another version of the configuration would have done is set beside it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger backtest --alerts alerts.idmef
  prelude-trigger backtest --alerts alerts.idmef --config new.yaml --against /etc/prelude-trigger/prelude-trigger.yaml
  prelude-trigger backtest --alerts - --format json < alerts.idmef

Alerts are looked at at the time they tell of themselves, so that filters on time answer as they would have. Silence of
sensors is counted by these times, too: the recording must hold their heartbeats, and a gap in it is silence.")]
pub struct Arguments {
    /// Recorded alerts; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    alerts: String,

    /// Another version of the triggers' file, to compare with
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,

    /// Leave out triggers that never match; with --against, those for which nothing changes
    #[arg(long)]
    only_active: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let shared = Shared::default();
    let load = |files: &load::Files| match load::load(files, &shared) {
        Ok(loaded) => Ok(loaded),
        Err(failure) => Err(super::check::tell_failure(&failure)),
    };
    let files = load::Files::from(files);
    let loaded = match load(&files) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let other = arguments.against.as_ref().map(|triggers| {
        let config = config::Files { triggers: triggers.clone(), ..files.config.clone() };
        load(&load::Files { config, ..files.clone() })
    });
    let other: Option<Loaded> = match other.transpose() {
        Ok(other) => other,
        Err(exit) => return exit,
    };
    let alerts = match input::open(&arguments.alerts) {
        Ok(alerts) => alerts,
        Err(exit) => return exit,
    };
    let mut new = Backtest::new(&loaded);
    let mut old = other.as_ref().map(Backtest::new);
    let mut progress = Progress::new();
    let mut exit = Exit::Fine;
    for recorded in alerts.recording {
        let message = recorded
            .map_err(|error| error.to_string())
            .and_then(|recorded| recorded.decode().map_err(|error| format!("{}: {error}", recorded.position)));
        match message {
            Ok(message) => {
                let message = Arc::new(message);
                new.add(&message);
                if let Some(old) = &mut old {
                    old.add(&message);
                }
            }
            Err(reason) => {
                progress.clear();
                output::complain(format_args!("{}: {reason}", alerts.name));
                exit = Exit::NotFine;
            }
        }
        progress.tell(new.messages());
    }
    progress.clear();
    let mut out = BufWriter::new(anstream::stdout());
    let written = match arguments.format {
        Format::Text => print_text(&mut out, arguments, &new, old.as_ref()),
        Format::Json => print_json(&mut out, arguments, &new, old.as_ref()),
    };
    match output::finish(written.and_then(|()| out.flush())) {
        Exit::Fine => exit,
        trouble => trouble,
    }
}

/// How far it has come, on a terminal, twice a second.
struct Progress {
    shown: bool,
    terminal: bool,
    next: Instant,
    started: Instant,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self { shown: false, terminal: io::stderr().is_terminal(), next: now + Duration::from_secs(1), started: now }
    }

    fn tell(&mut self, messages: u64) {
        // A glance at the clock for each thousand is enough.
        if !self.terminal || !messages.is_multiple_of(1000) || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + Duration::from_millis(500);
        self.shown = true;
        eprint!("\r{messages} messages, {} s ", self.started.elapsed().as_secs());
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            eprint!("\r\x1b[K");
        }
    }
}

fn print_json(
    out: &mut impl Write,
    arguments: &Arguments,
    new: &Backtest<'_>,
    old: Option<&Backtest<'_>>,
) -> io::Result<()> {
    writeln!(out, "{}", json!({ "messages": new.messages(), "matched": new.matched() }))?;
    match old {
        Some(old) => {
            for (name, change) in backtest::compare(old, new) {
                if !arguments.only_active || !change.is_none() {
                    writeln!(out, "{}", json!({ "trigger": &*name, "before": change.before, "after": change.after }))?;
                }
            }
        }
        None => {
            for (name, summary) in new.summaries() {
                if !arguments.only_active || summary.matches > 0 {
                    let mut line = json!(summary);
                    if let Some(line) = line.as_object_mut() {
                        line.insert("trigger".to_owned(), json!(&*name));
                    }
                    writeln!(out, "{line}")?;
                }
            }
        }
    }
    Ok(())
}

fn print_text(
    out: &mut impl Write,
    arguments: &Arguments,
    new: &Backtest<'_>,
    old: Option<&Backtest<'_>>,
) -> io::Result<()> {
    writeln!(out, "{} messages, {} of them set off a trigger", new.messages(), new.matched())?;
    if let Some(old) = old {
        return print_changes(out, arguments, new, old);
    }
    let summaries = new.summaries();
    let width = summaries.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max("trigger".len());
    writeln!(
        out,
        "{BOLD}{:width$}  {:>9}  {:>9}  {:>9}  {:>9}  busiest minute{BOLD:#}",
        "trigger", "matches", "jobs", "different", "refused"
    )?;
    for (name, summary) in &summaries {
        if arguments.only_active && summary.matches == 0 {
            continue;
        }
        let style = if summary.matches == 0 { DIM } else { GOOD };
        let busiest = match summary.busiest_minute {
            Some(minute) => format!("{} in {}", summary.busiest, minute.strftime("%Y-%m-%d %H:%MZ")),
            None => "-".to_owned(),
        };
        let observed =
            if summary.observed > 0 { format!(" ({} only observed)", summary.observed) } else { String::new() };
        let name = Escaped(name).to_string();
        writeln!(
            out,
            "{style}{name:width$}{style:#}  {:>9}  {:>9}  {:>9}  {:>9}  {busiest}{observed}",
            summary.matches, summary.jobs, summary.different, summary.refused
        )?;
    }
    Ok(())
}

fn print_changes(
    out: &mut impl Write,
    arguments: &Arguments,
    new: &Backtest<'_>,
    old: &Backtest<'_>,
) -> io::Result<()> {
    writeln!(out, "before, {} of them did", old.matched())?;
    let changes = backtest::compare(old, new);
    let width = changes.keys().map(|name| name.chars().count()).max().unwrap_or(0).max("trigger".len());
    writeln!(out, "{BOLD}{:width$}  {:>20}  {:>20}  {:>20}{BOLD:#}", "trigger", "matches", "jobs", "different")?;
    for (name, change) in &changes {
        if arguments.only_active && change.is_none() {
            continue;
        }
        let style = match (change, change.is_none()) {
            (_, true) => DIM,
            (Change { after: None, .. }, _) => BAD,
            _ => BOLD,
        };
        let cell = |number: fn(&Summary) -> u64| {
            let show = |summary: &Option<Summary>| {
                summary.as_ref().map_or_else(|| "-".to_owned(), |one| number(one).to_string())
            };
            let (before, after) = (show(&change.before), show(&change.after));
            if before == after { after } else { format!("{before} → {after}") }
        };
        let name = Escaped(name).to_string();
        let (matches, jobs, different) = (cell(|one| one.matches), cell(|one| one.jobs), cell(|one| one.different));
        writeln!(out, "{style}{name:width$}{style:#}  {matches:>20}  {jobs:>20}  {different:>20}")?;
    }
    let unchanged = changes.values().filter(|change| change.is_none()).count();
    writeln!(out, "{} of {} triggers would do the same", unchanged, changes.len())
}
