//! Regular expressions: checked when they are loaded, compiled when they are first asked.
//!
//! The syntax is that of the `regex` crate, whose matching takes linear time on any input. Parsing one costs
//! microseconds and tells everything an operator can do wrong but one thing: an expression may be too large
//! when compiled. Compiling costs a hundred times as much time and memory, and of ten thousand expressions most
//! are never asked, so it is put off where a sum over the parsed expression shows that it stays small.

use std::{
    fmt,
    ops::{Deref, Range},
    str::FromStr,
    sync::{Arc, OnceLock},
};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Capture, Class, Hir, HirKind, Look};

/// How many bytes an expression may have when compiled. The regex crate's default is ten times as much, which ten
/// thousand triggers must not be able to ask for.
pub const MAX_COMPILED: usize = 1 << 20;
/// How long an expression may be. Parsing makes some kilobytes of each `\w`.
pub const MAX_LENGTH: usize = 8 << 10;

/// A regular expression that is known to be right; behaves like a [`Regex`], into which it is made when needed.
#[derive(Clone)]
pub struct Expression(Arc<Inner>);

struct Inner {
    text: String,
    /// One for each group: all of it, then the groups in order of their opening parentheses.
    names: Vec<Option<Box<str>>>,
    compiled: OnceLock<Regex>,
}

/// Why a text is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It breaks the rules.
    #[error("{message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// The bytes of the text that are wrong.
        at: Range<usize>,
    },
    /// It has more than [`MAX_LENGTH`] bytes.
    #[error("this regular expression is longer than {} KiB", MAX_LENGTH >> 10)]
    TooLong,
    /// It needs more than [`MAX_COMPILED`] bytes.
    #[error("this regular expression needs more than {} MiB when compiled", MAX_COMPILED >> 20)]
    TooLarge,
}

impl Expression {
    /// The expression that matches what the whole of this one matches, and nothing before or after it.
    ///
    /// Anchors written around a text change its meaning where it ends in a comment (`(?x)`), so what was made is compared with
    /// what was meant; none when no spelling was found.
    pub fn whole(&self) -> Option<Self> {
        let meant = regex_syntax::parse(self.as_str()).ok()?;
        let meant = Hir::concat(vec![Hir::look(Look::Start), meant, Hir::look(Look::End)]);
        ["", "\n"].iter().find_map(|end| {
            let text = format!(r"\A(?:{}{end})\z", self.as_str());
            let made = regex_syntax::parse(&text).ok()?;
            (made == meant).then(|| text.parse().ok()).flatten()
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The names of its groups, as [`Regex::capture_names`] has them, without compiling it.
    pub fn capture_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.names.iter().map(Option::as_deref)
    }
}

impl PartialEq for Expression {
    /// Whether both were written alike.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_LENGTH {
            return Err(ExpressionError::TooLong);
        }
        let hir = regex_syntax::parse(text).map_err(|error| {
            let (message, span) = match &error {
                regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(*error.span())),
                regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(*error.span())),
                other => (other.to_string(), None),
            };
            let at = span.map_or(0..text.len(), |span| span.start.offset..span.end.offset);
            ExpressionError::Syntax { message, at }
        })?;
        let compiled = OnceLock::new();
        if bytes(&hir) > MAX_COMPILED {
            // The sum is never less than the truth, but may be more.
            let regex = RegexBuilder::new(text).size_limit(MAX_COMPILED).build();
            let _ = compiled.set(regex.map_err(|_| ExpressionError::TooLarge)?);
        }
        let mut names = vec![None];
        group_names(&hir, &mut names);
        Ok(Self(Arc::new(Inner { text: text.to_owned(), names, compiled })))
    }
}

impl Deref for Expression {
    type Target = Regex;

    #[expect(clippy::expect_used, reason = "the same parser has accepted the text, and no size is refused")]
    fn deref(&self) -> &Regex {
        let compile =
            || RegexBuilder::new(&self.0.text).size_limit(usize::MAX).build().expect("an expression checked before");
        self.0.compiled.get_or_init(compile)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.as_str()).finish()
    }
}

/// Collects the names of the groups in the order of their numbers.
fn group_names(hir: &Hir, names: &mut Vec<Option<Box<str>>>) {
    match hir.kind() {
        HirKind::Capture(Capture { index, name, sub }) => {
            // Groups below a repetition of zero times are not compiled, but keep their numbers.
            let index = *index as usize;
            if names.len() <= index {
                names.resize(index + 1, None);
            }
            if let Some(place) = names.get_mut(index) {
                place.clone_from(name);
            }
            group_names(sub, names);
        }
        HirKind::Repetition(repetition) => group_names(&repetition.sub, names),
        HirKind::Concat(list) | HirKind::Alternation(list) => list.iter().for_each(|hir| group_names(hir, names)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// At most so many bytes has the expression when compiled: 64 for each transition of its automaton.
fn bytes(hir: &Hir) -> usize {
    transitions(hir).saturating_add(8).saturating_mul(64)
}

/// At most so many transitions has the automaton of this part.
fn transitions(hir: &Hir) -> usize {
    let sum = |list: &[Hir]| list.iter().map(transitions).fold(0, usize::saturating_add);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() + 2,
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().map(|range| utf8_transitions(range.start(), range.end())).sum::<usize>() + 2
        }
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let copies = repetition.max.map_or(least.saturating_add(1), |most| most as usize).max(1);
            transitions(&repetition.sub).saturating_add(4).saturating_mul(copies)
        }
        HirKind::Capture(capture) => transitions(&capture.sub).saturating_add(2),
        HirKind::Concat(list) => sum(list).saturating_add(1),
        HirKind::Alternation(list) => sum(list).saturating_add(list.len()).saturating_add(2),
    }
}

