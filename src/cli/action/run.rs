//! `action run`: one job by hand.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;

use super::super::{
    Exit, Files, Format,
    output::{self, BAD, BOLD, DIM, GOOD, WARNING},
};
use crate::{
    actions::{
        Outcome, State,
        component::tape::{Asked, Body},
    },
    kit::hand::{self, Done, Hand, HandError},
    text::Escaped,
};

/// Run one job by hand, and see all that it asks
///
/// WHAT is a component's file, or the name of an action in the triggers' file (--config). A file gets its configuration
/// from --config-json or --config-file and its grants from --grants, which holds what would stand under `grant:`; or both from
/// an action of the triggers' file by --action.
///
/// What the action keeps (`state`) begins empty, and is forgotten afterwards. What the job does is real, unless --observe asks it not to, or --replay answers it from a tape. Shown are how the job ended, what
/// it said, everything it asked of the host in order, and what it used: time, memory and instructions.
///
/// --record writes a tape: the alert, the configuration, what was granted and every call with its answer, clocks and random numbers
/// too. Of secrets only the length is kept, and values of header fields that authenticate are left out; what an action
/// makes of a secret, such as a signature, is not recognised, and neither is anything confidential in the alert or in
/// answers. What goes over a TCP connection is not recorded: a tape on which one was opened cannot be replayed.
///
/// Ends with 1 when the job failed, or differed from the tape.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger action run build/tell.wasm --alert alert.json --config-json '{\"prefix\": \"SOC\"}'
  prelude-trigger action run mail-admin --alert alert.json --observe
  prelude-trigger action run hook.wasm --alert alert.json --grants grants.yaml --record hook.tape
  prelude-trigger action run hook.wasm --replay hook.tape
  prelude-trigger action run block --undo '{\"added\":[\"192.0.2.7\"]}'")]
pub struct Arguments {
    /// A component's file, or the name of an action
    #[arg(value_name = "FILE|NAME")]
    what: String,

    /// A file of recorded alerts; the first is taken; `-` reads standard input
    #[arg(long, value_name = "FILE", required_unless_present_any = ["replay", "undo"])]
    alert: Option<PathBuf>,

    /// Undo instead: what a job did that handed out this token; '' for one that handed out none
    #[arg(long, value_name = "TOKEN", conflicts_with = "alert")]
    undo: Option<String>,

    /// The configuration, as JSON
    #[arg(long, value_name = "JSON", conflicts_with = "config_file")]
    config_json: Option<String>,

    /// The configuration, from a file in YAML or JSON
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,

    /// The grants, from a file in YAML: what would stand under `grant:`
    #[arg(long, value_name = "FILE")]
    grants: Option<PathBuf>,

    /// Take configuration, grants and limits from this action of the triggers' file
    #[arg(long, value_name = "NAME")]
    action: Option<String>,

    /// Ask the action to do nothing, and to say what it would do
    #[arg(long)]
    observe: bool,

    /// A named capture of the trigger
    #[arg(long = "capture", value_name = "NAME=TEXT")]
    captures: Vec<String>,

    /// A parameter of the job
    #[arg(long = "parameter", value_name = "NAME=TEXT")]
    parameters: Vec<String>,

    /// Write everything down that is asked and answered
    #[arg(long, value_name = "TAPE")]
    record: Option<PathBuf>,

    /// Answer from a tape; nothing real happens
    #[arg(long, value_name = "TAPE", conflicts_with_all = [
        "record", "alert", "undo", "config_json", "config_file", "grants", "action", "observe", "captures", "parameters",
    ])]
    replay: Option<PathBuf>,

    /// The value of a secret on the tape, if it matters
    #[arg(long = "secret", value_name = "NAME=VALUE", requires = "replay")]
    secrets: Vec<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let pairs = |given: &[String], what: &str| -> Result<Vec<(String, String)>, Exit> {
        let pair = |text: &String| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => {
                output::complain(format_args!("--{what} wants NAME=TEXT"));
                Err(Exit::NotFine)
            }
        };
        given.iter().map(pair).collect()
    };
    let hand = || -> Result<Hand, Exit> {
        Ok(Hand {
            what: arguments.what.clone(),
            triggers: files.config.clone(),
            state: files.state_dir.clone(),
            alert: arguments.alert.clone(),
            config_json: arguments.config_json.clone(),
            config_file: arguments.config_file.clone(),
            grants: arguments.grants.clone(),
            action: arguments.action.clone(),
            undo: arguments.undo.clone().map(String::into_bytes),
            observe: arguments.observe,
            captures: pairs(&arguments.captures, "capture")?.into_iter().collect(),
            parameters: pairs(&arguments.parameters, "parameter")?,
            record: arguments.record.clone(),
            replay: arguments.replay.clone(),
            secrets: pairs(&arguments.secrets, "secret")?
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect::<BTreeMap<_, _>>(),
        })
    };
    match hand().map(|hand| hand::run(&hand)) {
        Err(exit) => exit,
        Ok(Ok(done)) => tell(&done, arguments.format),
        Ok(Err(error)) => {
            output::complain(&error);
            if matches!(error, HandError::Environment(_)) { Exit::Environment } else { Exit::NotFine }
        }
    }
}

