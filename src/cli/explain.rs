//! `explain`: for each alert, what every trigger's filters say and which jobs would be made.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    Exit, Files, Format, input,
    output::{self, BAD, BOLD, DIM, GOOD, WARNING},
    verdict::{json_verdict, print_verdict},
};
use crate::{
    actions::Plan,
    config::{Mode, Terms},
    idmef::{Kind, Message, Path},
    load::{self, Loaded, Planned, Shared},
    rules::{
        Explanation, SilenceVerdict,
        damping::{Damping, Held, Verdict},
        moment_of,
    },
    text::{Escaped, nearest, quote, quote_all, shorten},
};

/// Show why triggers match recorded alerts, or why not
///
/// Nothing is run. The verdicts come from the same code that the daemon runs, and argument vectors are shown exactly
/// as they would be passed. For a trigger on silence a heartbeat is explained as the last of its sensor.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger explain --alerts alerts.idmef
  prelude-trigger explain --alerts alerts.json --trigger ssh-brute-force
  prelude-trigger explain --alerts - --only matched --format json < alerts.idmef

Recorded alerts are what `prelude-trigger record` writes, or IDMEF JSON, one message a line.")]
pub struct Arguments {
    /// Recorded alerts; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    alerts: String,

    /// Look at this trigger only
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,

    /// Show only triggers that match, or only those that do not; alerts without any are left out
    #[arg(long, value_name = "WHICH")]
    only: Option<Only>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Matched,
    Unmatched,
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let loaded = match load::load(&files.into(), &Shared::default()) {
        Ok(loaded) => loaded,
        Err(failure) => return super::check::tell_failure(&failure),
    };
    if let Some(name) = &arguments.trigger
        && !loaded.rules.triggers().iter().any(|trigger| *trigger.name == **name)
    {
        let names = loaded.rules.triggers().iter().map(|trigger| &*trigger.name);
        let hint = nearest(name, names).map(|near| format!("; did you mean {}?", quote(near))).unwrap_or_default();
        output::complain(format_args!("no trigger is called {}{hint}", quote(name)));
        return Exit::NotFine;
    }
    let alerts = match input::open(&arguments.alerts) {
        Ok(alerts) => alerts,
        Err(exit) => return exit,
    };
    let mut exit = Exit::Fine;
    let mut damping = Damping::default();
    let mut out = BufWriter::new(anstream::stdout());
    for (number, recorded) in alerts.recording.enumerate() {
        let message = recorded
            .map_err(|error| error.to_string())
            .and_then(|recorded| recorded.decode().map_err(|error| format!("{}: {error}", recorded.position)));
        let message = match message {
            Ok(message) => message,
            Err(reason) => {
                // What stands before the mistake is shown before it.
                let _ = out.flush();
                output::complain(format_args!("{}: {reason}", alerts.name));
                exit = Exit::NotFine;
                continue;
            }
        };
        let written = match arguments.format {
            Format::Text => print_text(&mut out, &loaded, &mut damping, arguments, number + 1, &message),
            Format::Json => print_json(&mut out, &loaded, &mut damping, arguments, &message),
        };
        if written.is_err() {
            return output::finish(written);
        }
    }
    match output::finish(out.flush()) {
        Exit::Fine => exit,
        trouble => trouble,
    }
}

impl Arguments {
    fn wants(&self, explanation: &Explanation<'_>) -> bool {
        let matched = explanation.matched.is_some();
        self.trigger.as_ref().is_none_or(|name| **name == *explanation.trigger.name)
            && match self.only {
                None => true,
                Some(Only::Matched) => matched,
                Some(Only::Unmatched) => !matched,
            }
    }
}

/// Why damping holds back a match.
///
/// On its clocks it is the moment that the alert tells of itself.
fn judge(damping: &mut Damping, explanation: &Explanation<'_>, message: &Message) -> Option<Held> {
    explanation.matched.as_ref()?;
    let now = moment_of(message).unwrap_or_else(Timestamp::now);
    match damping.judge(&explanation.trigger.name, &explanation.trigger.damping, message, now) {
        (Verdict::Held(held), _) => Some(held),
        (Verdict::Through, _) => None,
    }
}

