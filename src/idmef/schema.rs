//! The IDMEF class tree as static tables (RFC 4765, section 4, in libprelude 5.2's shape).
//!
//! Everything else in this room is driven by these tables: decoding, encoding, paths, JSON. Names, order,
//! numbers and wire tags are libprelude's (`idmef-tree.h`, `idmef-message-id.h`); a test compares every
//! row with the installed library. The tree is not finite: a `file` has `linkage`s, and a `linkage` has a
//! `file`; who walks it must bound the depth.

mod tables;

pub use tables::{ADDITIONAL_DATA_TYPE, MESSAGE};

/// The wire tag that ends an object.
pub const END: u8 = 254;

/// A class: a name and its children, in the order libprelude writes them.
#[derive(Debug)]
pub struct Class {
    /// As in a path: every child that is a class is called like the class.
    pub name: &'static str,
    /// The wire tag that opens an object of this class; nothing opens the message itself ([`END`]).
    pub tag: u8,
    /// In the order of the wire and of JSON.
    pub children: &'static [Child],
}

/// One child of a class.
#[derive(Debug, Clone, Copy)]
pub struct Child {
    /// As in a path.
    pub name: &'static str,
    /// What stands there.
    pub kind: Type,
    /// How often it may stand there.
    pub list: List,
    /// When it stands there.
    pub presence: Presence,
    /// The wire tag of a value, unique within the parent.
    tag: u8,
}

/// What stands at a child.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// An object with children of its own.
    Class(&'static Class),
    /// A string.
    Text,
    /// An integer.
    Integer(Integer),
    /// A 32-bit float.
    Float,
    /// A time.
    Time,
    /// One of a fixed list of names.
    Enumeration(&'static Enumeration),
    /// A value that says its own type: additional data, and the buffer of an overflow.
    Data,
}

/// The width of an integer on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Integer {
    U8,
    U16,
    U32,
    U64,
    I32,
}

impl Integer {
    /// Bytes on the wire.
    pub const fn width(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 => 8,
        }
    }

    /// The least and the greatest value.
    pub const fn range(self) -> (i128, i128) {
        match self {
            Self::U8 => (0, u8::MAX as i128),
            Self::U16 => (0, u16::MAX as i128),
            Self::U32 => (0, u32::MAX as i128),
            Self::U64 => (0, u64::MAX as i128),
            Self::I32 => (i32::MIN as i128, i32::MAX as i128),
        }
    }
}

/// How often a child may stand in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// At most once.
    Single,
    /// Any number of times; a path may give an index.
    Many,
    /// Any number of times; a path may also give the child's `meaning` as key.
    Keyed,
}

/// When a child stands in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Only when somebody set it.
    Optional,
    /// libprelude creates it empty with its parent: an empty string, a class without values.
    Required,
    /// It has a value from the start: number 0.
    Default,
    /// At most one of the alternatives of a class stands there.
    Alternative,
}

/// The names and numbers of an enumerated value.
#[derive(Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// As in libprelude, e.g. `impact_severity`.
    pub name: &'static str,
    /// The number of the first name; the others count up from it.
    pub first: i32,
    /// The names, in the order of their numbers.
    pub names: &'static [&'static str],
}

impl Enumeration {
    /// The name of `number`, if it has one.
    pub fn name_of(&self, number: i32) -> Option<&'static str> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.names.get(index).copied()
    }

    /// The number of `name`, in any case of letters.
    pub fn number_of(&self, name: &str) -> Option<i32> {
        (self.first..)
            .zip(self.names)
            .find(|(_, candidate)| candidate.eq_ignore_ascii_case(name))
            .map(|(number, _)| number)
    }
}

impl Child {
    /// The wire tag: the class's own for a class.
    pub const fn tag(&self) -> u8 {
        match self.kind {
            Type::Class(class) => class.tag,
            _ => self.tag,
        }
    }
}

impl Class {
    /// The child called `name`, in any case of letters, and its place among the children.
    pub fn child(&self, name: &str) -> Option<(u8, &'static Child)> {
        (0..).zip(self.children).find(|(_, child)| child.name.eq_ignore_ascii_case(name))
    }
}
