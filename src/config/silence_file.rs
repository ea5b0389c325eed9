//! `silent:` as it is written in a file.
//!
//! ```yaml
//! silent: {}                                     # twice the sensor's own interval, and a little more
//! silent: { for: 30m }                           # or `for: 3 intervals`
//! silent: { for: 30m, after_exit: true, expect: [ids-dmz, '3051284021684920'] }
//! ```

use std::{sync::Arc, time::Duration};

use super::{
    Silent,
    decode::Item,
    diagnostic::quote,
    document::Value,
    quantity::{self, show_duration},
    silence::SilentFor,
};

const KEYS: [&str; 3] = ["for", "after_exit", "expect"];
const FOR: &str = "a duration such as `30m`, or a number of the sensor's own intervals such as `3 intervals`";
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_hours(30 * 24);
const MOST_INTERVALS: u32 = 1000;
/// The most sensors that one trigger can expect.
const MOST_EXPECTED: usize = 10_000;
/// Longest name of a sensor, in bytes.
const LONGEST: usize = 128;

/// `silent: { for: 30m, after_exit: true, expect: [ids-dmz] }`
pub(super) fn decode(item: Item<'_>) -> Option<Silent> {
    let table = item.table("`silent`", &KEYS)?;
    let mut silent = Silent::default();
    table.read("for", &mut silent.after, how_long);
    table.read("after_exit", &mut silent.after_exit, Item::boolean);
    table.read("expect", &mut silent.expect, expect);
    Some(silent)
}

fn how_long(item: Item<'_>) -> Option<SilentFor> {
    let Value::Text(text) = &item.node.value else {
        let help = match item.node.value {
            Value::Integer(number) if number > 0 => Some(format!(
                "did you mean {}, or {}?",
                quote(&format!("{number}m")),
                quote(&format!("{number} intervals"))
            )),
            _ => None,
        };
        return item.refuse(item.mismatch(FOR).maybe_help(help));
    };
    if let Some(count) = text.trim_end_matches('s').strip_suffix("interval") {
        return match count.trim().parse::<u32>() {
            Ok(count @ 2..=MOST_INTERVALS) => Some(SilentFor::Intervals(count)),
            Ok(0 | 1) => item.refuse(item.mismatch(format!("2 to {MOST_INTERVALS} intervals")).help(
                "a heartbeat may come a moment late, and would be missed each time: write at least `2 intervals`",
            )),
            _ => item.wrong(format!("2 to {MOST_INTERVALS} intervals, such as `3 intervals`")),
        };
    }
    match quantity::duration(text) {
        Ok(time) if (LEAST..=MOST).contains(&time) => Some(SilentFor::Time(time)),
        Ok(_) => item.wrong(format!("a duration from {} to {}", show_duration(LEAST), show_duration(MOST))),
        Err(guess) => {
            let help = guess.filter(|guess| guess != text).map(|guess| format!("did you mean {}?", quote(&guess)));
            item.refuse(item.mismatch(FOR).maybe_help(help))
        }
    }
}

fn expect(item: Item<'_>) -> Option<Vec<Arc<str>>> {
    let list = item.list("a list of sensors, by analyzerid or name, such as `[ids-dmz]`")?;
    if list.len() == 0 {
        return item.refuse(
            item.error("no sensor is expected").help("name one by its analyzerid or name, or remove `expect`"),
        );
    }
    if list.len() > MOST_EXPECTED {
        return item.wrong(format!("at most {MOST_EXPECTED} sensors"));
    }
    let sensors: Vec<_> = list.map(sensor).collect();
    let mut sensors = sensors.into_iter().collect::<Option<Vec<_>>>()?;
    sensors.sort();
    sensors.dedup();
    Some(sensors)
}

/// An analyzerid or a name.
fn sensor(item: Item<'_>) -> Option<Arc<str>> {
    let text = match &item.node.value {
        // Analyzerids are numbers, and need no quotes.
        Value::Integer(_) => item.site().text(),
        _ => item.some_text()?,
    };
    if text.len() > LONGEST {
        return item.wrong(format!("an analyzerid or a name of at most {LONGEST} bytes"));
    }
    Some(text.into())
}
