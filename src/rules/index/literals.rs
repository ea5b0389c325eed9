//! Which texts must appear in every text that a regular expression matches.

use regex_syntax::{
    hir::{Class, Hir, HirKind, Look},
    parse,
};

/// Alternatives that are worth looking for.
const MOST: usize = 48;
/// A needle shorter than this is found in nearly everything.
const SHORTEST: usize = 2;
/// Longer ones are cut: they find no less, and the index stays small.
const LONGEST: usize = 32;

/// What is required of every text that an expression matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Required {
    /// It is one of these texts.
    Exactly(Vec<String>),
    /// It holds at least one of these, in any case of ASCII letters; in small letters here.
    OneOf(Vec<Vec<u8>>),
    /// Nothing that could be looked for.
    Nothing,
}

/// What is required of every text that this expression matches.
pub(super) fn required(expression: &str) -> Required {
    let Ok(hir) = parse(expression) else { return Required::Nothing };
    if let Some(texts) = exactly(&hir) {
        return Required::Exactly(texts);
    }
    match needles(&hir) {
        Some(needles) => Required::OneOf(needles),
        None => Required::Nothing,
    }
}

/// The texts an expression such as `^(a|b)$` matches, when they are few.
fn exactly(hir: &Hir) -> Option<Vec<String>> {
    let inside = strip_group(hir);
    let HirKind::Concat(parts) = inside.kind() else { return None };
    let [first, middle @ .., last] = parts.as_slice() else { return None };
    if *first.kind() != HirKind::Look(Look::Start) || *last.kind() != HirKind::Look(Look::End) {
        return None;
    }
    let mut texts = vec![Vec::new()];
    for part in middle {
        let alternatives = alternatives(part)?;
        if texts.len() * alternatives.len() > MOST {
            return None;
        }
        texts = texts
            .iter()
            .flat_map(|text| alternatives.iter().map(move |more| [text.as_slice(), more].concat()))
            .collect();
    }
    texts.into_iter().map(|text| String::from_utf8(text).ok()).collect()
}

/// All texts that a part without repetitions and classes matches.
fn alternatives(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match strip_group(hir).kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Class(Class::Unicode(class)) => {
            let few = class.iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum::<usize>() <= MOST;
            let letters = || class.iter().flat_map(|range| range.start()..=range.end());
            few.then(|| letters().map(|letter| letter.to_string().into_bytes()).collect())
        }
        HirKind::Alternation(list) => {
            let mut all = Vec::new();
            for one in list {
                all.extend(alternatives(one)?);
                if all.len() > MOST {
                    return None;
                }
            }
            Some(all)
        }
        HirKind::Concat(list) => {
            let mut texts = vec![Vec::new()];
            for part in list {
                let more = alternatives(part)?;
                if texts.len() * more.len() > MOST {
                    return None;
                }
                texts = texts
                    .iter()
                    .flat_map(|text| more.iter().map(move |more| [text.as_slice(), more].concat()))
                    .collect();
            }
            Some(texts)
        }
        _ => None,
    }
}

fn strip_group(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(group) => strip_group(&group.sub),
        _ => hir,
    }
}

