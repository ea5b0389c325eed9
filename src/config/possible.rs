//! Whether a value can be what several questions want at once. Only a certain no counts: what is not understood is possible.
//!
//! Named lists are not looked into. They change without the configuration, and a configuration must not become wrong because
//! a list did.

use std::cmp::Ordering;

use regex_syntax::hir::{Hir, HirKind, Look, literal::Extractor};

use super::{Bound, Equal, Expression, Number, Question, Relation, Set};
use crate::idmef::{self, ValueType};

/// So many candidates, and elements of a set, are looked at.
const MOST: usize = 1000;

/// Whether no value of `path` says yes to all of `yes` and, for each of `no`, to not all of its questions.
pub(super) fn never(path: &idmef::Path, yes: &[&Question], no: &[&[Question]]) -> bool {
    let fits = |text: &str| {
        yes.iter().all(|question| may_say_yes(question, text))
            && !no.iter().any(|all| all.iter().all(|question| must_say_yes(question, text)))
    };
    if let Some(list) = path.enumeration() {
        return !list.names.iter().any(|name| fits(name));
    }
    if path.range().is_some_and(|range| yes.iter().any(|question| outside(question, range))) {
        return true;
    }
    // What one question wants another one forbids, whatever it is.
    if no.iter().any(|all| all.iter().all(|question| yes.contains(&question))) {
        return true;
    }
    if yes.len() + no.len() < 2 {
        return false;
    }
    if let Some(candidates) = yes.iter().filter_map(|question| candidates(question)).min_by_key(Vec::len) {
        return !candidates.iter().any(|text| fits(text));
    }
    let pairs =
        || yes.iter().enumerate().flat_map(|(place, one)| yes.iter().skip(place + 1).map(move |two| (*one, *two)));
    pairs().any(|(one, two)| disjoint(one, two)) || empty_range(path, yes)
}

/// Whether it may be a yes; of a named list that is not known.
fn may_say_yes(question: &Question, text: &str) -> bool {
    matches!(question, Question::In(set) if set.name().is_some()) || question.asks(text)
}

/// Whether it is a yes; of a named list that is not known.
fn must_say_yes(question: &Question, text: &str) -> bool {
    !matches!(question, Question::In(set) if set.name().is_some()) && question.asks(text)
}

/// Whether no whole number of a range says yes.
fn outside(question: &Question, (least, most): (i128, i128)) -> bool {
    let (number, least, most) = match question {
        Question::Equals(Equal::Number(number)) | Question::Order(_, Bound::Number(number)) => {
            (*number, number.compare(Number::Integer(least)), number.compare(Number::Integer(most)))
        }
        _ => return false,
    };
    match question {
        Question::Order(Relation::Above, _) => most.is_ge(),
        Question::Order(Relation::AtLeast, _) => most.is_gt(),
        Question::Order(Relation::Below, _) => least.is_le(),
        Question::Order(Relation::AtMost, _) => least.is_lt(),
        _ => least.is_lt() || most.is_gt() || matches!(number, Number::Float(float) if float.fract() != 0.0),
    }
}

/// All texts that say yes to a question, if they can be counted up.
fn candidates(question: &Question) -> Option<Vec<String>> {
    match question {
        Question::Equals(Equal::Text(text)) => Some(vec![text.to_string()]),
        Question::In(set) if set.name().is_none() && set.len() <= MOST => {
            set.exact_texts().map(|texts| texts.map(str::to_owned).collect())
        }
        Question::Regex(expression) => whole_texts(expression),
        _ => None,
    }
}

/// All texts in which an expression finds something, where it is anchored at both ends and leaves no other choice than a few.
fn whole_texts(expression: &Expression) -> Option<Vec<String>> {
    let hir = regex_syntax::parse(expression.as_str()).ok()?;
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let [first, inside @ .., last] = parts.as_slice() else { return None };
    let anchored =
        matches!(first.kind(), HirKind::Look(Look::Start)) && matches!(last.kind(), HirKind::Look(Look::End));
    let inside = Hir::concat(inside.to_vec());
    if !anchored || !inside.properties().look_set().is_empty() {
        return None;
    }
    let texts = Extractor::new().extract(&inside);
    let texts = texts.literals()?.iter().map(|text| {
        let exact = text.is_exact().then(|| text.as_bytes().to_vec())?;
        String::from_utf8(exact).ok()
    });
    texts.collect()
}

