// SPDX-License-Identifier: MIT OR Apache-2.0

//! Times, read and written as the daemon does.

use crate::Timestamp;

/// Days from 1970-01-01 to a day of the Gregorian calendar. March is taken for the first month, so that the day that some years
/// have more is the last one.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = year - i64::from(month <= 2);
    let before: i64 = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275][usize::try_from(month - 1).unwrap_or(0)];
    365 * shifted + shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400) + before + day
        - 1
        - 719_468
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `YYYY-MM-DD`, then `T` or blanks and `HH:MM:SS`, a fraction of up to six digits, `Z` or an offset; what is left out is zero.
pub fn parse(text: &str) -> Option<Timestamp> {
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    after(&mut rest, b'-')?;
    let month = digits(&mut rest, 2)?;
    after(&mut rest, b'-')?;
    let day = digits(&mut rest, 2)?;
    let (mut clock, mut microseconds, mut offset) = (0, 0, 0);
    if !rest.is_empty() {
        if after(&mut rest, b'T').is_none() {
            after(&mut rest, b' ')?;
            rest = rest.trim_ascii_start();
        }
        let hour = digits(&mut rest, 2)?;
        after(&mut rest, b':')?;
        let minute = digits(&mut rest, 2)?;
        after(&mut rest, b':')?;
        let second = digits(&mut rest, 2)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        clock = hour * 3600 + minute * 60 + second;
        if after(&mut rest, b'.').is_some() || after(&mut rest, b',').is_some() {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=6).contains(&length) {
                return None;
            }
            microseconds = digits(&mut rest, length)? * 10_i64.pow(6 - u32::try_from(length).ok()?);
        }
        if after(&mut rest, b'Z').is_none() && !rest.is_empty() {
            let sign = if after(&mut rest, b'-').is_some() { -1 } else { after(&mut rest, b'+').map(|()| 1)? };
            let hours = digits(&mut rest, 2)?;
            after(&mut rest, b':')?;
            offset = sign * (hours * 3600 + digits(&mut rest, 2)? * 60);
        }
    }
    if !rest.is_empty() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + clock - offset;
    // IDMEF messages count seconds in 32 bits.
    u32::try_from(seconds).ok()?;
    Some(Timestamp {
        seconds,
        microseconds: u32::try_from(microseconds).ok()?,
        gmt_offset_seconds: i32::try_from(offset).ok()?,
    })
}

fn after(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (digits, after) = rest.split_at_checked(count)?;
    *rest = after;
    digits.iter().try_fold(0, |number, digit| Some(number * 10 + i64::from(char::from(*digit).to_digit(10)?)))
}

/// `2026-11-21T16:30:00.123456+02:00`, in the sender's own offset.
pub fn text(time: &Timestamp) -> String {
    let local = time.seconds + i64::from(time.gmt_offset_seconds);
    let (days, clock) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let mut year = 1970 + days.div_euclid(366);
    while days_from_civil(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut left = days - days_from_civil(year, 1, 1);
    let mut month = 1;
    while left >= days_in(year, month) {
        left -= days_in(year, month);
        month += 1;
    }
    let sign = if time.gmt_offset_seconds < 0 { '-' } else { '+' };
    let minutes = time.gmt_offset_seconds.unsigned_abs() / 60;
    format!(
        "{year}-{month:02}-{:02}T{:02}:{:02}:{:02}.{:06}{sign}{:02}:{:02}",
        left + 1,
        clock / 3600,
        clock / 60 % 60,
        clock % 60,
        time.microseconds,
        minutes / 60,
        minutes % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_the_same() {
        for time in [
            "1970-01-01T00:00:00.000000+00:00",
            "2000-02-29T23:59:59.999999-03:30",
            "2100-02-28T12:00:00.000001+00:00",
            "2026-11-21T16:30:00.123456+02:00",
            "1999-12-31T23:59:59.500000+00:00",
        ] {
            assert_eq!(text(&parse(time).expect(time)), time);
        }
        assert_eq!(parse("2026-11-21T16:30:00.5Z").unwrap().microseconds, 500_000);
        assert_eq!(parse("2026-11-21").unwrap().seconds, 1_795_219_200);
        assert_eq!(parse("2026-11-21  16:30:00").unwrap().seconds, 1_795_219_200 + 16 * 3600 + 1800);
        for bad in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "2026-11-21T24:00:00",
            "1969-12-31",
            "2107-01-01",
            "2026-11-21x",
            "2026-11-21T10:00:00.1234567",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
