//! `actions:` and the actions written inside a trigger.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::config::{
    Action, ActionKind, Component, Exec, Limits, OnMissing, Stdin, Template,
    decode::{Item, Table},
    diagnostic::{Diagnostic, quote},
    document::{Node, Value},
    source::Site,
    template::{Piece, Substitution},
};
use crate::idmef;

/// The keys of an action.
pub(super) const KEYS: [&str; 5] = ["exec", "component", "sha256", "config", "limits"];
/// Words that mean something where an action is named, and so cannot be names of actions.
pub(super) const RESERVED: [&str; 16] = [
    "exec",
    "component",
    "sha256",
    "config",
    "limits",
    "mode",
    "grant",
    "retry",
    "target",
    "parameters",
    "undo",
    "for",
    "for_each",
    "at_most",
    "verbatim",
    "action",
];
const EXEC_KEYS: [&str; 10] = [
    "command",
    "user",
    "groups",
    "umask",
    "directory",
    "environment",
    "stdin",
    "on_missing",
    "allow_dash",
    "max_argument",
];
const LIMIT_KEYS: [&str; 6] = ["timeout", "kill_after", "concurrency", "output", "cpu", "memory"];
const COMMAND: &str = "a list: the program and its arguments, such as `[/usr/bin/logger, alert.classification.text]`";

/// An action together with what can only be checked when triggers are known.
pub(super) struct Decoded<'a> {
    pub(super) action: Action,
    /// The item that named it.
    pub(super) item: Item<'a>,
    /// What it takes from the alert and its trigger.
    pub(super) mentions: Vec<Mention<'a>>,
}

/// A capture or path in an argument, and where it stands.
pub(super) struct Mention<'a> {
    pub(super) what: Mentioned,
    pub(super) site: Site<'a>,
}

/// What an argument mentions.
pub(super) enum Mentioned {
    Capture(Arc<str>),
    Path(idmef::Path),
}

/// Decodes one action; `item` is where it gets its name.
pub(super) fn decode<'a>(name: Arc<str>, item: Item<'a>, table: &Table<'a>) -> Option<Decoded<'a>> {
    let mut mentions = Vec::new();
    let kind = match (table.get("exec"), table.get("component")) {
        (Some(exec), None) => {
            for key in ["sha256", "config"] {
                if let Some(key_item) = table.key(key) {
                    key_item.complain(
                        key_item
                            .error(format!("{} belongs to components, and this action is an `exec`", quote(key)))
                            .help("remove it, or write `component:` instead of `exec:`"),
                    );
                }
            }
            exec_action(exec, &mut mentions).map(ActionKind::Exec)
        }
        (None, Some(file)) => component(file, table).map(ActionKind::Component),
        (Some(_), Some(second)) => second.refuse(
            second
                .error(format!("action {} has both `exec` and `component`", quote(&name)))
                .help("make two actions of it: a trigger may run both"),
        ),
        (None, None) => table.item.refuse(
            item.error(format!("action {} does nothing", quote(&name)))
                .expected("`exec` or `component`")
                .help("write `exec: [/path/to/program, argument]` or `component: /path/to/file.wasm`"),
        ),
    };
    let limits = table.get("limits").and_then(|limits_item| limits(limits_item, kind.as_ref()));
    Some(Decoded {
        action: Action { name, at: item.site().location(), kind: kind?, limits: limits.unwrap_or_default() },
        item,
        mentions,
    })
}