/// At most so many byte ranges follow each other in all UTF-8 sequences from `start` to `end`: a range of characters
/// of equal length falls apart, at each byte but the last, into a head, a middle and a tail.
fn utf8_transitions(start: char, end: char) -> usize {
    let length = end.len_utf8();
    let (from, to) = (u32::from(start), u32::from(end));
    if start.len_utf8() != length {
        // Up to 1 + 3 + 10 + 7 sequences: the surrogates cut the three-byte characters in two.
        return 21 * 4;
    }
    let sequences = match length {
        1 => 1,
        _ if from >> 6 == to >> 6 => 1,
        _ if from >> 12 == to >> 12 => 3,
        _ => 10,
    };
    sequences * length
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_are_compiled_only_when_asked_or_large() {
        let small: Expression = r"(?i)^login (\w+) failed$".parse().unwrap();
        assert!(small.0.compiled.get().is_none());
        assert!(small.is_match("LOGIN x failed"));
        assert!(small.clone().0.compiled.get().is_some());
        let large: Expression = r"\w{10}".parse().unwrap();
        assert!(large.0.compiled.get().is_some());
        assert_eq!(r"(\w{100}){100}".parse::<Expression>().unwrap_err(), ExpressionError::TooLarge);
        assert_eq!("x".repeat(MAX_LENGTH + 1).parse::<Expression>().unwrap_err(), ExpressionError::TooLong);
    }

    #[test]
    fn the_whole_of_an_expression_matches_whole_texts_only() {
        for (text, yes, no) in [
            ("a|b", "a", "ab"),
            ("a|b", "b", "xb"),
            ("", "", "x"),
            ("^a$", "a", "a\n"),
            ("(?m)^a$", "a", "x\na\ny"),
            ("(?i)a", "A", "AA"),
            ("(?x) a | b # the end", "b", "ab"),
            ("(?x) a | b # the end", "a", "a\n"),
            ("a # no comment", "a # no comment", "a"),
            ("(?<n>a)|", "", "aa"),
            (r"\w+", "wörter", "zwei wörter"),
        ] {
            let whole = text.parse::<Expression>().unwrap().whole().expect(text);
            assert!(whole.is_match(yes), "{text} {yes:?}");
            assert!(!whole.is_match(no), "{text} {no:?}");
        }
    }

    #[test]
    fn errors_tell_the_place() {
        let at = |text: &str| match text.parse::<Expression>() {
            Err(ExpressionError::Syntax { at, .. }) => at,
            other => panic!("{other:?}"),
        };
        assert_eq!((at("ä("), at("a{2,1}"), at(r"\pX"), at("(?<a>x)(?<a>y)")), (2..3, 1..6, 0..3, 10..11));
    }

    /// Expressions with everything that makes them large.
    fn expressions() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a",
            "lö",
            ".",
            r"\w",
            r"\d",
            r"\pL",
            r"[^a]",
            r"[\u{80}-\u{10ffff}]",
            r"(?i:straße)",
            "^",
            r"\b",
            "[0-9a-f]",
            "(?-u:a)",
            r"[\u{7ff}-\u{800}]",
            r"\s",
            "()",
            r"[ä-ÿ一-龥]",
            r"(?s:.)",
        ])
        .prop_map(str::to_owned);
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|list| list.concat()),
                prop::collection::vec(inner.clone(), 1..4).prop_map(|list| format!("(?:{})", list.join("|"))),
                inner.clone().prop_map(|inner| format!("(?<g>{})", inner.replace("?<g>", ""))),
                (inner.clone(), 0..9u32, 0..9u32)
                    .prop_map(|(inner, least, more)| format!("(?:{inner}){{{least},{}}}", least + more)),
                (inner.clone(), 0..40u32).prop_map(|(inner, times)| format!("(?:{inner}){{{times}}}")),
                inner.prop_map(|inner| format!("({inner})*?")),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_put_off_can_be_compiled_within_the_limit(text in expressions()) {
            // Two groups of one name are refused by the parser, and are no question of size.
            prop_assume!(regex_syntax::parse(&text).is_ok());
            let small = bytes(&regex_syntax::parse(&text).unwrap()) <= MAX_COMPILED;
            let compiled = RegexBuilder::new(&text).size_limit(MAX_COMPILED).build();
            prop_assert!(!small || compiled.is_ok(), "{text} is larger than thought");
            prop_assert_eq!(text.parse::<Expression>().is_ok(), compiled.is_ok());
            if let Ok(compiled) = compiled {
                let expression: Expression = text.parse().unwrap();
                prop_assert_eq!(expression.capture_names().collect::<Vec<_>>(), compiled.capture_names().collect::<Vec<_>>());
            }
        }
    }
}
