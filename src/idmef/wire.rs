//! Prelude's wire format, which is its storage format too: from bytes to a message, from a message to bytes.
//!
//! A message is a header of 16 bytes (version 1, tag, priority, fragment flag, length of the rest, seconds and
//! microseconds of its time; numbers with the most significant byte first) and then items: a tag byte, a 32-bit
//! length, and that many bytes. A tag below 29 opens an object, 254 closes it; what is between are the object's
//! children. Long messages may come as fragments, each with a header of its own; [`crate::source`] has joined them.
//!
//! Everything here may have been written by an attacker: no length is believed before the bytes are there, nothing
//! recurses, and what libprelude's decoder would merely tolerate (items after the end, a child that stands twice)
//! is an error.

use super::{
    DecodeError, Time,
    schema::{Child, END, Integer, Type},
    tree::{Builder, Item, Object, Refusal, Scalar, Tree},
};

/// Bytes of a header.
pub const HEADER: usize = 16;

/// The longest message libprelude accepts, and so do we: just under 100 MiB without the header.
pub const LONGEST: usize = (100 << 20) - 1;

const VERSION: u8 = 1;
/// The header's tag for IDMEF messages.
const IDMEF: u8 = 0;

/// What is wrong with an item, before it is said where.
type Reason = String;

/// Takes one message apart: a whole one, header included, not a fragment.
pub(super) fn decode(wire: &[u8]) -> Result<Tree, DecodeError> {
    let mut items = Items { wire, at: HEADER };
    let said = header(wire).map_err(|reason| DecodeError::at(0, &reason))?;
    if said != wire.len() - HEADER {
        let reason = format!("the header says {said} bytes follow it, but there are {}", wire.len() - HEADER);
        return Err(DecodeError::at(4, &reason));
    }
    let mut builder = Builder::new(wire.to_vec());
    loop {
        let at = items.at;
        match item(&mut items, &mut builder) {
            Ok(()) if builder.class().is_none() => break,
            Ok(()) => {}
            Err(reason) => return Err(DecodeError::at(at, &reason)),
        }
    }
    if items.at != wire.len() {
        return Err(DecodeError::at(items.at, "something follows the end of the message"));
    }
    builder.finish().map_err(|refusal| DecodeError::at(HEADER, &refusal.to_string()))
}

/// Checks the header and returns the length it says.
fn header(wire: &[u8]) -> Result<usize, Reason> {
    let Some(&[version, tag, _, fragment, a, b, c, d, ..]) = wire.first_chunk::<HEADER>() else {
        return Err(format!("{} bytes are too few for a message: its header alone has {HEADER}", wire.len()));
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    match (version, tag, fragment) {
        (VERSION, IDMEF, 0) if length > LONGEST => Err(format!("{length} bytes are more than the {LONGEST} allowed")),
        (VERSION, IDMEF, 0) => Ok(length),
        (VERSION, IDMEF, _) => Err("this is a fragment of a message, not a whole one".to_owned()),
        (VERSION, ..) => Err(format!("this is a Prelude message of kind {tag}, not an IDMEF message")),
        _ => Err(format!("protocol version {version}, expected {VERSION}: this is not a Prelude message")),
    }
}

/// The items of a message, one after another.
struct Items<'w> {
    wire: &'w [u8],
    at: usize,
}

