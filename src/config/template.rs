//! One exec argument as the operator wrote it: verbatim text with IDMEF paths and captures in it.
//!
//! The grammar (design: substitution) is decided when the file is loaded, never when an alert is at hand:
//!
//! - An argument that is, whole, an IDMEF path to a value is that path: one argument for each value.
//! - `{…}` inside an argument is an IDMEF path, or the name of a group that a filter's regex captures.
//! - `{{` and `}}` are braces; everything else is verbatim.
//!
//! A path here begins with `alert.` or `heartbeat.`. An argument that begins so and is no path to a value is
//! an error, because it is nearly always a typing mistake whose text would silently be passed on. An argument
//! that must be passed as it is, whatever it looks like, is written `{ verbatim: 'alert.log' }` in the list.
//! (`version`, a path of the message itself, is therefore verbatim, as in `git version`.)

use std::{collections::BTreeMap, ops::Range, str::FromStr, sync::Arc};

use crate::{
    config::diagnostic::quote,
    idmef::{self, ValueType},
};

/// What the named groups of a trigger's filters captured, by name.
pub type Captures = BTreeMap<Arc<str>, String>;

/// One argument, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// The whole argument is this path: it becomes one argument for each value.
    Whole(idmef::Path),
    /// Pieces that make one argument together; a text without braces is one verbatim piece.
    Pieces(Vec<Piece>),
}

/// A part of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Itself.
    Verbatim(String),
    /// The value at this path; it must have one value only.
    Path(idmef::Path),
    /// The text a filter's named group captured.
    Capture(Arc<str>),
}

/// Why a text is no argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text that are wrong.
    pub at: Range<usize>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Template {
    /// The text as it is, whatever it looks like.
    pub fn verbatim(text: &str) -> Self {
        Self::Pieces(vec![Piece::Verbatim(text.to_owned())])
    }

    /// What is substituted, in order.
    pub fn substitutions(&self) -> impl Iterator<Item = Substitution<'_>> {
        let (whole, pieces) = match self {
            Self::Whole(path) => (Some(Substitution::Path(path)), [].as_slice()),
            Self::Pieces(pieces) => (None, pieces.as_slice()),
        };
        let inside = pieces.iter().filter_map(|piece| match piece {
            Piece::Verbatim(_) => None,
            Piece::Path(path) => Some(Substitution::Path(path)),
            Piece::Capture(name) => Some(Substitution::Capture(name)),
        });
        whole.into_iter().chain(inside)
    }

    /// Parses an argument; with it, for each of its [`Self::substitutions`], the bytes of the text where it stands.
    pub(super) fn parse(text: &str) -> Result<(Self, Vec<Range<usize>>), TemplateError> {
        if looks_like_path(text) {
            let path = value_path(text, 0).map_err(|error| error.or_help(VERBATIM))?;
            let whole = 0..text.len();
            return Ok((Self::Whole(path), Vec::from([whole])));
        }
        let brace = |message: &str, at: usize, help: &str| TemplateError {
            message: message.to_owned(),
            at: at..at + 1,
            help: Some(help.to_owned()),
        };
        let (mut pieces, mut places) = (Vec::new(), Vec::new());
        let mut verbatim = String::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
            verbatim.push_str(plain);
            let at = text.len() - after.len();
            if let Some(after) = after.strip_prefix("{{") {
                verbatim.push('{');
                rest = after;
            } else if let Some(after) = after.strip_prefix("}}") {
                verbatim.push('}');
                rest = after;
            } else if let Some(inside) = after.strip_prefix('{') {
                let end = closing_brace(inside).and_then(|end| inside.split_at_checked(end));
                let Some((inside, after)) = end else {
                    return Err(brace("`{` without `}`", at, "write `{{` for a brace"));
                };
                if !verbatim.is_empty() {
                    pieces.push(Piece::Verbatim(std::mem::take(&mut verbatim)));
                }
                pieces.push(substitution(inside, at + 1)?);
                places.push(at + 1..at + 1 + inside.len());
                rest = after.strip_prefix('}').unwrap_or_default();
            } else {
                return Err(brace("`}` without `{`", at, "write `}}` for a brace"));
            }
        }
        verbatim.push_str(rest);
        if !verbatim.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Verbatim(verbatim));
        }
        Ok((Self::Pieces(pieces), places))
    }
}

