// SPDX-License-Identifier: MIT OR Apache-2.0

use std::net::TcpListener;

use prelude_trigger_guest::{Status, testing};

use super::*;

fn config(rest: &str) -> Config {
    testing::config(&format!(r#"{{"jid": "trigger@example.com"{rest}}}"#)).unwrap()
}

#[test]
fn no_alert_makes_a_stanza_or_a_line() {
    let nasty = "x</body></message>\r\n<presence/>\u{0}\u{202e}";
    let alert = testing::alert_with(&[
        ("alert.classification.text", nasty),
        ("alert.analyzer(0).name", &"long ".repeat(200_000)),
    ]);
    let text = text(&config(""), &testing::job(), &alert).unwrap();
    assert!(text.starts_with(r"[unrated] x</body></message>\r\n<presence/>\u{0}\u{202e}"), "{text}");
    assert_eq!(text.lines().count(), 2);
    assert!(text.len() < 2000);
}

#[test]
fn what_is_only_observed_is_not_said() {
    let alert = testing::alert_with(&[("alert.classification.text", "Scan")]);
    let config =
        config(r#", "to": ["a@example.com", "b@example.com"], "room": "soc@rooms.example.com", "text": "{trigger}""#);
    let outcome = run(&testing::observed_job(), &config, &alert).unwrap();
    assert_eq!(outcome.status, Status::Simulated);
    assert_eq!(outcome.summary.unwrap(), "would have told a@example.com, b@example.com, soc@rooms.example.com: test");
}

#[test]
fn a_server_that_is_silent_may_come_back_and_nobody_to_tell_is_a_mistake() {
    let alert = testing::alert_with(&[("alert.classification.text", "Scan")]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let job = Context { deadline_ms: 600, ..testing::job() };
    let config_of = |rest: &str| config(&format!(r#", "server": "127.0.0.1:{port}"{rest}"#));
    let error = run(&job, &config_of(r#", "to": "a@example.com""#), &alert).unwrap_err();
    assert!(error.is_transient() && error.has_code("timeout"), "{error}");
    assert!(run(&job, &config_of(""), &alert).unwrap_err().is_misconfigured());
}

#[test]
fn what_cannot_be_meant_is_refused_at_load() {
    for jid in ["trigger", "@example.com", "a@b@c", "a b@example.com", "a@b/c", "a'@b", "a@b<"] {
        let error = testing::config::<Config>(&format!(r#"{{"jid": "{jid}"}}"#)).expect_err(jid);
        assert!(error.starts_with("/jid: "), "{error}");
    }
    assert!(testing::config::<Config>(r#"{"jid": "a@b", "to": "c"}"#).unwrap_err().contains("/to"));
    assert!(testing::config::<Config>(r#"{"jid": "a@b", "server": "c:0"}"#).unwrap_err().contains("/server"));
    assert!(testing::config::<Config>(r#"{"jid": "a@b", "security": "none"}"#).unwrap_err().contains("/security"));
}
