// SPDX-License-Identifier: MIT OR Apache-2.0

//! Texts with gaps for an alert's values: `{alert.some.path}`, `{name}`; `{{` and `}}` are braces.
//!
//! A template is parsed when the configuration is, so a misspelt path is reported at load; it is split into lines before any
//! value is put in, so no value can make a line of its own, nor a gap.
//!
//! ```
//! use prelude_trigger_guest::{testing, template::{Template, Values}};
//!
//! let text: Template = testing::config(r#""{trigger}: {alert.classification.text}\nfrom {alert.source(0).node.name}""#).unwrap();
//! let alert = testing::alert(r#"{"alert": {"classification": {"text": "Scan"}}}"#);
//! let job = testing::job();
//! assert_eq!(text.lines(&Values::new(&job, &alert)).unwrap(), ["test: Scan"]);
//! ```

use crate::{Alert, Context, Error, Path};

/// Text of one line or several.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Line>);

/// Text of one line.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Line(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Verbatim(String),
    Field(Field),
}

/// What stands in braces.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// An IDMEF path: it has a dot.
    Path(Path),
    /// `trigger`, `action`, `job`, the name of a capture or of a parameter, or one the action knows.
    Name(String),
}

/// Where values come from, and how they are written.
pub struct Values<'a> {
    job: &'a Context,
    alert: &'a Alert,
    names: Vec<(&'a str, String)>,
    missing: &'a str,
    at_most: usize,
}

impl<'a> Values<'a> {
    /// Values of an alert and a job. A value that is missing is written `unknown`, and of one field at most five are shown.
    pub fn new(job: &'a Context, alert: &'a Alert) -> Self {
        Self { job, alert, names: Vec::new(), missing: "unknown", at_most: 5 }
    }

    /// Adds a name, which goes before those of captures.
    #[must_use]
    pub fn name(mut self, name: &'a str, text: impl Into<String>) -> Self {
        self.names.push((name, text.into()));
        self
    }

    /// What stands for a missing value in a line that has others.
    #[must_use]
    pub fn missing(mut self, text: &'a str) -> Self {
        self.missing = text;
        self
    }

    /// How many different values of one field are shown.
    #[must_use]
    pub fn at_most(mut self, count: usize) -> Self {
        self.at_most = count.max(1);
        self
    }

    /// All different values of a field.
    ///
    /// # Errors
    /// The host does not answer to the path: it is not granted, for example.
    pub fn of(&self, field: &Field) -> Result<Vec<String>, Error> {
        let name = match field {
            Field::Path(path) => return Ok(distinct(self.alert.texts(path)?)),
            Field::Name(name) => name,
        };
        if let Some((_, text)) = self.names.iter().find(|(known, _)| known == name) {
            return Ok(vec![text.clone()]);
        }
        Ok(match name.as_str() {
            "trigger" => vec![self.job.trigger.clone()],
            "action" => vec![self.job.action.clone()],
            "job" => vec![self.job.job_id.clone()],
            name => {
                let given = self.job.parameters.iter().chain(&self.job.captures);
                distinct(given.filter(|given| given.name == name).map(|given| given.text.clone()).collect())
            }
        })
    }
}

impl Template {
    /// The lines with values in them. A line with fields, none of which has a value, is left out.
    ///
    /// # Errors
    /// The host does not answer to a path.
    pub fn lines(&self, values: &Values<'_>) -> Result<Vec<String>, Error> {
        self.0.iter().filter_map(|line| line.filled(values).transpose()).collect()
    }
}

impl Line {
    /// The line with values in it; none when it has fields and none of them has a value.
    ///
    /// # Errors
    /// The host does not answer to a path.
    pub fn filled(&self, values: &Values<'_>) -> Result<Option<String>, Error> {
        let (mut line, mut fields, mut found) = (String::new(), 0, 0);
        for piece in &self.0 {
            match piece {
                Piece::Verbatim(text) => line.push_str(text),
                Piece::Field(field) => {
                    let texts = values.of(field)?;
                    fields += 1;
                    found += usize::from(!texts.is_empty());
                    line.push_str(&match texts.as_slice() {
                        [] => values.missing.to_owned(),
                        texts => list(texts, values.at_most),
                    });
                }
            }
        }
        Ok(Some(line).filter(|_| fields == 0 || found > 0))
    }

    /// The fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(field) => Some(field),
            Piece::Verbatim(_) => None,
        })
    }
}

/// The values in their order, each of them once, without the empty ones.
pub fn distinct(values: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    values.into_iter().filter(|value| !value.is_empty() && seen.insert(value.clone())).collect()
}

