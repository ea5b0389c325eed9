//! The values of one message, read once for each path that any filter asks about.

use std::{borrow::Cow, cell::OnceCell, collections::HashMap};

use jiff::Timestamp;

use crate::{
    config::{Moment, TimeTest, moment},
    idmef::{Kind, Message, Path, ValueType},
};

/// Longest text of a value that filters look at, in bytes; the rest is not seen.
pub const LONGEST_VALUE: usize = 64 << 10;

/// Every distinct path of a rule set under a number of its own.
#[derive(Debug, Default)]
pub(super) struct PathTable {
    paths: Vec<Path>,
    numbers: HashMap<Path, PathId>,
}

/// Where a message says when what it reports happened, first choice first.
const MOMENTS: [(Kind, &str); 3] = [
    (Kind::Alert, "alert.detect_time"),
    (Kind::Alert, "alert.create_time"),
    (Kind::Heartbeat, "heartbeat.create_time"),
];

/// The number of a path in a [`PathTable`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct PathId(usize);

impl PathTable {
    pub(super) fn intern(&mut self, path: &Path) -> PathId {
        if let Some(&id) = self.numbers.get(path) {
            return id;
        }
        let id = PathId(self.paths.len());
        self.paths.push(path.clone());
        self.numbers.insert(path.clone(), id);
        id
    }

    pub(super) fn path(&self, id: PathId) -> Option<&Path> {
        self.paths.get(id.0)
    }

    /// All paths with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PathId, &Path)> {
        self.paths.iter().enumerate().map(|(number, path)| (PathId(number), path))
    }
}

/// The text of a value as filters see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<'m> {
    /// At most [`LONGEST_VALUE`] bytes.
    pub text: Cow<'m, str>,
    /// How long the value was before it was cut; equal to the text's length when it was not.
    pub length: usize,
}

/// One message seen through a [`PathTable`]: each path is evaluated when it is first asked for.
#[derive(Debug)]
pub(super) struct Values<'m> {
    message: &'m Message,
    table: &'m PathTable,
    texts: Vec<OnceCell<Vec<Text<'m>>>>,
    now: Timestamp,
}

impl<'m> Values<'m> {
    /// A message, looked at at this moment.
    pub(super) fn of(message: &'m Message, table: &'m PathTable, now: Timestamp) -> Self {
        Self { message, table, texts: vec![OnceCell::new(); table.paths.len()], now }
    }

    /// The texts of all values at a path, in document order.
    pub(super) fn texts(&self, id: PathId) -> &[Text<'m>] {
        let (Some(cell), Some(path)) = (self.texts.get(id.0), self.table.path(id)) else { return &[] };
        cell.get_or_init(|| {
            // A class has no value of its own; whether it is there shows in what is below it.
            if path.value_type() == ValueType::Class {
                let entries = self.message.entries(path).into_iter();
                return entries.map(|entry| Text::cut(entry.value.text())).collect();
            }
            self.message.values(path).into_iter().map(|value| Text::cut(value.text())).collect()
        })
    }

    /// The moment a question about time is about; none when the message does not tell it.
    pub(super) fn moment(&self, of: &Moment) -> Option<Timestamp> {
        let at = |path: &Path| self.message.get(path).and_then(|value| moment(&value.text()));
        match of {
            Moment::Now => Some(self.now),
            Moment::Path(path) => at(path),
            Moment::Message => moment_of(self.message),
        }
    }

    /// Whether the moment a question about time is about is within its hours; no when there is no such moment.
    pub(super) fn within(&self, test: &TimeTest) -> bool {
        self.moment(&test.of).is_some_and(|moment| test.holds(moment))
    }
}

/// When what a message reports happened, as far as it tells: an alert's time of detection, or else the time when the message was
/// made.
pub fn moment_of(message: &Message) -> Option<Timestamp> {
    let paths = MOMENTS.iter().filter(|(kind, _)| *kind == message.kind());
    let mut times = paths.filter_map(|(_, path)| message.get(&path.parse().ok()?));
    times.find_map(|time| moment(&time.text()))
}

impl<'m> Text<'m> {
    fn cut(text: Cow<'m, str>) -> Self {
        let length = text.len();
        if length <= LONGEST_VALUE {
            return Self { text, length };
        }
        let end = text.floor_char_boundary(LONGEST_VALUE);
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        };
        Self { text, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character_and_keeps_its_length() {
        let long = "ü".repeat(LONGEST_VALUE);
        let text = Text::cut(Cow::Borrowed(&long));
        assert_eq!(text.text.len(), LONGEST_VALUE);
        assert_eq!(text.length, 2 * LONGEST_VALUE);

        let odd = format!("x{long}");
        let text = Text::cut(Cow::Owned(odd));
        assert_eq!(text.text.len(), LONGEST_VALUE - 1);
        assert!(text.text.ends_with('ü'));
    }
}
