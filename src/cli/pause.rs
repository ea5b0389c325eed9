//! `pause` and `resume`: jobs are refused for a while.

use clap::{ArgGroup, Args};
use serde_json::json;

use super::{
    Exit, Files, Format,
    ask::{self, Shape},
    output::{self, GOOD, WARNING},
};
use crate::{
    control::{Answer, Request},
    journal::{PauseRow, Scope},
    text::Escaped,
};

/// What is paused or resumed.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("scope").required(true))]
struct What {
    /// An action
    #[arg(group = "scope", value_name = "ACTION")]
    action: Option<String>,

    /// A trigger
    #[arg(long, group = "scope", value_name = "TRIGGER")]
    trigger: Option<String>,

    /// Every action
    #[arg(long, group = "scope")]
    all: bool,
}

/// Refuse the jobs of an action, a trigger, or all, until `resume`
///
/// Also those that wait. What runs ends as it would, and what undoes is never paused: leases end when their time is over. Alerts are
/// received and decided upon as before; their jobs end as refused, and `jobs retry` makes them once more. A pause outlives a restart.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger pause block --why 'the firewall is being replaced'
  prelude-trigger pause --trigger ssh-brute-force
  prelude-trigger pause --all")]
pub struct Pause {
    #[command(flatten)]
    what: What,

    /// Why: shown by `status`, and by each job that is refused
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,

    #[command(flatten)]
    shape: Shape,
}

/// Let go on what is paused, by a person or by a breaker
///
/// `--all` ends the pause of everything; an action or a trigger that is paused by itself stays so, and is told.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger resume block
  prelude-trigger resume --trigger ssh-brute-force
  prelude-trigger resume --all")]
pub struct Resume {
    #[command(flatten)]
    what: What,

    #[command(flatten)]
    shape: Shape,
}

impl What {
    fn scope(&self) -> Scope {
        match (&self.action, &self.trigger) {
            (Some(action), _) => Scope::Action(action.clone()),
            (None, Some(trigger)) => Scope::Trigger(trigger.clone()),
            // One of the three is required.
            (None, None) => Scope::All,
        }
    }
}

pub(super) fn pause(files: &Files, arguments: &Pause) -> Exit {
    let scope = arguments.what.scope();
    let request = Request::Pause { scope: scope.clone(), why: arguments.why.clone() };
    let answer = match ask::daemon(files, &request) {
        Ok(answer) => answer,
        Err(exit) => return exit,
    };
    let Answer::Paused { new, pause, unwritten } = answer else { return ask::unexpected() };
    let shown = Escaped(&scope).to_string();
    match (arguments.shape.format, pause) {
        (Format::Json, pause) => {
            anstream::println!("{}", json!({ "new": new, "pause": pause, "unwritten": unwritten }));
        }
        (Format::Text, Some(pause)) if !new => {
            anstream::println!("{shown} was paused before, since {:.0}: {}", pause.since, Escaped(&pause.why));
        }
        (Format::Text, _) => {
            anstream::println!("{WARNING}{shown} is paused{WARNING:#}: its jobs are refused until `resume`");
        }
    }
    if let Some(why) = unwritten {
        output::complain(format_args!(
            "the journal cannot be written ({}): the pause holds, and is written down when that is mended; a restart before then forgets it",
            Escaped(why)
        ));
    }
    Exit::Fine
}

pub(super) fn resume(files: &Files, arguments: &Resume) -> Exit {
    let scope = arguments.what.scope();
    let answer = match ask::daemon(files, &Request::Resume { scope: scope.clone() }) {
        Ok(answer) => answer,
        Err(exit) => return exit,
    };
    let Answer::Resumed { since, left } = answer else { return ask::unexpected() };
    if arguments.shape.format == Format::Json {
        anstream::println!("{}", json!({ "since": since, "still_paused": left }));
        return Exit::Fine;
    }
    let shown = Escaped(&scope).to_string();
    match since {
        Some(since) => anstream::println!("{GOOD}{shown} goes on{GOOD:#}; it was paused since {since:.0}"),
        None => anstream::println!("{shown} was not paused"),
    }
    for pause in &left {
        anstream::println!("still paused: {}", line(pause));
    }
    Exit::Fine
}

/// A pause in a line.
pub(super) fn line(pause: &PauseRow) -> String {
    Escaped(format!("{}, since {:.0}: {}", pause.scope, pause.since, pause.why)).to_string()
}
