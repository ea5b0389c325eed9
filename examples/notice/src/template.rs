// SPDX-License-Identifier: MIT OR Apache-2.0

//! The notice's template: text, `{alert.some.path}`, `{name}`; `{{` and `}}` are braces.
//!
//! It is split into lines before any value is put in, so no value can make a line of its own.

use prelude_trigger_guest::Path;

/// A parsed template: the pieces of each line.
#[derive(Debug, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Vec<Piece>>);

#[derive(Debug, PartialEq)]
enum Piece {
    Verbatim(String),
    Field(Field),
}

/// What stands in braces.
#[derive(Debug, PartialEq)]
pub enum Field {
    /// An IDMEF path: it has a dot.
    Path(Path),
    /// `severity`, `trigger`, `job`, or the name of a capture.
    Name(String),
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("the text is empty".to_owned());
        }
        text.trim_end().lines().map(line).collect::<Result<_, _>>().map(Self)
    }
}

fn line(text: &str) -> Result<Vec<Piece>, String> {
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

impl Template {
    /// The lines, with what `values` answers in place of the fields. A line with fields, none of which has a value, is
    /// left out.
    pub fn render<E>(
        &self,
        missing: &str,
        at_most: usize,
        values: impl Fn(&Field) -> Result<Vec<String>, E>,
    ) -> Result<Vec<String>, E> {
        let mut lines = Vec::new();
        for pieces in &self.0 {
            let (mut line, mut fields, mut found) = (String::new(), 0, 0);
            for piece in pieces {
                match piece {
                    Piece::Verbatim(text) => line.push_str(text),
                    Piece::Field(field) => {
                        fields += 1;
                        let values = distinct(values(field)?);
                        found += usize::from(!values.is_empty());
                        line.push_str(&if values.is_empty() { missing.to_owned() } else { list(&values, at_most) });
                    }
                }
            }
            if fields == 0 || found > 0 {
                lines.push(line);
            }
        }
        Ok(lines)
    }
}

/// The values in their order, each of them once, without the empty ones.
pub fn distinct(values: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    values.into_iter().filter(|value| !value.is_empty() && seen.insert(value.clone())).collect()
}

fn list(values: &[String], at_most: usize) -> String {
    let shown = values.iter().take(at_most.max(1)).map(String::as_str).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(at_most.max(1)) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_parsed() {
        let path = Path::new("alert.classification.text").unwrap();
        assert_eq!(
            line("a {{b}} {alert.classification.text}{user}").unwrap(),
            [
                Piece::Verbatim("a {b} ".into()),
                Piece::Field(Field::Path(path)),
                Piece::Field(Field::Name("user".into()))
            ]
        );
        assert!(line("a } b").unwrap_err().contains("without"));
        assert!(line("{}").unwrap_err().contains("nothing stands"));
        assert!(line("{sever(ity}").unwrap_err().contains("neither an IDMEF path nor a name"));
    }
}
