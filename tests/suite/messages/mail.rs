//! `mail`, against aiosmtpd.

use std::{fs, net::TcpListener, path::Path, process::Command};

use super::{
    Daemon, NASTY, ended,
    servers::{Authority, Server, free_port, missing},
};
use crate::{guests, sandbox::text};

/// The system's own, which has the packages of Debian.
const PYTHON: &str = "/usr/bin/python3";

/// A server with a mailbox; none where there is no aiosmtpd.
fn server(authority: &Authority, name: &str, security: &str) -> Option<Server> {
    let there = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        missing("python3-aiosmtpd");
        return None;
    }
    let (certificate, key) = authority.issue(name);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/messages/smtp.py");
    let port = free_port();
    let mut command = Command::new(PYTHON);
    command.arg(script).arg(port.to_string()).args([&certificate, &key]).arg(authority.path()).arg(security);
    Some(Server::start(&mut command, &authority.path().join("smtp.log"), port))
}

/// The mails that have come.
fn mails(authority: &Authority) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(authority.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// A daemon that mails to this server.
fn daemon(authority: &Authority, port: u16, more: &str) -> Daemon {
    let daemon = Daemon::new(authority).secret("password", "s3cret\n");
    let password = daemon.sandbox.path("password");
    daemon.configure(
        guests::example("mail"),
        &format!(
            "config:\n  server: localhost:{port}\n  user: trigger\n  from: Prelude <trigger@example.com>\n  \
             to: [soc@example.com]\n  {more}\ngrant:\n  tcp: ['localhost:{port}', 'elsewhere.example:{port}']\n  allow_private: true\n  \
             secrets: {{ password: {{ file: {} }} }}\nlimits: {{ timeout: 5s }}\n",
            text(&password)
        ),
    );
    daemon
}

#[test]
fn a_mail_arrives_over_starttls_after_a_login() {
    let authority = Authority::new();
    let Some(server) = server(&authority, "localhost", "starttls") else { return };
    let daemon = daemon(&authority, server.port, "cc: [night@example.com, never@example.com]");
    let ran = daemon.alert("Brute force").expect(0);
    ended(&ran, "done", "mailed 2 of 3 recipients: [high] Brute force; refused: never@example.com: 5.1.1 no such user");
    let mails = mails(&authority);
    assert_eq!(mails.len(), 1);
    for expected in [
        "X-To: soc@example.com night@example.com\r\n",
        "Subject: [high] Brute force\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "From:     192.0.2.7\r\n",
    ] {
        assert!(mails[0].contains(expected), "no {expected:?} in\n{}", mails[0]);
    }
    assert!(!mails[0].contains("X-Login: None"), "{}", mails[0]);
}

#[test]
fn a_mail_arrives_over_tls() {
    let authority = Authority::new();
    let Some(server) = server(&authority, "localhost", "tls") else { return };
    let ran = daemon(&authority, server.port, "security: tls").alert("Scan").expect(0);
    ended(&ran, "done", "mailed 1 of 1 recipients: [high] Scan");
    assert_eq!(mails(&authority).len(), 1);
}

#[test]
fn nothing_in_an_alert_makes_a_header() {
    let authority = Authority::new();
    let Some(server) = server(&authority, "localhost", "starttls") else { return };
    let daemon = daemon(&authority, server.port, "attach_alert: true");
    let nasty = format!("{NASTY}{}", "y".repeat(1 << 20));
    daemon.alert(&nasty).expect(0);
    let mails = mails(&authority);
    let (head, _) = mails[0].split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
    assert!(head.len() < 4000 && head.is_ascii(), "{} bytes", head.len());
    assert!(head.contains("X-To: soc@example.com\r\n"), "{head}");
}

#[test]
fn how_the_server_refuses_decides_on_the_outcome() {
    let authority = Authority::new();
    let Some(server) = server(&authority, "localhost", "starttls") else { return };
    let outcome = |daemon: &Daemon, how: &str, what: &str| {
        let ran = daemon.alert("Scan");
        assert!(ran.stderr.contains(how) && ran.stderr.contains(what), "no {how:?} and {what:?} in\n{}", ran.stderr);
    };
    let to = |address: &str| {
        let daemon = daemon(&authority, server.port, "hello: me");
        let file = daemon.sandbox.path("prelude-trigger.yaml");
        let text = fs::read_to_string(&file).unwrap().replace("soc@example.com", address);
        fs::write(file, text).unwrap();
        daemon
    };
    outcome(&to("later@example.com"), "transient", "450");
    outcome(&to("never@example.com"), "permanent", "550");
    let wrong = to("soc@example.com").secret("password", "wrong");
    outcome(&wrong, "misconfigured", "refused the login of trigger");
    let stranger = Authority::new();
    // A server that nobody has vouched for.
    let untrusted = to("soc@example.com").trusting(&stranger);
    outcome(&untrusted, "misconfigured", "certificate");
    // One that does not speak TLS from the start.
    outcome(&daemon(&authority, server.port, "security: tls"), "failed", "TLS with localhost");
    assert!(mails(&authority).is_empty());
}

#[test]
fn another_ones_certificate_is_not_taken() {
    let authority = Authority::new();
    let Some(server) = server(&authority, "elsewhere.example", "starttls") else { return };
    let ran = daemon(&authority, server.port, "hello: me").alert("Scan");
    assert!(ran.stderr.contains("misconfigured") && ran.stderr.contains("certificate"), "{}", ran.stderr);
    let ran = daemon(&authority, server.port, "certificate_name: third.example").alert("Scan");
    assert!(ran.stderr.contains("third.example") && ran.stderr.contains("not granted"), "{}", ran.stderr);
    let ran = daemon(&authority, server.port, "certificate_name: elsewhere.example").alert("Scan").expect(0);
    ended(&ran, "done", "mailed 1 of 1");
}

#[test]
fn a_server_that_is_down_or_silent_may_come_back() {
    let authority = Authority::new();
    let ran = daemon(&authority, free_port(), "hello: me").alert("Scan");
    assert!(ran.stderr.contains("transient") && ran.stderr.contains("refused"), "{}", ran.stderr);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let ran = daemon(&authority, silent.local_addr().unwrap().port(), "hello: me").alert("Scan");
    assert!(ran.stderr.contains("transient") && ran.stderr.contains("no answer in time"), "{}", ran.stderr);
}

#[test]
fn what_is_not_granted_is_not_reached() {
    let authority = Authority::new();
    let (granted, other) = (free_port(), TcpListener::bind("127.0.0.1:0").unwrap());
    let daemon = daemon(&authority, granted, "hello: me");
    let file = daemon.sandbox.path("prelude-trigger.yaml");
    let port = other.local_addr().unwrap().port();
    let text = fs::read_to_string(&file)
        .unwrap()
        .replace(&format!("server: localhost:{granted}"), &format!("server: localhost:{port}"));
    fs::write(file, text).unwrap();
    let ran = daemon.alert("Scan");
    assert!(ran.stderr.contains("not granted"), "{}", ran.stderr);
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_err(), "somebody connected");
}

#[test]
fn what_is_only_observed_sends_nothing() {
    let authority = Authority::new();
    let Some(server) = server(&authority, "localhost", "starttls") else { return };
    let daemon = daemon(&authority, server.port, "hello: me");
    daemon.run(&["run", "--observe", "--input"], "Scan").expect(0);
    assert!(mails(&authority).is_empty());
}
