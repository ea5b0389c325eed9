//! The commands a component may run: programs with gaps, and a type for each gap.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::Command;
use crate::config::{
    Expression, OnMissing, ParameterType, Stdin,
    decode::{Item, Table},
    diagnostic::{did_you_mean, one_of, quote},
    document::Value,
    exec::{self, Gaps, Mentioned, PARAMETERS_HELP},
    expression_file::bad_expression,
    spelling::name,
};

const KEYS: [&str; 11] = [
    "command",
    "parameters",
    "timeout",
    "user",
    "groups",
    "umask",
    "directory",
    "environment",
    "on_missing",
    "allow_dash",
    "max_argument",
];
const TYPE_KEYS: [&str; 2] = ["enum", "regex"];

const COMMANDS: &str = "a mapping of names to commands, such as `{ add: { command: [/usr/sbin/nft, add, element, '{address}'], parameters: { address: ip } } }`";
const PARAMETERS: &str = "a mapping of names to types, such as `{ address: ip }`";
const TYPE: &str = "`ip`, `cidr`, `port`, `user`, `host`, `integer`, `{ enum: [a, b] }`, `{ regex: '…' }` or `text`";

/// What a command takes unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Decodes `commands:`.
pub(super) fn decode(item: Item<'_>) -> BTreeMap<Arc<str>, Command> {
    let mut commands = BTreeMap::new();
    for (key, text, value) in item.entries(COMMANDS).unwrap_or_default() {
        let name = name(key, text);
        let command = match &value.node.value {
            Value::List(_) => {
                let help = "write `{ command: [/path/to/program, '{name}'], parameters: { name: ip } }`";
                value.refuse(value.mismatch("a mapping with `command` and `parameters`").help(help))
            }
            _ => value.table("a command", &KEYS).map(|table| command(key, &table)),
        };
        if let (Some(name), Some(command)) = (name, command) {
            commands.insert(name, command);
        }
    }
    commands
}

/// One command.
fn command<'a>(key: Item<'a>, table: &Table<'a>) -> Command {
    let mut mentions = Vec::new();
    let mut exec = exec::long(table, Gaps::Parameters, &mut mentions);
    exec.stdin = Stdin::None;
    let mut timeout = TIMEOUT;
    let day = Duration::from_hours(24);
    table.read("timeout", &mut timeout, |item| item.duration(Duration::from_millis(10)..=day));
    let declared = table.get("parameters").filter(|item| !item.is_null()).map(parameters).unwrap_or_default();

    let mut mentioned = HashSet::new();
    for mention in &mentions {
        let (message, help) = match &mention.what {
            Mentioned::Capture(name) => {
                mentioned.insert(Arc::clone(name));
                if declared.iter().any(|one| one.name == *name) {
                    continue;
                }
                let names = || declared.iter().map(|one| &*one.name);
                let help = did_you_mean(name, names()).unwrap_or_else(|| {
                    let declare = format!("declare it: {}", quote(&format!("parameters: {{ {name}: ip }}")));
                    if declared.is_empty() { declare } else { format!("there is {}; or {declare}", one_of(names())) }
                });
                (format!("there is no parameter {}", quote(name)), help)
            }
            Mentioned::Path(path) => (
                format!(
                    "a component's command takes nothing from the alert, and {} is a path",
                    quote(&path.to_string())
                ),
                format!("the component reads the alert and passes what it wants by parameters: {PARAMETERS_HELP}"),
            ),
        };
        key.complain(crate::config::Diagnostic::error(Some(mention.site), message).help(help));
    }
    // Where the arguments could not be read nobody knows what they mention.
    let readable = exec.program != Path::new("");
    for parameter in declared.iter().filter(|one| readable && !mentioned.contains(&one.name)) {
        let name = quote(&parameter.name);
        let gap = quote(&format!("{{{}}}", parameter.name));
        parameter.key.complain(
            parameter
                .key
                .error(format!("no argument of the command takes the parameter {name}"))
                .help(format!("write {gap} in an argument, or remove the parameter")),
        );
    }
    if exec.on_missing != OnMissing::Refuse
        && declared.is_empty()
        && let Some(on_missing) = table.key("on_missing")
    {
        on_missing.complain(on_missing.warning("`on_missing` does nothing for a command without parameters"));
    }
    let parameters = declared.into_iter().filter_map(|one| Some((one.name, one.kind?))).collect();
    Command { exec, parameters, timeout, at: key.site().location() }
}

/// A parameter; no kind when that could not be read.
struct Parameter<'a> {
    name: Arc<str>,
    kind: Option<ParameterType>,
    key: Item<'a>,
}

