//! How long something lasts, and how much longer when it comes back: the time of a lease, and that of damping.
//!
//! ```yaml
//! for: 4h
//! for: 1h
//! then: x2
//! up_to: 7d
//! ```

use std::{fmt, ops::RangeInclusive, time::Duration};

use super::{decode::Item, diagnostic::quote, document::Value, quantity::show_duration};

/// What may be asked for.
pub(super) const TIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(366 * 24);

/// How long an effect is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The first time.
    pub first: Duration,
    /// How much longer each further time, in percent of the time before: 200 doubles, 100 stays.
    pub then: u32,
    /// Never longer than this.
    pub up_to: Duration,
}

impl Terms {
    /// How long it lasts the `times`-th time, counted from one.
    pub fn duration(&self, times: u32) -> Duration {
        let mut duration = self.first.min(self.up_to);
        for _ in 1..times {
            let longer = duration.as_millis().saturating_mul(u128::from(self.then)) / 100;
            let longer = Duration::from_millis(u64::try_from(longer).unwrap_or(u64::MAX)).min(self.up_to);
            if longer <= duration {
                break;
            }
            duration = longer;
        }
        duration
    }
}

impl fmt::Display for Terms {
    /// As it is written in the file, without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show_duration(self.first))?;
        if self.then > 100 {
            let (whole, part) = (self.then / 100, format!("{:02}", self.then % 100));
            let part = part.trim_end_matches('0');
            let dot = if part.is_empty() { "" } else { "." };
            write!(f, ", then x{whole}{dot}{part} up to {}", show_duration(self.up_to))?;
        }
        Ok(())
    }
}

/// A key and its value.
pub(super) type Entry<'a> = (Item<'a>, Item<'a>);

/// Reads the three of them; `name` is what the first is called where it stands, and `remedy` gives an end to what grows.
pub(super) fn decode(name: &str, first: Item<'_>, then: Option<Entry<'_>>, up_to: Option<Entry<'_>>) -> Option<Terms> {
    let first = first.duration(TIMES);
    let factor = then.map_or(Some(100), |(_, item)| growth(item));
    let most = up_to.map(|(_, item)| item.duration(TIMES));
    match (then, up_to) {
        (None, Some((key, _))) => {
            key.complain(key.error("`up_to` bounds what grows, and nothing does").help("add `then: x2`, or remove it"));
        }
        (Some((key, _)), None) => key.complain(key.error("`then` needs an end").help("add `up_to: 1d`")),
        _ => {}
    }
    let first = first?;
    let most = match most {
        Some(most) => most?,
        None => first,
    };
    if most < first
        && let Some((_, item)) = up_to
    {
        item.complain(item.error(format!("`up_to` is shorter than {}, where it begins", quote(name))));
    }
    Some(Terms { first, then: factor?, up_to: most })
}

/// `x2`: a factor, as percent.
fn growth(item: Item<'_>) -> Option<u32> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn it_grows_up_to_its_end_and_never_shrinks() {
        let doubled = Terms { first: HOUR, then: 200, up_to: 24 * HOUR };
        for (times, hours) in [(0, 1), (1, 1), (2, 2), (3, 4), (5, 16), (6, 24), (7, 24), (u32::MAX, 24)] {
            assert_eq!(doubled.duration(times), hours * HOUR, "{times}");
        }
        let same = Terms { first: HOUR, then: 100, up_to: HOUR };
        assert_eq!(same.duration(1000), HOUR);
        let half = Terms { first: HOUR, then: 150, up_to: 2 * HOUR };
        assert_eq!((half.duration(2), half.duration(3)), (HOUR * 3 / 2, HOUR * 2));
        // Nothing of what follows can be written in a file, and nothing of it may hang or overflow.
        let shrinks = Terms { first: HOUR, then: 50, up_to: HOUR };
        assert_eq!(shrinks.duration(u32::MAX), HOUR);
        let short = Terms { first: HOUR, then: 200, up_to: HOUR / 2 };
        assert_eq!(short.duration(3), HOUR / 2);
        let vast = Terms { first: Duration::MAX, then: u32::MAX, up_to: Duration::MAX };
        assert_eq!(vast.duration(u32::MAX), Duration::MAX);
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for (then, shown) in [
            (100, "1h"),
            (200, "1h, then x2 up to 7d"),
            (150, "1h, then x1.5 up to 7d"),
            (105, "1h, then x1.05 up to 7d"),
            (1000, "1h, then x10 up to 7d"),
        ] {
            assert_eq!(Terms { first: HOUR, then, up_to: 7 * 24 * HOUR }.to_string(), shown);
        }
    }
}
