//! The same answers as libprelude's own decoder, `idmef_path_get`, `idmef_value_to_string`, printer and encoder, but for
//! the differences that the room's page lists.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    super::{
        schema::{Class, List, MESSAGE, Presence, Type},
        *,
    },
    alert, corpus, generate, item, object, texts,
};
use crate::libprelude::{
    oracle::{self, Decoded},
    sys::idmef_value_type_id_t as value_type,
};

/// What both say of a message is the same.
fn agree(wire: &[u8]) {
    let ours = Message::from_wire(wire).unwrap();
    let mut theirs = Decoded::read(wire).unwrap();
    for path in questions(&ours) {
        assert_eq!(our_answers(&ours, &path), their_answers(&theirs, &path), "{path}");
    }
    assert_eq!(comparable(&ours.to_json()), comparable(&String::from_utf8_lossy(&theirs.json().unwrap())));

    let written = super::split(&theirs.wire().unwrap()).concat();
    let encoded = ours.to_wire();
    assert_eq!(encoded.get(..8), written.get(..8), "version, tag, priority, fragment, length");
    assert_eq!(encoded.get(wire::HEADER..), written.get(wire::HEADER..));
}

fn our_answers(message: &Message, path: &str) -> Vec<(&'static str, String)> {
    let path: Path = path.parse().unwrap();
    let kind = match path.value_type() {
        ValueType::Class => "class",
        ValueType::Integer => "integer",
        ValueType::Float => "float",
        ValueType::Text => "string",
        ValueType::Time => "time",
        ValueType::Enumeration => "enum",
        ValueType::Data => "data",
    };
    let texts = message.values(&path).into_iter().map(|value| value.text().into_owned());
    // libprelude does not tell empty data from none.
    texts.filter(|text| kind != "data" || !text.is_empty()).map(|text| (kind, text)).collect()
}

fn their_answers(message: &Decoded, path: &str) -> Vec<(&'static str, String)> {
    let answers = message.values(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    // What libprelude cannot print, or prints of a required string or of data that nobody set, is no value with us.
    let printed = answers.into_iter().filter_map(|answer| Some((answer.kind, answer.text?)));
    let set = printed.filter(|(kind, text)| match *kind {
        "string" => text != b"<empty>",
        "data" => !text.is_empty(),
        _ => true,
    });
    set.map(|(kind, text)| (kind, String::from_utf8_lossy(&text).into_owned())).collect()
}

/// Every path of the class tree, and for every value of the message its own path and others that lead to it, through
/// indexes from either end, through all items, and through its key. Only such as libprelude can read.
fn questions(message: &Message) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    below(&MESSAGE, "", 5, &mut paths);
    for entry in message.entries(&"".parse().unwrap()) {
        let starred: String = entry
            .path
            .split('(')
            .flat_map(|part| part.split_once(')').map_or([part, ""], |(_, rest)| ["(*)", rest]))
            .collect();
        let unindexed = starred.replace("(*)", "");
        let lists = entry.path.matches('(').count();
        for chosen in 0..lists {
            // One index replaced, the others as they are.
            let parts: Vec<_> = entry.path.split(['(', ')']).collect();
            let with = |index: &str| {
                let piece = |(number, part): (usize, &&str)| match (number % 2, number / 2 == chosen) {
                    (0, _) => (*part).to_owned(),
                    (_, true) => format!("({index})"),
                    (_, false) => format!("({part})"),
                };
                parts.iter().enumerate().map(piece).collect::<String>()
            };
            paths.extend(["-1", "-2", "-1000", "0x0", "1", "7", "*", "<<"].map(with));
            if let Some(key) = entry.path.split_once("additional_data(").filter(|_| chosen == 0) {
                let meaning = format!("{}additional_data({}).meaning", key.0, key.1.split(')').next().unwrap());
                let meaning = message.get(&meaning.parse().unwrap());
                let meaning = meaning.map(|meaning| meaning.text().into_owned()).unwrap_or_default();
                if !meaning.contains(['.', '(', ')', '\'', '\u{fffd}']) {
                    paths.insert(with(&format!("'{meaning}'")));
                }
            }
        }
        paths.extend([entry.path, starred, unindexed]);
    }
    paths.retain(|path| path.len() < 127 && path.matches('.').count() < 14);
    paths
}

