//! `action inspect`: what a component is and what it wants.

use std::path::PathBuf;

use clap::Args;

use super::super::{
    Exit, Files, Format,
    output::{self, BAD, BOLD, DIM, GOOD, WARNING},
};
use crate::{
    actions::component::{Comparison, Inspection},
    kit::hand,
    text::{Escaped, shorten},
};

/// Look into a component without running any of it
///
/// Shows what it says about itself, its SHA-256 sum (for `sha256:`), the version of the interface it was built for, what it
/// wants beside what every component has, which grants its author suggests, and the keys of its configuration. With
/// --action it is compared with what that action of the triggers' file (--config) is granted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger action inspect mail.wasm
  prelude-trigger action inspect mail.wasm --config prelude-trigger.yaml --action mail-admin
  prelude-trigger action inspect mail.wasm --format json")]
pub struct Arguments {
    /// The component
    #[arg(value_name = "FILE")]
    component: PathBuf,

    /// Compare with what this action is granted
    #[arg(long, value_name = "NAME")]
    action: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let action = arguments.action.as_deref();
    let found = hand::inspect(&arguments.component, files.state_dir.as_deref(), &files.config, action);
    let inspection = match found {
        Ok(inspection) => inspection,
        Err(error) => {
            output::complain(&error);
            return if matches!(error, hand::HandError::Environment(_)) { Exit::Environment } else { Exit::NotFine };
        }
    };
    match arguments.format {
        Format::Json => match serde_json::to_string(&inspection) {
            Ok(text) => anstream::println!("{text}"),
            Err(error) => output::complain(error),
        },
        Format::Text => anstream::print!("{}", text(&inspection, action)),
    }
    let fine = inspection.spoken && inspection.metadata_error.is_none() && inspection.comparison.ungrantable.is_empty();
    if fine { Exit::Fine } else { Exit::NotFine }
}

fn text(found: &Inspection, action: Option<&str>) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: &str| text.push_str(&format!("{BOLD}{name:<12}{BOLD:#} {value}\n"));
    let metadata = found.metadata.clone().unwrap_or_default();
    let said = |said: &str| if said.is_empty() { "(it does not say)".to_owned() } else { shorten(said, 1024) };
    row("name", &said(&metadata.name));
    row("version", &said(&metadata.version));
    row("description", &said(&metadata.description));
    row("licence", &said(&metadata.licence));
    if !metadata.authors.is_empty() {
        row("authors", &shorten(&metadata.authors.join(", "), 1024));
    }
    if let Some(homepage) = &metadata.homepage {
        row("homepage", &shorten(homepage, 1024));
    }
    row("size", &format!("{} bytes; {} when compiled", found.size, found.compiled));
    row("sha256", &found.sha256);
    let interface = match &found.interface {
        Some(version) if found.spoken => format!("prelude:trigger {}", Escaped(version)),
        Some(version) => format!("{BAD}prelude:trigger {}, which this daemon does not speak{BAD:#}", Escaped(version)),
        None => format!("{BAD}none: this is not an action, as it does not export prelude:trigger/handler{BAD:#}"),
    };
    row("interface", &interface);
    row("can undo", if found.can_undo { "yes" } else { "no" });
    if let Some(problem) = &found.metadata_error {
        text.push_str(&format!("{BAD}wrong{BAD:#}        {}\n", shorten(problem, 2048)));
    }
    text.push_str(&comparison(&found.comparison, action.is_some()));
    if !metadata.grants.is_empty() {
        text.push_str(&format!("{BOLD}suggested by its author{BOLD:#}\n"));
        for grant in metadata.grants.iter().take(50) {
            let value = shorten(&grant.value.to_string(), 256);
            text.push_str(&format!("  {}: {value}  {DIM}{}{DIM:#}\n", Escaped(&grant.kind), shorten(&grant.why, 256)));
        }
    }
    text.push_str(&format!("{BOLD}configuration{BOLD:#}\n"));
    for key in &found.keys {
        let need = match (&key.default, key.required) {
            (_, true) => "required".to_owned(),
            (Some(default), false) => format!("default {}", shorten(default, 128)),
            (None, false) => "optional".to_owned(),
        };
        let doc = shorten(&key.doc, 256);
        text.push_str(&format!("  {}: {}, {need}  {DIM}{doc}{DIM:#}\n", Escaped(&key.key), shorten(&key.kind, 128)));
    }
    if found.keys.is_empty() {
        text.push_str("  (it does not say)\n");
    }
    text
}

/// What is wanted and what is granted, a line for each.
pub(super) fn comparison(comparison: &Comparison, granted_known: bool) -> String {
    let mut text = format!("{BOLD}wants{BOLD:#}\n");
    for want in &comparison.wants {
        let (word, style) = match (granted_known, want.is_missing(), want.is_unused()) {
            (false, ..) => ("wanted", DIM),
            (true, true, _) => ("missing", BAD),
            (true, _, true) => ("granted and not wanted", WARNING),
            (true, ..) => ("granted", GOOD),
        };
        let imports: Vec<_> = want.imports.iter().map(|import| Escaped(import).to_string()).collect();
        text.push_str(&format!(
            "  {}: {style}{word}{style:#}  {DIM}{}{DIM:#}\n",
            want.capability.key(),
            imports.join(", ")
        ));
        if !want.imports.is_empty() && (!granted_known || want.is_missing()) {
            text.push_str(&format!("    {DIM}{}{DIM:#}\n", want.capability.line()));
        }
    }
    for import in comparison.ungrantable.iter().take(50) {
        text.push_str(&format!("  {BAD}cannot be granted{BAD:#}: {}\n", Escaped(import)));
    }
    if comparison.wants.is_empty() && comparison.ungrantable.is_empty() {
        text.push_str("  nothing beside the alert, the log, clocks and random numbers\n");
    }
    text
}
