#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
use super::*;

#[test]
fn real_messages_come_back_the_same() {
    let Some(dir) = std::env::var_os("PRELUDE_TRIGGER_CORPUS") else { return };
    let bytes = std::fs::read(std::path::Path::new(&dir).join("alerts.bin")).unwrap();
    let mut stream = bytes.as_slice();
    let mut count = 0;
    let lines = std::fs::read_to_string(std::path::Path::new(&dir).join("alerts.jsonl")).unwrap();
    let mut lines = lines.lines();
    while let Some(wire) = wire::next(&mut stream).unwrap() {
        let message = Message::from_wire(&wire).unwrap();
        assert_eq!(message.to_wire()[16..], wire[16..]);
        assert_eq!(message.to_wire()[..4], wire[..4]);
        let json: serde_json::Value = serde_json::from_str(&message.to_json()).unwrap();
        let theirs: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(json, theirs);
        let again = Message::from_json(message.to_json().as_bytes()).unwrap();
        let everything: Path = "".parse().unwrap();
        assert_eq!(again.entries(&everything), message.entries(&everything));
        count += 1;
    }
    assert!(count > 300);
}

#[test]
fn suggestions() {
    for (text, suggestion) in [
        ("alert.clasification.text", "alert.classification.text"),
        ("source.address", "alert.source.node.address"),
        ("alert.source.address", "alert.source.node.address"),
        ("alert.source.severity", "alert.assessment.impact.severity"),
        ("alert.classification.text.foo", "alert.classification.text"),
        ("alert.classification(0).text", "alert.classification.text"),
        ("alert.additional_data(Rule ID).data", "alert.additional_data('Rule ID').data"),
        ("alert.source(0.node", "alert.source(0).node"),
        ("alert..source", "alert.source"),
        ("alert.source(0)x.node", "alert.source(0).node"),
        ("alrt.sorce.nod.adress", "alert.source.node.address"),
    ] {
        assert_eq!(text.parse::<Path>().unwrap_err().suggestion.as_deref(), Some(suggestion), "{text}");
    }
}
