//! Describing a component: `action annotate`, for its author.
//!
//! Stricter than what reads a description later ([`Metadata`]): an author's mistake is found here.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;
use wasmparser::{Parser, Payload};

use super::{
    file::{self, FileError},
    metadata::{Metadata, MetadataError, SECTION, check},
};
use crate::text::{nearest, quote};

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
        error: FileError,
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
    let bytes = file::read(component).and_then(|bytes| file::identify(&bytes).map(|()| bytes));
    let bytes = bytes.map_err(|error| AnnotateError::Component { file: component.to_owned(), error })?;
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
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn component(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    fn name(bytes: &[u8]) -> String {
        Metadata::read(bytes).unwrap().unwrap().name
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
    fn what_could_not_be_read_later_is_not_put_in() {
        assert!(annotate(&component("(component)"), &json!({"authors": "me"})).is_err());
        assert!(annotate(&component("(component)"), &json!([])).is_err());
    }
}
