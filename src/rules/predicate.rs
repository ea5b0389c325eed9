//! Questions to the values at a path, each known once however many triggers ask it.

use std::{
    collections::HashMap,
    fmt::Write as _,
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::values::{PathId, PathTable, Text, Values};
use crate::config::{Captures, Quantifier, Question, ValuesTest};

/// The number of a predicate in a [`PredicateTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PredicateId(pub(super) u32);

/// A question, put to every value at a path.
#[derive(Debug)]
pub(super) struct Predicate {
    pub(super) path: PathId,
    pub(super) questions: Vec<Question>,
    pub(super) quantifier: Quantifier,
}

/// Every distinct predicate of a rule set.
#[derive(Debug, Default)]
pub(super) struct PredicateTable {
    predicates: Vec<Predicate>,
    numbers: HashMap<Key, PredicateId>,
}

/// What makes two predicates the same. Sets are the same when they are one object, which named lists are.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    path: PathId,
    quantifier: Quantifier,
    questions: String,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.questions.hash(state);
    }
}

impl PredicateTable {
    pub(super) fn intern(&mut self, test: &ValuesTest, paths: &mut PathTable) -> PredicateId {
        let path = paths.intern(&test.path);
        let mut questions = String::new();
        for question in &test.questions {
            // Writing to a String never fails.
            let _ = match question {
                Question::In(set) => write!(questions, "in {:p}\0", Arc::as_ptr(set)),
                other => write!(questions, "{other}\0"),
            };
        }
        let next = PredicateId(u32::try_from(self.predicates.len()).unwrap_or(u32::MAX));
        let key = Key { path, quantifier: test.quantifier, questions };
        *self.numbers.entry(key).or_insert_with(|| {
            self.predicates.push(Predicate { path, questions: test.questions.clone(), quantifier: test.quantifier });
            next
        })
    }

    pub(super) fn get(&self, id: PredicateId) -> Option<&Predicate> {
        self.predicates.get(id.0 as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.predicates.len()
    }
}

impl Predicate {
    /// Whether it holds for the values of a message.
    pub(super) fn holds(&self, values: &Values<'_>) -> bool {
        let mut texts = values.texts(self.path).iter().map(|text| self.asks(text));
        match self.quantifier {
            Quantifier::Any => texts.any(|yes| yes),
            Quantifier::All => texts.len() > 0 && texts.all(|yes| yes),
            Quantifier::None => texts.len() > 0 && !texts.any(|yes| yes),
        }
    }

    /// The answer of one value.
    pub(super) fn asks(&self, text: &Text<'_>) -> bool {
        self.questions.iter().all(|question| question.asks(&text.text))
    }

    /// Adds what the named groups of its expressions capture in the first value that says yes.
    ///
    /// A group that took no part in the match captures nothing; of two predicates that capture the same name the
    /// first one wins (the configuration refuses that).
    pub(super) fn capture(&self, values: &Values<'_>, captures: &mut Captures) {
        if self.quantifier == Quantifier::None {
            return;
        }
        let groups = self.questions.iter().filter_map(|question| match question {
            Question::Regex(regex) if regex.capture_names().flatten().next().is_some() => Some(regex),
            _ => None,
        });
        for regex in groups {
            let Some(text) = values.texts(self.path).iter().find(|text| self.asks(text)) else { return };
            let Some(found) = regex.captures(&text.text) else { continue };
            for name in regex.capture_names().flatten() {
                if let Some(group) = found.name(name) {
                    captures.entry(Arc::from(name)).or_insert_with(|| group.as_str().to_owned());
                }
            }
        }
    }
}
