// SPDX-License-Identifier: MIT OR Apache-2.0

//! Answers questions about alerts by `testing`, so that the daemon's tests can compare its answers with the daemon's own.
//!
//! Each line of standard input is `{"alert": "<IDMEF JSON>", "paths": [ … ]}`; each line of output is an array with, for each
//! path, `{"described", "values", "first", "texts", "first_text", "entries"}`, or null where the path is refused.

use std::io::BufRead as _;

use prelude_trigger_guest::{Path, PathError, Value, testing};
use serde_json::{Value as Json, json};

#[derive(serde::Deserialize)]
struct Question {
    alert: String,
    paths: Vec<String>,
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let question: Question = serde_json::from_str(&line.expect("a line")).expect("a question");
        let alert = match testing::try_alert(&question.alert) {
            Ok(alert) => alert,
            Err(error) => {
                println!("{}", json!({ "refused": error.to_string() }));
                continue;
            }
        };
        let answer = |path: &String| {
            let values = || -> Result<Json, PathError> {
                Ok(json!({
                    "values": alert.all(path)?.iter().map(value).collect::<Vec<_>>(),
                    "first": alert.get(path)?.as_ref().map(value),
                    "texts": alert.texts(path)?,
                    "first_text": alert.text(path)?,
                }))
            };
            let entries = alert.entries(path).map(|entries| {
                entries.iter().map(|entry| json!([entry.path, value(&entry.value)])).collect::<Vec<_>>()
            });
            json!({
                "described": Path::describe(path).ok().map(|info| format!("{:?} {}", info.value_type, info.multiple)),
                "answers": values().ok(),
                "entries": entries.ok(),
            })
        };
        let mut answers: Vec<_> = question.paths.iter().map(answer).collect();
        // What the alert is as a whole must survive being written and read.
        let again = testing::try_alert(&alert.json()).map(|again| again.entries("").ok() == alert.entries("").ok());
        answers.push(json!(again == Ok(true)));
        println!("{}", Json::from(answers));
    }
}

/// A value with its type.
fn value(value: &Value) -> String {
    match value {
        Value::Integer(number) => format!("integer {number}"),
        Value::Unsigned(number) => format!("unsigned {number}"),
        Value::Float(number) => format!("float {}", number.to_bits()),
        Value::Text(text) => format!("text {text}"),
        Value::Bytes(bytes) => format!("bytes {bytes:?}"),
        Value::Time(time) => format!("time {} {} {}", time.seconds, time.microseconds, time.gmt_offset_seconds),
        Value::Enumeration(name) => format!("enumeration {} {}", name.name, name.number),
    }
}
