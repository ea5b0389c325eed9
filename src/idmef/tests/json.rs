//! JSON as people and libprelude write it.

use proptest::prelude::*;

use super::{super::*, generate, texts};

fn refusal(json: &str) -> String {
    Message::from_json(json.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_people_write_is_read() {
    let message = Message::from_json(
        br#"
        { "Alert": {
            "messageid": "tab\tand\u0001",
            "create_time": "2026-11-21 14:30:00Z",
            "detect_time": null,
            "source": [
                { "node": { "address": [ { "address": "192.0.2.1", "category": "IPV4-ADDR", "vlan_num": "-7" } ] } },
                { "spoofed": 1, "service": { "port": "22" } }
            ],
            "target": [],
            "assessment": { "impact": { "severity": "high" }, "confidence": { "rating": "numeric", "confidence": 1 } },
            "additional_data": [
                { "data": 5.0, "type": "real", "meaning": "type after data" },
                { "type": "byte", "data": 65 },
                { "type": "boolean", "data": true },
                { "type": "integer", "data": "1907" },
                { "type": "integer", "data": -1 },
                { "type": "date-time", "data": "2026-11-21T14:30:00Z" },
                { "type": "date-time", "data": "2005-04-17 06:45:41 +0200" },
                { "type": "byte-string", "data": "AAH/" },
                { "type": "character", "data": "x" },
                { "data": "no type" },
                { "meaning": "no data" }
            ]
        } }"#,
    )
    .unwrap();
    for (path, values) in [
        ("alert.messageid", &["tab\tand\u{1}"][..]),
        ("alert.create_time", &["2026-11-21T14:30:00.000000+00:00"]),
        ("alert.detect_time", &[]),
        ("alert.source.node.address.category", &["ipv4-addr"]),
        ("alert.source.node.address.vlan_num", &["-7"]),
        ("alert.source.spoofed", &["unknown", "yes"]),
        ("alert.source(1).service.port", &["22"]),
        ("alert.assessment.confidence.confidence", &["1.000000"]),
        (
            "alert.additional_data.data",
            &[
                "5.000000",
                "65",
                "1",
                "1907",
                "-1",
                "2026-11-21T14:30:00.000000+00:00",
                "2005-04-17 06:45:41 +0200",
                "AAH/",
                "x",
                "no type",
            ],
        ),
    ] {
        assert_eq!(texts(&message, path), values, "{path}");
    }
    assert_eq!(Message::from_wire(&message.to_wire()).unwrap(), message);
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    for (json, words) in [
        ("", "line 1, column 0: EOF while parsing a value"),
        ("{\n  \"alert\": {", "line 2, column 12, at `alert`: EOF while parsing an object"),
        ("[]", "line 1, column 0: invalid type: sequence, expected an object with the members of `message`"),
        ("{}", "expected a member `alert` or `heartbeat`, found neither: this is no IDMEF message"),
        ("{\"alert\": {}} x", "line 1, column 15: trailing characters"),
        ("{\"alrt\": {}}", "line 1, column 7: `message` has no member `alrt`, did you mean `alert`?"),
        (
            "{\"classification\": {}}",
            "line 1, column 17: `message` has no member `classification`, did you mean `alert.classification`?",
        ),
        (
            "{\"alert\": {\"source\": [{}, {\"adress\": 1}]}}",
            "line 1, column 35, at `alert.source(1)`: `source` has no member `adress`, expected one of ident, spoofed, \
             interface, node, user, process, service",
        ),
        (
            "{\"alert\": {\"source\": [{\"address\": 1}]}}",
            "line 1, column 32, at `alert.source(0)`: `source` has no member `address`, did you mean `node.address`?",
        ),
        (
            "{\"alert\": {\"source\": {}}}",
            "line 1, column 23, at `alert.source`: invalid type: map, expected an array: [ … ], for there can be several \
             `source`",
        ),
        (
            "{\"alert\": {\"classification\": \"x\"}}",
            "line 1, column 32, at `alert.classification`: invalid type: string \"x\", expected an object with the \
             members of `classification`",
        ),
        (
            "{\"alert\": {\"messageid\": 5}}",
            "line 1, column 26, at `alert.messageid`: found 5, expected a string, write \"5\"",
        ),
        (
            "{\"alert\": {\"create_time\": \"yesterday\"}}",
            "line 1, column 38, at `alert.create_time`: found \"yesterday\": expected a time such as \
             2026-11-21T16:30:00.123456+02:00",
        ),
        (
            "{\"alert\": {\"assessment\": {\"impact\": {\"severity\": \"hgih\"}}}}",
            "line 1, column 56, at `alert.assessment.impact.severity`: found \"hgih\", did you mean \"high\"?",
        ),
        (
            "{\"alert\": {\"assessment\": {\"impact\": {\"severity\": 7}}}}",
            "line 1, column 51, at `alert.assessment.impact.severity`: found 7, expected one of info, low, medium, high",
        ),
        (
            "{\"alert\": {\"source\": [{\"service\": {\"port\": 65536}}]}}",
            "line 1, column 49, at `alert.source(0).service.port`: found 65536, expected a whole number from 0 to 65535",
        ),
        (
            "{\"alert\": {\"source\": [{\"service\": {\"port\": 2.5}}]}}",
            "line 1, column 47, at `alert.source(0).service.port`: found 2.5, expected a whole number",
        ),
        (
            "{\"alert\": {\"source\": [{\"service\": {\"port\": [22]}}]}}",
            "line 1, column 44, at `alert.source(0).service.port`: invalid type: sequence, expected a whole number",
        ),
        (
            "{\"alert\": {\"messageid\": \"a\", \"MessageID\": \"b\"}}",
            "line 1, column 40, at `alert.messageid`: `alert` has a second `messageid`",
        ),
        (
            "{\"alert\": {}, \"heartbeat\": {}}",
            "line 1, column 27, at `heartbeat`: `message` has both `heartbeat` and another of its alternatives",
        ),
        (
            "{\"alert\": {\"_self\": \"idmef_node_t\"}}",
            "line 1, column 35, at `alert`: `_self` is `idmef_node_t`, expected `idmef_alert_t` or no `_self`",
        ),
        (
            "{\"alert\": {\"additional_data\": [{\"data\": 18446744073709551615}]}}",
            "line 1, column 61, at `alert.additional_data(0).data`: found 18446744073709551615, expected a number of at \
             most 63 bits",
        ),
    ] {
        assert_eq!(refusal(json), words, "{json}");
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = format!(
        "{{\"alert\":{{\"target\":[{{\"file\":[{}{}]}}]}}}}",
        "{\"linkage\":[{\"file\":".repeat(20) + "{}",
        "}]}".repeat(20)
    );
    assert!(refusal(&deep).ends_with("objects are nested deeper than 32"), "{}", refusal(&deep));
    assert!(refusal(&"[".repeat(1_000_000)).contains("invalid type: sequence"));
    assert!(refusal(&format!("{{\"alert\":{{\"source\":{}", "[".repeat(1_000_000))).contains("invalid type: sequence"));
}

proptest! {
    #[test]
    fn json_says_what_the_message_says(wire in generate::wire()) {
        let message = Message::from_wire(&wire.0).unwrap();
        let again = Message::from_json(message.to_json().as_bytes()).unwrap();
        for entry in message.entries(&"".parse().unwrap()) {
            let read = again.get(&entry.path.parse().unwrap());
            prop_assert_eq!(read.map(|value| value.text()), Some(entry.value.text()), "{}", entry.path);
        }
        // A number without a name is left out, and reads as the default.
        let third = Message::from_json(again.to_json().as_bytes()).unwrap();
        prop_assert_eq!(third.to_json(), again.to_json());
    }
}
