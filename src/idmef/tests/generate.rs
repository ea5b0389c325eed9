//! Messages by chance, as wire bytes that are put together here and not by the encoder under test.

use std::fmt;

use proptest::prelude::*;

use super::{super::schema, framed, item};
use schema::{Class, Integer, List, Presence, Type};

/// A strategy for wire messages that libprelude reads, and that its own encoder could have written but for the order.
pub(super) fn wire() -> impl Strategy<Value = Wire> {
    prop::collection::vec(any::<u32>(), 0..600).prop_map(|choices| Wire(message(&choices)))
}

/// Wire bytes, shown as a string.
#[derive(Clone)]
pub(super) struct Wire(pub(super) Vec<u8>);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Chances, taken one by one. When they are used up every choice is 0, which always means less: that is how failures
/// shrink.
struct Tape<'c>(std::slice::Iter<'c, u32>);

impl Tape<'_> {
    fn next(&mut self) -> u32 {
        self.0.next().copied().unwrap_or_default()
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end
    }

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }
}

fn message(choices: &[u32]) -> Vec<u8> {
    let mut tape = Tape(choices.iter());
    let mut body = Vec::new();
    if tape.below(2) == 1 {
        body.extend(item(29, b"0.6\0"));
    }
    let kind = 1 + tape.below(2);
    let Type::Class(class) = schema::MESSAGE.children[kind].kind else { panic!() };
    object(&mut tape, class, 0, &mut body);
    body.extend(item(schema::END, &[]));
    framed(&body)
}

fn object(tape: &mut Tape<'_>, class: &'static Class, depth: usize, into: &mut Vec<u8>) {
    into.extend(item(class.tag, &[]));
    let alternative = tape.below(5);
    let mut pieces = Vec::new();
    let mut alternatives = 0;
    for child in class.children {
        let mut piece = Vec::new();
        let count = match (child.list, child.presence) {
            (List::Many | List::Keyed, _) => tape.below(8).saturating_sub(4),
            (_, Presence::Alternative) => {
                alternatives += 1;
                usize::from(alternatives == alternative)
            }
            // Without it libprelude would take the time of decoding.
            _ if child.name == "create_time" && class.name != "file" => 1,
            _ => tape.below(2),
        };
        for _ in 0..count {
            match child.kind {
                Type::Class(_) if depth > 8 => {}
                Type::Class(class) => object(tape, class, depth + 1, &mut piece),
                Type::Data => data(tape, child.tag(), &mut piece),
                kind => piece.extend(item(child.tag(), &scalar(tape, kind))),
            }
        }
        pieces.push(piece);
    }
    if tape.below(4) == 1 {
        pieces.reverse();
    }
    into.extend(pieces.concat());
    into.extend(item(schema::END, &[]));
}

fn text(tape: &mut Tape<'_>) -> Vec<u8> {
    let pieces: &[&[u8]] = &[
        b"a",
        b"Rule ID",
        b"192.0.2.7",
        b"-",
        "häß €".as_bytes(),
        "\u{202e}".as_bytes(),
        b"\xff\xfe",
        b"\xe2\x82",
        b"\n\t\r",
        b"\x1b[31m",
        b"\x01\x7f",
        b"'\"\\",
        b"{alert.messageid}",
        b"; rm -rf /",
        b"<empty",
        b"/usr/bin/x",
        b"http.user_agent (x)",
    ];
    let mut text = tape.pick(pieces).to_vec();
    for _ in 0..tape.below(3) {
        text.extend_from_slice(tape.pick(pieces));
    }
    text.push(0);
    text
}

/// Positive offsets and whole hours, where libprelude prints offsets right, and times that do not wrap around.
fn time(tape: &mut Tape<'_>) -> Vec<u8> {
    let seconds = [1_795_271_400, 86_400, 4_294_900_000][tape.below(3)] + tape.next() % 1000;
    let microseconds = tape.next() % 1_000_000;
    let offset = [0, 7200, 19_800, -18_000, -3600][tape.below(5)];
    [seconds.to_be_bytes(), microseconds.to_be_bytes(), i32::to_be_bytes(offset)].concat()
}

/// What six decimals show exactly.
fn float(tape: &mut Tape<'_>) -> Vec<u8> {
    let number = f32::from(u16::try_from(tape.below(60_000)).unwrap()) / 64.0 - 100.0;
    number.to_be_bytes().to_vec()
}

fn scalar(tape: &mut Tape<'_>, kind: Type) -> Vec<u8> {
    let wide = [u64::from(tape.next()), 0, 1, u64::MAX, 80, 1 << 63][tape.below(6)];
    match kind {
        Type::Text => text(tape),
        Type::Integer(kind) => wide.to_be_bytes()[8 - kind.width()..].to_vec(),
        Type::Float => float(tape),
        Type::Time => time(tape),
        Type::Enumeration(names) => {
            let number = tape.below(names.names.len() + 3);
            let unknown = [-1, i32::MAX, i32::MIN][tape.below(3)];
            let number = if number == names.names.len() + 2 { unknown } else { i32::try_from(number).unwrap() };
            number.to_be_bytes().to_vec()
        }
        Type::Data | Type::Class(_) => panic!("not a scalar"),
    }
}

fn data(tape: &mut Tape<'_>, tag: u8, into: &mut Vec<u8>) {
    let kind = tape.below(10);
    let bytes = match kind {
        1 => vec![b"aZ~ 0"[tape.below(5)]],
        2 => vec![u8::try_from(tape.below(256)).unwrap()],
        3 => tape.next().to_be_bytes().to_vec(),
        4 => scalar(tape, Type::Integer(Integer::U64)),
        5 => float(tape),
        6 => text(tape),
        7 => (0..tape.below(9)).map(|_| u8::try_from(tape.below(256)).unwrap()).collect(),
        8 => time(tape),
        _ => vec![1, 2, 3],
    };
    into.extend(item(tag, &u32::try_from(kind).unwrap().to_be_bytes()));
    into.extend(item(tag, &bytes));
}
