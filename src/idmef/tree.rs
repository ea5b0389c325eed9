//! A message in memory: one buffer of bytes and one flat list of nodes.
//!
//! The nodes stand in the order in which they were read, every object before its children; a node knows where its
//! subtree ends, so a walk needs no pointers and a message is two allocations. Scalars live in the node itself,
//! strings and byte strings are ranges of the buffer.
//!
//! Invariants, kept by [`Builder`]: node 0 is the message; a child that is no list stands at most once; of several
//! alternatives one stands; what libprelude always sets (an enumerated value with a name for 0, a required class) is
//! there; there is an alert or a heartbeat; no object is deeper than [`MAX_DEPTH`]; no string leaf is empty.

use super::{
    Time, Value,
    schema::{Child, Class, List, MESSAGE, Presence, Type},
};

/// Objects within objects, the message included. libprelude's paths end at 16; its decoder recurses without end.
pub(super) const MAX_DEPTH: usize = 32;

/// Objects and values of one message: 16 MB of nodes, a thousand times what the largest real alert has.
const MAX_NODES: usize = 1 << 20;

/// An object or a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// The node after this one's subtree.
    end: u32,
    /// Where the bytes start, or the upper half of an integer.
    a: u32,
    /// How many bytes there are, or the lower half of an integer.
    b: u32,
    /// Its place among the children of its parent's class.
    pub(super) child: u8,
    content: Content,
}

/// What a node holds. The schema says so too, except for [`Type::Data`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Object,
    Text,
    Bytes,
    Signed,
    Unsigned,
    /// One unsigned byte of additional data.
    Byte,
    /// One character of additional data: a text of one byte.
    Character,
    Float,
    Time,
    Enumeration,
}

/// A value on its way into the tree; strings are borrowed from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'a> {
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Signed(i64),
    Unsigned(u64),
    Byte(u8),
    Character(u8),
    Float(f32),
    Time(Time),
    Enumeration(i32),
}

/// The whole of a message.
#[derive(Clone)]
pub(super) struct Tree {
    bytes: Box<[u8]>,
    nodes: Box<[Node]>,
}

/// One object of a tree.
#[derive(Clone, Copy)]
pub(super) struct Object<'t> {
    tree: &'t Tree,
    at: usize,
    pub(super) class: &'static Class,
}

/// What stands at a child of an object.
#[derive(Clone, Copy)]
pub(super) enum Item<'t> {
    Object(Object<'t>),
    Scalar(Scalar<'t>),
}

impl Tree {
    /// Bytes of memory that it takes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.nodes)
    }

    pub(super) fn root(&self) -> Object<'_> {
        Object { tree: self, at: 0, class: &MESSAGE }
    }

    fn scalar(&self, node: &Node) -> Scalar<'_> {
        let bytes =
            || self.bytes.get(node.a as usize..).and_then(|rest| rest.get(..node.b as usize)).unwrap_or_default();
        let wide = (u64::from(node.a) << 32) | u64::from(node.b);
        match node.content {
            Content::Object | Content::Text => Scalar::Text(bytes()),
            Content::Bytes => Scalar::Bytes(bytes()),
            Content::Signed => Scalar::Signed(wide.cast_signed()),
            Content::Unsigned => Scalar::Unsigned(wide),
            Content::Byte => Scalar::Byte(u8::try_from(node.b).unwrap_or_default()),
            Content::Character => Scalar::Character(bytes().first().copied().unwrap_or_default()),
            Content::Float => Scalar::Float(f32::from_bits(node.b)),
            Content::Time => Scalar::Time(bytes().try_into().map_or(Time::EPOCH, Time::from_wire)),
            Content::Enumeration => Scalar::Enumeration(node.b.cast_signed()),
        }
    }
}

