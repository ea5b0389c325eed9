//! A case that tests an action: what it is given, and what shall come of it. Decoded as strictly as the operator's own files.

mod expect;
mod given;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use expect::{Expect, ExpectLine, Matches, STATES};
pub use given::{Given, GivenBody, GivenDirectory, GivenEnding, GivenExchange, GivenResponse, GivenRun, HTTP_ERRORS};
use serde_json::{Value as Json, json};

use super::{
    Diagnostics, Limits, Location, action, complaints::Complaints, decode::Item, document::Value, grant, load,
    source::Source, yaml,
};

const KEYS: [&str; 10] = ["about", "component", "alert", "undo", "config", "job", "limits", "given", "tape", "expect"];
const JOB_KEYS: [&str; 7] = ["id", "trigger", "action", "attempt", "mode", "captures", "parameters"];
/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is about, in a line.
    pub about: Option<String>,
    /// The component, if the case names one.
    pub component: Option<PathBuf>,
    /// The alert.
    pub alert: Option<CaseAlert>,
    /// The token of what is to be undone, in the place of an alert.
    pub undo: Option<Vec<u8>>,
    /// `config:` of the action.
    pub config: Json,
    /// The particulars of the job.
    pub job: CaseJob,
    /// Its limits.
    pub limits: Limits,
    /// What it finds.
    pub given: Given,
    /// A tape in the place of `alert`, `config`, `job` and `given`.
    pub tape: Option<PathBuf>,
    /// What shall come of it.
    pub expect: Expect,
}

/// Where a case's alert is.
#[derive(Debug, Clone)]
pub enum CaseAlert {
    /// In the case.
    Inline(Json),
    /// In a file of recorded alerts; the first.
    File(PathBuf),
}

/// The particulars of a case's job.
#[derive(Debug, Clone)]
pub struct CaseJob {
    /// Its identifier.
    pub id: String,
    /// The trigger.
    pub trigger: String,
    /// The action.
    pub action: String,
    /// Which attempt.
    pub attempt: u32,
    /// Mode `observe`.
    pub observe: bool,
    /// What the trigger captured.
    pub captures: BTreeMap<String, String>,
    /// The parameters, in order.
    pub parameters: Vec<(String, String)>,
}

/// Reads a case.
///
/// # Errors
///
/// All its mistakes.
pub fn read_case(file: &Path) -> Result<Case, Diagnostics> {
    read(file, "name an existing file", case)
}

/// Reads `action.yaml`: which component the cases beside it are for.
///
/// # Errors
///
/// All its mistakes.
pub fn read_action(file: &Path) -> Result<PathBuf, Diagnostics> {
    read(file, "name a directory with an `action.yaml`, or the component with `--component`", |item| {
        let table = item.table("action.yaml", &["component"])?;
        table.require("component", "write `component: build/NAME.wasm`")?.beside()
    })
}

/// Reads what would stand under `grant:` from a file of its own.
///
/// # Errors
///
/// All its mistakes.
pub fn read_grant(file: &Path) -> Result<super::Grant, Diagnostics> {
    read(file, "name an existing file", grant::decode)
}

/// Decodes what would stand under `grant:` from JSON, which is YAML.
///
/// # Errors
///
/// All its mistakes; their places are in that text.
pub fn parse_grant(name: &Path, json: &Json) -> Result<super::Grant, Diagnostics> {
    let complaints = Complaints::default();
    let source = Source::new(name, 0, json.to_string());
    decode_source(&source, complaints, grant::decode)
}

/// Reads `config:` of an action from a file of its own, YAML or JSON.
///
/// # Errors
///
/// All its mistakes.
pub fn read_config(file: &Path) -> Result<Json, Diagnostics> {
    read(file, "name an existing file", action::json)
}

