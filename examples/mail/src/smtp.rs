// SPDX-License-Identifier: MIT OR Apache-2.0

//! The client's side of SMTP (RFC 5321), with STARTTLS (RFC 3207) and AUTH (RFC 4954).
//!
//! What the server says is bounded, and everything it says is for the operator's eyes only: nothing of it decides on more than
//! how the job ends. Whatever was received before TLS is forgotten under TLS; a server, or someone in between, that sends more
//! than its answer before the handshake is not talked to.

use std::io::{Read, Write};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use prelude_trigger_guest::{Error, net, template::visible};

/// The longest line that is read, in bytes; RFC 5321 allows 512.
const LONGEST: usize = 4096;

/// As many lines as one answer may have.
const MOST_LINES: usize = 128;

/// A connection that can be put under TLS.
pub trait Link: Read + Write + Sized {
    /// Goes on under TLS.
    fn tls(self, name: &str) -> std::io::Result<Self>;
    /// Whether it is under TLS.
    fn is_tls(&self) -> bool;
}

impl Link for net::Stream {
    fn tls(self, name: &str) -> std::io::Result<Self> {
        net::Stream::tls(self, name)
    }

    fn is_tls(&self) -> bool {
        net::Stream::is_tls(self)
    }
}

/// A conversation with a server.
pub struct Session<L> {
    link: L,
    /// What has come and was not read.
    buffer: Vec<u8>,
    server: String,
    offers: Vec<String>,
}

/// What a server answered.
#[derive(Debug)]
struct Reply {
    code: u16,
    lines: Vec<String>,
}

/// Whom the server has taken the mail for, and for whom not.
#[derive(Debug, Default)]
pub struct Delivery {
    /// As many recipients as were accepted.
    pub accepted: usize,
    /// Those that were not, and why.
    pub refused: Vec<String>,
    /// What the server said when it had taken the mail; often the name it gave it.
    pub said: String,
}

impl<L: Link> Session<L> {
    /// Hears the greeting and says hello.
    pub fn greet(link: L, server: &str, hello: &str) -> Result<Self, Error> {
        let mut session = Self { link, buffer: Vec::new(), server: server.to_owned(), offers: Vec::new() };
        let greeting = session.reply()?;
        session.expect(greeting, 2, "greeting")?;
        session.hello(hello)?;
        Ok(session)
    }

