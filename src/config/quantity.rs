//! Durations, sizes and rates: a whole number and a unit, `500ms`, `64KiB`, `50/s`.
//!
//! A number alone is refused, because one reader takes `timeout: 5` for seconds and the next for milliseconds.

use std::time::Duration;

/// How a duration may be written, for diagnostics.
pub(super) const DURATION: &str =
    "a duration: a whole number and `ms`, `s`, `m`, `h` or `d`, such as `500ms`, `5s` or `4h`";
/// How a size may be written, for diagnostics.
pub(super) const SIZE: &str = "a size: a whole number and `B`, `KiB`, `MiB` or `GiB`, such as `64KiB`";
/// How a rate may be written, for diagnostics.
pub(super) const RATE: &str = "a rate: a whole number and `/s`, `/m`, `/h` or `/d`, such as `50/s`";

const DURATION_UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const RATE_UNITS: [(&str, Duration); 4] = [
    ("/s", Duration::from_secs(1)),
    ("/m", Duration::from_mins(1)),
    ("/h", Duration::from_hours(1)),
    ("/d", Duration::from_hours(24)),
];
const SIZE_UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads a duration from the command line.
///
/// # Errors
///
/// What was expected, and a guess at what was meant.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|guess| match guess {
        Some(guess) => format!("expected {DURATION}; did you mean `{guess}`?"),
        None => format!("expected {DURATION}"),
    })
}

/// Reads a size from the command line.
///
/// # Errors
///
/// What was expected, and a guess at what was meant.
pub fn parse_size(text: &str) -> Result<u64, String> {
    size(text).map_err(|guess| match guess {
        Some(guess) => format!("expected {SIZE}; did you mean `{guess}`?"),
        None => format!("expected {SIZE}"),
    })
}

/// Reads a duration; the error is a guess at what was meant, where there is one.
pub(super) fn duration(text: &str) -> Result<Duration, Option<String>> {
    number_and_unit(text, &DURATION_UNITS).map(Duration::from_millis).ok_or_else(|| {
        guess(text, Some("s"), |unit| match unit.to_ascii_lowercase().as_str() {
            "msec" | "msecs" | "millis" | "milliseconds" | "millisecond" | "ms" => Some("ms"),
            "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
            "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
            "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
            "d" | "day" | "days" => Some("d"),
            _ => None,
        })
    })
}

/// Reads a size in bytes; the error is a guess at what was meant, where there is one.
pub(super) fn size(text: &str) -> Result<u64, Option<String>> {
    number_and_unit(text, &SIZE_UNITS).ok_or_else(|| {
        guess(text, None, |unit| match unit.to_ascii_lowercase().as_str() {
            "b" | "byte" | "bytes" => Some("B"),
            "k" | "kb" | "kib" => Some("KiB"),
            "m" | "mb" | "mib" => Some("MiB"),
            "g" | "gb" | "gib" => Some("GiB"),
            _ => None,
        })
    })
}

/// Reads a number and the time it is for; the error is a guess at what was meant, where there is one.
pub(super) fn rate(text: &str) -> Result<(u64, Duration), Option<String>> {
    let (number, unit) = split(text);
    let per = RATE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, per)| *per);
    number.parse().ok().zip(per).ok_or_else(|| {
        guess(text, Some("/s"), |unit| {
            let unit = unit.to_ascii_lowercase();
            match unit.trim_start_matches("per").trim_start_matches('/').trim() {
                "s" | "sec" | "second" => Some("/s"),
                "m" | "min" | "minute" => Some("/m"),
                "h" | "hr" | "hour" => Some("/h"),
                "d" | "day" => Some("/d"),
                _ => None,
            }
        })
    })
}

/// A duration the way it is written in the file.
pub(super) fn show_duration(value: Duration) -> String {
    let millis = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    show(millis, &DURATION_UNITS)
}

/// A size the way it is written in the file.
pub(super) fn show_size(value: u64) -> String {
    show(value, &SIZE_UNITS)
}

fn show(value: u64, units: &[(&str, u64)]) -> String {
    let fitting = units.iter().rev().find(|(_, of)| value >= *of && value.is_multiple_of(*of));
    let (unit, of) = fitting.or(units.first()).copied().unwrap_or(("", 1));
    format!("{}{unit}", value / of)
}

fn split(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(digits)
}

fn number_and_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = split(text);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// `5 sec` was meant as `5s`, `64kb` as `64KiB`, and a duration without a unit most likely in seconds.
fn guess(text: &str, usual: Option<&str>, known: impl Fn(&str) -> Option<&'static str>) -> Option<String> {
    let (number, unit) = split(text.trim());
    if number.is_empty() {
        return None;
    }
    match unit.trim() {
        "" => usual.map(|unit| format!("{number}{unit}")),
        unit => known(unit).map(|unit| format!("{number}{unit}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_unit_is_read_and_shown() {
        for (text, millis) in
            [("0ms", 0), ("500ms", 500), ("5s", 5_000), ("10m", 600_000), ("4h", 14_400_000), ("7d", 604_800_000)]
        {
            let value = duration(text).unwrap();
            assert_eq!(value, Duration::from_millis(millis), "{text}");
            assert_eq!(show_duration(value), text);
        }
        for (text, bytes) in [("3B", 3), ("64KiB", 65_536), ("1MiB", 1 << 20), ("2GiB", 2 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
            assert_eq!(show_size(bytes), text);
        }
    }

    #[test]
    fn what_is_nearly_right_is_guessed_and_never_taken() {
        for (text, meant) in [
            ("5", Some("5s")),
            ("5 s", Some("5s")),
            ("5sec", Some("5s")),
            ("2 Minutes", Some("2m")),
            ("1.5s", None),
            ("s", None),
            ("", None),
            ("-5s", None),
            ("5w", None),
            ("٣s", None),
        ] {
            assert_eq!(duration(text), Err(meant.map(str::to_owned)), "{text}");
        }
        for (text, meant) in [("64", None), ("64kb", Some("64KiB")), ("64 MiB", Some("64MiB")), ("1TiB", None)] {
            assert_eq!(size(text), Err(meant.map(str::to_owned)), "{text}");
        }
        for (text, meant) in [
            ("50", Some("50/s")),
            ("50 / s", Some("50/s")),
            ("30/min", Some("30/m")),
            ("100 per hour", Some("100/h")),
            ("50/week", None),
            ("/s", None),
            ("1.5/s", None),
        ] {
            assert_eq!(rate(text), Err(meant.map(str::to_owned)), "{text}");
        }
        assert_eq!(rate("50/s"), Ok((50, Duration::from_secs(1))));
        assert_eq!(rate("1/d"), Ok((1, Duration::from_hours(24))));
        // More than 64 bits of milliseconds is no duration at all.
        assert!(duration("99999999999999999d").is_err());
    }
}
