//! `parameters:` as it is written in a file: names, and the type that each text must have.

use std::{collections::HashSet, sync::Arc};

use super::{
    Expression, ParameterType,
    decode::Item,
    diagnostic::{did_you_mean, quote},
    document::Value,
    exec,
    expression_file::bad_expression,
};

const TYPE_KEYS: [&str; 2] = ["enum", "regex"];

const PARAMETERS: &str = "a mapping of names to types, such as `{ address: ip }`";
const TYPE: &str = "`ip`, `cidr`, `port`, `user`, `host`, `integer`, `{ enum: [a, b] }`, `{ regex: '…' }` or `text`";

/// A parameter; no kind when that could not be read.
pub(super) struct Parameter<'a> {
    pub(super) name: Arc<str>,
    pub(super) kind: Option<ParameterType>,
    pub(super) key: Item<'a>,
    /// Where its type stands.
    pub(super) value: Item<'a>,
}

/// Complains about parameters that are declared and not used.
pub(super) fn all_used(declared: &[Parameter<'_>], mentioned: &HashSet<Arc<str>>, nothing: &str) {
    for parameter in declared.iter().filter(|one| !mentioned.contains(&one.name)) {
        let gap = quote(&format!("{{{}}}", parameter.name));
        parameter.key.complain(
            parameter
                .key
                .error(format!("{nothing} takes the parameter {}", quote(&parameter.name)))
                .help(format!("write {gap} in an argument, or remove the parameter")),
        );
    }
}

/// The names in a mapping such as `parameters:`, whose types are complained about where they are none.
pub(super) fn parameter_names(item: Item<'_>) -> Vec<Arc<str>> {
    parameters(item).into_iter().map(|parameter| parameter.name).collect()
}

/// `parameters:`, in order of declaration.
pub(super) fn parameters(item: Item<'_>) -> Vec<Parameter<'_>> {
    let mut found = Vec::new();
    for (key, text, value) in item.entries(PARAMETERS).unwrap_or_default() {
        if !exec::is_identifier(text) {
            key.complain(
                key.error(format!("{} is not the name of a parameter", quote(text)))
                    .expected("letters, digits and `_`, not beginning with a digit"),
            );
            continue;
        }
        found.push(Parameter { name: text.into(), kind: parameter_type(value), key, value });
    }
    found
}

/// The type of a parameter.
fn parameter_type(item: Item<'_>) -> Option<ParameterType> {
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
