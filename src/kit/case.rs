//! `action test`: runs cases and says what is not as it should be.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    difference::{differences, told, wrong_issues},
    trial::{Trial, TrialError},
    world::{Files, World},
};
use crate::{
    actions::component::{
        Engine, LoadError,
        tape::{
            Body, Call, Completed, Ending, Event, Order, Particulars, Response, Tape,
            document::{Document, JobOf, LARGEST, placeholder},
        },
    },
    config::{self, Case, CaseAlert, Given, GivenBody, GivenEnding},
    idmef::Message,
    source::recording::Recording,
};

/// Where cases are, below the directory of an action.
const DIRECTORIES: [&str; 2] = ["tests", "cases"];
/// The file that names an action's component.
const ACTION: &str = "action.yaml";
/// An address for hosts whose own does not matter: it is from a range for documentation (RFC 5737).
const SOME_ADDRESS: &str = "192.0.2.1";

/// A case that was run.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Its file.
    pub file: PathBuf,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Whether all is as it should be.
    pub passed: bool,
    /// What is not.
    pub problems: Vec<String>,
    /// How long it took, in milliseconds.
    #[serde(rename = "took-ms", serialize_with = "milliseconds")]
    pub took: Duration,
}

/// Cases that were asked for.
#[derive(Debug, Default)]
pub struct Found {
    /// Each with the component its directory names.
    pub cases: Vec<(PathBuf, Option<PathBuf>)>,
    /// What could not be read.
    pub mistakes: Vec<config::Diagnostics>,
    /// What is not there.
    pub missing: Vec<String>,
}

/// The cases that are meant: files, and directories of actions.
pub fn find(named: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let here = [PathBuf::from(".")];
    for path in if named.is_empty() { &here } else { named } {
        if path.is_dir() {
            directory(path, &mut found);
        } else {
            // Beside the directory that a case is in may stand what names its component.
            let parents = path.parent().into_iter().flat_map(|parent| [parent.to_owned(), parent.join("..")]);
            let action = parents.map(|parent| parent.join(ACTION)).find(|file| file.is_file());
            let component = action.and_then(|file| component(&file, &mut found));
            found.cases.push((path.clone(), component));
        }
    }
    found
}

fn directory(directory: &Path, found: &mut Found) {
    let action = directory.join(ACTION);
    let component = if action.is_file() { component(&action, found) } else { None };
    let mut files = Vec::new();
    for below in DIRECTORIES {
        for entry in std::fs::read_dir(directory.join(below)).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        found.missing.push(format!("{} has no cases: tests/*.yaml or cases/*.yaml", directory.display()));
    }
    files.sort();
    // `./tests/a.yaml` says no more than `tests/a.yaml`.
    let plain = |file: PathBuf| file.strip_prefix(".").map(Path::to_owned).unwrap_or(file);
    found.cases.extend(files.into_iter().map(|file| (plain(file), component.clone())));
}

fn component(action: &Path, found: &mut Found) -> Option<PathBuf> {
    config::read_action(action).map_err(|mistakes| found.mistakes.push(mistakes)).ok()
}

/// Runs a case. `component` is what is tested unless the case says otherwise.
pub fn run(engine: &Engine, file: &Path, component: Option<&Path>) -> Verdict {
    let began = std::time::Instant::now();
    let (about, problems) = match config::read_case(file) {
        Err(mistakes) => (None, vec![mistakes.to_string()]),
        Ok(case) => {
            let component = case.component.clone().or_else(|| component.map(Path::to_owned));
            let problems = match component {
                Some(component) => verdict(engine, &case, component).unwrap_or_else(|problem| vec![problem]),
                None => vec![format!(
                    "which component? Name it by `component:` here or in {ACTION} beside tests/, or by --component"
                )],
            };
            (case.about, problems)
        }
    };
    Verdict { file: file.to_owned(), about, passed: problems.is_empty(), problems, took: began.elapsed() }
}

fn verdict(engine: &Engine, case: &Case, component: PathBuf) -> Result<Vec<String>, String> {
    let (trial, world) = match &case.tape {
        Some(file) => of_tape(&read_tape(file)?, component, case.limits.clone(), &BTreeMap::new())?,
        None => of_case(case, component)?,
    };
    Ok(match (trial.run(engine), &case.expect.issues) {
        (Ok(ran), None) => differences(&case.expect, &ran, &world),
        (Ok(ran), Some(_)) => {
            vec![format!("the configuration was to be refused, and it was accepted; the job: {}", told(&ran.outcome))]
        }
        (Err(TrialError::Load { error, .. }), Some(expected)) if matches!(*error, LoadError::Config(_)) => {
            let LoadError::Config(issues) = *error else { return Err(error.to_string()) };
            wrong_issues(expected, &issues)
        }
        (Err(error), _) => return Err(error.to_string()),
    })
}

