//! `triggers:`: names, filters and actions.

use std::{collections::HashMap, sync::Arc};

use crate::{
    config::{
        Expression, Filter, Mode, Quantifier, Question, Trigger,
        action::{self, Decoded},
        decode::Item,
        diagnostic::{one_of, quote},
        document::Value,
        spelling::{bad_expression, name},
        template::leaf_below,
    },
    idmef::{self, ValueType},
};

const KEYS: [&str; 4] = ["name", "mode", "filters", "actions"];
const FILTER_KEYS: [&str; 3] = ["path", "regex", "match"];
const ACTION: &str =
    "the name of an action, or an action written here: `exec: [/path/to/program]` or `component: /path/to/file.wasm`";

/// The values of `mode:`.
pub(super) const MODES: [(&str, Mode); 2] = [("enforce", Mode::Enforce), ("observe", Mode::Observe)];

/// A trigger together with what can only be checked when all actions are known.
pub(super) struct DecodedTrigger<'a> {
    pub(super) trigger: Trigger,
    /// The item that holds its name.
    pub(super) item: Item<'a>,
    /// Where it names each of its actions; the same length as the trigger's.
    pub(super) uses: Vec<Item<'a>>,
}

/// Expressions by their text: many triggers ask the same.
#[derive(Default)]
pub(super) struct Expressions(HashMap<String, Expression>);

/// Decodes one trigger; its inline actions are added to `actions`.
pub(super) fn decode<'a>(
    item: Item<'a>,
    expressions: &mut Expressions,
    actions: &mut Vec<Decoded<'a>>,
) -> Option<DecodedTrigger<'a>> {
    let table = item.table("a trigger", &KEYS)?;
    let name_item = table.require("name", "every trigger needs a name of its own: add `name: …`");
    let name = name_item.and_then(|item| name(item, item.some_text()?));
    let mut mode = Mode::Enforce;
    table.read("mode", &mut mode, |item| item.choice(&MODES));

    let mut filters = Vec::new();
    if let Some(list_item) = table.require("filters", "add `filters:` with at least one filter")
        && let Some(list) =
            list_item.list("a list of filters, such as `- { path: alert.classification.text, regex: '…' }`")
    {
        if list.len() == 0 {
            list_item.complain(
                list_item
                    .error("a trigger without filters would match everything")
                    .help("for every alert, write `- { path: alert.create_time, regex: '' }`"),
            );
        }
        filters = list.filter_map(|item| filter(item, expressions)).collect();
    }

    let mut names = Vec::new();
    let mut uses = Vec::new();
    if let Some(list_item) = table.require("actions", "add `actions:` with at least one action")
        && let Some(list) = list_item.list("a list of actions")
    {
        if list.len() == 0 {
            list_item.complain(list_item.error("a trigger without actions does nothing").expected(ACTION));
        }
        let mut inline = HashMap::new();
        for item in list {
            let trigger = name.as_deref().unwrap_or_default();
            if let Some(action) = use_of_action(item, trigger, &mut inline, actions) {
                names.push(action);
                uses.push(item);
            }
        }
    }
    let trigger = Trigger { name: name?, at: name_item?.site().location(), mode, filters, actions: names };
    Some(DecodedTrigger { trigger, item: name_item?, uses })
}

/// One element of a trigger's `actions:`; an inline action is added to `actions` under a generated name.
fn use_of_action<'a>(
    item: Item<'a>,
    trigger: &str,
    inline: &mut HashMap<&'static str, usize>,
    actions: &mut Vec<Decoded<'a>>,
) -> Option<Arc<str>> {
    let map = match &item.node.value {
        Value::Text(_) => return Some(item.some_text()?.into()),
        Value::Map(map) => map,
        _ => return item.wrong(ACTION),
    };
    let has = |name: &str| map.iter().any(|(key, _)| matches!(&key.value, Value::Text(text) if text == name));
    let kind = match (has("exec"), has("component")) {
        (true, _) => "exec",
        (_, true) => "component",
        _ => {
            let help = match map.as_slice() {
                [(key, _)] => match &key.value {
                    Value::Text(name) => {
                        Some(format!("an action is named by its name alone: write {}", quote(&format!("- {name}"))))
                    }
                    _ => None,
                },
                _ => None,
            };
            return item.refuse(item.mismatch(ACTION).maybe_help(help));
        }
    };
    let table = item.table("an action", &action::KEYS)?;
    let number = inline.entry(kind).or_insert(0);
    *number += 1;
    // Names have no `/`, so no action of the operator's can have this one.
    let name: Arc<str> = match *number {
        1 => format!("{trigger}/{kind}").into(),
        number => format!("{trigger}/{kind}-{number}").into(),
    };
    actions.push(action::decode(Arc::clone(&name), item, &table)?);
    Some(name)
}

/// One filter.
fn filter(item: Item<'_>, expressions: &mut Expressions) -> Option<Filter> {
    let table = item.table("a filter", &FILTER_KEYS)?;
    let path_item = table.require("path", "add `path: …`, such as `path: alert.classification.text`");
    let path = path_item.and_then(value_path);
    let regex_item = table.require("regex", "add `regex: '…'`");
    let regex = regex_item.and_then(|item| expressions.read(item));
    let mut quantifier = Quantifier::default();
    table.read("match", &mut quantifier, |item| {
        item.choice(&[("any", Quantifier::Any), ("all", Quantifier::All), ("none", Quantifier::None)])
    });
    let (path, regex) = (path?, regex?);
    never_matches(regex_item?, &path, &regex);
    Some(Filter { at: item.site().location(), path, question: Question::Regex(regex), quantifier })
}

/// The path of a filter, which must lead to a value.
fn value_path(item: Item<'_>) -> Option<idmef::Path> {
    let path = item.idmef_path()?;
    if path.value_type() != ValueType::Class {
        return Some(path);
    }
    let text = item.text()?;
    let help = leaf_below(text).map(|leaf| format!("did you mean {}?", quote(&leaf)));
    item.refuse(
        item.error(format!("{} is a class and has no value to ask about", quote(text)))
            .expected("a path to a value")
            .maybe_help(help),
    )
}

/// Complains about an expression that none of an enumeration's names matches.
fn never_matches(item: Item<'_>, path: &idmef::Path, regex: &Expression) {
    let Some(enumeration) = path.enumeration() else {
        return;
    };
    if !enumeration.names.iter().any(|name| regex.is_match(name)) {
        item.complain(
            item.error(format!("this expression matches no value that {} can have", quote(&path.to_string())))
                .expected(format!("an expression that matches {}", one_of(enumeration.names.iter().copied()))),
        );
    }
}

impl Expressions {
    /// Reads the expression in `item`.
    fn read(&mut self, item: Item<'_>) -> Option<Expression> {
        let text = item.text()?;
        if let Some(known) = self.0.get(text) {
            return Some(known.clone());
        }
        match text.parse::<Expression>() {
            Ok(expression) => {
                self.0.insert(text.to_owned(), expression.clone());
                Some(expression)
            }
            Err(error) => item.refuse(bad_expression(item, &error)),
        }
    }
}
