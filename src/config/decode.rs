//! The tools every part of the schema is decoded with.
//!
//! Decoding asks an [`Item`] for what it should be (`text`, `duration`, `choice`, `table` …). Where it is
//! something else, the item complains and answers `None`, and the caller goes on with the rest, so that one run
//! shows every mistake. A [`Table`] is told all its keys when it is made and complains about others at once.

use std::{
    collections::HashMap,
    fmt,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    config::{
        Rate,
        complaints::Complaints,
        diagnostic::{Diagnostic, did_you_mean, one_of, quote},
        document::{Node, Value},
        quantity,
        source::{Site, Source},
    },
    idmef,
};

/// A value in a file, with a name for messages.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    /// The file.
    pub(super) source: &'a Source,
    /// The value.
    pub(super) node: &'a Node,
    complaints: &'a Complaints,
    name: Name<'a>,
}

/// What messages call an item.
#[derive(Clone, Copy)]
enum Name<'a> {
    /// The value of this key.
    Key(&'a str),
    /// An element of the list that is the value of this key.
    Element(&'a str),
    /// The whole file.
    File,
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(&quote(key)),
            Self::Element(key) => write!(f, "an element of {}", quote(key)),
            Self::File => f.write_str("the file"),
        }
    }
}

impl<'a> Item<'a> {
    /// The whole of a file.
    pub(super) fn file(source: &'a Source, node: &'a Node, complaints: &'a Complaints) -> Self {
        Self { source, node, complaints, name: Name::File }
    }

    /// The value of a key of this mapping, looked up by the caller.
    pub(super) fn value_of(self, key: &'a str, node: &'a Node) -> Self {
        self.with(node, Name::Key(key))
    }

    fn with(self, node: &'a Node, name: Name<'a>) -> Self {
        Self { node, name, ..self }
    }

