//! `action`: the verbs for those who write actions, or want to know one before they trust it.

mod annotate;
mod inspect;
mod new;
mod run;
mod test;

use clap::{Args, Subcommand};

use super::{Exit, Files};

/// Write, look into, run and test actions
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(new::Arguments),
    Inspect(inspect::Arguments),
    Run(Box<run::Arguments>),
    Test(test::Arguments),
    Annotate(annotate::Arguments),
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    match &arguments.verb {
        Verb::New(arguments) => new::main(arguments),
        Verb::Inspect(arguments) => inspect::main(files, arguments),
        Verb::Run(arguments) => run::main(files, arguments),
        Verb::Test(arguments) => test::main(files, arguments),
        Verb::Annotate(arguments) => annotate::main(arguments),
    }
}

/// What a component wants and what it is granted, a line for each.
pub(super) fn comparison(comparison: &crate::actions::component::Comparison) -> String {
    inspect::comparison(comparison, true)
}