/// The jobs of a match that goes through.
fn plans(loaded: &Loaded, explanation: &Explanation<'_>, message: &Message) -> Vec<Job> {
    let Some(captures) = &explanation.matched else { return Vec::new() };
    loaded
        .planned(explanation.trigger, message, captures)
        .into_iter()
        .map(|Planned { intent, kind, plan, undo }| {
            let (argv, refused) = match plan {
                Plan::Exec(argv) => (Some(argv), None),
                Plan::Component => (None, None),
                Plan::Refused(reason) => (None, Some(reason)),
            };
            let observed = intent.mode == Mode::Observe;
            let parameters = intent.parameters.into_iter().map(|(name, text)| (name.to_string(), text)).collect();
            let target = intent.target.map(|target| target.to_string());
            // Of what is not done nothing is undone.
            let (lease, undo) = if refused.is_none() { (intent.lease, undo) } else { (None, None) };
            let r#for = lease.map(|terms| terms.first.as_secs());
            let action = intent.action.to_string();
            Job { action, kind, argv, parameters, target, refused, observed, r#for, undo, lease }
        })
        .collect()
}

#[derive(Debug, Serialize)]
struct Job {
    action: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    argv: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<String, String>,
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// The mode says that it would not run.
    observed: bool,
    /// For how many seconds its effect is wanted, the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#for: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<Vec<String>>,
    #[serde(skip)]
    lease: Option<Terms>,
}

fn print_json(
    out: &mut impl Write,
    loaded: &Loaded,
    damping: &mut Damping,
    arguments: &Arguments,
    message: &Message,
) -> io::Result<()> {
    let triggers: Vec<_> = loaded
        .rules
        .explain(message, Timestamp::now())
        .iter()
        .map(|explanation| (explanation, judge(damping, explanation, message)))
        .filter(|(explanation, _)| arguments.wants(explanation))
        .map(|(explanation, held)| {
            let filters: Vec<_> = explanation.filters.iter().map(json_verdict).collect();
            let mut json = serde_json::json!({
                "name": &*explanation.trigger.name,
                "matched": explanation.matched.is_some(),
                "filters": filters,
                "captures": explanation.matched.as_ref().map(|captures| {
                    captures.iter().map(|(name, text)| (&**name, &**text)).collect::<BTreeMap<_, _>>()
                }),
                "jobs": if held.is_none() { plans(loaded, explanation, message) } else { Vec::new() },
            });
            if let (Some(held), Some(json)) = (&held, json.as_object_mut()) {
                let held = serde_json::json!({ "by": held.kind.name(), "key": held.key, "why": held.why });
                json.insert("held".to_owned(), held);
            }
            if let (Some(verdict), Some(json)) = (explanation.silence, json.as_object_mut()) {
                json.insert("silence".to_owned(), json_silence(verdict));
            }
            json
        })
        .collect();
    let line = serde_json::json!({ "messageid": message.messageid(), "triggers": triggers });
    writeln!(out, "{line}")
}

/// What a trigger on silence makes of the message; `after` is in seconds.
fn json_silence(verdict: SilenceVerdict) -> serde_json::Value {
    match verdict {
        SilenceVerdict::Waits(period) => serde_json::json!({ "after": period.as_secs_f64() }),
        SilenceVerdict::SaidGoodbye => serde_json::json!({ "never": "the sensor says that it is exiting" }),
        SilenceVerdict::NoSensor => serde_json::json!({ "never": "not a heartbeat of a sensor" }),
    }
}

fn print_text(
    out: &mut impl Write,
    loaded: &Loaded,
    damping: &mut Damping,
    arguments: &Arguments,
    number: usize,
    message: &Message,
) -> io::Result<()> {
    let explanations = loaded.rules.explain(message, Timestamp::now());
    let judged = explanations.iter().map(|explanation| (explanation, judge(damping, explanation, message)));
    let wanted: Vec<_> = judged.filter(|(explanation, _)| arguments.wants(explanation)).collect();
    if wanted.is_empty() && !explanations.is_empty() {
        return Ok(());
    }
    let id = message.messageid().map_or_else(|| "without messageid".to_owned(), |id| shorten(&id, 64));
    let (kind, headline) = match message.kind() {
        Kind::Alert => ("alert", "alert.classification.text"),
        Kind::Heartbeat => ("heartbeat", "heartbeat.analyzer(-1).name"),
    };
    let headline = headline.parse::<Path>().ok().and_then(|path| message.get(&path));
    let headline = headline.map(|value| format!("  {}", quote(&shorten(&value.text(), 80)))).unwrap_or_default();
    writeln!(out, "{BOLD}{kind} {number}{BOLD:#}  {DIM}{id}{DIM:#}{headline}")?;
    for (explanation, held) in wanted {
        print_trigger(out, loaded, explanation, held.as_ref(), message)?;
    }
    writeln!(out)
}

fn print_trigger(
    out: &mut impl Write,
    loaded: &Loaded,
    explanation: &Explanation<'_>,
    held: Option<&Held>,
    message: &Message,
) -> io::Result<()> {
    let name = Escaped(&explanation.trigger.name);
    match (&explanation.matched, explanation.silence) {
        (Some(_), None) => writeln!(out, "  {GOOD}✔ {name}{GOOD:#} matches")?,
        (Some(_), Some(SilenceVerdict::Waits(period))) => {
            let period = jiff::SignedDuration::try_from(period).unwrap_or_default();
            writeln!(out, "  {GOOD}✔ {name}{GOOD:#} would match if nothing came from this sensor for {period:#}")?;
        }
        (_, Some(SilenceVerdict::SaidGoodbye)) => {
            writeln!(
                out,
                "  {BAD}✘ {name}{BAD:#} does not match: the sensor says that it is exiting (`after_exit: true` would)"
            )?;
        }
        (_, Some(SilenceVerdict::NoSensor)) => {
            writeln!(out, "  {BAD}✘ {name}{BAD:#} does not match: it waits for silence after a heartbeat of a sensor")?;
        }
        _ => writeln!(out, "  {BAD}✘ {name}{BAD:#} does not match")?,
    }
    let mut no_said = false;
    for verdict in &explanation.filters {
        let first = if !verdict.holds && !std::mem::replace(&mut no_said, true) { "   ← the first no" } else { "" };
        print_verdict(out, verdict, 6, first)?;
    }
    if let Some(captures) = &explanation.matched {
        for (name, text) in captures {
            writeln!(out, "      {DIM}captured{DIM:#} {name} = {}", quote(&shorten(text, 200)))?;
        }
    }
    if let Some(held) = held {
        let (by, key) = (held.kind.name(), quote(&shorten(&held.key, 200)));
        return writeln!(out, "      {WARNING}→ held back by {by}{WARNING:#} for {key}: {}", held.why);
    }
    for job in plans(loaded, explanation, message) {
        let name = Escaped(&job.action);
        let on = job.target.as_ref().map(|target| format!(" on {}", Escaped(target))).unwrap_or_default();
        let would = if job.observed { " (observe: it would not run)" } else { "" };
        match (job.refused, job.argv) {
            (Some(reason), _) => {
                writeln!(out, "      {WARNING}→ {name} is refused{on}:{WARNING:#} {}", Escaped(reason))?;
            }
            (None, Some(argv)) => writeln!(out, "      {GOOD}→ {name}{GOOD:#} runs {}{on}{would}", quote_all(&argv))?,
            (None, None) => writeln!(out, "      {GOOD}→ {name}{GOOD:#} calls its component{on}{would}")?,
        }
        if let Some(terms) = job.lease {
            let until = moment_of(message).unwrap_or_else(Timestamp::now).saturating_add(terms.first);
            let until = until.map(|until| format!(" (until {until:.0})")).unwrap_or_default();
            let by = job.undo.map_or_else(|| "its component".to_owned(), |undo| quote_all(&undo));
            writeln!(out, "        for {terms}{until}, then undone by {by}")?;
        }
    }
    Ok(())
}
