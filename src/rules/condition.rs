//! What a trigger asks: predicates put together by `not`, `any` and `all`.

use super::{
    predicate::{PredicateId, PredicateTable},
    values::{PathTable, Values},
};
use crate::config::{Captures, Filter, Test, TimeTest};

/// A filter, ready to be asked.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) test: ConditionTest,
    /// The filter in one line, as the operator would write it.
    spelling: Box<str>,
}

#[derive(Debug)]
pub(super) enum ConditionTest {
    Predicate(PredicateId),
    Time(Box<TimeTest>),
    Not(Box<Condition>),
    Any(Vec<Condition>),
    All(Vec<Condition>),
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
    /// The verdicts of the filters inside it, of all of them.
    pub parts: Vec<FilterVerdict<'r>>,
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

/// Who answers predicates: straight from the values, or from memory.
pub(super) trait Answers {
    fn holds(&mut self, predicate: PredicateId) -> bool;
}

impl Condition {
    pub(super) fn compile(filter: &Filter, predicates: &mut PredicateTable, paths: &mut PathTable) -> Self {
        let mut inside =
            |filters: &[Filter]| filters.iter().map(|filter| Self::compile(filter, predicates, paths)).collect();
        let test = match &filter.test {
            Test::Any(filters) => ConditionTest::Any(inside(filters)),
            Test::All(filters) => ConditionTest::All(inside(filters)),
            Test::Time(time) => ConditionTest::Time(Box::new(time.clone())),
            Test::Not(filter) => ConditionTest::Not(Box::new(Self::compile(filter, predicates, paths))),
            Test::Values(test) => ConditionTest::Predicate(predicates.intern(test, paths)),
        };
        Self { test, spelling: filter.to_string().into() }
    }

    /// Whether it holds; stops as soon as that is known.
    pub(super) fn holds(&self, values: &Values<'_>, answers: &mut impl Answers) -> bool {
        match &self.test {
            ConditionTest::Predicate(predicate) => answers.holds(*predicate),
            ConditionTest::Time(test) => values.within(test),
            ConditionTest::Not(condition) => !condition.holds(values, answers),
            ConditionTest::Any(conditions) => conditions.iter().any(|one| one.holds(values, answers)),
            ConditionTest::All(conditions) => conditions.iter().all(|one| one.holds(values, answers)),
        }
    }

    /// Adds what the expressions of a condition that holds capture.
    pub(super) fn capture(
        &self,
        values: &Values<'_>,
        predicates: &PredicateTable,
        answers: &mut impl Answers,
        captures: &mut Captures,
    ) {
        match &self.test {
            ConditionTest::Predicate(predicate) => {
                if let Some(predicate) = predicates.get(*predicate) {
                    predicate.capture(values, captures);
                }
            }
            ConditionTest::All(conditions) => {
                for condition in conditions {
                    condition.capture(values, predicates, answers, captures);
                }
            }
            // Of alternatives the first that holds captures.
            ConditionTest::Any(conditions) => {
                if let Some(first) = conditions.iter().find(|one| one.holds(values, answers)) {
                    first.capture(values, predicates, answers, captures);
                }
            }
            ConditionTest::Not(_) | ConditionTest::Time(_) => {}
        }
    }

    /// The verdict with everything that led to it.
    pub(super) fn explain(
        &self,
        values: &Values<'_>,
        predicates: &PredicateTable,
        answers: &mut impl Answers,
    ) -> FilterVerdict<'_> {
        let holds = self.holds(values, answers);
        let (seen, parts) = match &self.test {
            ConditionTest::Predicate(id) => {
                let seen = predicates.get(*id).into_iter().flat_map(|predicate| {
                    values.texts(predicate.path).iter().map(|text| SeenValue {
                        text: text.text.to_string(),
                        cut_from: (text.length > text.text.len()).then_some(text.length),
                        yes: predicate.asks(text),
                    })
                });
                (seen.collect(), Vec::new())
            }
            ConditionTest::Time(test) => {
                let seen = values.moment(&test.of).map(|moment| SeenValue {
                    text: moment.to_zoned(test.zone.clone()).to_string(),
                    cut_from: None,
                    yes: holds,
                });
                (seen.into_iter().collect(), Vec::new())
            }
            ConditionTest::Not(condition) => (Vec::new(), vec![condition.explain(values, predicates, answers)]),
            ConditionTest::Any(conditions) | ConditionTest::All(conditions) => {
                (Vec::new(), conditions.iter().map(|one| one.explain(values, predicates, answers)).collect())
            }
        };
        FilterVerdict { filter: &self.spelling, values: seen, holds, parts }
    }
}
