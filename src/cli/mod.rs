//! The command line: one file for each verb. A verb reads its options, asks the rooms below, prints, and returns an
//! [`Exit`]; it decides nothing itself.

mod action;
mod ask;
mod audit;
mod backtest;
mod check;
mod explain;
mod input;
mod jobs;
mod leases;
mod looking;
mod man;
mod output;
mod pause;
mod proof;
mod record;
mod reload;
mod run;
mod status;
mod table;
mod verdict;
mod when;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::{config, load};

/// How a verb ended, as the exit code tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all is well.
    Fine,
    /// 1: the thing asked about is not fine, such as a configuration that does not load.
    NotFine,
    /// 3: the environment is not as it must be: no profile, no permission, no file, no manager.
    Environment,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Fine => Self::SUCCESS,
            Exit::NotFine => Self::from(1),
            Exit::Environment => Self::from(3),
        }
    }
}

/// Runs actions when IDMEF alerts from a Prelude SIEM match.
///
/// A trigger is a list of filters that must all hold and a list of actions that are all executed. Triggers and
/// actions stand in prelude-trigger.yaml; how the daemon runs stands in prelude-trigger.conf.
#[derive(Debug, Parser)]
#[command(name = "prelude-trigger", version, max_term_width = 100, after_help = EXAMPLES, after_long_help = EXAMPLES)]
struct CommandLine {
    #[command(flatten)]
    files: Files,

    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  prelude-trigger check                         is my configuration right?
  prelude-trigger explain --alerts alerts.json  which triggers match these alerts, and why not the others?
  prelude-trigger backtest --alerts alerts.json how often would each trigger have matched?
  prelude-trigger run --observe                 connect, decide, do nothing
  prelude-trigger run                           the daemon
  prelude-trigger record --output alerts.idmef  keep alerts to try rules on
  prelude-trigger jobs --state failed           what went wrong?
  prelude-trigger leases                        what was done and will be undone?
  prelude-trigger status                        how is the running daemon doing?

Exit codes: 0 fine; 1 the thing asked about is not fine; 2 wrong usage; 3 the environment is not as needed.";

/// Where the operator's files are.
#[derive(Debug, Clone, Args)]
pub struct Files {
    /// The triggers and actions; triggers.d/*.yaml beside it is read after it
    #[arg(long, global = true, value_name = "FILE", default_value = config::DEFAULT_TRIGGERS)]
    config: PathBuf,

    /// The daemon's own file [default: /etc/prelude-trigger/prelude-trigger.conf, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    daemon_config: Option<PathBuf>,

    /// Where the daemon keeps what must outlive it; overrides the directory in the daemon's file
    #[arg(long, global = true, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Backtest(backtest::Arguments),
    Record(record::Arguments),
    Jobs(jobs::Arguments),
    Leases(leases::Arguments),
    Audit(audit::Arguments),
    Status(status::Arguments),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Reload(reload::Arguments),
    Action(Box<action::Arguments>),
    Completions(man::Completions),
    Man(man::Man),
}

impl From<&Files> for load::Files {
    fn from(files: &Files) -> Self {
        let config = config::Files { triggers: files.config.clone(), daemon: files.daemon_config.clone() };
        Self { config, state: files.state_dir.clone() }
    }
}

/// How a listing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines: one JSON document a line
    Json,
}

/// Reads the command line and does what it says. Usage errors end the process with code 2.
pub fn main() -> ExitCode {
    let CommandLine { files, verb } = CommandLine::parse();
    let exit = match verb {
        Verb::Run(arguments) => run::main(&files, &arguments),
        Verb::Check(arguments) => check::main(&files, &arguments),
        Verb::Explain(arguments) => explain::main(&files, &arguments),
        Verb::Backtest(arguments) => backtest::main(&files, &arguments),
        Verb::Record(arguments) => record::main(&files, &arguments),
        Verb::Jobs(arguments) => jobs::main(&files, &arguments),
        Verb::Leases(arguments) => leases::main(&files, &arguments),
        Verb::Audit(arguments) => audit::main(&files, &arguments),
        Verb::Status(arguments) => status::main(&files, &arguments),
        Verb::Pause(arguments) => pause::pause(&files, &arguments),
        Verb::Resume(arguments) => pause::resume(&files, &arguments),
        Verb::Reload(arguments) => reload::main(&files, &arguments),
        Verb::Action(arguments) => action::main(&files, &arguments),
        Verb::Completions(arguments) => man::completions(&arguments, CommandLine::command()),
        Verb::Man(arguments) => man::man(&arguments, CommandLine::command()),
    };
    exit.into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::CommandLine::command().debug_assert();
    }
}
