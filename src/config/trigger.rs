//! `triggers:`: names, filters and actions.

use crate::config::{
    Mode, Trigger,
    action::Decoded,
    breaker, damping_file,
    decode::Item,
    document::{Node, Value},
    filter_file::Reader,
    silence_file,
    spelling::{self, name},
    use_file::{self, DecodedUse},
};

const KEYS: [&str; 10] =
    ["name", "mode", "silent", "filters", "threshold", "once", "cooldown", "breaker", "stop_on_failure", "actions"];

/// A trigger together with what can only be checked when all actions are known.
pub(super) struct DecodedTrigger<'a> {
    pub(super) trigger: Trigger,
    /// The item that holds its name.
    pub(super) item: Item<'a>,
    /// What it does; the same length as the trigger's.
    pub(super) uses: Vec<DecodedUse<'a>>,
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
    table.read("mode", &mut mode, spelling::mode);

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

    let uses = table
        .require("actions", "add `actions:` with at least one action")
        .map(|list| use_file::decode(list, name.as_deref().unwrap_or_default(), actions))
        .unwrap_or_default();
    let damping = damping_file::decode(&table);
    let breaker = table.get("breaker").and_then(breaker::decode);
    let mut stop_on_failure = false;
    table.read("stop_on_failure", &mut stop_on_failure, Item::boolean);
    if silent.is_some()
        && let Some(key) = ["threshold", "once", "cooldown"].iter().find_map(|key| table.key(key))
    {
        key.complain(
            key.error("a sensor falls silent once, and not again before it has come back").help("remove this"),
        );
    }
    let silent = match silent {
        Some(silent) => Some(silent?),
        None => None,
    };
    let actions = uses.iter().map(|one| one.used.clone()).collect();
    let at = name_item?.site().location();
    let trigger = Trigger { name: name?, at, mode, silent, filters, damping, breaker, stop_on_failure, actions };
    Some(DecodedTrigger { trigger, item: name_item?, uses })
}