/// Whether no text says yes to both questions.
fn disjoint(one: &Question, two: &Question) -> bool {
    match (one, two) {
        (Question::Equals(Equal::Folded(one)), Question::Equals(Equal::Folded(two))) => one != two,
        (Question::Equals(Equal::Folded(text)), Question::In(set))
        | (Question::In(set), Question::Equals(Equal::Folded(text))) => known(set) && !set.contains_folded(text),
        (Question::In(one), Question::In(two)) => known(one) && known(two) && one.is_disjoint(two),
        _ => false,
    }
}

fn known(set: &Set) -> bool {
    set.name().is_none() && set.len() <= MOST
}

/// Whether what the questions say of more and less leaves nothing between.
fn empty_range(path: &idmef::Path, yes: &[&Question]) -> bool {
    let whole = path.value_type() == ValueType::Integer;
    let pairs = || yes.iter().flat_map(|one| yes.iter().map(move |two| (*one, *two)));
    pairs().any(|(one, two)| match (limit(one, whole), limit(two, whole)) {
        (Some((first, least)), Some((second, most))) => {
            let order = match (least, most) {
                (Bound::Number(least), Bound::Number(most)) => least.compare(most),
                (Bound::Time(least), Bound::Time(most)) => least.cmp(&most),
                _ => return false,
            };
            empty(first, second, order)
        }
        _ => false,
    })
}

/// How a question limits a value. Of whole numbers, above 5 is at least 6.
#[derive(Clone, Copy, PartialEq)]
enum Limit {
    Exactly,
    By(Relation),
}

fn limit(question: &Question, whole: bool) -> Option<(Limit, Bound)> {
    match question {
        Question::Equals(Equal::Number(number)) => Some((Limit::Exactly, Bound::Number(*number))),
        Question::Equals(Equal::Time(time)) => Some((Limit::Exactly, Bound::Time(*time))),
        Question::Order(Relation::Above, Bound::Number(Number::Integer(number))) if whole => {
            Some((Limit::By(Relation::AtLeast), Bound::Number(Number::Integer(number.checked_add(1)?))))
        }
        Question::Order(Relation::Below, Bound::Number(Number::Integer(number))) if whole => {
            Some((Limit::By(Relation::AtMost), Bound::Number(Number::Integer(number.checked_sub(1)?))))
        }
        Question::Order(relation, bound) => Some((Limit::By(*relation), *bound)),
        _ => None,
    }
}

