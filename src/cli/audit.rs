//! `audit`: the trail of what was decided, done and undone, and who asked for what.

use std::io::{self, BufWriter, Write};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Exit, Files, Format, looking,
    output::{self, GOOD},
    table::{Cell, Table},
    when,
};
use crate::{
    journal::{
        AuditFilter, Exported, State,
        audit::{AuditRow, Verdict},
    },
    text::quote,
};

/// List, verify or export the audit trail
///
/// What was decided, begun, done and undone, and who asked for what, in order. It is only ever added to, and each entry is sealed
/// with the sum of all before it. `audit` alone lists the newest entries. Read from the journal, whether a daemon runs or not.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,

    #[command(flatten)]
    list: List,
}

const EXAMPLES: &str = "\
Examples:
  prelude-trigger audit --since '1d ago' --outcome failed
  prelude-trigger audit --target 192.0.2.7 --limit 0
  prelude-trigger audit --outcome asked                     what people asked for
  prelude-trigger audit verify
  prelude-trigger audit verify --kept 5f1c…                 is it still the trail that had this sum?
  prelude-trigger audit export > trail.jsonl";

#[derive(Debug, Subcommand)]
enum Verb {
    List(List),
    Verify(Verify),
    /// Write the whole trail as JSON lines, exactly as it is sealed
    ///
    /// The first line holds the number and the sum of the last entry that is no longer kept. Each other line is an entry with `at` in
    /// milliseconds since 1970 and `detail` as the text that was sealed, so that the chain can be computed anew elsewhere: a sum is the
    /// SHA-256 of the sum before, number, at, what, job, lease and detail, each after its length in eight bytes; numbers in eight bytes,
    /// -1 for none; the first byte is the most significant.
    Export,
}

/// List entries, the newest last
#[derive(Debug, Args)]
pub struct List {
    /// At or after: a time, or how long ago (`2h ago`)
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    since: Option<Timestamp>,

    /// Before: a time, or how long ago
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    until: Option<Timestamp>,

    /// Of this job
    #[arg(long, value_name = "JOB")]
    job: Option<i64>,

    /// Of this lease
    #[arg(long, value_name = "LEASE")]
    lease: Option<i64>,

    /// About this trigger
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,

    /// About this action
    #[arg(long, value_name = "NAME")]
    action: Option<String>,

    /// About this target, such as `192.0.2.7` or `address:192.0.2.7`
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,

    /// What happened: `done`, `failed`, `refused`, `expired`, `observed`, or another word of the trail such as `begun`, `put off`,
    /// `lease held`, `paused`, `asked` or `configured`
    #[arg(long, value_name = "WHAT")]
    outcome: Option<String>,

