//! What can be known of a component without running any of it.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    engine::Engine,
    error::LoadError,
    file::{identify, read},
    host, imports,
    load::compile,
    metadata::{self, Metadata},
    wants::Comparison,
};
use crate::config;

/// Rows of a schema that are listed, and how deep it is followed.
const MOST_ROWS: usize = 200;
const DEEPEST: usize = 8;

/// What is known of a component.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// Bytes of the file.
    pub size: usize,
    /// Its SHA-256 sum, as `sha256:` takes it.
    pub sha256: String,
    /// Bytes of machine code and what belongs to it, on this machine.
    pub compiled: usize,
    /// The version of `prelude:trigger` it was built for; none when it is no action.
    pub interface: Option<String>,
    /// Whether this daemon speaks that version.
    pub spoken: bool,
    /// Whether it can take back what it did.
    pub can_undo: bool,
    /// Everything it imports, by full name.
    pub imports: Vec<String>,
    /// What it wants beside what every component has, and what it is granted.
    pub comparison: Comparison,
    /// What it says about itself.
    pub metadata: Option<Metadata>,
    /// Why that cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_error: Option<String>,
    /// The keys of its configuration, after its schema.
    pub keys: Vec<Key>,
}

/// A key of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// With the keys above it; `[]` is any element of a list, `*` any key.
    pub key: String,
    /// What may stand there.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What holds when it is not, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it means.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

/// Looks into the component in `file`, and compares what it wants with a grant. Compiles it, and runs nothing.
pub fn inspect(engine: &Engine, file: &Path, grant: &config::Grant) -> Result<Inspection, LoadError> {
    let bytes = read(file)?;
    identify(&bytes)?;
    let (engine, compiled) = compile(engine, &bytes, &config::Limits::default())?;
    let (metadata, metadata_error) = match Metadata::read(&bytes) {
        Ok(metadata) => (metadata, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let schema = metadata.as_ref().and_then(|metadata| metadata.config_schema.as_ref());
    let keys = schema.map(keys).unwrap_or_default();
    let problem = schema.and_then(|schema| metadata::check(schema, &Value::Object(Map::new())).err());
    let none = Vec::new();
    let unused = metadata.as_ref().map_or(&none, |metadata| &metadata.unused);
    let wants = imports::wanted(&engine.wasmtime, &compiled, unused);
    let kind = compiled.component_type();
    let exports: Vec<_> = kind.exports(&engine.wasmtime).map(|(name, _)| name.to_owned()).collect();
    let version = |interface: &str| {
        let of = |name: &String| name.strip_prefix(interface).map(|rest| rest.trim_start_matches('@').to_owned());
        exports.iter().find_map(of)
    };
    let interface = version("prelude:trigger/handler");
    let (major, minor) = host::SPOKEN;
    let series = format!("{major}.{minor}.");
    Ok(Inspection {
        size: bytes.len(),
        sha256: hex::encode(Sha256::digest(&bytes)),
        compiled: compiled.serialize().map(|code| code.len()).unwrap_or_default(),
        spoken: interface.as_ref().is_some_and(|version| version.starts_with(&series)),
        interface,
        can_undo: version("prelude:trigger/undo").is_some(),
        imports: kind.imports(&engine.wasmtime).map(|(name, _)| name.to_owned()).collect(),
        comparison: Comparison::new(&wants, grant),
        metadata_error: metadata_error.or_else(|| problem.map(|problem| problem.to_string())),
        metadata,
        keys,
    })
}

/// The keys of a schema, in order, those inside after those that hold them.
fn keys(schema: &Value) -> Vec<Key> {
    let mut list = Vec::new();
    walk(schema, schema, "", DEEPEST, &mut list);
    list
}

fn walk(root: &Value, schema: &Value, at: &str, depth: usize, list: &mut Vec<Key>) {
    let schema = resolve(root, schema);
    let Some(depth) = depth.checked_sub(1) else { return };
    let required = |name: &str| {
        let required = schema.get("required").and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|one| one == name))
    };
    for (name, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if list.len() >= MOST_ROWS {
            return;
        }
        let key = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let own = resolve(root, value);
        let text = |key: &str| value.get(key).or_else(|| own.get(key));
        let doc = text("description").and_then(Value::as_str).unwrap_or_default();
        list.push(Key {
            kind: kind(root, value),
            required: required(name),
            default: text("default").map(ToString::to_string),
            doc: doc.split_whitespace().collect::<Vec<_>>().join(" "),
            key: key.clone(),
        });
        walk(root, value, &key, depth, list);
    }
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        walk(root, items, &format!("{at}[]"), depth, list);
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        walk(root, values, &format!("{at}{}*", if at.is_empty() { "" } else { "." }), depth, list);
    }
}

/// Follows references, a few of them.
fn resolve<'v>(root: &'v Value, mut schema: &'v Value) -> &'v Value {
    for _ in 0..DEEPEST {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        match target.and_then(|target| root.pointer(target)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

/// What may stand there, in a few words.
fn kind(root: &Value, schema: &Value) -> String {
    let schema = resolve(root, schema);
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
    }
    if let Some(word) = schema.get("const") {
        return word.to_string();
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(list) = schema.get(several).and_then(Value::as_array) {
            let mut kinds: Vec<_> = list.iter().map(|one| short_kind(root, one)).collect();
            kinds.dedup();
            return kinds.join(" | ");
        }
    }
    short_kind(root, schema)
}

fn short_kind(root: &Value, schema: &Value) -> String {
    let schema = resolve(root, schema);
    let of_items = |kind: &str| match (kind, schema.get("items")) {
        ("array", Some(items)) => {
            let items = resolve(root, items).get("type").and_then(Value::as_str).unwrap_or("anything");
            format!("list of {items}")
        }
        ("array", None) => "list".to_owned(),
        (kind, _) => kind.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(kind)) => of_items(kind),
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).map(of_items).collect::<Vec<_>>().join(" | ")
        }
        _ => match schema.get("const") {
            Some(word) => word.to_string(),
            None => "anything".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_listed_key_by_key() {
        let schema = json!({
            "type": "object", "required": ["to"],
            "properties": {
                "to": {"type": "string", "description": "Whom\n  it is for."},
                "level": {"enum": ["info", "warn"], "default": "info"},
                "servers": {"type": "array", "items": {"$ref": "#/$defs/server"}},
                "next": {"$ref": "#"},
                "any": {"type": "object", "additionalProperties": {"type": "object", "properties": {"x": {"type": ["integer", "null"]}}}}
            },
            "$defs": {"server": {"type": "object", "properties": {"port": {"type": "integer"}}}}
        });
        let list = keys(&schema);
        let shown: Vec<_> = list.iter().map(|key| (key.key.as_str(), key.kind.as_str(), key.required)).collect();
        for expected in [
            ("to", "string", true),
            ("level", r#""info" | "warn""#, false),
            ("servers", "list of object", false),
            ("servers[].port", "integer", false),
            ("next.to", "string", true),
            ("any.*.x", "integer | null", false),
        ] {
            assert!(shown.contains(&expected), "no {expected:?} in {shown:?}");
        }
        assert!(list.len() <= MOST_ROWS);
        assert!(list.iter().any(|key| key.doc == "Whom it is for."));
    }
}
