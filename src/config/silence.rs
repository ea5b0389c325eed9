//! `silent:` of a trigger: how long nothing must have come from a sensor before it counts as silent.

use std::{fmt, sync::Arc, time::Duration};

use super::quantity::show_duration;

/// What a sensor is taken to have for an interval when its heartbeats tell none: libprelude's default.
const USUAL_INTERVAL: Duration = Duration::from_mins(10);
/// Intervals beyond this count as this: no sensor may excuse itself for years.
const LONGEST_INTERVAL: Duration = Duration::from_hours(24);
/// What is granted beyond the intervals, at least; otherwise a tenth of an interval.
const LEAST_SLACK: Duration = Duration::from_secs(5);

/// A trigger is set off when a sensor falls silent, not by a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// For how long.
    pub after: SilentFor,
    /// Whether a sensor counts that has said that it is exiting.
    pub after_exit: bool,
    /// The analyzerids or names of sensors that must be heard of at all.
    pub expect: Vec<Arc<str>>,
}

/// How long a silence must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilentFor {
    /// So long, whatever the sensor's heartbeats say.
    Time(Duration),
    /// So many of the sensor's own intervals between heartbeats, and a little more.
    Intervals(u32),
}

impl Default for Silent {
    fn default() -> Self {
        Self { after: SilentFor::Intervals(2), after_exit: false, expect: Vec::new() }
    }
}

impl Silent {
    /// How long a sensor may be silent whose heartbeats tell this interval.
    pub fn period(&self, interval: Option<Duration>) -> Duration {
        match self.after {
            SilentFor::Time(time) => time,
            SilentFor::Intervals(count) => {
                let interval = interval.filter(|told| !told.is_zero()).unwrap_or(USUAL_INTERVAL).min(LONGEST_INTERVAL);
                interval * count + LEAST_SLACK.max(interval / 10)
            }
        }
    }
}

impl fmt::Display for SilentFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => f.write_str(&show_duration(*time)),
            Self::Intervals(count) => write!(f, "{count} intervals"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_follows_the_sensors_interval_within_reason() {
        let (seconds, intervals) =
            (Duration::from_secs, |count| Silent { after: SilentFor::Intervals(count), ..Silent::default() });
        for (count, interval, period) in [
            (2, Some(600), 1260),
            (2, Some(1), 7),
            (3, Some(30), 95),
            (2, None, 1260),
            (2, Some(0), 1260),
            (2, Some(u64::from(u32::MAX)), 2 * 86_400 + 8640),
        ] {
            assert_eq!(intervals(count).period(interval.map(seconds)), seconds(period), "{count} x {interval:?}");
        }
        let fixed = Silent { after: SilentFor::Time(seconds(180)), ..Silent::default() };
        assert_eq!(fixed.period(Some(seconds(600))), seconds(180));
        assert_eq!(
            (fixed.after.to_string().as_str(), Silent::default().after.to_string().as_str()),
            ("3m", "2 intervals")
        );
    }
}
