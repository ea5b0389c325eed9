//! Criteria beside libprelude's own evaluation of them.

use super::*;
use crate::libprelude::oracle::{Criteria, Decoded};

/// Both verdicts on every message.
fn verdicts(text: &str, messages: &[(Message, Decoded)]) -> (Vec<bool>, Vec<bool>) {
    let filter = config::filter_of(text).unwrap_or_else(|said| panic!("{text}:\n{said}"));
    let rules = rules(vec![trigger("t", vec![filter])]);
    let theirs = Criteria::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let verdict =
        |(ours, them): &(Message, Decoded)| (!rules.matches(ours, now()).is_empty(), them.matches(&theirs).unwrap());
    messages.iter().map(verdict).unzip()
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
        assert_eq!(verdicts(&criteria, &messages), (vec![expected], vec![expected]), "{criteria}");
    }
}