impl<'w> Items<'w> {
    /// The next item's tag, its bytes, and where they start.
    fn next(&mut self) -> Result<(u8, &'w [u8], usize), Reason> {
        let rest = self.wire.get(self.at..).unwrap_or_default();
        let Some((&[tag, a, b, c, d], rest)) = rest.split_first_chunk::<5>() else {
            return Err("the message ends too early: an object is still open".to_owned());
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(bytes) = rest.get(..length) else {
            return Err(format!("item {tag} says it has {length} bytes, but only {} are left", rest.len()));
        };
        let start = self.at + 5;
        self.at = start + length;
        Ok((tag, bytes, start))
    }
}

/// Reads one item into the tree.
fn item(items: &mut Items<'_>, builder: &mut Builder) -> Result<(), Reason> {
    let (tag, bytes, at) = items.next()?;
    let Some(class) = builder.class() else { return Ok(()) };
    if tag == END {
        nothing(bytes, "the end")?;
        return builder.close().map_err(refused);
    }
    let Some((place, child)) = (0..).zip(class.children).find(|(_, child)| child.tag() == tag) else {
        return Err(format!("`{}` has no child with tag {tag}", class.name));
    };
    let scalar = match child.kind {
        Type::Class(class) => {
            nothing(bytes, class.name)?;
            return builder.open(place, class).map_err(refused);
        }
        Type::Text => Scalar::Text(string(child, bytes)?),
        Type::Integer(kind) => integer(child, kind, bytes)?,
        Type::Float => Scalar::Float(f32::from_be_bytes(exactly(child, bytes)?)),
        Type::Time => Scalar::Time(Time::from_wire(exactly(child, bytes)?)),
        Type::Enumeration(_) => Scalar::Enumeration(i32::from_be_bytes(exactly(child, bytes)?)),
        Type::Data => {
            let kind = u32::from_be_bytes(exactly(child, bytes)?);
            let (second, bytes, at) = items.next()?;
            if second != tag {
                return Err(format!("`{}` says its type, but item {second} follows instead of its value", child.name));
            }
            return match data(child, kind, bytes)? {
                Some(scalar) => builder.add_at(place, scalar, at),
                None => builder.see(place),
            }
            .map_err(refused);
        }
    };
    builder.add_at(place, scalar, at).map_err(refused)
}

#[allow(clippy::needless_pass_by_value)] // used as a function
fn refused(refusal: Refusal) -> Reason {
    refusal.to_string()
}

fn nothing(bytes: &[u8], what: &str) -> Result<(), Reason> {
    if bytes.is_empty() { Ok(()) } else { Err(format!("{what} carries {} bytes, expected none", bytes.len())) }
}

fn exactly<const N: usize>(child: &Child, bytes: &[u8]) -> Result<[u8; N], Reason> {
    bytes.try_into().map_err(|_| format!("`{}` has {} bytes, expected {N}", child.name, bytes.len()))
}

fn string<'w>(child: &Child, bytes: &'w [u8]) -> Result<&'w [u8], Reason> {
    bytes.strip_suffix(b"\0").ok_or_else(|| format!("the string `{}` does not end with NUL", child.name))
}

fn integer(child: &Child, kind: Integer, bytes: &[u8]) -> Result<Scalar<'static>, Reason> {
    Ok(match kind {
        Integer::U8 => Scalar::Unsigned(u8::from_be_bytes(exactly(child, bytes)?).into()),
        Integer::U16 => Scalar::Unsigned(u16::from_be_bytes(exactly(child, bytes)?).into()),
        Integer::U32 => Scalar::Unsigned(u32::from_be_bytes(exactly(child, bytes)?).into()),
        Integer::U64 => Scalar::Unsigned(u64::from_be_bytes(exactly(child, bytes)?)),
        Integer::I32 => Scalar::Signed(i32::from_be_bytes(exactly(child, bytes)?).into()),
    })
}

/// A value that says its own type (`idmef_data_type_t`). Types libprelude does not know are no value, as there.
fn data<'w>(child: &Child, kind: u32, bytes: &'w [u8]) -> Result<Option<Scalar<'w>>, Reason> {
    Ok(Some(match kind {
        1 => Scalar::Character(u8::from_be_bytes(exactly(child, bytes)?)),
        2 => Scalar::Byte(u8::from_be_bytes(exactly(child, bytes)?)),
        3 => Scalar::Signed(u32::from_be_bytes(exactly(child, bytes)?).into()),
        4 => Scalar::Signed(i64::from_be_bytes(exactly(child, bytes)?)),
        5 => Scalar::Float(f32::from_be_bytes(exactly(child, bytes)?)),
        6 => Scalar::Text(string(child, bytes)?),
        7 => Scalar::Bytes(bytes),
        8 => Scalar::Time(Time::from_wire(exactly(child, bytes)?)),
        _ => return Ok(None),
    }))
}

