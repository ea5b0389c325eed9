//! `expect:` of a case: what shall come of the job, decoded.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::{
    Expression, action,
    decode::Item,
    document::{Node, Value},
    expression_file::bad_expression,
};

const EXPECT_KEYS: [&str; 12] =
    ["state", "status", "summary", "code", "outputs", "token", "log", "stdout", "stderr", "files", "kept", "issues"];
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
    /// Its undo token; the inner none: it has none.
    pub token: Option<Option<Matches>>,
    /// What it logged: these lines and no others.
    pub log: Option<Vec<ExpectLine>>,
    /// Its standard output.
    pub stdout: Option<Matches>,
    /// Its standard error.
    pub stderr: Option<Matches>,
    /// Files afterwards, by the guest's path; none: there must be no such file.
    pub files: BTreeMap<String, Option<Matches>>,
    /// What is in its store afterwards; none: there must be no such key.
    pub kept: BTreeMap<String, Option<Matches>>,
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
    /// What means the same as JSON.
    Json(Json),
}

impl Matches {
    /// Whether a text is as it must be.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Text(expected) => expected == text,
            Self::Regex(expression) => expression.is_match(text),
            Self::Json(expected) => serde_json::from_str::<Json>(text).is_ok_and(|json| json == *expected),
        }
    }
}

impl std::fmt::Display for Matches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Regex(expression) => write!(f, "(matches) {}", expression.as_str()),
            Self::Json(json) => json.fmt(f),
        }
    }
}

/// Reads what is expected.
pub(super) fn expect(item: Item<'_>) -> Option<Expect> {
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
        kept: table.get("kept").map(kept).unwrap_or_default(),
        token: table.get("token").map(|item| if item.is_null() { None } else { value(item) }),
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

fn kept(item: Item<'_>) -> BTreeMap<String, Option<Matches>> {
    let entries = item.entries("a mapping of keys to values").unwrap_or_default();
    let key = |(_, name, item): (Item<'_>, &str, Item<'_>)| {
        let expected = if item.is_null() { None } else { Some(value(item)?) };
        Some((name.to_owned(), expected))
    };
    entries.into_iter().filter_map(key).collect()
}

/// A text, `{ regex: … }`, or anything else that means the same as JSON.
fn value(item: Item<'_>) -> Option<Matches> {
    let is_regex = |map: &[(Node, Node)]| {
        map.len() == 1 && map.iter().all(|(key, _)| key.value == Value::Text("regex".to_owned()))
    };
    match &item.node.value {
        Value::Text(_) => matches(item),
        Value::Map(map) if is_regex(map) => matches(item),
        _ => action::json(item).map(Matches::Json),
    }
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
