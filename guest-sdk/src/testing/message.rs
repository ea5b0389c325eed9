// SPDX-License-Identifier: MIT OR Apache-2.0

//! A message in memory, and the daemon's answers to questions about it.

use std::fmt;

use super::{
    json::{Json, base64, from_base64},
    time,
};
use crate::{
    Entry, Enumeration, MessageKind, Value,
    bindings::prelude::trigger::idmef::PathError,
    idmef::{
        classes::{Class, Field, Kind, MESSAGE, Unset},
        path::{self, Index, Step},
    },
};

/// Why something is not an IDMEF message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAlert(String);

impl fmt::Display for BadAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadAlert {}

/// Objects within objects, the message included.
const DEEPEST: usize = 32;

/// One IDMEF message.
#[derive(Debug, Clone)]
pub struct Memory(Object);

#[derive(Debug, Clone)]
struct Object {
    class: &'static str,
    /// For each field of the class what stands there.
    fields: Vec<Vec<Item>>,
}

#[derive(Debug, Clone)]
enum Item {
    Object(Object),
    Value(Value),
}

impl Memory {
    pub fn read(json: &str) -> Result<Self, BadAlert> {
        let json: Json = serde_json::from_str(json).map_err(|error| BadAlert(error.to_string()))?;
        Self::from_json(&json)
    }

    fn from_json(json: &Json) -> Result<Self, BadAlert> {
        let message = object(&MESSAGE, json, "", 1)?;
        match (message.fields[1].is_empty(), message.fields[2].is_empty()) {
            (true, true) => Err(BadAlert("neither an alert nor a heartbeat stands in it".to_owned())),
            (false, false) => Err(BadAlert("it has both an alert and a heartbeat".to_owned())),
            _ => Ok(Self(message)),
        }
    }

    pub fn kind(&self) -> MessageKind {
        if self.0.fields[1].is_empty() { MessageKind::Heartbeat } else { MessageKind::Alert }
    }

    pub fn get(&self, path: &str) -> Result<Option<Value>, PathError> {
        Ok(self.get_all(path)?.into_iter().next())
    }

    pub fn get_all(&self, path: &str) -> Result<Vec<Value>, PathError> {
        let steps = path::to_value(path)?;
        let mut entries = Vec::new();
        collect(&self.0, &MESSAGE, &steps, "", &mut entries);
        Ok(entries.into_iter().map(|entry| entry.value).collect())
    }

    pub fn get_text(&self, path: &str) -> Result<Option<String>, PathError> {
        Ok(self.get(path)?.as_ref().map(text))
    }

    pub fn get_all_text(&self, path: &str) -> Result<Vec<String>, PathError> {
        Ok(self.get_all(path)?.iter().map(text).collect())
    }

    pub fn entries(&self, prefix: &str) -> Result<Vec<Entry>, PathError> {
        let steps = path::parse(prefix)?;
        let mut entries = Vec::new();
        collect(&self.0, &MESSAGE, &steps, "", &mut entries);
        Ok(entries)
    }

    /// The whole as JSON that [`Memory::read`] takes: equal to the daemon's in meaning, not in every byte.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        write(&self.0, &MESSAGE, &mut json);
        json
    }
}

/// Collects the values at the end of the steps and below.
fn collect(object: &Object, class: &'static Class, steps: &[Step], way: &str, entries: &mut Vec<Entry>) {
    let step = steps.first();
    for (place, field) in class.fields.iter().enumerate() {
        if step.is_some_and(|step| step.place != place) {
            continue;
        }
        let items = &object.fields[place];
        for (number, item) in items.iter().enumerate() {
            let meant = match step.map(|step| &step.index) {
                None | Some(Index::All) => true,
                Some(Index::At(index)) => {
                    let index = if *index < 0 { items.len() as i64 + i64::from(*index) } else { i64::from(*index) };
                    index == number as i64
                }
                Some(Index::Key(key)) => {
                    matches!(item, Item::Object(data) if matches!(data.fields[0].first(), Some(Item::Value(Value::Text(meaning))) if meaning == key))
                }
            };
            if !meant {
                continue;
            }
            let dot = if way.is_empty() { "" } else { "." };
            let path = if field.many {
                format!("{way}{dot}{}({number})", field.name)
            } else {
                format!("{way}{dot}{}", field.name)
            };
            match (item, &field.kind) {
                (Item::Object(object), Kind::Class(class)) => {
                    collect(object, class, steps.get(1..).unwrap_or_default(), &path, entries);
                }
                (Item::Value(value), _) => entries.push(Entry { path, value: value.clone() }),
                _ => {}
            }
        }
    }
}

