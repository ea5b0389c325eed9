#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{path::Path, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::config::{Location, Quantifier, Question};

fn location() -> Location {
    Location { file: Arc::from(Path::new("test.yaml")), line: 1, column: 1 }
}

fn filter(path: &str, regex: &str, quantifier: Quantifier) -> config::Filter {
    config::Filter {
        at: location(),
        path: path.parse().unwrap(),
        question: Question::Regex(regex.parse().unwrap()),
        quantifier,
    }
}

fn trigger(name: &str, filters: Vec<config::Filter>) -> config::Trigger {
    config::Trigger { name: name.into(), at: location(), mode: Mode::Enforce, filters, actions: Vec::new() }
}

fn rules(triggers: Vec<config::Trigger>) -> RuleSet {
    RuleSet::compile(&Config { triggers, ..Config::default() })
}

fn alert(body: &str) -> Message {
    Message::from_json(format!("{{\"alert\":{body}}}").as_bytes()).unwrap()
}

fn login() -> Message {
    alert(
        r#"{"messageid":"m1",
            "classification":{"text":"Remote Login"},
            "source":[{"node":{"address":[{"address":"192.0.2.7"},{"address":"192.0.2.8"}]}},
                      {"interface":"eth0"},
                      {"node":{"address":[{"address":"198.51.100.9"}]}}],
            "assessment":{"impact":{"severity":"high"}}}"#,
    )
}

fn names(rules: &RuleSet, message: &Message) -> Vec<String> {
    rules.matches(message).iter().map(|found| found.trigger.name.to_string()).collect()
}

#[test]
fn all_filters_of_a_trigger_must_hold() {
    let rules = rules(vec![
        trigger(
            "both",
            vec![
                filter("alert.classification.text", "Login", Quantifier::Any),
                filter("alert.assessment.impact.severity", "^high$", Quantifier::Any),
            ],
        ),
        trigger(
            "one",
            vec![
                filter("alert.classification.text", "Login", Quantifier::Any),
                filter("alert.assessment.impact.severity", "^low$", Quantifier::Any),
            ],
        ),
    ]);
    assert_eq!(names(&rules, &login()), ["both"]);
}

#[test]
fn of_several_values_any_all_or_none_must_say_yes() {
    let addresses = "alert.source.node.address.address";
    for (regex, quantifier, expected) in [
        ("^198", Quantifier::Any, true),
        ("^203", Quantifier::Any, false),
        ("^1", Quantifier::All, true),
        ("^192", Quantifier::All, false),
        ("^203", Quantifier::None, true),
        ("^198", Quantifier::None, false),
    ] {
        let rules = rules(vec![trigger("t", vec![filter(addresses, regex, quantifier)])]);
        assert_eq!(!rules.matches(&login()).is_empty(), expected, "{regex} {quantifier:?}");
    }
}

#[test]
fn a_missing_value_is_a_no_whatever_the_quantifier() {
    for quantifier in [Quantifier::Any, Quantifier::All, Quantifier::None] {
        let rules = rules(vec![trigger("t", vec![filter("alert.target.node.name", ".*", quantifier)])]);
        assert!(rules.matches(&login()).is_empty(), "{quantifier:?}");
    }
}

#[test]
fn named_groups_of_the_first_value_that_says_yes_are_captured() {
    let rules = rules(vec![trigger(
        "t",
        vec![
            filter(
                "alert.source(*).node.address.address",
                r"^198\.(?<second>\d+)\.(?:(?<third>1\d\d)|(?<other>x))",
                Quantifier::Any,
            ),
            filter("alert.classification.text", "^(?<how>\\w+) ", Quantifier::Any),
        ],
    )]);
    let message = login();
    let matches = rules.matches(&message);
    let captures: Vec<_> = matches[0].captures.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(captures, [("how", "Remote"), ("second", "51"), ("third", "100")]);
}