    fn hello(&mut self, hello: &str) -> Result<(), Error> {
        let reply = self.command(&format!("EHLO {hello}"))?;
        let reply = if matches!(reply.code, 500..=504) { self.command(&format!("HELO {hello}"))? } else { reply };
        let reply = self.expect(reply, 2, "EHLO")?;
        self.offers = reply.lines.into_iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    /// What the server said it can: the words after a keyword.
    fn offers(&self, keyword: &str) -> Option<Vec<&str>> {
        self.offers.iter().find_map(|offer| {
            // Some old servers write `AUTH=`.
            let mut words = offer.split([' ', '=']);
            (words.next() == Some(keyword)).then(|| words.collect())
        })
    }

    /// Goes on under TLS; a server that does not offer it is not talked to any further.
    pub fn starttls(mut self, name: &str, hello: &str) -> Result<Self, Error> {
        if self.offers("STARTTLS").is_none() {
            let message =
                format!("{} offers no STARTTLS; with `security: none` the mail would go unprotected", self.server);
            return Err(Error::misconfigured(message).code("no-starttls"));
        }
        let reply = self.command("STARTTLS")?;
        self.expect(reply, 2, "STARTTLS")?;
        if !self.buffer.is_empty() {
            let message = format!("{} sent more than its answer before TLS: someone is in between", self.server);
            return Err(Error::permanent(message).code("injection"));
        }
        let link = self.link.tls(name).map_err(|error| net::failure(&format!("TLS with {}", self.server), &error))?;
        let mut session = Self { link, buffer: Vec::new(), server: self.server, offers: Vec::new() };
        session.hello(hello)?;
        Ok(session)
    }

    /// Logs in. The password goes over TLS only.
    pub fn login(&mut self, user: &str, password: &str) -> Result<(), Error> {
        if !self.link.is_tls() {
            let message = "a password is sent over TLS only: `security: none` and `user` do not go together";
            return Err(Error::misconfigured(message).code("no-tls"));
        }
        let offered = self.offers("AUTH").unwrap_or_default();
        let reply = if offered.contains(&"PLAIN") {
            let secret = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            self.command(&format!("AUTH PLAIN {secret}"))?
        } else if offered.contains(&"LOGIN") {
            let mut reply = self.command("AUTH LOGIN")?;
            for word in [user, password] {
                if reply.code == 334 {
                    reply = self.command(&BASE64_STANDARD.encode(word))?;
                }
            }
            reply
        } else {
            let offered = visible(&offered.join(", "), 200);
            let message = format!("{} offers neither PLAIN nor LOGIN to log in with, but [{offered}]", self.server);
            return Err(Error::misconfigured(message).code("no-login"));
        };
        match reply.code {
            235 => Ok(()),
            // Try again later, in so many words.
            400..=499 => Err(self.wrong(&reply, "login")),
            code => {
                let message = format!("{} refused the login of {user}: {}", self.server, reply.text());
                Err(Error::misconfigured(message).code(format!("smtp-{code}")))
            }
        }
    }

    /// Hands over one mail.
    pub fn send(&mut self, from: &str, to: &[&str], mail: &[u8]) -> Result<Delivery, Error> {
        let reply = self.command(&format!("MAIL FROM:<{from}>"))?;
        self.expect(reply, 2, "the sender")?;
        let (mut delivery, mut failure) = (Delivery::default(), None);
        for address in to {
            let reply = self.command(&format!("RCPT TO:<{address}>"))?;
            if reply.code / 100 == 2 {
                delivery.accepted += 1;
                continue;
            }
            delivery.refused.push(format!("{address}: {}", reply.text()));
            let error = self.wrong(&reply, &format!("recipient {address}"));
            // One that may be accepted later makes it worth another attempt.
            if failure.as_ref().is_none_or(|known: &Error| !known.is_transient() && error.is_transient()) {
                failure = Some(error);
            }
        }
        match failure {
            Some(error) if delivery.accepted == 0 => return Err(error),
            _ => {}
        }
        let reply = self.command("DATA")?;
        self.expect(reply, 3, "DATA")?;
        self.write(&stuffed(mail))?;
        let reply = self.reply()?;
        let reply = self.expect(reply, 2, "the mail")?;
        delivery.said = reply.text();
        Ok(delivery)
    }

    /// Says goodbye; the mail is out of our hands, so nobody waits for an answer.
    pub fn quit(mut self) {
        let _ = self.link.write_all(b"QUIT\r\n").and_then(|()| self.link.flush());
    }

    fn command(&mut self, line: &str) -> Result<Reply, Error> {
        // All that goes into commands was checked when the configuration was; this is the last line of defence.
        if line.contains(['\r', '\n', '\0']) {
            return Err(Error::permanent("an SMTP command would have had a line break in it").code("injection"));
        }
        self.write(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.link.write_all(bytes).and_then(|()| self.link.flush());
        written.map_err(|error| net::failure(&format!("writing to {}", self.server), &error))
    }

    fn reply(&mut self) -> Result<Reply, Error> {
        let mut lines = Vec::new();
        loop {
            let line = self.line()?;
            let (code, text) = line.split_at_checked(3).unwrap_or_default();
            let code: u16 = code.parse().unwrap_or_default();
            if !(200..600).contains(&code)
                || !(text.is_empty() || text.starts_with([' ', '-']))
                || lines.len() >= MOST_LINES
            {
                let message = format!("{} does not speak SMTP: it said `{}`", self.server, visible(&line, 80));
                return Err(Error::transient(message).code("not-smtp"));
            }
            lines.push(text.get(1..).unwrap_or_default().to_owned());
            if !text.starts_with('-') {
                return Ok(Reply { code, lines });
            }
        }
    }

    fn line(&mut self) -> Result<String, Error> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned());
            }
            let mut block = [0; 1024];
            let read = self.link.read(&mut block);
            let read = read.map_err(|error| net::failure(&format!("reading from {}", self.server), &error))?;
            if read == 0 || self.buffer.len() > LONGEST {
                let what = if read == 0 { "closed the connection" } else { "sends a line without end" };
                return Err(Error::transient(format!("{} {what}", self.server)).code("connection"));
            }
            self.buffer.extend_from_slice(block.get(..read).unwrap_or_default());
        }
    }

    /// The reply, if its first digit is this one.
    fn expect(&self, reply: Reply, digit: u16, to: &str) -> Result<Reply, Error> {
        if reply.code / 100 == digit { Ok(reply) } else { Err(self.wrong(&reply, to)) }
    }

    /// RFC 5321, section 4.2.1: 4yz may pass, 5yz will not. Some of the latter are the configuration's.
    fn wrong(&self, reply: &Reply, to: &str) -> Error {
        let message = format!("{} refused {to}: {} {}", self.server, reply.code, reply.text());
        let error = match reply.code {
            530 | 534 | 535 | 538 => Error::misconfigured(message),
            500..=599 => Error::permanent(message),
            _ => Error::transient(message),
        };
        error.code(format!("smtp-{}", reply.code))
    }
}

impl Reply {
    fn text(&self) -> String {
        visible(&self.lines.join(" "), 200)
    }
}

/// The mail as DATA wants it: a line that begins with a dot gets another one, and the last line is a dot.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            data.push(b'.');
        }
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => (text.strip_suffix(b"\r").unwrap_or(text), true),
            None => (line, false),
        };
        data.extend_from_slice(text);
        data.extend_from_slice(if end { b"\r\n" } else { b"" });
    }
    if !data.is_empty() && !data.ends_with(b"\r\n") {
        data.extend_from_slice(b"\r\n");
    }
    data.extend_from_slice(b".\r\n");
    data
}

#[cfg(test)]
mod tests;
