//! `jobs show`: one job's whole life.

use std::io::{self, BufWriter, Write};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Exit, Files, Format, audit, looking,
        output::{self, BOLD, DIM},
        when,
    },
    rows,
};
use crate::{
    idmef::{Message, Path},
    journal::{AlertRow, AttemptRow, JobKind, JobRow, Story, audit::AuditRow},
    text::{Escaped, quote, quote_all, shorten},
};

/// Show one job's whole life
///
/// Its alert, what it was given, every attempt with what it said, its lease, what repeats it, and what the audit trail tells of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  prelude-trigger jobs show 42
  prelude-trigger jobs show 42 --format json")]
pub struct Arguments {
    /// The job's number
    #[arg(value_name = "JOB")]
    id: i64,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What of an alert is shown: the path, and what it is called.
const TOLD: [(&str, &str); 6] = [
    ("alert.classification.text", "classification"),
    ("alert.assessment.impact.severity", "severity"),
    ("alert.source(*).node.address(*).address", "sources"),
    ("alert.target(*).node.address(*).address", "targets"),
    ("alert.analyzer(-1).name", "analyzer"),
    ("alert.create_time", "created"),
];
/// Characters of a text at the most.
const LONGEST: usize = 400;

pub(super) fn main(files: &Files, arguments: &Arguments) -> Result<Exit, Exit> {
    let story = looking::open(files)?.story(arguments.id).map_err(|error| looking::trouble(&error))?;
    let Some(story) = story else {
        output::complain(format_args!(
            "there is no job {}: `prelude-trigger jobs` lists those that are kept",
            arguments.id
        ));
        return Err(Exit::NotFine);
    };
    let mut out = BufWriter::new(anstream::stdout());
    let written = match arguments.format {
        Format::Text => print(&mut out, &story),
        Format::Json => writeln!(out, "{}", as_json(&story)),
    };
    Ok(output::finish(written.and_then(|()| out.flush())))
}

fn as_json(story: &Story) -> Value {
    let alert = story.alert.as_ref().map(|alert| {
        let message = Message::from_wire(&alert.wire).ok().map(|message| message.to_json());
        json!({
            "issuer": alert.issuer, "messageid": alert.messageid, "received": alert.received,
            "message": message.and_then(|message| serde_json::from_str::<Value>(&message).ok()),
        })
    });
    json!({
        "job": story.job, "alert": alert, "attempts": story.attempts, "lease": story.lease,
        "jobs_of_lease": story.of_lease, "repeated_by": story.repeated_by, "before": story.before,
        "audit": story.audit.iter().map(audit::as_json).collect::<Vec<_>>(),
        "configuration": story.configuration.as_ref().map(audit::as_json),
    })
}

/// A line: a name, and what there is.
fn line(out: &mut impl Write, name: &str, what: &str) -> io::Result<()> {
    writeln!(out, "  {DIM}{name:<15}{DIM:#} {}", shorten(what, LONGEST))
}

fn head(out: &mut impl Write, what: &str) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{what}{BOLD:#}")
}

fn print(out: &mut impl Write, story: &Story) -> io::Result<()> {
    let job = &story.job;
    let colour = looking::colour(job.state);
    let kind = match job.kind {
        JobKind::Do => "",
        JobKind::Undo => "undo ",
        JobKind::Restore => "restore ",
    };
    let on = job.target.as_ref().map(|target| format!(" on {}", shorten(target, LONGEST))).unwrap_or_default();
    writeln!(
        out,
        "{BOLD}job {}{BOLD:#}: {kind}{}{on}: {colour}{}{colour:#}",
        job.id,
        Escaped(&job.action),
        job.state.name()
    )?;
    if let Some(summary) = &job.summary {
        line(out, "summary", summary)?;
    }
    line(out, "trigger", &job.trigger)?;
    for (name, texts) in [("parameter", &job.parameters), ("captured", &job.captures)] {
        for (key, text) in texts {
            line(out, name, &format!("{key} = {}", quote(text)))?;
        }
    }
    line(out, "delivery", job.delivery.name())?;
    line(out, "decided", &when::show(job.made))?;
    if let Some(ended) = job.ended {
        let after = when::until(ended, job.made)
            .filter(|long| long.as_secs() > 0)
            .map(|long| format!(" (after {})", when::show_duration(long)));
        line(out, "ended", &format!("{}{}", when::show(ended), after.unwrap_or_default()))?;
    } else {
        line(out, "due", &when::show(job.due))?;
        // One that undoes is never given up.
        if job.kind == JobKind::Do {
            line(out, "given up", &when::show(job.deadline))?;
        }
    }
    if let Some(after) = job.after {
        line(out, "comes after", &format!("job {after}"))?;
    }
    if let Some(again) = job.again {
        line(out, "repeats", &format!("job {again}"))?;
    }
    if let Some(lease) = &story.lease {
        line(out, "lease", &of_lease(lease))?;
    }
    print_configuration(out, story.configuration.as_ref())?;
    print_alert(out, story.alert.as_ref())?;
    head(out, "attempts")?;
    if story.attempts.is_empty() {
        writeln!(out, "  none")?;
    }
    story.attempts.iter().try_for_each(|attempt| print_attempt(out, attempt))?;
    for (what, jobs) in
        [("repeated by", &story.repeated_by), ("other jobs of its lease", &story.of_lease), ("before", &story.before)]
    {
        if !jobs.is_empty() {
            head(out, what)?;
            print_jobs(out, jobs)?;
        }
    }
    head(out, "audit trail, also of its lease")?;
    audit::table(&story.audit).print(out, "  ")
}

fn of_lease(lease: &crate::journal::LeaseRow) -> String {
    let left = match when::until(lease.until, Timestamp::now()) {
        Some(left) if lease.ended.is_none() => format!(", {} more", when::show_duration(left)),
        _ => String::new(),
    };
    let why = lease.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let times = if lease.times > 1 { format!(", time {}", lease.times) } else { String::new() };
    format!("{} is {}, until {}{left}{times}{why}", lease.id, lease.state.name(), when::show(lease.until))
}

fn print_jobs(out: &mut impl Write, jobs: &[JobRow]) -> io::Result<()> {
    rows::table(jobs).print(out, "  ")
}

/// By which configuration it was decided: when that came into force, and the sums by which its files are known again.
fn print_configuration(out: &mut impl Write, configured: Option<&AuditRow>) -> io::Result<()> {
    head(out, "configuration it was decided by")?;
    let Some(configured) = configured else { return writeln!(out, "  no longer kept") };
    let detail = audit::detail(configured);
    line(out, "in force since", &format!("{}, entry {}", looking::milliseconds(configured.at), configured.number))?;
    if let Some(summary) = detail.get("summary").and_then(Value::as_str) {
        line(out, "with", summary)?;
    }
    for (path, sum) in detail.get("files").and_then(Value::as_object).into_iter().flatten() {
        line(out, "sha256", &format!("{}  {path}", sum.as_str().unwrap_or_default()))?;
    }
    Ok(())
}

fn print_alert(out: &mut impl Write, alert: Option<&AlertRow>) -> io::Result<()> {
    head(out, "alert")?;
    let Some(alert) = alert else { return writeln!(out, "  no longer kept") };
    line(out, "messageid", &looking::or_dash(alert.messageid.as_ref()))?;
    line(out, "issuer", &looking::or_dash(alert.issuer.as_ref()))?;
    line(out, "received", &when::show(alert.received))?;
    let message = match Message::from_wire(&alert.wire) {
        Ok(message) => message,
        Err(error) => return line(out, "unreadable", &error.to_string()),
    };
    for (path, name) in TOLD {
        let Ok(path) = path.parse::<Path>() else { continue };
        let values: Vec<_> = message.values(&path).iter().map(|value| value.text().into_owned()).collect();
        if !values.is_empty() {
            line(out, name, &values.join(", "))?;
        }
    }
    Ok(())
}

fn print_attempt(out: &mut impl Write, attempt: &AttemptRow) -> io::Result<()> {
    let empty = Value::Null;
    let outcome = attempt.outcome.as_ref().unwrap_or(&empty);
    let text = |key: &str| outcome.get(key).and_then(Value::as_str);
    let took = match attempt.took_ms {
        Some(took) => format!("took {took} ms"),
        None => "has no end: it runs, or the daemon died meanwhile".to_owned(),
    };
    let state = text("state").map(|state| format!(": {}", Escaped(state))).unwrap_or_default();
    writeln!(out, "  {BOLD}{}{BOLD:#} began {}, {took}{state}", attempt.number, when::show(attempt.began))?;
    let mut more = |name: &str, what: &str| line(out, &format!("  {name}"), what);
    if let Some(arguments) = outcome.get("command").and_then(Value::as_array) {
        let arguments: Vec<_> = arguments.iter().filter_map(Value::as_str).collect();
        more("ran", &quote_all(&arguments))?;
    }
    for name in ["summary", "code"] {
        if let Some(said) = text(name) {
            more(name, said)?;
        }
    }
    if let Some(outputs) = outcome.get("outputs").and_then(Value::as_object) {
        for (name, value) in outputs {
            more("output", &format!("{name} = {}", quote(value.as_str().unwrap_or_default())))?;
        }
    }
    for (name, key) in [("denied", "denied"), ("log", "log")] {
        for said in outcome.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            more(name, said)?;
        }
    }
    if let Some(cpu) = outcome.get("cpu_ms").and_then(Value::as_f64) {
        let memory = outcome.get("memory").and_then(Value::as_u64).unwrap_or_default() >> 10;
        more("used", &format!("{cpu:.1} ms of CPU, {memory} KiB of memory"))?;
    }
    for name in ["stdout", "stderr", "trace"] {
        for said in text(name).unwrap_or_default().lines() {
            more(name, said)?;
        }
    }
    Ok(())
}