/// Something in an argument that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Substitution<'t> {
    /// By the value at this path.
    Path(&'t idmef::Path),
    /// By what this group captured.
    Capture(&'t Arc<str>),
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        Self::parse(text).map(|(template, _)| template)
    }
}

const VERBATIM: &str = "To pass the text as it is, write { verbatim: '…' }";

impl TemplateError {
    fn or_help(self, other: &str) -> Self {
        let help = match self.help {
            Some(help) => format!("{help} {other}"),
            None => other.to_owned(),
        };
        Self { help: Some(help), ..self }
    }
}

/// Whether a text means to be an IDMEF path: `alert.` or `heartbeat.` and a letter.
fn looks_like_path(text: &str) -> bool {
    text.split_once('.').is_some_and(|(root, rest)| {
        let rooted = root.eq_ignore_ascii_case("alert") || root.eq_ignore_ascii_case("heartbeat");
        rooted && rest.starts_with(|first: char| first.is_ascii_alphabetic())
    })
}

/// The length of the text before the closing brace; braces inside `('…')` belong to a key of additional data.
fn closing_brace(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let next = rest.find(['}', '('])?;
        if rest.get(next..)?.starts_with('}') {
            return Some(at + next);
        }
        at += next + 1;
        for quote in ['\'', '"'] {
            let Some(key) = text.get(at..)?.strip_prefix(quote) else { continue };
            // As in a path, what ends a key ends its element, too.
            let ends = |at: usize| {
                let after = key.get(at + 1..).and_then(|rest| rest.strip_prefix(')'));
                after.is_some_and(|after| after.starts_with(['.', '}']))
            };
            if let Some(length) = key.match_indices(quote).map(|(at, _)| at).find(|at| ends(*at)) {
                at += 1 + length + 2;
                break;
            }
        }
    }
}

/// What stands between two braces, which begins at byte `at` of the argument.
fn substitution(text: &str, at: usize) -> Result<Piece, TemplateError> {
    if looks_like_path(text) {
        return value_path(text, at).map(Piece::Path);
    }
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if begins && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Ok(Piece::Capture(text.into()));
    }
    if text.is_empty() {
        return Err(TemplateError {
            message: "`{}` names nothing".to_owned(),
            at: at.saturating_sub(1)..at + 1,
            help: Some(
                "write an IDMEF path or the name of a capture between the braces, or `{{}}` for braces".to_owned(),
            ),
        });
    }
    let rooted = format!("alert.{text}");
    let help = match value_path(&rooted, 0) {
        Ok(_) => format!("did you mean {}?", quote(&format!("{{{rooted}}}"))),
        Err(_) => "write `{{` and `}}` for braces".to_owned(),
    };
    Err(TemplateError {
        message: format!("{} is neither an IDMEF path nor the name of a capture", quote(text)),
        at: at..at + text.len(),
        help: Some(help),
    })
}

/// The path to a value that begins at byte `at` of the argument.
fn value_path(text: &str, at: usize) -> Result<idmef::Path, TemplateError> {
    let path: idmef::Path = text.parse().map_err(|error: idmef::PathError| {
        let end = at + text.len();
        TemplateError {
            message: format!("{} is not an IDMEF path: {}", quote(text), error.message),
            at: (at + error.offset).min(end)..end,
            help: error.suggestion.map(|near| format!("did you mean {}?", quote(&near))),
        }
    })?;
    if path.value_type() == ValueType::Class {
        return Err(TemplateError {
            message: format!("{} is a class and has no value", quote(text)),
            at: at..at + text.len(),
            help: leaf_below(text).map(|leaf| format!("did you mean {}?", quote(&leaf))),
        });
    }
    Ok(path)
}

/// The value below a class that is most often meant by it.
pub(super) fn leaf_below(class: &str) -> Option<String> {
    const USUAL: [&str; 15] = [
        "classification.text",
        "text",
        "impact.severity",
        "severity",
        "address(*).address",
        "address",
        "name",
        "node.address(*).address",
        "user_id(*).name",
        "data",
        "rating",
        "description",
        "command",
        "program",
        "messageid",
    ];
    let leaf = |below: &&str| {
        let path = format!("{class}.{below}");
        let parsed: Option<idmef::Path> = path.parse().ok();
        parsed.filter(|leaf| leaf.value_type() != ValueType::Class).map(|_| path)
    };
    USUAL.iter().find_map(leaf)
}
