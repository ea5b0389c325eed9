//! From JSON to a tree.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{
    idmef::{
        DecodeError, TimeError,
        schema::{ADDITIONAL_DATA_TYPE, Child, Class, Enumeration, Integer, List, MESSAGE, Type},
        suggest,
        tree::{Builder, Refusal, Scalar, Tree},
        wire,
    },
    text::{nearest, shorten},
};

/// Reads one message: the whole of `json`, apart from blanks around it.
pub(in crate::idmef) fn read(json: &[u8]) -> Result<Tree, DecodeError> {
    if json.len() > wire::LONGEST {
        let message = format!("{} bytes of JSON are more than the {} allowed", json.len(), wire::LONGEST);
        return Err(DecodeError::new(message));
    }
    let text = String::from_utf8_lossy(json);
    let mut reader = Reader { builder: Builder::new(Vec::with_capacity(text.len() / 2)), way: Vec::new() };
    let mut parser = serde_json::Deserializer::from_str(&text);
    let read = Members { reader: &mut reader, class: &MESSAGE }.deserialize(&mut parser);
    match read.and_then(|()| parser.end()) {
        Ok(()) => match reader.builder.finish() {
            Ok(tree) => Ok(tree),
            Err(Refusal::Empty) => Err(DecodeError::new(
                "expected a member `alert` or `heartbeat`, found neither: this is no IDMEF message".to_owned(),
            )),
            Err(refusal) => Err(DecodeError::new(refusal.to_string())),
        },
        Err(error) => Err(reader.explain(&error)),
    }
}

/// What is known while reading.
struct Reader {
    builder: Builder,
    /// The names, with index, that lead to where the parser stands; left as it is when something goes wrong.
    way: Vec<String>,
}

impl Reader {
    fn explain(&self, error: &serde_json::Error) -> DecodeError {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let text = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        let message =
            if self.way.is_empty() { text.to_owned() } else { format!("at `{}`: {text}", self.way.join(".")) };
        DecodeError { message, place: Some((line, column)) }
    }
}

/// The members of a JSON object, which is an object of `class`.
struct Members<'r> {
    reader: &'r mut Reader,
    class: &'static Class,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the members of `{}`", self.class.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { reader, class } = self;
        let (mut seen, mut data_type, mut data) = (0_u32, 0, None);
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name.eq_ignore_ascii_case("_self") {
                let (found, expected) = (map.next_value::<Cow<'_, str>>()?, format!("idmef_{}_t", class.name));
                if found != expected {
                    let found = shorten(&found, 60);
                    return Err(A::Error::custom(format!("`_self` is `{found}`, expected `{expected}` or no `_self`")));
                }
                continue;
            }
            let Some((place, child)) = class.child(&name) else { return Err(A::Error::custom(unknown(class, &name))) };
            reader.way.push(child.name.to_owned());
            if seen & (1 << place) != 0 {
                return Err(A::Error::custom(format!("`{}` has a second `{}`", class.name, child.name)));
            }
            seen |= 1 << place;
            if matches!(child.kind, Type::Data) {
                // Its type may follow: look at the value then.
                data = Some((place, child, map.next_value_seed(Anything("a value"))?));
            } else if child.list == List::Single {
                let number = map.next_value_seed(Single { reader, place, child })?;
                data_type = number.filter(|_| child.name == "type").unwrap_or(data_type);
            } else {
                map.next_value_seed(Several { reader, place, child })?;
            }
            reader.way.pop();
        }
        if let Some((place, child, found)) = data {
            reader.way.push(child.name.to_owned());
            reader.data(place, class, data_type, &found).map_err(A::Error::custom)?;
            reader.way.pop();
        }
        reader.builder.close().map_err(A::Error::custom)
    }
}

