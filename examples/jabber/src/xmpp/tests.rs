// SPDX-License-Identifier: MIT OR Apache-2.0

use std::{collections::VecDeque, io};

use super::*;

/// A server that says its piece, block by block, whatever it hears.
#[derive(Default)]
pub struct Script {
    says: VecDeque<String>,
    pub heard: std::rc::Rc<std::cell::RefCell<String>>,
}

impl Script {
    pub fn new(says: &[&str]) -> Self {
        Self { says: says.iter().map(|said| (*said).to_owned()).collect(), ..Self::default() }
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(says) = self.says.pop_front() else { return Ok(0) };
        let length = says.len().min(buffer.len());
        buffer[..length].copy_from_slice(&says.as_bytes()[..length]);
        if length < says.len() {
            self.says.push_front(says[length..].to_owned());
        }
        Ok(length)
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.heard.borrow_mut().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Link for Script {
    fn tls(self, name: &str) -> io::Result<Self> {
        self.heard.borrow_mut().push_str(&format!("[TLS {name}]"));
        Ok(self)
    }
}

const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='s' version='1.0'>";
const PLAIN: &str = "<stream:features><mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>";

fn jid() -> Jid {
    Jid::try_from("me@example.com".to_owned()).unwrap()
}

/// A server that logs us in and then says this.
fn logged_in(says: &[&str]) -> (Session<Script>, std::rc::Rc<std::cell::RefCell<String>>) {
    let mut all = vec![OPEN, PLAIN, "<success/>", OPEN, "<stream:features><bind/></stream:features>"];
    all.push("<iq type='result' id='ask1'><bind><jid>me@example.com/x</jid></bind></iq>");
    all.extend(says);
    let script = Script::new(&all);
    let heard = std::rc::Rc::clone(&script.heard);
    (Session::log_in(script, &jid(), "p", "example.com").unwrap(), heard)
}

fn friend() -> Jid {
    Jid::try_from("friend@example.com".to_owned()).unwrap()
}

#[test]
fn tls_comes_before_anything_else() {
    let says = [OPEN, "<stream:features><starttls/></stream:features>", "<proceed/>"];
    let script = Script::new(&says);
    let heard = std::rc::Rc::clone(&script.heard);
    assert!(starttls(script, &jid(), "example.com").is_ok());
    assert!(heard.borrow().ends_with("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>[TLS example.com]"));
    let says = [OPEN, PLAIN];
    let error = starttls(Script::new(&says), &jid(), "example.com").err().expect("refused");
    assert!(error.is_misconfigured() && error.has_code("no-starttls"), "{error}");
    let says = [OPEN, "<stream:features><starttls/></stream:features>", "<proceed/><stream:features/>"];
    let error = starttls(Script::new(&says), &jid(), "example.com").err().expect("refused");
    assert!(error.has_code("injection"), "{error}");
    let says = [OPEN, "<stream:error><host-unknown/><text>no such host</text></stream:error>"];
    let error = starttls(Script::new(&says), &jid(), "example.com").err().expect("refused");
    assert!(error.is_misconfigured() && error.to_string().contains("host-unknown (no such host)"), "{error}");
}

#[test]
fn somebody_is_told() {
    let (mut session, heard) = logged_in(&["<presence from='a@b/c'/>", "<iq type='result' id='ask2'/>"]);
    assert_eq!(session.me(), "me@example.com/x");
    assert!(matches!(session.tell(&friend(), "job-1", "</body>&\u{0}\nx").unwrap(), Said::Taken));
    assert!(heard.borrow().contains(
        "<message to='friend@example.com' type='chat' id='job-1'><body>&lt;/body&gt;&amp;\nx</body></message>"
    ));
}

#[test]
fn errors_are_sorted_by_what_could_help() {
    for (kind, condition, transient, misconfigured) in [
        ("wait", "resource-constraint", true, false),
        ("cancel", "service-unavailable", false, false),
        ("auth", "forbidden", false, true),
        ("cancel", "remote-server-not-found", false, false),
    ] {
        let error =
            format!("<message type='error' id='job-1' from='x'><error type='{kind}'><{condition}/></error></message>");
        let (mut session, _) = logged_in(&[&error, "<iq type='error' id='ask2'/>"]);
        let Said::Refused(error) = session.tell(&friend(), "job-1", "x").unwrap() else { panic!("taken") };
        assert_eq!((error.is_transient(), error.is_misconfigured()), (transient, misconfigured), "{error}");
        assert!(error.has_code(&format!("xmpp-{condition}")), "{error}");
    }
    let (mut session, _) = logged_in(&["<stream:error><system-shutdown/></stream:error>"]);
    assert!(session.tell(&friend(), "job-1", "x").unwrap_err().is_transient());
    let (mut session, _) = logged_in(&[]);
    assert!(session.tell(&friend(), "job-1", "x").unwrap_err().to_string().contains("closed the connection"));
}

#[test]
fn a_login_that_is_refused() {
    for (failure, transient) in [("not-authorized", false), ("temporary-auth-failure", true)] {
        let failure = format!("<failure><{failure}/></failure>");
        let error = Session::log_in(Script::new(&[OPEN, PLAIN, &failure]), &jid(), "p", "s").err().expect("refused");
        assert_eq!((error.is_transient(), error.is_misconfigured()), (transient, !transient), "{error}");
    }
    let other = "<stream:features><mechanisms><mechanism>GSSAPI</mechanism></mechanisms></stream:features>";
    let error = Session::log_in(Script::new(&[OPEN, other]), &jid(), "p", "s").err().expect("refused");
    assert!(error.to_string().contains("[GSSAPI]"), "{error}");
    // With SCRAM a server cannot merely say that it is well.
    let scram = "<stream:features><mechanisms><mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>";
    let error = Session::log_in(Script::new(&[OPEN, scram, "<success/>"]), &jid(), "p", "s").err().expect("refused");
    assert!(error.has_code("sasl"), "{error}");
}

#[test]
fn a_room_is_told() {
    let room = Jid::try_from("soc@rooms.example.com".to_owned()).unwrap();
    let others = "<presence from='soc@rooms.example.com/other'/><message from='soc@rooms.example.com' type='groupchat'><subject/></message>";
    let joined = "<presence from='soc@rooms.example.com/bot'><x><status code='110'/></x></presence>";
    let repeated = "<message from='soc@rooms.example.com/bot' type='groupchat' id='job-1'><body>x</body></message>";
    let (mut session, heard) = logged_in(&[others, joined, repeated]);
    assert!(matches!(session.tell_room(&room, "bot", Some("p<"), "job-1", "x").unwrap(), Said::Taken));
    assert!(heard.borrow().contains("<password>p&lt;</password>") && heard.borrow().ends_with("type='unavailable'/>"));
    let banned =
        "<presence from='soc@rooms.example.com/bot' type='error'><error type='auth'><forbidden/></error></presence>";
    let (mut session, _) = logged_in(&[others, banned]);
    let Said::Refused(error) = session.tell_room(&room, "bot", None, "job-1", "x").unwrap() else { panic!("taken") };
    assert!(error.is_misconfigured() && error.has_code("xmpp-forbidden"), "{error}");
}