/// Needles of which one must be found; none when there is nothing worth looking for.
fn needles(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => worth_it(vec![fold(&literal.0)]),
        HirKind::Class(class) => worth_it(vec![vec![folded_letter(class)?]]),
        HirKind::Capture(group) => needles(&group.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needles(&repetition.sub),
        HirKind::Alternation(list) => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            for one in list {
                all.extend(needles(one)?);
            }
            all.sort_unstable();
            all.dedup();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(list) => {
            let mut best: Option<Vec<Vec<u8>>> = None;
            let mut run = Vec::new();
            let mut consider = |candidate: Option<Vec<Vec<u8>>>| {
                if let Some(candidate) = candidate
                    && best.as_ref().is_none_or(|best| rank(&candidate) > rank(best))
                {
                    best = Some(candidate);
                }
            };
            for part in list {
                match strip_group(part).kind() {
                    HirKind::Literal(literal) => run.extend(fold(&literal.0)),
                    HirKind::Class(class) if folded_letter(class).is_some() => run.extend(folded_letter(class)),
                    // Something between letters that takes no text does not part them.
                    HirKind::Empty | HirKind::Look(_) => {}
                    _ => {
                        consider(worth_it(vec![std::mem::take(&mut run)]));
                        consider(needles(part));
                    }
                }
            }
            consider(worth_it(vec![run]));
            best
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

fn worth_it(mut needles: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    for needle in &mut needles {
        needle.truncate(LONGEST);
    }
    needles.iter().all(|needle| needle.len() >= SHORTEST).then_some(needles)
}

/// Longer is better, and fewer.
fn rank(needles: &[Vec<u8>]) -> (usize, std::cmp::Reverse<usize>) {
    (needles.iter().map(Vec::len).min().unwrap_or(0), std::cmp::Reverse(needles.len()))
}

fn fold(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_lowercase()
}

/// The letter of a class that is one ASCII letter in any case: `(?i)a`. Unicode folds two signs to ASCII letters, K to
/// the Kelvin sign and S to the long s; [`plain`] takes them out of the texts that are searched.
fn folded_letter(class: &Class) -> Option<u8> {
    let mut letter = None;
    let mut add = |member: char| {
        let plain = match member {
            '\u{212a}' => 'k',
            '\u{17f}' => 's',
            other => other.to_ascii_lowercase(),
        };
        let fits = plain.is_ascii() && letter.is_none_or(|letter| letter == plain);
        letter = Some(plain);
        fits
    };
    let fits = match class {
        Class::Unicode(class) => {
            let few = class.iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum::<usize>() <= 3;
            few && class.iter().flat_map(|range| range.start()..=range.end()).all(&mut add)
        }
        Class::Bytes(class) => {
            let few = class.iter().map(regex_syntax::hir::ClassBytesRange::len).sum::<usize>() <= 2;
            few && class.iter().flat_map(|range| range.start()..=range.end()).all(|byte| add(byte.into()))
        }
    };
    if fits { letter.and_then(|letter| u8::try_from(letter).ok()) } else { None }
}

/// A text in which needles are found that Unicode's folding hides.
pub(super) fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    // Both signs begin with a byte that plain text does not have.
    if text.is_ascii() || !text.contains(['\u{212a}', '\u{17f}']) {
        return text.into();
    }
    text.replace('\u{212a}', "k").replace('\u{17f}', "s").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn one_of(needles: &[&str]) -> Required {
        Required::OneOf(needles.iter().map(|needle| needle.as_bytes().to_vec()).collect())
    }

    fn exactly(texts: &[&str]) -> Required {
        Required::Exactly(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn what_an_expression_requires() {
        for (expression, expected) in [
            ("^Brute Force attack$", exactly(&["Brute Force attack"])),
            ("^(medium|high)$", exactly(&["medium", "high"])),
            ("^a(b|c)d(ef|gh)$", exactly(&["abdef", "abdgh", "acdef", "acdgh"])),
            ("brute.*force", one_of(&["brute"])),
            ("(?i)Brute|Scan", one_of(&["brute", "scan"])),
            (r"(?i)\bSSHD?\b", one_of(&["ssh"])),
            (r"^192\.0\.2\.", one_of(&["192.0.2."])),
            (r"\d+", Required::Nothing),
            ("(ab)?", Required::Nothing),
            ("(?:ab|.)c", Required::Nothing),
            ("a", Required::Nothing),
            ("(web.?shell)+", one_of(&["shell"])),
            ("(?m)^x1$", one_of(&["x1"])),
        ] {
            assert_eq!(required(expression), expected, "{expression}");
        }
    }

    #[test]
    fn signs_that_fold_to_letters_are_found() {
        let regex = regex::Regex::new("(?i)^task$").unwrap();
        for text in ["task", "TASK", "ta\u{17f}\u{212a}"] {
            assert!(regex.is_match(text));
            assert_eq!(plain(text).to_ascii_lowercase(), "task");
        }
    }

    fn expression() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a", "b", "ab", "key", "sk", "é", ".", r"\d", "[ab]", "[a-z]", "^", "$", r"\b", "", "(?i:ks)", "(?i:é)",
        ]);
        leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
                prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
                (inner.clone(), prop::sample::select(vec!["*", "+", "?", "{2}", "{0}"]))
                    .prop_map(|(part, times)| format!("(?:{part}){times}")),
                inner.prop_map(|part| format!("({part})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Nothing that matches may be without what is required.
        #[test]
        fn every_match_has_what_is_required(expression in expression(), text in "[abkKsSſ\u{212a}éey1 ]{0,12}") {
            let Ok(regex) = regex::Regex::new(&expression) else { return Ok(()) };
            if regex.is_match(&text) {
                match required(&expression) {
                    Required::Exactly(texts) => prop_assert!(texts.contains(&text), "{expression}: {text} not in {texts:?}"),
                    Required::OneOf(needles) => {
                        let hay = plain(&text).to_ascii_lowercase();
                        let found = needles.iter().any(|needle| hay.as_bytes().windows(needle.len()).any(|part| part == needle));
                        prop_assert!(found, "{expression}: {text} has none of {needles:?}");
                    }
                    Required::Nothing => {}
                }
            }
        }
    }
}
