//! The question `time`: hours of the day, days of the week, in a time zone.

use std::fmt;

use jiff::{Timestamp, civil::Weekday, tz::TimeZone};

use crate::idmef;

/// Minutes of a day.
pub const MINUTES: u16 = 24 * 60;

/// Whether a moment lies within hours of the day and days of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeTest {
    /// Which moment.
    pub of: Moment,
    /// The hours; none means all day.
    pub hours: Vec<Hours>,
    /// The days; a range of hours that runs past midnight belongs to the day on which it begins.
    pub days: Days,
    /// Whose hours and days.
    pub zone: TimeZone,
}

/// The moment that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// When what the message reports happened: the first of `alert.detect_time` and `create_time` that it has.
    Message,
    /// When the message is looked at.
    Now,
    /// The first value of this path.
    Path(idmef::Path),
}

/// From a minute of the day up to another, not included; past midnight when that is not later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute of the day, 0 to 1439.
    pub from: u16,
    /// The minute at which it is over, 1 to 1440.
    pub to: u16,
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u8);

/// The names of the days, Monday first.
pub const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl TimeTest {
    /// Whether this moment is within the hours and days.
    pub fn holds(&self, moment: Timestamp) -> bool {
        let local = self.zone.to_datetime(moment);
        let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        self.holds_at(local.weekday(), minute)
    }

    /// Whether this minute of this day, in its own zone, is within the hours and days.
    pub fn holds_at(&self, today: Weekday, minute: u16) -> bool {
        let yesterday = today.wrapping_sub(1_i64);
        if self.hours.is_empty() {
            return self.days.contains(today);
        }
        self.hours.iter().any(|hours| {
            if hours.from < hours.to {
                self.days.contains(today) && (hours.from..hours.to).contains(&minute)
            } else {
                (self.days.contains(today) && minute >= hours.from)
                    || (self.days.contains(yesterday) && minute < hours.to)
            }
        })
    }
}

impl Days {
    /// The whole week.
    pub const ALL: Self = Self(0x7f);
    /// No day at all.
    pub const NONE: Self = Self(0);

    /// With the days from one to another, both included; past Sunday when the second is earlier.
    #[must_use]
    pub fn with(self, first: u8, last: u8) -> Self {
        let length = (last + 7 - first) % 7;
        (0..=length).fold(self, |days, offset| Self(days.0 | 1 << ((first + offset) % 7)))
    }

    fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

impl fmt::Display for TimeTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("time")?;
        if self.days != Days::ALL {
            write!(f, " {}", self.days)?;
        }
        for (number, hours) in self.hours.iter().enumerate() {
            write!(f, "{} {hours}", if number > 0 { "," } else { "" })?;
        }
        if let Some(name) = self.zone.iana_name() {
            write!(f, " {name}")?;
        }
        match &self.of {
            Moment::Message => Ok(()),
            Moment::Now => f.write_str(" (now)"),
            Moment::Path(path) => write!(f, " ({path})"),
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            (0..).zip(DAY_NAMES).filter(|(day, _)| self.0 & (1 << day) != 0).map(|(_, name)| name).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn test(hours: &[(u16, u16)], days: Days, zone: &str) -> TimeTest {
        let hours = hours.iter().map(|&(from, to)| Hours { from: from * 60, to: to * 60 }).collect();
        TimeTest { of: Moment::Now, hours, days, zone: TimeZone::get(zone).unwrap() }
    }

    fn at(test: &TimeTest, moment: &str) -> bool {
        test.holds(moment.parse().unwrap())
    }

    #[test]
    fn hours_are_those_of_the_zone() {
        // 2026-11-21 is a Saturday.
        let office = test(&[(7, 20)], Days::NONE.with(0, 4), "Europe/Paris");
        assert!(at(&office, "2026-11-20T06:00:00Z"), "07:00 in Paris");
        assert!(!at(&office, "2026-11-20T05:59:59Z"));
        assert!(!at(&office, "2026-11-20T19:00:00Z"), "20:00 is no more");
        assert!(!at(&office, "2026-11-21T10:00:00Z"), "Saturday");
        assert!(at(&office, "2026-07-10T05:00:00Z"), "summer time");
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let night = test(&[(22, 6)], Days::NONE.with(4, 4), "UTC");
        assert!(at(&night, "2026-11-20T22:00:00Z"));
        assert!(at(&night, "2026-11-21T05:59:00Z"), "Saturday morning is Friday's night");
        assert!(!at(&night, "2026-11-21T06:00:00Z"));
        assert!(!at(&night, "2026-11-21T22:00:00Z"));
        assert!(!at(&night, "2026-11-20T05:00:00Z"), "Thursday's night");
    }

    #[test]
    fn days_may_run_past_sunday() {
        assert_eq!(Days::NONE.with(4, 0).to_string(), "mon,fri,sat,sun");
        assert_eq!(Days::NONE.with(0, 6), Days::ALL);
    }

    #[test]
    fn the_whole_day_has_an_end() {
        let day = test(&[(0, 24)], Days::ALL, "UTC");
        assert!(at(&day, "2026-11-20T23:59:59.9Z"));
        assert_eq!(day.to_string(), "time 00:00-24:00 UTC (now)");
    }
}