fn list(values: &[String], at_most: usize) -> String {
    let shown = values.iter().take(at_most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(at_most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A text as people can safely look at it, of at most so many characters: line breaks, other control characters, and the
/// characters that turn the direction of writing are escaped (`\n`, `\u{202e}`), and what is too long ends in `…`.
///
/// ```
/// use prelude_trigger_guest::template::visible;
///
/// assert_eq!(visible("a\r\nBcc: b\u{202e}", 99), r"a\r\nBcc: b\u{202e}");
/// assert_eq!(visible("abcdef", 3), "abc…");
/// ```
pub fn visible(text: &str, at_most: usize) -> String {
    let mut seen = String::new();
    for (count, character) in text.chars().enumerate() {
        if count >= at_most {
            seen.push('…');
            break;
        }
        match character {
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                seen.extend(character.escape_unicode());
            }
            _ if character.is_control() => seen.extend(character.escape_default()),
            _ => seen.push(character),
        }
    }
    seen
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("the text is empty".to_owned());
        }
        text.trim_end().lines().map(pieces).map(|pieces| pieces.map(Line)).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Line {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.lines().count() {
            0 => Err("the text is empty".to_owned()),
            1 => pieces(text.trim_end_matches(['\r', '\n'])).map(Self),
            _ => Err("the text must be a single line".to_owned()),
        }
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut verbatim = String::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' if rest.next_if_eq(&character).is_some() => verbatim.push(character),
            '{' => {
                let mut field = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some(character) => field.push(character),
                        None => return Err(format!("`{{` is never closed in `{text}`; a brace is written `{{{{`")),
                    }
                }
                if !verbatim.is_empty() {
                    pieces.push(Piece::Verbatim(std::mem::take(&mut verbatim)));
                }
                pieces.push(Piece::Field(match field.trim() {
                    "" => return Err(format!("nothing stands between the braces in `{text}`")),
                    path if path.contains('.') => Field::Path(Path::new(path).map_err(|error| error.to_string())?),
                    name if name.chars().all(|character| character.is_alphanumeric() || character == '_') => {
                        Field::Name(name.to_owned())
                    }
                    neither => return Err(format!("`{neither}` is neither an IDMEF path nor a name")),
                }));
            }
            '}' => return Err(format!("`}}` without `{{` in `{text}`; a brace is written `}}}}`")),
            _ => verbatim.push(character),
        }
    }
    if !verbatim.is_empty() {
        pieces.push(Piece::Verbatim(verbatim));
    }
    Ok(pieces)
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    impl JsonSchema for super::Template {
        fn schema_name() -> Cow<'static, str> {
            "Template".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "minLength": 1,
                "description": "Text in which {alert.some.path} and {name} stand for values; {{ and }} are braces",
            })
        }
    }

    impl JsonSchema for super::Line {
        fn schema_name() -> Cow<'static, str> {
            "Line".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "minLength": 1,
                "pattern": "^[^\\r\\n]*[\\r\\n]*$",
                "description": "One line in which {alert.some.path} and {name} stand for values; {{ and }} are braces",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn braces_are_parsed() {
        let path = Path::new("alert.classification.text").unwrap();
        assert_eq!(
            pieces("a {{b}} {alert.classification.text}{user}").unwrap(),
            [
                Piece::Verbatim("a {b} ".into()),
                Piece::Field(Field::Path(path)),
                Piece::Field(Field::Name("user".into()))
            ]
        );
        assert!(pieces("a } b").unwrap_err().contains("without"));
        assert!(pieces("{}").unwrap_err().contains("nothing stands"));
        assert!(pieces("{a").unwrap_err().contains("`{` is never closed"));
        assert!(pieces("{sever(ity}").unwrap_err().contains("neither an IDMEF path nor a name"));
        assert!(pieces("{alert.clasification.text}").unwrap_err().contains("has no child"));
        assert!(Line::try_from("a\nb".to_owned()).unwrap_err().contains("single line"));
        assert!(Template::try_from(" \n".to_owned()).unwrap_err().contains("is empty"));
    }

    #[test]
    fn values_make_neither_lines_nor_gaps() {
        let text =
            Template::try_from("{alert.classification.text}\n{user}, {nobody}\n{nobody}\nend".to_owned()).unwrap();
        let alert = testing::alert_with(&[("alert.classification.text", "a\n{user}")]);
        let mut job = testing::job();
        job.captures =
            vec![testing::named("user", "root"), testing::named("user", "root"), testing::named("user", "eve")];
        let lines = text.lines(&Values::new(&job, &alert).missing("?").at_most(1)).unwrap();
        assert_eq!(lines, ["a\n{user}", "root and 1 more, ?", "end"]);
    }
}
