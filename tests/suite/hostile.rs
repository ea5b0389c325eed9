//! Alerts as an attacker writes them, from bytes to effects.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::sandbox::{Sandbox, text};

/// A configuration that hands user name and classification to a program in every way there is.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            r"
actions:
  whole: {{ exec: [{0}, whole, alert.target(0).user.user_id(0).name, end] }}
  inside: {{ exec: [{0}, inside, 'u={{alert.target(0).user.user_id(0).name}}', end] }}
  captured: {{ exec: [{0}, captured, 'u={{who}}', end] }}
triggers:
  - name: all
    filters: [{{ path: alert.target(0).user.user_id(0).name, regex: '(?s)^(?<who>.*)$' }}]
    actions: [whole, inside, captured]
",
            text(&recorder)
        ),
    );
    sandbox
}

fn alert(user: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let alert = json!({ "alert": {
        "messageid": format!("m-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        "classification": { "text": user },
        "target": [{ "user": { "user_id": [{ "name": user }] } }],
    }});
    format!("{alert}\n")
}

#[test]
fn whatever_a_value_is_it_stays_one_argument() {
    for user in [
        "two words",
        "$(touch pwned); `touch pwned` | touch pwned && touch pwned > pwned",
        "line\nbreak\r\n",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "{braces} {{double}} {alert.messageid}",
        "alert.messageid",
        "'\"\\",
        "*?[a]~",
        "ünïcödé \u{202e}",
        "%s%n",
    ] {
        let sandbox = sandbox();
        sandbox.run_with_input(&["run", "--input", "-"], alert(user).as_bytes()).expect(0);
        let mut calls = sandbox.calls();
        calls.sort();
        let inside = format!("u={user}");
        assert_eq!(
            calls,
            [vec!["captured", &inside, "end"], vec!["inside", &inside, "end"], vec!["whole", user, "end"]]
        );
    }
}

#[test]
fn a_value_that_would_be_an_option_is_refused_where_it_begins_the_argument() {
    let sandbox = sandbox();
    let ran = sandbox.run_with_input(&["run", "--input", "-"], alert("--help").as_bytes()).expect(0);
    let mut calls = sandbox.calls();
    calls.sort();
    assert_eq!(calls, [["captured", "u=--help", "end"], ["inside", "u=--help", "end"]]);
    assert!(ran.stderr.contains("action=whole") && ran.stderr.contains("refused: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 done, 0 failed, 1 refused"), "{}", ran.stderr);
}

#[test]
fn a_value_with_nul_or_of_a_megabyte_is_refused() {
    for user in ["nul\0inside".to_owned(), "x".repeat(1 << 20)] {
        let sandbox = sandbox();
        let ran = sandbox.run_with_input(&["run", "--input", "-"], alert(&user).as_bytes()).expect(0);
        assert!(sandbox.calls().is_empty());
        assert!(ran.stderr.contains("0 done, 0 failed, 3 refused"), "{}", ran.stderr);
        assert!(ran.stderr.len() < 20_000, "the log repeats a huge value");
    }
}

#[test]
fn no_value_writes_a_log_line_of_its_own() {
    let sandbox = sandbox();
    let user = "x\n2026-11-21T00:00:00.000000Z ERROR forged\u{1b}[31m";
    for verb in [&["run", "--input", "-"][..], &["run", "--observe", "--input", "-"], &["explain", "--alerts", "-"]] {
        let ran = sandbox.run_with_input(verb, alert(user).as_bytes()).expect(0);
        for line in ran.stderr.lines().chain(ran.stdout.lines()) {
            assert!(!line.starts_with("2026-11-21T00:00:00.000000Z ERROR forged"), "{verb:?}: {line}");
            assert!(!line.contains('\u{1b}'), "{verb:?}: {line}");
        }
    }
}

#[test]
fn the_alert_on_standard_input_is_json_whatever_is_in_it() {
    let sandbox = Sandbox::new();
    let keep = sandbox.script("keep", &format!("cat > {}", text(&sandbox.path("stdin"))));
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n  keep: {{ exec: [{}] }}\ntriggers:\n  - name: t\n    \
             filters: [{{ path: alert.messageid, regex: . }}]\n    actions: [keep]\n",
            text(&keep)
        ),
    );
    let user = "q\"\\\u{1}\u{7f}\n\u{2028}";
    sandbox.run_with_input(&["run", "--input", "-"], alert(user).as_bytes()).expect(0);
    let json = std::fs::read_to_string(sandbox.path("stdin")).expect("the alert");
    assert_eq!(json.lines().count(), 1);
    let json: serde_json::Value = serde_json::from_str(&json).expect("valid JSON");
    assert_eq!(json["alert"]["target"][0]["user"]["user_id"][0]["name"], user);
}

/// Bytes that are not what they say they are: no verb may die of them, and what can still be read is read.
#[test]
fn damaged_recordings_take_nothing_down() {
    let sandbox = sandbox();
    let sound = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/alerts.bin")).expect("the fixture");
    let messages = sandbox.path("damaged");
    let mut random = Random(0x5eed);
    for round in 0..60 {
        let mut bytes = sound.clone();
        match round % 3 {
            0 => bytes.truncate(random.below(bytes.len())),
            1 => {
                for _ in 0..=random.below(20) {
                    let at = random.below(bytes.len());
                    bytes[at] = random.byte();
                }
            }
            _ => bytes = (0..random.below(4000)).map(|_| random.byte()).collect(),
        }
        std::fs::write(&messages, &bytes).expect("written");
        for verb in [["explain", "--alerts"], ["run", "--input"]] {
            let ran = sandbox.run(&[verb[0], verb[1], text(&messages)]);
            assert!([0, 1].contains(&ran.code), "{verb:?} ended with {} in round {round}: {}", ran.code, ran.stderr);
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        }
    }
}

/// A message that cannot be decoded costs that message and no other.
#[test]
fn a_message_that_cannot_be_decoded_is_passed_over() {
    let sandbox = sandbox();
    let wire = || prelude_trigger::idmef::Message::from_json(alert("eve").as_bytes()).expect("an alert").to_wire();
    let (good, another) = (wire(), wire());
    // The tag after the header is the message's first; there is no object 200.
    let mut bad = good.clone();
    bad[16] = 200;
    let ran = sandbox.run_with_input(&["run", "--input", "-"], &[&good[..], &bad, &another].concat()).expect(0);
    assert_eq!(sandbox.calls().len(), 6);
    assert!(ran.stderr.contains("passing over a message that cannot be read"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 unreadable messages"), "{}", ran.stderr);
}

/// xorshift: the same damage in every run of the tests.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("less than a usize")
    }
}
