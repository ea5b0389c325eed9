// SPDX-License-Identifier: MIT OR Apache-2.0

use std::{collections::VecDeque, io};

use super::*;

/// A server that says its piece, block by block, whatever it hears.
#[derive(Default)]
struct Script {
    says: VecDeque<&'static str>,
    heard: Vec<u8>,
    tls: bool,
}

impl Script {
    fn new(says: &[&'static str]) -> Self {
        Self { says: says.iter().copied().collect(), ..Self::default() }
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(says) = self.says.pop_front() else { return Ok(0) };
        let length = says.len().min(buffer.len());
        buffer[..length].copy_from_slice(&says.as_bytes()[..length]);
        if length < says.len() {
            self.says.push_front(&says[length..]);
        }
        Ok(length)
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Link for Script {
    fn tls(mut self, name: &str) -> io::Result<Self> {
        self.heard.extend_from_slice(format!("[TLS {name}]\r\n").as_bytes());
        self.tls = true;
        Ok(self)
    }

    fn is_tls(&self) -> bool {
        self.tls
    }
}

fn session(says: &[&'static str]) -> Session<Script> {
    Session::greet(Script::new(says), "mx.example", "localhost").expect("a greeting")
}

#[test]
fn a_mail_goes_over_tls_with_a_login() {
    let says = [
        "220 mx.example\r\n",
        "250-mx.example\r\n250 STARTTLS\r\n",
        "220 go\r\n",
        "250-mx.example\r\n250-AUTH LOGIN PLAIN\r\n250 SIZE 1000\r\n",
        "235 hello\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "550 no such user\r\n",
        "354 go\r\n",
        "250 2.0.0 queued as 42\r\n",
    ];
    let mut session = session(&says).starttls("mx.example", "localhost").unwrap();
    session.login("me", "secret").unwrap();
    let delivery =
        session.send("a@example.com", &["b@example.com", "c@example.com"], b"Subject: x\n\n.\n..b\n").unwrap();
    assert_eq!((delivery.accepted, delivery.said.as_str()), (1, "2.0.0 queued as 42"));
    assert_eq!(delivery.refused, ["c@example.com: no such user"]);
    assert_eq!(
        session.link.heard(),
        "EHLO localhost\r\nSTARTTLS\r\n[TLS mx.example]\r\nEHLO localhost\r\nAUTH PLAIN AG1lAHNlY3JldA==\r\n\
         MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\nDATA\r\n\
         Subject: x\r\n\r\n..\r\n...b\r\n.\r\n"
    );
}

#[test]
fn what_comes_before_tls_is_not_taken_for_what_comes_after() {
    let says = ["220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"];
    let error = session(&says).starttls("mx", "localhost").err().expect("refused");
    assert!(error.has_code("injection"), "{error}");
}

#[test]
fn a_server_without_starttls_gets_nothing() {
    let error = session(&["220 mx\r\n", "250 mx\r\n"]).starttls("mx", "localhost").err().expect("refused");
    assert!(error.is_misconfigured() && error.to_string().contains("offers no STARTTLS"), "{error}");
}

#[test]
fn a_password_does_not_go_over_a_plain_connection() {
    let mut session = session(&["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n"]);
    let error = session.login("me", "secret").unwrap_err();
    assert!(error.is_misconfigured());
    assert_eq!(session.link.heard(), "EHLO localhost\r\n");
}

#[test]
fn a_login_by_login_and_one_that_is_refused() {
    let mut refused =
        session(&["220 mx\r\n", "250-mx\r\n250 AUTH=LOGIN\r\n", "334 x\r\n", "334 y\r\n", "535 5.7.8 no\r\n"]);
    refused.link.tls = true;
    let error = refused.login("me", "wrong").unwrap_err();
    assert!(error.is_misconfigured() && error.to_string().contains("refused the login of me: 5.7.8 no"), "{error}");
    assert!(refused.link.heard().ends_with("AUTH LOGIN\r\nbWU=\r\nd3Jvbmc=\r\n"), "{}", refused.link.heard());
    let mut later = session(&["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n", "454 later\r\n"]);
    later.link.tls = true;
    assert!(later.login("me", "x").unwrap_err().is_transient());
    let mut other = session(&["220 mx\r\n", "250-mx\r\n250 AUTH GSSAPI\r\n"]);
    other.link.tls = true;
    assert!(other.login("me", "x").unwrap_err().to_string().contains("[GSSAPI]"));
}

#[test]
fn the_servers_digits_decide_on_the_error() {
    for (reply, transient, misconfigured) in
        [("421 busy\r\n", true, false), ("550 never\r\n", false, false), ("530 log in first\r\n", false, true)]
    {
        let error = session(&["220 mx\r\n", "250 mx\r\n", reply]).send("a@b", &["c@d"], b"").unwrap_err();
        assert_eq!((error.is_transient(), error.is_misconfigured()), (transient, misconfigured), "{reply}");
        assert!(error.has_code(&format!("smtp-{}", &reply[..3])));
    }
    // Of two recipients that are refused, the one that may be accepted later counts.
    let says = ["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "550 never\r\n", "450 later\r\n"];
    assert!(session(&says).send("a@b", &["c@d", "e@f"], b"").unwrap_err().is_transient());
}

#[test]
fn a_server_that_is_none_is_told_so() {
    let greet = |says: &[&'static str]| Session::greet(Script::new(says), "mx", "localhost").err().expect("refused");
    assert!(greet(&["HTTP/1.1 400 Bad Request\r\n"]).to_string().contains("does not speak SMTP: it said `HTTP/1.1"));
    assert!(greet(&["220-a\r\n"]).to_string().contains("closed the connection"));
    assert!(greet(&["554 go away\r\n"]).to_string().contains("refused greeting: 554 go away"));
    let long: &'static str = "220 ".to_owned().leak();
    let endless: Vec<&'static str> = std::iter::repeat_n(long, 2000).collect();
    assert!(greet(&endless).to_string().contains("a line without end"));
    let many: Vec<&'static str> = std::iter::repeat_n("220-more\r\n", 200).collect();
    assert!(greet(&many).to_string().contains("does not speak SMTP"));
}