impl<'t> Object<'t> {
    /// Everything that stands at the child in place `place`, in document order; one item at most if it is no list.
    pub(super) fn items(self, place: u8) -> impl Iterator<Item = Item<'t>> + Clone {
        let child = self.class.children.get(usize::from(place));
        let end = self.tree.nodes.get(self.at).map_or(0, |node| node.end as usize);
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            while next < end {
                let at = next;
                let node = self.tree.nodes.get(at)?;
                next = (node.end as usize).max(at + 1);
                if node.child == place {
                    return Some(match child?.kind {
                        Type::Class(class) => Item::Object(Object { tree: self.tree, at, class }),
                        _ => Item::Scalar(self.tree.scalar(node)),
                    });
                }
            }
            None
        })
    }

    /// The first value called `name`.
    pub(super) fn value(self, name: &str) -> Option<Value<'t>> {
        let (place, child) = self.class.child(name)?;
        self.items(place).find_map(|item| item.value(child))
    }

    /// The objects called `name`.
    pub(super) fn objects(self, name: &str) -> impl Iterator<Item = Object<'t>> {
        let place = self.class.child(name).map_or(u8::MAX, |(place, _)| place);
        self.items(place).filter_map(|item| match item {
            Item::Object(object) => Some(object),
            Item::Scalar(_) => None,
        })
    }
}

impl<'t> Item<'t> {
    /// The value that stands here. An object is none, nor is a number that its enumeration has no name for.
    pub(super) fn value(self, child: &Child) -> Option<Value<'t>> {
        let Self::Scalar(scalar) = self else { return None };
        Some(match scalar {
            Scalar::Text(bytes) => Value::Text(bytes),
            Scalar::Bytes(bytes) => Value::Bytes(bytes),
            Scalar::Signed(number) => Value::Integer(number),
            Scalar::Unsigned(number) => Value::Unsigned(number),
            Scalar::Byte(number) => Value::Unsigned(number.into()),
            Scalar::Character(byte) => Value::Text(character(byte)),
            Scalar::Float(number) => Value::Float(number.into()),
            Scalar::Time(time) => Value::Time(time),
            Scalar::Enumeration(number) => {
                let Type::Enumeration(enumeration) = child.kind else { return None };
                Value::Enumeration { name: enumeration.name_of(number)?, number }
            }
        })
    }
}

/// Every byte as a string of its own, so that one can be borrowed for ever.
fn character(byte: u8) -> &'static [u8] {
    static ALL: [u8; 256] = {
        let mut all = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            #[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // counted, at compile time
            {
                all[byte] = byte as u8;
            }
            byte += 1;
        }
        all
    };
    ALL.get(usize::from(byte)..=usize::from(byte)).unwrap_or_default()
}

/// Why something cannot be added to a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("`{parent}` has a second `{child}`")]
    Twice { parent: &'static str, child: &'static str },
    #[error("`{parent}` has both `{child}` and another of its alternatives")]
    Alternatives { parent: &'static str, child: &'static str },
    #[error("objects are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("the message has more than {MAX_NODES} objects and values")]
    TooMany,
    #[error("neither an alert nor a heartbeat stands in the message")]
    Empty,
}

/// Makes a tree, object by object. A finished builder has been closed as often as it was opened.
pub(super) struct Builder {
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    open: Vec<Open>,
}

/// An object that is being read.
struct Open {
    class: &'static Class,
    at: usize,
    /// The children that have been seen, one bit each: no class has more than 15.
    seen: u32,
}

