//! `reload`: another configuration, without a stop.

use std::io::{self, Write as _};

use clap::Args;
use serde_json::json;

use super::{
    Exit, Files, Format,
    ask::{self, Shape},
    check, leases,
    output::{self, GOOD},
};
use crate::{
    control::{Answer, Holding, Request, Said},
    text::Escaped,
};

/// Have the running daemon load its configuration anew
///
/// It loads the files that it was started with. When anything is wrong with them, that is shown as `check` shows it, and the
/// running configuration stays; so it does when an action that has leases, or its undo, is not in the new one any more: nobody could
/// undo what it did. With --undo these leases are ended first, under the running configuration. Ends with 1 when the running
/// configuration stays. What is in the daemon's own file takes effect when the daemon is restarted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger reload
  prelude-trigger reload --undo")]
pub struct Arguments {
    /// End the leases of actions that go, or lose their undo, and then load
    #[arg(long)]
    undo: bool,

    #[command(flatten)]
    shape: Shape,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let answer = match ask::daemon(files, &Request::Reload { undo: arguments.undo }) {
        Ok(answer) => answer,
        Err(exit) => return exit,
    };
    if arguments.shape.format == Format::Json {
        let (json, exit) = match &answer {
            Answer::Reloaded { summary, said, undone } => (
                json!({ "ok": true, "summary": summary, "diagnostics": said.diagnostics, "undone": undone }),
                Exit::Fine,
            ),
            Answer::NotLoaded(said) => (json!({ "ok": false, "diagnostics": said.diagnostics }), Exit::NotFine),
            Answer::Holding(holding) => (json!({ "ok": false, "leases": holding.leases }), Exit::NotFine),
            _ => return ask::unexpected(),
        };
        anstream::println!("{json}");
        return exit;
    }
    match answer {
        Answer::Reloaded { summary, said, undone } => {
            show(&said);
            if !undone.is_empty() {
                anstream::println!("undone first: {} lease{}", undone.len(), if undone.len() == 1 { "" } else { "s" });
            }
            anstream::println!("{GOOD}the new configuration is in force:{GOOD:#} {}", Escaped(summary));
            Exit::Fine
        }
        Answer::NotLoaded(said) => {
            show(&said);
            check::tell_count(said.errors, said.warnings);
            output::complain("it was not loaded; the running one stays");
            Exit::NotFine
        }
        Answer::Holding(holding) => tell(&holding),
        _ => ask::unexpected(),
    }
}

/// The daemon has escaped what it says of files.
fn show(said: &Said) {
    if !said.text.is_empty() {
        anstream::eprintln!("{}", said.text);
    }
}

fn tell(holding: &Holding) -> Exit {
    let (why, help) = if holding.tried {
        (
            "these leases could not be undone in time",
            "`jobs show` tells why, `leases revoke` tries again; loading with --undo waits for them once more",
        )
    } else {
        (
            "nobody could undo what these leases stand for",
            "keep the action and its undo until they have ended, end them (`leases revoke`), or load with --undo, which ends them first",
        )
    };
    output::complain(format_args!("the configuration was not taken over, and the running one stays: {why}"));
    let mut stderr = anstream::stderr().lock();
    // Standard error is the last place to complain; when it is gone there is nobody to tell.
    let _: io::Result<()> = leases::table(&holding.leases).print(&mut stderr, "  ");
    let _ = writeln!(stderr, "{help}");
    Exit::NotFine
}
