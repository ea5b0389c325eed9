// SPDX-License-Identifier: MIT OR Apache-2.0

//! A client's part of XMPP (RFC 6120, RFC 6121, XEP-0045): connect, log in, say something, leave.

use std::io::{Read, Write};

use prelude_trigger_guest::{Error, net, random_bytes, template::visible};

use crate::{
    config::Jid,
    sasl::{Login, Mechanism},
    xml::{Element, Wire, escaped},
};

/// A connection that can be put under TLS.
pub trait Link: Read + Write + Sized {
    /// Goes on under TLS.
    fn tls(self, name: &str) -> std::io::Result<Self>;
}

impl Link for net::Stream {
    fn tls(self, name: &str) -> std::io::Result<Self> {
        net::Stream::tls(self, name)
    }
}

/// A session that is logged in.
pub struct Session<L: Link> {
    wire: Wire<L>,
    server: String,
    me: String,
    /// Counts our questions.
    asked: u32,
}

/// What has become of one message.
#[derive(Debug)]
pub enum Said {
    /// The server has it.
    Taken,
    Refused(Error),
}

/// Begins in plain text and goes on under TLS; a server that cannot is not talked to any further.
pub fn starttls<L: Link>(link: L, jid: &Jid, server: &str) -> Result<L, Error> {
    let mut wire = Wire::new(link, server);
    let features = open(&mut wire, jid)?;
    if features.child("starttls").is_none() {
        return Err(Error::misconfigured(format!("{server} offers no TLS")).code("no-starttls"));
    }
    wire.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")?;
    match wire.element()? {
        Some(answer) if answer.name == "proceed" => {}
        Some(answer) => return Err(unexpected(server, "TLS", &answer)),
        None => return Err(gone(server)),
    }
    let said = Error::permanent(format!("{server} sent more than its answer before TLS: someone is in between"));
    let link = wire.into_stream().ok_or(said.code("injection"))?;
    link.tls(&jid.domain).map_err(|error| net::failure(&format!("TLS with {server}"), &error))
}

/// Opens a stream and hears what the server can.
fn open<L: Link>(wire: &mut Wire<L>, jid: &Jid) -> Result<Element, Error> {
    wire.say(&format!(
        "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>",
        escaped(&jid.domain)
    ))?;
    wire.open()?;
    match wire.element()? {
        Some(features) if features.name == "features" => Ok(features),
        Some(error) if error.name == "error" => Err(stream_error(&error)),
        _ => Err(wire.odd("it does not say what it can")),
    }
}

impl<L: Link> Session<L> {
    /// Logs in over a connection that is under TLS.
    pub fn log_in(link: L, jid: &Jid, password: &str, server: &str) -> Result<Self, Error> {
        let mut wire = Wire::new(link, server);
        let features = open(&mut wire, jid)?;
        authenticate(&mut wire, &features, jid, password, server)?;
        let mut wire = wire.restart()?;
        let features = open(&mut wire, jid)?;
        if features.child("bind").is_none() {
            return Err(wire.odd("it lets nobody bind a resource"));
        }
        let mut session = Self { wire, server: server.to_owned(), me: jid.to_string(), asked: 0 };
        let answer = session.ask("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", &mut |_| {})?;
        if answer.attribute("type") != "result" {
            return Err(stanza_error("the session", &answer));
        }
        if let Some(jid) = answer.child("bind").and_then(|bind| bind.child("jid")) {
            session.me = jid.text.trim().to_owned();
        }
        Ok(session)
    }

    /// Tells one person. An answer that comes from another server may come later than we listen.
    pub fn tell(&mut self, to: &Jid, id: &str, text: &str) -> Result<Said, Error> {
        let to = to.to_string();
        self.wire.say(&format!(
            "<message to='{}' type='chat' id='{}'><body>{}</body></message>",
            escaped(&to),
            escaped(id),
            escaped(text)
        ))?;
        // The server answers in order: with what it says to this it has dealt with the message.
        let mut said = Said::Taken;
        let mut hear = |stanza: &Element| {
            if stanza.name == "message" && stanza.attribute("type") == "error" && stanza.attribute("id") == id {
                said = Said::Refused(stanza_error(&to, stanza));
            }
        };
        self.ask("get", "<ping xmlns='urn:xmpp:ping'/>", &mut hear)?;
        Ok(said)
    }

