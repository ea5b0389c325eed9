//! A case that tests an action: what it is given, and what shall come of it. Decoded as strictly as the operator's own files.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value as Json, json};

use super::{
    Diagnostics, Expression, Limits, Location, action,
    decode::{Complaints, Item, Table},
    document::Value,
    exec,
    expression_file::bad_expression,
    grant, load,
    source::Source,
    yaml,
};

const KEYS: [&str; 9] = ["about", "component", "alert", "config", "job", "limits", "given", "tape", "expect"];
const JOB_KEYS: [&str; 7] = ["id", "trigger", "action", "attempt", "mode", "captures", "parameters"];
const GIVEN_KEYS: [&str; 10] =
    ["time", "random", "idmef", "environment", "secrets", "directories", "dns", "commands", "runs", "http"];
const RUN_KEYS: [&str; 8] = ["command", "arguments", "exit", "signal", "timed_out", "error", "stdout", "stderr"];
const EXPECT_KEYS: [&str; 10] =
    ["state", "status", "summary", "code", "outputs", "log", "stdout", "stderr", "files", "issues"];
/// How a job can end, in the words of cases.
pub const STATES: [&str; 10] = [
    "done",
    "observed",
    "refused",
    "transient",
    "permanent",
    "misconfigured",
    "timeout",
    "crash",
    "out-of-memory",
    "denied",
];
const STATUSES: [&str; 3] = ["done", "skipped", "simulated"];
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];
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

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is about, in a line.
    pub about: Option<String>,
    /// The component, if the case names one.
    pub component: Option<PathBuf>,
    /// The alert.
    pub alert: Option<CaseAlert>,
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

/// What shall come of a case; what is left out may be anything.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// One of [`STATES`].
    pub state: Option<String>,
    /// The action's own word.
    pub status: Option<String>,
    /// Its summary.
    pub summary: Option<Matches>,
    /// Its code.
    pub code: Option<String>,
    /// Its outputs: these and no others.
    pub outputs: Option<BTreeMap<String, Matches>>,
    /// What it logged: these lines and no others.
    pub log: Option<Vec<ExpectLine>>,
    /// Its standard output.
    pub stdout: Option<Matches>,
    /// Its standard error.
    pub stderr: Option<Matches>,
    /// Files afterwards, by the guest's path; none: there must be no such file.
    pub files: BTreeMap<String, Option<Matches>>,
    /// What is wrong with the configuration: the job is not run.
    pub issues: Option<Vec<(String, Matches)>>,
}

/// A line that must have been logged.
#[derive(Debug, Clone)]
pub struct ExpectLine {
    /// Its level.
    pub level: Option<String>,
    /// What it says.
    pub message: Matches,
    /// What stands beside it.
    pub fields: Option<BTreeMap<String, Matches>>,
}

/// What a text must be.
#[derive(Debug, Clone)]
pub enum Matches {
    /// Exactly this.
    Text(String),
    /// Something that contains a match.
    Regex(Expression),
}

impl Matches {
    /// Whether a text is as it must be.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Text(expected) => expected == text,
            Self::Regex(expression) => expression.is_match(text),
        }
    }
}

impl std::fmt::Display for Matches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Regex(expression) => write!(f, "(matches) {}", expression.as_str()),
        }
    }
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
        beside(table.require("component", "write `component: build/NAME.wasm`")?)
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

/// A file beside the one that names it.
fn beside(item: Item<'_>) -> Option<PathBuf> {
    let text = item.some_text()?;
    Some(item.source.file.parent().unwrap_or(Path::new("")).join(text))
}

