//! From a tree to JSON.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::idmef::{
    schema::{Child, List, Presence, Type},
    scope::Within,
    tree::{Item, Object, Scalar},
    value::float_text,
};

/// The object and what is within, on one line.
pub(in crate::idmef) fn write(object: Object<'_>, within: &Within<'_>) -> String {
    let mut json = String::new();
    write_object(object, within, &mut json);
    json
}

/// The depth of a tree is bounded, and so is this recursion.
fn write_object(object: Object<'_>, within: &Within<'_>, json: &mut String) {
    json.push_str("{\"_self\": \"idmef_");
    json.push_str(object.class.name);
    json.push_str("_t\"");
    for (place, child) in (0..).zip(object.class.children) {
        let count = || object.items(place).count();
        let items = object.items(place).enumerate().filter(|(_, item)| has_text(item, child));
        let items = items.filter_map(|(number, item)| Some((within.item(place, number, count, &item)?, item)));
        let mut items = items.peekable();
        match (items.peek(), child.presence, child.kind) {
            (Some(_), ..) => name(child.name, json),
            (None, Presence::Required, Type::Text) if within.is_all() => {
                name(child.name, json);
                json.push_str("\"\"");
                continue;
            }
            (None, ..) => continue,
        }
        let list = child.list != List::Single;
        json.push_str(if list { "[" } else { "" });
        for (number, (within, item)) in items.enumerate() {
            json.push_str(if number == 0 { "" } else { ", " });
            match item {
                Item::Object(object) => write_object(object, &within, json),
                Item::Scalar(scalar) => write_scalar(scalar, child, json),
            }
        }
        json.push_str(if list { "]" } else { "" });
    }
    json.push('}');
}

/// Whether there is something to write: not, as in libprelude, for a number that its enumeration has no name for, and
/// not for a confidence that nobody set.
fn has_text(item: &Item<'_>, child: &Child) -> bool {
    match (item, child.kind) {
        (Item::Scalar(Scalar::Float(number)), Type::Float) => number.to_bits() != 0,
        (Item::Scalar(Scalar::Enumeration(number)), Type::Enumeration(names)) => names.name_of(*number).is_some(),
        _ => true,
    }
}

fn name(name: &str, json: &mut String) {
    json.push_str(", \"");
    json.push_str(name);
    json.push_str("\": ");
}

fn write_scalar(scalar: Scalar<'_>, child: &Child, json: &mut String) {
    match (scalar, child.kind) {
        (Scalar::Signed(number), _) => json.push_str(&number.to_string()),
        (Scalar::Unsigned(number), _) => json.push_str(&number.to_string()),
        (Scalar::Byte(number), _) => json.push_str(&number.to_string()),
        (Scalar::Float(number), _) if number.is_finite() => {
            let _ = write!(json, "{number:?}"); // memory takes everything
        }
        (Scalar::Float(number), _) => string(&float_text(number.into()), json),
        (Scalar::Enumeration(number), Type::Enumeration(names)) => {
            string(names.name_of(number).unwrap_or_default(), json);
        }
        (Scalar::Enumeration(number), _) => json.push_str(&number.to_string()),
        (Scalar::Text(bytes), _) => string(&String::from_utf8_lossy(bytes), json),
        (Scalar::Character(byte), _) => string(&String::from_utf8_lossy(&[byte]), json),
        (Scalar::Bytes(bytes), _) => string(&BASE64_STANDARD.encode(bytes), json),
        (Scalar::Time(time), _) => string(&time.to_string(), json),
    }
}

fn string(text: &str, json: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        json.push('"');
        json.push_str(text);
        json.push('"');
        return;
    }
    // Writing a string to memory cannot fail.
    let quoted = serde_json::to_string(text).unwrap_or_default();
    // What JSON allows and terminals obey: DEL and the control characters from U+0080.
    for character in quoted.chars() {
        if character.is_control() {
            let _ = write!(json, "\\u{:04x}", u32::from(character));
        } else {
            json.push(character);
        }
    }
}
