// SPDX-License-Identifier: MIT OR Apache-2.0

//! An alert as one line.

use prelude_trigger_guest::{Alert, Context, PathError};

use crate::config::{Column, Format};

/// What CSV has when nothing is said.
const USUAL: [(&str, &str); 8] = [
    ("time", "alert.create_time"),
    ("messageid", "alert.messageid"),
    ("classification", "alert.classification.text"),
    ("severity", "alert.assessment.impact.severity"),
    ("source", "alert.source(*).node.address(*).address"),
    ("target", "alert.target(*).node.address(*).address"),
    ("host", "alert.target(*).node.name"),
    ("user", "alert.target(*).user.user_id(*).name"),
];

/// Columns that every line has: with them a job that was tried twice is recognised.
const ALWAYS: [&str; 2] = ["job", "trigger"];

fn columns(columns: &[Column]) -> Vec<(&str, &str)> {
    match columns {
        [] => USUAL.to_vec(),
        given => given.iter().map(|column| (column.name.as_str(), column.path.as_ref())).collect(),
    }
}

/// The line that a new file begins with, if any.
pub fn head(format: Format, given: &[Column]) -> String {
    match format {
        Format::Json => String::new(),
        Format::Csv => {
            let names = ALWAYS.into_iter().chain(columns(given).into_iter().map(|(name, _)| name));
            row(names.map(str::to_owned))
        }
    }
}

/// An alert as one line, with its end.
pub fn line(format: Format, given: &[Column], job: &Context, alert: &Alert) -> Result<String, PathError> {
    match format {
        Format::Csv => {
            let mut cells = vec![job.job_id.clone(), job.trigger.clone()];
            for (_, path) in columns(given) {
                cells.push(alert.texts(path)?.join("; "));
            }
            Ok(row(cells))
        }
        Format::Json => {
            let mut members =
                vec![("job".to_owned(), quoted(&job.job_id)), ("trigger".to_owned(), quoted(&job.trigger))];
            if given.is_empty() {
                members.push(("alert".to_owned(), alert.json()));
            }
            for Column { name, path } in given {
                let values: Vec<_> = alert.texts(path)?.iter().map(|text| quoted(text)).collect();
                members.push((name.clone(), format!("[{}]", values.join(","))));
            }
            let members: Vec<_> = members.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
            Ok(format!("{{{}}}\n", members.join(",")))
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A row of CSV with its end: always one line.
fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<_> = cells.into_iter().map(|text| cell(&text)).collect();
    format!("{}\n", cells.join(","))
}

/// A cell. Control characters, a line's end among them, are written as escapes, and a value that a spreadsheet would take for
/// a formula gets an apostrophe before it, by which spreadsheets know a text.
fn cell(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']) {
        plain.push('\'');
    }
    for character in text.chars() {
        if character.is_control() {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    if plain.contains([',', '"', ';', '\'']) || plain.starts_with(' ') || plain.ends_with(' ') {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use prelude_trigger_guest::testing;

    use super::*;

    #[test]
    fn cells_are_one_cell_and_no_formula() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\nb\r", "a\\nb\\r"),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("-1+1", "\"'-1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1", "\"'  =1\""),
            ("\t=1", "\"'\\t=1\""),
            ("\u{1b}[2J\0", "\\u{1b}[2J\\u{0}"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_hold_what_was_asked_for() {
        let alert = testing::alert_with(&[
            ("alert.classification.text", "Brute \"force\"\nx"),
            ("alert.source(0).node.address(0).address", "192.0.2.1"),
            ("alert.source(1).node.address(0).address", "192.0.2.2"),
        ]);
        let given: Vec<Column> = testing::config(
            r#"[{"name": "what", "path": "alert.classification.text"}, {"name": "from", "path": "alert.source(*).node.address(*).address"}]"#,
        )
        .unwrap();
        let job = testing::job();
        assert_eq!(
            line(Format::Json, &given, &job, &alert).unwrap(),
            "{\"job\":\"job-1\",\"trigger\":\"test\",\"what\":[\"Brute \\\"force\\\"\\nx\"],\"from\":[\"192.0.2.1\",\"192.0.2.2\"]}\n"
        );
        assert_eq!(head(Format::Csv, &given), "job,trigger,what,from\n");
        assert_eq!(
            line(Format::Csv, &given, &job, &alert).unwrap(),
            "job-1,test,\"Brute \"\"force\"\"\\nx\",\"192.0.2.1; 192.0.2.2\"\n"
        );
        let whole = line(Format::Json, &[], &job, &alert).unwrap();
        let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
        assert!(whole["alert"].to_string().contains("192.0.2.2"), "{whole}");
        assert_eq!(
            head(Format::Csv, &[]).matches(',').count(),
            line(Format::Csv, &[], &job, &alert).unwrap().matches(',').count()
        );
    }
}