fn case(item: Item<'_>) -> Option<Case> {
    let table = item.table("a case", &KEYS)?;
    let tape = table.get("tape").and_then(beside);
    if tape.is_some() {
        for key in ["alert", "config", "job", "given"] {
            if let Some(key) = table.key(key) {
                key.complain(key.error("a tape has this already").help("remove one of the two"));
            }
        }
    }
    let expect = table.require("expect", "say what shall come of it: `expect: { state: done }`").and_then(expect);
    let expect = expect.unwrap_or_default();
    if tape.is_none() && expect.issues.is_none() {
        table.require("alert", "write an alert as IDMEF JSON, or `alert: { file: FILE }`");
    }
    Some(Case {
        about: table.get("about").and_then(Item::some_text).map(str::to_owned),
        component: table.get("component").and_then(beside),
        alert: table.get("alert").and_then(alert),
        config: table.get("config").and_then(action::json).unwrap_or_else(|| json!({})),
        job: table.get("job").map_or_else(usual_job, job),
        limits: limits(table.get("limits")),
        given: table.get("given").filter(|item| !item.is_null()).map(given).unwrap_or_default(),
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
        return item.table("`alert`", &["file"])?.get("file").and_then(beside).map(CaseAlert::File);
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
    job.captures = table.get("captures").map(texts).unwrap_or_default().into_iter().collect();
    job.parameters = table.get("parameters").map(texts).unwrap_or_default();
    job
}

/// A mapping of names to texts, in order.
fn texts(item: Item<'_>) -> Vec<(String, String)> {
    let entries = item.entries("a mapping of names to texts").unwrap_or_default();
    entries.into_iter().filter_map(|(_, name, value)| Some((name.to_owned(), value.text()?.to_owned()))).collect()
}

fn given(item: Item<'_>) -> Given {
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
    given.secrets = table.get("secrets").map(texts).unwrap_or_default().into_iter().collect();
    given.directories = table.get("directories").map(directories).unwrap_or_default();
    given.dns = table.get("dns").map(dns).unwrap_or_default();
    if let Some(commands) = table.get("commands").map(commands) {
        given.grant.insert("commands".to_owned(), Json::Object(commands));
    }
    let list = |key: &'static str, expected: &'static str| table.get(key).and_then(|item| item.list(expected));
    given.runs = list("runs", "a list of commands that must be run").into_iter().flatten().filter_map(run).collect();
    given.http =
        list("http", "a list of requests that must be made").into_iter().flatten().filter_map(exchange).collect();
    for run in &given.runs {
        let known = given.grant.get("commands").and_then(|commands| commands.get(&run.command));
        if known.is_none()
            && let Some(item) = table.get("runs")
        {
            let message = format!("the command {} is run and not granted", super::diagnostic::quote(&run.command));
            let help = "declare it: `commands: { NAME: { parameters: { address: ip } } }`";
            item.complain(item.error(message).help(help));
        }
    }
    given
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
        let files = table.get("files").map(texts).unwrap_or_default();
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
        let names = parameters.map(grant::parameter_names).unwrap_or_default();
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
    let arguments = table.get("arguments").map(texts).unwrap_or_default();
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
    let headers = table.get("headers").map(texts).unwrap_or_default();
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

fn expect(item: Item<'_>) -> Option<Expect> {
    let table = item.table("`expect`", &EXPECT_KEYS)?;
    let one_of = |key: &str, names: &'static [&'static str]| {
        let names: Vec<_> = names.iter().map(|name| (*name, *name)).collect();
        table.get(key).and_then(|item| item.choice(&names)).map(str::to_owned)
    };
    let named = |item: Item<'_>| -> BTreeMap<String, Matches> {
        let entries = item.entries("a mapping of names to texts").unwrap_or_default();
        entries.into_iter().filter_map(|(_, name, value)| Some((name.to_owned(), matches(value)?))).collect()
    };
    let expect = Expect {
        state: one_of("state", &STATES),
        status: one_of("status", &STATUSES),
        summary: table.get("summary").and_then(matches),
        code: table.get("code").and_then(Item::some_text).map(str::to_owned),
        outputs: table.get("outputs").map(named),
        log: table.get("log").and_then(|item| item.list("a list of lines")).map(|list| {
            list.filter_map(|item| {
                let line = item.table("a line", &["level", "message", "fields"])?;
                let names: Vec<_> = LEVELS.iter().map(|name| (*name, *name)).collect();
                Some(ExpectLine {
                    level: line.get("level").and_then(|item| item.choice(&names)).map(str::to_owned),
                    message: matches(line.require("message", "write what the line says")?)?,
                    fields: line.get("fields").map(named),
                })
            })
            .collect()
        }),
        stdout: table.get("stdout").and_then(matches),
        stderr: table.get("stderr").and_then(matches),
        files: table.get("files").map(files).unwrap_or_default(),
        issues: table.get("issues").and_then(|item| item.list("a list of issues")).map(|list| {
            list.filter_map(|item| {
                let issue = item.table("an issue", &["pointer", "message"])?;
                let pointer = issue.require("pointer", "write the JSON pointer, '' for the whole")?.text()?.to_owned();
                let any = || "".parse().ok().map(Matches::Regex);
                Some((pointer, issue.get("message").map_or_else(any, matches)?))
            })
            .collect()
        }),
    };
    if table.get("state").is_none() == table.get("issues").is_none() {
        let problem = item.error("a case expects either that the job ends or that the configuration is refused");
        item.complain(problem.help("write `state: done`, or `issues: [ { pointer: /KEY } ]`"));
    }
    Some(expect)
}

fn files(item: Item<'_>) -> BTreeMap<String, Option<Matches>> {
    let entries = item.entries("a mapping of paths to contents").unwrap_or_default();
    let file = |(_, name, value): (Item<'_>, &str, Item<'_>)| {
        let expected = if value.is_null() { None } else { Some(matches(value)?) };
        Some((name.to_owned(), expected))
    };
    entries.into_iter().filter_map(file).collect()
}

/// A text, or `{ regex: … }`.
fn matches(item: Item<'_>) -> Option<Matches> {
    if !matches!(item.node.value, Value::Map(_)) {
        return item.text().map(|text| Matches::Text(text.to_owned()));
    }
    let expression = item.table("what a text must match", &["regex"])?.get("regex")?;
    match expression.text()?.parse() {
        Ok(parsed) => Some(Matches::Regex(parsed)),
        Err(error) => expression.refuse(bad_expression(expression, &error, 0)),
    }
}

/// A place for what stands in no file.
pub fn nowhere() -> Location {
    // Nothing that is granted lies beside it.
    Location { file: Arc::from(Path::new("/dev/null")), line: 1, column: 1 }
}