/// A value as filters compare it.
fn text(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => if number.is_sign_negative() { "-nan" } else { "nan" }.to_owned(),
        Value::Float(number) => format!("{number:.6}"),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => base64(bytes),
        Value::Time(at) => time::text(at),
        Value::Enumeration(enumeration) => enumeration.name.clone(),
    }
}

fn bad(way: &str, message: impl fmt::Display) -> BadAlert {
    if way.is_empty() { BadAlert(message.to_string()) } else { BadAlert(format!("at `{way}`: {message}")) }
}

fn object(class: &'static Class, json: &Json, way: &str, depth: usize) -> Result<Object, BadAlert> {
    let Json::Object(members) = json else {
        return Err(bad(way, format!("expected an object with the members of `{}`", class.name)));
    };
    if depth > DEEPEST {
        return Err(bad(way, format!("objects are nested deeper than {DEEPEST}")));
    }
    let mut object = empty(class, depth)?;
    let mut seen = vec![false; class.fields.len()];
    // The type of additional data decides on how its value is read, wherever it stands.
    let data_type = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("type")).map(|(_, json)| json);
    for (name, json) in members {
        if name.eq_ignore_ascii_case("_self") {
            match json {
                Json::Text(found) if *found == format!("idmef_{}_t", class.name) => continue,
                _ => return Err(bad(way, format!("`_self` is not `idmef_{}_t`", class.name))),
            }
        }
        let mut fields = class.fields.iter().enumerate();
        let Some((place, field)) = fields.find(|(_, field)| field.name.eq_ignore_ascii_case(name)) else {
            return Err(bad(way, format!("`{}` has no member `{name}`", class.name)));
        };
        if std::mem::replace(&mut seen[place], true) {
            return Err(bad(way, format!("`{}` has a second `{}`", class.name, field.name)));
        }
        let below = if way.is_empty() { field.name.to_owned() } else { format!("{way}.{}", field.name) };
        let mut items = Vec::new();
        match (field.many, json) {
            (_, Json::Null) => {}
            (true, Json::List(list)) => {
                for (number, json) in list.iter().enumerate() {
                    items.extend(item(class, field, json, data_type, &format!("{below}({number})"), depth)?);
                }
            }
            (true, _) => return Err(bad(&below, "expected an array: there can be several")),
            (false, json) => items.extend(item(class, field, json, data_type, &below, depth)?),
        }
        if !items.is_empty() {
            object.fields[place] = items;
        }
    }
    for several in [&["tool_alert", "correlation_alert", "overflow_alert"][..], &["web_service", "snmp_service"][..]] {
        let fields = class.fields.iter().zip(&object.fields);
        if fields.filter(|(field, items)| several.contains(&field.name) && !items.is_empty()).count() > 1 {
            return Err(bad(way, format!("`{}` has two of {}", class.name, several.join(", "))));
        }
    }
    Ok(object)
}

/// What an object is when nothing is said of it.
fn empty(class: &'static Class, depth: usize) -> Result<Object, BadAlert> {
    let mut fields = Vec::new();
    for field in class.fields {
        fields.push(match (&field.kind, field.unset) {
            (_, Unset::Nothing) => Vec::new(),
            (Kind::Class(class), Unset::Default) if depth < DEEPEST => vec![Item::Object(empty(class, depth + 1)?)],
            (Kind::Names(first, names), Unset::Default) => vec![Item::Value(enumeration(*first, names, 0))],
            (Kind::Float, Unset::Default) => vec![Item::Value(Value::Float(0.0))],
            _ => Vec::new(),
        });
    }
    Ok(Object { class: class.name, fields })
}

