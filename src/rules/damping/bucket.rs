//! What is remembered for one key.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::{Quiet, Threshold};

/// Of a threshold, when the matches were; of `once` and `cooldown`, when the last one went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bucket {
    /// When there were matches, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    matches: Vec<Timestamp>,
    /// When one went through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fired: Option<Timestamp>,
    /// Until when no other does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// How often in a row.
    #[serde(default)]
    times: u32,
    /// When it means nothing any more.
    #[serde(skip, default = "never")]
    pub(super) expires: Timestamp,
}

fn never() -> Timestamp {
    Timestamp::MAX
}

/// A time so much later, or the last there is.
fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Default for Bucket {
    fn default() -> Self {
        Self { matches: Vec::new(), fired: None, until: None, times: 0, expires: Timestamp::MAX }
    }
}

impl Bucket {
    pub(super) fn from_json(data: &str, expires: Timestamp) -> Option<Self> {
        serde_json::from_str(data).ok().map(|bucket| Self { expires, ..bucket })
    }

    pub(super) fn to_json(&self) -> String {
        // Numbers and times are always JSON.
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// One more match: how many there are now within the time.
    pub(super) fn count(mut self, at: Timestamp, threshold: &Threshold) -> (Self, u32) {
        for before in &mut self.matches {
            // The clock has jumped back.
            *before = (*before).min(at);
        }
        self.matches.retain(|before| later(*before, threshold.within) > at);
        self.matches.push(at);
        // A threshold that was lowered; one that was raised goes on counting.
        let most = usize::try_from(threshold.count).unwrap_or(usize::MAX).max(1);
        let surplus = self.matches.len().saturating_sub(most);
        self.matches.drain(..surplus);
        let count = u32::try_from(self.matches.len()).unwrap_or(u32::MAX);
        (self, count)
    }

    /// Until when nothing goes through; none if it does now.
    pub(super) fn quiet_until(&self, at: Timestamp) -> Option<Timestamp> {
        let (fired, until) = (self.fired?, self.until?);
        // A clock that has jumped back further than that knows nothing of what was.
        let jumped = length(at, fired) > length(fired, until);
        (until > at && !jumped).then_some(until)
    }

    /// A match that was held back begins the quiet time anew, as long as it was.
    pub(super) fn prolong(mut self, at: Timestamp, quiet: &Quiet) -> Self {
        self.until = Some(later(at, quiet.duration(self.times.max(1))));
        self.fired = self.fired.map(|fired| fired.min(at));
        self.forgotten(quiet);
        self
    }

    /// A match went through.
    pub(super) fn fire(mut self, at: Timestamp, quiet: &Quiet) -> Self {
        let soon = match (self.fired, self.until) {
            (Some(fired), Some(until)) => at < later(until, length(fired, until)),
            _ => false,
        };
        self.times = if soon { self.times.saturating_add(1) } else { 1 };
        self.fired = Some(at);
        self.until = Some(later(at, quiet.duration(self.times)));
        self.forgotten(quiet);
        self
    }

    /// It counts for so long.
    pub(super) fn until(mut self, at: Timestamp, within: Duration) -> Self {
        self.expires = later(at, within);
        self
    }

    /// It counts until not even coming back would be soon.
    fn forgotten(&mut self, quiet: &Quiet) {
        let until = self.until.unwrap_or(Timestamp::MIN);
        let began = self.fired.unwrap_or(until);
        self.expires = later(until, length(began, until).max(quiet.within));
    }
}

fn length(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}
