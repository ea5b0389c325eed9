//! `check`: is the configuration right?

use std::{collections::BTreeMap, io::BufWriter};

use clap::Args;
use serde_json::json;

use super::{
    Exit, Files, Format,
    output::{self, BOLD, GOOD},
};
use crate::{
    actions::{Action, component::Comparison},
    config::Diagnostic,
    journal::{LeaseFilter, LeaseState, Reader},
    load::{self, Failure, Loaded},
    proof::{self, Proof},
    text::Escaped,
};

/// Load everything, run no action, and say what is wrong
///
/// Loads exactly as `run` does: both files and triggers.d, every filter compiled, every program looked up, every
/// component compiled, checked against what it may use, and asked to validate its configuration. All mistakes are
/// shown at once. Then the `tests:` of the configuration are tried: which triggers match their alerts, and which jobs
/// that would make. Ends with 1 when there are errors or a test fails.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger check
  prelude-trigger check --config ./prelude-trigger.yaml --deny-warnings
  prelude-trigger check --verbose
  prelude-trigger check --format json")]
pub struct Arguments {
    /// End with 1 when there are warnings, too
    #[arg(long)]
    deny_warnings: bool,

    /// Show for each component whether it can undo, what it wants and what it is granted, and each test that passed
    #[arg(long, short)]
    verbose: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let mut result = load::load(&files.into(), &load::Shared::default());
    if let Ok(loaded) = &mut result {
        warn_of_leases(loaded);
    }
    match arguments.format {
        Format::Text => match result {
            Ok(loaded) => {
                tell_warnings(&loaded);
                if arguments.verbose {
                    tell_grants(&loaded);
                }
                let proofs = proof::run(&loaded);
                let mut stderr = BufWriter::new(anstream::stderr().lock());
                // Standard error is the last place to complain; when it is gone there is nobody to tell.
                let _ = super::proof::print(&mut stderr, &proofs, arguments.verbose);
                drop(stderr);
                let failed = proofs.iter().filter(|proof| !proof.holds()).count();
                if failed > 0 {
                    output::complain(format_args!("{failed} of {} failed", tests(proofs.len())));
                    return Exit::NotFine;
                }
                let passed = match proofs.len() {
                    0 => String::new(),
                    number => format!("; {} passed", tests(number)),
                };
                anstream::println!("{GOOD}fine:{GOOD:#} {}{passed}", loaded.summary());
                exit(arguments, &loaded)
            }
            Err(failure) => tell_failure(&failure),
        },
        Format::Json => {
            let (answer, exit) = match &result {
                Ok(loaded) => {
                    let proofs = proof::run(loaded);
                    let passed = proofs.iter().all(Proof::holds);
                    let answer = json!({
                        "ok": passed,
                        "triggers": loaded.rules.triggers().len(),
                        "actions": loaded.actions.len(),
                        "files": loaded.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
                        "diagnostics": loaded.warnings,
                        "components": components(loaded).map(|(action, comparison)| {
                            let mut told = json!(comparison);
                            if let Some(told) = told.as_object_mut() {
                                told.insert("can-undo".to_owned(), json!(action.can_undo()));
                            }
                            (action.name.to_string(), told)
                        }).collect::<serde_json::Map<_, _>>(),
                        "tests": super::proof::json(&proofs),
                    });
                    (answer, if passed { exit(arguments, loaded) } else { Exit::NotFine })
                }
                Err(Failure::Configuration(diagnostics)) => {
                    (json!({ "ok": false, "diagnostics": diagnostics }), Exit::NotFine)
                }
                Err(Failure::Environment(error)) => {
                    (json!({ "ok": false, "error": output::chain(error) }), Exit::Environment)
                }
            };
            anstream::println!("{answer}");
            exit
        }
    }
}

/// A running daemon would not take over a configuration that nobody could undo its leases with; one that starts with it would have
/// to complain. What cannot be looked into says nothing.
fn warn_of_leases(loaded: &mut Loaded) {
    let live = [LeaseState::Taken, LeaseState::Held, LeaseState::Ending];
    let filter = LeaseFilter { states: live.to_vec(), ..LeaseFilter::default() };
    let leases = Reader::open(&loaded.daemon.state.directory).and_then(|reader| reader.found_leases(&filter));
    let mut lost: BTreeMap<String, usize> = BTreeMap::new();
    for lease in leases.unwrap_or_default() {
        if loaded.actions.get(&*lease.action).is_none_or(|action| !action.can_undo()) {
            *lost.entry(lease.action).or_default() += 1;
        }
    }
    for (action, leases) in lost {
        let what = if loaded.actions.contains_key(&*action) { "has no undo" } else { "is not in this configuration" };
        let plural = if leases == 1 { "" } else { "s" };
        loaded.warnings.push(Diagnostic::warning_anywhere(format!(
            "action `{}` {what}, and has {leases} lease{plural} to be undone: a running daemon does not load this \
             (`reload --undo` ends them first)",
            Escaped(action)
        )));
    }
}

/// The actions that are components, in alphabetical order, with what they want and what they are granted.
fn components(loaded: &Loaded) -> impl Iterator<Item = (&Action, &Comparison)> {
    let actions = loaded.actions.values();
    let mut list: Vec<_> = actions.filter_map(|action| Some((&**action, action.comparison()?))).collect();
    list.sort_by_key(|(action, _)| &*action.name);
    list.into_iter()
}

fn tell_grants(loaded: &Loaded) {
    for (action, comparison) in components(loaded) {
        let undo = if action.can_undo() { "can undo what it does" } else { "cannot undo what it does" };
        anstream::print!("{BOLD}{}{BOLD:#}: {undo}; {}", action.name, super::action::comparison(comparison));
    }
}

fn tests(number: usize) -> String {
    format!("{number} test{}", if number == 1 { "" } else { "s" })
}

fn exit(arguments: &Arguments, loaded: &Loaded) -> Exit {
    if arguments.deny_warnings && !loaded.warnings.is_empty() { Exit::NotFine } else { Exit::Fine }
}

/// Shows what is probably not meant.
pub(super) fn tell_warnings(loaded: &Loaded) {
    show(&loaded.warnings);
}

/// Shows why a configuration did not load.
pub(super) fn tell_failure(failure: &Failure) -> Exit {
    match failure {
        Failure::Configuration(diagnostics) => {
            show(diagnostics);
            let (errors, warnings) = diagnostics.count();
            tell_count(errors, warnings);
            Exit::NotFine
        }
        Failure::Environment(error) => {
            output::complain(output::chain(error));
            Exit::Environment
        }
    }
}

/// Says how much is wrong.
pub(super) fn tell_count(errors: usize, warnings: usize) {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    output::complain(format_args!(
        "the configuration has {errors} error{} and {warnings} warning{}",
        plural(errors),
        plural(warnings)
    ));
}

fn show(diagnostics: &crate::config::Diagnostics) {
    if diagnostics.is_empty() {
        return;
    }
    let mut stderr = anstream::stderr().lock();
    // Standard error is the last place to complain; when it is gone there is nobody to tell.
    let _ = diagnostics.render(&mut stderr, true);
    let _ = std::io::Write::write_all(&mut stderr, b"\n");
}
