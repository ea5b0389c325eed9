//! What a message means to a trigger on silence.

use std::{sync::LazyLock, time::Duration};

use crate::{
    config::Silent,
    idmef::{Kind, Message, Path, Value},
};

/// A larger heartbeat makes nobody known.
pub(super) const LARGEST_HEARTBEAT: usize = 1 << 20;
/// A longer analyzerid is none; libprelude's have up to twenty digits.
pub(super) const LONGEST_ID: usize = 128;

/// What a trigger on silence makes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilenceVerdict {
    /// It waits so long for the next sign of life.
    Waits(Duration),
    /// The sensor has said that it is exiting: its silence is no news.
    SaidGoodbye,
    /// It is no heartbeat of a sensor that can be told from others.
    NoSensor,
}

/// What a trigger on silence makes of this message.
pub(super) fn verdict(silent: &Silent, message: &Message) -> SilenceVerdict {
    let known = message.issuer().is_some_and(|id| id.len() <= LONGEST_ID) && message.size() <= LARGEST_HEARTBEAT;
    if message.kind() != Kind::Heartbeat || !known {
        SilenceVerdict::NoSensor
    } else if is_goodbye(message) && !silent.after_exit {
        SilenceVerdict::SaidGoodbye
    } else {
        SilenceVerdict::Waits(silent.period(interval(message)))
    }
}

/// What a heartbeat says about when the next will come.
pub(super) fn interval(heartbeat: &Message) -> Option<Duration> {
    static INTERVAL: LazyLock<Option<Path>> = LazyLock::new(|| "heartbeat.heartbeat_interval".parse().ok());
    match heartbeat.get(INTERVAL.as_ref()?)? {
        Value::Unsigned(seconds) => Some(Duration::from_secs(seconds)),
        Value::Integer(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
        _ => None,
    }
}

/// Whether a heartbeat is the last before the sensor ends, as libprelude says it.
pub(super) fn is_goodbye(heartbeat: &Message) -> bool {
    static STATUS: LazyLock<Option<Path>> =
        LazyLock::new(|| "heartbeat.additional_data('Analyzer status').data".parse().ok());
    let status = STATUS.as_ref().and_then(|path| heartbeat.get(path));
    status.is_some_and(|status| status.text() == "exiting")
}
