//! `action new`: a directory for a new action.

use std::path::PathBuf;

use clap::{Args, builder::PossibleValuesParser};

use super::super::{
    Exit,
    output::{self, BOLD, GOOD},
};
use crate::{kit::template, text::quote};

/// Write a directory for a new action, with a test
///
/// The directory needs nothing but the language's own tools: the interface (WIT) is copied into it and, for Rust, the guest kit.
/// `make` builds the component, `make test` also runs the cases in tests/ against it. Nothing is overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger action new rust tell-soc
  prelude-trigger action new python block-host --directory actions/block-host")]
pub struct Arguments {
    /// The language it is written in
    #[arg(value_name = "LANG", value_parser = PossibleValuesParser::new(template::languages()))]
    language: String,

    /// What the action is called: lower-case letters, digits and `-`
    name: String,

    /// Where to write it [default: a directory of that name here]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let directory = arguments.directory.clone().unwrap_or_else(|| PathBuf::from(&arguments.name));
    match template::new(&arguments.language, &arguments.name, &directory) {
        Ok(files) => {
            let shown = directory.display();
            anstream::println!("{GOOD}made{GOOD:#} {shown} with {} files; next:", files.len());
            anstream::println!("  {BOLD}cd {} && make test{BOLD:#}", quote(&directory.to_string_lossy()));
            anstream::println!("README.md there says where to go on.");
            Exit::Fine
        }
        Err(error) => {
            output::complain(&error);
            match error {
                template::NewError::Write { .. } => Exit::Environment,
                template::NewError::Name(_) | template::NewError::Exists(_) => Exit::NotFine,
            }
        }
    }
}