    /// Where it stands.
    pub(super) fn site(self) -> Site<'a> {
        self.node.site(self.source)
    }

    /// Whether it is nothing at all: a key whose value has been left out or commented out.
    pub(super) fn is_null(self) -> bool {
        self.node.value == Value::Null
    }

    /// An error about this item.
    pub(super) fn error(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Some(self.site()), message)
    }

    /// A warning about this item.
    pub(super) fn warning(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(Some(self.site()), message)
    }

    /// Hands in a complaint.
    pub(super) fn complain(self, diagnostic: Diagnostic) {
        self.complaints.add(diagnostic);
    }

    /// Hands in a complaint and answers that there is nothing to be had.
    pub(super) fn refuse<T>(self, diagnostic: Diagnostic) -> Option<T> {
        self.complaints.add(diagnostic);
        None
    }

    /// Complains that this is not what it should be.
    pub(super) fn wrong<T>(self, expected: impl Into<String>) -> Option<T> {
        self.refuse(self.mismatch(expected))
    }

    /// The complaint that this is not what it should be.
    pub(super) fn mismatch(self, expected: impl Into<String>) -> Diagnostic {
        self.error(format!("{} has a wrong value", self.name)).found(self.node.describe(self.source)).expected(expected)
    }

    /// A text.
    pub(super) fn text(self) -> Option<&'a str> {
        let Value::Text(text) = &self.node.value else {
            let help = self.quoting_help();
            return self.refuse(self.mismatch("a text").maybe_help(help));
        };
        if text.contains('\0') {
            return self.refuse(
                self.error(format!("{} contains a NUL character", self.name))
                    .help("no program and no file can be given a NUL character: remove it"),
            );
        }
        Some(text)
    }

    /// A text with something in it.
    pub(super) fn some_text(self) -> Option<&'a str> {
        let text = self.text()?;
        if text.trim().is_empty() {
            return self.wrong("a text that is not empty");
        }
        Some(text)
    }

    /// How to make a text of what YAML takes for something else.
    fn quoting_help(self) -> Option<String> {
        let written = self.site().text().trim();
        match &self.node.value {
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) if !written.is_empty() => {
                Some(format!("put it in quotes to make it a text: {}", quote(&format!("'{written}'"))))
            }
            Value::Null => Some("an empty text is written `''`".to_owned()),
            Value::Map(map) => {
                let [(key, value)] = map.as_slice() else {
                    return None;
                };
                let Value::Text(name) = &key.value else {
                    return (matches!(key.value, Value::Map(_)))
                        .then(|| "`{` begins a mapping: put the text in quotes".to_owned());
                };
                if value.value == Value::Null {
                    let text = format!("\"{{{name}}}\"");
                    Some(format!("`{{` begins a mapping: put the text in quotes: {}", quote(&text)))
                } else {
                    Some("a text that contains `: ` needs quotes".to_owned())
                }
            }
            _ => None,
        }
    }

    /// True or false.
    pub(super) fn boolean(self) -> Option<bool> {
        let Value::Bool(value) = self.node.value else {
            let help = match &self.node.value {
                Value::Text(text) => match text.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" => Some("did you mean `true`?".to_owned()),
                    "no" | "off" | "n" | "false" => Some("did you mean `false`?".to_owned()),
                    _ => None,
                },
                _ => None,
            };
            return self.refuse(self.mismatch("`true` or `false`").maybe_help(help));
        };
        Some(value)
    }

    /// A whole number within limits.
    pub(super) fn integer(self, limits: RangeInclusive<u32>) -> Option<u32> {
        let expected = format!("a whole number from {} to {}", limits.start(), limits.end());
        let Value::Integer(value) = self.node.value else {
            let help = match &self.node.value {
                Value::Text(text) if text.parse::<u32>().is_ok() => {
                    Some("write the number without quotes and without leading zeros".to_owned())
                }
                _ => None,
            };
            return self.refuse(self.mismatch(expected).maybe_help(help));
        };
        match u32::try_from(value) {
            Ok(value) if limits.contains(&value) => Some(value),
            _ => self.wrong(expected),
        }
    }

    /// A duration within limits.
    pub(super) fn duration(self, limits: RangeInclusive<Duration>) -> Option<Duration> {
        let value = self.quantity(quantity::DURATION, quantity::duration)?;
        if !limits.contains(&value) {
            let (least, most) = (quantity::show_duration(*limits.start()), quantity::show_duration(*limits.end()));
            return self.wrong(format!("a duration from {least} to {most}"));
        }
        Some(value)
    }

    /// A size in bytes within limits.
    pub(super) fn size(self, limits: RangeInclusive<u64>) -> Option<usize> {
        let value = self.quantity(quantity::SIZE, quantity::size)?;
        if !limits.contains(&value) {
            let (least, most) = (quantity::show_size(*limits.start()), quantity::show_size(*limits.end()));
            return self.wrong(format!("a size from {least} to {most}"));
        }
        Some(usize::try_from(value).unwrap_or(usize::MAX))
    }

    /// So many jobs within a time. Their starts are remembered one by one, so there is an end to their number.
    pub(super) fn rate(self) -> Option<Rate> {
        let (jobs, per) = self.quantity(quantity::RATE, quantity::rate)?;
        match u32::try_from(jobs) {
            Ok(jobs @ 1..=100_000) => Some(Rate { jobs, per }),
            _ => self.wrong("a rate of 1 to 100000 jobs"),
        }
    }

    fn quantity<T>(self, expected: &str, parse: impl Fn(&str) -> Result<T, Option<String>>) -> Option<T> {
        let number;
        let text = match &self.node.value {
            Value::Text(text) => text.as_str(),
            // A number has no unit, but the guess at what was meant is worth having.
            Value::Integer(value) => {
                number = value.to_string();
                &number
            }
            _ => return self.wrong(expected),
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(guess) => {
                let help = guess.filter(|guess| guess != text).map(|guess| format!("did you mean {}?", quote(&guess)));
                self.refuse(self.mismatch(expected).maybe_help(help))
            }
        }
    }

    /// One of a few names.
    pub(super) fn choice<T: Copy>(self, names: &[(&'static str, T)]) -> Option<T> {
        let all = || names.iter().map(|(name, _)| *name);
        let expected = one_of(all());
        let Value::Text(text) = &self.node.value else {
            return self.wrong(expected);
        };
        match names.iter().find(|(name, _)| name == text) {
            Some((_, value)) => Some(*value),
            None => self.refuse(self.mismatch(expected).maybe_help(did_you_mean(text, all()))),
        }
    }

    /// A file or directory named from the root.
    pub(super) fn absolute_path(self) -> Option<PathBuf> {
        let text = self.some_text()?;
        if !Path::new(text).is_absolute() {
            return self.wrong("a path that begins with `/`");
        }
        Some(PathBuf::from(text))
    }

    /// A file; a relative one is looked for beside the file that names it.
    pub(super) fn beside(self) -> Option<PathBuf> {
        Some(self.source.file.parent().unwrap_or(Path::new("")).join(self.some_text()?))
    }

    /// An IDMEF path.
    pub(super) fn idmef_path(self) -> Option<idmef::Path> {
        let text = self.some_text()?;
        text.parse().map_err(|error| self.bad_path(text, 0, &error)).ok()
    }

    /// Complains about an IDMEF path that begins at byte `from` of this text.
    pub(super) fn bad_path(self, path: &str, from: usize, error: &idmef::PathError) {
        let rest = path.get(error.offset..).unwrap_or_default();
        let length = rest.find(['.', '(', '}']).unwrap_or(rest.len());
        let site = self.node.site_within(self.source, from + error.offset, length);
        let help = error.suggestion.as_deref();
        self.complain(
            Diagnostic::error(Some(site), format!("{} is not an IDMEF path: {}", quote(path), error.message))
                .maybe_help(help.map(|near| format!("did you mean {}?", quote(near)))),
        );
    }

    /// The elements of a list.
    pub(super) fn list(self, expected: &str) -> Option<impl ExactSizeIterator<Item = Item<'a>>> {
        let Value::List(list) = &self.node.value else {
            return self.wrong(expected);
        };
        let name = match self.name {
            Name::Key(key) | Name::Element(key) => Name::Element(key),
            Name::File => Name::File,
        };
        Some(list.iter().map(move |node| self.with(node, name)))
    }

    /// A mapping of names to texts, in order.
    pub(super) fn texts(self) -> Vec<(String, String)> {
        let entries = self.entries("a mapping of names to texts").unwrap_or_default();
        entries.into_iter().filter_map(|(_, name, value)| Some((name.to_owned(), value.text()?.to_owned()))).collect()
    }

    /// The entries of a mapping whose keys are the operator's; keys that appear twice are complained about and left out.
    pub(super) fn entries(self, expected: &str) -> Option<Vec<(Item<'a>, &'a str, Item<'a>)>> {
        let Value::Map(map) = &self.node.value else {
            return self.wrong(expected);
        };
        let mut first: HashMap<&str, &Node> = HashMap::with_capacity(map.len());
        let mut entries = Vec::with_capacity(map.len());
        for (key, value) in map {
            let item = self.with(key, self.name);
            let Value::Text(name) = &key.value else {
                item.complain(
                    item.error(format!("a key of {} is not a text", self.name))
                        .found(key.describe(self.source))
                        .expected("a text")
                        .maybe_help(item.quoting_help()),
                );
                continue;
            };
            if let Some(first) = first.get(name.as_str()) {
                let line = first.site(self.source).location().line;
                item.complain(
                    item.error(format!("duplicate key {}", quote(name)))
                        .help(format!("it is already in line {line}: remove one of the two")),
                );
                continue;
            }
            first.insert(name, key);
            entries.push((item, name.as_str(), self.with(value, Name::Key(name))));
        }
        Some(entries)
    }

    /// A mapping with the given keys and no others.
    pub(super) fn table(self, what: &'static str, keys: &'static [&'static str]) -> Option<Table<'a>> {
        self.table_but(what, keys, &[])
    }

    /// A mapping with the given keys, and of the others leaves those alone of which the caller knows better why they do not belong
    /// here: it asks for them with [`Table::key`].
    pub(super) fn table_but(
        self,
        what: &'static str,
        keys: &'static [&'static str],
        elsewhere: &[&str],
    ) -> Option<Table<'a>> {
        let entries = self.entries(&format!("{what}: a mapping with any of {}", one_of(keys.iter().copied())))?;
        for (key, name, _) in &entries {
            if keys.contains(name) || elsewhere.contains(name) {
                continue;
            }
            let help = if *name == "<<" {
                Some("YAML's merge keys are not supported: write the keys out".to_owned())
            } else {
                did_you_mean(name, keys.iter().copied())
            };
            key.complain(
                key.error(format!("unknown key {} in {what}", quote(name)))
                    .expected(one_of(keys.iter().copied()))
                    .maybe_help(help),
            );
        }
        Some(Table { item: self, what, keys, entries })
    }
}

