#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod criteria;

use std::{path::Path, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::config::{
    self, Bound, Days, Element, Equal, Filter, Hours, Location, Moment, Number, Quantifier, Question, Relation, Set,
    Test, TimeTest, ValuesTest,
};

fn location() -> Location {
    Location { file: Arc::from(Path::new("test.yaml")), line: 1, column: 1 }
}

fn test(test: Test) -> Filter {
    Filter { at: location(), test }
}

fn asks(path: &str, questions: Vec<Question>, quantifier: Quantifier) -> Filter {
    test(Test::Values(ValuesTest { path: path.parse().unwrap(), questions, quantifier }))
}

fn filter(path: &str, regex: &str, quantifier: Quantifier) -> Filter {
    asks(path, vec![Question::Regex(regex.parse().unwrap())], quantifier)
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn trigger(name: &str, filters: Vec<Filter>) -> config::Trigger {
    config::Trigger { filters, ..config::Trigger::new(name.into(), location()) }
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
    rules.matches(message, now()).iter().map(|found| found.trigger.name.to_string()).collect()
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
        assert_eq!(!rules.matches(&login(), now()).is_empty(), expected, "{regex} {quantifier:?}");
    }
}

#[test]
fn a_missing_value_is_a_no_whatever_the_quantifier() {
    for quantifier in [Quantifier::Any, Quantifier::All, Quantifier::None] {
        let rules = rules(vec![trigger("t", vec![filter("alert.target.node.name", ".*", quantifier)])]);
        assert!(rules.matches(&login(), now()).is_empty(), "{quantifier:?}");
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
    let matches = rules.matches(&message, now());
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
    assert!(rules.matches(&message, now()).is_empty());
    let explained = rules.explain(&message, now());
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
    let explained = rules.explain(&message, now());
    assert!(explained[0].matched.is_none());
    let filters = &explained[0].filters;
    assert_eq!(filters[0].filter, "alert.classification.text regex 'it''s'");
    assert!(!filters[0].holds);
    assert_eq!(filters[1].filter, "alert.source(*).node.address(*).address regex '^198' (no value)");
    let seen: Vec<_> = filters[1].values.iter().map(|value| (value.text.as_str(), value.yes)).collect();
    assert_eq!(seen, [("192.0.2.7", false), ("192.0.2.8", false), ("198.51.100.9", true)]);
}

fn any_question() -> impl Strategy<Value = Question> {
    let regexes = vec![
        "",
        "o",
        "^R",
        "192",
        r"(?<last>\d+)$",
        "high|low",
        "x",
        "^Remote Login$",
        "(?i)LOGIN",
        r"^\w+ \w+$",
        "^(high|low)$",
    ];
    let number = |number| Bound::Number(Number::Integer(number));
    let set = |texts: &[&str]| {
        Arc::new(Set::new(None, false, texts.iter().map(|text| (*text, Element::parse(text).unwrap()))))
    };
    prop_oneof![
        4 => prop::sample::select(regexes).prop_map(|regex| Question::Regex(regex.parse().unwrap())),
        1 => prop::sample::select(vec!["Remote Login", "192.0.2.7", "high", "nothing"]).prop_map(|text| Question::Equals(Equal::Text(text.into()))),
        1 => prop::sample::select(vec!["remote login", "HIGH", "x"]).prop_map(|text| Question::Equals(Equal::Folded(text.to_lowercase().into()))),
        1 => prop::sample::select(vec![set(&["192.0.2.0/25", "high"]), set(&["Remote Login", "x"]), set(&["::/0"])]).prop_map(Question::In),
        1 => prop::sample::select(vec![Relation::Above, Relation::Below, Relation::AtLeast, Relation::AtMost])
            .prop_flat_map(move |relation| prop::sample::select(vec![number(21), number(22), number(-1)]).prop_map(move |bound| Question::Order(relation, bound))),
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let path = prop::sample::select(vec![
        "alert.classification.text",
        "alert.source.node.address.address",
        "alert.source(1).node.address(0).address",
        "alert.source(-1).node.address(*).address",
        "alert.assessment.impact.severity",
        "alert.target.node.name",
        "alert.target(*).service.port",
    ]);
    let quantifier = prop::sample::select(vec![Quantifier::Any, Quantifier::Any, Quantifier::All, Quantifier::None]);
    let values = (path, prop::collection::vec(any_question(), 0..3), quantifier)
        .prop_map(|(path, questions, quantifier)| asks(path, questions, quantifier));
    let time = (0_u16..24, 1_u16..=24).prop_map(|(from, to)| {
        let hours = vec![Hours { from: from * 60, to: to * 60 }];
        test(Test::Time(TimeTest { of: Moment::Now, hours, days: Days::ALL, zone: jiff::tz::TimeZone::UTC }))
    });
    prop_oneof![6 => values, 1 => time].prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|filter| test(Test::Not(Box::new(filter)))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|filters| test(Test::Any(filters))),
            prop::collection::vec(inner, 1..4).prop_map(|filters| test(Test::All(filters))),
        ]
    })
}

