//! YAML into a [`Node`]: `serde_yaml` says what the values are, `saphyr-parser` says where they stand.
//!
//! `serde_yaml` decides alone what is valid and what a value means. It does not tell positions, so the
//! events of a second parser are walked beside its tree. Should the two ever disagree, the values below the
//! disagreement get the position of the nearest value above it; nothing else depends on positions.
//!
//! Nesting is bounded before `serde_yaml` sees the text, since libyaml takes time with the square of the depth.
//! Aliases are expanded by `serde_yaml`, which stops runaway repetition; beyond that a document may
//! have [`most_values`] values, fewer in a small file: no few lines may cost a lot of memory. What is below an alias stands where its anchor stands.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    fmt,
};

use saphyr_parser::{Event, Parser};
use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use crate::config::{
    confidential,
    diagnostic::{Diagnostic, quote},
    document::{Node, Value},
    source::Source,
};

/// The most values a document of so many bytes may have once its aliases are expanded.
fn most_values(bytes: usize) -> usize {
    bytes.saturating_mul(8).saturating_add(100_000).min(4_000_000)
}

/// How deep lists and mappings may be nested; `serde_yaml`'s own limit.
const MAX_DEPTH: usize = 128;

/// Reads the one document in a YAML file.
pub(super) fn parse(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    let places = Places::of(source);
    if let Some(at) = places.too_deep {
        // libyaml takes time with the square of the depth, long before serde_yaml refuses it.
        let complaint = Diagnostic::error(Some(source.site(at, at + 1)), "values are nested too deep");
        return Err(vec![complaint.expected(format!("at most {MAX_DEPTH} levels"))]);
    }
    let most = most_values(source.text.len());
    let left = Cell::new(most);
    let mut root = Budgeted { left: &left, most }
        .deserialize(serde_yaml::Deserializer::from_str(&source.text))
        .map_err(|error| vec![explain(source, &error)])?;
    if let Some((at, name)) = places.repeated {
        // serde_yaml mixes up the anchors that follow one given twice: their aliases would mean something else.
        let complaint = Diagnostic::error(
            Some(source.site(at, at + name.len() + 1)),
            format!("the anchor {} is given twice", quote(&name)),
        );
        return Err(vec![
            complaint.help("YAML allows it, but it is not supported here: give one of them another name"),
        ]);
    }
    places.put(&mut root, 0, (0, 0));
    confidential::hide(source, &root);
    Ok(root)
}

/// Says a syntax error in words that help, with the reason people most often have for it.
fn explain(source: &Source, error: &serde_yaml::Error) -> Diagnostic {
    // "WHAT at line L column C, while scanning a quoted scalar at line L column C"
    let said = error.to_string();
    let (what, began) = said.split_once(", while ").unwrap_or((&said, ""));
    let message = what.split(" at line ").next().unwrap_or_default().split(" at position ").next().unwrap_or_default();
    let message = message.find(TOO_MANY).and_then(|at| message.get(at..)).unwrap_or(message);
    let text = &source.text;
    let at = if message.contains("control characters") {
        text.find(|c: char| c.is_control() && !"\t\n\r\u{85}".contains(c)).unwrap_or(0)
    } else if message.contains("more than one document") {
        text.rfind("\n---").map_or(0, |end| end + 1)
    } else {
        error.location().map_or(0, |at| source.offset(at.line().saturating_sub(1), at.column().saturating_sub(1)))
    };
    let site = source.site(at, at + 1);
    let began_at = began.split_once(" at line ").map(|(_, place)| place.replace(" column ", ", column "));
    let help = if message.contains("more than one document") {
        "a file holds one document: remove the line `---`, or put the second document into a file of its own in triggers.d"
    } else if message.contains("control characters") {
        "remove it; inside double quotes a control character is written `\\x07`"
    } else if message.contains("cannot start any token") && site.line().0.contains('\t') {
        "YAML forbids tabs for indentation: use spaces"
    } else if message.contains("unknown escape") {
        "in double quotes `\\` begins an escape: put regular expressions in single quotes"
    } else if message.contains("recursion limit") {
        "an alias may not contain itself, and values may be nested 128 deep"
    } else if message.contains("mapping values are not allowed") {
        "a text that contains `: ` needs quotes, and keys of one mapping need the same indentation"
    } else if message.contains("unknown anchor") || message.contains("alphabetic or numeric") {
        "`*` begins an alias and `&` an anchor: a text that begins with one of them needs quotes"
    } else if message.contains("repetition limit") || message.contains(TOO_MANY) {
        "aliases that contain aliases multiply: write less of them"
    } else {
        "texts that begin with one of [ ] { } & * ! | > % @ ` or contain `: ` or ` #` need quotes, best single ones"
    };
    let complaint = Diagnostic::error(Some(site), format!("this is not valid YAML: {message}"));
    match began_at {
        Some(place) if began.contains("quoted scalar") && message.contains("end of stream") => {
            complaint.help(format!("the quote in line {place} is not closed"))
        }
        Some(place) if began.contains("flow") => {
            complaint.help(format!("the bracket in line {place} is not closed before this; {help}"))
        }
        _ => complaint.help(help),
    }
}