/// What to say of a member that the class does not have.
fn unknown(class: &'static Class, name: &str) -> String {
    let shown = shorten(name, 60);
    let better = suggest::names(class, name).into_iter().next();
    let better =
        better.or_else(|| suggest::elsewhere(name).map(|way| format!("{way}` of the message, not of `{}", class.name)));
    let names: Vec<_> = class.children.iter().map(|child| child.name).collect();
    let hint = better
        .map_or_else(|| format!("expected one of {}", names.join(", ")), |better| format!("did you mean `{better}`?"));
    format!("`{}` has no member `{shown}`, {hint}", class.name)
}

/// The array of a list.
struct Several<'r> {
    reader: &'r mut Reader,
    place: u8,
    child: &'static Child,
}

impl<'de> DeserializeSeed<'de> for Several<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Several<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array: [ … ], for there can be several `{}`", self.child.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Self { reader, place, child } = self;
        reader.way.pop();
        for number in 0.. {
            reader.way.push(format!("{}({number})", child.name));
            if sequence.next_element_seed(Single { reader, place, child })?.is_none() {
                break;
            }
            reader.way.pop();
        }
        Ok(())
    }
}

/// One object or value. Returns the number of an enumerated value.
struct Single<'r> {
    reader: &'r mut Reader,
    place: u8,
    child: &'static Child,
}

impl<'de> DeserializeSeed<'de> for Single<'_> {
    type Value = Option<i32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<i32>, D::Error> {
        if let Type::Class(_) = self.child.kind {
            return deserializer.deserialize_option(self);
        }
        let found = Anything(expected(self.child.kind)).deserialize(deserializer)?;
        self.reader.value(self.place, self.child, &found).map_err(D::Error::custom)
    }
}

impl<'de> Visitor<'de> for Single<'_> {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the members of `{}`", self.child.name)
    }

    fn visit_none<E>(self) -> Result<Option<i32>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<i32>, D::Error> {
        if let Type::Class(class) = self.child.kind {
            self.reader.builder.open(self.place, class).map_err(D::Error::custom)?;
            Members { reader: self.reader, class }.deserialize(deserializer)?;
        }
        Ok(None)
    }
}

