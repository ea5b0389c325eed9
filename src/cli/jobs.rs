//! `jobs`: what was decided, and what came of it.

mod rows;
mod show;

use std::io::{self, BufWriter, Write};

use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit, Files, Format,
    ask::{self, Shape},
    looking, output, when,
};
use crate::{
    control::Request,
    journal::{JobFilter, JobRow, State},
};

/// List jobs, show one's whole life, or repeat some
///
/// A job is one execution of one action for one alert. `jobs` alone lists the newest. Read from the journal, whether a daemon
/// runs or not.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,

    #[command(flatten)]
    list: List,
}

const EXAMPLES: &str = "\
Examples:
  prelude-trigger jobs                                      the newest hundred
  prelude-trigger jobs --state failed --since '2h ago'      what went wrong lately
  prelude-trigger jobs --target 192.0.2.7 --format json     everything about an address, for programs
  prelude-trigger jobs show 42                              the whole life of job 42
  prelude-trigger jobs retry 42 43                          once more what failed";

#[derive(Debug, Subcommand)]
enum Verb {
    List(List),
    Show(show::Arguments),
    Retry(Retry),
}

/// Make jobs once more that failed, were refused or expired
///
/// Asks the running daemon. Each becomes a new job with the same alert and parameters, once; the never-list and what is paused hold for
/// it as for any other. What undoes is tried again by `leases revoke`. Ends with 1 when one of them is not repeated.
#[derive(Debug, Args)]
pub struct Retry {
    /// The jobs' numbers
    #[arg(value_name = "JOB", required = true)]
    jobs: Vec<i64>,

    #[command(flatten)]
    shape: Shape,
}

/// List jobs, the newest first
#[derive(Debug, Args)]
pub struct List {
    /// Decided at or after: a time, or how long ago (`2h ago`)
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    since: Option<Timestamp>,

    /// Decided before: a time, or how long ago
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    until: Option<Timestamp>,

    /// Of this trigger
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,

    /// Of this action
    #[arg(long, value_name = "NAME")]
    action: Option<String>,

    /// On this target, such as `192.0.2.7` or `address:192.0.2.7`
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,

    /// In this state; may be given several times. `open`: waiting or running; `ended`: any other
    #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(STATES).map(|name| States::named(&name)))]
    state: Vec<States>,

    /// At most so many; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u32,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const STATES: [&str; 9] = ["waiting", "running", "done", "failed", "refused", "expired", "observed", "open", "ended"];

/// What a word after `--state` means.
#[derive(Debug, Clone)]
struct States(Vec<State>);

impl States {
    fn named(name: &str) -> Self {
        let all = || STATES.into_iter().filter_map(State::named);
        Self(match name {
            "open" => all().filter(|state| !state.is_terminal()).collect(),
            "ended" => all().filter(|state| state.is_terminal()).collect(),
            one => State::named(one).into_iter().collect(),
        })
    }
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let done = match &arguments.verb {
        None => list(files, &arguments.list),
        Some(Verb::List(arguments)) => list(files, arguments),
        Some(Verb::Show(arguments)) => show::main(files, arguments),
        Some(Verb::Retry(arguments)) => {
            let request = Request::Retry { jobs: arguments.jobs.clone() };
            ask::each(files, &request, "job", arguments.shape.format)
        }
    };
    done.unwrap_or_else(|exit| exit)
}

fn list(files: &Files, arguments: &List) -> Result<Exit, Exit> {
    let filter = JobFilter {
        states: arguments.state.iter().flat_map(|states| states.0.iter().copied()).collect(),
        trigger: arguments.trigger.clone(),
        action: arguments.action.clone(),
        target: arguments.target.clone(),
        since: arguments.since,
        until: arguments.until,
        limit: if arguments.limit == 0 { u32::MAX } else { arguments.limit },
    };
    let jobs = looking::open(files)?.jobs(&filter).map_err(|error| looking::trouble(&error))?;
    let mut out = BufWriter::new(anstream::stdout());
    let written = match arguments.format {
        Format::Text => print(&mut out, &jobs, arguments.limit),
        Format::Json => jobs.iter().try_for_each(|job| writeln!(out, "{}", json!(job))),
    };
    Ok(output::finish(written.and_then(|()| out.flush())))
}

fn print(out: &mut impl Write, jobs: &[JobRow], limit: u32) -> io::Result<()> {
    let table = rows::table(jobs);
    if table.is_empty() {
        return writeln!(out, "no such jobs");
    }
    table.print(out, "")?;
    if limit > 0 && u32::try_from(jobs.len()) == Ok(limit) {
        writeln!(out, "the newest {limit}; --limit 0 shows all")?;
    }
    Ok(())
}