/// `exec:`, short or long.
fn exec_action<'a>(item: Item<'a>, mentions: &mut Vec<Mention<'a>>) -> Option<Exec> {
    let table = match &item.node.value {
        Value::Map(_) => item.table("`exec`", &EXEC_KEYS)?,
        // The short form is the command alone.
        _ => return command(item, mentions).map(|(program, site, arguments)| exec(program, site, arguments)),
    };
    let command = table
        .require("command", "add `command: [/path/to/program, argument]`")
        .and_then(|item| command(item, mentions));
    let (program, site, arguments) = command.unwrap_or_else(|| (PathBuf::new(), item.site(), Vec::new()));
    let mut exec = exec(program, site, arguments);
    exec.user = table.get("user").and_then(Item::some_text).map(str::to_owned);
    if let Some(groups) = table.get("groups").and_then(|item| item.list("a list of groups")) {
        exec.groups = groups.filter_map(Item::some_text).map(str::to_owned).collect();
    }
    table.read("umask", &mut exec.umask, umask);
    table.read("directory", &mut exec.directory, Item::absolute_path);
    table.read("environment", &mut exec.environment, environment);
    table.read("stdin", &mut exec.stdin, |item| item.choice(&[("alert", Stdin::Alert), ("none", Stdin::None)]));
    table.read("on_missing", &mut exec.on_missing, |item| {
        item.choice(&[("refuse", OnMissing::Refuse), ("skip", OnMissing::Skip), ("empty", OnMissing::Empty)])
    });
    table.read("allow_dash", &mut exec.allow_dash, Item::boolean);
    // The kernel's own limit for one argument is 128 KiB (MAX_ARG_STRLEN), with the NUL at its end.
    table.read("max_argument", &mut exec.max_argument, |item| item.size(1..=(128 << 10) - 1));
    Some(exec)
}

/// An exec with the defaults of everything but its command.
fn exec(program: PathBuf, site: Site<'_>, arguments: Vec<Template>) -> Exec {
    Exec {
        program,
        program_at: site.location(),
        arguments,
        user: None,
        groups: Vec::new(),
        umask: 0o077,
        directory: PathBuf::from("/"),
        environment: BTreeMap::new(),
        stdin: Stdin::default(),
        on_missing: OnMissing::default(),
        allow_dash: false,
        max_argument: 4096,
    }
}

/// The program and its arguments.
fn command<'a>(item: Item<'a>, mentions: &mut Vec<Mention<'a>>) -> Option<(PathBuf, Site<'a>, Vec<Template>)> {
    if let Value::Text(text) = &item.node.value {
        let words: Vec<&str> = text.split_whitespace().collect();
        let help = format!("no shell takes a command line apart: write {}", quote(&format!("[{}]", words.join(", "))));
        return item.refuse(item.mismatch(COMMAND).help(help));
    }
    let mut list = item.list(COMMAND)?;
    let Some(first) = list.next() else {
        return item.wrong(COMMAND);
    };
    let program = program(first);
    let arguments: Vec<_> = list.map(|item| argument(item, mentions)).collect();
    Some((program?, first.site(), arguments.into_iter().collect::<Option<_>>()?))
}

/// The first element of a command.
fn program(item: Item<'_>) -> Option<PathBuf> {
    let text = item.some_text()?;
    if text.contains(['{', '}'])
        || Template::parse(text).is_ok_and(|(template, _)| matches!(template, Template::Whole(_)))
    {
        return item.refuse(
            item.error("the program cannot come out of an alert")
                .found(item.node.describe(item.source))
                .expected("the absolute path of a program, without `{` and `}`"),
        );
    }
    if !Path::new(text).is_absolute() {
        return item.refuse(
            item.error(format!("the program {} is not an absolute path", quote(text)))
                .expected("a path that begins with `/`, such as `/usr/bin/logger`")
                .help("no PATH is searched: `command -v NAME` in a shell tells where a program is"),
        );
    }
    if text.ends_with('/') {
        return item.wrong("a program, not a directory");
    }
    Some(PathBuf::from(text))
}

/// One argument after the program.
fn argument<'a>(item: Item<'a>, mentions: &mut Vec<Mention<'a>>) -> Option<Template> {
    if let Value::Map(map) = &item.node.value
        && map.iter().any(|(key, _)| key.value == Value::Text("verbatim".to_owned()))
    {
        let table = item.table("an argument", &["verbatim"])?;
        return table.get("verbatim")?.text().map(Template::verbatim);
    }
    let text = item.text()?;
    let (template, places) = match Template::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let site = item.node.site_within(item.source, error.at.start, error.at.len());
            let complaint = Diagnostic::error(Some(site), error.message);
            return item.refuse(complaint.maybe_help(error.help));
        }
    };
    for (substitution, place) in template.substitutions().zip(places) {
        let site = item.node.site_within(item.source, place.start, place.len());
        let what = match substitution {
            Substitution::Capture(name) => Mentioned::Capture(Arc::clone(name)),
            Substitution::Path(path) => Mentioned::Path(path.clone()),
        };
        mentions.push(Mention { what, site });
    }
    if let Template::Pieces(pieces) = &template {
        warn_of_many_values(item, pieces);
    }
    Some(template)
}

