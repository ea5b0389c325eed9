//! What a file says before anybody asks what it means: a tree of values, each of which knows where it stands.
//!
//! YAML and TOML become the same tree, so that both files of the operator share one decoder and one kind of diagnostic.

use crate::config::source::{Site, Source};

/// A value and the stretch of text it was read from, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) value: Value,
}

/// The kinds of value both languages share.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// YAML: nothing, `~` or `null`.
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// TOML: a date, a time or both.
    Date,
    /// YAML: a value with a tag of its own, which means nothing here.
    Tagged(String),
    List(Vec<Node>),
    /// In the order of the file (TOML: of the names); the same key may appear twice.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// A value that has not got its place yet.
    pub(super) fn unplaced(value: Value) -> Self {
        Self { start: 0, end: 0, value }
    }

    /// Where it stands.
    pub(super) fn site<'a>(&self, source: &'a Source) -> Site<'a> {
        source.site(self.start, self.end)
    }

    /// Where the part of a text from byte `offset` on stands; the whole node where the file
    /// spells the text differently (escapes, folded lines).
    pub(super) fn site_within<'a>(&self, source: &'a Source, offset: usize, length: usize) -> Site<'a> {
        let whole = self.site(source);
        let Value::Text(text) = &self.value else {
            return whole;
        };
        let written = whole.text();
        let quote = usize::from(written.starts_with(['\'', '"']));
        let said = text.get(..offset);
        let same = written.get(quote..quote + offset) == said && said.is_some();
        if same {
            let start = whole.start + quote + offset;
            let end = (start + length).min(whole.end.saturating_sub(quote)).max(start);
            source.site(start, end)
        } else {
            whole
        }
    }

    /// What it is, for "found …".
    pub(super) fn describe(&self, source: &Source) -> String {
        use crate::config::diagnostic::quote;
        match &self.value {
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) | Value::Date
                if self.site(source).is_hidden() =>
            {
                "what should not stand there, and is not shown".to_owned()
            }
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            // As it is written: 1.10 and 0x10 are not 1.1 and 16 to the person who wrote them.
            Value::Integer(_) | Value::Float(_) => {
                format!("the number {}", quote(self.site(source).text()))
            }
            Value::Text(text) if text.is_empty() => "an empty text".to_owned(),
            Value::Text(text) => format!("the text {}", quote(text)),
            Value::Date => format!("the date {}", quote(self.site(source).text())),
            Value::Tagged(tag) => format!("a value with the tag {}", quote(&format!("!{tag}"))),
            Value::List(list) if list.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(map) if map.is_empty() => "an empty mapping".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}
