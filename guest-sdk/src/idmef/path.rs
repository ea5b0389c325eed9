// SPDX-License-Identifier: MIT OR Apache-2.0

//! Paths outside a component, read as the daemon reads them.
//!
//! The daemon also knows indices in hexadecimal, with a plus sign, and `<<` and `>>`. Those are refused here, so that no test
//! passes by a wrong answer.

use super::classes::{Class, Field, Kind, MESSAGE};
use crate::{
    ValueType,
    bindings::prelude::trigger::idmef::{InvalidPath, PathError, PathInfo},
};

/// As long as a path may be, in bytes.
const LONGEST: usize = 1024;

/// As many elements as a path may have.
const DEEPEST: usize = 31;

/// One element of a path.
pub struct Step {
    pub place: usize,
    pub field: &'static Field,
    pub index: Index,
}

pub enum Index {
    All,
    At(i32),
    /// Those with this meaning.
    Key(String),
}

/// A path, taken apart; the empty path is the whole message.
pub fn parse(path: &str) -> Result<Vec<Step>, PathError> {
    let mut steps: Vec<Step> = Vec::new();
    if path.len() > LONGEST {
        return Err(invalid(LONGEST, format!("a path of {} bytes, of at most {LONGEST}", path.len())));
    }
    let (mut class, mut rest): (Option<&'static Class>, _) = (Some(&MESSAGE), path);
    while !path.is_empty() {
        let at = path.len() - rest.len();
        let Some(parent) = class else {
            return Err(invalid(at, "a value has no children".to_owned()));
        };
        let name = &rest[..rest.find(['.', '(']).unwrap_or(rest.len())];
        let mut fields = parent.fields.iter().enumerate();
        let Some((place, field)) = fields.find(|(_, field)| field.name.eq_ignore_ascii_case(name)) else {
            return Err(invalid(at, format!("class `{}` has no child `{name}`", parent.name)));
        };
        if steps.len() >= DEEPEST {
            return Err(invalid(at, format!("an IDMEF path has at most {DEEPEST} elements")));
        }
        rest = &rest[name.len()..];
        let index = match rest.strip_prefix('(') {
            None => Index::All,
            Some(inner) => {
                let (index, after) = index(inner, field).map_err(|reason| invalid(at + name.len() + 1, reason))?;
                rest = after;
                index
            }
        };
        steps.push(Step { place, field, index });
        class = match field.kind {
            Kind::Class(class) => Some(class),
            _ => None,
        };
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => break,
            None => return Err(invalid(path.len() - rest.len(), "expected `.` or the end after an index".to_owned())),
        }
    }
    Ok(steps)
}

/// A path that must lead to a value.
pub fn to_value(path: &str) -> Result<Vec<Step>, PathError> {
    let steps = parse(path)?;
    match value_type(&steps) {
        ValueType::Class => Err(invalid(0, format!("`{path}` is a class and has no value of its own"))),
        _ => Ok(steps),
    }
}

pub fn describe(path: &str) -> Result<PathInfo, PathError> {
    let steps = parse(path)?;
    let multiple = steps.iter().any(|step| step.field.many && !matches!(step.index, Index::At(_)));
    Ok(PathInfo { value_type: value_type(&steps), multiple })
}

fn value_type(steps: &[Step]) -> ValueType {
    match steps.last().map(|step| &step.field.kind) {
        None | Some(Kind::Class(_)) => ValueType::Class,
        Some(Kind::Text) => ValueType::Text,
        Some(Kind::Integer(..)) => ValueType::Integer,
        Some(Kind::Float) => ValueType::Float,
        Some(Kind::Time) => ValueType::Time,
        Some(Kind::Names(..)) => ValueType::Enumeration,
        Some(Kind::Data) => ValueType::Data,
    }
}

fn invalid(offset: usize, message: String) -> PathError {
    PathError::Invalid(InvalidPath { message, offset: u32::try_from(offset).unwrap_or(u32::MAX), suggestion: None })
}

/// What stands in the parentheses, and what comes after them.
fn index<'t>(inner: &'t str, field: &Field) -> Result<(Index, &'t str), String> {
    if let Some(quote) = inner.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let key = &inner[1..];
        let end = key
            .match_indices(quote)
            .map(|(at, _)| at)
            .find(|at| key[at + 1..].strip_prefix(')').is_some_and(|after| after.is_empty() || after.starts_with('.')));
        let end = end.ok_or("a key is not closed")?;
        if field.name != "additional_data" {
            return Err(format!("`{}` takes no key, only `additional_data` does", field.name));
        }
        return Ok((Index::Key(key[..end].to_owned()), &key[end + 2..]));
    }
    let end = inner.find(')').ok_or("an index is not closed: `)` is missing")?;
    let (text, after) = (&inner[..end], &inner[end + 1..]);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let index = match text {
        "*" => Index::All,
        _ if !field.many => return Err(format!("`{}` stands at most once and takes no index", field.name)),
        _ if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(format!("`{text}` is no index: expected a decimal number, `*`, or a key in quotes"));
        }
        _ if digits.len() > 1 && digits.starts_with('0') => return Err(format!("`{text}` has a leading zero")),
        _ => Index::At(text.parse().map_err(|_| format!("`{text}` is too large"))?),
    };
    Ok((index, after))
}
