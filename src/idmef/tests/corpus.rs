//! The messages of `tests/fixtures`, and the real ones.

use std::path::PathBuf;

use super::*;

/// The wire messages of the corpora, with their JSON: our own (`tests/fixtures`, in our spelling of JSON), then the real
/// ones if there are any (in libprelude's).
pub(super) fn messages() -> Vec<(Vec<u8>, String)> {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let real = std::env::var_os("PRELUDE_TRIGGER_CORPUS").map(PathBuf::from);
    let load = |directory: PathBuf| {
        let bytes = std::fs::read(directory.join("alerts.bin")).unwrap();
        let lines = std::fs::read_to_string(directory.join("alerts.jsonl")).unwrap();
        let messages = split(&bytes);
        assert_eq!(messages.len(), lines.lines().count());
        messages.into_iter().zip(lines.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    std::iter::once(fixtures).chain(real).flat_map(load).collect()
}

#[test]
fn messages_come_back_the_same() {
    let everything: Path = "".parse().unwrap();
    let messages = messages();
    assert!(messages.len() >= 8);
    for (wire, printed) in messages {
        let message = Message::from_wire(&wire).unwrap();
        let (header, body) = wire.split_at(wire::HEADER);
        let encoded = message.to_wire();
        assert_eq!(encoded.get(..8), header.get(..8), "version, tag, priority, fragment, length");
        assert_eq!(encoded.get(wire::HEADER..), Some(body));

        let ours: serde_json::Value = serde_json::from_str(&message.to_json()).unwrap();
        let theirs: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(ours, theirs);
        for json in [message.to_json(), printed] {
            let again = Message::from_json(json.as_bytes()).unwrap();
            assert_eq!(again.entries(&everything), message.entries(&everything));
        }
    }
}