/// A path inside an argument has room for one value only.
fn warn_of_many_values(item: Item<'_>, pieces: &[Piece]) {
    for piece in pieces {
        let Piece::Path(path) = piece else {
            continue;
        };
        if path.is_multiple() {
            let path = path.to_string();
            item.complain(
                item.warning(format!("{} may have several values, and only one fits inside an argument", quote(&path)))
                    .help("jobs for alerts with several values are refused: give an index such as (0), or make the path an argument of its own, which becomes one argument for each value"),
            );
        }
    }
}

/// `umask:`, octal as in a shell, which YAML reads as a text (`077`, `'077'`) or, written `0o077`, as a number.
fn umask(item: Item<'_>) -> Option<u32> {
    let expected = "an octal mask from '000' to '777', such as '077'";
    let written = item.site().text().trim_matches(['\'', '"']);
    let digits = match &item.node.value {
        Value::Text(text) => text.strip_prefix("0o").unwrap_or(text),
        Value::Integer(_) => match written.strip_prefix("0o") {
            Some(digits) => digits,
            None if written == "0" => written,
            None => {
                let help = format!(
                    "without a leading zero it is not octal: did you mean {}?",
                    quote(&format!("'{written:0>3}'"))
                );
                return item.refuse(item.mismatch(expected).help(help));
            }
        },
        _ => return item.wrong(expected),
    };
    match u32::from_str_radix(digits, 8) {
        Ok(mask) if mask <= 0o777 && digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(mask),
        _ => item.wrong(expected),
    }
}

/// `environment:`, names and values.
fn environment(item: Item<'_>) -> Option<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for (key, name, value) in item.entries("a mapping of names to values, such as `{ LANG: C.UTF-8 }`")? {
        let mut letters = name.chars();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            key.complain(
                key.error(format!("{} is not the name of an environment variable", quote(name)))
                    .expected("letters, digits and `_`, not beginning with a digit"),
            );
            continue;
        }
        if let Some(text) = value.text() {
            if text.contains('{') {
                value.complain(
                    value
                        .warning(format!("nothing is substituted in the value of {}", quote(name)))
                        .help("values of alerts reach a program as arguments, or in the alert on its standard input"),
                );
            }
            variables.insert(name.to_owned(), text.to_owned());
        }
    }
    Some(variables)
}

/// `component:` and the keys beside it.
fn component(item: Item<'_>, table: &Table<'_>) -> Option<Component> {
    let sha256 = table.get("sha256").map(sha256);
    let config = table.get("config");
    let value = config.map(json);
    let text = item.some_text()?;
    // A relative file is found beside the configuration file that names it, wherever the daemon was started.
    let beside = item.source.file.parent().unwrap_or(Path::new(""));
    Some(Component {
        file: beside.join(text),
        file_at: item.site().location(),
        sha256: match sha256 {
            Some(sum) => Some(sum?),
            None => None,
        },
        config: match value {
            Some(value) => value?,
            None => serde_json::Value::Object(serde_json::Map::new()),
        },
        config_at: config.unwrap_or(item).site().location(),
        grant: crate::config::Grant::default(),
    })
}

/// A SHA-256 sum.
fn sha256(item: Item<'_>) -> Option<[u8; 32]> {
    let text = item.text()?;
    let mut sum = [0; 32];
    if hex::decode_to_slice(text, &mut sum).is_err() {
        let help = format!("it has {} characters; `sha256sum FILE` prints the sum", text.chars().count());
        return item.refuse(item.mismatch("a SHA-256 sum: 64 hexadecimal digits").help(help));
    }
    Some(sum)
}