fn read<T>(file: &Path, name_it: &str, decode: impl FnOnce(Item<'_>) -> Option<T>) -> Result<T, Diagnostics> {
    let complaints = Complaints::default();
    match Source::read(file, 0) {
        Ok(source) => decode_source(&source, complaints, decode),
        Err(error) => {
            load::unreadable(file, error, name_it, &complaints);
            Err(complaints.into_sorted())
        }
    }
}

fn decode_source<T>(
    source: &Source,
    complaints: Complaints,
    decode: impl FnOnce(Item<'_>) -> Option<T>,
) -> Result<T, Diagnostics> {
    let decoded = match yaml::parse(source) {
        Ok(node) => decode(Item::file(source, &node, &complaints)),
        Err(errors) => {
            complaints.add_all(errors);
            None
        }
    };
    let said = complaints.into_sorted();
    match decoded {
        Some(decoded) if !said.has_errors() => Ok(decoded),
        _ => Err(said),
    }
}

fn case(item: Item<'_>) -> Option<Case> {
    let table = item.table("a case", &KEYS)?;
    let tape = table.get("tape").and_then(Item::beside);
    if tape.is_some() {
        for key in ["alert", "undo", "config", "job", "given"] {
            if let Some(key) = table.key(key) {
                key.complain(key.error("a tape has this already").help("remove one of the two"));
            }
        }
    }
    let expect =
        table.require("expect", "say what shall come of it: `expect: { state: done }`").and_then(expect::expect);
    let expect = expect.unwrap_or_default();
    let undo = table.get("undo");
    if tape.is_none() && expect.issues.is_none() && undo.is_none() {
        table.require("alert", "write an alert as IDMEF JSON, or `alert: { file: FILE }`");
    }
    if let Some(undo) = undo.filter(|_| table.get("alert").is_some()) {
        undo.complain(undo.error("who undoes something gets no alert, only this token").help("remove one of the two"));
    }
    Some(Case {
        about: table.get("about").and_then(Item::some_text).map(str::to_owned),
        component: table.get("component").and_then(Item::beside),
        alert: table.get("alert").and_then(alert),
        undo: undo.and_then(given::bytes),
        config: table.get("config").and_then(action::json).unwrap_or_else(|| json!({})),
        job: table.get("job").map_or_else(usual_job, job),
        limits: limits(table.get("limits")),
        given: table.get("given").filter(|item| !item.is_null()).map(given::given).unwrap_or_default(),
        tape,
        expect,
    })
}

/// The limits of a case: a slow machine is no failed case, so they are wide unless it says otherwise.
fn limits(item: Option<Item<'_>>) -> Limits {
    let mut limits = Limits { timeout: Duration::from_secs(30), cpu: Duration::from_secs(10), ..Limits::default() };
    let Some(table) = item.and_then(|item| item.table("`limits` of a case", &["timeout", "cpu", "memory"])) else {
        return limits;
    };
    let (ms, minutes) = (Duration::from_millis, Duration::from_mins(10));
    table.read("timeout", &mut limits.timeout, |item| item.duration(ms(10)..=minutes));
    table.read("cpu", &mut limits.cpu, |item| item.duration(ms(1)..=minutes));
    table.read("memory", &mut limits.memory, |item| item.size(64 << 10..=4 << 30));
    limits
}

fn alert(item: Item<'_>) -> Option<CaseAlert> {
    if let Value::Map(map) = &item.node.value
        && map.iter().any(|(key, _)| key.value == Value::Text("file".to_owned()))
    {
        return item.table("`alert`", &["file"])?.get("file").and_then(Item::beside).map(CaseAlert::File);
    }
    action::json(item).map(CaseAlert::Inline)
}

fn usual_job() -> CaseJob {
    CaseJob {
        id: "case".to_owned(),
        trigger: "case".to_owned(),
        action: "case".to_owned(),
        attempt: 1,
        observe: false,
        captures: BTreeMap::new(),
        parameters: Vec::new(),
    }
}

fn job(item: Item<'_>) -> CaseJob {
    let mut job = usual_job();
    let Some(table) = item.table("`job`", &JOB_KEYS) else { return job };
    let text = |item: Item<'_>| item.some_text().map(str::to_owned);
    table.read("id", &mut job.id, text);
    table.read("trigger", &mut job.trigger, text);
    table.read("action", &mut job.action, text);
    table.read("attempt", &mut job.attempt, |item| item.integer(1..=1_000_000));
    table.read("mode", &mut job.observe, |item| item.choice(&[("enforce", false), ("observe", true)]));
    job.captures = table.get("captures").map(Item::texts).unwrap_or_default().into_iter().collect();
    job.parameters = table.get("parameters").map(Item::texts).unwrap_or_default();
    job
}

/// A place for what stands in no file.
pub fn nowhere() -> Location {
    // Nothing that is granted lies beside it.
    Location { file: Arc::from(Path::new("/dev/null")), line: 1, column: 1 }
}
