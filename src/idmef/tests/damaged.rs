//! Good messages, paths and times, damaged by somebody who knows the grammar: by the item, and by the word.

use proptest::{prelude::*, sample::Index};

use super::{super::*, framed, generate, hostile::keeps_its_promises};
use crate::text::damage::damaged_or_random;

/// The items of a message's body, which have a tag, a length and so many bytes each.
fn items(wire: &[u8]) -> Vec<Vec<u8>> {
    let mut items = Vec::new();
    let mut rest = &wire[wire::HEADER..];
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (bytes, left) = after.split_at(length);
        items.push([&head[..], bytes].concat());
        rest = left;
    }
    items
}

/// What is done to the items, which one, and which else.
type Blow = (u8, Index, Index, u8);

fn strike(items: &mut Vec<Vec<u8>>, known: &[Vec<u8>], (kind, one, two, byte): Blow) {
    if items.is_empty() {
        return;
    }
    let (from, to) = (one.index(items.len()), two.index(items.len()));
    match kind % 9 {
        0 => drop(items.drain(from..(from + 1 + usize::from(byte % 4)).min(items.len()))),
        1 => items.swap(from, to),
        2 => items.insert(from, two.get(known).clone()),
        3 => items[from] = two.get(known).clone(),
        4 => items[from][0] = [byte, two.get(known)[0]][usize::from(byte % 2)],
        // A length that is not its own.
        5 => items[from][1 + usize::from(byte % 4)] ^= 1 << (byte % 8),
        6 => {
            // Shorter or longer, with the right length.
            let mut value = items[from].split_off(5);
            value.resize(two.index(value.len() + 9), byte);
            let length = u32::try_from(value.len()).unwrap().to_be_bytes();
            items[from].splice(1.., [&length[..], &value].concat());
        }
        7 => {
            let item = items[from].clone();
            drop(items.splice(from..from, std::iter::repeat_n(item, 2 + usize::from(byte))));
        }
        _ => {
            let part = items[from.min(to)..=from.max(to)].to_vec();
            drop(items.splice(from..from, part));
        }
    }
}

/// What libprelude printed of the sample messages.
fn json_samples() -> Vec<String> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alerts.jsonl");
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

fn path_samples() -> Vec<String> {
    [
        "alert.source(0).node.address(-1).address",
        "alert.additional_data('a.b (c)').data",
        r#"heartbeat.additional_data("it's").meaning"#,
        "alert.target(*).file(2).linkage.file.file_access(0).permission(-2147483648)",
        "alert.assessment.impact.severity",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn time_samples() -> Vec<String> {
    [
        "2026-11-21T16:30:00.123456+02:00",
        "2026-11-21 16:30:00,5Z",
        "1970-01-01",
        "2106-02-07T06:28:15Z",
        "2024-02-29T23:59:59-12:30",
    ]
    .map(str::to_owned)
    .to_vec()
}

proptest! {
    #[test]
    fn rearranged_items_are_survived(
        wire in generate::wire(),
        other in generate::wire(),
        blows in prop::collection::vec(any::<Blow>(), 1..8),
    ) {
        let mut mine = items(&wire.0);
        let known = [mine.clone(), items(&other.0)].concat();
        for blow in blows {
            strike(&mut mine, &known, blow);
        }
        keeps_its_promises(&framed(&mine.concat()));
    }

    #[test]
    fn damaged_json_is_refused_with_a_place(text in damaged_or_random(json_samples())) {
        match Message::from_json(text.as_bytes()) {
            Ok(message) => {
                prop_assert!(message.size() <= 40 * text.len() + 1024, "{} bytes for {}", message.size(), text.len());
                keeps_its_promises(&message.to_wire());
                let again = Message::from_json(message.to_json().as_bytes()).unwrap();
                prop_assert_eq!(again.to_json(), message.to_json());
            }
            Err(error) => {
                let said = error.to_string();
                prop_assert!(!said.contains(char::is_control), "{said:?}");
                prop_assert!(said.len() < 2000, "{} bytes: {}", said.len(), said);
                if let Some((line, column)) = error.place {
                    let lines: Vec<&str> = text.split('\n').collect();
                    // The parser counts bytes, and is at 0 of a line before it has read of it.
                    prop_assert!(lines.get(line - 1).is_some_and(|line| column <= line.len() + 1), "{}", said);
                }
            }
        }
    }

    #[test]
    fn damaged_paths_are_refused_with_a_place(text in damaged_or_random(path_samples())) {
        match text.parse::<Path>() {
            Ok(parsed) => prop_assert_eq!(parsed.to_string().parse::<Path>().unwrap(), parsed),
            Err(error) => {
                prop_assert!(text.get(error.offset..).is_some(), "{error:?}");
                prop_assert!(!error.message.contains(char::is_control), "{error:?}");
                prop_assert!(error.suggestion.is_none_or(|better| better.parse::<Path>().is_ok()));
            }
        }
    }

    #[test]
    fn damaged_times_are_read_as_they_are_printed(text in damaged_or_random(time_samples())) {
        if let Ok(time) = text.parse::<Time>() {
            prop_assert_eq!(time.to_string().parse::<Time>(), Ok(time));
        }
    }
}