/// A component's configuration as JSON; `config:` with nothing after it is `{}`.
fn json(item: Item<'_>) -> Option<serde_json::Value> {
    if item.is_null() {
        return Some(serde_json::Value::Object(serde_json::Map::new()));
    }
    json_value(item, item.node)
}

fn json_value(item: Item<'_>, node: &Node) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    let refuse = |node: &Node, why: &str| {
        let site = node.site(item.source);
        item.refuse(
            Diagnostic::error(Some(site), format!("JSON, in which components get their configuration, has no {why}"))
                .found(node.describe(item.source))
                .help("put it in quotes to make it a text"),
        )
    };
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Text(text) => Json::String(text.clone()),
        Value::Integer(value) => match (i64::try_from(*value), u64::try_from(*value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => return refuse(node, "number as large as this"),
        },
        Value::Float(value) => match serde_json::Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => return refuse(node, "infinite numbers and no NaN"),
        },
        Value::Date => return refuse(node, "dates"),
        Value::Tagged(_) => return refuse(node, "tags"),
        Value::List(list) => {
            let values: Vec<_> = list.iter().map(|node| json_value(item, node)).collect();
            Json::Array(values.into_iter().collect::<Option<_>>()?)
        }
        Value::Map(map) => {
            let mut object = serde_json::Map::new();
            for (key, value) in map {
                let Value::Text(name) = &key.value else {
                    return refuse(key, "keys but texts");
                };
                let value = json_value(item, value)?;
                if object.insert(name.clone(), value).is_some() {
                    let site = key.site(item.source);
                    return item.refuse(
                        Diagnostic::error(Some(site), format!("duplicate key {}", quote(name)))
                            .help("it is already in the same mapping: remove one of the two"),
                    );
                }
            }
            Json::Object(object)
        }
    })
}

/// `limits:` of an action; a limit that would not be enforced for this kind of action is an error.
fn limits(item: Item<'_>, kind: Option<&ActionKind>) -> Option<Limits> {
    if item.is_null() {
        return Some(Limits::default());
    }
    let (ms, day) = (Duration::from_millis, Duration::from_hours(24));
    let table = item.table("`limits`", &LIMIT_KEYS)?;
    let mut limits = Limits::default();
    table.read("timeout", &mut limits.timeout, |item| item.duration(ms(10)..=day));
    table.read("kill_after", &mut limits.kill_after, |item| item.duration(ms(0)..=ms(60_000)));
    table.read("concurrency", &mut limits.concurrency, |item| item.integer(1..=1024).map(|value| value as usize));
    table.read("output", &mut limits.output, |item| item.size(0..=16 << 20));
    table.read("cpu", &mut limits.cpu, |item| item.duration(ms(1)..=ms(600_000)));
    table.read("memory", &mut limits.memory, |item| item.size(64 << 10..=4 << 30));
    let foreign: &[(&str, &str)] = match kind {
        Some(ActionKind::Exec(_)) => &[
            ("cpu", "`timeout` bounds the whole time of a program"),
            (
                "memory",
                "a program's memory is limited where the daemon is started, with MemoryMax= in its systemd unit",
            ),
        ],
        Some(ActionKind::Component(_)) => &[("kill_after", "a component is stopped at once when its `timeout` ends")],
        None => &[],
    };
    for (key, help) in foreign {
        if let Some(key_item) = table.key(key) {
            let kind = if *key == "kill_after" { "programs" } else { "components" };
            key_item.complain(
                key_item.error(format!("{} limits {kind} only, and would do nothing here", quote(key))).help(*help),
            );
        }
    }
    if matches!(kind, Some(ActionKind::Component(_)))
        && limits.cpu > limits.timeout
        && let Some(cpu) = table.get("cpu")
    {
        cpu.complain(
            cpu.warning("this limit can never be reached: `timeout` ends the job before")
                .help("make `cpu` shorter than `timeout`"),
        );
    }
    Some(limits)
}
