//! `completions` and `man`: for packagers.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Exit, output};

/// Print shell completions
///
/// For example: prelude-trigger completions bash > /etc/bash_completion.d/prelude-trigger
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Print the manual page, or write one page for each verb into a directory
#[derive(Debug, Args)]
pub struct Man {
    /// Write prelude-trigger.1, prelude-trigger-run.1, … here
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub(super) fn completions(arguments: &Completions, mut command: Command) -> Exit {
    // Into memory first: clap_complete panics on a closed pipe.
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "prelude-trigger", &mut text);
    output::finish(io::stdout().write_all(&text))
}

pub(super) fn man(arguments: &Man, command: Command) -> Exit {
    match &arguments.directory {
        None => output::finish(clap_mangen::Man::new(command).render(&mut io::stdout())),
        Some(directory) => match clap_mangen::generate_to(command, directory) {
            Ok(()) => Exit::Fine,
            Err(error) => {
                output::complain(format_args!("cannot write manual pages into {}: {error}", directory.display()));
                Exit::Environment
            }
        },
    }
}
