//! `retry:`, `delivery:` and `deadline:` of an action: how hard it is tried, and what becomes of a job when the daemon dies.
//!
//! ```yaml
//! retry: { attempts: 5, first: 1s, up_to: 1m }
//! delivery: at-least-once
//! deadline: 1h
//! ```

use std::{ops::RangeInclusive, time::Duration};

use serde::{Serialize, Serializer};

use super::decode::Item;

const RETRY_KEYS: [&str; 3] = ["attempts", "first", "up_to"];
/// What `delivery:` may be.
const DELIVERIES: [(&str, Delivery); 2] =
    [("at-least-once", Delivery::AtLeastOnce), ("at-most-once", Delivery::AtMostOnce)];
/// What `deadline:` may be.
const DEADLINES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(30 * 24);

/// What becomes of a job that was running when the daemon died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// It is run again: its effect may be there twice.
    #[default]
    AtLeastOnce,
    /// It has failed: its effect may not be there.
    AtMostOnce,
}

/// `retry:` of an action: how often a job is tried, and how long it waits in between. Only transient failures are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// All tries together, at least 1; default 5.
    pub attempts: u32,
    /// How long it waits after the first try; twice as long after each further one. Default 1 s.
    pub first: Duration,
    /// It never waits longer than this; default 1 minute.
    pub up_to: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_secs(1), up_to: Duration::from_mins(1) }
    }
}

impl Delivery {
    /// Its name, as it is written in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at-least-once",
            Self::AtMostOnce => "at-most-once",
        }
    }
}

impl Serialize for Delivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Reads `retry:`.
pub(super) fn retry(item: Item<'_>) -> Option<Retry> {
    const WAITS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_hours(24);
    if item.is_null() {
        return Some(Retry::default());
    }
    let table = item.table("`retry`", &RETRY_KEYS)?;
    let mut retry = Retry::default();
    table.read("attempts", &mut retry.attempts, |item| item.integer(1..=1000));
    table.read("first", &mut retry.first, |item| item.duration(WAITS));
    retry.up_to = retry.up_to.max(retry.first);
    if let Some(item) = table.get("up_to") {
        retry.up_to = item.duration(WAITS)?;
        if retry.up_to < retry.first {
            return item.refuse(item.error("`up_to` is shorter than `first`, where it begins"));
        }
    }
    Some(retry)
}

/// Reads `delivery:`.
pub(super) fn delivery(item: Item<'_>) -> Option<Delivery> {
    item.choice(&DELIVERIES)
}

/// Reads `deadline:`.
pub(super) fn deadline(item: Item<'_>) -> Option<Duration> {
    item.duration(DEADLINES)
}
