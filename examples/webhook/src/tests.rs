// SPDX-License-Identifier: MIT OR Apache-2.0

use prelude_trigger_guest::{Status, http::Cause, testing};
use serde_json::{Value, json};

use super::*;

const NASTY: &str = "x\r\n\"}],\"evil\":1}\u{0}\u{202e}<!channel>&\\";

fn alert() -> Alert {
    testing::alert_with(&[
        ("alert.create_time", "2026-11-21T10:00:00.5Z"),
        ("alert.classification.text", NASTY),
        ("alert.assessment.impact.severity", "high"),
        ("alert.source(0).node.address(0).address", "192.0.2.7"),
        ("alert.source(0).node.address(1).address", "not an address; DROP TABLE"),
        ("alert.source(1).node.address(0).address", "2001:db8::1"),
        ("alert.target(0).node.address(0).address", "192.0.2.7"),
    ])
}

fn config(rest: &str) -> Config {
    testing::config(&format!(r#"{{"url": "https://api.example.com/in"{rest}}}"#)).unwrap()
}

fn json(config: &Config) -> Value {
    let body = body::write(config, &testing::job(), &alert()).unwrap().unwrap();
    assert_eq!(body.media_type, "application/json");
    serde_json::from_slice(&body.bytes).expect("JSON, whatever the alert says")
}

#[test]
fn an_alert_goes_as_it_is() {
    let sent = json(&config(""));
    assert_eq!(sent["alert"]["classification"]["text"], NASTY);
}

#[test]
fn json_of_your_own_keeps_its_shape() {
    let body = r#", "format": {"json": {"what": "{alert.classification.text}", "n": 1, "who": ["{nobody}", "{trigger}"], "": "", "{x}": null}}"#;
    assert_eq!(json(&config(body)), json!({"what": NASTY, "n": 1, "who": [null, "test"], "": "", "{x}": null}));
}

#[test]
fn slack_is_not_told_to_wake_everyone() {
    let text = json(&config(r#", "format": "slack""#))["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with(r#"[high] x\r\n"}],"evil":1}\u{0}\u{202e}&lt;!channel&gt;&amp;\"#), "{text}");
    assert!(!text.contains('<') && text.contains("\nFrom: 192.0.2.7, "), "{text}");
}

#[test]
fn ntfy_and_thehive_get_what_they_know() {
    let sent = json(&config(r#", "format": {"ntfy": {"topic": "soc", "tags": ["rotating_light"]}}"#));
    assert_eq!(
        (&sent["topic"], &sent["priority"], &sent["tags"]),
        (&json!("soc"), &json!(5), &json!(["rotating_light"]))
    );
    let sent = json(&config(r#", "format": {"thehive": {"tags": ["ids"]}}"#));
    assert_eq!(
        (&sent["sourceRef"], &sent["severity"], &sent["date"]),
        (&json!("job-1"), &json!(4), &json!(1_795_255_200_500_i64))
    );
    assert_eq!(
        sent["observables"],
        json!([
            {"dataType": "ip", "data": "192.0.2.7", "tags": ["source"]},
            {"dataType": "ip", "data": "2001:db8::1", "tags": ["source"]},
        ])
    );
}

#[test]
fn crowdsec_gets_a_decision_for_each_address() {
    let config = config(r#", "format": {"crowdsec": {"machine": "prelude"}}"#);
    let host = testing::Host::new()
        .secret("password", "s3cret")
        .answer(Response::new(200).with_body(r#"{"code": 200, "expire": "later", "token": "t0ken"}"#))
        .answer(Response::new(201).with_body(r#"["1"]"#));
    let job = Context { lease_ms: Some(90_001), ..testing::job() };
    let outcome = host.run(|| run(&job, &config, &alert())).unwrap();
    assert_eq!(outcome.status, Status::Done);
    let [login, post] = host.requests().try_into().unwrap();
    assert_eq!(login.url.to_string(), "https://api.example.com/in/v1/watchers/login");
    let said: Value = serde_json::from_slice(&login.body).unwrap();
    assert_eq!(said, json!({"machine_id": "prelude", "password": "s3cret", "scenarios": []}));
    assert_eq!(post.url.to_string(), "https://api.example.com/in/v1/alerts");
    assert!(post.headers.contains(&("authorization".into(), "Bearer t0ken".into())));
    let sent: Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!(sent.as_array().unwrap().len(), 2);
    assert_eq!(sent[1]["source"], json!({"scope": "Ip", "value": "2001:db8::1", "ip": "2001:db8::1"}));
    assert_eq!(sent[0]["decisions"][0]["duration"], "91s");
    assert_eq!(sent[0]["start_at"], "2026-11-21T10:00:00.500000+00:00");
    // An alert without an address is nothing to decide on, and a refused login is the configuration's.
    let nobody = testing::alert(r#"{"alert": {}}"#);
    assert_eq!(host.run(|| run(&job, &config, &nobody)).unwrap().status, Status::Skipped);
    let host = testing::Host::new().secret("password", "wrong").answer(Response::new(401));
    assert!(host.run(|| run(&job, &config, &alert())).unwrap_err().is_misconfigured());
}

#[test]
fn a_request_says_who_it_is_from() {
    let config = config(
        r#", "method": "PUT", "headers": {"X-Team": "soc", "Content-Type": "text/x"}, "format": "plain", "text": "hi",
           "auth": {"basic": {"user": "me"}}, "sign": {"secret": "key"}"#,
    );
    let host = testing::Host::new().secret("password", "s3cret").secret("key", "Jefe").answer(Response::new(204));
    let outcome = host.run(|| run(&testing::job(), &config, &alert())).unwrap();
    assert_eq!(outcome.summary.as_deref(), Some("api.example.com answered 204 to PUT"));
    let request = &host.requests()[0];
    let header = |name: &str| {
        let values: Vec<_> = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).collect();
        assert_eq!(values.len(), 1, "{name}: {:?}", request.headers);
        values[0].1.clone()
    };
    assert_eq!((request.method.as_str(), request.body.as_slice()), ("PUT", &b"hi"[..]));
    assert_eq!(header("authorization"), "Basic bWU6czNjcmV0");
    assert_eq!((header("content-type"), header("x-team")), ("text/x".into(), "soc".into()));
    assert_eq!(header("idempotency-key"), "job-1");
    // printf hi | openssl dgst -sha256 -hmac Jefe
    assert_eq!(header("x-signature-256"), SIGNATURE);
}

const SIGNATURE: &str = "sha256=e6400563f8046be18dcb77073c728e04116ad8a015d7ce45b9c4fbc7c52fa17c";

#[test]
fn the_answer_decides_on_the_outcome() {
    let outcome = |config: &Config, response| {
        let host = testing::Host::new().answer(response);
        host.run(|| run(&testing::job(), config, &alert()))
    };
    let plain = config("");
    assert!(outcome(&plain, Response::new(202)).is_ok());
    let busy = outcome(&plain, Response::new(429).with_header("retry-after", "30")).unwrap_err();
    assert_eq!((busy.is_transient(), busy.wait()), (true, Some(Duration::from_secs(30))));
    let moved = outcome(&plain, Response::new(302).with_header("location", "http://evil.example/")).unwrap_err();
    assert!(moved.is_misconfigured() && moved.to_string().contains("http://evil.example/"), "{moved}");
    assert!(!outcome(&plain, Response::new(422)).unwrap_err().is_transient());
    let hive = config(r#", "format": {"thehive": {}}"#);
    let again = Response::new(400).with_body(r#"{"message": "Alert already exist"}"#);
    assert_eq!(outcome(&hive, again).unwrap().summary.as_deref(), Some("api.example.com has it already"));
    let host = testing::Host::new().no_answer(Cause::Certificate);
    assert!(host.run(|| run(&testing::job(), &plain, &alert())).unwrap_err().is_misconfigured());
}

#[test]
fn a_secret_url_is_told_to_nobody() {
    let config: Config = testing::config(r#"{"url": {"secret": "hook"}, "format": "slack"}"#).unwrap();
    let host = testing::Host::new().secret("hook", "https://hooks.example/T0P/S3CRET\n").answer(Response::new(500));
    let error = host.run(|| run(&testing::job(), &config, &alert())).unwrap_err();
    assert!(!error.to_string().contains("S3CRET"), "{error}");
    let host = testing::Host::new().secret("hook", "S3CRET").no_answer(Cause::Timeout);
    let error = host.run(|| run(&testing::job(), &config, &alert())).unwrap_err();
    assert!(error.is_misconfigured() && !error.to_string().contains("S3CRET"), "{error}");
    let outcome = host.run(|| run(&testing::observed_job(), &config, &alert())).unwrap();
    assert_eq!(outcome.status, Status::Simulated);
    assert!(host.requests().is_empty(), "it was sent");
}

#[test]
fn a_secret_makes_no_header_of_its_own() {
    let config = config(r#", "auth": {"bearer": "token"}"#);
    let host = testing::Host::new().secret("token", "x\r\nX-Evil: 1");
    let error = host.run(|| run(&testing::job(), &config, &alert())).unwrap_err();
    assert!(error.is_misconfigured() && host.requests().is_empty(), "{error}");
}

#[test]
fn what_cannot_be_meant_is_refused_at_load() {
    for (rest, place) in [
        (r#", "headers": {"X Y": "z"}"#, "/headers"),
        (r#", "headers": {"Host": "z"}"#, "/headers"),
        (r#", "headers": {"X": "a\r\nb"}"#, "/headers/X"),
        (r#", "format": {"json": {"a": "{alert.nope}"}}"#, "/format"),
        (r#", "format": "slck""#, "/format"),
        (r#", "format": {"crowdsec": {"machine": "m", "duration": "long"}}"#, "/format/crowdsec/duration"),
        (r#", "method": "DELETE""#, "/method"),
    ] {
        let error =
            testing::config::<Config>(&format!(r#"{{"url": "https://api.example.com/"{rest}}}"#)).expect_err(rest);
        assert!(error.starts_with(place), "{rest}: {error}");
    }
    assert!(testing::config::<Config>(r#"{"url": "ftp://x"}"#).unwrap_err().contains("/url"));
}
