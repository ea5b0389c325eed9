// SPDX-License-Identifier: MIT OR Apache-2.0

//! From the operator's configuration to the author's struct.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::bindings::prelude::trigger::types::ConfigIssue;

/// Parses a configuration, and says where a mistake is by a JSON pointer (RFC 6901).
pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T, ConfigIssue> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                // The name of a variant is a key in JSON.
                Segment::Map { key } | Segment::Enum { variant: key } => {
                    pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")));
                }
                Segment::Unknown => {}
            }
        }
        // Line and column are of the JSON text, which the operator has never seen.
        let message = error.into_inner().to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
        ConfigIssue { pointer, message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Config {
        to: String,
        #[serde(default)]
        servers: Vec<Server>,
        #[serde(default, rename = "a/b~c")]
        odd: u8,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Server {
        port: u16,
    }

    fn issue(json: &str) -> (String, String) {
        let issue = parse::<Config>(json).expect_err("a mistake");
        (issue.pointer, issue.message)
    }

    #[test]
    fn mistakes_are_placed() {
        assert!(parse::<Config>(r#"{"to": "x", "servers": [{"port": 25}]}"#).is_ok());
        assert_eq!(issue("{}"), (String::new(), "missing field `to`".to_owned()));
        let (pointer, message) = issue(r#"{"to": "x", "servers": [{"port": 25}, {"port": 65536}]}"#);
        assert_eq!(pointer, "/servers/1/port");
        assert_eq!(message, "invalid value: integer `65536`, expected u16");
        assert_eq!(issue(r#"{"to": "x", "a/b~c": "y"}"#).0, "/a~1b~0c");
        let (pointer, message) = issue(r#"{"to": "x", "form": 1}"#);
        assert_eq!(pointer, "/form");
        assert!(message.starts_with("unknown field `form`, expected one of `to`"), "{message}");
    }
}
