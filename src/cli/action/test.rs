//! `action test`: cases beside an action.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::super::{
    Exit, Files, Format,
    output::{self, BAD, DIM, GOOD},
};
use crate::kit;

/// Run the cases of an action
///
/// A case is a YAML file: an alert, a configuration and what the action finds there (secrets, answers of commands and servers,
/// names, files) go in; how the job ends, what it says, which commands it runs and which requests it makes must come out.
/// Everything that is expected must happen, and nothing else may. Nothing real is touched.
///
/// DIR is an action's directory: its cases are tests/*.yaml and cases/*.yaml, and action.yaml in it says which component they
/// are for (`component: build/NAME.wasm`). Without a name, the current directory is meant. Ends with 1 when a case fails.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger action test
  prelude-trigger action test actions/tell actions/mail
  prelude-trigger action test tests/blocks.yaml --component build/block.wasm

A case:
  about: An address is blocked for an hour
  alert: { alert: { source: [ { node: { address: [ { address: 192.0.2.7 } ] } } ] } }
  config: { hours: 1 }
  given:
    commands: { add: { parameters: { address: ip, seconds: integer } } }
    runs: [ { command: add, arguments: { address: 192.0.2.7, seconds: '3600' }, exit: 0 } ]
  expect: { state: done, summary: { regex: '^blocked 192' } }

`job:` sets mode, trigger, captures and parameters; `given:` also takes time, random, idmef, environment, secrets, directories, dns,
http, and `state:` with what the action's store begins with; `expect:` also status, code, outputs, token, log, stdout, stderr, files,
`kept:` with what is in its store afterwards, and `issues:` for a refused configuration. `undo: TOKEN` in place of `alert:` has the
action undo what it did. A token or a value of the store that is no text is written as JSON. `tape:` plays a recorded job (see
`action run --record`) in place of all but `expect:`.")]
pub struct Arguments {
    /// Directories of actions, or cases
    #[arg(value_name = "DIR|CASE")]
    what: Vec<PathBuf>,

    /// The component that is tested, unless a case names another
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let found = kit::case::find(&arguments.what);
    for problem in found.mistakes.iter().map(ToString::to_string).chain(found.missing) {
        output::complain(problem);
    }
    if !found.mistakes.is_empty() || found.cases.is_empty() {
        return Exit::NotFine;
    }
    let engine = match kit::engine(files.state_dir.as_deref()) {
        Ok(engine) => engine,
        Err(error) => {
            output::complain(&error);
            return Exit::Environment;
        }
    };
    let (mut passed, mut failed) = (0_usize, 0_usize);
    let mut verdicts = Vec::new();
    for (case, component) in &found.cases {
        let component = arguments.component.as_deref().or(component.as_deref());
        let verdict = kit::case::run(&engine, case, component);
        if verdict.passed {
            passed += 1;
        } else {
            failed += 1;
        }
        match arguments.format {
            Format::Text => {
                let (word, style) = if verdict.passed { ("ok", GOOD) } else { ("FAILED", BAD) };
                let about = verdict.about.as_deref().map(|about| format!(" {DIM}{about}{DIM:#}")).unwrap_or_default();
                anstream::println!("{style}{word}{style:#} {}{about}", verdict.file.display());
                for problem in &verdict.problems {
                    anstream::println!("  {}", problem.replace('\n', "\n  "));
                }
            }
            Format::Json => verdicts.push(verdict),
        }
    }
    match arguments.format {
        Format::Text if failed == 0 => {
            anstream::println!("{GOOD}{passed} passed{GOOD:#}");
        }
        Format::Text => anstream::println!("{BAD}{failed} failed{BAD:#}, {passed} passed"),
        Format::Json => anstream::println!("{}", json!({ "passed": passed, "failed": failed, "cases": verdicts })),
    }
    if failed == 0 { Exit::Fine } else { Exit::NotFine }
}