impl Builder {
    /// Starts a message. `bytes` is the buffer that ranges refer to.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let mut nodes = Vec::with_capacity((bytes.len() / 14 + 8).min(4096));
        nodes.push(Node { end: 0, a: 0, b: 0, child: u8::MAX, content: Content::Object });
        let mut open = Vec::with_capacity(8);
        open.push(Open { class: &MESSAGE, at: 0, seen: 0 });
        Self { bytes, nodes, open }
    }

    /// The class of the object that is open now; none when the message has been closed.
    pub(super) fn class(&self) -> Option<&'static Class> {
        self.open.last().map(|open| open.class)
    }

    /// Notes that the child in place `place` stands in the open object.
    pub(super) fn see(&mut self, place: u8) -> Result<(), Refusal> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        let Some(child) = open.class.children.get(usize::from(place)) else { return Ok(()) };
        let (parent, bit) = (open.class.name, 1 << place);
        if child.list == List::Single && open.seen & bit != 0 {
            return Err(Refusal::Twice { parent, child: child.name });
        }
        if child.presence == Presence::Alternative {
            let alternatives = (0_u32..).zip(open.class.children).filter(|(_, other)| other.presence == child.presence);
            if alternatives.fold(0, |bits, (place, _)| bits | (1 << place)) & open.seen != 0 {
                return Err(Refusal::Alternatives { parent, child: child.name });
            }
        }
        open.seen |= bit;
        Ok(())
    }

    /// Opens an object at `place`; what comes next are its children.
    pub(super) fn open(&mut self, place: u8, class: &'static Class) -> Result<(), Refusal> {
        self.see(place)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        self.open.push(Open { class, at: self.nodes.len(), seen: 0 });
        self.push(place, Content::Object, 0, 0)
    }

    /// Ends the open object.
    pub(super) fn close(&mut self) -> Result<(), Refusal> {
        let Some(Open { class, seen, .. }) = self.open.last() else { return Ok(()) };
        let seen = *seen;
        for (place, child) in (0..).zip(class.children) {
            match (seen & (1 << place) != 0, child.presence, child.kind) {
                (false, Presence::Required, Type::Class(class)) => {
                    self.open(place, class)?;
                    self.close()?;
                }
                (false, Presence::Default, Type::Enumeration(names)) if names.name_of(0).is_some() => {
                    self.push(place, Content::Enumeration, 0, 0)?;
                }
                (false, Presence::Default, Type::Float) => self.push(place, Content::Float, 0, 0)?,
                _ => {}
            }
        }
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(open) = self.open.pop()
            && let Some(node) = self.nodes.get_mut(open.at)
        {
            node.end = end;
        }
        Ok(())
    }

    /// Adds a value at `place`, copying its bytes. An empty string is no value, except as additional data.
    pub(super) fn add(&mut self, place: u8, scalar: Scalar<'_>) -> Result<(), Refusal> {
        let at = self.bytes.len();
        match scalar {
            Scalar::Text(bytes) | Scalar::Bytes(bytes) => self.bytes.extend_from_slice(bytes),
            Scalar::Character(byte) => self.bytes.push(byte),
            Scalar::Time(time) => self.bytes.extend_from_slice(&time.to_wire()),
            _ => {}
        }
        self.add_at(place, scalar, at)
    }

    /// Adds a value at `place` whose bytes stand at `at` in the buffer already.
    pub(super) fn add_at(&mut self, place: u8, scalar: Scalar<'_>, at: usize) -> Result<(), Refusal> {
        self.see(place)?;
        let at = u32::try_from(at).map_err(|_| Refusal::TooMany)?;
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| Refusal::TooMany);
        #[allow(clippy::cast_possible_truncation)] // the two halves of a number
        let halves = |wide: u64| ((wide >> 32) as u32, wide as u32);
        let (content, (a, b)) = match scalar {
            Scalar::Text(bytes) => (Content::Text, (at, length(bytes)?)),
            Scalar::Bytes(bytes) => (Content::Bytes, (at, length(bytes)?)),
            Scalar::Signed(number) => (Content::Signed, halves(number.cast_unsigned())),
            Scalar::Unsigned(number) => (Content::Unsigned, halves(number)),
            Scalar::Byte(number) => (Content::Byte, (0, number.into())),
            Scalar::Character(_) => (Content::Character, (at, 1)),
            Scalar::Float(number) => (Content::Float, (0, number.to_bits())),
            Scalar::Time(_) => (Content::Time, (at, 12)),
            Scalar::Enumeration(number) => (Content::Enumeration, (0, number.cast_unsigned())),
        };
        let is_data = || {
            let child = self.class().and_then(|class| class.children.get(usize::from(place)));
            child.is_some_and(|child| matches!(child.kind, Type::Data))
        };
        if content == Content::Text && b == 0 && !is_data() {
            return Ok(());
        }
        self.push(place, content, a, b)
    }

    fn push(&mut self, child: u8, content: Content, a: u32, b: u32) -> Result<(), Refusal> {
        let at = self.nodes.len();
        if at >= MAX_NODES {
            return Err(Refusal::TooMany);
        }
        let end = u32::try_from(at + 1).unwrap_or(u32::MAX);
        self.nodes.push(Node { end, a, b, child, content });
        Ok(())
    }

    /// The finished tree.
    pub(super) fn finish(self) -> Result<Tree, Refusal> {
        let tree = Tree { bytes: self.bytes.into_boxed_slice(), nodes: self.nodes.into_boxed_slice() };
        if tree.root().objects("alert").chain(tree.root().objects("heartbeat")).next().is_none() {
            return Err(Refusal::Empty);
        }
        Ok(tree)
    }
}
