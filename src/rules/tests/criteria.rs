//! Criteria beside libprelude's own evaluation of them, on the sample messages and, where `PRELUDE_TRIGGER_CORPUS` names their
//! directory, on real ones.
//!
//! Both must answer the same, and where the page of `config::criteria` lists a difference, what it lists: [`LISTED`] has the smallest
//! cases. Texts that are not UTF-8 are asked nothing.

mod generate;

use std::path::PathBuf;

use proptest::test_runner::TestRunner;

use super::*;
use crate::{
    idmef::ValueType,
    libprelude::oracle::{Criteria, Decoded},
};
use generate::{Tape, askable, criteria, criterion, spelled};

/// Both sides' messages.
fn messages() -> Vec<(Message, Decoded)> {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let real = std::env::var_os("PRELUDE_TRIGGER_CORPUS").map(PathBuf::from);
    let mut messages = Vec::new();
    for directory in std::iter::once(fixtures).chain(real) {
        let bytes = std::fs::read(directory.join("alerts.bin")).unwrap();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let length = 16 + u32::from_be_bytes(rest[4..8].try_into().unwrap()) as usize;
            let (wire, after) = rest.split_at(length);
            messages.push((Message::from_wire(wire).unwrap(), Decoded::read(wire).unwrap()));
            rest = after;
        }
    }
    messages
}

/// Our verdict on every message, or why a criteria is refused.
fn ours(text: &str, messages: &[(Message, Decoded)]) -> Result<Vec<bool>, String> {
    let rules = rules(vec![trigger("t", vec![config::filter_of(text)?])]);
    Ok(messages.iter().map(|(message, _)| !rules.matches(message, now()).is_empty()).collect())
}

/// libprelude's.
fn theirs(text: &str, messages: &[(Message, Decoded)]) -> Result<Vec<bool>, String> {
    let criteria = Criteria::parse(text).map_err(|error| error.to_string())?;
    messages.iter().map(|(_, message)| message.matches(&criteria).map_err(|error| error.to_string())).collect()
}

