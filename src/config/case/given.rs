//! `given:` of a case: the world that the action finds, decoded.

use std::{collections::BTreeMap, net::IpAddr, path::Path, time::Duration};

use serde_json::{Value as Json, json};

use super::super::{
    action,
    decode::{Item, Table},
    diagnostic::quote,
    document::Value,
    exec, grant, parameter_file,
};

const GIVEN_KEYS: [&str; 11] =
    ["time", "random", "idmef", "environment", "secrets", "directories", "dns", "commands", "runs", "http", "state"];
const RUN_KEYS: [&str; 8] = ["command", "arguments", "exit", "signal", "timed_out", "error", "stdout", "stderr"];
/// Why a request can fail, in the words of wasi:http.
pub const HTTP_ERRORS: [&str; 10] = [
    "connection-refused",
    "destination-unavailable",
    "connection-timeout",
    "connection-read-timeout",
    "TLS-certificate-error",
    "TLS-protocol-error",
    "HTTP-response-header-section-size",
    "HTTP-response-body-size",
    "HTTP-response-incomplete",
    "HTTP-protocol-error",
];
const BYTE: std::ops::RangeInclusive<u32> = 0..=255;

/// What an action finds in a case: what it is granted and what it is answered.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The wall clock's beginning, since 1970.
    pub time: Option<Duration>,
    /// Where random numbers come from.
    pub random: u32,
    /// `idmef`, `environment` and `commands` (their parameters) as under `grant:`.
    pub grant: serde_json::Map<String, Json>,
    /// Secrets and their values.
    pub secrets: BTreeMap<String, String>,
    /// Directories.
    pub directories: Vec<GivenDirectory>,
    /// Names and their addresses.
    pub dns: BTreeMap<String, Vec<IpAddr>>,
    /// Commands that must be run, and how they end.
    pub runs: Vec<GivenRun>,
    /// Requests that must be made, and their answers.
    pub http: Vec<GivenExchange>,
    /// A store, and what it begins with; none where none is granted.
    pub state: Option<BTreeMap<String, Vec<u8>>>,
}

/// A directory and what is in it.
#[derive(Debug, Clone)]
pub struct GivenDirectory {
    /// Where the guest sees it.
    pub guest: String,
    /// Whether it may be changed.
    pub writable: bool,
    /// Files in it, by path below it.
    pub files: BTreeMap<String, String>,
}

/// A command that must be run.
#[derive(Debug, Clone)]
pub struct GivenRun {
    /// Its name.
    pub command: String,
    /// What its gaps are filled with.
    pub arguments: Vec<(String, String)>,
    /// How it ends.
    pub ending: GivenEnding,
    /// What it writes.
    pub stdout: String,
    /// What it complains about.
    pub stderr: String,
}

/// How a command ends.
#[derive(Debug, Clone)]
pub enum GivenEnding {
    /// By itself.
    Exited(u32),
    /// By a signal.
    Signalled(u32),
    /// It took too long.
    TimedOut,
    /// It could not be started.
    Error(String),
}

/// A request that must be made, and its answer.
#[derive(Debug, Clone)]
pub struct GivenExchange {
    /// Its method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Fields that must be there, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: GivenBody,
    /// The answer, or the error's name.
    pub answer: Result<GivenResponse, String>,
}

