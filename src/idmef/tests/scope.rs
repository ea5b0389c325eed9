//! Parts of messages: by rule on an example, and against what the parts are by themselves on any message.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{super::*, generate, path};

fn scope(paths: &[&str]) -> Scope {
    Scope::new(paths.iter().map(|text| path(text)).collect())
}

#[test]
fn questions_are_judged_without_the_message() {
    for (parts, covered, touched, outside) in [
        (&["alert.source"][..], "alert.source(0).node.name", "alert", "alert.target(0).node.name"),
        (&["alert.source"], "alert.source(-1)", "", "heartbeat.messageid"),
        (
            &["alert.source(0)"],
            "alert.source(0).node.address.address",
            "alert.source.node.address.address",
            "alert.source(1)",
        ),
        (&["alert.source(0)"], "alert.source(0)", "alert.source(-1)", "alert.classification"),
        (&["alert.source(-1).node"], "alert.source(-1).node.name", "alert.source(3)", "alert.source(-2)"),
        (
            &["alert.additional_data('a')"],
            "alert.additional_data('a').data",
            "alert.additional_data(0)",
            "alert.additional_data('b')",
        ),
        (&["alert.messageid", "alert.classification"], "alert.classification.text", "alert", "alert.create_time"),
        (&[""], "alert.source(0).ident", "", "nothing is"),
        (&[], "nothing is", "nothing is", "alert"),
    ] {
        let scope = scope(parts);
        if let Ok(covered) = covered.parse() {
            assert!(scope.covers(&covered) && scope.touches(&covered), "{parts:?} {covered}");
        }
        if let Ok(touched) = touched.parse() {
            assert!(scope.touches(&touched), "{parts:?} {touched}");
            assert!(!scope.covers(&touched) || parts == [""], "{parts:?} {touched}");
        }
        if let Ok(outside) = outside.parse() {
            assert!(!scope.touches(&outside) && !scope.covers(&outside), "{parts:?} {outside}");
        }
    }
}

const ALERT: &str = r#"{"alert": {"messageid": "abc", "classification": {"text": "Brute Force"},
    "source": [{"ident": "0", "node": {"name": "a"}}, {"ident": "1", "node": {"name": "b", "address": [{"address": "192.0.2.1"}]}}],
    "additional_data": [{"meaning": "x", "type": "string", "data": "one"}, {"meaning": "y", "type": "string", "data": "two"}]}}"#;

fn within(parts: &[&str], prefix: &str) -> (Vec<String>, String) {
    let message = Message::from_json(ALERT.as_bytes()).unwrap();
    let scope = scope(parts);
    let entries = message.entries_within(&path(prefix), &scope);
    let entries = entries.iter().map(|entry| format!("{}={}", entry.path, entry.value.text())).collect();
    (entries, message.to_json_within(&scope))
}

#[test]
fn only_what_is_in_the_scope_is_told() {
    let (entries, json) = within(&["alert.source(-1).node.name", "alert.classification.text"], "alert");
    assert_eq!(entries, ["alert.classification.text=Brute Force", "alert.source(1).node.name=b"]);
    assert_eq!(
        json,
        r#"{"_self": "idmef_message_t", "alert": {"_self": "idmef_alert_t", "classification": {"_self": "idmef_classification_t", "text": "Brute Force"}, "source": [{"_self": "idmef_source_t", "node": {"_self": "idmef_node_t", "name": "b"}}]}}"#
    );
    let (entries, json) = within(&["alert.additional_data('y').data"], "alert.additional_data");
    assert_eq!(entries, ["alert.additional_data(1).data=two"]);
    assert!(json.contains("two") && !json.contains("one") && !json.contains("meaning"), "{json}");
    let (entries, json) = within(&[], "alert");
    assert!(entries.is_empty());
    assert_eq!(json, r#"{"_self": "idmef_message_t"}"#);
}

/// A path to a value of the message, cut somewhere, with some of its indices widened or counted from the end.
fn vary(entry: &str, choices: &[u32]) -> Path {
    let mut choices = choices.iter().copied().cycle();
    let mut next = move || choices.next().unwrap_or_default();
    let whole = entry.parse::<Path>().unwrap().to_string();
    let steps: Vec<String> = whole
        .split('.')
        .map(|step| match (step.split_once('('), next() % 4) {
            (Some((name, _)), 0) => name.to_owned(),
            (Some((name, _)), 1) => format!("{name}(-1)"),
            _ => step.to_owned(),
        })
        .collect();
    let keep = 1 + next() as usize % steps.len();
    path(&steps[..keep].join("."))
}

proptest! {
    #[test]
    fn a_scope_tells_what_its_parts_tell(
        wire in generate::wire(),
        parts in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(any::<u32>(), 1..8)), 0..4),
        asked in (any::<prop::sample::Index>(), prop::collection::vec(any::<u32>(), 1..8)),
    ) {
        let Ok(message) = Message::from_wire(&wire.0) else { return Ok(()) };
        let all: Vec<String> = message.entries(&path("")).into_iter().map(|entry| entry.path).collect();
        prop_assume!(!all.is_empty());
        let parts: Vec<Path> = parts.iter().map(|(at, choices)| vary(&all[at.index(all.len())], choices)).collect();
        let asked = vary(&all[asked.0.index(all.len())], &asked.1);
        let scope = Scope::new(parts.clone());
        let told = |path: &Path| message.entries(path).into_iter().map(|entry| entry.path).collect::<BTreeSet<_>>();
        let granted: BTreeSet<_> = parts.iter().flat_map(&told).collect();
        let within: BTreeSet<_> = message.entries_within(&asked, &scope).into_iter().map(|entry| entry.path).collect();
        let expected: BTreeSet<_> = told(&asked).intersection(&granted).cloned().collect();
        prop_assert_eq!(&within, &expected);
        if scope.covers(&asked) {
            prop_assert_eq!(&within, &told(&asked));
        }
        if !scope.touches(&asked) {
            prop_assert!(within.is_empty());
        }
        // The JSON is JSON, and says nothing that the whole message does not say.
        let json: serde_json::Value = serde_json::from_str(&message.to_json_within(&scope)).unwrap();
        let whole: serde_json::Value = serde_json::from_str(&message.to_json()).unwrap();
        let mut texts = Vec::new();
        leaves(&json, &mut texts);
        let mut whole_texts = Vec::new();
        leaves(&whole, &mut whole_texts);
        prop_assert!(texts.iter().all(|text| whole_texts.contains(text)));
        prop_assert!(texts.len() <= whole_texts.len());
        let everything = Scope::new(vec![path("")]);
        prop_assert_eq!(message.to_json_within(&everything), message.to_json());
    }
}

fn leaves(json: &serde_json::Value, texts: &mut Vec<String>) {
    match json {
        serde_json::Value::Array(list) => list.iter().for_each(|one| leaves(one, texts)),
        serde_json::Value::Object(map) => map.values().for_each(|one| leaves(one, texts)),
        other => texts.push(other.to_string()),
    }
}