fn enumeration(first: i32, names: &[&str], place: usize) -> Value {
    let number = first + i32::try_from(place).unwrap_or_default();
    Value::Enumeration(Enumeration { name: names[place].to_owned(), number })
}

fn item(
    class: &Class,
    field: &'static Field,
    json: &Json,
    data_type: Option<&Json>,
    way: &str,
    depth: usize,
) -> Result<Option<Item>, BadAlert> {
    let whole = || match json {
        Json::Integer(number) => Some(*number),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let value = match (&field.kind, json) {
        (_, Json::Null) => return Ok(None),
        (Kind::Class(class), _) => return object(class, json, way, depth + 1).map(|object| Some(Item::Object(object))),
        (Kind::Text, Json::Text(text)) if text.is_empty() => return Ok(None),
        (Kind::Text, Json::Text(text)) => Value::Text(text.clone()),
        (Kind::Text, _) => return Err(bad(way, "expected a string")),
        (Kind::Integer(least, greatest), _) => match whole() {
            Some(number) if (i128::from(*least)..=i128::from(*greatest)).contains(&number) => {
                match u64::try_from(number) {
                    Ok(number) if *least == 0 => Value::Unsigned(number),
                    _ => Value::Integer(i64::try_from(number).unwrap_or_default()),
                }
            }
            _ => return Err(bad(way, format!("expected a whole number from {least} to {greatest}"))),
        },
        (Kind::Float, Json::Float(number)) => float(*number),
        (Kind::Float, Json::Integer(number)) => Value::Float(f64::from(*number as f32)),
        (Kind::Float, Json::Text(text)) => match text.trim().parse::<f32>() {
            Ok(number) => Value::Float(number.into()),
            Err(_) => return Err(bad(way, "expected a number")),
        },
        (Kind::Float, _) => return Err(bad(way, "expected a number")),
        (Kind::Time, Json::Text(text)) => match time::parse(text.trim()) {
            Some(time) => Value::Time(time),
            None => return Err(bad(way, "expected a time such as 2026-11-21T16:30:00.123456+02:00")),
        },
        (Kind::Time, _) => return Err(bad(way, "expected a time")),
        (Kind::Names(first, names), _) => match place(*first, names, json) {
            Some(place) => enumeration(*first, names, place),
            None => return Err(bad(way, format!("expected one of {}", names.join(", ")))),
        },
        (Kind::Data, _) => data(class, json, data_type, way)?,
    };
    Ok(Some(Item::Value(value)))
}

/// IDMEF's floats have 32 bits.
fn float(number: f64) -> Value {
    Value::Float(f64::from(number as f32))
}

/// Where in a list of names a name or a number stands.
fn place(first: i32, names: &[&str], json: &Json) -> Option<usize> {
    let number = match json {
        Json::Text(text) => match names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            Some(place) => return Some(place),
            None => text.trim().parse().ok()?,
        },
        Json::Integer(number) => *number,
        _ => return None,
    };
    usize::try_from(number - i128::from(first)).ok().filter(|place| *place < names.len())
}

