// SPDX-License-Identifier: MIT OR Apache-2.0

//! The XML of XMPP: what we say is escaped, what the server says is bounded in size and depth. There are no entities but the five
//! that XML has, no processing instructions and no document types.

use std::io::{self, BufReader, Read, Write};

use prelude_trigger_guest::{Error, net, template::visible};
use quick_xml::{Reader, events::Event};

/// The largest stanza, in bytes, the deepest, in elements, and as much as a server may say in one job.
const LARGEST: u64 = 256 << 10;
const DEEPEST: usize = 32;
const MOST: u64 = 4 << 20;

/// An element that has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Element {
    /// Without its prefix.
    pub name: String,
    attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// A text as it may stand between tags and in attributes. What XML has no way to say is left out.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\t' | '\n' => safe.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => safe.push(character),
        }
    }
    safe
}

/// A connection on which an XML stream runs.
pub struct Wire<S: Read> {
    reader: Reader<BufReader<io::Take<S>>>,
    server: String,
    /// As much as may still come.
    left: u64,
}

impl<S: Read + Write> Wire<S> {
    pub fn new(stream: S, server: &str) -> Self {
        Self::bounded(stream, server, MOST)
    }

    fn bounded(stream: S, server: &str, left: u64) -> Self {
        Self { reader: reader(stream.take(LARGEST)), server: server.to_owned(), left }
    }

    /// The connection, for another stream on it; none when something has come that was not read, which would be taken for
    /// what was said on that other stream.
    pub fn into_stream(self) -> Option<S> {
        let buffered = self.reader.into_inner();
        buffered.buffer().is_empty().then(|| buffered.into_inner().into_inner())
    }

    /// Begins a stream anew on the same connection, as after a login.
    pub fn restart(self) -> Result<Self, Error> {
        let (server, left) = (self.server.clone(), self.left);
        let said =
            Error::permanent(format!("{server} sent more than its answer: someone is in between")).code("injection");
        Ok(Self::bounded(self.into_stream().ok_or(said)?, &server, left))
    }

    pub fn say(&mut self, xml: &str) -> Result<(), Error> {
        let stream = self.reader.get_mut().get_mut().get_mut();
        let written = stream.write_all(xml.as_bytes()).and_then(|()| stream.flush());
        written.map_err(|error| net::failure(&format!("writing to {}", self.server), &error))
    }

    /// The server's opening tag of a stream.
    pub fn open(&mut self) -> Result<(), Error> {
        match self.next()? {
            Some((element, false)) if element.name == "stream" => Ok(()),
            _ => Err(self.odd("it opens no stream")),
        }
    }

    /// The next element with all that is in it; none when the stream ends.
    pub fn element(&mut self) -> Result<Option<Element>, Error> {
        let Some((element, empty)) = self.next()? else { return Ok(None) };
        if empty { Ok(Some(element)) } else { self.fill(element, 1).map(Some) }
    }

    fn fill(&mut self, mut element: Element, depth: usize) -> Result<Element, Error> {
        if depth > DEEPEST {
            return Err(self.odd("its elements are too deep"));
        }
        loop {
            let mut buffer = Vec::new();
            match self.event(&mut buffer)? {
                Event::End(_) => return Ok(element),
                Event::Text(text) => {
                    let text = text.unescape().map_err(|error| self.odd(&error.to_string()))?;
                    element.text.push_str(&text);
                }
                Event::CData(data) => element.text.push_str(&String::from_utf8_lossy(&data)),
                Event::Start(tag) => {
                    let child = self.tag(&tag)?;
                    let child = self.fill(child, depth + 1)?;
                    element.children.push(child);
                }
                Event::Empty(tag) => {
                    let child = self.tag(&tag)?;
                    element.children.push(child);
                }
                Event::Eof => return Err(self.odd("it ended within an element")),
                _ => return Err(self.odd("it sends XML that XMPP does not have")),
            }
        }
    }

    /// The next tag between elements, and whether it is empty.
    fn next(&mut self) -> Result<Option<(Element, bool)>, Error> {
        // A stanza of its own gets room of its own, out of what may come in all.
        self.renew()?;
        loop {
            let mut buffer = Vec::new();
            return match self.event(&mut buffer)? {
                // Blanks keep a connection alive.
                Event::Decl(_) | Event::Text(_) => continue,
                Event::Start(tag) => Ok(Some((self.tag(&tag)?, false))),
                Event::Empty(tag) => Ok(Some((self.tag(&tag)?, true))),
                Event::End(_) | Event::Eof => Ok(None),
                _ => Err(self.odd("it sends XML that XMPP does not have")),
            };
        }
    }

