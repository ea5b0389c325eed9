//! What became of jobs, as others who listen to the manager hear of it.

use std::{
    thread,
    time::{Duration, Instant},
};

use prelude_trigger::{
    idmef::{Kind, Message},
    source::manager::{Settings, start},
};
use serde_json::Value;

use crate::{
    daemon::{Daemon, PATIENCE},
    sandbox::{Sandbox, text},
    stack::{Stack, alert, send},
};

/// A configuration whose only trigger blocks for a second, which works, and tells, which does not.
pub fn configuration(sandbox: &Sandbox, lease: &str) {
    let (good, bad) = (sandbox.script("good", "exit 0"), sandbox.script("bad", "echo no >&2; exit 3"));
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            r"
actions:
  block:
    exec: {{ command: [{0}, '{{address}}'], undo: [{0}, '{{address}}'] }}
    parameters: {{ address: ip }}
    target: address
  tell: {{ exec: [{1}] }}
triggers:
  - name: login
    filters: [{{ path: alert.classification.text, regex: '.' }}]
    actions:
      - block: {{ address: 'alert.source(0).node.address(0).address' }}
        for: {2}
      - tell
",
            text(&good),
            text(&bad),
            lease
        ),
    );
}

#[test]
fn prelude_is_told_what_was_done_and_undone_and_what_failed() {
    let Some((stack, manager)) = Stack::ready() else { return };
    stack.register(&manager, "other", "idmef:rw");
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    configuration(&sandbox, "1s");
    let daemon = Daemon::start(sandbox);
    let (sender, mut heard) = tokio::sync::mpsc::channel(1024);
    let settings = Settings {
        profile: stack.profile("other"),
        addresses: vec![manager.address().parse().unwrap()],
        ..Settings::default()
    };
    let other = start(settings, sender).unwrap();
    thread::sleep(Duration::from_millis(500));
    send(&stack, &stack.profile("sender"), &manager.address(), &[alert(7, "Login failed")]);
    let mut told = Vec::new();
    let begun = Instant::now();
    while told.len() < 3 {
        assert!(begun.elapsed() < PATIENCE, "{told:?}\n{}", daemon.log());
        let Ok(received) = heard.try_recv() else {
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let message = Message::from_wire(&received.wire).unwrap();
        let json: Value = serde_json::from_str(&message.to_json()).unwrap();
        let text = json.pointer("/alert/classification/text").and_then(Value::as_str).unwrap_or_default().to_owned();
        if message.kind() == Kind::Alert && text.starts_with("Response ") {
            told.push((text, json));
        }
    }
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let texts: Vec<_> = told.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(texts, ["Response done: block", "Response failed: tell", "Response undone: block"]);
    let at = |number: usize, pointer: &str| told[number].1.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at(0, "/alert/assessment/action/0/category"), "block-installed");
    assert_eq!(at(1, "/alert/assessment/impact/completion"), "failed");
    for number in 0..3 {
        assert_eq!(at(number, "/alert/correlation_alert/alertident/0/alertident"), "test-7");
        assert_eq!(at(number, "/alert/correlation_alert/alertident/0/analyzerid"), "4711");
        assert_eq!(at(number, "/alert/source"), Value::Null);
    }
    other.stop();
    // Every trigger matches every alert, and none reacts to its own answers.
    let (code, log, _) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert_eq!(log.matches("trigger matched").count(), 1, "{log}");
}
