//! Parts of messages: what may be read of one when not all of it may.
//!
//! A [`Scope`] is a set of paths, each with everything below it. Whether a question lies within it is decided by the
//! question alone ([`Scope::covers`]), so that the answer does not tell what is in the message; what lies within is then
//! found in the message as it is ([`Message::entries_within`](super::Message::entries_within),
//! [`Message::to_json_within`](super::Message::to_json_within)).

use std::fmt;

use super::{
    Path, Value,
    path::{Index, Step},
    tree::Item,
};

/// Parts of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    paths: Vec<Path>,
}

/// What of an object is in a scope: the rest of the paths that lead through it, or everything.
#[derive(Debug, Clone)]
pub(super) enum Within<'s> {
    All,
    Below(Vec<&'s [Step]>),
}

impl Scope {
    /// These parts, each with everything below it.
    pub fn new(paths: Vec<Path>) -> Self {
        Self { paths }
    }

    /// Whether everything that a path can ever lead to is in the scope.
    pub fn covers(&self, path: &Path) -> bool {
        self.paths.iter().any(|part| {
            let (part, path) = (part.steps(), path.steps());
            part.len() <= path.len() && part.iter().zip(path).all(|(part, step)| part.covers(step))
        })
    }

    /// Whether something of what a path can lead to may be in the scope.
    pub fn touches(&self, path: &Path) -> bool {
        self.paths.iter().any(|part| part.steps().iter().zip(path.steps()).all(|(part, step)| part.meets(step)))
    }

    /// What of a message is in the scope.
    pub(super) fn within(&self) -> Within<'_> {
        Within::of(self.paths.iter().map(Path::steps).collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, path) in self.paths.iter().enumerate() {
            write!(f, "{}{path}", if number == 0 { "" } else { ", " })?;
        }
        if self.paths.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

impl Step {
    /// Whether this step leads to everything the other leads to, whatever the message.
    fn covers(&self, other: &Self) -> bool {
        self.place == other.place && (self.index == Index::All || self.index == other.index)
    }

    /// Whether the two may lead to the same.
    fn meets(&self, other: &Self) -> bool {
        self.place == other.place
            && match (&self.index, &other.index) {
                (Index::At(one), Index::At(two)) if (*one < 0) == (*two < 0) => one == two,
                (Index::Key(one), Index::Key(two)) => one == two,
                _ => true,
            }
    }
}

impl<'s> Within<'s> {
    fn of(below: Vec<&'s [Step]>) -> Self {
        if below.iter().any(|rest| rest.is_empty()) { Self::All } else { Self::Below(below) }
    }

    /// What of an item is in the scope: the item in place `place`, the `number`th of as many as `count` says; none when nothing is.
    pub(super) fn item(&self, place: u8, number: usize, count: impl Fn() -> usize, item: &Item<'_>) -> Option<Self> {
        let Self::Below(paths) = self else { return Some(Self::All) };
        let selected = |step: &Step| {
            step.place == place
                && match &step.index {
                    Index::Single | Index::All => true,
                    Index::At(index) => match usize::try_from(*index) {
                        Ok(index) => index == number,
                        Err(_) => count().checked_sub(index.unsigned_abs() as usize) == Some(number),
                    },
                    Index::Key(key) => match item {
                        Item::Object(object) => object.value("meaning") == Some(Value::Text(key.as_bytes())),
                        Item::Scalar(_) => true,
                    },
                }
        };
        let rest: Vec<_> = paths
            .iter()
            .filter_map(|path| path.split_first())
            .filter(|(step, _)| selected(step))
            .map(|(_, rest)| rest)
            .collect();
        if rest.is_empty() { None } else { Some(Self::of(rest)) }
    }

    /// Whether this is all of the object.
    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}
