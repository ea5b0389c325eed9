// SPDX-License-Identifier: MIT OR Apache-2.0

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use prelude_trigger_guest::{Status, testing};

use super::*;

const CONFIG: &str = r#"{"server": "mx.example:25", "from": "Prelude <trigger@example.com>", "to": "soc@example.com"}"#;

fn config(json: &str) -> Config {
    testing::config(json).unwrap()
}

/// Headers, unfolded, and the body.
fn parts(mail: &[u8]) -> (Vec<String>, String) {
    let text = String::from_utf8(mail.to_vec()).expect("a mail is ASCII");
    assert!(text.is_ascii(), "{text}");
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n\t", " ").replace("\r\n ", " ");
    (head.split("\r\n").map(str::to_owned).collect(), body.to_owned())
}

#[test]
fn a_mail_says_what_happened() {
    let alert = testing::alert(
        r#"{"alert": {"classification": {"text": "Größere Sache"}, "assessment": {"impact": {"severity": "high"}},
            "source": [{"node": {"address": [{"address": "192.0.2.1"}]}}]}}"#,
    );
    let mail = message::write(&config(CONFIG), &testing::job(), &alert).unwrap();
    assert_eq!(mail.subject, "[high] Größere Sache");
    let (head, body) = parts(&mail.bytes);
    assert!(head.iter().any(|line| line.starts_with("Subject: =?utf-8?")), "{head:?}");
    assert!(head.contains(&"Message-ID: <job-1.tested@example.com>".to_owned()), "{head:?}");
    assert!(head.contains(&"Auto-Submitted: auto-generated".to_owned()), "{head:?}");
    assert!(head.iter().any(|line| line.starts_with("From: ") && line.contains("<trigger@example.com>")), "{head:?}");
    assert!(body.contains("From:     192.0.2.1") && !body.contains("User:"), "{body}");
    let again = message::write(&config(CONFIG), &testing::job(), &alert).unwrap();
    assert_eq!(again.id, mail.id);
}

#[test]
fn no_alert_makes_a_header() {
    let nasty = "x\r\nBcc: evil@example.org\r\n\r\n<html>\u{0}\u{202e}gnp.exe";
    let alert = testing::alert_with(&[
        ("alert.classification.text", nasty),
        ("alert.create_time", "2026-11-21"),
        ("alert.target(0).user.user_id(0).name", nasty),
        ("alert.analyzer(0).name", &"long ".repeat(200_000)),
    ]);
    let mail = message::write(&config(CONFIG), &testing::job(), &alert).unwrap();
    assert_eq!(mail.subject, r"[unrated] x\r\nBcc: evil@example.org\r\n\r\n<html>\u{0}\u{202e}gnp.exe");
    let (head, body) = parts(&mail.bytes);
    let names: Vec<_> = head.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("bcc")), "{head:?}");
    assert!(!body.contains("\r\nBcc:"), "{body}");
    assert!(mail.bytes.len() < 10_000, "{} bytes", mail.bytes.len());
    assert!(!mail.bytes.contains(&0));
    assert!(mail.bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 999), "a line is too long for SMTP");
}

#[test]
fn the_alert_goes_along_if_wanted() {
    let config = config(&CONFIG.replace("{\"server", "{\"attach_alert\": true, \"server"));
    let alert = testing::alert_with(&[("alert.classification.text", "Scan")]);
    let mail = message::write(&config, &testing::job(), &alert).unwrap();
    let text = String::from_utf8(mail.bytes).unwrap();
    assert!(text.contains("multipart/mixed") && text.contains("alert.json"), "{text}");
}

#[test]
fn what_is_only_observed_is_not_sent() {
    let alert = testing::alert_with(&[("alert.classification.text", "Scan")]);
    let outcome = run(&testing::observed_job(), &config(CONFIG), &alert).unwrap();
    assert_eq!(outcome.status, Status::Simulated);
    assert_eq!(outcome.summary.unwrap(), "would have mailed soc@example.com with subject `[unrated] Scan`");
}