/// Reads a tape that can be played.
pub fn read_tape(file: &Path) -> Result<Document, String> {
    let length = std::fs::metadata(file).map(|metadata| metadata.len());
    let text = match length {
        Ok(length) if length > LARGEST => Err(format!("it has more than {} MiB", LARGEST >> 20)),
        Ok(_) => std::fs::read(file).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let text = text.map_err(|error| format!("cannot read the tape {}: {error}", file.display()))?;
    Document::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
}

/// The first alert in a file of recorded ones, or in standard input (`-`).
pub fn read_alert(file: &Path) -> Result<Message, String> {
    let refuse = |problem: &dyn std::fmt::Display| format!("cannot read an alert from {}: {problem}", file.display());
    let input: Box<dyn std::io::Read + Send> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).map_err(|error| refuse(&error))?)
    };
    let first = Recording::new(input).next().ok_or_else(|| refuse(&"it is empty"))?;
    first.map_err(|error| refuse(&error))?.decode().map_err(|error| refuse(&error))
}

/// An alert that says nothing.
pub fn no_alert() -> Result<Message, String> {
    Message::from_json(br#"{"alert": {}}"#).map_err(|error| error.to_string())
}

/// A trial that plays a tape, and the places it is given.
pub fn of_tape(
    tape: &Document,
    component: PathBuf,
    limits: config::Limits,
    secrets: &BTreeMap<String, Vec<u8>>,
) -> Result<(Trial, World), String> {
    let mut grant =
        config::parse_grant(Path::new("grant of the tape"), &tape.grant).map_err(|mistakes| mistakes.to_string())?;
    let mut values = BTreeMap::new();
    for (name, length) in &tape.secrets {
        let usual = || placeholder((*length).min(64 << 10)).into_bytes();
        values.insert(name.clone(), secrets.get(name).cloned().unwrap_or_else(usual));
    }
    let world = World::furnish(&mut grant, &values, &tape.files)
        .map_err(|error| format!("cannot make the places of the tape: {error}"))?;
    let message = Message::from_json(tape.alert.to_string().as_bytes());
    let message = message.map_err(|error| format!("the alert on the tape: {error}"))?;
    let trial = Trial {
        component,
        config: tape.config.clone(),
        grant,
        limits,
        message: Arc::new(message),
        job: tape.job.clone(),
        state: BTreeMap::new(),
        tape: tape.play(),
    };
    Ok((trial, world))
}

/// A trial of a case that says everything itself, and the places it is given.
fn of_case(case: &Case, component: PathBuf) -> Result<(Trial, World), String> {
    let message = match &case.alert {
        None => no_alert()?,
        Some(CaseAlert::File(file)) => read_alert(file)?,
        Some(CaseAlert::Inline(value)) => {
            let message = Message::from_json(value.to_string().as_bytes());
            message.map_err(|error| format!("`alert` is not IDMEF: {error}"))?
        }
    };
    let given = &case.given;
    let mut grant =
        config::parse_grant(Path::new("given"), &grant_of(given)).map_err(|mistakes| mistakes.to_string())?;
    let secrets = given.secrets.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let text = |(name, text): (&String, &String)| (name.clone(), Body::Text(text.clone()));
    let files: Files =
        given.directories.iter().map(|one| (one.guest.clone(), one.files.iter().map(text).collect())).collect();
    let world =
        World::furnish(&mut grant, &secrets, &files).map_err(|error| format!("cannot make what is given: {error}"))?;
    let job = JobOf {
        id: case.job.id.clone(),
        trigger: case.job.trigger.clone(),
        action: case.job.action.clone(),
        attempt: case.job.attempt,
        observe: case.job.observe,
        captures: case.job.captures.clone(),
        parameters: case.job.parameters.clone(),
        undo: case.undo.as_deref().map(Body::new),
    };
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let clocks = crate::actions::component::tape::Readings::from(given.time.unwrap_or_else(now));
    let mut seed = [0; 32];
    seed.iter_mut().zip(given.random.to_be_bytes()).for_each(|(byte, number)| *byte = number);
    let particulars = Particulars { observe: job.observe, parameters: job.parameters.clone() };
    let trial = Trial {
        component,
        config: case.config.clone(),
        grant,
        limits: case.limits.clone(),
        message: Arc::new(message),
        job,
        state: given.state.clone().unwrap_or_default(),
        tape: Tape::playing(particulars, Order::EachKind, events(given), clocks, seed),
    };
    Ok((trial, world))
}

/// What is given, as an operator would grant it.
fn grant_of(given: &Given) -> Value {
    let mut grant = given.grant.clone();
    let mut origins: Vec<_> = given.http.iter().map(|exchange| origin(&exchange.url).to_owned()).collect();
    origins.sort();
    origins.dedup();
    let secrets: BTreeMap<_, _> = given.secrets.keys().map(|name| (name, json!({ "file": "/" }))).collect();
    let directories: BTreeMap<_, _> = given
        .directories
        .iter()
        .map(|one| (&one.guest, json!({ "host": "/", "mode": if one.writable { "rw" } else { "ro" } })))
        .collect();
    let names: Vec<_> = given.dns.keys().collect();
    if !origins.is_empty() {
        grant.insert("http".to_owned(), json!(origins));
        grant.insert("allow_private".to_owned(), json!(true));
    }
    if !names.is_empty() {
        grant.insert("dns".to_owned(), json!(names));
        grant.insert("allow_private".to_owned(), json!(true));
    }
    if !secrets.is_empty() {
        grant.insert("secrets".to_owned(), json!(secrets));
    }
    if !directories.is_empty() {
        grant.insert("directories".to_owned(), json!(directories));
    }
    if given.state.is_some() {
        grant.insert("state".to_owned(), json!({}));
    }
    Value::Object(grant)
}

/// `scheme://host[:port]` of a URL.
fn origin(url: &str) -> &str {
    let rest = url.find("://").map_or(0, |at| at.saturating_add(3));
    let end =
        url.get(rest..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| rest.saturating_add(at));
    url.get(..end).unwrap_or(url)
}

/// The host of a URL.
fn host(url: &str) -> &str {
    let authority = origin(url).split_once("://").map_or("", |(_, authority)| authority);
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// What is given, as a tape has it.
fn events(given: &Given) -> Vec<Event> {
    let event = |call, answer| Event { at: Duration::ZERO, took: Duration::ZERO, call, answer };
    let mut events = Vec::new();
    for (name, addresses) in &given.dns {
        let answer = if addresses.is_empty() { json!({ "Err": "unknown" }) } else { json!({ "Ok": addresses }) };
        events.push(event(Call::Resolve { name: name.clone() }, answer));
    }
    for exchange in &given.http {
        let name = host(&exchange.url).to_ascii_lowercase();
        if !given.dns.contains_key(&name) {
            events.push(event(Call::Resolve { name }, json!({ "Ok": [SOME_ADDRESS] })));
        }
        let answer = exchange.answer.clone().map(|answer| Response {
            status: answer.status,
            headers: answer.headers,
            body: Body::Text(answer.body),
        });
        let call = Call::Request {
            method: exchange.method.clone(),
            url: exchange.url.clone(),
            headers: exchange.headers.clone(),
            body: match &exchange.body {
                GivenBody::Any => Body::Any,
                GivenBody::Text(text) => Body::Text(text.clone()),
                GivenBody::Json(value) => Body::Json(value.clone()),
            },
        };
        events.push(event(call, json!(answer)));
    }
    for run in &given.runs {
        let ending = match &run.ending {
            GivenEnding::Exited(status) => Ok(Ending::Exited(*status)),
            GivenEnding::Signalled(signal) => Ok(Ending::Signalled(*signal)),
            GivenEnding::TimedOut => Ok(Ending::TimedOut),
            GivenEnding::Error(text) => Err(text.clone()),
        };
        let completed =
            |ending| Completed { ending, stdout: run.stdout.clone(), stderr: run.stderr.clone(), took_ms: 1 };
        let answer = ending.map(completed).map_err(|text| json!({ "other": text }));
        let call = Call::Run { command: run.command.clone(), arguments: run.arguments.clone(), argv: Vec::new() };
        events.push(event(call, json!(answer)));
    }
    events
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn milliseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
