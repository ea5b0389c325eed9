//! `actions:` and the actions written inside a trigger.

use std::{path::Path, sync::Arc};

use crate::config::{
    Action, ActionKind, Component, Grant, ParameterType, TargetKind, TargetParameter,
    decode::{Item, Table},
    diagnostic::{Diagnostic, did_you_mean, quote},
    document::{Node, Value},
    exec::{self, Mention, Mentioned},
    grant, limits,
    parameter_file::{self, Parameter},
};

/// The keys of an action.
pub(super) const KEYS: [&str; 8] = ["exec", "component", "sha256", "config", "grant", "limits", "parameters", "target"];
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
    Some(Decoded {
        action: Action {
            name,
            at: item.site().location(),
            kind: kind?,
            limits: limits.unwrap_or_default(),
            parameters: declared.into_iter().filter_map(|one| Some((one.name, one.kind?))).collect(),
            target,
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
