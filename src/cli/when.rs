//! Times as people write and read them.

use std::time::Duration;

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::config::parse_duration;

const EXPECTED: &str = "a time such as `2026-11-22T10:00:00Z`, `2026-11-22 10:00` (of this host) or `2026-11-22`, or how long ago: `2h ago`";

/// A time that is past: `2h ago`, `90m`, or as [`time`].
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    moment_at(text, Timestamp::now())
}

fn moment_at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    let ago = text.strip_suffix("ago").map_or(text, str::trim_end);
    match parse_duration(ago) {
        Ok(long) => now.checked_sub(long).map_err(|_| format!("{text} is before all times")),
        Err(why) if ago != text => Err(why),
        Err(_) if text == "now" => Ok(now),
        Err(_) => time(text),
    }
}

/// A time; without a zone it is this host's.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let local =
        text.parse::<civil::DateTime>().or_else(|_| text.parse::<civil::Date>().map(|date| date.at(0, 0, 0, 0)));
    let zoned = local.and_then(|local| local.to_zoned(TimeZone::system()));
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| format!("expected {EXPECTED}"))
}

/// A new end of something: so much later, or at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewEnd {
    /// So much later than it would end.
    Later(Duration),
    /// Then.
    At(Timestamp),
}

/// `2h` or a time.
pub(super) fn new_end(text: &str) -> Result<NewEnd, String> {
    match parse_duration(text) {
        Ok(longer) => Ok(NewEnd::Later(longer)),
        Err(_) => time(text).map(NewEnd::At).map_err(|_| {
            "expected how much later, such as `2h`, or a time such as `2026-11-22T10:00:00Z` or `2026-11-22 10:00` (of this host)"
                .to_owned()
        }),
    }
}

/// A time on the second, as the log has it.
pub(super) fn show(time: Timestamp) -> String {
    format!("{time:.0}")
}

/// A stretch of time in its two largest units: `3h 12m`.
pub(super) fn show_duration(long: Duration) -> String {
    let seconds = long.as_secs();
    let units = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let mut parts = units.iter().skip_while(|(number, _)| *number == 0).take(2).filter(|(number, _)| *number > 0);
    match (parts.next(), parts.next()) {
        (None, _) => "0s".to_owned(),
        (Some((number, unit)), None) => format!("{number}{unit}"),
        (Some((number, unit)), Some((less, smaller))) => format!("{number}{unit} {less}{smaller}"),
    }
}

/// How long it is until a time; none when it is past.
pub(super) fn until(time: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(time.duration_since(now)).ok().filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let at = |text: &str| moment_at(text, now).map(|time| time.to_string());
        for (text, expected) in [
            ("2h ago", "2026-11-22T08:00:00Z"),
            ("2hago", "2026-11-22T08:00:00Z"),
            ("90m", "2026-11-22T08:30:00Z"),
            ("1d", "2026-11-21T10:00:00Z"),
            ("now", "2026-11-22T10:00:00Z"),
            ("2026-11-22T09:00:00+01:00", "2026-11-22T08:00:00Z"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(expected), "{text}");
        }
        let local = "2026-11-22 09:30".parse::<civil::DateTime>().unwrap().to_zoned(TimeZone::system()).unwrap();
        assert_eq!(at("2026-11-22 09:30").unwrap(), local.timestamp().to_string());
        assert!(at("2026-11-22").is_ok());
        for wrong in ["yesterday", "", "2h later", "2026-13-01", "99999999d", "5 hours ago"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
        assert_eq!(at("5 hours ago").unwrap_err().lines().count(), 1);
    }

    #[test]
    fn a_new_end_is_a_stretch_of_time_or_a_time() {
        assert_eq!(new_end("2h"), Ok(NewEnd::Later(Duration::from_hours(2))));
        assert_eq!(new_end("2026-11-22T10:00:00Z"), Ok(NewEnd::At("2026-11-22T10:00:00Z".parse().unwrap())));
        assert!(new_end("soon").is_err());
    }

    #[test]
    fn stretches_of_time_are_shown_in_two_units() {
        for (seconds, expected) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (61, "1m 1s"),
            (3600, "1h"),
            (3661, "1h 1m"),
            (7205, "2h"),
            (200_000, "2d 7h"),
        ] {
            assert_eq!(show_duration(Duration::from_secs(seconds)), expected);
        }
    }
}