/// A mapping with known keys.
pub(super) struct Table<'a> {
    /// The mapping itself.
    pub(super) item: Item<'a>,
    what: &'static str,
    keys: &'static [&'static str],
    entries: Vec<(Item<'a>, &'a str, Item<'a>)>,
}

impl<'a> Table<'a> {
    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Item<'a>> {
        debug_assert!(self.keys.contains(&key), "{key} is no key of {}", self.what);
        let found = self.entries.iter().find(|(_, name, _)| *name == key);
        found.map(|(_, _, value)| *value)
    }

    /// The key itself, if it is there.
    pub(super) fn key(&self, key: &str) -> Option<Item<'a>> {
        let found = self.entries.iter().find(|(_, name, _)| *name == key);
        found.map(|(item, _, _)| *item)
    }

    /// The value of a key that must be there.
    pub(super) fn require(&self, key: &str, help: &str) -> Option<Item<'a>> {
        let value = self.get(key);
        if value.is_none() {
            let missing = format!("{} has no {}", self.what, quote(key));
            self.item.complain(self.item.error(missing).help(help));
        }
        value
    }

    /// Reads the value of a key into a place that already has the default.
    pub(super) fn read<T>(&self, key: &str, place: &mut T, read: impl FnOnce(Item<'a>) -> Option<T>) {
        if let Some(value) = self.get(key).and_then(read) {
            *place = value;
        }
    }
}
