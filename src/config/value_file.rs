//! What the values of a path are compared with, as it is written in a file: each kind of path takes what its values can be.

use super::{
    Bound, Equal, Number,
    decode::Item,
    diagnostic::{did_you_mean, one_of, quote},
    document::Value,
    filter::moment,
    set::{Element, ElementError},
};
use crate::idmef::{self, ValueType};

/// A scalar as text, whatever YAML takes it for.
fn scalar(item: Item<'_>) -> Option<&str> {
    match &item.node.value {
        Value::Integer(_) | Value::Float(_) => Some(item.site().text()),
        _ => item.text(),
    }
}

/// What is compared with the values of a path.
pub(super) fn equal(item: Item<'_>, path: &idmef::Path, ignore_case: bool) -> Option<Equal> {
    match path.value_type() {
        ValueType::Integer | ValueType::Float => number(item).map(Equal::Number),
        ValueType::Time => time(item).map(Equal::Time),
        ValueType::Enumeration => enumerated(item, path, item.text()?).map(|name| Equal::Text(name.into())),
        ValueType::Data => Some(match &item.node.value {
            Value::Integer(_) | Value::Float(_) => Equal::Number(number(item)?),
            _ => text(item.text()?, ignore_case),
        }),
        ValueType::Text | ValueType::Class => Some(text(item.text()?, ignore_case)),
    }
}

pub(super) fn text(text: &str, ignore_case: bool) -> Equal {
    if ignore_case { Equal::Folded(text.to_lowercase().into()) } else { Equal::Text(text.into()) }
}

/// One of the names a path can have, in IDMEF's own spelling.
fn enumerated(item: Item<'_>, path: &idmef::Path, text: &str) -> Option<&'static str> {
    let list = path.enumeration()?;
    if let Some(name) = list.number_of(text).and_then(|number| list.name_of(number)) {
        return Some(name);
    }
    let names = || list.names.iter().copied();
    item.refuse(
        item.error(format!("{} is no value that {} can have", quote(text), quote(&path.to_string())))
            .expected(one_of(names()))
            .maybe_help(did_you_mean(text, names())),
    )
}

/// An element of a list that is written out in a filter.
pub(super) fn element(item: Item<'_>, path: &idmef::Path) -> Option<(String, Element)> {
    match path.value_type() {
        ValueType::Enumeration => Some((enumerated(item, path, item.text()?)?.to_owned(), Element::Text)),
        ValueType::Integer => match number(item)? {
            Number::Integer(number) => Some((number.to_string(), Element::Text)),
            Number::Float(_) => item.wrong("a whole number"),
        },
        ValueType::Float | ValueType::Time => item.refuse(
            item.error(format!("{} is not a path for {}", quote(&path.to_string()), quote("in")))
                .help("its values are a matter of more or less: ask `at_least`, `at_most`"),
        ),
        ValueType::Text | ValueType::Data | ValueType::Class => {
            let text = scalar(item)?;
            let element = Element::parse(text).map_err(|error| bad_element(item, &error)).ok()?;
            Some((text.to_owned(), element))
        }
    }
}

/// Complains about an address range that is none.
pub(super) fn bad_element(item: Item<'_>, error: &ElementError) {
    let help = match error {
        ElementError::HostBits { range, .. } => Some(format!("did you mean {}?", quote(&range.to_string()))),
        ElementError::Prefix(_) => Some("IPv4 prefixes go from /0 to /32, IPv6 prefixes to /128".to_owned()),
        ElementError::Ends(_) => None,
    };
    item.complain(item.error(error.to_string()).maybe_help(help));
}

/// What the values of a path are ordered against.
pub(super) fn bound(item: Item<'_>, path: &idmef::Path) -> Option<Bound> {
    match path.value_type() {
        ValueType::Integer | ValueType::Float => number(item).map(Bound::Number),
        ValueType::Time => time(item).map(Bound::Time),
        ValueType::Data => match &item.node.value {
            Value::Text(text) if Number::parse(text).is_none() => time(item).map(Bound::Time),
            _ => number(item).map(Bound::Number),
        },
        ValueType::Enumeration if is_ordered(path) => {
            let name = enumerated(item, path, item.text()?)?;
            let list = path.enumeration()?;
            Some(Bound::Rank(list, list.number_of(name)?))
        }
        ValueType::Enumeration => item.refuse(
            item.error(format!("the values of {} have no order", quote(&path.to_string())))
                .help("name those you mean: `in: […]`"),
        ),
        ValueType::Text | ValueType::Class => item.refuse(
            item.error(format!("{} is a text, and texts are not more or less", quote(&path.to_string())))
                .help("ask `equals`, `in`, `glob` or `regex`"),
        ),
    }
}

/// Severities and ratings of confidence: their numbers grow with what they mean.
pub(super) fn is_ordered(path: &idmef::Path) -> bool {
    path.enumeration().is_some_and(|list| matches!(list.name, "impact_severity" | "confidence_rating"))
}

fn number(item: Item<'_>) -> Option<Number> {
    Number::parse(scalar(item)?).map_or_else(|| item.wrong("a number"), Some)
}

fn time(item: Item<'_>) -> Option<jiff::Timestamp> {
    moment(item.text()?).map_or_else(
        || item.wrong("a time with its zone, such as `2026-11-21T10:00:00Z` or `2026-11-21T10:00:00+01:00`"),
        Some,
    )
}