    /// Comes into a room, says it, and leaves.
    pub fn tell_room(
        &mut self,
        room: &Jid,
        nick: &str,
        password: Option<&str>,
        id: &str,
        text: &str,
    ) -> Result<Said, Error> {
        let (room, seat) = (escaped(&room.to_string()), format!("{room}/{nick}"));
        let password = password.map(|password| format!("<password>{}</password>", escaped(password)));
        self.wire.say(&format!(
            "<presence to='{}' id='join'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/>{}</x></presence>",
            escaped(&seat),
            password.unwrap_or_default()
        ))?;
        loop {
            let stanza = self.stanza()?;
            if stanza.name != "presence" || !from_room(&stanza, &seat) {
                continue;
            }
            if stanza.attribute("type") == "error" {
                return Ok(Said::Refused(stanza_error(&seat, &stanza)));
            }
            let status = |code: &str| {
                let extensions = stanza.children.iter().filter(|child| child.name == "x");
                extensions
                    .flat_map(|x| &x.children)
                    .any(|status| status.name == "status" && status.attribute("code") == code)
            };
            // Our own presence, or, from old services that do not mark it, one that bears our name.
            if status("110") || stanza.attribute("from") == seat {
                break;
            }
        }
        let message = format!(
            "<message to='{room}' type='groupchat' id='{}'><body>{}</body></message>",
            escaped(id),
            escaped(text)
        );
        self.wire.say(&message)?;
        let said = loop {
            let stanza = self.stanza()?;
            if stanza.name != "message" || !from_room(&stanza, &seat) {
                continue;
            }
            match stanza.attribute("type") {
                "error" => break Said::Refused(stanza_error(&seat, &stanza)),
                // The room repeats what it has told everyone.
                "groupchat"
                    if stanza.attribute("id") == id || stanza.child("body").is_some_and(|body| body.text == text) =>
                {
                    break Said::Taken;
                }
                _ => {}
            }
        };
        self.wire.say(&format!("<presence to='{}' type='unavailable'/>", escaped(&seat)))?;
        Ok(said)
    }

    /// Leaves; what was said has been taken, so nobody waits for an answer.
    pub fn close(mut self) {
        let _ = self.wire.say("</stream:stream>");
    }

    /// Asks the server and hears what else it says until it answers.
    fn ask(&mut self, kind: &str, question: &str, hear: &mut dyn FnMut(&Element)) -> Result<Element, Error> {
        self.asked += 1;
        let id = format!("ask{}", self.asked);
        self.wire.say(&format!("<iq type='{kind}' id='{id}'>{question}</iq>"))?;
        loop {
            let stanza = self.stanza()?;
            let answers = matches!(stanza.attribute("type"), "result" | "error");
            if stanza.name == "iq" && answers && stanza.attribute("id") == id {
                return Ok(stanza);
            }
            hear(&stanza);
        }
    }

    fn stanza(&mut self) -> Result<Element, Error> {
        match self.wire.element()? {
            Some(error) if error.name == "error" => Err(stream_error(&error)),
            Some(stanza) => Ok(stanza),
            None => Err(gone(&self.server)),
        }
    }

    /// Our full address.
    pub fn me(&self) -> &str {
        &self.me
    }
}

/// Whether a stanza is from the room of this seat, or from someone in it.
fn from_room(stanza: &Element, seat: &str) -> bool {
    let room = |address: &str| address.split('/').next().unwrap_or_default().to_lowercase();
    room(stanza.attribute("from")) == room(seat)
}

