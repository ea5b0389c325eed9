//! What a filter says about an alert, shown.

use std::io::{self, Write};

use super::output::{BAD, DIM, GOOD};
use crate::{
    rules::{FilterVerdict, SeenValue},
    text::{Escaped, quote, shorten},
};

/// A filter's verdict, and below it what led there; so many spaces before it, and a remark behind.
pub(super) fn print_verdict(
    out: &mut impl Write,
    verdict: &FilterVerdict<'_>,
    indent: usize,
    remark: &str,
) -> io::Result<()> {
    let (mark, style) = if verdict.holds { ("✔", GOOD) } else { ("✘", BAD) };
    writeln!(out, "{:indent$}{style}{mark}{style:#} {}{BAD}{remark}{BAD:#}", "", Escaped(verdict.filter))?;
    let below = indent + 4;
    if verdict.values.is_empty() && verdict.parts.is_empty() {
        writeln!(out, "{:below$}{DIM}no value there{DIM:#}", "")?;
    }
    for value in &verdict.values {
        let mark = if value.yes { "yes" } else { "no " };
        writeln!(out, "{:below$}{DIM}{mark}{DIM:#} {}", "", shown_value(value))?;
    }
    verdict.parts.iter().try_for_each(|part| print_verdict(out, part, below, ""))
}

fn shown_value(value: &SeenValue) -> String {
    let text = quote(&shorten(&value.text, 200));
    match value.cut_from {
        Some(length) => format!("{text} (only the first {} of {length} bytes are seen)", value.text.len()),
        None => text,
    }
}

/// A verdict as JSON; `parts` has those of the filters inside it, where there are any.
pub(super) fn json_verdict(verdict: &FilterVerdict<'_>) -> serde_json::Value {
    let values: Vec<_> = verdict.values.iter().map(|value| &value.text).collect();
    let mut json = serde_json::json!({ "filter": verdict.filter, "values": values, "holds": verdict.holds });
    if let (false, Some(json)) = (verdict.parts.is_empty(), json.as_object_mut()) {
        json.insert("parts".to_owned(), verdict.parts.iter().map(json_verdict).collect());
    }
    json
}
