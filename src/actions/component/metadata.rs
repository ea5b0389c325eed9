//! What a component says about itself, read without running any of it.
//!
//! An author writes it down as JSON in a custom section named [`SECTION`]: name, version, licence, the schema of the
//! configuration, and the grants the action is of no use without. A compiler puts the section into the core module that
//! the component is made of; `action annotate` puts it around that. The outermost one holds, and of several that are
//! equally far out the first.
//!
//! All of it is the author's word, and nothing is granted because of it. Keys that mean nothing here are passed over, so that
//! later versions can say more. What is there and cannot be read is an error: half a description would mislead.

mod schema;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmparser::{Parser, Payload};

pub use schema::{BadSchema, check};

/// The name of the custom section.
pub const SECTION: &str = "prelude:action";

/// Longest section that is read, in bytes.
pub const LARGEST: usize = 256 << 10;

/// What a component says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Metadata {
    /// What its author calls it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The author's own version of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Under which licence; an SPDX expression.
    #[serde(alias = "license", skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// What it does, in a sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where to learn more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// JSON Schema (2020-12) of its configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<Value>,
    /// What its author suggests that the operator grant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Suggestion>,
    /// What its language's runtime imports though the action never calls it: interfaces (`wasi:sockets/udp`) or whole packages
    /// (`wasi:sockets`). They need not be granted, and a call of one ends the job.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<String>,
}

/// A grant that the author of a component suggests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// A key of `grant:`.
    pub kind: String,
    /// What would stand there; words in capitals are for the operator to fill in.
    pub value: Value,
    /// What it is needed for.
    #[serde(default)]
    pub why: String,
}

/// Why what a component says about itself cannot be used. The text goes on from the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The component's own sections cannot be walked.
    #[error("its sections cannot be read: {0}")]
    Sections(String),
    /// There is more of it than anybody reads.
    #[error("its section `{SECTION}` has {0} bytes, and at most {LARGEST} are read")]
    TooLarge(usize),
    /// It is not what it should be.
    #[error("its section `{SECTION}` is not the JSON it should be: {0}")]
    NotJson(String),
}

impl Metadata {
    /// What the component in `bytes` says about itself; none when it says nothing.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, MetadataError> {
        section(bytes)?.map(Self::parse).transpose()
    }

    /// Reads the contents of a section.
    pub fn parse(section: &[u8]) -> Result<Self, MetadataError> {
        if section.len() > LARGEST {
            return Err(MetadataError::TooLarge(section.len()));
        }
        let not_json = |error: serde_json::Error| MetadataError::NotJson(error.to_string());
        let metadata: Value = serde_json::from_slice(section).map_err(not_json)?;
        if !metadata.is_object() {
            return Err(MetadataError::NotJson("not an object".to_owned()));
        }
        serde_json::from_value(metadata).map_err(not_json)
    }
}

/// The outermost section of this name in a component.
fn section(bytes: &[u8]) -> Result<Option<&[u8]>, MetadataError> {
    let (mut depth, mut found) = (0_usize, None);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| MetadataError::Sections(error.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth = depth.saturating_add(1),
            // The last one ends the component itself.
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(custom)
                if custom.name() == SECTION && found.is_none_or(|(outer, _)| depth < outer) =>
            {
                found = Some((depth, custom.data()));
            }
            _ => {}
        }
    }
    Ok(found.map(|(_, data)| data))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    fn component(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    fn name(bytes: &[u8]) -> String {
        Metadata::read(bytes).unwrap().unwrap().name
    }

    #[test]
    fn nothing_said_is_nothing_read() {
        assert_eq!(Metadata::read(&component("(component)")).unwrap(), None);
        assert_eq!(Metadata::read(&component(r#"(component (@custom "other" "{}"))"#)).unwrap(), None);
    }

    #[test]
    fn the_outermost_section_holds_and_of_equals_the_first() {
        let inner = r#"(core module (@custom "prelude:action" "{\"name\": \"inner\"}"))"#;
        assert_eq!(name(&component(&format!("(component {inner})"))), "inner");
        assert_eq!(name(&component(&format!("(component (component {inner}))"))), "inner");
        let outer =
            r#"(@custom "prelude:action" "{\"name\": \"outer\"}") (@custom "prelude:action" "{\"name\": \"2\"}")"#;
        assert_eq!(name(&component(&format!("(component {inner} {outer} {inner})"))), "outer");
        let sibling = r#"(core module (@custom "prelude:action" "{\"name\": \"sibling\"}"))"#;
        assert_eq!(name(&component(&format!("(component {inner} {sibling})"))), "inner");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let error = |text: &str| Metadata::read(&component(text)).unwrap_err().to_string();
        let text = error(r#"(component (@custom "prelude:action" "{\"name\": 1}"))"#);
        assert!(text.contains("not the JSON it should be: invalid type: integer `1`"), "{text}");
        let text = error(r#"(component (@custom "prelude:action" "\ff\00"))"#);
        assert!(text.contains("not the JSON it should be"), "{text}");
        let large = format!(r#"(component (@custom "prelude:action" "{}"))"#, " ".repeat(LARGEST + 1));
        assert!(error(&large).contains("has 262145 bytes, and at most 262144 are read"));
        assert!(matches!(Metadata::read(b"\0asm\x0d\0\x01\0\x01\x7f"), Err(MetadataError::Sections(_))));
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        assert!(Metadata::parse(format!(r#"{{"config-schema": {deep}}}"#).as_bytes()).is_err());
        assert!(Metadata::parse(br#"{"authors": "me"}"#).is_err());
        assert!(Metadata::parse(b"[]").is_err());
    }

    #[test]
    fn unknown_keys_are_for_later_versions() {
        let metadata = Metadata::parse(
            br#"{"name": "a", "later": true, "license": "MIT", "grants": [{"kind": "tcp", "value": "SERVER:25"}]}"#,
        );
        let metadata = metadata.unwrap();
        assert_eq!((metadata.licence.as_str(), metadata.grants[0].kind.as_str()), ("MIT", "tcp"));
    }
}