fn tell(done: &Done, format: Format) -> Exit {
    let Outcome { state, summary, .. } = &done.ran.outcome;
    let fine = !matches!(state, State::Failed(_) | State::Refused) && done.differences.is_empty();
    let written = match format {
        Format::Json => json(done),
        Format::Text => text(done, *state, summary),
    };
    anstream::print!("{written}");
    if fine { Exit::Fine } else { Exit::NotFine }
}

fn text(done: &Done, state: State, summary: &str) -> String {
    let outcome = &done.ran.outcome;
    let style = match state {
        State::Done | State::Observed => GOOD,
        State::Failed(_) | State::Refused | State::Expired => BAD,
    };
    let mut text = format!("{style}{state}:{style:#} {}\n", Escaped(summary));
    if let Some(code) = &outcome.code {
        text.push_str(&format!("  code: {code}\n"));
    }
    if let Some(wait) = outcome.retry_after {
        text.push_str(&format!("  not again before: {} s\n", wait.as_secs_f64()));
    }
    for (name, value) in &outcome.outputs {
        text.push_str(&format!("  {name}: {}\n", Escaped(value)));
    }
    match outcome.undo_token.as_deref().map(Body::new) {
        Some(Body::Text(token)) => text.push_str(&format!("  can be undone with: {}\n", Escaped(&token))),
        Some(_) => text.push_str("  can be undone, with a token that is no text\n"),
        None => {}
    }
    if !matches!(state, State::Failed(_)) {
        // The summary of one that failed says it.
        for denied in &outcome.denied {
            text.push_str(&format!("  {WARNING}denied:{WARNING:#} {}\n", Escaped(denied)));
        }
    }
    if let Some(why) = &outcome.last_exchange {
        text.push_str(&format!("  last HTTP exchange: {}\n", Escaped(why)));
    }
    text.push_str(&format!("{BOLD}asked{BOLD:#}\n"));
    for asked in &done.ran.tape.asked {
        text.push_str(&line(asked));
    }
    if done.ran.tape.asked.is_empty() {
        text.push_str("  nothing\n");
    }
    if done.ran.tape.left_out > 0 {
        text.push_str(&format!("  and {} more\n", done.ran.tape.left_out));
    }
    for (name, said) in
        [("standard output", &outcome.stdout), ("standard error", &outcome.stderr), ("stopped in", &outcome.trace)]
    {
        if !said.is_empty() {
            text.push_str(&format!("{BOLD}{name}{BOLD:#}\n  {}\n", said.trim_end().replace('\n', "\n  ")));
        }
    }
    if !done.differences.is_empty() {
        text.push_str(&format!("{WARNING}differs from the tape{WARNING:#}\n"));
        for difference in &done.differences {
            text.push_str(&format!("  {}\n", difference.replace('\n', "\n  ")));
        }
    }
    let used = outcome.used.unwrap_or_default();
    let instructions = used.instructions.map(|count| format!(", {count} instructions")).unwrap_or_default();
    text.push_str(&format!(
        "{BOLD}used{BOLD:#} {} ({} of CPU), {} KiB of memory{instructions}; loaded in {}\n",
        time(outcome.took),
        time(used.cpu),
        used.memory >> 10,
        time(done.ran.loaded_in),
    ));
    text
}

fn line(asked: &Asked) -> String {
    let at = time(asked.at);
    let what = asked.what.to_string().replace('\n', "\n               ");
    let took = if asked.took.is_zero() { String::new() } else { format!(" {DIM}({}){DIM:#}", time(asked.took)) };
    let answer = asked.answer.as_ref().map(|answer| {
        let shown = crate::text::shorten(&answer.to_string(), 400);
        format!("\n               {DIM}= {shown}{DIM:#}")
    });
    format!("  {DIM}{at:>10}{DIM:#}  {what}{took}{}\n", answer.unwrap_or_default())
}

fn time(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn json(done: &Done) -> String {
    let outcome = &done.ran.outcome;
    let used = outcome.used.unwrap_or_default();
    let outputs: BTreeMap<_, _> = outcome.outputs.iter().map(|(name, text)| (name, text)).collect();
    let value = json!({
        "state": crate::kit::difference::word(outcome.state),
        "summary": outcome.summary,
        "code": outcome.code,
        "retry-after-ms": outcome.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        "outputs": outputs,
        "undo-token": outcome.undo_token.as_deref().map(Body::new),
        "denied": outcome.denied,
        "last-http-exchange": outcome.last_exchange,
        "said": done.ran.tape.said,
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "trace": outcome.trace,
        "asked": done.ran.tape.asked,
        "differences": done.differences,
        "used": {
            "wall-us": u64::try_from(outcome.took.as_micros()).unwrap_or(u64::MAX),
            "cpu-us": u64::try_from(used.cpu.as_micros()).unwrap_or(u64::MAX),
            "memory": used.memory,
            "instructions": used.instructions,
            "load-us": u64::try_from(done.ran.loaded_in.as_micros()).unwrap_or(u64::MAX),
        },
    });
    format!("{value}\n")
}
