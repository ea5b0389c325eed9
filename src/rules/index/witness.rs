//! What must be true of a message before a trigger can match: its witness.

use super::literals::{Required, required};
use crate::{
    config::{Equal, Quantifier, Question},
    rules::{
        condition::{Condition, ConditionTest},
        predicate::{PredicateId, PredicateTable},
        values::PathId,
    },
};

/// Texts of a set that are looked up one by one; a larger set is asked as a whole.
const MOST_TEXTS: usize = 64;

/// Something that can be found without asking every trigger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Sign {
    /// A value at the path is this text.
    Exact(PathId, Box<str>),
    /// A value at the path holds this, in any case of ASCII letters.
    Literal(PathId, Box<[u8]>),
    /// This predicate holds; it is asked once for each message.
    Holds(u32),
    /// There is a value at the path.
    Present(PathId),
}

/// Signs of which at least one shows in every message that a condition holds for.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    pub(super) signs: Vec<Sign>,
    /// How often they will show, by rule of thumb: 1 is always.
    pub(super) often: f64,
}

/// The most alternatives of one witness.
const MOST_SIGNS: usize = 256;

/// The witnesses of filters that must all hold: any one of them will do.
pub(super) fn witnesses(filters: &[Condition], predicates: &PredicateTable) -> Vec<Witness> {
    filters.iter().flat_map(|filter| of_condition(filter, predicates)).collect()
}

fn of_condition(condition: &Condition, predicates: &PredicateTable) -> Vec<Witness> {
    match &condition.test {
        ConditionTest::Predicate(id) => of_predicate(*id, predicates),
        ConditionTest::All(conditions) => witnesses(conditions, predicates),
        ConditionTest::Any(conditions) => {
            let mut all = Witness { signs: Vec::new(), often: 0.0 };
            for condition in conditions {
                let best = of_condition(condition, predicates)
                    .into_iter()
                    .min_by(|one, other| one.often.total_cmp(&other.often));
                let Some(best) = best else { return Vec::new() };
                all.signs.extend(best.signs);
                all.often += best.often;
            }
            if all.signs.len() > MOST_SIGNS { Vec::new() } else { vec![all] }
        }
        // Nothing shows when something is absent.
        ConditionTest::Not(_) | ConditionTest::Time(_) => Vec::new(),
    }
}

fn of_predicate(id: PredicateId, predicates: &PredicateTable) -> Vec<Witness> {
    let Some(predicate) = predicates.get(id) else { return Vec::new() };
    let path = predicate.path;
    let mut found = vec![Witness { signs: vec![Sign::Present(path)], often: 0.9 }];
    if predicate.quantifier == Quantifier::None {
        return found;
    }
    if !predicate.questions.is_empty() {
        found.push(Witness { signs: vec![Sign::Holds(id.0)], often: 0.35 });
    }
    let exact = |texts: Vec<&str>| {
        let signs: Vec<_> = texts.into_iter().map(|text| Sign::Exact(path, text.into())).collect();
        #[expect(clippy::cast_precision_loss, reason = "there are few")]
        let often = 0.01 * signs.len() as f64;
        Witness { signs, often }
    };
    for question in &predicate.questions {
        match question {
            Question::Equals(Equal::Text(text)) => found.push(exact(vec![text])),
            Question::In(set) => {
                if let Some(texts) = set.exact_texts().filter(|texts| texts.len() <= MOST_TEXTS) {
                    found.push(exact(texts.collect()));
                }
            }
            Question::Regex(regex) => found.extend(of_expression(path, regex.as_str())),
            Question::Glob(glob) => found.extend(of_expression(path, glob.expression.as_str())),
            Question::Equals(Equal::Folded(text)) if text.is_ascii() && text.len() > 1 => {
                found.extend(of_needles(path, vec![text.as_bytes().to_vec()]));
            }
            Question::Equals(_) | Question::Order(..) => {}
        }
    }
    found
}

fn of_expression(path: PathId, expression: &str) -> Option<Witness> {
    match required(expression) {
        Required::Exactly(texts) => {
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let often = 0.01 * texts.len() as f64;
            Some(Witness { signs: texts.into_iter().map(|text| Sign::Exact(path, text.into())).collect(), often })
        }
        Required::OneOf(needles) => of_needles(path, needles),
        Required::Nothing => None,
    }
}

fn of_needles(path: PathId, needles: Vec<Vec<u8>>) -> Option<Witness> {
    let often = needles.iter().map(|needle| 0.5_f64.powi(i32::try_from(needle.len().min(6)).unwrap_or(6))).sum();
    let signs = needles.into_iter().map(|needle| Sign::Literal(path, needle.into())).collect();
    (often < 0.9).then_some(Witness { signs, often })
}
