//! Values and times, and how they look as text: as libprelude's `idmef_value_to_string` prints them.

use std::{borrow::Cow, fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{Timestamp, civil, tz::Offset};

/// A value as libprelude types it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Any signed integer.
    Integer(i64),
    /// Any unsigned integer.
    Unsigned(u64),
    /// `confidence`, and additional data of type real.
    Float(f64),
    /// A string: any bytes, mostly UTF-8. A hostile sender may have put anything in it, even NUL.
    Text(&'a [u8]),
    /// Additional data of type byte-string, and `overflow_alert.buffer`.
    Bytes(&'a [u8]),
    /// A point in time.
    Time(Time),
    /// An enumerated value.
    Enumeration {
        /// As IDMEF spells it, e.g. `high`.
        name: &'static str,
        /// As libprelude numbers it, e.g. 4.
        number: i32,
    },
}

impl<'a> Value<'a> {
    /// The value as filters compare it, `explain` shows it and actions receive it.
    ///
    /// Numbers are decimal, floats have six decimals, byte strings are base64, enumerated values are names, times
    /// look like `2026-11-21T16:30:00.123456+02:00`. Bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        match *self {
            Self::Text(bytes) => String::from_utf8_lossy(bytes),
            Self::Bytes(bytes) => Cow::Owned(BASE64_STANDARD.encode(bytes)),
            Self::Enumeration { name, .. } => Cow::Borrowed(name),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Unsigned(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(float_text(number)),
            Self::Time(time) => Cow::Owned(time.to_string()),
        }
    }
}

/// A float as C's `%f` prints it.
pub(super) fn float_text(number: f64) -> String {
    match (number.is_nan(), number.is_sign_negative()) {
        (true, false) => "nan".to_owned(),
        (true, true) => "-nan".to_owned(),
        (false, _) => format!("{number:.6}"),
    }
}

/// A point in time with the sender's UTC offset, to the microsecond.
///
/// Two times are equal when all three numbers are: the same moment seen from two offsets is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: u32,
    /// Microseconds within the second.
    pub microseconds: u32,
    /// Seconds east of Greenwich.
    pub gmt_offset: i32,
}

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self { seconds: 0, microseconds: 0, gmt_offset: 0 };

    /// As on the wire: three 32-bit numbers, most significant byte first.
    pub(super) fn to_wire(self) -> [u8; 12] {
        let mut wire = [0; 12];
        let numbers = [self.seconds.to_be_bytes(), self.microseconds.to_be_bytes(), self.gmt_offset.to_be_bytes()];
        wire.copy_from_slice(numbers.as_flattened());
        wire
    }

    pub(super) fn from_wire(wire: [u8; 12]) -> Self {
        let (numbers, _) = wire.as_chunks();
        let number = |place| numbers.get(place).copied().unwrap_or_default();
        Self {
            seconds: u32::from_be_bytes(number(0)),
            microseconds: u32::from_be_bytes(number(1)),
            gmt_offset: i32::from_be_bytes(number(2)),
        }
    }
}

impl fmt::Display for Time {
    /// `2026-11-21T16:30:00.123456+02:00`, in the sender's own offset. Seconds of an offset are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A u32 and an i32 together stay within the years 1901 to 2174, well inside what a Timestamp holds.
        let local = Timestamp::from_second(i64::from(self.seconds) + i64::from(self.gmt_offset)).unwrap_or_default();
        let local = Offset::UTC.to_datetime(local);
        let sign = if self.gmt_offset < 0 { '-' } else { '+' };
        let minutes = self.gmt_offset.unsigned_abs() / 60;
        write!(
            f,
            "{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}{sign}{:02}:{:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
            self.microseconds,
            minutes / 60,
            minutes % 60,
        )
    }
}

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It does not look like one.
    #[error("expected a time such as 2026-11-21T16:30:00.123456+02:00")]
    Form,
    /// It looks like one, but that day or hour does not exist.
    #[error("there is no such day or hour")]
    Calendar,
    /// IDMEF messages count seconds from 1970 in 32 bits.
    #[error("times must lie between 1970 and 2106")]
    Range,
}

impl FromStr for Time {
    type Err = TimeError;

    /// Reads `YYYY-MM-DD`, then `T` or blanks and `HH:MM:SS`, then a fraction of up to six digits, then `Z` or
    /// `+HH:MM` or `-HH:MM`. What is left out is zero; without an offset the time is UTC (libprelude would take the
    /// reader's time zone, and every reader would read another time).
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut rest = Scanner(text.as_bytes());
        let (year, month, day) = (rest.digits(4)?, rest.after(b'-')?.digits(2)?, rest.after(b'-')?.digits(2)?);
        let (mut hour, mut minute, mut second, mut microseconds, mut gmt_offset) = (0, 0, 0, 0, 0);
        if !rest.0.is_empty() {
            if rest.after(b'T').is_err() {
                rest.after(b' ')?.0 = rest.0.trim_ascii_start();
            }
            (hour, minute, second) = (rest.digits(2)?, rest.after(b':')?.digits(2)?, rest.after(b':')?.digits(2)?);
            if rest.after(b'.').is_ok() || rest.after(b',').is_ok() {
                microseconds = rest.fraction()?;
            }
            if rest.after(b'Z').is_err() && !rest.0.is_empty() {
                let sign = if rest.after(b'-').is_ok() { -1 } else { rest.after(b'+').map(|_| 1)? };
                let (hours, minutes) = (rest.digits(2)?, rest.after(b':')?.digits(2)?);
                gmt_offset = sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
            }
        }
        if !rest.0.is_empty() {
            return Err(TimeError::Form);
        }
        let small = |number: i16| i8::try_from(number).map_err(|_| TimeError::Form);
        let local =
            civil::DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0)
                .map_err(|_| TimeError::Calendar)?;
        let local = Offset::UTC.to_timestamp(local).map_err(|_| TimeError::Range)?.as_second();
        let seconds = u32::try_from(local - i64::from(gmt_offset)).map_err(|_| TimeError::Range)?;
        Ok(Self { seconds, microseconds, gmt_offset })
    }
}

/// What is left of a text being read from the front.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn after(&mut self, byte: u8) -> Result<&mut Self, TimeError> {
        self.0 = self.0.strip_prefix(&[byte]).ok_or(TimeError::Form)?;
        Ok(self)
    }

    fn digits(&mut self, count: usize) -> Result<i16, TimeError> {
        let (digits, rest) = self.0.split_at_checked(count).ok_or(TimeError::Form)?;
        let digits = digits.iter().try_fold(0_i16, |number, digit| {
            let digit = char::from(*digit).to_digit(10).ok_or(TimeError::Form)?;
            Ok(number * 10 + i16::try_from(digit).unwrap_or_default())
        })?;
        self.0 = rest;
        Ok(digits)
    }

    /// One to six digits as millionths.
    fn fraction(&mut self) -> Result<u32, TimeError> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count).ok_or(TimeError::Form)?;
        if !(1..=6).contains(&count) {
            return Err(TimeError::Form);
        }
        self.0 = rest;
        let padded = digits.iter().chain(b"000000").take(6);
        Ok(padded.fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }
}