/// A body.
#[derive(Debug, Clone)]
pub enum GivenBody {
    /// Any.
    Any,
    /// This text.
    Text(String),
    /// What means the same.
    Json(Json),
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct GivenResponse {
    /// Its status.
    pub status: u16,
    /// Its fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// Reads what is given.
pub(super) fn given(item: Item<'_>) -> Given {
    let mut given = Given { random: 1, ..Given::default() };
    let Some(table) = item.table("`given`", &GIVEN_KEYS) else { return given };
    given.time = table.get("time").and_then(time);
    table.read("random", &mut given.random, |item| item.integer(0..=u32::MAX));
    if let Some(item) = table.get("idmef")
        && let Some(paths) = grant::paths(item)
    {
        given.grant.insert("idmef".to_owned(), paths.iter().map(ToString::to_string).collect());
    }
    if let Some(item) = table.get("environment")
        && let Some(environment) = exec::environment(item, "write the value itself")
    {
        given.grant.insert("environment".to_owned(), json!(environment));
    }
    given.secrets = table.get("secrets").map(Item::texts).unwrap_or_default().into_iter().collect();
    given.directories = table.get("directories").map(directories).unwrap_or_default();
    given.dns = table.get("dns").map(dns).unwrap_or_default();
    if let Some(commands) = table.get("commands").map(commands) {
        given.grant.insert("commands".to_owned(), Json::Object(commands));
    }
    let list = |key: &'static str, expected: &'static str| table.get(key).and_then(|item| item.list(expected));
    given.runs = list("runs", "a list of commands that must be run").into_iter().flatten().filter_map(run).collect();
    given.http =
        list("http", "a list of requests that must be made").into_iter().flatten().filter_map(exchange).collect();
    given.state = table.get("state").map(|item| {
        let entries = item.entries("a mapping of keys to values").unwrap_or_default();
        entries.into_iter().filter_map(|(_, key, value)| Some((key.to_owned(), bytes(value)?))).collect()
    });
    for run in &given.runs {
        let known = given.grant.get("commands").and_then(|commands| commands.get(&run.command));
        if known.is_none()
            && let Some(item) = table.get("runs")
        {
            let message = format!("the command {} is run and not granted", quote(&run.command));
            let help = "declare it: `commands: { NAME: { parameters: { address: ip } } }`";
            item.complain(item.error(message).help(help));
        }
    }
    given
}

/// Bytes: a text as it stands, and anything else as JSON.
pub(super) fn bytes(item: Item<'_>) -> Option<Vec<u8>> {
    match &item.node.value {
        Value::Text(text) => Some(text.clone().into_bytes()),
        _ => action::json(item).map(|json| json.to_string().into_bytes()),
    }
}

fn time(item: Item<'_>) -> Option<Duration> {
    let text = item.some_text()?;
    let time: Option<jiff::Timestamp> = text.parse().ok();
    match time.and_then(|time| Duration::try_from(time.duration_since(jiff::Timestamp::UNIX_EPOCH)).ok()) {
        Some(time) => Some(time),
        None => item.wrong("a time since 1970 such as `2026-11-21T10:00:00Z`"),
    }
}

fn directories(item: Item<'_>) -> Vec<GivenDirectory> {
    let entries = item.entries("a mapping of the component's directories").unwrap_or_default();
    let directory = |(key, guest, value): (Item<'_>, &str, Item<'_>)| {
        if !guest.starts_with('/') {
            return key.refuse(key.error("a directory begins with `/`"));
        }
        let table = value.table("a directory", &["mode", "files"])?;
        let writable = table.get("mode").and_then(|item| item.choice(&[("ro", false), ("rw", true)])).unwrap_or(false);
        let files = table.get("files").map(Item::texts).unwrap_or_default();
        for (name, _) in &files {
            let inside = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if !inside || name.is_empty() {
                value.complain(value.error(format!("{name} is not a file below {guest}")));
            }
        }
        Some(GivenDirectory { guest: guest.to_owned(), writable, files: files.into_iter().collect() })
    };
    entries.into_iter().filter_map(directory).collect()
}

fn dns(item: Item<'_>) -> BTreeMap<String, Vec<IpAddr>> {
    let mut names = BTreeMap::new();
    for (_, name, value) in item.entries("a mapping of names to lists of addresses").unwrap_or_default() {
        let Some(list) = value.list("a list of addresses, empty when there is no such name") else { continue };
        let address = |item: Item<'_>| match item.some_text()?.parse() {
            Ok(address) => Some(address),
            Err(_) => item.wrong("an IP address"),
        };
        names.insert(name.to_ascii_lowercase(), list.filter_map(address).collect());
    }
    names
}

/// The commands and their parameters, as JSON once they have been understood.
fn commands(item: Item<'_>) -> serde_json::Map<String, Json> {
    let mut commands = serde_json::Map::new();
    for (_, name, value) in item.entries("a mapping of names to commands").unwrap_or_default() {
        let Some(table) = value.table("a command of a case", &["parameters"]) else { continue };
        let parameters = table.get("parameters").filter(|item| !item.is_null());
        let names = parameters.map(parameter_file::parameter_names).unwrap_or_default();
        // What is run is nothing: the case has the answer.
        let command = std::iter::once("/bin/false".to_owned()).chain(names.iter().map(|name| format!("{{{name}}}")));
        let command: Vec<_> = command.collect();
        let types = parameters.and_then(action::json).unwrap_or_else(|| json!({}));
        commands.insert(name.to_owned(), json!({ "command": command, "parameters": types, "allow_dash": true }));
    }
    commands
}

fn run(item: Item<'_>) -> Option<GivenRun> {
    let table = item.table("a run", &RUN_KEYS)?;
    let command = table.require("command", "name the command that must be run")?.some_text()?.to_owned();
    let text = |key: &str| table.get(key).and_then(Item::text).unwrap_or_default().to_owned();
    let endings = ["exit", "signal", "timed_out", "error"].iter().filter(|key| table.get(key).is_some()).count();
    if endings > 1 {
        item.complain(
            item.error("it ends in one way only").expected("one of `exit`, `signal`, `timed_out` and `error`"),
        );
    }
    let ending = if let Some(number) = table.get("signal").and_then(|item| item.integer(1..=64)) {
        GivenEnding::Signalled(number)
    } else if table.get("timed_out").and_then(Item::boolean) == Some(true) {
        GivenEnding::TimedOut
    } else if let Some(error) = table.get("error").and_then(Item::some_text) {
        GivenEnding::Error(error.to_owned())
    } else {
        GivenEnding::Exited(table.get("exit").and_then(|item| item.integer(BYTE)).unwrap_or(0))
    };
    let arguments = table.get("arguments").map(Item::texts).unwrap_or_default();
    Some(GivenRun { command, arguments, ending, stdout: text("stdout"), stderr: text("stderr") })
}

fn exchange(item: Item<'_>) -> Option<GivenExchange> {
    let table = item.table("an exchange", &["request", "answer"])?;
    let request = table.require("request", "say which request must be made: `request: { url: https://… }`");
    let answer = table.require("answer", "say what is answered: `answer: { status: 200 }`");
    let request = request?.table("`request`", &["method", "url", "headers", "body", "json"])?;
    let url = request.require("url", "write the URL: scheme, host, path")?;
    let text = url.some_text()?;
    if !(text.starts_with("http://") || text.starts_with("https://")) {
        return url.wrong("a URL that begins with `http://` or `https://`");
    }
    let answer = answer?.table("`answer`", &["status", "headers", "body", "json", "error"])?;
    let method = request.get("method").and_then(Item::some_text).unwrap_or("GET").to_owned();
    Some(GivenExchange {
        method,
        url: text.to_owned(),
        headers: headers(&request),
        body: body(&request),
        answer: match answer.get("error") {
            Some(error) => Err(error.choice(&HTTP_ERRORS.map(|name| (name, name)))?.to_owned()),
            None => {
                let status = answer.require("status", "write the status, such as 200, or `error:`")?;
                Ok(GivenResponse {
                    status: u16::try_from(status.integer(100..=599)?).ok()?,
                    headers: headers(&answer),
                    body: match body(&answer) {
                        GivenBody::Any => String::new(),
                        GivenBody::Text(text) => text,
                        GivenBody::Json(value) => value.to_string(),
                    },
                })
            }
        },
    })
}

fn headers(table: &Table<'_>) -> Vec<(String, String)> {
    let headers = table.get("headers").map(Item::texts).unwrap_or_default();
    headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

fn body(table: &Table<'_>) -> GivenBody {
    match (table.get("body"), table.get("json")) {
        (Some(_), Some(second)) => {
            second.complain(second.error("there is one body").help("write `body` or `json`"));
            GivenBody::Any
        }
        (Some(text), None) => text.text().map_or(GivenBody::Any, |text| GivenBody::Text(text.to_owned())),
        (None, Some(value)) => action::json_value(value, value.node).map_or(GivenBody::Any, GivenBody::Json),
        (None, None) => GivenBody::Any,
    }
}
