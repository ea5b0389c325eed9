//! `actions:` and the actions written inside a trigger.

use std::{path::Path, sync::Arc};

use crate::config::{
    Action, ActionKind, Component, Grant,
    decode::{Item, Table},
    diagnostic::{Diagnostic, quote},
    document::{Node, Value},
    exec::{self, Mention},
    grant, limits,
};

/// The keys of an action.
pub(super) const KEYS: [&str; 6] = ["exec", "component", "sha256", "config", "grant", "limits"];
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

/// An action together with what can only be checked when triggers are known.
pub(super) struct Decoded<'a> {
    pub(super) action: Action,
    /// The item that named it.
    pub(super) item: Item<'a>,
    /// What it takes from the alert and its trigger.
    pub(super) mentions: Vec<Mention<'a>>,
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
    Some(Decoded {
        action: Action { name, at: item.site().location(), kind: kind?, limits: limits.unwrap_or_default() },
        item,
        mentions,
    })
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