/// A server on loopback that answers line by line, whatever it is told.
fn server(answers: &'static [&'static str]) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut heard = String::new();
        for answer in answers {
            stream.write_all(answer.as_bytes()).unwrap();
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            while heard.contains("DATA") && !line.ends_with("\r\n.\r\n") && reader.read_line(&mut line).unwrap_or(0) > 0
            {
            }
            heard.push_str(&line);
        }
        heard
    };
    (port, thread::spawn(serve))
}

fn plain(port: u16) -> Config {
    config(&CONFIG.replace("mx.example:25", &format!("127.0.0.1:{port}\", \"security\": \"none")))
}

#[test]
fn a_mail_is_handed_over() {
    let answers = &["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 queued as 42\r\n"];
    let (port, server) = server(answers);
    let alert = testing::alert_with(&[("alert.classification.text", ".Scan")]);
    let outcome = run(&testing::job(), &plain(port), &alert).unwrap();
    assert_eq!(outcome.status, Status::Done);
    assert_eq!(outcome.summary.unwrap(), "mailed 1 of 1 recipients: [unrated] .Scan");
    assert_eq!(outcome.outputs[1].text, "queued as 42");
    let heard = server.join().unwrap();
    assert!(heard.contains("RCPT TO:<soc@example.com>\r\nDATA\r\n") && heard.contains("\r\n..Scan\r\n"), "{heard}");
}

#[test]
fn a_server_that_is_not_there_may_come_back() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let alert = testing::alert_with(&[("alert.classification.text", "Scan")]);
    let error = run(&testing::job(), &plain(port), &alert).unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("connecting to 127.0.0.1"), "{error}");
    // One that accepts and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let job = Context { deadline_ms: 600, ..testing::job() };
    let error = run(&job, &plain(silent.local_addr().unwrap().port()), &alert).unwrap_err();
    assert!(error.is_transient() && error.has_code("timeout"), "{error}");
}

#[test]
fn a_password_needs_tls() {
    let (port, server) = server(&["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n"]);
    let mut config = plain(port);
    config.user = Some("me".into());
    let alert = testing::alert_with(&[("alert.classification.text", "Scan")]);
    let host = testing::Host::new().secret("password", "secret");
    let error = host.run(|| run(&testing::job(), &config, &alert)).unwrap_err();
    assert!(error.has_code("no-tls"), "{error}");
    assert!(!server.join().unwrap().contains("AUTH"));
}

#[test]
fn what_cannot_be_meant_is_refused_at_load() {
    let error = |json: &str| testing::config::<Config>(json).expect_err(json);
    for address in
        ["soc", "soc@", "@example.com", "a b@example.com", "a@b\r\nRCPT TO:<c@d>", "a@b, c@d", "<a@b", "ü@example.com"]
    {
        let json = CONFIG
            .replace("Prelude <trigger@example.com>", &address.escape_default().to_string().replace("\\u{fc}", "ü"));
        assert!(error(&json).starts_with("/from: "), "{address}");
    }
    assert!(error(&CONFIG.replace("soc@example.com", "soc")).contains("/to"));
    assert!(error(&CONFIG.replace("{\"server", "{\"subject\": \"{alert.nope}\", \"server")).contains("has no child"));
    for (server, host, port) in
        [("mx", "mx", None), ("[2001:db8::1]:25", "[2001:db8::1]", Some(25)), ("[::1]", "[::1]", None)]
    {
        let config = config(&CONFIG.replace("mx.example:25", server));
        assert_eq!((config.server.host.as_str(), config.server.port), (host, port));
    }
    for server in ["mx:x", "mx:0", ":25", "", "2001:db8::1", "m x", "smtp://mx"] {
        assert!(error(&CONFIG.replace("mx.example:25", server)).starts_with("/server: "), "{server}");
    }
}
