//! Prelude's criteria language, in which operators write what prelude-manager and prelude-correlator shall select.
//!
//! A criteria becomes the same filters that are written one by one, so that it is explained, indexed and checked as
//! they are. What libprelude 5.2.0 does otherwise, and why it is not done here:
//!
//! | criteria | libprelude | here |
//! |---|---|---|
//! | `port < 1024` | compares the bytes of integers, wrongly on little-endian machines | compares numbers |
//! | `port == 0x50`, `port == 0120` | numbers in base 16 and 8, so 80 | refused |
//! | `port == 8e1` | an error | the number 80 |
//! | `port == 70000` | an error, of `!=`, too | refused, for no port says yes to it; `!=` is always a yes |
//! | `port <> '8*'`, `port ~ '^8'`, `port =* 80`, the same of times | an error | asked of what the value is printed as |
//! | `severity == 99`, `severity <> 'x*'` | always a no | refused, for no severity says yes to it |
//! | `impact.type > file` | compares the numbers of the names | refused where names have no order |
//! | `path <> 'login'` | a glob of the whole text, although it is called substring | the same: a glob of the whole text |
//! | `path <> '[[:upper:]]*'` | a class of letters | the characters one by one |
//! | `path <> 'a[b'`, `path <> '[b-a]'` | `[` is a plain character; nothing fits | refused |
//! | `path ~ r'\d'`, `r'(.)\1'`, `'[a&&b]'` | POSIX or PCRE, as libprelude was built | the expressions of all other filters |
//! | `path ~ 'a.b'` on text with a line feed | `.` is a line feed, too | `.` is none; `(?s)` makes it one |
//! | `?`, `.`, `[é]` and `=*` on letters outside ASCII | bytes, and none is a capital | letters |
//! | a text that is not UTF-8, or longer than 64 KiB | its bytes, all of them | U+FFFD for what is none; the beginning |
//! | `path !~ 'x'`, `path !<> 'x'` on a path without value, or with elements that lack it | `!~` no, `!<>` and `!=` yes | yes, like `! (path ~ 'x')` |
//! | `path` alone | yes for an object with nothing in it, for a text that must be there and was not sent, and for a path through a list in a list all of whose elements lack it | yes when there is a value |
//! | `path == ''` | an error, or a crash | a question like others |
//! | `path ==* 'x'`, `path ==*x` | a syntax error; equals `*x` | the same as `path =* 'x'` |
//! | a line feed or `\r` before a value, or after it without a blank | part of the value, as are its quotes then | a blank |
//! | `path == 'a'b` | equals `'a'b` | refused |
//! | `path == 'a\0b'`, `'\x6z'` | ends at the zero byte; something else | refused |
//! | `source(00)` | an index in base 8 | refused |
//! | `additional_data('a.b')` | a syntax error | a path |
//! | `additional_data.data <> 'x'` | yes when a text ends in it; no for `'*x*'` | a glob of the whole text of any data |
//! | `additional_data.data == 42`, `~ '42'` | no, unless the data are a text | the text of any data; `=*`, too |
//! | `additional_data.data > 5` | compares lengths, then bytes | compares numbers, or times |
//! | `a && b || c` in a list of values | from the right: `a && (b || c)` | `&&` binds closer than `||` everywhere |
//! | `overflow_alert.buffer == 'kJCQ'` | compares the bytes themselves | compares their base64, as it is shown |
//! | `create_time > '2026-11-21T17:00:00+01:00'` | compares hours as they are written, in whatever zone | compares moments |
//! | `create_time > '2026-11-21'` | a time of whoever reads it | refused: a time needs a zone |
//! | `wday:monday` as a time | compared in UTC | not accepted: use the filter `time`, which has zones |
//!
//! A negated relation on a list says that no element fits, as in libprelude. So is what a backslash means: in texts that are compared
//! `\\` is one backslash, in globs and expressions it stays two, which mean one there.
//! Tests of the room `rules` ask libprelude, too: each of these differences by name, and generated criteria, which must agree but for them.

use std::ops::Range;

use super::escape::unescape;

/// A criteria, taken apart; what stands where in the text goes along, for diagnostics.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Criteria {
    /// One relation.
    Criterion(Criterion),
    /// `! …`
    Not(Box<Self>),
    /// `… || …`
    Any(Vec<Self>),
    /// `… && …`
    All(Vec<Self>),
}

