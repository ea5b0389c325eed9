//! `threshold:`, `once:` and `cooldown:` of a trigger, as they are written in a file.
//!
//! ```yaml
//! threshold: { count: 5, within: 60s, per: ['alert.source(*).node.address(*).address'] }
//! once: { within: 1h, per: ['alert.source(*).node.address(*).address'] }
//! cooldown: { within: 10m, then: x2, up_to: 1d, clock: alert }
//! ```

use super::{
    Clock, Damping, Quiet, Terms, Threshold,
    decode::{Item, Table},
    diagnostic::quote,
    document::Value,
    terms::{self, TIMES},
};
use crate::idmef::{self, ValueType};

const THRESHOLD_KEYS: [&str; 4] = ["count", "within", "per", "clock"];
const QUIET_KEYS: [&str; 5] = ["within", "then", "up_to", "per", "clock"];
const CLOCKS: [(&str, Clock); 2] = [("ours", Clock::Ours), ("alert", Clock::Alert)];
/// The most matches that one threshold can ask for: all of their times are remembered.
const MOST: u32 = 10_000;

/// Reads what a trigger has of them.
pub(super) fn decode(trigger: &Table<'_>) -> Damping {
    Damping {
        threshold: trigger.get("threshold").and_then(threshold),
        once: trigger.get("once").and_then(|item| quiet(item, "`once`")),
        cooldown: trigger.get("cooldown").and_then(|item| quiet(item, "`cooldown`")),
    }
}

fn threshold(item: Item<'_>) -> Option<Threshold> {
    let table = item.table("`threshold`", &THRESHOLD_KEYS)?;
    let count = table.require("count", "say how many matches it takes: `count: 5`");
    let within = table.require("within", "say within which time: `within: 60s`");
    let count = count.and_then(|item| {
        let count = item.integer(1..=MOST)?;
        if count == 1 {
            item.complain(
                item.warning("a threshold of one lets everything through").help("remove it, or raise its `count`"),
            );
        }
        Some(count)
    });
    let within = within.and_then(|item| item.duration(TIMES));
    let (per, clock) = (per(&table), clock(&table));
    Some(Threshold { within: within?, count: count?, per, clock })
}

fn quiet(item: Item<'_>, what: &'static str) -> Option<Quiet> {
    let table = item.table(what, &QUIET_KEYS)?;
    let entry = |key: &str| table.key(key).zip(table.get(key));
    let within = table.require("within", "say for how long: `within: 1h`");
    let terms = within.and_then(|within| terms::decode("within", within, entry("then"), entry("up_to")));
    let (per, clock) = (per(&table), clock(&table));
    let Terms { first, then, up_to } = terms?;
    Some(Quiet { within: first, then, up_to, per, clock })
}

fn clock(table: &Table<'_>) -> Clock {
    let mut clock = Clock::default();
    table.read("clock", &mut clock, |item| item.choice(&CLOCKS));
    clock
}

fn per(table: &Table<'_>) -> Vec<idmef::Path> {
    let Some(item) = table.get("per") else { return Vec::new() };
    if matches!(item.node.value, Value::Text(_)) {
        return path(item).into_iter().collect();
    }
    let list = item.list("a path or a list of paths, such as `[alert.source(*).node.address(*).address]`");
    list.into_iter().flatten().filter_map(path).collect()
}

fn path(item: Item<'_>) -> Option<idmef::Path> {
    let path = item.idmef_path()?;
    if path.value_type() == ValueType::Class {
        return item.refuse(
            item.error(format!("{} is a class and has no value to tell matches apart by", quote(&path.to_string())))
                .expected("a path to a value"),
        );
    }
    Some(path)
}