/// Words of our own limit, by which its error is known again.
const TOO_MANY: &str = "too many values";

/// Reads any value, as long as the budget lasts.
#[derive(Clone, Copy)]
struct Budgeted<'b> {
    left: &'b Cell<usize>,
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Budgeted<'_> {
    type Value = Node;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let too_many = || {
            let most = self.most;
            de::Error::custom(format_args!("{TOO_MANY}, the limit is {most} for a file of this size"))
        };
        self.left.set(self.left.get().checked_sub(1).ok_or_else(too_many)?);
        deserializer.deserialize_any(self).map(Node::unplaced)
    }
}

impl<'de> Visitor<'de> for Budgeted<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }
    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }
    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        // Beyond i128 every range check fails, whatever the exact number.
        Ok(Value::Integer(i128::try_from(value).unwrap_or(i128::MAX)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = access.next_element_seed(self)? {
            list.push(node);
        }
        Ok(Value::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = access.next_key_seed(self)? {
            map.push((key, access.next_value_seed(self)?));
        }
        Ok(Value::Map(map))
    }
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (tag, content) = access.variant::<String>()?;
        content.newtype_variant_seed(self)?;
        Ok(Value::Tagged(tag))
    }
}

/// Where the nodes of a document stand, in the order of the text.
struct Places {
    list: Vec<Place>,
    /// The first anchor that has the name of an earlier one, and where it stands.
    repeated: Option<(usize, String)>,
    /// The first list or mapping below [`MAX_DEPTH`] others; the walk ends there.
    too_deep: Option<usize>,
}

/// One node's place.
struct Place {
    kind: Kind,
    /// Where its anchor or tag begins, if it has one, otherwise the same as `start`.
    property: usize,
    start: usize,
    end: usize,
    /// The place after this node and everything below it.
    next: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Scalar,
    List,
    Map,
    /// Stands for the node at this place.
    Alias(usize),
}