/// A JSON value that is neither array nor object; holds what is expected.
struct Anything(&'static str);

#[derive(Debug)]
enum Found {
    Null,
    Truth(bool),
    Integer(i128),
    Float(f64),
    Text(String),
}

impl<'de> DeserializeSeed<'de> for Anything {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Anything {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Found, E> {
        Ok(Found::Truth(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Found, E> {
        Ok(Found::Integer(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found, E> {
        Ok(Found::Integer(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Found, E> {
        Ok(Found::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        Ok(Found::Text(text.to_owned()))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Truth(truth) => truth.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Text(text) => write!(f, "\"{}\"", shorten(text, 60)),
        }
    }
}

fn expected(kind: Type) -> &'static str {
    match kind {
        Type::Class(_) => "an object",
        Type::Text => "a string",
        Type::Integer(_) => "a whole number",
        Type::Float => "a number",
        Type::Time => "a time such as \"2026-11-21T16:30:00.123456+02:00\"",
        Type::Enumeration(_) => "one of its names",
        Type::Data => "a string or a number",
    }
}

impl Reader {
    /// Adds what was found for a child that is neither class nor data. Returns the number of an enumerated value.
    fn value(&mut self, place: u8, child: &'static Child, found: &Found) -> Result<Option<i32>, String> {
        let mismatch = || format!("found {found}, expected {}", expected(child.kind));
        let mut chosen = None;
        let scalar = match (child.kind, found) {
            (_, Found::Null) => return Ok(None),
            (Type::Text, Found::Text(text)) => Scalar::Text(text.as_bytes()),
            (Type::Text, Found::Integer(number)) => return Err(format!("{}, write \"{number}\"", mismatch())),
            (Type::Integer(kind), found) => {
                let number = found.whole_number().ok_or_else(mismatch)?;
                let (least, most) = kind.range();
                let unfit = |_| format!("found {found}, expected a whole number from {least} to {most}");
                if !(least..=most).contains(&number) {
                    return Err(format!("found {found}, expected a whole number from {least} to {most}"));
                }
                match kind {
                    Integer::I32 => Scalar::Signed(i64::try_from(number).map_err(unfit)?),
                    _ => Scalar::Unsigned(u64::try_from(number).map_err(unfit)?),
                }
            }
            (Type::Float, Found::Float(number)) => Scalar::Float(narrow(*number)),
            (Type::Float, Found::Integer(number)) => Scalar::Float(narrow_whole(*number)),
            (Type::Float, Found::Text(text)) => Scalar::Float(text.trim().parse().map_err(|_| mismatch())?),
            (Type::Time, Found::Text(text)) => {
                Scalar::Time(text.trim().parse().map_err(|reason: TimeError| format!("found {found}: {reason}"))?)
            }
            (Type::Enumeration(names), found) => {
                let number = match found {
                    Found::Text(text) => names.number_of(text),
                    _ => None,
                };
                let number = number.or_else(|| i32::try_from(found.whole_number()?).ok());
                let known = number.filter(|number| names.name_of(*number).is_some());
                chosen = Some(known.ok_or_else(|| no_such_name(names, found))?);
                Scalar::Enumeration(chosen.unwrap_or_default())
            }
            _ => return Err(mismatch()),
        };
        self.builder.add(place, scalar).map_err(|refusal| refusal.to_string())?;
        Ok(chosen)
    }

    /// Adds a value whose type stands beside it.
    fn data(&mut self, place: u8, class: &'static Class, data_type: i32, found: &Found) -> Result<(), String> {
        let name = match class.name {
            "overflow_alert" => "byte-string",
            _ => ADDITIONAL_DATA_TYPE.name_of(data_type).unwrap_or_default(),
        };
        let decoded;
        let scalar = match (name, found) {
            (_, Found::Null) => return Ok(()),
            (_, Found::Truth(truth)) => Scalar::Byte((*truth).into()),
            ("byte" | "boolean", Found::Integer(number @ 0..=255)) => {
                Scalar::Byte(u8::try_from(*number).unwrap_or_default())
            }
            (_, Found::Integer(number)) => Scalar::Signed(
                i64::try_from(*number).map_err(|_| format!("found {found}, expected a number of at most 63 bits"))?,
            ),
            (_, Found::Float(number)) => Scalar::Float(narrow(*number)),
            // The type is what the sender claims: real sensors send dates of their own making as date-time.
            ("date-time", Found::Text(text)) => match text.parse() {
                Ok(time) => Scalar::Time(time),
                Err(_) => Scalar::Text(text.as_bytes()),
            },
            ("character", Found::Text(text)) if text.len() == 1 => {
                Scalar::Character(text.bytes().next().unwrap_or_default())
            }
            ("byte-string", Found::Text(text)) => match BASE64_STANDARD.decode(text) {
                Ok(bytes) => {
                    decoded = bytes;
                    Scalar::Bytes(&decoded)
                }
                Err(_) => Scalar::Text(text.as_bytes()),
            },
            (_, Found::Text(text)) => Scalar::Text(text.as_bytes()),
        };
        self.builder.add(place, scalar).map_err(|refusal| refusal.to_string())
    }
}

impl Found {
    /// The whole number that this is, or whose digits this is.
    fn whole_number(&self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

/// IDMEF floats have 32 bits.
#[allow(clippy::cast_possible_truncation)]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[allow(clippy::cast_precision_loss)]
fn narrow_whole(number: i128) -> f32 {
    number as f32
}

fn no_such_name(names: &'static Enumeration, found: &Found) -> String {
    let nearest = match found {
        Found::Text(text) => nearest(text, names.names.iter().copied()),
        _ => None,
    };
    match nearest {
        Some(nearest) => format!("found {found}, did you mean \"{nearest}\"?"),
        None => format!("found {found}, expected one of {}", names.names.join(", ")),
    }
}
