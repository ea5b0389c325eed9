//! What this room promises, checked against hand-made bytes, generated messages, hostile bytes, libprelude itself, and
//! the real messages of a directory that the environment variable `PRELUDE_TRIGGER_CORPUS` names (`alerts.bin`: wire
//! messages one after another; `alerts.jsonl`: what libprelude printed of them).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod corpus;
mod damaged;
mod generate;
mod hostile;
mod json;
mod oracle;
mod paths;
mod scope;
mod values;

use super::*;

/// The wire messages of a recording, as the daemon gets them.
fn split(recording: &[u8]) -> Vec<Vec<u8>> {
    let messages = crate::source::recording::Recording::new(recording);
    let wire = messages.map(|recorded| match recorded.unwrap().content {
        crate::source::recording::Content::Wire(wire) => wire,
        crate::source::recording::Content::Json(_) => panic!("a wire message"),
    });
    wire.collect()
}

/// One item of the wire format.
fn item(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[tag][..], &length, bytes].concat()
}

/// A header and `body`.
fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[1, 0, 2, 0][..], &length, &[0; 8], body].concat()
}

/// An alert with these items in it.
fn alert(items: &[Vec<u8>]) -> Vec<u8> {
    let mut body = item(27, &[]);
    body.extend(items.concat());
    body.extend(item(254, &[]));
    body.extend(item(254, &[]));
    framed(&body)
}

/// An object of the wire format.
fn object(tag: u8, items: &[Vec<u8>]) -> Vec<u8> {
    [item(tag, &[]), items.concat(), item(254, &[])].concat()
}

fn path(text: &str) -> Path {
    text.parse().unwrap_or_else(|error: PathError| panic!("{text}: {error}"))
}

fn texts(message: &Message, text: &str) -> Vec<String> {
    message.values(&path(text)).iter().map(|value| value.text().into_owned()).collect()
}