fn below(class: &'static Class, way: &str, depth: usize, paths: &mut BTreeSet<String>) {
    for child in class.children {
        let path = format!("{way}{}", child.name);
        if let Type::Class(class) = child.kind
            && depth > 0
        {
            below(class, &format!("{path}."), depth - 1, paths);
        }
        if child.list != List::Single {
            paths.extend([format!("{path}(0)"), format!("{path}(-1)"), format!("{path}(*)")]);
        }
        paths.insert(path);
    }
}

/// JSON with libprelude's peculiarities smoothed: a byte is a string, floats have more digits than 32 bits, data that nobody set are
/// an empty string.
fn comparable(json: &str) -> serde_json::Value {
    fn smooth(value: &mut serde_json::Value) {
        use serde_json::Value as J;
        match value {
            J::Object(members) => {
                if members.get("_self") == Some(&J::from("idmef_additional_data_t")) {
                    members.entry("data").or_insert_with(|| J::from(""));
                }
                for name in ["data", "buffer"] {
                    if let Some(data) = members.get_mut(name)
                        && let Some(number) = data.as_u64()
                    {
                        *data = J::from(number.to_string());
                    }
                }
                members.values_mut().for_each(smooth);
            }
            J::Array(items) => items.iter_mut().for_each(smooth),
            J::Number(number) if number.is_f64() => {
                #[allow(clippy::cast_possible_truncation)] // 32 bits is what they are
                let narrow = number.as_f64().map(|number| number as f32);
                *value = J::from(narrow);
            }
            _ => {}
        }
    }
    let mut value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    smooth(&mut value);
    value
}

#[test]
fn the_class_tree_is_libpreludes() {
    fn compare(ours: &'static Class, theirs: i32, depth: usize) {
        let rows = oracle::children(theirs);
        assert_eq!(rows.len(), ours.children.len(), "{}", ours.name);
        for (child, row) in ours.children.iter().zip(rows) {
            assert_eq!(child.name, row.name);
            assert_eq!((child.list != List::Single, child.list == List::Keyed), (row.list, row.keyed), "{}", row.name);
            let kind = match child.kind {
                Type::Class(class) => {
                    assert_eq!(class.name, child.name);
                    if depth > 0 {
                        compare(class, row.class, depth - 1);
                    }
                    value_type::IDMEF_VALUE_TYPE_CLASS
                }
                Type::Text => value_type::IDMEF_VALUE_TYPE_STRING,
                Type::Integer(schema::Integer::U8) => value_type::IDMEF_VALUE_TYPE_UINT8,
                Type::Integer(schema::Integer::U16) => value_type::IDMEF_VALUE_TYPE_UINT16,
                Type::Integer(schema::Integer::U32) => value_type::IDMEF_VALUE_TYPE_UINT32,
                Type::Integer(schema::Integer::U64) => value_type::IDMEF_VALUE_TYPE_UINT64,
                Type::Integer(schema::Integer::I32) => value_type::IDMEF_VALUE_TYPE_INT32,
                Type::Float => value_type::IDMEF_VALUE_TYPE_FLOAT,
                Type::Time => value_type::IDMEF_VALUE_TYPE_TIME,
                Type::Data => value_type::IDMEF_VALUE_TYPE_DATA,
                Type::Enumeration(names) => {
                    for number in -2..20 {
                        let name = oracle::name_of(row.class, number);
                        assert_eq!(names.name_of(number), name.as_deref(), "{} {number}", names.name);
                    }
                    value_type::IDMEF_VALUE_TYPE_ENUM
                }
            };
            assert_eq!(kind, row.kind, "{}", row.name);
        }
    }
    compare(&MESSAGE, oracle::MESSAGE, 9);
}

#[test]
fn real_messages_have_the_same_answers() {
    for (wire, _) in corpus::messages() {
        agree(&wire);
    }
}

#[test]
fn an_object_that_says_nothing_says_the_same() {
    // Every class, alone and empty: what libprelude sets by itself.
    fn every(class: &'static Class, depth: usize, items: &mut Vec<Vec<u8>>) {
        for child in class.children {
            if let Type::Class(class) = child.kind
                && depth > 0
            {
                items.push(object(class.tag, &[]));
                let mut inner = Vec::new();
                every(class, depth - 1, &mut inner);
                items.extend(inner.into_iter().map(|inner| object(class.tag, &[inner])));
            }
        }
    }
    let Type::Class(class) = MESSAGE.children[1].kind else { panic!() };
    let mut items = Vec::new();
    every(class, 4, &mut items);
    assert!(items.len() > 40, "{}", items.len());
    for inner in items {
        agree(&alert(&[item(30, &[0; 12]), inner]));
    }
}

