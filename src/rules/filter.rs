//! One filter: a question, put to every value at a path.

use std::sync::Arc;

use super::values::{PathId, PathTable, Text, Values};
use crate::config::{self, Captures, Quantifier, Question};

/// A filter, ready to be asked.
#[derive(Debug)]
pub(super) struct Filter {
    path: PathId,
    question: Question,
    quantifier: Quantifier,
    /// The filter in one line, as the operator would write it.
    spelling: Box<str>,
    /// The named groups of the question's regular expression.
    groups: Vec<Arc<str>>,
}

/// What one filter says about one message.
#[derive(Debug)]
pub struct FilterVerdict<'r> {
    /// The filter in one line.
    pub filter: &'r str,
    /// Every value it saw, in document order.
    pub values: Vec<SeenValue>,
    /// Whether it holds.
    pub holds: bool,
}

/// A value as a filter saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenValue {
    /// The text, cut at [`LONGEST_VALUE`](super::LONGEST_VALUE) bytes.
    pub text: String,
    /// How many bytes it had before it was cut, if it was.
    pub cut_from: Option<usize>,
    /// The answer to the question for this value alone.
    pub yes: bool,
}

impl Filter {
    pub(super) fn compile(filter: &config::Filter, paths: &mut PathTable) -> Self {
        let Question::Regex(regex) = &filter.question;
        Self {
            path: paths.intern(&filter.path),
            question: filter.question.clone(),
            quantifier: filter.quantifier,
            spelling: spelling(filter).into(),
            groups: regex.capture_names().flatten().map(Arc::from).collect(),
        }
    }

    /// Whether the filter holds; adds what its named groups captured in the first value that says yes.
    pub(super) fn judge(&self, values: &Values<'_>, captures: &mut Captures) -> bool {
        let texts = values.texts(self.path);
        let first_yes = texts.iter().find(|text| self.asks(text));
        let holds = match self.quantifier {
            Quantifier::Any => first_yes.is_some(),
            Quantifier::All => !texts.is_empty() && texts.iter().all(|text| self.asks(text)),
            Quantifier::None => !texts.is_empty() && first_yes.is_none(),
        };
        if let (true, Some(text)) = (holds, first_yes) {
            self.capture(text, captures);
        }
        holds
    }

    /// The verdict with everything that led to it.
    pub(super) fn explain(&self, values: &Values<'_>, captures: &mut Captures) -> FilterVerdict<'_> {
        let holds = self.judge(values, captures);
        let values = values
            .texts(self.path)
            .iter()
            .map(|text| SeenValue {
                text: text.text.to_string(),
                cut_from: (text.length > text.text.len()).then_some(text.length),
                yes: self.asks(text),
            })
            .collect();
        FilterVerdict { filter: &self.spelling, values, holds }
    }

    fn asks(&self, text: &Text<'_>) -> bool {
        match &self.question {
            Question::Regex(regex) => regex.is_match(&text.text),
        }
    }

    /// A group that took no part in the match captures nothing; of two filters that capture the same name the
    /// first one wins (the configuration refuses that).
    fn capture(&self, text: &Text<'_>, captures: &mut Captures) {
        let Question::Regex(regex) = &self.question;
        if self.groups.is_empty() {
            return;
        }
        let Some(found) = regex.captures(&text.text) else { return };
        for name in &self.groups {
            if let Some(group) = found.name(name) {
                captures.entry(Arc::clone(name)).or_insert_with(|| group.as_str().to_owned());
            }
        }
    }
}

/// `PATH regex 'PATTERN'`, with the quantifier where it is not the usual one.
fn spelling(filter: &config::Filter) -> String {
    let Question::Regex(regex) = &filter.question;
    let quantifier = match filter.quantifier {
        Quantifier::Any => "",
        Quantifier::All => " (all values)",
        Quantifier::None => " (no value)",
    };
    format!("{} regex {}{quantifier}", filter.path, quoted(regex.as_str()))
}

/// YAML's single quotes, in which only the quote itself is doubled.
fn quoted(regex: &str) -> String {
    format!("'{}'", regex.replace('\'', "''"))
}
