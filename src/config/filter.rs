//! What can be asked of a message: filters as plain data, every text in them parsed.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use super::{Expression, Location, Set, TimeTest};
use crate::idmef::{self, schema::Enumeration};

/// One yes/no question about a message.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Where it stands.
    pub at: Location,
    /// What it asks.
    pub test: Test,
}

/// What a filter asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Something about the values at a path.
    Values(ValuesTest),
    /// Something about the time of day and the day of the week.
    Time(TimeTest),
    /// Yes when this one says no.
    Not(Box<Filter>),
    /// Yes when any of these says yes.
    Any(Vec<Filter>),
    /// Yes when all of these say yes.
    All(Vec<Filter>),
}

/// A question to every value at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuesTest {
    /// The values that are asked.
    pub path: idmef::Path,
    /// What they are asked: a value says yes when it says yes to all of these. None at all asks whether
    /// there is a value.
    pub questions: Vec<Question>,
    /// How many of the values must say yes.
    pub quantifier: Quantifier,
}

/// What a filter asks of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Does the regular expression match somewhere in the value's text?
    Regex(Expression),
    /// Does the pattern match the whole of the value's text?
    Glob(Glob),
    /// Is it this?
    Equals(Equal),
    /// Is it one of these?
    In(Arc<Set>),
    /// Is it larger or smaller than this?
    Order(Relation, Bound),
}

/// A pattern in which `*` stands for any text, `?` for one character and `[…]` for one of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Glob {
    /// As it was written.
    pub written: Box<str>,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// The same as a regular expression.
    pub expression: Expression,
}

/// What a value is compared with, by the type of its path.
#[derive(Debug, Clone, PartialEq)]
pub enum Equal {
    /// A text, letter by letter.
    Text(Box<str>),
    /// A text, whatever the case of its letters; in small letters here.
    Folded(Box<str>),
    /// A number, however it is written.
    Number(Number),
    /// A moment, in whatever time zone it is written.
    Time(Timestamp),
}

/// A number without loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer of up to 64 bits, signed or not.
    Integer(i128),
    /// Any other.
    Float(f64),
}

/// How a value relates to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `above`
    Above,
    /// `below`
    Below,
    /// `at_least`
    AtLeast,
    /// `at_most`
    AtMost,
}

/// What values are ordered against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A number.
    Number(Number),
    /// A moment.
    Time(Timestamp),
    /// A name from an ordered list, such as a severity, by its number there.
    Rank(&'static Enumeration, i32),
}

/// How the answers of several values are put together; no value at all is always a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quantifier {
    /// At least one yes.
    #[default]
    Any,
    /// Only yes.
    All,
    /// Only no.
    None,
}

impl PartialEq for Filter {
    /// Whether both ask the same, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.test == other.test
    }
}

impl ValuesTest {
    /// Whether a value of this text says yes to all questions.
    pub fn asks(&self, text: &str) -> bool {
        self.questions.iter().all(|question| question.asks(text))
    }
}

impl Question {
    /// Whether a value of this text says yes.
    pub fn asks(&self, text: &str) -> bool {
        match self {
            Self::Regex(expression) => expression.is_match(text),
            Self::Glob(glob) => glob.expression.is_match(text),
            Self::Equals(Equal::Text(wanted)) => **wanted == *text,
            Self::Equals(Equal::Folded(wanted)) => folded_equals(text, wanted),
            Self::Equals(Equal::Number(number)) => {
                Number::parse(text).is_some_and(|found| found.compare(*number).is_eq())
            }
            Self::Equals(Equal::Time(time)) => moment(text) == Some(*time),
            Self::In(set) => set.contains(text),
            Self::Order(relation, bound) => bound.compare(text).is_some_and(|order| relation.holds(order)),
        }
    }
}

impl Bound {
    /// How the value of this text stands to the bound; none when it cannot be compared.
    fn compare(&self, text: &str) -> Option<std::cmp::Ordering> {
        match self {
            Self::Number(bound) => Number::parse(text).map(|number| number.compare(*bound)),
            Self::Time(bound) => moment(text).map(|time| time.cmp(bound)),
            Self::Rank(list, bound) => list.number_of(text).map(|rank| rank.cmp(bound)),
        }
    }
}

impl Relation {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Above => order.is_gt(),
            Self::Below => order.is_lt(),
            Self::AtLeast => order.is_ge(),
            Self::AtMost => order.is_le(),
        }
    }

    /// The key that asks for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
        }
    }
}

