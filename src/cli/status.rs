//! `status`: how the running daemon is doing.

use std::{
    io::{self, BufWriter, Write},
    time::Duration,
};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit, Files, Format,
    ask::{self, Shape},
    output::{self, BAD, BOLD, DIM, GOOD, WARNING},
    pause, when,
};
use crate::{
    control::{Answer, Request, Status},
    text::Escaped,
};

/// Show how the running daemon is doing
///
/// Its links, what it has counted since it was started, open jobs and leases, what is paused, whether its journal can be written,
/// and the configuration that is in force.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger status
  prelude-trigger status --format json")]
pub struct Arguments {
    #[command(flatten)]
    shape: Shape,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let answer = match ask::daemon(files, &Request::Status) {
        Ok(answer) => answer,
        Err(exit) => return exit,
    };
    let Answer::Status(status) = answer else { return ask::unexpected() };
    let mut out = BufWriter::new(anstream::stdout());
    let written = match arguments.shape.format {
        Format::Text => print(&mut out, &status),
        Format::Json => writeln!(out, "{}", json!(status)),
    };
    output::finish(written.and_then(|()| out.flush()))
}

fn print(out: &mut impl Write, status: &Status) -> io::Result<()> {
    let now = Timestamp::now();
    let up = Duration::try_from(now.duration_since(status.since)).unwrap_or_default();
    let out = &mut *out;
    let mut line = |name: &str, what: String| writeln!(out, "{BOLD}{name:<14}{BOLD:#} {what}");
    line(
        "daemon",
        format!(
            "prelude-trigger {}, process {}, since {} ({})",
            Escaped(&status.version),
            status.pid,
            when::show(status.since),
            when::show_duration(up)
        ),
    )?;
    if status.observe {
        line("mode", format!("{WARNING}observe{WARNING:#}: nothing is done, only what would be is written down"))?;
    }
    for (name, connected) in &status.links {
        let (style, word) = if *connected { (GOOD, "connected") } else { (BAD, "not connected") };
        line("link", format!("{} {style}{word}{style:#}", Escaped(name)))?;
    }
    let totals = &status.totals;
    line("messages", format!("{} received, {} matches", totals.received, totals.matched))?;
    line(
        "jobs",
        format!(
            "{} made: {} done, {} failed, {} refused, {} expired",
            totals.jobs, totals.done, totals.failed, totals.refused, totals.expired
        ),
    )?;
    if totals.observed > 0 {
        line("observed", format!("{} would have been run, and only the mode forbids it", totals.observed))?;
    }
    for (name, count, what) in [
        ("held back", totals.held, "matches, by damping"),
        ("known", totals.known, "came before, and were not done again"),
        ("renewed", totals.renewed, "jobs only made a lease last longer"),
        ("put off", totals.put_off, "attempts failed and were followed by another"),
        ("denied", totals.denied, "jobs asked for something that they are not granted"),
        ("unreadable", totals.unreadable, "messages could not be read"),
    ] {
        if count > 0 {
            line(name, format!("{count} {what}"))?;
        }
    }
    match &status.stock {
        Some(stock) => {
            line("open jobs", format!("{} waiting, {} running", stock.waiting, stock.running))?;
            let failed = match stock.failed {
                0 => String::new(),
                failed => format!(", {BAD}{failed} could not be undone{BAD:#} (`leases --state failed`)"),
            };
            let (taken, ending) = (stock.taken, stock.ending);
            line("leases", format!("{} held, {taken} being taken, {ending} being undone{failed}", stock.held))?;
        }
        None => line("open jobs", format!("{WARNING}unknown{WARNING:#}: the journal does not answer now"))?,
    }
    for pause in &status.paused {
        line("paused", format!("{WARNING}{}{WARNING:#}", pause::line(pause)))?;
    }
    let state = Escaped(status.state.display());
    match &status.stuck {
        None => line("journal", format!("{GOOD}fine{GOOD:#}, in {state}"))?,
        Some(why) => line(
            "journal",
            format!("{BAD}cannot be written{BAD:#}, in {state}: {}; nothing is received until it can", Escaped(why)),
        )?,
    }
    let configuration = &status.configuration;
    line("configuration", format!("{}, loaded {}", Escaped(&configuration.summary), when::show(configuration.loaded)))?;
    for file in &configuration.files {
        writeln!(out, "{:14} {DIM}{}{DIM:#}", "", Escaped(file.display()))?;
    }
    Ok(())
}