    fn renew(&mut self) -> Result<(), Error> {
        let take = self.reader.get_mut().get_mut();
        let used = LARGEST.saturating_sub(take.limit());
        take.set_limit(LARGEST);
        match self.left.checked_sub(used) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.odd("it talks without end")),
        }
    }

    fn event<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Event<'b>, Error> {
        let event = self.reader.read_event_into(buffer);
        event.map_err(|error| match error {
            quick_xml::Error::Io(error) => net::failure(&format!("reading from {}", self.server), &error),
            error if self.reader.get_mut().get_mut().limit() == 0 => {
                self.odd(&format!("a stanza is too large ({error})"))
            }
            error => self.odd(&error.to_string()),
        })
    }

    fn tag(&self, tag: &quick_xml::events::BytesStart<'_>) -> Result<Element, Error> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut element = Element { name: text(tag.local_name().as_ref()), ..Element::default() };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.odd(&error.to_string()))?;
            let value = attribute.unescape_value().map_err(|error| self.odd(&error.to_string()))?;
            element.attributes.push((text(attribute.key.as_ref()), value.into_owned()));
        }
        Ok(element)
    }

    /// The server does not speak as it should.
    pub fn odd(&self, what: &str) -> Error {
        let message = format!("{} does not speak XMPP: {}", self.server, visible(what, 120));
        Error::transient(message).code("not-xmpp")
    }
}

fn reader<S: Read>(stream: io::Take<S>) -> Reader<BufReader<io::Take<S>>> {
    Reader::from_reader(BufReader::with_capacity(4096, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection on which all has been said.
    struct Said(io::Cursor<Vec<u8>>);

    impl Read for Said {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(100);
            self.0.read(&mut buffer[..length])
        }
    }

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wire(said: &str) -> Wire<Said> {
        Wire::new(Said(io::Cursor::new(said.as_bytes().to_vec())), "xmpp.example")
    }

    #[test]
    fn elements_come_one_by_one() {
        let mut wire =
            wire("<?xml version='1.0'?><stream:stream a='b'> <a x='1&amp;2'>t&lt;<b/>u</a>\n<c:d/></stream:stream>");
        wire.open().unwrap();
        let a = wire.element().unwrap().unwrap();
        assert_eq!((a.name.as_str(), a.attribute("x"), a.text.as_str()), ("a", "1&2", "t<u"));
        assert!(a.child("b").is_some() && a.attribute("y").is_empty());
        assert_eq!(wire.element().unwrap().unwrap().name, "d");
        assert_eq!(wire.element().unwrap(), None);
    }

    #[test]
    fn what_is_not_xmpp_is_refused() {
        for said in [
            "HTTP/1.1 400 Bad Request",
            "<html>",
            "<stream/>",
            "<stream:stream><a>",
            "<stream:stream><a></b>",
            "<stream:stream><!DOCTYPE x [<!ENTITY e 'eeee'>]><a>&e;</a>",
            "<stream:stream><a>&e;</a>",
            "<stream:stream><a><?php?></a>",
            &format!("<stream:stream>{}", "<a>".repeat(100)),
            &format!("<stream:stream><a>{}</a>", "x".repeat(300_000)),
            &format!("<stream:stream>{}", "<a>1</a>".repeat(600_000)),
        ] {
            let mut wire = wire(said);
            let mut read = || -> Result<(), Error> {
                wire.open()?;
                while wire.element()?.is_some() {}
                Ok(())
            };
            let error = read().expect_err(said.get(..40).unwrap_or(said));
            assert!(error.has_code("not-xmpp"), "{error}");
        }
    }

    #[test]
    fn what_we_say_is_escaped() {
        assert_eq!(escaped("a<b>&\"'\u{0}\u{b}\u{ffff}\n"), "a&lt;b&gt;&amp;&quot;&apos;\n");
    }

    #[test]
    fn nothing_is_left_over_for_another_stream() {
        let mut clean = wire("<stream:stream><proceed/>");
        clean.open().unwrap();
        clean.element().unwrap();
        assert!(clean.into_stream().is_some());
        let mut more = wire("<stream:stream><proceed/><stream:features/>");
        more.open().unwrap();
        more.element().unwrap();
        assert!(more.into_stream().is_none());
    }
}
