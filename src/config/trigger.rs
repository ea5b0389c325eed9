//! `triggers:`: names, filters and actions.

use std::{collections::HashMap, sync::Arc};

use crate::config::{
    Mode, Trigger,
    action::{self, Decoded},
    decode::Item,
    diagnostic::quote,
    document::{Node, Value},
    filter_file::Reader,
    silence_file,
    spelling::name,
};

const KEYS: [&str; 5] = ["name", "mode", "silent", "filters", "actions"];
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

/// The name a trigger is given, whatever else is wrong with it.
pub(super) fn name_of(node: &Node) -> Option<&str> {
    let Value::Map(map) = &node.value else { return None };
    let (_, name) = map.iter().find(|(key, _)| key.value == Value::Text("name".to_owned()))?;
    match &name.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}

/// Decodes one trigger; its inline actions are added to `actions`.
pub(super) fn decode<'a>(
    item: Item<'a>,
    reader: &mut Reader,
    actions: &mut Vec<Decoded<'a>>,
) -> Option<DecodedTrigger<'a>> {
    let table = item.table("a trigger", &KEYS)?;
    let name_item = table.require("name", "every trigger needs a name of its own: add `name: …`");
    let name = name_item.and_then(|item| name(item, item.some_text()?));
    let mut mode = Mode::Enforce;
    table.read("mode", &mut mode, |item| item.choice(&MODES));

    let silent = table.get("silent").map(silence_file::decode);
    let empty = |item: Item<'_>| {
        // Of sensors there are few, and to watch them all is worth a trigger.
        if silent.is_none() {
            item.complain(
                item.error("a trigger without filters would match everything")
                    .help("for every alert, write `- { path: alert.create_time, exists: true }`"),
            );
        }
    };
    let filters = match silent {
        Some(_) => table.get("filters"),
        None => table.require("filters", "add `filters:` with at least one filter"),
    };
    let filters = filters.map(|list| reader.filters(list, empty)).unwrap_or_default();

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
    let silent = match silent {
        Some(silent) => Some(silent?),
        None => None,
    };
    let trigger = Trigger { name: name?, at: name_item?.site().location(), mode, silent, filters, actions: names };
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