    /// The newest so many; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u32,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Look whether the trail is the one that was written
///
/// Every entry's sum is computed anew. Prints the last one: whoever keeps it elsewhere can ask later, with --kept, whether the trail
/// up to there is still the same. Ends with 1 when it is not.
#[derive(Debug, Args)]
pub struct Verify {
    /// A sum that was printed before, and must be in the trail
    #[arg(long, value_name = "SUM", value_parser = sum)]
    kept: Option<[u8; 32]>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

fn sum(text: &str) -> Result<[u8; 32], String> {
    let mut sum = [0; 32];
    hex::decode_to_slice(text, &mut sum)
        .map(|()| sum)
        .map_err(|_| "expected the 64 hexadecimal digits that `audit verify` prints".to_owned())
}

pub(super) fn main(files: &Files, arguments: &Arguments) -> Exit {
    let done = match &arguments.verb {
        None => list(files, &arguments.list),
        Some(Verb::List(arguments)) => list(files, arguments),
        Some(Verb::Verify(arguments)) => verify(files, arguments),
        Some(Verb::Export) => export(files),
    };
    done.unwrap_or_else(|exit| exit)
}

fn list(files: &Files, arguments: &List) -> Result<Exit, Exit> {
    let filter = AuditFilter {
        since: arguments.since,
        until: arguments.until,
        job: arguments.job,
        lease: arguments.lease,
        trigger: arguments.trigger.clone(),
        action: arguments.action.clone(),
        target: arguments.target.clone(),
        outcome: arguments.outcome.clone(),
        limit: arguments.limit,
    };
    let entries = looking::open(files)?.entries(&filter).map_err(|error| looking::trouble(&error))?;
    let mut out = BufWriter::new(anstream::stdout());
    let written = match arguments.format {
        Format::Text if entries.is_empty() => writeln!(out, "no such entries"),
        Format::Text => table(&entries).print(&mut out, ""),
        Format::Json => entries.iter().try_for_each(|entry| writeln!(out, "{}", as_json(entry))),
    };
    Ok(output::finish(written.and_then(|()| out.flush())))
}

fn verify(files: &Files, arguments: &Verify) -> Result<Exit, Exit> {
    let reader = looking::open(files)?;
    let verdict = reader.verify().map_err(|error| looking::trouble(&error))?;
    let kept = arguments.kept.as_ref().map(|kept| (hex::encode(kept), reader.with_sum(kept)));
    let kept = match kept {
        None => None,
        Some((text, found)) => Some((text, found.map_err(|error| looking::trouble(&error))?)),
    };
    let missing = kept.as_ref().is_some_and(|(_, number)| number.is_none());
    let sound = matches!(verdict, Verdict::Sound { .. }) && !missing;
    if arguments.format == Format::Json {
        let (entries, last, broken) = match &verdict {
            Verdict::Sound { entries, last } => (Some(entries), Some(last), None),
            Verdict::Broken { number } => (None, None, Some(number)),
        };
        let kept = kept.as_ref().map(|(sum, number)| json!({ "sum": sum, "entry": number }));
        anstream::println!(
            "{}",
            json!({ "ok": sound, "entries": entries, "last": last, "broken_at": broken, "kept": kept })
        );
        return Ok(if sound { Exit::Fine } else { Exit::NotFine });
    }
    match &verdict {
        Verdict::Sound { entries, last } => {
            anstream::println!(
                "{GOOD}sound:{GOOD:#} {entries} entries; the last sum, worth keeping elsewhere:\n{last}"
            );
        }
        Verdict::Broken { number } => output::complain(format_args!(
            "the audit trail is not the one that was written: its chain breaks at entry {number}"
        )),
    }
    match kept {
        Some((_, Some(number))) => anstream::println!("the kept sum is that of entry {number}"),
        Some((sum, None)) => output::complain(format_args!(
            "no entry of the audit trail has the sum {sum}: this is another trail, or that entry is no longer kept"
        )),
        None => {}
    }
    Ok(if sound { Exit::Fine } else { Exit::NotFine })
}

fn export(files: &Files) -> Result<Exit, Exit> {
    let reader = looking::open(files)?;
    let mut out = BufWriter::new(io::stdout());
    let mut written = Ok(());
    let take = |exported: Exported<'_>| {
        written = match exported {
            Exported::Anchor { number, sum } => {
                writeln!(out, "{}", json!({ "anchor": { "number": number, "sum": sum } }))
            }
            Exported::Entry(entry) => writeln!(out, "{}", json!(entry)),
        };
        written.is_ok()
    };
    reader.export(take).map_err(|error| looking::trouble(&error))?;
    Ok(output::finish(written.and_then(|()| out.flush())))
}

/// An entry with its particulars opened.
pub(super) fn as_json(entry: &AuditRow) -> Value {
    json!({
        "number": entry.number, "at": looking::milliseconds(entry.at), "what": entry.what, "job": entry.job,
        "lease": entry.lease, "detail": detail(entry), "sum": entry.sum,
    })
}

/// The particulars of an entry.
pub(super) fn detail(entry: &AuditRow) -> Value {
    serde_json::from_str(&entry.detail).unwrap_or(Value::Null)
}

/// Entries, a line for each.
pub(super) fn table(entries: &[AuditRow]) -> Table {
    let mut table = Table::new(&[">entry", "at", ">job", ">lease", "what", "particulars"]);
    for entry in entries {
        let style = State::named(&entry.what).map(looking::colour).unwrap_or_default();
        table.add(vec![
            entry.number.into(),
            looking::milliseconds(entry.at).into(),
            looking::or_dash(entry.job).into(),
            looking::or_dash(entry.lease).into(),
            Cell::styled(&entry.what, style),
            particulars(&detail(entry)).into(),
        ]);
    }
    table
}

/// Files, each with the first digits of its sum.
fn known_by(files: &Map<String, Value>) -> String {
    let file = |(path, sum): (&String, &Value)| {
        let sum: String = sum.as_str().unwrap_or_default().chars().take(12).collect();
        format!("{}@{sum}", quote(path))
    };
    files.iter().map(file).collect::<Vec<_>>().join(",")
}

/// The particulars in a line: what there is, times as times, and of an outcome nothing that the summary does not say.
fn particulars(detail: &Value) -> String {
    let Some(fields) = detail.as_object() else { return String::new() };
    let shown = fields.iter().filter(|(name, value)| !value.is_null() && *name != "outcome");
    let parts = shown.filter_map(|(name, value)| match (name.as_str(), value) {
        ("until" | "due", Value::Number(at)) => Some(format!("{name}={}", looking::milliseconds(at.as_i64()?))),
        ("message", Value::Object(message)) => {
            let id = message.get("messageid").and_then(Value::as_str);
            id.map(|id| format!("alert={}", quote(id)))
        }
        ("files", Value::Object(files)) => Some(format!("files={}", known_by(files))),
        (_, Value::Object(empty)) if empty.is_empty() => None,
        (_, Value::String(text)) => Some(format!("{name}={}", quote(text))),
        _ => Some(format!("{name}={value}")),
    });
    parts.collect::<Vec<_>>().join(" ")
}
