//! Bytes from the enemy.

use proptest::prelude::*;

use super::{super::*, alert, framed, generate, item, object};

fn refusal(wire: &[u8]) -> String {
    Message::from_wire(wire).unwrap_err().to_string()
}

#[test]
fn every_mistake_has_its_words() {
    let good = alert(&[item(29, b"abc\0")]);
    Message::from_wire(&good).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut wire = good.clone();
        wire[at] = byte;
        wire
    };
    for (wire, words) in [
        (Vec::new(), "byte 0 of the message: 0 bytes are too few for a message: its header alone has 16"),
        (good[..15].to_vec(), "byte 0 of the message: 15 bytes are too few for a message: its header alone has 16"),
        (changed(0, 2), "byte 0 of the message: protocol version 2, expected 1: this is not a Prelude message"),
        (changed(1, 4), "byte 0 of the message: this is a Prelude message of kind 4, not an IDMEF message"),
        (changed(3, 1), "byte 0 of the message: this is a fragment of a message, not a whole one"),
        (changed(7, 9), "byte 4 of the message: the header says 9 bytes follow it, but there are 24"),
        (changed(4, 255), "byte 0 of the message: 4278190104 bytes are more than the 104857599 allowed"),
        (changed(16, 99), "byte 16 of the message: `message` has no child with tag 99"),
        (changed(20, 3), "byte 16 of the message: alert carries 3 bytes, expected none"),
        (changed(25, 255), "byte 21 of the message: item 29 says it has 255 bytes, but only 14 are left"),
        (changed(29, b'd'), "byte 21 of the message: the string `messageid` does not end with NUL"),
        (alert(&[item(29, b"")]), "byte 21 of the message: the string `messageid` does not end with NUL"),
        (alert(&[item(30, b"short")]), "byte 21 of the message: `create_time` has 5 bytes, expected 12"),
        (alert(&[item(29, b"a\0"), item(29, b"b\0")]), "byte 28 of the message: `alert` has a second `messageid`"),
        (alert(&[object(2, &[]), object(2, &[])]), "byte 31 of the message: `alert` has a second `classification`"),
        (
            alert(&[object(24, &[]), object(25, &[])]),
            "byte 31 of the message: `alert` has both `correlation_alert` and another of its alternatives",
        ),
        (
            alert(&[object(0, &[item(31, &[0, 0, 0, 6]), item(30, b"x\0")])]),
            "byte 26 of the message: `data` says its type, but item 30 follows instead of its value",
        ),
        (framed(&item(27, &[])), "byte 21 of the message: the message ends too early: an object is still open"),
        (
            framed(&[item(254, &[]), vec![0]].concat()),
            "byte 21 of the message: something follows the end of the message",
        ),
        (framed(&item(254, &[])), "byte 16 of the message: neither an alert nor a heartbeat stands in the message"),
        (
            framed(&[object(27, &[]), object(28, &[]), item(254, &[])].concat()),
            "byte 26 of the message: `message` has both `heartbeat` and another of its alternatives",
        ),
    ] {
        assert_eq!(refusal(&wire), words);
    }
}

/// A target's file that is linked to a file that is linked to a file …
fn nested(depth: usize) -> Vec<u8> {
    let open = [item(15, &[]), item(16, &[])].concat();
    let close = [item(254, &[]), item(254, &[])].concat();
    alert(&[object(17, &[open.repeat(depth), close.repeat(depth)])])
}

#[test]
fn nesting_is_bounded() {
    let message = Message::from_wire(&nested(14)).unwrap();
    assert_eq!(Message::from_wire(&message.to_wire()).unwrap(), message);
    assert_eq!(Message::from_json(message.to_json().as_bytes()).unwrap(), message);
    assert!(refusal(&nested(15)).ends_with("objects are nested deeper than 32"));
    assert!(refusal(&nested(2_000_000)).ends_with("objects are nested deeper than 32"));
}

#[test]
fn numbers_of_objects_are_bounded() {
    assert!(refusal(&alert(&vec![object(18, &[]); 1 << 20])).ends_with("has more than 1048576 objects and values"));
    Message::from_wire(&alert(&vec![object(18, &[]); 1 << 16])).unwrap();
}

#[test]
fn a_large_message_is_read() {
    let long = [vec![b'x'; 25 << 20], vec![0]].concat();
    let message = Message::from_wire(&alert(&[item(29, &long)])).unwrap();
    assert_eq!(message.messageid().unwrap().len(), 25 << 20);
}

/// Whatever was decoded keeps its promises.
pub(super) fn keeps_its_promises(wire: &[u8]) {
    let Ok(message) = Message::from_wire(wire) else { return };
    assert!(message.size() <= 20 * wire.len() + 1024, "{} bytes for {}", message.size(), wire.len());
    let everything: Path = "".parse().unwrap();
    for entry in message.entries(&everything) {
        let path: Path = entry.path.parse().unwrap();
        // Debug, because NaN is not itself.
        assert_eq!(format!("{:?}", message.values(&path)), format!("{:?}", [entry.value]));
    }
    assert_eq!(Message::from_wire(&message.to_wire()).unwrap(), message);
    let json = message.to_json();
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    assert!(!json.contains(|character: char| character.is_control()), "{json:?}");
    // Times that no calendar has, such as a second with 16,777,216 microseconds, cannot be read back.
    if let Err(error) = Message::from_json(json.as_bytes()) {
        assert!(error.to_string().contains("time"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(512), ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400), framing in any::<bool>()) {
        keeps_its_promises(&if framing { framed(&bytes) } else { bytes.clone() });
        let _ = Message::from_json(&bytes);
    }

    #[test]
    fn damaged_messages_are_survived(
        wire in generate::wire(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        keeps_its_promises(&wire.0);
        let mut damaged = wire.0.clone();
        for (at, byte) in damage {
            *at.get_mut(&mut damaged) = byte;
        }
        keeps_its_promises(&damaged);
        let body = &wire.0[wire::HEADER..];
        keeps_its_promises(&framed(&body[..cut.index(body.len())]));
    }

    #[test]
    fn damaged_json_is_survived(
        wire in generate::wire(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
    ) {
        let mut json = Message::from_wire(&wire.0).unwrap().to_json().into_bytes();
        for (at, byte) in damage {
            *at.get_mut(&mut json) = byte;
        }
        if let Ok(message) = Message::from_json(&json) {
            keeps_its_promises(&message.to_wire());
        }
    }
}
