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

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasmparser::{Parser, Payload};

use super::{error::LoadError, load};
use crate::text::{nearest, quote};

pub use schema::{BadSchema, check};

/// The name of the custom section.
pub const SECTION: &str = "prelude:action";

/// Longest section that is read, in bytes.
pub const LARGEST: usize = 256 << 10;

/// All keys; an author who writes another has misspelt one.
const KEYS: [&str; 10] = [
    "name",
    "version",
    "authors",
    "licence",
    "license",
    "description",
    "homepage",
    "config-schema",
    "grants",
    "unused",
];

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

/// The same component with this metadata at its top level, in place of what stood there.
pub fn annotate(bytes: &[u8], metadata: &Value) -> Result<Vec<u8>, MetadataError> {
    let text = metadata.to_string();
    // Whoever cannot read it later had better hear of it now.
    Metadata::parse(text.as_bytes())?;
    let mut annotated = Vec::with_capacity(bytes.len().saturating_add(text.len()).saturating_add(64));
    let (mut depth, mut copied) = (0_usize, 0_usize);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| MetadataError::Sections(error.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth = depth.saturating_add(1),
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(custom) if custom.name() == SECTION && depth == 0 => {
                // The range is that of the contents: one byte of kind and the length stand before it.
                let start = custom.range().start.saturating_sub(1).saturating_sub(leb128(custom.range().len()));
                annotated.extend_from_slice(bytes.get(copied..start).unwrap_or_default());
                copied = custom.range().end;
            }
            _ => {}
        }
    }
    annotated.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    let section = wasm_encoder::CustomSection { name: SECTION.into(), data: text.as_bytes().into() };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut annotated);
    Ok(annotated)
}

/// Why a component was not annotated.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The component cannot be read, or is none.
    #[error("{}: {error}", file.display())]
    Component {
        /// Its file.
        file: PathBuf,
        /// Why.
        error: Box<LoadError>,
    },
    /// The metadata will not do.
    #[error("{}: {problem}", file.display())]
    Metadata {
        /// Its file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The result cannot be written.
    #[error("cannot write {}: {error}", file.display())]
    Write {
        /// Its file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// Writes the component in `component`, with the metadata in the file `metadata` at its top level, to `output`, which may be the
/// same file: it is replaced as a whole or not at all. Stricter than [`Metadata::parse`]: an author's mistake is found here.
pub fn annotate_file(component: &Path, metadata: &Path, output: &Path) -> Result<(), AnnotateError> {
    let refuse = |problem: String| AnnotateError::Metadata { file: metadata.to_owned(), problem };
    let bytes = load::read(component).and_then(|bytes| load::identify(&bytes).map(|()| bytes));
    let bytes =
        bytes.map_err(|error| AnnotateError::Component { file: component.to_owned(), error: Box::new(error) })?;
    let text = fs::read(metadata).map_err(|error| refuse(format!("cannot read this file: {error}")))?;
    let value: Value = serde_json::from_slice(&text).map_err(|error| refuse(format!("this is not JSON: {error}")))?;
    let parsed = Metadata::parse(value.to_string().as_bytes()).map_err(|error| refuse(error.to_string()))?;
    for (key, text) in [("name", &parsed.name), ("version", &parsed.version)] {
        if text.trim().is_empty() {
            return Err(refuse(format!("`{key}` is missing")));
        }
    }
    if let Some(key) = value.as_object().and_then(|object| object.keys().find(|key| !KEYS.contains(&key.as_str()))) {
        let near = nearest(key, KEYS).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        return Err(refuse(format!("unknown key {}{near}", quote(key))));
    }
    if let Some(schema) = &parsed.config_schema {
        // Any value will do to find what is wrong with the schema itself.
        check(schema, &Value::Object(serde_json::Map::new())).map_err(|error| refuse(error.to_string()))?;
    }
    let annotated = annotate(&bytes, &value).map_err(|error| refuse(error.to_string()))?;
    replace(output, &annotated).map_err(|error| AnnotateError::Write { file: output.to_owned(), error })
}

/// Puts a file in another's place, with its permissions.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = file.with_file_name(name);
    let written = fs::write(&new, bytes).and_then(|()| {
        if let Ok(metadata) = fs::metadata(file) {
            fs::set_permissions(&new, metadata.permissions())?;
        }
        fs::rename(&new, file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// How many bytes a length takes.
fn leb128(length: usize) -> usize {
    let bits = usize::BITS.saturating_sub(length.leading_zeros()).max(1);
    usize::try_from(bits.div_ceil(7)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use serde_json::json;

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
    fn annotating_replaces_what_stood_outside_and_keeps_the_rest() {
        let bytes = component(
            r#"(component
                (core module (func (export "f")) (@custom "prelude:action" "{\"name\": \"inner\"}"))
                (@custom "prelude:action" "{\"name\": \"old\"}")
                (@custom "kept" "1")
                (@custom "prelude:action" "{\"name\": \"older\"}"))"#,
        );
        let long = json!({"name": "new", "description": "x".repeat(70_000), "of-tomorrow": [1]});
        let once = annotate(&bytes, &long).unwrap();
        assert_eq!(name(&once), "new");
        let twice = annotate(&once, &json!({"name": "newer"})).unwrap();
        assert_eq!(name(&twice), "newer");
        assert!(twice.len() < once.len());
        wasmparser::Validator::new().validate_all(&twice).unwrap();
        let count = |needle: &[u8]| twice.windows(needle.len()).filter(|window| *window == needle).count();
        assert_eq!((count(b"prelude:action"), count(b"kept"), count(b"older")), (2, 1, 0));
        assert_eq!(name(&twice), "newer");
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
        assert!(annotate(&component("(component)"), &json!({"authors": "me"})).is_err());
        assert!(annotate(&component("(component)"), &json!([])).is_err());
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
