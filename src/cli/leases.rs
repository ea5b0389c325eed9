//! `leases`: what was done and will be undone.

use std::io::{self, BufWriter, Write};

use clap::{
    ArgGroup, Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit, Files, Format,
    ask::{self, Shape},
    looking, output,
    table::{Cell, Table},
    when::{self, NewEnd},
};
use crate::{
    control::{self, Chosen, Request},
    journal::{LeaseFilter, LeaseRow, LeaseState},
};

/// List leases, or extend, revoke or restore some
///
/// A lease is an effect that will be undone when its time is over. `leases` alone lists those that are not over, and what could
/// not be undone. Read from the journal, whether a daemon runs or not.
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
  prelude-trigger leases                                    what stands, and for how long still
  prelude-trigger leases --all --target 192.0.2.7           also what is over
  prelude-trigger leases --state failed                     what could not be undone
  prelude-trigger leases extend 7 2h                        two hours longer than it would last
  prelude-trigger leases revoke --target 192.0.2.7 --why 'our own scanner'
  prelude-trigger leases restore --all                      after the firewall was reloaded";

#[derive(Debug, Subcommand)]
enum Verb {
    List(List),
    Extend(Extend),
    Revoke(Revoke),
    Restore(Restore),
}

/// Give a lease another end
///
/// Asks the running daemon.
#[derive(Debug, Args)]
pub struct Extend {
    /// The lease's number
    #[arg(value_name = "LEASE")]
    lease: i64,

    /// How much later it ends, such as `2h`, or when: `2026-11-22T10:00:00Z`, `2026-11-22 10:00` (of this host)
    #[arg(value_name = "DURATION|TIME", value_parser = when::new_end)]
    end: NewEnd,

    #[command(flatten)]
    shape: Shape,
}

/// End leases now: what they stand for is undone
///
/// Asks the running daemon. Also tries those again whose undo has failed, and at once those whose undo waits for another attempt.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub struct Revoke {
    /// The leases' numbers
    #[arg(group = "which", value_name = "LEASE")]
    leases: Vec<i64>,

    /// All of this action
    #[arg(long, group = "which", value_name = "NAME")]
    action: Option<String>,

    /// All on this target, such as `192.0.2.7` or `address:192.0.2.7`
    #[arg(long, group = "which", value_name = "TARGET")]
    target: Option<String>,

    /// Why: written down with the leases
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,

    #[command(flatten)]
    shape: Shape,
}

/// Do again what leases say that stands
///
/// Asks the running daemon. For what was undone behind its back, such as by a firewall that was reloaded.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub struct Restore {
    /// The leases' numbers
    #[arg(group = "which", value_name = "LEASE")]
    leases: Vec<i64>,

    /// All that are held
    #[arg(long, group = "which")]
    all: bool,

    /// Why: written down with the leases
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,

    #[command(flatten)]
    shape: Shape,
}

/// List leases: those that are not over first, in the order in which they end
#[derive(Debug, Args)]
pub struct List {
    /// Also those that are over
    #[arg(long, conflicts_with = "state")]
    all: bool,

    /// In this state; may be given several times
    #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(STATES).map(|name| LeaseState::named(&name)))]
    state: Vec<Option<LeaseState>>,

    /// Of this action
    #[arg(long, value_name = "NAME")]
    action: Option<String>,

    /// First asked for by this trigger
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,

    /// On this target, such as `192.0.2.7` or `address:192.0.2.7`
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,

    /// At most so many; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    limit: u32,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const STATES: [&str; 6] = ["taken", "held", "ending", "ended", "void", "failed"];
/// Those that somebody may have to look after.
const NOT_OVER: [LeaseState; 4] = [LeaseState::Taken, LeaseState::Held, LeaseState::Ending, LeaseState::Failed];

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let done = match &arguments.verb {
        None => list(files, &arguments.list),
        Some(Verb::List(arguments)) => list(files, arguments),
        Some(Verb::Extend(Extend { lease, end, shape })) => {
            let end = match end {
                NewEnd::Later(longer) => control::NewEnd::Later(*longer),
                NewEnd::At(time) => control::NewEnd::At(*time),
            };
            ask::each(files, &Request::Extend { lease: *lease, end }, "lease", shape.format)
        }
        Some(Verb::Revoke(Revoke { leases, action, target, why, shape })) => {
            let leases = match (action, target) {
                (Some(action), _) => Chosen::Action(action.clone()),
                (None, Some(target)) => Chosen::Target(target.clone()),
                (None, None) => Chosen::Ids(leases.clone()),
            };
            ask::each(files, &Request::Revoke { leases, why: why.clone() }, "lease", shape.format)
        }
        Some(Verb::Restore(Restore { leases, all, why, shape })) => {
            let leases = if *all { Chosen::All } else { Chosen::Ids(leases.clone()) };
            ask::each(files, &Request::Restore { leases, why: why.clone() }, "lease", shape.format)
        }
    };
    done.unwrap_or_else(|exit| exit)
}

fn list(files: &Files, arguments: &List) -> Result<Exit, Exit> {
    let mut states: Vec<_> = arguments.state.iter().copied().flatten().collect();
    if states.is_empty() && !arguments.all {
        states.extend(NOT_OVER);
    }
    let filter = LeaseFilter {
        ids: Vec::new(),
        states,
        action: arguments.action.clone(),
        trigger: arguments.trigger.clone(),
        target: arguments.target.clone(),
        limit: arguments.limit,
    };
    let leases = looking::open(files)?.found_leases(&filter).map_err(|error| looking::trouble(&error))?;
    let mut out = BufWriter::new(anstream::stdout());
    let written = match arguments.format {
        Format::Text => print(&mut out, &leases, arguments.limit),
        Format::Json => leases.iter().try_for_each(|lease| writeln!(out, "{}", as_json(lease))),
    };
    Ok(output::finish(written.and_then(|()| out.flush())))
}

/// A lease, and how many seconds it still lasts.
fn as_json(lease: &LeaseRow) -> serde_json::Value {
    let mut json = json!(lease);
    if let Some(fields) = json.as_object_mut() {
        fields.insert("left".to_owned(), json!(left(lease).map(|left| left.as_secs())));
    }
    json
}

/// How long a lease still lasts; none when it is over or about to be.
fn left(lease: &LeaseRow) -> Option<std::time::Duration> {
    let lasts = matches!(lease.state, LeaseState::Taken | LeaseState::Held);
    when::until(lease.until, Timestamp::now()).filter(|_| lasts)
}

fn print(out: &mut impl Write, leases: &[LeaseRow], limit: u32) -> io::Result<()> {
    if leases.is_empty() {
        return writeln!(out, "no such leases");
    }
    table(leases).print(out, "")?;
    if limit > 0 && u32::try_from(leases.len()) == Ok(limit) {
        writeln!(out, "the first {limit}; --limit 0 shows all")?;
    }
    Ok(())
}

/// Leases, a line for each.
pub(super) fn table(leases: &[LeaseRow]) -> Table {
    let mut table = Table::new(&[
        ">lease", "action", "target", "state", "since", "until", ">left", ">times", "trigger", ">job", "why",
    ]);
    for lease in leases {
        table.add(vec![
            lease.id.into(),
            (&lease.action).into(),
            (&lease.target).into(),
            Cell::styled(lease.state.name(), looking::lease_colour(lease.state)),
            when::show(lease.since).into(),
            when::show(lease.ended.unwrap_or(lease.until)).into(),
            looking::or_dash(left(lease).map(when::show_duration)).into(),
            lease.times.into(),
            (&lease.trigger).into(),
            lease.job.into(),
            lease.why.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}
