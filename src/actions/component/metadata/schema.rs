//! The schema of an action's configuration: JSON Schema 2020-12 that refers to nothing outside itself.
//!
//! A schema is a stranger's, and checking a configuration against it must end. Patterns are matched in linear time, and before
//! anything is checked the work is estimated from above ([`Work`]): a schema that leads back to itself without going into
//! a value, or that multiplies by references, is refused. For that every reference must be a JSON pointer into the schema
//! itself (`#`, `#/$defs/port`); what is refused by name: other references, `$dynamicRef`, `$recursiveRef`, `$id` inside.

use std::collections::HashMap;

use jsonschema::{
    Draft, PatternOptions, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::{Map, Value};

use super::super::issue::ConfigIssue;
use crate::text::{nearest, quote, shorten};

/// Subschemas that may be looked at for one configuration. Ten million take about a second.
const MOST_WORK: u64 = 10_000_000;
/// Compiled size of one regular expression.
const LARGEST_PATTERN: usize = 1 << 20;
/// Issues that are told.
const MOST_ISSUES: usize = 100;
/// References in one schema, and the stack on which they are followed: each may lead as deep as JSON is nested.
const MOST_REFERENCES: usize = 500;
const STACK: usize = 64 << 20;

/// Keywords whose values are schemas for the same value: one, a list, or by name.
const HERE: [&str; 9] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];
/// Keywords whose values are schemas for the values inside.
const INSIDE: [&str; 10] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "propertyNames",
];

/// What is wrong with a schema. The mistake is the author's, not the operator's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema of its configuration is wrong, which is for its author to mend: {0}")]
pub struct BadSchema(String);

/// All that is wrong with a configuration, in the order of the schema.
pub fn check(schema: &Value, config: &Value) -> Result<Vec<ConfigIssue>, BadSchema> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("config-schema".to_owned()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, || check_here(schema, config));
        let failed = |what: &str| BadSchema(format!("it could not be checked: {what}"));
        let thread = thread.map_err(|error| failed(&format!("no thread for it: {error}")))?;
        thread.join().unwrap_or_else(|_| Err(failed("it breaks what checks it")))
    })
}

fn check_here(schema: &Value, config: &Value) -> Result<Vec<ConfigIssue>, BadSchema> {
    references(schema, &mut String::new(), &mut 0)?;
    let (width, depth) = (width(config), depth(config));
    let mut work = Work { schema, width, known: HashMap::new() };
    if work.of(schema, depth, &mut Vec::new())? > MOST_WORK {
        return Err(BadSchema(format!("checking a configuration that is nested {depth} deep takes too long with it")));
    }
    let options = jsonschema::options().offline().with_draft(Draft::Draft202012);
    let options = options.with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN));
    let validator = options.build(schema).map_err(|error| {
        let at = error.instance_path().to_string();
        BadSchema(shorten(&format!("{error}{}", if at.is_empty() { at } else { format!(" at {at}") }), 1024))
    })?;
    let issues = validator.iter_errors(config).take(MOST_ISSUES).flat_map(|error| issues(&error, schema));
    Ok(issues.take(MOST_ISSUES).collect())
}

/// Refuses what leads out of the schema; `at` is where we are.
fn references(schema: &Value, at: &mut String, count: &mut usize) -> Result<(), BadSchema> {
    let length = at.len();
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("const" | "enum" | "default" | "examples", _) => continue,
                    ("$ref", Value::String(target)) if !target.starts_with('#') => {
                        return Err(BadSchema(format!(
                            "{at}/$ref refers to {}, which is outside it; only references such as `#/$defs/port` are followed",
                            quote(&shorten(target, 256))
                        )));
                    }
                    ("$ref", Value::String(_)) if *count >= MOST_REFERENCES => {
                        return Err(BadSchema(format!("it has more than {MOST_REFERENCES} references")));
                    }
                    ("$ref", Value::String(target)) if !(target == "#" || target.starts_with("#/")) => {
                        return Err(BadSchema(format!(
                            "{at}/$ref is {}, not a JSON pointer",
                            quote(&shorten(target, 256))
                        )));
                    }
                    ("$dynamicRef" | "$recursiveRef", Value::String(_)) => {
                        return Err(BadSchema(format!("{at}/{key} is not supported: use `$ref`")));
                    }
                    ("$id", Value::String(_)) if !at.is_empty() => {
                        return Err(BadSchema(format!(
                            "{at}/$id is not supported: only the whole schema may have one"
                        )));
                    }
                    ("$ref", _) => *count = count.saturating_add(1),
                    _ => {}
                }
                at.push('/');
                at.push_str(&shorten(key, 64));
                references(value, at, count)?;
                at.truncate(length);
            }
        }
        Value::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                at.push_str(&format!("/{number}"));
                references(value, at, count)?;
                at.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Counts, from above, the subschemas that are looked at for a configuration of a certain depth and width.