/// Runs a property on tapes of chances: 1000 of them, or more where `PROPTEST_CASES` says so.
fn on_tapes(length: usize, property: impl Fn(&mut Tape<'_>) -> Result<(), TestCaseError>) {
    let known = ProptestConfig::default();
    let config = ProptestConfig { failure_persistence: None, cases: known.cases.max(1000), ..known };
    let tapes = prop::collection::vec(any::<u32>(), 0..length);
    let result = TestRunner::new(config).run(&tapes, |choices| property(&mut Tape::new(&choices)));
    result.unwrap_or_else(|failed| panic!("{failed}"));
}

/// What we refuse because nothing says yes to it nothing must say yes to.
#[test]
fn generated_criteria_say_what_they_say_to_libprelude() {
    let messages = messages();
    let askable = askable(messages.iter().map(|(message, _)| message));
    assert!(askable.len() > 50);
    on_tapes(160, |tape| {
        let pair = criterion(tape, &askable);
        match ours(&pair.ours, &messages) {
            Ok(ours) => prop_assert_eq!(Ok(ours), theirs(&pair.theirs, &messages), "{:?}", pair),
            Err(said) => {
                prop_assert!(said.contains("no value that"), "{said}");
                prop_assert_eq!(Ok(vec![false; messages.len()]), theirs(&pair.theirs, &messages), "{:?}", pair);
            }
        }
        Ok(())
    });
}

#[test]
fn generated_criteria_of_criteria_say_what_they_say_to_libprelude() {
    let messages = messages();
    let askable = askable(messages.iter().map(|(message, _)| message));
    on_tapes(600, |tape| {
        // Of some that nothing can say yes to in one of their parts the first that is not refused for it.
        for _ in 0..4 {
            let pair = criteria(tape, &askable, 2);
            match ours(&pair.ours, &messages) {
                Ok(ours) => {
                    prop_assert_eq!(Ok(ours), theirs(&pair.theirs, &messages), "{:?}", pair);
                    break;
                }
                Err(said) => prop_assert!(said.contains("no value that"), "{said}"),
            }
        }
        Ok(())
    });
}

/// Orders of numbers and times, which libprelude gets wrong: beside the values that it finds at the path.
#[test]
fn generated_orders_are_those_of_the_values_that_libprelude_finds() {
    let messages = messages();
    let mut askable = askable(messages.iter().map(|(message, _)| message));
    askable.retain(|asked| matches!(asked.kind, ValueType::Integer | ValueType::Float | ValueType::Time));
    assert!(askable.len() > 20);
    on_tapes(20, |tape| {
        let asked = tape.pick(&askable);
        let path = spelled(tape, asked);
        let relation = *tape.pick(&["<", "<=", ">", ">=", "==", "!="]);
        let time = |text: &str| config::moment(text).unwrap();
        let written = match asked.kind {
            ValueType::Time => {
                (time(&asked.text) + jiff::SignedDuration::from_secs([0, 1, -7200][tape.below(3)])).to_string()
            }
            ValueType::Integer => {
                let number = asked.text.parse::<i128>().unwrap() + [0, 1, -1][tape.below(3)];
                // With a fraction it is a float, which has no more digits than this.
                let fractions: &[&str] = if (0..1 << 53).contains(&number) { &["", ".0", ".5"] } else { &[""] };
                format!("{number}{}", tape.pick(fractions))
            }
            _ => (asked.text.parse::<f64>().unwrap() + [0.0, 1.0, 0.25][tape.below(3)]).to_string(),
        };
        let compare = |value: &str| match (value.parse::<i128>(), written.split_once('.')) {
            _ if asked.kind == ValueType::Time => time(value).cmp(&time(&written)),
            (Ok(value), Some((whole, "5"))) => value.cmp(&whole.parse().unwrap()).then(std::cmp::Ordering::Less),
            (Ok(value), _) if asked.kind == ValueType::Integer => {
                value.cmp(&written.trim_end_matches(".0").parse().unwrap())
            }
            _ => value.parse::<f64>().unwrap().total_cmp(&written.parse().unwrap()),
        };
        let text = format!("{path} {relation} '{written}'");
        // What is refused because nothing says yes to it.
        let ours = ours(&text, &messages).unwrap_or_else(|_| vec![false; messages.len()]);
        for ((_, message), ours) in messages.iter().zip(ours) {
            let values =
                message.values(&path).unwrap().into_iter().map(|answer| String::from_utf8(answer.text.unwrap()));
            let mut orders = values.map(|value| compare(&value.unwrap()));
            let expected = match relation {
                "<" => orders.any(std::cmp::Ordering::is_lt),
                "<=" => orders.any(std::cmp::Ordering::is_le),
                ">" => orders.any(std::cmp::Ordering::is_gt),
                ">=" => orders.any(std::cmp::Ordering::is_ge),
                "==" => orders.any(std::cmp::Ordering::is_eq),
                _ => !orders.any(std::cmp::Ordering::is_eq),
            };
            prop_assert_eq!(ours, expected, "{}", text);
        }
        Ok(())
    });
}

/// What a person writes, and what a backslash means in it.
#[test]
fn written_criteria_say_what_they_say_to_libprelude() {
    let path = "alert.source(0).user.user_id(0).name";
    let json = r#"{"alert":{"messageid":"m","analyzer":[{"analyzerid":"1"}],"create_time":"2026-11-21T16:30:00Z",
        "source":[{"user":{"user_id":[{"name":"DOMAIN\\ggomez"}]}}],"assessment":{"impact":{"severity":"low"}}}}"#;
    let message = Message::from_json(json.as_bytes()).unwrap();
    let decoded = Decoded::read(&message.to_wire()).unwrap();
    let messages = [(message, decoded)];
    for (criteria, expected) in [
        (format!(r"{path} == 'DOMAIN\\ggomez'"), true),
        (format!(r"{path} == r'DOMAIN\ggomez'"), true),
        (format!(r"{path} == 'DOMAIN\\\\ggomez'"), false),
        (format!(r"{path} <> 'DOMAIN\\ggomez'"), true),
        (format!(r"{path} <> r'DOMAIN\\ggomez'"), true),
        (format!(r"{path} <> 'DOMAIN\ggomez'"), false),
        (format!(r"{path} <> 'DOMAIN\\\\ggomez'"), false),
        (format!(r"{path} <> 'DOM\u0041IN*'"), true),
        (format!(r"{path} ~ 'DOMAIN\\ggomez'"), true),
        (format!(r"{path} ~ r'DOMAIN\\ggomez'"), true),
        (format!(r"{path} ~ 'DOMAIN\\\\ggomez'"), false),
        (format!(r"{path} ~ 'DOM\u0041IN'"), true),
        (format!("{path} <> 'DOM[A-Z]IN?*'"), true),
        (format!("{path} <> 'DOM[!A-Z]IN?*'"), false),
        ("alert.assessment.impact.severity >= low && alert.assessment.impact.severity < high".to_owned(), true),
        ("alert.assessment.impact.severity == 2 & ! heartbeat | heartbeat".to_owned(), true),
        ("alert.source.ident != 'x' && alert.source.ident !<> 'x' && ! (alert.source.ident == x)".to_owned(), true),
        ("alert.assessment.impact.severity == (low || high)".to_owned(), true),
    ] {
        let expected = Ok(vec![expected]);
        assert_eq!(
            (ours(&criteria, &messages), theirs(&criteria, &messages)),
            (expected.clone(), expected),
            "{criteria}"
        );
    }
}

/// What a criteria says of the message of [`LISTED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Refused,
}

impl Said {
    fn of(said: &Result<Vec<bool>, String>) -> Self {
        match said.as_deref() {
            Ok([true]) => Self::Yes,
            Ok(_) => Self::No,
            Err(_) => Self::Refused,
        }
    }
}

use Said::{No, Refused, Yes};

