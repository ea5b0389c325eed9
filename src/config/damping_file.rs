//! `threshold:`, `once:` and `cooldown:` of a trigger, as they are written in a file.
//!
//! ```yaml
//! threshold: { count: 5, within: 60s, per: ['alert.source(*).node.address(*).address'] }
//! once: { within: 1h, per: ['alert.source(*).node.address(*).address'] }
//! cooldown: { within: 10m, then: x2, up_to: 1d, clock: alert }
//! ```

use std::{ops::RangeInclusive, time::Duration};

use super::{
    Clock, Damping, Quiet, Threshold,
    decode::{Item, Table},
    diagnostic::quote,
    document::Value,
};
use crate::idmef::{self, ValueType};

const THRESHOLD_KEYS: [&str; 4] = ["count", "within", "per", "clock"];
const QUIET_KEYS: [&str; 5] = ["within", "then", "up_to", "per", "clock"];
const CLOCKS: [(&str, Clock); 2] = [("ours", Clock::Ours), ("alert", Clock::Alert)];
const TIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(366 * 24);
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
    let within = table.require("within", "say for how long: `within: 1h`").and_then(|item| item.duration(TIMES));
    let then = table.get("then").map_or(Some(100), growth);
    let up_to = table.get("up_to").map(|item| item.duration(TIMES));
    if let (Some(key), None) = (table.key("up_to"), table.key("then")) {
        key.complain(key.error("`up_to` bounds what grows, and nothing does").help("add `then: x2`, or remove it"));
    }
    if let (Some(key), None) = (table.key("then"), table.key("up_to")) {
        key.complain(key.error("`then` needs an end").help("add `up_to: 1d`"));
    }
    let (per, clock) = (per(&table), clock(&table));
    let within = within?;
    let up_to = match up_to {
        Some(up_to) => up_to?,
        None => within,
    };
    if up_to < within
        && let Some(key) = table.get("up_to")
    {
        key.complain(key.error("`up_to` is shorter than `within`, where it begins"));
    }
    Some(Quiet { within, then: then?, up_to, per, clock })
}

/// `x2`: a factor, as percent.
pub(super) fn growth(item: Item<'_>) -> Option<u32> {
    const EXPECTED: &str = "a factor such as `x2` or `x1.5`, at most `x100`";
    let Value::Text(text) = &item.node.value else { return item.wrong(EXPECTED) };
    let factor = text.strip_prefix('x').and_then(|factor| {
        let (whole, part) = factor.split_once('.').unwrap_or((factor, "0"));
        let whole: u32 = whole.parse().ok()?;
        let part: u32 = match part.len() {
            1 => part.parse::<u32>().ok()? * 10,
            2 => part.parse().ok()?,
            _ => return None,
        };
        whole.checked_mul(100)?.checked_add(part)
    });
    match factor {
        Some(percent @ 101..=10_000) => Some(percent),
        Some(100) => item.refuse(item.error(format!("{} does not grow", quote(text))).expected(EXPECTED)),
        _ => item.wrong(EXPECTED),
    }
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
