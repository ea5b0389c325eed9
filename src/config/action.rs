//! `actions:` and the actions written inside a trigger.

use std::{path::Path, sync::Arc};

use crate::config::{
    Action, ActionKind, Component, Grant, Mode, ParameterType, TargetKind, TargetParameter, breaker,
    decode::{Item, Table},
    delivery,
    diagnostic::{Diagnostic, did_you_mean, quote},
    document::{Node, Value},
    exec::{self, Mention, Mentioned},
    grant, limits,
    parameter_file::{self, Parameter},
    spelling,
};

/// The keys of an action.
const KEYS: [&str; 13] = [
    "exec",
    "component",
    "sha256",
    "config",
    "grant",
    "mode",
    "limits",
    "retry",
    "delivery",
    "deadline",
    "breaker",
    "parameters",
    "target",
];
/// What stands inside `exec`, and not beside it.
const INSIDE_EXEC: [&str; 2] = ["undo", "check"];
/// What stands beside the name of an action that is declared, and not in an action that is written in a trigger.
pub(super) const BESIDE_NAME: [&str; 5] = ["for_each", "at_most", "for", "then", "up_to"];
/// Words that mean something where an action is named, and so cannot be names of actions.
pub(super) const RESERVED: [&str; 21] = [
    "exec",
    "component",
    "sha256",
    "config",
    "limits",
    "mode",
    "grant",
    "retry",
    "delivery",
    "deadline",
    "breaker",
    "target",
    "parameters",
    "undo",
    "for",
    "then",
    "up_to",
    "for_each",
    "at_most",
    "verbatim",
    "action",
];

/// An action together with what can only be checked when triggers are known.
pub(super) struct Decoded<'a> {
    pub(super) action: Action,
    /// The item that named it.
    pub(super) item: Item<'a>,
    /// What it takes from the alert and its trigger.
    pub(super) mentions: Vec<Mention<'a>>,
}

/// The keys of an action that is declared.
pub(super) fn declared(item: Item<'_>) -> Option<Table<'_>> {
    item.table_but("an action", &KEYS, &INSIDE_EXEC)
}

/// The keys of an action that is written in a trigger.
pub(super) fn inline(item: Item<'_>) -> Option<Table<'_>> {
    let elsewhere: Vec<_> = INSIDE_EXEC.into_iter().chain(BESIDE_NAME).collect();
    let table = item.table_but("an action", &KEYS, &elsewhere)?;
    let declare =
        ["parameters", "target"].map(|key| (key, "declare the action under `actions:`, and fill its parameters here"));
    let beside = BESIDE_NAME.map(|key| (key, "declare the action under `actions:`, and write this beside its name"));
    for (key, help) in declare.into_iter().chain(beside) {
        if let Some(key_item) = table.key(key) {
            let message = format!("{} belongs to an action that triggers name", quote(key));
            key_item.complain(key_item.error(message).help(help));
        }
    }
    Some(table)
}

/// Decodes one action; `item` is where it gets its name.
pub(super) fn decode<'a>(name: Arc<str>, item: Item<'a>, table: &Table<'a>) -> Option<Decoded<'a>> {
    let mut mentions = Vec::new();
    for key in INSIDE_EXEC {
        if let Some(key_item) = table.key(key) {
            let (message, help) = match (table.key("component"), key) {
                (Some(_), "undo") => (
                    "is for an `exec`, and this action is a component",
                    "remove it: a component undoes by itself what it did, if it exports `undo`",
                ),
                (Some(_), _) => (
                    "is for an `exec`, and this action is a component",
                    "remove it: a component is not asked whether its effect stands",
                ),
                _ => ("stands inside of `exec`", "write `exec: { command: […], undo: […], check: […] }`"),
            };
            key_item.complain(key_item.error(format!("{} {message}", quote(key))).help(help));
        }
    }
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
            if let Some(grant) = table.key("grant") {
                grant.complain(
                    grant
                        .error("nothing can be granted to an `exec`")
                        .help("a program may do whatever its user may; name a user that may do less (`exec: { user: … }`), or make a component of it"),
                );
            }
            exec::decode(exec, &mut mentions).map(ActionKind::Exec)
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
    let limits = table.get("limits").and_then(|limits_item| limits::decode(limits_item, kind.as_ref()));
    let declared = table.get("parameters").filter(|item| !item.is_null()).map(parameter_file::parameters);
    let declared = declared.unwrap_or_default();
    if let Some(ActionKind::Exec(_)) = kind {
        let mentioned = mentions.iter().filter_map(|mention| match &mention.what {
            Mentioned::Capture(name) => Some(Arc::clone(name)),
            Mentioned::Path(_) => None,
        });
        parameter_file::all_used(&declared, &mentioned.collect(), "no argument of the program");
    }
    let target = table.get("target").and_then(|item| target(item, &declared));
    let mut mode = Mode::default();
    table.read("mode", &mut mode, spelling::mode);
    let retry = table.get("retry").and_then(delivery::retry);
    let guarantee = table.get("delivery").and_then(delivery::delivery);
    let deadline = table.get("deadline").and_then(delivery::deadline);
    let breaker = table.get("breaker").and_then(breaker::decode);
    let new = Action::new(name, item.site().location(), kind?);
    Some(Decoded {
        action: Action {
            limits: limits.unwrap_or_default(),
            mode,
            retry: retry.unwrap_or_default(),
            delivery: guarantee.unwrap_or_default(),
            deadline: deadline.unwrap_or(new.deadline),
            breaker,
            parameters: declared.into_iter().filter_map(|one| Some((one.name, one.kind?))).collect(),
            target,
            ..new
        },
        item,
        mentions,
    })
}

/// `target:`: which of the parameters names what is acted on.
fn target(item: Item<'_>, declared: &[Parameter<'_>]) -> Option<TargetParameter> {
    let text = item.some_text()?;
    let Some(parameter) = declared.iter().find(|one| *one.name == *text) else {
        let names = || declared.iter().map(|one| &*one.name);
        let help = did_you_mean(text, names())
            .unwrap_or_else(|| format!("declare it: {}", quote(&format!("parameters: {{ {text}: ip }}"))));
        return item.refuse(item.error(format!("there is no parameter {}", quote(text))).help(help));
    };
    let kind = match parameter.kind.as_ref()? {
        ParameterType::Ip | ParameterType::Cidr => TargetKind::Address,
        ParameterType::User => TargetKind::User,
        ParameterType::Host => TargetKind::Host,
        ParameterType::Enum(_) | ParameterType::Regex { .. } => TargetKind::Service,
        ParameterType::Text | ParameterType::Port | ParameterType::Integer => {
            return item.refuse(
                item.error(format!("a {} is nothing that can be protected", parameter.kind.as_ref()?))
                    .expected("a parameter of type `ip`, `cidr`, `user`, `host`, `enum` or `regex`"),
            );
        }
    };
    Some(TargetParameter { parameter: Arc::clone(&parameter.name), kind })
}

/// `component:` and the keys beside it.
fn component(item: Item<'_>, table: &Table<'_>) -> Option<Component> {
    let sha256 = table.get("sha256").map(sha256);
    let config = table.get("config");
    let value = config.map(json);
    let grant = table.get("grant").map(grant::decode);
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
        grant: match grant {
            Some(grant) => grant?,
            None => Grant::default(),
        },
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
pub(super) fn json(item: Item<'_>) -> Option<serde_json::Value> {
    if item.is_null() {
        return Some(serde_json::Value::Object(serde_json::Map::new()));
    }
    json_value(item, item.node)
}

pub(super) fn json_value(item: Item<'_>, node: &Node) -> Option<serde_json::Value> {
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
