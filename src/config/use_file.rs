//! One element of a trigger's `actions:`: which action, and what fills its parameters.
//!
//! ```yaml
//! - mail-admin                                                        # a named action without parameters
//! - exec: [/usr/bin/logger, alert.classification.text]                # an action written here
//! - block: { address: 'alert.source(*).node.address(*).address' }     # a named action and its parameters
//!   for_each: address                                                 # one job for each value
//!   at_most: 5
//!   for: 1h                                                           # and then it is undone;
//!   then: x2                                                          # the next time it takes twice as long,
//!   up_to: 7d                                                         # but never longer than this
//! ```

use std::{collections::HashMap, sync::Arc};

use super::{
    Template, Use,
    action::{self, BESIDE_NAME, Decoded},
    decode::Item,
    diagnostic::{did_you_mean, quote},
    document::Value,
    exec::{self, Gaps, Mention},
    terms,
};

const ACTION: &str =
    "the name of an action, or an action written here: `exec: [/path/to/program]` or `component: /path/to/file.wasm`";
/// How many jobs there are at most when nothing is said.
const AT_MOST: u32 = 10;

/// A use together with what can only be checked when all actions are known.
pub(super) struct DecodedUse<'a> {
    pub(super) used: Use,
    /// Where the action is named.
    pub(super) item: Item<'a>,
    /// Where each of its parameters is, in the order of [`Use::parameters`].
    pub(super) filled: Vec<Filled<'a>>,
    /// `for_each:`.
    pub(super) for_each: Option<Item<'a>>,
    /// `for:`.
    pub(super) lease: Option<Item<'a>>,
}

/// What fills a parameter.
pub(super) struct Filled<'a> {
    /// Its name.
    pub(super) key: Item<'a>,
    /// What fills it.
    pub(super) value: Item<'a>,
    /// What that takes from the alert.
    pub(super) mentions: Vec<Mention<'a>>,
}

/// Reads the actions of a trigger; inline actions are added to `actions`.
pub(super) fn decode<'a>(list_item: Item<'a>, trigger: &str, actions: &mut Vec<Decoded<'a>>) -> Vec<DecodedUse<'a>> {
    let Some(list) = list_item.list("a list of actions") else { return Vec::new() };
    if list.len() == 0 {
        list_item.complain(list_item.error("a trigger without actions does nothing").expected(ACTION));
    }
    let mut inline = HashMap::new();
    list.filter_map(|item| one(item, trigger, &mut inline, actions)).collect()
}

fn one<'a>(
    item: Item<'a>,
    trigger: &str,
    inline: &mut HashMap<&'static str, usize>,
    actions: &mut Vec<Decoded<'a>>,
) -> Option<DecodedUse<'a>> {
    let map = match &item.node.value {
        Value::Text(_) => return Some(plain(item, item.some_text()?.into())),
        Value::Map(map) => map,
        _ => return item.wrong(ACTION),
    };
    let has = |name: &str| map.iter().any(|(key, _)| matches!(&key.value, Value::Text(text) if text == name));
    let kind = match (has("exec"), has("component")) {
        (true, _) => "exec",
        (_, true) => "component",
        _ => return with_parameters(item),
    };
    let table = action::inline(item)?;
    let number = inline.entry(kind).or_insert(0);
    *number += 1;
    // Names have no `/`, so no action of the operator's can have this one.
    let name: Arc<str> = match *number {
        1 => format!("{trigger}/{kind}").into(),
        number => format!("{trigger}/{kind}-{number}").into(),
    };
    actions.push(action::decode(Arc::clone(&name), item, &table)?);
    Some(plain(item, name))
}

fn plain(item: Item<'_>, action: Arc<str>) -> DecodedUse<'_> {
    let used = Use { action, parameters: Vec::new(), for_each: None, at_most: 1, lease: None };
    DecodedUse { used, item, filled: Vec::new(), for_each: None, lease: None }
}

/// `NAME: { parameter: value }`, and what stands beside it.
fn with_parameters(item: Item<'_>) -> Option<DecodedUse<'_>> {
    let entries = item.entries(ACTION)?;
    let (beside, named): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(_, name, _)| BESIDE_NAME.contains(name));
    let (key, name, value) = match named.as_slice() {
        [one] => *one,
        [] => return item.wrong(ACTION),
        several if several.len() > 1 && !several.iter().any(|(.., value)| is_mapping(*value)) => {
            return item.wrong(ACTION);
        }
        [_, (second, text, _), ..] => {
            let help = did_you_mean(text, BESIDE_NAME).unwrap_or_else(|| {
                "an action of its own begins with a `-`; beside its name stand `for_each`, `at_most`, `for`, `then` and `up_to`"
                    .to_owned()
            });
            return item.refuse(second.error(format!("unknown key {} beside an action", quote(text))).help(help));
        }
    };
    let mut decoded = plain(key, name.into());
    let expected = "a mapping of its parameters, such as `{ address: 'alert.source(0).node.address(0).address' }`";
    let entry = |wanted: &str| {
        let found = beside.iter().find(|(_, name, _)| *name == wanted);
        found.map(|(key, _, value)| (*key, *value))
    };
    if let Some((key, first)) = entry("for") {
        decoded.lease = Some(key);
        decoded.used.lease = terms::decode("for", first, entry("then"), entry("up_to"));
    } else if let Some((key, _)) = entry("then").or(entry("up_to")) {
        key.complain(key.error("there is no time that could grow").help("say how long the effect lasts: `for: 1h`"));
    }
    // Whether it may do without parameters is seen when its action is known.
    if value.is_null() && decoded.lease.is_some() {
        return Some(decoded);
    }
    if !is_mapping(value) {
        let help = did_you_mean(name, ["exec", "component"]).unwrap_or_else(|| {
            format!("an action without parameters is named by its name alone: write {}", quote(&format!("- {name}")))
        });
        return item.refuse(value.mismatch(expected).help(help));
    }
    for (key, name, value) in value.entries(expected)? {
        let mut mentions = Vec::new();
        let template = exec::argument(value, Gaps::Parameter, &mut mentions)?;
        decoded.used.parameters.push((name.into(), template));
        decoded.filled.push(Filled { key, value, mentions });
    }
    let at_most = beside.iter().find(|(_, name, _)| *name == "at_most");
    if let Some((key, _, value)) = beside.iter().find(|(_, name, _)| *name == "for_each") {
        let parameter = value.some_text()?;
        decoded.used.for_each = Some(parameter.into());
        decoded.for_each = Some(*value);
        decoded.used.at_most = at_most.map_or(Some(AT_MOST), |(_, _, value)| value.integer(1..=1000))?;
        if !decoded.used.parameters.iter().any(|(name, _)| **name == *parameter) {
            return key.refuse(
                value
                    .error(format!("{} is not filled here", quote(parameter)))
                    .expected("the parameter for each of whose values there is to be a job"),
            );
        }
    } else if let Some((key, ..)) = at_most {
        return key.refuse(
            key.error("there is one job anyway")
                .help("add `for_each: PARAMETER` for a job for each value, or remove it"),
        );
    }
    Some(decoded)
}

fn is_mapping(item: Item<'_>) -> bool {
    matches!(item.node.value, Value::Map(_))
}

/// Whether a template can have more than one value.
pub(super) fn may_be_many(template: &Template) -> bool {
    matches!(template, Template::Whole(path) if path.is_multiple())
}
