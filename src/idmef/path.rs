//! IDMEF paths in libprelude's spelling, checked against the class tree.
//!
//! ```text
//! path    = "" | element *("." element)
//! element = name [ "(" index ")" ]
//! index   = "*" | "<<" | ">>"            all of a list, as no index is
//!         | ["-" | "+"] digits           counted from 0, negative from the end; also in hexadecimal, 0x1
//!         | "'" key "'" | '"' key '"'    additional_data only: those whose meaning is the key
//! ```
//!
//! Names are read in any case of letters. The empty path is the whole message. A key may hold anything, dots and
//! parentheses too: it ends at the first of its quotes that is followed by `)` and then by a dot or the end.

use std::{fmt, str::FromStr};

use super::{
    Kind, PathError,
    schema::{Child, Class, Enumeration, List, MESSAGE, Type},
    suggest,
    tree::MAX_DEPTH,
};

/// The longest path that is read, in bytes.
pub const LONGEST: usize = 1024;

/// A valid IDMEF path in libprelude's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    steps: Box<[Step]>,
}

/// One element of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// The place among the children of the class the elements before lead to.
    pub(super) place: u8,
    pub(super) index: Index,
}

/// Which of the items at a child are meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Index {
    /// The only one: the child is no list.
    Single,
    All,
    /// Negative ones count from the end.
    At(i32),
    /// Those with this meaning.
    Key(Box<str>),
}

/// What stands at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// A class such as `alert.source(0)`: it has children, but no value.
    Class,
    /// Signed or unsigned integers.
    Integer,
    /// A float.
    Float,
    /// A string.
    Text,
    /// A time.
    Time,
    /// One of a fixed list of names.
    Enumeration,
    /// Additional data: any type.
    Data,
}

impl Path {
    /// What stands at the end of this path.
    pub fn value_type(&self) -> ValueType {
        match self.children().last().map(|child| child.kind) {
            None | Some(Type::Class(_)) => ValueType::Class,
            Some(Type::Text) => ValueType::Text,
            Some(Type::Integer(_)) => ValueType::Integer,
            Some(Type::Float) => ValueType::Float,
            Some(Type::Time) => ValueType::Time,
            Some(Type::Enumeration(_)) => ValueType::Enumeration,
            Some(Type::Data) => ValueType::Data,
        }
    }

    /// The names that can stand at the end of this path, if they are fixed.
    pub fn enumeration(&self) -> Option<&'static Enumeration> {
        match self.children().last()?.kind {
            Type::Enumeration(enumeration) => Some(enumeration),
            _ => None,
        }
    }

    /// The least and the greatest number that can stand at the end of this path, if it is an integer.
    pub fn range(&self) -> Option<(i128, i128)> {
        match self.children().last()?.kind {
            Type::Integer(integer) => Some(integer.range()),
            _ => None,
        }
    }

    /// Whether the path can lead to more than one value.
    pub fn is_multiple(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.index, Index::All | Index::Key(_)))
    }

    /// The message class the path starts in; `None` for the empty path and `version`.
    pub fn root(&self) -> Option<Kind> {
        match self.children().next()?.name {
            "alert" => Some(Kind::Alert),
            "heartbeat" => Some(Kind::Heartbeat),
            _ => None,
        }
    }

    /// The names of its elements, without their indices.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.children().map(|child| child.name)
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The schema's rows for the elements.
    fn children(&self) -> impl Iterator<Item = &'static Child> {
        let mut class = Some(&MESSAGE);
        self.steps.iter().map_while(move |step| {
            let child = class?.children.get(usize::from(step.place))?;
            class = match child.kind {
                Type::Class(class) => Some(class),
                _ => None,
            };
            Some(child)
        })
    }
}

impl fmt::Display for Path {
    /// One spelling for all that mean the same: names in small letters, `(*)` on every list without an index.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (child, step)) in self.children().zip(&self.steps).enumerate() {
            let dot = if number == 0 { "" } else { "." };
            write!(f, "{dot}{}", child.name)?;
            match &step.index {
                Index::Single => {}
                Index::All => f.write_str("(*)")?,
                Index::At(index) => write!(f, "({index})")?,
                Index::Key(key) => {
                    let quote = if key_end(&format!("{key}')"), '\'') == Some(key.len()) { '\'' } else { '"' };
                    write!(f, "({quote}{key}{quote})")?;
                }
            }
        }
        Ok(())
    }
}

