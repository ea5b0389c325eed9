//! `action annotate`: says in a component what it is.

use std::path::PathBuf;

use clap::Args;

use super::super::{Exit, output};
use crate::actions::component;

/// Write into a component what it is: name, version, the schema of its configuration
///
/// FILE.json holds `name` and `version`, and may hold `authors`, `licence`, `description`, `homepage`, `config-schema` (JSON
/// Schema 2020-12 that refers to nothing outside itself) and `grants` (what you suggest the operator grant). It becomes the
/// section `prelude:action`, which replaces one that is there. Rust's guest kit writes the section itself.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger action annotate build/tell.wasm --metadata metadata.json
  prelude-trigger action annotate tell.wasm --metadata metadata.json --output annotated.wasm

A FILE.json:
  {
    \"name\": \"mail\", \"version\": \"1.2.0\", \"authors\": [\"A. Uthor <a@example.com>\"], \"licence\": \"MIT\",
    \"description\": \"Sends a mail for each alert\",
    \"config-schema\": { \"type\": \"object\", \"required\": [\"server\"], \"additionalProperties\": false,
      \"properties\": { \"server\": { \"type\": \"string\", \"description\": \"host:port of the mail server\" } } },
    \"grants\": [ { \"kind\": \"tcp\", \"value\": \"SERVER:25\", \"why\": \"to reach the mail server\" } ]
  }")]
pub struct Arguments {
    /// The component
    #[arg(value_name = "FILE")]
    component: PathBuf,

    /// What to write into it, as JSON
    #[arg(long, value_name = "FILE.json")]
    metadata: PathBuf,

    /// Where to write the result [default: the component's own file]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn main(arguments: &Arguments) -> Exit {
    let output = arguments.output.as_deref().unwrap_or(&arguments.component);
    match component::annotate_file(&arguments.component, &arguments.metadata, output) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            output::complain(&error);
            Exit::NotFine
        }
    }
}