#[test]
fn the_differences_are_those_that_are_listed() {
    let decoded = |items: &[Vec<u8>]| {
        let wire = alert(items);
        (Message::from_wire(&wire).unwrap(), Decoded::read(&wire))
    };
    let answer = |theirs: &Result<Decoded, _>, path: &str| -> Vec<Option<String>> {
        let answers = theirs.as_ref().unwrap_or_else(|_| panic!("{path}")).values(path).unwrap();
        answers.into_iter().map(|answer| answer.text.map(|text| String::from_utf8_lossy(&text).into_owned())).collect()
    };
    let both = |items: &[Vec<u8>], path: &str| {
        let (ours, theirs) = decoded(items);
        (texts(&ours, path), answer(&theirs, path))
    };
    let nothing: Vec<String> = Vec::new();
    let some = |text: &str| vec![Some(text.to_owned())];

    assert_eq!(both(&[], "alert.classification.text"), (nothing.clone(), some("<empty>")), "required and not set");
    assert_eq!(both(&[item(29, b"\0")], "alert.messageid"), (nothing.clone(), some("")), "an empty string");
    let (ours, theirs) = both(&[], "alert.create_time");
    assert_eq!((ours, theirs.len()), (nothing.clone(), 1), "no time");
    assert_eq!(both(&[item(29, b"a\0b\0")], "alert.messageid"), (vec!["a\0b".to_owned()], some("a")), "NUL within");
    let severity = [object(23, &[object(20, &[item(29, &99_i32.to_be_bytes())])])];
    assert_eq!(both(&severity, "alert.assessment.impact.severity"), (nothing.clone(), vec![None]), "no name");

    let time = |seconds: u32, offset: i32| {
        let time = [seconds.to_be_bytes(), [0; 4], offset.to_be_bytes()].concat();
        let (ours, theirs) = both(&[item(31, &time)], "alert.detect_time");
        (ours[0].clone(), theirs[0].clone().unwrap())
    };
    let pair = |ours: &str, theirs: &str| (ours.to_owned(), theirs.to_owned());
    assert_eq!(
        time(1_795_271_400, -19_800),
        pair("2026-11-21T09:00:00.000000-05:30", "2026-11-21T09:00:00.000000-05:-30")
    );
    assert_eq!(
        time(1_795_271_400, -1800),
        pair("2026-11-21T14:00:00.000000-00:30", "2026-11-21T14:00:00.000000+00:-30")
    );
    assert_eq!(time(0, -3600), pair("1969-12-31T23:00:00.000000-01:00", "2106-02-07T05:28:16.000000-01:00"));
    assert_eq!(time(u32::MAX, 3600), pair("2106-02-07T07:28:15.000000+01:00", "1970-01-01T00:59:59.000000+01:00"));

    let (ours, theirs) = decoded(&[object(0, &[item(31, &[0, 0, 0, 6]), item(31, b"\0")])]);
    assert_eq!(texts(&ours, "alert.additional_data.data"), [""]);
    assert!(theirs.is_err(), "libprelude cannot read the empty data that it writes");

    // Required classes and defaults are no difference.
    let required = MESSAGE.children.iter().filter(|child| child.presence == Presence::Required);
    assert_eq!(required.map(|child| child.name).collect::<Vec<_>>(), ["version"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 256, ..ProptestConfig::default() })]

    #[test]
    fn generated_messages_have_the_same_answers(wire in generate::wire()) {
        agree(&wire.0);
    }

    #[test]
    fn what_is_read_here_is_read_there(
        wire in generate::wire(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut wire = wire.0;
        for (at, byte) in damage {
            *at.get_mut(&mut wire) = byte;
        }
        if let Ok(message) = Message::from_wire(&wire)
            && let Err(error) = Decoded::read(&wire)
        {
            let values = message.entries(&"".parse().unwrap());
            let has_empty_data = values.iter().any(|entry| entry.value == Value::Text(b""));
            prop_assert!(has_empty_data, "{}", error);
        }
    }
}