/// What the list of differences says: the criteria, libprelude's answer, ours.
const LISTED: &[(&str, Said, Said)] = &[
    ("alert.source(0).service.port < 1024", No, Yes),
    ("alert.source(0).service.port > 1024", Yes, No),
    ("alert.source(0).service.port == 0x50", Yes, Refused),
    ("alert.source(0).service.port == 0120", Yes, Refused),
    ("alert.source(0).service.port == 8e1", Refused, Yes),
    ("alert.source(0).service.port != 70000", Refused, Yes),
    ("alert.source(0).service.port <> '8*'", Refused, Yes),
    ("alert.source(0).service.port ~ '^8'", Refused, Yes),
    ("alert.source(0).service.port =* 80", Refused, Yes),
    ("alert.create_time ~ '^2026'", Refused, Yes),
    ("alert.assessment.impact.severity == 99", No, Refused),
    ("alert.assessment.impact.severity <> 'h?'", No, Refused),
    ("alert.assessment.impact.type > file", Yes, Refused),
    ("alert.source(0).ident <> 'a'", No, No),
    ("alert.source(0).ident <> '[[:lower:]]b'", Yes, No),
    ("alert.source(0).ident <> 'a[b'", No, Refused),
    ("alert.source(0).ident <> '[b-a]b'", No, Refused),
    ("alert.source(0).ident ~ '[a&&b]b'", Yes, No),
    ("alert.source(0).ident ~ r'^\\D'", No, Yes),
    ("alert.source(0).ident ~ r'(.)\\1'", No, Refused),
    ("alert.source(0).service.name ~ 'a.b'", Yes, No),
    ("alert.analyzer(0).name <> '?'", No, Yes),
    ("alert.analyzer(0).name ~ '^.$'", No, Yes),
    ("alert.analyzer(0).name =* 'É'", No, Yes),
    ("alert.source(1).service.name !~ 'x'", No, Yes),
    ("alert.source.service.name !~ 'x'", No, Yes),
    ("alert.source(1).service.name !<> 'x'", Yes, Yes),
    ("alert.source(0).service.snmp_service", Yes, No),
    ("alert.classification.text", Yes, No),
    ("alert.target.node.address.vlan_num", Yes, No),
    ("alert.source(0).ident == ''", Refused, No),
    ("alert.source(0).ident ==* 'AB'", Refused, Yes),
    ("alert.source(0).ident ==*AB", No, Yes),
    ("alert.source(0).ident == 'ab'\n", No, Yes),
    ("alert.source(0).ident == ab\n", No, Yes),
    ("alert.source(0).ident ==\n'ab'", No, Yes),
    ("alert.source(0).ident == 'ab'x", No, Refused),
    ("alert.source(0).ident == 'ab\\0c'", Yes, Refused),
    ("alert.source(0).ident == '\\x6zb'", No, Refused),
    ("alert.source(00).ident == 'ab'", Yes, Refused),
    ("alert.source(0).ident == ('x' && 'x' || 'ab')", No, Yes),
    ("alert.additional_data('a.b').meaning == 'a.b'", Refused, Yes),
    ("alert.additional_data('k').data <> '*login*'", No, Yes),
    ("alert.additional_data('k').data <> 'login'", No, No),
    ("alert.additional_data('k').data <> 'x'", Yes, No),
    ("alert.additional_data('k').data > 5", Yes, No),
    ("alert.additional_data('k').data =* 'HELLO LOGIN X'", Refused, Yes),
    ("alert.additional_data('n').data == 42", No, Yes),
    ("alert.additional_data('n').data ~ '42'", No, Yes),
    ("alert.additional_data('n').data > 100", Yes, No),
    ("alert.create_time == '2026-11-21T17:30:00+01:00'", No, Yes),
    ("alert.create_time > '2026-11-21T17:00:00+01:00'", No, Yes),
    ("alert.create_time > '2026-11-21'", Yes, Refused),
    ("alert.create_time == 'wday:saturday'", Yes, Refused),
];

#[test]
fn differences_are_those_that_are_listed() {
    let json = r#"{"alert":{"messageid":"m","analyzer":[{"analyzerid":"1","name":"é"}],
        "create_time":"2026-11-21T16:30:00Z",
        "source":[{"ident":"ab","service":{"port":80,"name":"a\nb","snmp_service":{}}},{"ident":"c"}],
        "target":[{"node":{"address":[{"address":"192.0.2.7"}]}}],
        "classification":{},
        "assessment":{"impact":{"severity":"low","type":"user"}},
        "additional_data":[{"meaning":"k","type":"string","data":"hello login x"},
            {"meaning":"n","type":"integer","data":42},
            {"meaning":"a.b","type":"string","data":"dotted"}]}}"#;
    let message = Message::from_json(json.as_bytes()).unwrap();
    let decoded = Decoded::read(&message.to_wire()).unwrap();
    let messages = [(message, decoded)];
    let found: Vec<_> = LISTED
        .iter()
        .map(|&(text, ..)| (text, Said::of(&theirs(text, &messages)), Said::of(&ours(text, &messages))))
        .filter(|found| !LISTED.contains(found))
        .collect();
    assert_eq!(found, []);
}