fn any_alert() -> impl Strategy<Value = Message> {
    let text =
        || prop::sample::select(vec!["Remote Login", "remote login", "xRemote", "", "ab cd 21", "\u{17f}\u{212a}"]);
    let address = || prop::sample::select(vec!["192.0.2.7", "::ffff:192.0.2.9", "198.51.100.9", "high", "2001:db8::1"]);
    let severity = prop::option::of(prop::sample::select(vec!["info", "low", "medium", "high"]));
    let ports = prop::collection::vec(20_u16..24, 0..3);
    (text(), prop::collection::vec(prop::collection::vec(address(), 0..3), 0..3), severity, ports).prop_map(
        |(text, sources, severity, ports)| {
            let sources: Vec<_> = sources
                .iter()
                .map(|addresses| {
                    let addresses: Vec<_> =
                        addresses.iter().map(|address| serde_json::json!({ "address": address })).collect();
                    serde_json::json!({ "node": { "address": addresses } })
                })
                .collect();
            let targets: Vec<_> = ports.iter().map(|port| serde_json::json!({ "service": { "port": port } })).collect();
            let mut body =
                serde_json::json!({ "classification": { "text": text }, "source": sources, "target": targets });
            if let Some(severity) = severity {
                body["assessment"] = serde_json::json!({ "impact": { "severity": severity } });
            }
            alert(&body.to_string())
        },
    )
}

/// A model that shares nothing with the room but the questions: texts from `Message::values`, answers put together by hand.
fn model(filter: &Filter, message: &Message) -> bool {
    match &filter.test {
        Test::Values(test) => {
            let values = message.values(&test.path);
            let answers: Vec<bool> = values.iter().map(|value| test.asks(&value.text())).collect();
            match test.quantifier {
                Quantifier::Any => answers.contains(&true),
                Quantifier::All => !answers.is_empty() && !answers.contains(&false),
                Quantifier::None => !answers.is_empty() && !answers.contains(&true),
            }
        }
        Test::Time(test) => test.holds(now()),
        Test::Not(filter) => !model(filter, message),
        Test::Any(filters) => filters.iter().any(|filter| model(filter, message)),
        Test::All(filters) => filters.iter().all(|filter| model(filter, message)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What the index finds is what asking every trigger finds, captures included, and what the model says.
    #[test]
    fn what_is_explained_is_what_happens(
        triggers in prop::collection::vec(prop::collection::vec(any_filter(), 1..4), 0..40),
        messages in prop::collection::vec(any_alert(), 1..4),
    ) {
        let triggers: Vec<_> = triggers.into_iter().enumerate().map(|(n, filters)| trigger(&format!("t{n}"), filters)).collect();
        let rules = rules(triggers.clone());
        // One after another, so that nothing of one message is remembered for the next.
        for message in &messages {
            let matched: Vec<_> =
                rules.matches(message, now()).into_iter().map(|found| (found.trigger.name.clone(), found.captures)).collect();
            let explained: Vec<_> = rules
                .explain(message, now())
                .into_iter()
                .filter_map(|explanation| explanation.matched.map(|captures| (explanation.trigger.name.clone(), captures)))
                .collect();
            prop_assert_eq!(&matched, &explained);
            let expected: Vec<_> =
                triggers.iter().filter(|trigger| trigger.filters.iter().all(|filter| model(filter, message))).map(|trigger| trigger.name.clone()).collect();
            let names: Vec<_> = matched.into_iter().map(|(name, _)| name).collect();
            prop_assert_eq!(names, expected);
        }
    }

    /// Many expressions without letters to look for are searched in sets.
    #[test]
    fn sets_of_expressions_answer_as_each_does(picks in prop::collection::vec(0_usize..400, 20..60), message in any_alert()) {
        let expression = |pick: usize| format!("^[a-zR]{{{}}}.?[^{}]", pick % 20, pick / 20);
        let triggers: Vec<_> = picks
            .iter()
            .map(|&pick| trigger(&format!("t{pick}"), vec![filter("alert.classification.text", &expression(pick), Quantifier::Any)]))
            .collect();
        let expected: Vec<_> =
            triggers.iter().filter(|trigger| trigger.filters.iter().all(|filter| model(filter, &message))).map(|trigger| trigger.name.to_string()).collect();
        prop_assert_eq!(names(&rules(triggers), &message), expected);
    }
}