/// The names in a mapping such as `parameters:`, whose types are complained about where they are none.
pub(in crate::config) fn parameter_names(item: Item<'_>) -> Vec<Arc<str>> {
    parameters(item).into_iter().map(|parameter| parameter.name).collect()
}

/// `parameters:`, in order of declaration.
fn parameters(item: Item<'_>) -> Vec<Parameter<'_>> {
    let mut found = Vec::new();
    for (key, text, value) in item.entries(PARAMETERS).unwrap_or_default() {
        if !exec::is_identifier(text) {
            key.complain(
                key.error(format!("{} is not the name of a parameter", quote(text)))
                    .expected("letters, digits and `_`, not beginning with a digit"),
            );
            continue;
        }
        found.push(Parameter { name: text.into(), kind: parameter_type(value, text), key });
    }
    found
}

/// The type of a parameter.
fn parameter_type(item: Item<'_>, parameter: &str) -> Option<ParameterType> {
    if let Value::Map(_) = item.node.value {
        let table = item.table("a type", &TYPE_KEYS)?;
        return match (table.get("enum"), table.get("regex")) {
            (Some(words), None) => enumeration(words),
            (None, Some(expression)) => regex(expression),
            (Some(_), Some(second)) => second.refuse(second.error("a type is `enum` or `regex`, not both")),
            // Its keys are unknown ones, which has been said.
            (None, None) if !matches!(&item.node.value, Value::Map(map) if map.is_empty()) => None,
            (None, None) => item.wrong(TYPE),
        };
    }
    let Value::Text(text) = &item.node.value else {
        let help = matches!(item.node.value, Value::List(_)).then_some("a fixed choice is written `{ enum: [a, b] }`");
        return item.refuse(item.mismatch(TYPE).maybe_help(help.map(str::to_owned)));
    };
    let simple = [
        ("ip", ParameterType::Ip),
        ("cidr", ParameterType::Cidr),
        ("port", ParameterType::Port),
        ("user", ParameterType::User),
        ("host", ParameterType::Host),
        ("integer", ParameterType::Integer),
        ("text", ParameterType::Text),
    ];
    if let Some((_, kind)) = simple.iter().find(|(name, _)| name == text) {
        if matches!(kind, ParameterType::Text) {
            item.complain(
                item.warning(format!("{} may be any text, which an attacker may have written", quote(parameter)))
                    .help("a narrower type keeps what is passed to what is meant: `ip`, `user`, `{ enum: [a, b] }`, `{ regex: '[a-z0-9-]{1,32}' }`"),
            );
        }
        return Some(kind.clone());
    }
    let help = match text.split_whitespace().next() {
        Some("enum") => Some("write `{ enum: [a, b] }`".to_owned()),
        Some("regex") => Some("write `{ regex: '…' }`".to_owned()),
        _ => match &*text.to_ascii_lowercase() {
            "address" | "ipv4" | "ipv6" | "inet" => Some("did you mean `ip`?".to_owned()),
            "int" | "number" | "uint" => Some("did you mean `integer`?".to_owned()),
            "str" | "string" => Some("did you mean `text`?".to_owned()),
            "hostname" | "domain" => Some("did you mean `host`?".to_owned()),
            "range" | "net" | "network" | "subnet" => Some("did you mean `cidr`?".to_owned()),
            _ => did_you_mean(text, simple.iter().map(|(name, _)| *name)),
        },
    };
    item.refuse(item.mismatch(TYPE).maybe_help(help))
}

/// A fixed choice of words.
fn enumeration(item: Item<'_>) -> Option<ParameterType> {
    let list = item.list("a list of words, such as `[low, high]`")?;
    if list.len() == 0 {
        return item.wrong("a list with at least one word");
    }
    let mut words: Vec<Arc<str>> = Vec::new();
    let mut seen = HashSet::new();
    for word in list {
        let text = word.some_text()?;
        if !seen.insert(text) {
            word.complain(word.error(format!("{} is there twice", quote(text))).help("remove one of the two"));
        }
        words.push(text.into());
    }
    Some(ParameterType::Enum(words))
}

/// What an expression matches as a whole.
fn regex(item: Item<'_>) -> Option<ParameterType> {
    let text = item.some_text()?;
    let expression: Expression = match text.parse() {
        Ok(expression) => expression,
        Err(error) => return item.refuse(bad_expression(item, &error, 0)),
    };
    match expression.whole() {
        Some(whole) => Some(ParameterType::Regex { written: text.into(), whole }),
        None => item.refuse(
            item.error("this expression is too long to be matched with the whole of a text")
                .help("make it shorter: it may have 8 KiB with what anchors it"),
        ),
    }
}
