//! TOML into a [`Node`]; the `toml` crate tells positions itself, and goes on after an error.

use toml::de::{DeTable, DeValue};

use crate::config::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    source::Source,
};

/// Reads a TOML file.
pub(super) fn parse(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() {
        let span = table.span();
        return Ok(Node { start: span.start, end: span.end, value: map(table.get_ref()) });
    }
    Err(errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or_default();
            let message = format!("this is not valid TOML: {}", error.message());
            Diagnostic::error(Some(source.site(span.start, span.end)), message)
                .help("texts need quotes, lists are written [\"a\", \"b\"], and a key may appear once in its table")
        })
        .collect())
}

fn map(table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let key: (&toml::Spanned<std::borrow::Cow<'_, str>>, _) = (key, ());
        let name =
            Node { start: key.0.span().start, end: key.0.span().end, value: Value::Text(key.0.get_ref().to_string()) };
        (name, node(value))
    };
    Value::Map(table.iter().map(entry).collect())
}

fn node(spanned: &toml::Spanned<DeValue<'_>>) -> Node {
    let value = match spanned.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Integer(i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(i128::MAX))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(list) => Value::List(list.iter().map(node).collect()),
        DeValue::Table(table) => map(table),
    };
    Node { start: spanned.span().start, end: spanned.span().end, value }
}