/// How many mistakes in one path are repaired.
const MISTAKES: usize = 4;

/// What is wrong with a path, where, and which words make it right, if that is known.
struct Fault {
    message: String,
    offset: usize,
    /// What to write instead of which part of the text.
    repairs: Vec<(std::ops::Range<usize>, String)>,
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        parse(text).map_err(|fault| {
            let suggestion = repaired(text, &fault);
            PathError { message: fault.message, offset: fault.offset, suggestion }
        })
    }
}

/// The text with the fault repaired, and what else is wrong with it; none if it does not become a valid path.
fn repaired(text: &str, fault: &Fault) -> Option<String> {
    repair(text, fault, MISTAKES)
}

fn repair(text: &str, fault: &Fault, mistakes: usize) -> Option<String> {
    let attempts = fault.repairs.iter().filter_map(|(range, better)| {
        Some((format!("{}{better}{}", text.get(..range.start)?, text.get(range.end..)?), better))
    });
    for (attempt, _) in attempts.take(mistakes) {
        match parse(&attempt) {
            Ok(_) if !attempt.is_empty() => return Some(attempt),
            Err(next) if mistakes > 1 => {
                if let Some(good) = repair(&attempt, &next, mistakes - 1) {
                    return Some(good);
                }
            }
            _ => {}
        }
    }
    None
}

/// Reads a path, or says what is wrong with it.
fn parse(text: &str) -> Result<Path, Fault> {
    let mut steps = Vec::new();
    if text.len() > LONGEST {
        let message = format!("an IDMEF path has at most {LONGEST} bytes, this one has {}", text.len());
        return Err(Fault { message, offset: text.floor_char_boundary(LONGEST), repairs: Vec::new() });
    }
    let mut class = Some(&MESSAGE);
    let mut before = Element { text, at: 0, name: "", index: None, end: 0 };
    while !text.is_empty() {
        let element = Element::read(text, before.end + usize::from(!steps.is_empty()))?;
        let Some(parent) = class else { return Err(before.leaf(&element)) };
        let Some((place, child)) = parent.child(element.name) else { return Err(element.unknown(parent)) };
        if steps.len() >= MAX_DEPTH - 1 {
            let message = format!("an IDMEF path has at most {} elements", MAX_DEPTH - 1);
            return Err(Fault { message, offset: element.at, repairs: Vec::new() });
        }
        steps.push(Step { place, index: element.index(child)? });
        class = match child.kind {
            Type::Class(class) => Some(class),
            _ => None,
        };
        if element.end == text.len() {
            break;
        }
        before = element;
    }
    Ok(Path { steps: steps.into_boxed_slice() })
}

/// One element of the text: `source(0)`.
#[derive(Clone, Copy)]
struct Element<'t> {
    text: &'t str,
    at: usize,
    name: &'t str,
    /// What is between the parentheses.
    index: Option<&'t str>,
    /// Where the dot after it is, or the end.
    end: usize,
}

impl<'t> Element<'t> {
    /// Reads the element that starts at `at`.
    fn read(text: &'t str, at: usize) -> Result<Self, Fault> {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.find(['.', '(']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at_checked(length).unwrap_or_default();
        let open = at + length;
        let Some(inner) = rest.strip_prefix('(') else {
            return Ok(Self { text, at, name, index: None, end: open });
        };
        let closed = match inner.chars().next() {
            Some(quote @ ('\'' | '"')) => inner.get(1..).and_then(|key| key_end(key, quote)).map(|end| end + 2),
            _ => inner.find(')'),
        };
        let Some(length) = closed else {
            let number =
                inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '*').len();
            let end = open + 1 + number;
            let message = format!("the index of `{}` is not closed: `)` is missing", name.escape_debug());
            return Err(Fault { message, offset: open, repairs: vec![(end..end, ")".to_owned())] });
        };
        let end = open + 1 + length + 1;
        match text.get(end..).unwrap_or_default().chars().next() {
            None | Some('.') => Ok(Self { text, at, name, index: inner.get(..length), end }),
            Some(other) => Err(Fault {
                message: format!(
                    "expected `.` or the end after the index of `{}`, found `{}`",
                    name.escape_debug(),
                    other.escape_debug()
                ),
                offset: end,
                repairs: vec![(end..end, ".".to_owned()), (end..next_dot(text, end), String::new())],
            }),
        }
    }