struct Work<'s> {
    schema: &'s Value,
    /// The most values in one list or mapping of the configuration.
    width: u64,
    /// By place in memory and by depth that is left.
    known: HashMap<(*const Value, usize), u64>,
}

impl<'s> Work<'s> {
    fn of(&mut self, schema: &'s Value, depth: usize, open: &mut Vec<*const Value>) -> Result<u64, BadSchema> {
        let Value::Object(object) = schema else { return Ok(1) };
        let here = std::ptr::from_ref(schema);
        if let Some(&known) = self.known.get(&(here, depth)) {
            return Ok(known);
        }
        if open.contains(&here) {
            return Err(BadSchema("a `$ref` in it leads back to itself without end".to_owned()));
        }
        open.push(here);
        let mut sum = 1_u64;
        if let Some(Value::String(target)) = object.get("$ref") {
            let target = self.target(target)?;
            sum = sum.saturating_add(self.of(target, depth, open)?);
        }
        for schema in children(object, &HERE) {
            sum = sum.saturating_add(self.of(schema, depth, open)?);
        }
        if let Some(depth) = depth.checked_sub(1) {
            for schema in children(object, &INSIDE) {
                // What is inside is another value: leading back from there is no circle.
                let inside = self.of(schema, depth, &mut Vec::new())?;
                sum = sum.saturating_add(inside.saturating_mul(self.width));
            }
        }
        open.pop();
        self.known.insert((here, depth), sum);
        Ok(sum)
    }

    /// The schema that a reference leads to.
    fn target(&self, reference: &str) -> Result<&'s Value, BadSchema> {
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        let found = self.schema.pointer(pointer).or_else(|| {
            // A fragment may be percent-encoded, and a key such as `a b` must be.
            let decoded = percent_decoded(pointer)?;
            self.schema.pointer(&decoded)
        });
        found.ok_or_else(|| BadSchema(format!("`$ref: {}` leads nowhere", shorten(reference, 256))))
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.extend(hex::decode(digits).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The schemas below some keywords.
fn children<'s>(object: &'s Map<String, Value>, keywords: &[&'static str]) -> impl Iterator<Item = &'s Value> {
    let found: Vec<_> = keywords.iter().filter_map(|keyword| Some((*keyword, object.get(*keyword)?))).collect();
    found.into_iter().flat_map(|(keyword, value)| match value {
        Value::Array(list) => list.iter().collect::<Vec<_>>(),
        Value::Object(by_name)
            if matches!(keyword, "properties" | "patternProperties" | "dependentSchemas" | "dependencies") =>
        {
            by_name.values().collect()
        }
        schema => vec![schema],
    })
}

fn depth(value: &Value) -> usize {
    let inside = match value {
        Value::Array(list) => list.iter().map(depth).max(),
        Value::Object(object) => object.values().map(depth).max(),
        _ => return 0,
    };
    inside.unwrap_or(0).saturating_add(1)
}

fn width(value: &Value) -> u64 {
    let (own, inside) = match value {
        Value::Array(list) => (list.len(), list.iter().map(width).max()),
        Value::Object(object) => (object.len(), object.values().map(width).max()),
        _ => return 1,
    };
    u64::try_from(own).unwrap_or(u64::MAX).max(inside.unwrap_or(1)).max(1)
}

/// An error in our words, at the place that is to be changed.
fn issues(error: &ValidationError<'_>, schema: &Value) -> Vec<ConfigIssue> {
    let pointer = error.instance_path().to_string();
    let below = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    let found = || shorten(&error.instance().to_string(), 128);
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = properties(error, schema);
            let issue = |key: &String| {
                let known = || known.iter().map(String::as_str);
                let help = nearest(key, known()).map(|near| format!(": did you mean {}?", quote(near)));
                let all = || format!("; known are {}", known().map(quote).collect::<Vec<_>>().join(", "));
                let help = help.unwrap_or_else(|| if known().next().is_some() { all() } else { String::new() });
                ConfigIssue { pointer: below(key), message: format!("unknown key {}{help}", quote(key)) }
            };
            return unexpected.iter().map(issue).collect();
        }
        ValidationErrorKind::Required { property } => {
            format!("the key {} is missing", quote(property.as_str().unwrap_or_default()))
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(several) => {
                    several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or ")
                }
            };
            format!("expected {wanted}, found {}", found())
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let options: Vec<_> = options.iter().map(ToString::to_string).collect();
            format!("expected one of {}, found {}", options.join(", "), found())
        }
        ValidationErrorKind::Pattern { pattern } => {
            format!("expected a text that matches {pattern}, found {}", found())
        }
        ValidationErrorKind::FalseSchema => "nothing may stand here".to_owned(),
        _ => error.to_string(),
    };
    vec![ConfigIssue { pointer, message: shorten(&message, 1024) }]
}