impl Number {
    /// The number a text is, as IDMEF's integers and floats are printed; none for `NaN` and whatever is no number.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(integer) = text.parse::<i128>() {
            return Some(Self::Integer(integer));
        }
        // What f64 reads as a number and nobody else does: inf, infinity, nan.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-' | b'e' | b'E'));
        text.parse::<f64>().ok().filter(|number| plain && number.is_finite()).map(Self::Float)
    }

    /// Which of the two is larger.
    pub fn compare(self, other: Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one.cmp(&other),
            _ => self.float().total_cmp(&other.float()),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "only where it is compared with a float, which has no more precision"
    )]
    fn float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            // -0.0 equals 0.0
            Self::Float(float) => float + 0.0,
        }
    }
}

/// The moment a text tells, as IDMEF's times are printed (RFC 3339).
pub fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether a text is this one, whatever the case of its letters.
fn folded_equals(text: &str, folded: &str) -> bool {
    if text.is_ascii() {
        text.eq_ignore_ascii_case(folded)
    } else {
        text.chars().flat_map(char::to_lowercase).eq(folded.chars())
    }
}

impl fmt::Display for Filter {
    /// In one line, in the words of the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, filters: &[Self]| {
            write!(f, "{word} (")?;
            for (number, filter) in filters.iter().enumerate() {
                if number > 0 {
                    f.write_str("; ")?;
                }
                filter.fmt(f)?;
            }
            f.write_str(")")
        };
        match &self.test {
            Test::Values(values) => values.fmt(f),
            Test::Time(time) => time.fmt(f),
            Test::Not(filter) => write!(f, "not ({filter})"),
            Test::Any(filters) => list(f, "any", filters),
            Test::All(filters) => list(f, "all", filters),
        }
    }
}

impl fmt::Display for ValuesTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)?;
        if self.questions.is_empty() {
            f.write_str(" exists")?;
        }
        for (number, question) in self.questions.iter().enumerate() {
            write!(f, "{} {question}", if number > 0 { "," } else { "" })?;
        }
        f.write_str(match self.quantifier {
            Quantifier::Any => "",
            Quantifier::All => " (all values)",
            Quantifier::None => " (no value)",
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regex(expression) => write!(f, "regex {}", quoted(expression.as_str())),
            Self::Glob(glob) => write!(f, "glob {}{}", quoted(&glob.written), case(glob.ignore_case)),
            Self::Equals(Equal::Text(text)) => write!(f, "equals {}", quoted(text)),
            Self::Equals(Equal::Folded(text)) => write!(f, "equals {}{}", quoted(text), case(true)),
            Self::Equals(Equal::Number(number)) => write!(f, "equals {number}"),
            Self::Equals(Equal::Time(time)) => write!(f, "equals {time}"),
            Self::In(set) => write!(f, "in {set}"),
            Self::Order(relation, bound) => write!(f, "{} {bound}", relation.key()),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Rank(list, rank) => f.write_str(list.name_of(*rank).unwrap_or("?")),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
        }
    }
}

fn case(ignored: bool) -> &'static str {
    if ignored { " (any case)" } else { "" }
}

/// YAML's single quotes, in which only the quote itself is doubled.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_and_nothing_else_is_one() {
        let number = |text| Number::parse(text).unwrap();
        assert!(number("80").compare(number("1024")).is_lt());
        assert!(number("18446744073709551615").compare(number("18446744073709551614")).is_gt());
        assert!(number("0.5").compare(number("0.25")).is_gt());
        assert!(number("-0.0").compare(number("0")).is_eq());
        assert!(number("1e3").compare(number("1000")).is_eq());
        for text in ["", "nan", "inf", "Infinity", "0x10", "1 ", "१", "1_000", "e"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn case_is_ignored_in_all_scripts() {
        assert!(Question::Equals(Equal::Folded("straße".into())).asks("STRAßE"));
        assert!(Question::Equals(Equal::Folded("éa".into())).asks("ÉA"));
        assert!(!Question::Equals(Equal::Folded("éa".into())).asks("EA"));
    }

    #[test]
    fn times_are_the_same_in_any_zone() {
        let equal = Question::Equals(Equal::Time(moment("2026-11-21T10:00:00Z").unwrap()));
        assert!(equal.asks("2026-11-21T11:00:00+01:00"));
        assert!(!equal.asks("2026-11-21T11:00:01+01:00"));
        assert!(!equal.asks("yesterday"));
    }
}