#[test]
fn the_stricter_mode_wins() {
    for (outer, inner, expected) in [
        (Mode::Enforce, Mode::Enforce, Mode::Enforce),
        (Mode::Enforce, Mode::Observe, Mode::Observe),
        (Mode::Observe, Mode::Enforce, Mode::Observe),
    ] {
        let rules = RuleSet::compile(&Config {
            mode: outer,
            triggers: vec![config::Trigger { mode: inner, ..trigger("t", Vec::new()) }],
            ..Config::default()
        });
        assert_eq!(rules.triggers()[0].mode, expected);
    }
}

#[test]
fn only_the_first_part_of_a_huge_value_is_seen_and_the_explanation_says_so() {
    let text = format!("{}needle", "x".repeat(LONGEST_VALUE));
    let rules = rules(vec![trigger("t", vec![filter("alert.classification.text", "needle", Quantifier::Any)])]);
    let message = alert(&format!(r#"{{"classification":{{"text":"{text}"}}}}"#));
    assert!(rules.matches(&message).is_empty());
    let explained = rules.explain(&message);
    let seen = &explained[0].filters[0].values[0];
    assert_eq!((seen.text.len(), seen.cut_from), (LONGEST_VALUE, Some(text.len())));
}

#[test]
fn an_explanation_names_every_filter_its_values_and_the_first_no() {
    let rules = rules(vec![trigger(
        "t",
        vec![
            filter("alert.classification.text", "it's", Quantifier::Any),
            filter("alert.source.node.address.address", "^198", Quantifier::None),
        ],
    )]);
    let message = login();
    let explained = rules.explain(&message);
    assert!(explained[0].matched.is_none());
    let filters = &explained[0].filters;
    assert_eq!(filters[0].filter, "alert.classification.text regex 'it''s'");
    assert!(!filters[0].holds);
    assert_eq!(filters[1].filter, "alert.source(*).node.address(*).address regex '^198' (no value)");
    let seen: Vec<_> = filters[1].values.iter().map(|value| (value.text.as_str(), value.yes)).collect();
    assert_eq!(seen, [("192.0.2.7", false), ("192.0.2.8", false), ("198.51.100.9", true)]);
}

fn any_filter() -> impl Strategy<Value = config::Filter> {
    let path = prop::sample::select(vec![
        "alert.classification.text",
        "alert.source.node.address.address",
        "alert.source(1).node.address(0).address",
        "alert.source(-1).node.address(*).address",
        "alert.assessment.impact.severity",
        "alert.target.node.name",
    ]);
    let regex = prop::sample::select(vec!["", "o", "^R", "192", "(?<last>\\d+)$", "high|low", "x"]);
    let quantifier = prop::sample::select(vec![Quantifier::Any, Quantifier::All, Quantifier::None]);
    (path, regex, quantifier).prop_map(|(path, regex, quantifier)| filter(path, regex, quantifier))
}

proptest! {
    #[test]
    fn what_is_explained_is_what_happens(triggers in prop::collection::vec(prop::collection::vec(any_filter(), 1..4), 0..8)) {
        let triggers = triggers.into_iter().enumerate().map(|(n, filters)| trigger(&format!("t{n}"), filters)).collect();
        let rules = rules(triggers);
        let message = login();
        let matched: Vec<_> = rules.matches(&message).into_iter().map(|found| (found.trigger.name.clone(), found.captures)).collect();
        let explained: Vec<_> = rules
            .explain(&message)
            .into_iter()
            .filter_map(|explanation| explanation.matched.map(|captures| (explanation.trigger.name.clone(), captures)))
            .collect();
        prop_assert_eq!(matched, explained);
    }

    /// A model that shares nothing with the room: texts from `Message::values`, answers put together by hand.
    #[test]
    fn a_filter_holds_exactly_when_the_model_says_so(filter in any_filter()) {
        let message = login();
        let Question::Regex(regex) = &filter.question;
        let answers: Vec<bool> = message.values(&filter.path).iter().map(|value| regex.is_match(&value.text())).collect();
        let expected = match filter.quantifier {
            Quantifier::Any => answers.contains(&true),
            Quantifier::All => !answers.is_empty() && !answers.contains(&false),
            Quantifier::None => !answers.is_empty() && !answers.contains(&true),
        };
        let rules = rules(vec![trigger("t", vec![filter])]);
        prop_assert_eq!(!rules.matches(&message).is_empty(), expected);
    }
}