/// Writes a message as `idmef_message_write` does. The header's time is the message's `create_time`.
pub(super) fn encode(tree: &Tree, priority: u8, time: Option<Time>) -> Vec<u8> {
    let mut wire = vec![VERSION, IDMEF, priority, 0, 0, 0, 0, 0];
    let time = time.unwrap_or(Time::EPOCH).to_wire();
    wire.extend_from_slice(time.get(..8).unwrap_or_default());
    children(tree.root(), &mut wire);
    let length = u32::try_from(wire.len() - HEADER).unwrap_or(u32::MAX).to_be_bytes();
    if let Some([_, _, _, _, a, b, c, d]) = wire.first_chunk_mut() {
        [*a, *b, *c, *d] = length;
    }
    wire
}

/// The depth of a tree is bounded, and so is this recursion.
fn children(object: Object<'_>, wire: &mut Vec<u8>) {
    for (place, child) in (0..).zip(object.class.children) {
        let mut items = object.items(place).peekable();
        if items.peek().is_none()
            && child.presence == super::schema::Presence::Default
            && matches!(child.kind, Type::Enumeration(_))
        {
            put(wire, child.tag(), &0_i32.to_be_bytes()); // not set, and 0 has no name
        }
        for item in items {
            match (item, child.kind) {
                (Item::Object(object), _) => {
                    put(wire, child.tag(), &[]);
                    children(object, wire);
                }
                (Item::Scalar(scalar), Type::Data) => put_data(wire, child.tag(), scalar),
                (Item::Scalar(scalar), Type::Integer(kind)) => {
                    let eight = match scalar {
                        Scalar::Unsigned(number) => number.to_be_bytes(),
                        Scalar::Signed(number) => number.to_be_bytes(),
                        _ => continue,
                    };
                    put(wire, child.tag(), eight.get(8 - kind.width()..).unwrap_or_default());
                }
                (Item::Scalar(scalar), _) => put_scalar(wire, child.tag(), scalar),
            }
        }
    }
    put(wire, END, &[]);
}

fn put(wire: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    wire.push(tag);
    wire.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    wire.extend_from_slice(bytes);
}

fn put_string(wire: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    wire.push(tag);
    wire.extend_from_slice(&u32::try_from(bytes.len() + 1).unwrap_or(u32::MAX).to_be_bytes());
    wire.extend_from_slice(bytes);
    wire.push(0);
}

fn put_scalar(wire: &mut Vec<u8>, tag: u8, scalar: Scalar<'_>) {
    match scalar {
        Scalar::Text(bytes) => put_string(wire, tag, bytes),
        Scalar::Bytes(bytes) => put(wire, tag, bytes),
        Scalar::Signed(number) => put(wire, tag, &number.to_be_bytes()),
        Scalar::Unsigned(number) => put(wire, tag, &number.to_be_bytes()),
        Scalar::Byte(byte) | Scalar::Character(byte) => put(wire, tag, &[byte]),
        Scalar::Float(number) => put(wire, tag, &number.to_be_bytes()),
        Scalar::Time(time) => put(wire, tag, &time.to_wire()),
        Scalar::Enumeration(number) => put(wire, tag, &number.to_be_bytes()),
    }
}

fn put_data(wire: &mut Vec<u8>, tag: u8, scalar: Scalar<'_>) {
    let kind: u32 = match scalar {
        Scalar::Character(_) => 1,
        Scalar::Byte(_) => 2,
        Scalar::Signed(_) | Scalar::Unsigned(_) | Scalar::Enumeration(_) => 4,
        Scalar::Float(_) => 5,
        Scalar::Text(_) => 6,
        Scalar::Bytes(_) => 7,
        Scalar::Time(_) => 8,
    };
    put(wire, tag, &kind.to_be_bytes());
    put_scalar(wire, tag, scalar);
}