/// One path and what it is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Criterion {
    pub(super) path: Spanned<String>,
    /// None: whether there is a value.
    pub(super) relation: Option<(Relation, Spanned<String>)>,
}

/// Something, and the bytes of the criteria where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spanned<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// How a value is related to the criterion's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) kind: RelationKind,
    pub(super) negated: bool,
    pub(super) ignore_case: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RelationKind {
    Equals,
    Glob,
    Regex,
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Why a text is no criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CriteriaError {
    pub(super) message: String,
    pub(super) at: Range<usize>,
}

/// How deep parentheses and negations may be nested.
const DEEPEST: usize = 64;

/// The spellings of relations, each before its own beginnings.
const RELATIONS: [(&str, RelationKind, bool, bool); 22] = {
    use RelationKind::{Above, AtLeast, AtMost, Below, Equals, Glob, Regex};
    [
        ("!substr*", Glob, true, true),
        ("!substr", Glob, true, false),
        ("substr*", Glob, false, true),
        ("substr", Glob, false, false),
        ("!<>*", Glob, true, true),
        ("!<>", Glob, true, false),
        ("<>*", Glob, false, true),
        ("<>", Glob, false, false),
        ("!~*", Regex, true, true),
        ("!~", Regex, true, false),
        ("~*", Regex, false, true),
        ("~", Regex, false, false),
        ("!=*", Equals, true, true),
        ("!=", Equals, true, false),
        ("==*", Equals, false, true),
        ("==", Equals, false, false),
        ("=*", Equals, false, true),
        ("=", Equals, false, false),
        (">=", AtLeast, false, false),
        (">", Above, false, false),
        ("<=", AtMost, false, false),
        ("<", Below, false, false),
    ]
};

/// Takes a criteria apart.
pub(super) fn parse(text: &str) -> Result<Criteria, CriteriaError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let criteria = parser.any(Parser::not)?;
    match parser.rest().chars().next() {
        None => Ok(criteria),
        Some(')') => Err(parser.error_here("`)` without `(`")),
        Some(_) => Err(parser.error_here("expected `&&`, `||` or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, CriteriaError>;

impl<'a> Parser<'a> {
    /// What has not been read, without the blanks it begins with.
    fn rest(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn error_here(&mut self, message: &str) -> CriteriaError {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        CriteriaError { message: message.to_owned(), at: self.at..self.at + length }
    }

    /// Alternatives of conjunctions of what `element` reads.
    fn any(&mut self, element: fn(&mut Self) -> Parsed<Criteria>) -> Parsed<Criteria> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error_here("this is nested too deeply"));
        }
        let mut alternatives = Vec::new();
        loop {
            let mut all = vec![element(self)?];
            while self.eat("&&") || self.eat("&") {
                all.push(element(self)?);
            }
            alternatives.push(one_or(all, Criteria::All));
            if !(self.eat("||") || self.eat("|")) {
                break;
            }
        }
        self.depth -= 1;
        Ok(one_or(alternatives, Criteria::Any))
    }

    fn not(&mut self) -> Parsed<Criteria> {
        let mut negations = 0;
        while self.eat("!") {
            negations += 1;
        }
        let criteria = if self.eat("(") {
            let inside = self.any(Self::not)?;
            self.close()?;
            inside
        } else {
            self.criterion()?
        };
        Ok(if negations % 2 == 1 { Criteria::Not(Box::new(criteria)) } else { criteria })
    }

    fn close(&mut self) -> Parsed<()> {
        if self.eat(")") { Ok(()) } else { Err(self.error_here("expected `)`")) }
    }

    fn criterion(&mut self) -> Parsed<Criteria> {
        let path = self.path()?;
        let rest = self.rest();
        let relation = RELATIONS.iter().find(|(spelling, ..)| {
            // `substrate` begins like a relation and is none.
            let after = rest.strip_prefix(spelling);
            after.is_some_and(|after| !spelling.ends_with("str") || !after.starts_with(is_name))
        });
        let Some(&(spelling, kind, negated, ignore_case)) = relation else {
            return match rest.chars().next() {
                None | Some(')' | '&' | '|') => Ok(Criteria::Criterion(Criterion { path, relation: None })),
                Some(_) => Err(self.error_here("expected a relation, such as `==`, `!=`, `~`, `<>`, `<` or `>=`")),
            };
        };
        self.at += spelling.len();
        self.values(&path, Relation { kind, negated, ignore_case })
    }

    /// One value, or values in parentheses with `||` and `&&` between them.
    fn values(&mut self, path: &Spanned<String>, relation: Relation) -> Parsed<Criteria> {
        if !self.eat("(") {
            let value = self.value(relation.kind)?;
            let relation = Some((relation, value));
            return Ok(Criteria::Criterion(Criterion { path: path.clone(), relation }));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error_here("this is nested too deeply"));
        }
        let mut alternatives = Vec::new();
        loop {
            let mut all = vec![self.values(path, relation)?];
            while self.eat("&&") || self.eat("&") {
                all.push(self.values(path, relation)?);
            }
            alternatives.push(one_or(all, Criteria::All));
            if !(self.eat("||") || self.eat("|")) {
                break;
            }
        }
        self.depth -= 1;
        self.close()?;
        Ok(one_or(alternatives, Criteria::Any))
    }

    /// Letters, digits, `_`, `-`, `.`, and whatever stands in parentheses.
    fn path(&mut self) -> Parsed<Spanned<String>> {
        let rest = self.rest();
        let start = self.at;
        let mut end = 0;
        let mut quote = None;
        let mut inside = false;
        for (at, letter) in rest.char_indices() {
            let part = match (quote, inside, letter) {
                (Some(open), _, letter) => {
                    if letter == open {
                        quote = None;
                    }
                    true
                }
                (None, true, '\'' | '"') => {
                    quote = Some(letter);
                    true
                }
                (None, true, letter) => {
                    inside = letter != ')';
                    true
                }
                // `alert.x(0)`, but not `alert.x (`.
                (None, false, '(') => {
                    inside = at > 0;
                    at > 0
                }
                (None, false, letter) => is_name(letter),
            };
            if !part {
                break;
            }
            end = at + letter.len_utf8();
        }
        if end == 0 {
            return Err(self.error_here("expected an IDMEF path"));
        }
        self.at += end;
        Ok(Spanned { value: rest.get(..end).unwrap_or_default().to_owned(), at: start..self.at })
    }

    /// A text in quotes, raw with an `r` before them, or a word.
    fn value(&mut self, of: RelationKind) -> Parsed<Spanned<String>> {
        let pattern = matches!(of, RelationKind::Glob | RelationKind::Regex);
        let rest = self.rest();
        let start = self.at;
        let (raw, quoted) = match rest.strip_prefix('r') {
            Some(after) if after.starts_with(['\'', '"']) => (true, after),
            _ => (false, rest),
        };
        let Some(open) = quoted.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
            let end = rest.find([' ', '\t', '\r', '\n', '(', ')', '&', '|']).unwrap_or(rest.len());
            if end == 0 {
                return Err(self.error_here("expected a value"));
            }
            self.at += end;
            let word = rest.get(..end).unwrap_or_default();
            return Ok(Spanned { value: plain(word, pattern, start)?, at: start..self.at });
        };
        let mut escaped = false;
        let close = quoted.char_indices().skip(1).find(|&(_, letter)| {
            let found = letter == open && !escaped;
            escaped = letter == '\\' && !escaped;
            found
        });
        let Some((close, _)) = close else {
            let at = start..self.text.len();
            return Err(CriteriaError { message: "this text is never closed".to_owned(), at });
        };
        let inside = quoted.get(1..close).unwrap_or_default();
        self.at += close + 1 + usize::from(raw);
        let value = if raw { inside.to_owned() } else { plain(inside, pattern, start + 1)? };
        Ok(Spanned { value, at: start..self.at })
    }
}

/// Whether it stands in paths outside of parentheses.
fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

/// What is meant by a value that is not raw and stands at byte `from`.
fn plain(text: &str, pattern: bool, from: usize) -> Parsed<String> {
    unescape(text, pattern).map_err(|error| CriteriaError {
        message: error.message.to_owned(),
        at: from + error.at.start..from + error.at.end,
    })
}

fn one_or(mut list: Vec<Criteria>, several: fn(Vec<Criteria>) -> Criteria) -> Criteria {
    match list.pop() {
        Some(only) if list.is_empty() => only,
        last => {
            list.extend(last);
            several(list)
        }
    }
}