/// A value whose type stands beside it.
fn data(class: &Class, json: &Json, data_type: Option<&Json>, way: &str) -> Result<Value, BadAlert> {
    let name = if class.name == "overflow_alert" {
        "byte-string"
    } else {
        let types = class.fields.iter().find_map(|field| match field.kind {
            Kind::Names(_, names) => Some(names),
            _ => None,
        });
        let types = types.unwrap_or_default();
        data_type.and_then(|json| place(0, types, json)).and_then(|place| types.get(place)).copied().unwrap_or("string")
    };
    Ok(match (name, json) {
        (_, Json::Truth(truth)) => Value::Unsigned((*truth).into()),
        ("byte" | "boolean", Json::Integer(number @ 0..=255)) => {
            Value::Unsigned(u64::try_from(*number).unwrap_or_default())
        }
        (_, Json::Integer(number)) => match i64::try_from(*number) {
            Ok(number) => Value::Integer(number),
            Err(_) => return Err(bad(way, "expected a number of at most 63 bits")),
        },
        (_, Json::Float(number)) => float(*number),
        ("date-time", Json::Text(text)) => time::parse(text).map_or_else(|| Value::Text(text.clone()), Value::Time),
        ("byte-string", Json::Text(text)) => from_base64(text).map_or_else(|| Value::Text(text.clone()), Value::Bytes),
        (_, Json::Text(text)) => Value::Text(text.clone()),
        _ => return Err(bad(way, "expected a string or a number")),
    })
}

fn write(object: &Object, class: &'static Class, json: &mut String) {
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    json.push_str(&format!("{{\"_self\": \"idmef_{}_t\"", object.class));
    for (field, items) in class.fields.iter().zip(&object.fields) {
        let items: Vec<_> = items.iter().filter(|item| !matches!(item, Item::Value(Value::Float(0.0)))).collect();
        if items.is_empty() {
            continue;
        }
        json.push_str(&format!(", \"{}\": {}", field.name, if field.many { "[" } else { "" }));
        for (number, item) in items.into_iter().enumerate() {
            json.push_str(if number == 0 { "" } else { ", " });
            match (item, &field.kind) {
                (Item::Object(object), Kind::Class(class)) => write(object, class, json),
                (Item::Value(Value::Integer(number)), _) => json.push_str(&number.to_string()),
                (Item::Value(Value::Unsigned(number)), _) => json.push_str(&number.to_string()),
                (Item::Value(Value::Float(number)), _) if number.is_finite() => json.push_str(&format!("{number:?}")),
                (Item::Value(value), _) => json.push_str(&quoted(&text(value))),
                (Item::Object(_), _) => {}
            }
        }
        json.push_str(if field.many { "]" } else { "" });
    }
    json.push('}');
}

/// A message from paths and values.
pub fn build(values: &[(&str, &str)]) -> Result<Memory, BadAlert> {
    let mut root = Json::Object(Vec::new());
    for (path, value) in values {
        let fail = |reason: &str| BadAlert(format!("path `{path}`: {reason}"));
        let steps = path::to_value(path).map_err(|error| match error {
            PathError::Invalid(invalid) => fail(&invalid.message),
            PathError::Other(reason) => fail(&reason),
        })?;
        let mut here = &mut root;
        for (number, step) in steps.iter().enumerate() {
            let last = number + 1 == steps.len();
            let Json::Object(members) = here else { return Err(fail("it leads through a value")) };
            let place = members.iter().position(|(name, _)| name == step.field.name);
            let place = place.unwrap_or_else(|| {
                members.push((step.field.name.to_owned(), Json::Null));
                members.len() - 1
            });
            here = &mut members[place].1;
            if step.field.many {
                if matches!(here, Json::Null) {
                    *here = Json::List(Vec::new());
                }
                let Json::List(items) = here else { return Err(fail("it leads through a value")) };
                let index = match step.index {
                    Index::At(index) => usize::try_from(index).map_err(|_| fail("its index counts from the end"))?,
                    Index::All if last => items.len(),
                    _ => return Err(fail(&format!("`{}` needs an index", step.field.name))),
                };
                if index > items.len() {
                    return Err(fail(&format!("`{}({index})` comes before the one ahead of it", step.field.name)));
                }
                if index == items.len() {
                    items.push(Json::Null);
                }
                here = &mut items[index];
            }
            match (last, &here) {
                (true, Json::Null) => *here = Json::Text((*value).to_owned()),
                (true, _) => return Err(fail("it stands there already")),
                (false, Json::Null) => *here = Json::Object(Vec::new()),
                (false, _) => {}
            }
        }
    }
    Memory::from_json(&root)
}