/// The keys that are known where an error came to light.
fn properties(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let path = error.schema_path().to_string();
    let object = path.rsplit_once('/').and_then(|(parent, _)| schema.pointer(parent));
    let known = object.and_then(|object| object.get("properties")).and_then(Value::as_object);
    known.map(|known| known.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::needless_pass_by_value)]

    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;

    fn told(schema: Value, config: Value) -> Vec<String> {
        let issues = check(&schema, &config).unwrap();
        issues.iter().map(ToString::to_string).collect()
    }

    fn bad(schema: Value) -> String {
        let config = json!({"a": {"a": {"a": {"a": 1}}}});
        check(&schema, &config).unwrap_err().to_string()
    }

    #[test]
    fn every_issue_has_its_place_and_plain_words() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["to"],
            "properties": {
                "to": {"type": "string", "pattern": "@"},
                "servers": {"type": "array", "items": {"$ref": "#/$defs/server"}},
                "level": {"enum": ["info", "warn"]},
                "a/b": {"type": ["string", "null"]}
            },
            "$defs": {"server": {"type": "object", "properties": {"port": {"type": "integer", "maximum": 65535}}}}
        });
        assert_eq!(told(schema.clone(), json!({"to": "a@b", "servers": [{"port": 25}]})), Vec::<String>::new());
        let said =
            told(schema, json!({"too": "x", "level": "loud", "servers": [{"port": "25"}, {"port": 70000}], "a/b": 1}));
        for expected in [
            "the key to is missing",
            "/too: unknown key too: did you mean to?",
            r#"/level: expected one of "info", "warn", found "loud""#,
            r#"/servers/0/port: expected integer, found "25""#,
            "/servers/1/port: 70000 is greater than the maximum of 65535",
            "/a~1b: expected null or string, found 1",
        ] {
            assert!(said.iter().any(|said| said == expected), "no {expected} in {said:#?}");
        }
    }

    #[test]
    fn what_leads_outside_is_refused() {
        for target in ["http://127.0.0.1:1/schema.json", "file:///etc/passwd", "other.json", "https://example.com/x#/a"]
        {
            let error = bad(json!({"properties": {"a": {"$ref": target}}}));
            assert!(error.contains("/properties/a/$ref refers to") && error.contains("outside it"), "{error}");
        }
        assert!(bad(json!({"$dynamicRef": "#a"})).contains("/$dynamicRef is not supported"));
        assert!(bad(json!({"$ref": "#anchor"})).contains("not a JSON pointer"));
        assert!(bad(json!({"$defs": {"x": {"$id": "http://a/b"}}})).contains("/$defs/x/$id is not supported"));
    }

    #[test]
    fn a_broken_schema_is_told() {
        assert!(bad(json!({"type": "strnig"})).contains("for its author to mend"));
        assert!(bad(json!({"$ref": "#/$defs/none"})).contains("for its author to mend"));
        assert!(bad(json!({"pattern": "("})).contains("for its author to mend"));
        assert!(bad(json!(3)).contains("for its author to mend"));
    }

    #[test]
    fn a_schema_that_would_never_end_is_refused_at_once() {
        let began = Instant::now();
        for circle in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"anyOf": [true, {"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}),
        ] {
            let error = bad(circle);
            assert!(error.contains("leads back to itself without end"), "{error}");
        }
        // Each doubles the next: 2^40.
        let mut defs = Map::new();
        for number in 0..40 {
            let next = json!({"$ref": format!("#/$defs/d{}", number + 1)});
            defs.insert(format!("d{number}"), json!({"allOf": [next.clone(), next]}));
        }
        defs.insert("d40".to_owned(), json!(true));
        let error = bad(json!({"$ref": "#/$defs/d0", "$defs": defs}));
        assert!(error.contains("takes too long"), "{error}");
        // Hundreds for each level.
        let many: Vec<_> = (0..400).map(|_| json!({"additionalProperties": {"$ref": "#"}})).collect();
        assert!(bad(json!({ "allOf": many })).contains("takes too long"));
        // As long a chain as there may be, as deep as JSON may be.
        let deep = |inside: Value| (0..50).fold(inside, |inside, _| json!({ "not": inside }));
        let mut defs = Map::new();
        for number in 0..490 {
            let next = json!({"properties": {"a": {"$ref": format!("#/$defs/d{}", number + 1)}}});
            defs.insert(format!("d{number}"), deep(next));
        }
        defs.insert("d490".to_owned(), json!(true));
        let chain = json!({"$ref": "#/$defs/d0", "$defs": defs});
        assert!(chain.to_string().len() < 256 << 10, "longer than a component's description may be");
        drop(check(&chain, &json!({"a": {"a": 1}})));
        assert!(
            bad(json!({"allOf": vec![json!({"$ref": "#/$defs/a"}); 501], "$defs": {"a": true}}))
                .contains("more than 500 references")
        );
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[test]
    fn a_schema_may_lead_back_to_itself_inside_a_value() {
        let tree = json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": false});
        assert_eq!(told(tree.clone(), json!({"a": {"a": {}}})), Vec::<String>::new());
        assert_eq!(told(tree, json!({"a": {"b": {}}})), ["/a/b: unknown key b; known are a"]);
    }
}