fn authenticate<L: Link>(
    wire: &mut Wire<L>,
    features: &Element,
    jid: &Jid,
    password: &str,
    server: &str,
) -> Result<(), Error> {
    let offered = features.child("mechanisms").map(|mechanisms| mechanisms.children.as_slice()).unwrap_or_default();
    let mechanism =
        Mechanism::ALL.into_iter().find(|known| offered.iter().any(|offer| offer.text.trim() == known.name()));
    let Some(mechanism) = mechanism else {
        let offered: Vec<_> = offered.iter().map(|offer| offer.text.trim()).collect();
        let message =
            format!("{server} offers no way to log in that we know, but [{}]", visible(&offered.join(", "), 200));
        return Err(Error::misconfigured(message).code("no-login"));
    };
    let (mut login, first) = Login::new(mechanism, &jid.local, password, &random_bytes::<18>());
    wire.say(&format!(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{}'>{first}</auth>",
        mechanism.name()
    ))?;
    loop {
        let answer = wire.element()?.ok_or_else(|| gone(server))?;
        match answer.name.as_str() {
            "challenge" => {
                let response = login.answer(&answer.text)?;
                wire.say(&format!("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{response}</response>"))?;
            }
            "success" if login.proved(&answer.text) => return Ok(()),
            "success" => {
                let message = format!("{server} let us in without proving that it knows the password");
                return Err(Error::permanent(message).code("sasl"));
            }
            "failure" => {
                let reason = answer.children.first().map_or("failure", |child| child.name.as_str());
                let message = format!("{server} refused the login of {jid}: {}", visible(reason, 80));
                let error = match reason {
                    "temporary-auth-failure" => Error::transient(message),
                    _ => Error::misconfigured(message),
                };
                return Err(error.code(format!("sasl-{}", word(reason))));
            }
            "error" => return Err(stream_error(&answer)),
            _ => return Err(unexpected(server, "the login", &answer)),
        }
    }
}

fn gone(server: &str) -> Error {
    Error::transient(format!("{server} closed the connection")).code("connection")
}

fn unexpected(server: &str, to: &str, answer: &Element) -> Error {
    Error::transient(format!("{server} answered {to} by <{}>", visible(&answer.name, 40))).code("not-xmpp")
}

/// A condition as a word for programs.
fn word(text: &str) -> String {
    text.chars().filter(|character| character.is_ascii_lowercase() || *character == '-').take(40).collect()
}

fn condition(error: &Element) -> (&str, String) {
    let named = error.children.iter().find(|child| child.name != "text").map_or("unknown", |child| child.name.as_str());
    let text = error.child("text").map(|text| format!(" ({})", visible(text.text.trim(), 200)));
    (named, text.unwrap_or_default())
}

/// RFC 6120, section 4.9.3.
fn stream_error(error: &Element) -> Error {
    let (condition, text) = condition(error);
    let message = format!("the server ended the stream: {}{text}", visible(condition, 40));
    let error = match condition {
        "host-unknown" | "host-gone" | "not-authorized" | "invalid-from" => Error::misconfigured(message),
        "policy-violation" | "not-well-formed" | "invalid-xml" | "restricted-xml" => Error::permanent(message),
        _ => Error::transient(message),
    };
    error.code(format!("xmpp-{}", word(condition)))
}

/// RFC 6120, section 8.3.2: the type says whether another attempt could help.
fn stanza_error(to: &str, stanza: &Element) -> Error {
    let Some(error) = stanza.child("error") else {
        return Error::permanent(format!("{to}: refused without a reason")).code("xmpp");
    };
    let (condition, text) = condition(error);
    let message = format!("{}: {}{text}", visible(to, 200), visible(condition, 40));
    let failed = match (error.attribute("type"), condition) {
        // Somebody of our name is in the room: most likely ourselves, about another alert.
        ("wait", _) | (_, "conflict" | "remote-server-timeout" | "resource-constraint") => Error::transient(message),
        ("auth", _) => Error::misconfigured(message),
        _ => Error::permanent(message),
    };
    failed.code(format!("xmpp-{}", word(condition)))
}

#[cfg(test)]
mod tests;