impl Places {
    fn of(source: &Source) -> Self {
        let text = &source.text;
        // The parser counts characters; where all are of one byte that is the offset.
        let ascii = text.is_ascii();
        let wide: Vec<usize> = if ascii { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        let byte = |index: usize| if ascii { index } else { wide.get(index).copied().unwrap_or(text.len()) };
        let mut list: Vec<Place> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut anchors = HashMap::new();
        let (mut names, mut repeated, mut too_deep) = (HashSet::new(), None, None);
        let mut parser = Parser::new_from_str(text);
        // A scan error ends the walk: what has no place then gets its nearest ancestor's.
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    // Its own limit for brackets is 255, which it may reach before it has told of the first 128.
                    if error.info().contains("recursion limit") {
                        too_deep = Some(byte(error.marker().index()));
                    }
                    break;
                }
            };
            let (kind, anchor, tagged) = match event {
                Event::Scalar(_, _, anchor, tag) => (Kind::Scalar, anchor, tag.is_some()),
                Event::SequenceStart(anchor, tag) => (Kind::List, anchor, tag.is_some()),
                Event::MappingStart(anchor, tag) => (Kind::Map, anchor, tag.is_some()),
                Event::Alias(anchor) => match anchors.get(&anchor) {
                    Some(place) => (Kind::Alias(*place), 0, false),
                    None => break,
                },
                Event::SequenceEnd | Event::MappingEnd => {
                    let next = list.len();
                    if let Some(place) = open.pop().and_then(|at| list.get_mut(at)) {
                        place.next = next;
                    }
                    continue;
                }
                Event::StreamEnd => break,
                _ => continue,
            };
            let here = list.len();
            if anchor != 0 {
                anchors.insert(anchor, here);
            }
            if matches!(kind, Kind::List | Kind::Map) {
                open.push(here);
            }
            let (property, end) = (byte(span.start.index()), byte(span.end.index()));
            if open.len() > MAX_DEPTH {
                too_deep = Some(property);
                break;
            }
            let mut start = property;
            if anchor != 0 || tagged {
                let (content, name) = after_properties(text, property);
                if let Some((at, name)) = name
                    && !names.insert(name)
                {
                    repeated.get_or_insert((at, name.to_owned()));
                }
                start = content;
            }
            list.push(Place { kind, property, start, end: end.max(start), next: here + 1 });
        }
        let end = list.len();
        for at in open {
            if let Some(place) = list.get_mut(at) {
                place.next = end;
            }
        }
        Self { list, repeated, too_deep }
    }

    /// Gives `node` the place at `at` and its children the places below; `nearest` is used where there is none.
    fn put(&self, node: &mut Node, at: usize, nearest: (usize, usize)) {
        let place = self.list.get(at);
        // What is wrong with a tagged value is its tag.
        let tagged = matches!(node.value, Value::Tagged(_));
        let here = place.map_or(nearest, |place| (if tagged { place.property } else { place.start }, place.end));
        (node.start, node.end) = here;
        let (at, place) = match place.map(|place| place.kind) {
            Some(Kind::Alias(target)) => (target, self.list.get(target)),
            _ => (at, place),
        };
        let kind = place.map(|place| place.kind);
        let end = place.map_or(at, |place| place.next);
        // Past the end of a disagreeing list or mapping there is no place: `usize::MAX` stands for it.
        let mut child = match (&node.value, kind) {
            (Value::List(_), Some(Kind::List)) | (Value::Map(_), Some(Kind::Map)) => at + 1,
            _ => usize::MAX,
        };
        let mut put = |node: &mut Node| {
            if child >= end {
                child = usize::MAX;
            }
            self.put(node, child, here);
            child = self.list.get(child).map_or(usize::MAX, |place| place.next);
        };
        match &mut node.value {
            Value::List(list) => list.iter_mut().for_each(put),
            Value::Map(map) => {
                for (key, value) in map {
                    put(key);
                    put(value);
                }
            }
            _ => {}
        }
    }
}

/// Where the content of a node begins whose anchor or tag begins at `at`, and the anchor's name with its own place.
fn after_properties(text: &str, at: usize) -> (usize, Option<(usize, &str)>) {
    let mut name = None;
    let mut rest = text.get(at..).unwrap_or_default();
    loop {
        rest = rest.trim_start();
        let here = text.len() - rest.len();
        let word = rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(word).unwrap_or((rest, ""));
        if let Some(anchor) = word.strip_prefix('&') {
            name = Some((here, anchor));
        } else if word.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, next)| next);
            continue;
        } else if !word.starts_with('!') {
            return (here, name);
        }
        rest = after;
    }
}
