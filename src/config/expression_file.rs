//! Regular expressions and globs as they are written in a file.

use std::{collections::HashMap, str::Chars};

use super::{Expression, ExpressionError, Glob, decode::Item, diagnostic::Diagnostic};

/// What a glob must be.
pub(super) const GLOB: &str =
    "a pattern of some KiB at most, in which every `[` has its `]` and no range such as `[z-a]` runs backwards";

/// Expressions by their text: many triggers ask the same.
#[derive(Default)]
pub(super) struct Expressions(HashMap<String, Expression>);

impl Expressions {
    /// Reads the expression in `item`.
    pub(super) fn read(&mut self, item: Item<'_>) -> Option<Expression> {
        match self.parse(item.text()?) {
            Ok(expression) => Some(expression),
            Err(error) => item.refuse(bad_expression(item, &error, 0)),
        }
    }

    /// Reads an expression, or finds it again.
    pub(super) fn parse(&mut self, text: &str) -> Result<Expression, ExpressionError> {
        if let Some(known) = self.0.get(text) {
            return Ok(known.clone());
        }
        let expression: Expression = text.parse()?;
        self.0.insert(text.to_owned(), expression.clone());
        Ok(expression)
    }

    /// A glob; none when it is not what [`GLOB`] says.
    pub(super) fn glob(&mut self, text: &str, ignore_case: bool) -> Option<Glob> {
        let expression = self.parse(&glob(text, ignore_case)?).ok()?;
        Some(Glob { written: text.into(), ignore_case, expression })
    }
}

/// Says what is wrong with an expression, and where; it begins at byte `from` of the item's text.
pub(super) fn bad_expression(item: Item<'_>, error: &ExpressionError, from: usize) -> Diagnostic {
    let (message, at) = match error {
        ExpressionError::Syntax { message, at } => (message, at),
        ExpressionError::TooLong => {
            return item.error(error.to_string()).help("ask for its parts in several triggers");
        }
        ExpressionError::TooLarge => {
            return item.error(error.to_string()).help(
                "\\d, \\w and \\s cover all of Unicode: write [0-9] or (?-u:\\d) instead, and lower the numbers of repetitions such as {1000}",
            );
        }
    };
    let help = if message.contains("look-around") || message.contains("backreferences") {
        "expressions here take linear time on any input, and look-around and backreferences cannot: use two filters, one with `match: none`"
    } else if message.contains("escape") {
        "`\\` makes a special character plain, as in `\\.` or `\\[`; a plain letter needs none"
    } else {
        "the syntax is that of Rust's regex crate; special characters that mean themselves need a `\\` before them"
    };
    let site = item.node.site_within(item.source, from + at.start, at.len());
    Diagnostic::error(Some(site), format!("this is not a regular expression: {message}")).help(help)
}

/// The regular expression for a glob; none when a `[` has no `]`.
///
/// `*` is any text, `?` any character, `[a-z]` one of these and `[!a-z]` one that is none of them, `\` makes the next
/// character plain, between brackets, too. The whole text must fit.
fn glob(text: &str, ignore_case: bool) -> Option<String> {
    let mut regex = String::from(if ignore_case { r"(?is)\A" } else { r"(?s)\A" });
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let rest = letters.as_str();
                let (negated, inside) = match rest.strip_prefix(['!', '^']) {
                    Some(inside) => (true, inside),
                    None => (false, rest),
                };
                regex.push_str(if negated { "[^" } else { "[" });
                letters = inside.chars();
                members(&mut letters, &mut regex)?;
                regex.push(']');
            }
            '\\' => regex.push_str(&regex_syntax::escape(&letters.next().unwrap_or('\\').to_string())),
            plain => regex.push_str(&regex_syntax::escape(&plain.to_string())),
        }
    }
    regex.push_str(r"\z");
    Some(regex)
}

/// What stands between brackets, to behind the `]`; none when there is none.
fn members(letters: &mut Chars<'_>, regex: &mut String) -> Option<()> {
    let plain = |letter: char| regex_syntax::escape(&letter.to_string());
    let mut first = true;
    loop {
        // A `]` that comes first is one of the characters.
        let member = match letters.next()? {
            ']' if !first => return Some(()),
            '\\' => letters.next()?,
            member => member,
        };
        first = false;
        regex.push_str(&plain(member));
        // A `-` that comes first or last is one of the characters, too.
        let mut range = letters.as_str().chars();
        if range.next() == Some('-') && range.next().is_some_and(|end| end != ']') {
            letters.next();
            let end = match letters.next()? {
                '\\' => letters.next()?,
                end => end,
            };
            regex.push('-');
            regex.push_str(&plain(end));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn globs_are_what_shells_have() {
        for (pattern, yes, no) in [
            ("*login*", vec!["a login b", "login", "x\nlogin"], vec!["Login", "logi"]),
            ("v?.[0-9]", vec!["v1.7"], vec!["v12.7", "v1x7", "v1.x"]),
            ("[!a-c]x", vec!["dx", "Ax"], vec!["ax", "x"]),
            ("[]^-]", vec!["]", "^", "-"], vec!["a", "\\"]),
            (r"[\]\-a]", vec!["]", "-", "a"], vec!["\\", "^"]),
            (r"[--/]", vec!["-", ".", "/"], vec!["0"]),
            (r"[!\!-#]", vec!["$"], vec!["!", "#"]),
            (r"\*[.]\?", vec!["*.?"], vec!["x.?"]),
            ("a+(b|c)", vec!["a+(b|c)"], vec!["ab"]),
        ] {
            let regex = regex::Regex::new(&glob(pattern, false).unwrap()).unwrap();
            for text in yes {
                assert!(regex.is_match(text), "{pattern} {text}");
            }
            for text in no {
                assert!(!regex.is_match(text), "{pattern} {text}");
            }
        }
        assert!(regex::Regex::new(&glob("straße*", true).unwrap()).unwrap().is_match("STRAßE 7"));
        assert_eq!(glob("[a", false), None);
        assert_eq!(glob("[]", false), None);
        assert_eq!(glob(r"[a\]", false), None);
    }

    proptest::proptest! {
        #[test]
        fn every_glob_is_an_expression(text in "[\\[\\]!^a-c*?\\\\&~|-]{0,12}") {
            if let Some(regex) = glob(&text, false) {
                // A range that runs backwards is none; the caller tells.
                let backwards = regex::Regex::new(&regex).is_err_and(|error| !error.to_string().contains("range"));
                proptest::prop_assert!(!backwards, "{text} {regex}");
            }
        }
    }
}