    /// Where the parentheses are, with them.
    fn parentheses(&self) -> std::ops::Range<usize> {
        self.at + self.name.len()..self.end
    }

    fn index(&self, child: &Child) -> Result<Index, Fault> {
        let all = if child.list == List::Single { Index::Single } else { Index::All };
        let Some(index) = self.index else { return Ok(all) };
        let fault = |message: String, repair: &str| Fault {
            message,
            offset: self.at + self.name.len() + 1,
            repairs: vec![(self.parentheses(), repair.to_owned())],
        };
        let key = ['\'', '"'].iter().find_map(|quote| index.strip_prefix(*quote)?.strip_suffix(*quote));
        match (index, key, child.list) {
            ("*", ..) => Ok(all),
            (_, _, List::Single) => Err(fault(format!("`{}` stands at most once and takes no index", child.name), "")),
            ("<<" | ">>", ..) => Ok(all),
            (_, Some(key), List::Keyed) => Ok(Index::Key(key.into())),
            (_, Some(_), _) => Err(fault(format!("`{}` takes no key, only `additional_data` does", child.name), "(*)")),
            (_, None, list) => number(index).map(Index::At).map_err(|reason| {
                let repair = match list {
                    List::Keyed if index.starts_with(char::is_alphabetic) => format!("('{index}')"),
                    _ => reason.1.map_or("(*)".to_owned(), |number| format!("({number})")),
                };
                fault(format!("`{}` is no index of `{}`: {}", index.escape_debug(), child.name, reason.0), &repair)
            }),
        }
    }

    /// This element is a leaf, but `next` follows.
    fn leaf(&self, next: &Self) -> Fault {
        Fault {
            message: format!("`{}` is a value and has no child `{}`", self.name, next.name.escape_debug()),
            offset: next.at,
            repairs: vec![(self.end..self.text.len(), String::new())],
        }
    }

    /// The parent has no child of this name.
    fn unknown(&self, parent: &'static Class) -> Fault {
        let message = match (self.name, parent.name) {
            ("", _) => "a name is missing".to_owned(),
            (name, "message") => {
                format!("a path starts with `alert` or `heartbeat`, not with `{}`", name.escape_debug())
            }
            (name, parent) => format!("class `{parent}` has no child `{}`", name.escape_debug()),
        };
        let name = self.at..self.at + self.name.len();
        let mut repairs: Vec<_> =
            suggest::names(parent, self.name).into_iter().map(|better| (name.clone(), better)).collect();
        if self.name.is_empty() {
            // One dot too many: the one before, or the one after.
            repairs.push((self.at.saturating_sub(1)..self.at, String::new()));
            repairs.push((self.at..self.at + 1, String::new()));
        }
        let whole_path = suggest::elsewhere(self.name).map(|better| (0..self.at + self.name.len(), better));
        repairs.extend(whole_path);
        Fault { message, offset: self.at, repairs }
    }
}

/// Where the next dot after `at` is, or the end.
fn next_dot(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('.')).map_or(text.len(), |dot| at + dot)
}

/// Where a key ends that `text` starts with: before the first quote that ends the element.
fn key_end(text: &str, quote: char) -> Option<usize> {
    text.match_indices(quote).map(|(at, _)| at).find(|at| {
        let after = text.get(at + 1..).and_then(|rest| rest.strip_prefix(')'));
        after.is_some_and(|after| after.is_empty() || after.starts_with('.'))
    })
}

/// An index as `strtol` reads it with base 0, but whole, within 32 bits, and never octal. The error may name the
/// number that was meant.
fn number(text: &str) -> Result<i32, (&'static str, Option<i64>)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let sign = if negative { -1 } else { 1 };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(("expected a number, `*`, or a key in quotes", None));
    }
    if radix == 10 && digits.len() > 1 && digits.starts_with('0') {
        let meant = digits.parse().ok().map(|number: i64| sign * number);
        return Err(("libprelude would read the leading zero as octal", meant));
    }
    let number = i64::from_str_radix(digits, radix).ok().map(|number| sign * number);
    number.and_then(|number| i32::try_from(number).ok()).ok_or(("the number is too large", None))
}