/// Whether nothing is `first` one bound and `second` the other, which stand to each other in this order.
fn empty(first: Limit, second: Limit, order: Ordering) -> bool {
    use Relation::{Above, AtLeast, AtMost, Below};
    match (first, second) {
        (Limit::Exactly, Limit::Exactly) => order.is_ne(),
        (Limit::Exactly | Limit::By(AtLeast), Limit::By(AtMost)) | (Limit::By(AtLeast), Limit::Exactly) => {
            order.is_gt()
        }
        (Limit::Exactly | Limit::By(Above | AtLeast), Limit::By(Below))
        | (Limit::By(Above), Limit::Exactly | Limit::By(AtMost)) => order.is_ge(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::config::{Element, filter::moment};

    fn path(text: &str) -> idmef::Path {
        text.parse().unwrap()
    }

    fn equals(text: &str) -> Question {
        Question::Equals(Equal::Text(text.into()))
    }

    fn any_case(text: &str) -> Question {
        Question::Equals(Equal::Folded(text.to_lowercase().into()))
    }

    fn regex(text: &str) -> Question {
        Question::Regex(text.parse().unwrap())
    }

    fn set(name: Option<&str>, ignore_case: bool, elements: &[&str]) -> Question {
        let elements = elements.iter().map(|text| (*text, Element::parse(text).unwrap()));
        Question::In(Arc::new(Set::new(name.map(Arc::from), ignore_case, elements)))
    }

    fn order(relation: Relation, number: &str) -> Question {
        Question::Order(relation, Bound::Number(Number::parse(number).unwrap()))
    }

    #[test]
    fn what_can_never_be_and_what_can() {
        use Relation::{Above, AtLeast, AtMost, Below};
        let text = path("alert.classification.text");
        let time = |relation, text: &str| Question::Order(relation, Bound::Time(moment(text).unwrap()));
        let port = path("alert.target(0).service.port");
        let cases: Vec<(&idmef::Path, Question, Question, bool)> = vec![
            (&text, equals("a"), equals("b"), true),
            (&text, equals("a"), equals("a"), false),
            (&text, equals("a"), regex("^b"), true),
            (&text, equals("a"), any_case("A"), false),
            (&text, any_case("a"), any_case("b"), true),
            (&text, any_case("a"), set(None, false, &["A", "b"]), false),
            (&text, any_case("c"), set(None, false, &["A", "b"]), true),
            (&text, any_case("2001:db8::a"), set(None, false, &["2001:DB8::/32"]), false),
            (&text, regex("^(one|two)$"), regex("^(?:two|three)$"), false),
            (&text, regex("^(one|two)$"), regex("^three$"), true),
            (&text, regex("(?i)^one$"), regex("^ONE$"), false),
            (&text, regex("(?i)^one$"), regex("^TWO$"), true),
            (&text, regex("(?m)^one$"), regex("^two$"), true),
            (&text, regex("(?m)^one$"), regex("^two\none$"), false),
            (&text, regex("^one"), regex("^two"), false),
            (&text, regex("^one$"), regex("two$"), true),
            (&text, regex("one"), regex("two"), false),
            (&text, regex("^a*$"), equals("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), false),
            (&text, regex("^[a-z]+$"), regex("^1$"), true),
            (&text, regex(r"^\bone$"), equals("one"), false),
            (&text, set(None, false, &["a", "b"]), set(None, false, &["c", "192.0.2.0/24"]), true),
            (&text, set(None, false, &["a", "b"]), set(None, true, &["B"]), false),
            (&text, set(None, true, &["a"]), set(None, true, &["B"]), true),
            (&text, set(None, false, &["192.0.2.0/24"]), set(None, false, &["192.0.2.7"]), false),
            (&text, set(None, false, &["192.0.2.0/24"]), set(None, false, &["192.0.3.0/24", "2001:db8::/32"]), true),
            (&text, set(Some("list"), false, &["a"]), equals("b"), false),
            (&text, set(Some("list"), false, &["a"]), set(None, false, &["b"]), false),
            (&port, order(Above, "5"), order(Below, "6"), true),
            (&port, order(Above, "5"), order(AtMost, "6"), false),
            (&port, order(AtLeast, "80"), order(AtMost, "80"), false),
            (&port, order(AtLeast, "1024"), order(Below, "1024"), true),
            (&port, Question::Equals(Equal::Number(Number::Integer(22))), order(Above, "1023"), true),
            (&port, Question::Equals(Equal::Number(Number::Integer(22))), order(AtLeast, "22"), false),
            (
                &port,
                Question::Equals(Equal::Number(Number::Integer(22))),
                Question::Equals(Equal::Number(Number::Integer(23))),
                true,
            ),
            (&port, order(Above, "5.5"), order(Below, "5.7"), false),
            (&text, time(Above, "2026-11-21T10:00:00Z"), time(Below, "2026-11-21T11:00:00+02:00"), true),
            (&text, time(Above, "2026-11-21T10:00:00Z"), time(Below, "2026-11-21T11:00:00Z"), false),
        ];
        for (path, one, two, expected) in &cases {
            assert_eq!(never(path, &[one, two], &[]), *expected, "{one} and {two}");
            assert_eq!(never(path, &[two, one], &[]), *expected, "{two} and {one}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit_a_path() {
        use Relation::{Above, AtLeast, AtMost, Below};
        let equals = |number: &str| Question::Equals(Equal::Number(Number::parse(number).unwrap()));
        let port = path("alert.target(0).service.port");
        for question in [
            equals("65536"),
            equals("-1"),
            equals("80.5"),
            equals("1e9"),
            order(Above, "65535"),
            order(AtLeast, "65535.5"),
            order(Below, "0"),
            order(AtMost, "-0.5"),
        ] {
            assert!(never(&port, &[&question], &[]), "{question}");
            assert!(!never(&path("alert.assessment.confidence.confidence"), &[&question], &[]), "{question}");
        }
        for question in [
            equals("65535"),
            equals("0"),
            equals("8e1"),
            order(Above, "65534"),
            order(AtLeast, "65535"),
            order(Below, "0.5"),
            order(AtMost, "0"),
        ] {
            assert!(!never(&port, &[&question], &[]), "{question}");
        }
        assert!(!never(&path("alert.source(0).node.address(0).vlan_num"), &[&equals("-1")], &[]));
    }

    #[test]
    fn what_is_wanted_and_forbidden() {
        let text = path("alert.classification.text");
        let severity = path("alert.assessment.impact.severity");
        let list = set(Some("list"), false, &["a"]);
        assert!(never(&text, &[&list], &[std::slice::from_ref(&list)]));
        assert!(never(&text, &[&equals("a")], &[&[]]), "nothing may be there");
        assert!(never(&text, &[&equals("a")], &[&[regex("^[a-c]$")]]));
        assert!(never(&text, &[&regex("x")], &[&[regex("x")]]));
        assert!(!never(&text, &[&regex("x")], &[&[regex("x"), regex("y")]]));
        assert!(!never(&text, &[&equals("a")], &[&[list]]));
        assert!(never(&severity, &[&regex("^h")], &[&[equals("high")]]));
        assert!(!never(&severity, &[&regex("^[hl]")], &[&[equals("high")]]));
    }

    /// Questions about short texts of few letters, so that they often meet.
    fn questions() -> impl Strategy<Value = Question> {
        let word = prop::sample::select(vec!["a", "A", "b", "ab", "aB", "7", "8", "192.0.2.7", "::1", ""]);
        let words = prop::collection::vec(word.clone(), 1..4);
        prop_oneof![
            word.clone().prop_map(equals),
            word.clone().prop_map(any_case),
            (words, any::<bool>()).prop_map(|(words, ignore_case)| set(None, ignore_case, &words)),
            prop::sample::select(vec![
                "^a$", "^(a|B)$", "(?i)^ab$", "a", "^[ab]+$", "^7?$", "b$", "(?m)^a$", r"^\d$", "^$", "^.$"
            ])
            .prop_map(regex),
            (prop::sample::select(vec!["6", "7", "8"]), 0..4_usize).prop_map(|(number, relation)| {
                use Relation::{Above, AtLeast, AtMost, Below};
                let relation = [Above, AtLeast, AtMost, Below].get(relation).copied().unwrap();
                order(relation, number)
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_found_to_be_never_never_is(
            yes in prop::collection::vec(questions(), 1..4),
            no in prop::collection::vec(prop::collection::vec(questions(), 1..3), 0..3),
            text in "[abAB78]{0,3}|192[.]0[.]2[.]7|::1|::ffff:192[.]0[.]2[.]7|0:0::1|a\nb",
        ) {
            let holds = yes.iter().all(|question| question.asks(&text))
                && !no.iter().any(|all| all.iter().all(|question| question.asks(&text)));
            let (all, none): (Vec<_>, Vec<_>) = (yes.iter().collect(), no.iter().map(Vec::as_slice).collect());
            prop_assert!(!(holds && never(&path("alert.classification.text"), &all, &none)), "{text:?}");
        }
    }
}
