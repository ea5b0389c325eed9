//! `breaker:`: what happens when there are too many jobs.
//!
//! ```yaml
//! breaker: { jobs: 50, within: 10m, then: pause, roll_back: 10 }
//! ```

use std::time::Duration;

use super::decode::Item;

const KEYS: [&str; 4] = ["jobs", "within", "then", "roll_back"];
/// The most that one can count: the times of all of them are remembered.
const MOST: u32 = 10_000;

/// `breaker:` of an action, of a trigger or of all actions: more jobs than this within a time, and what they are made for is
/// paused until somebody resumes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// How many jobs are let through; the next one trips it.
    pub jobs: u32,
    /// Within which time.
    pub within: Duration,
    /// How many of the last leases of what is paused are undone then; default 0.
    pub roll_back: u32,
}

/// Reads one.
pub(super) fn decode(item: Item<'_>) -> Option<Breaker> {
    let table = item.table("`breaker`", &KEYS)?;
    let jobs = table.require("jobs", "say how many jobs are let through: `jobs: 50`");
    let within = table.require("within", "say within which time: `within: 10m`");
    let jobs = jobs.and_then(|item| item.integer(1..=MOST));
    let within = within.and_then(|item| item.duration(Duration::from_secs(1)..=Duration::from_hours(30 * 24)));
    table.read("then", &mut (), |item| item.choice(&[("pause", ())]));
    let mut roll_back = 0;
    table.read("roll_back", &mut roll_back, |item| item.integer(0..=MOST));
    Some(Breaker { jobs: jobs?, within: within?, roll_back })
}
