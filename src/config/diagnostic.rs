//! What is wrong with a file, said so that the reader can mend it without looking anything up.
//!
//! All mistakes of all files are collected and shown together, in the order of reading. Whatever a
//! file contains is quoted with its control characters escaped: a file may come from somebody who should
//! not paint on the operator's terminal.

use std::{fmt, io};

use anstyle::{AnsiColor, Style};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    config::{
        Location,
        source::{Site, Source},
    },
    text::{Escaped, nearest, shorten},
};

/// Whether a configuration with this diagnostic can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but probably does not do what was meant.
    Warning,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Where; a file that cannot be read at all has no line.
    pub at: Option<Location>,
    /// What is wrong.
    pub message: String,
    /// What stands there.
    pub found: Option<String>,
    /// What may stand there.
    pub expected: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// The line, and the characters of it that are meant.
    excerpt: Option<Excerpt>,
    /// Order of reading, byte offset: what diagnostics are sorted by.
    order: (usize, usize),
}

/// A line of a file, fit to be printed.
#[derive(Debug, Clone, PartialEq)]
struct Excerpt {
    line: String,
    before: usize,
    marked: usize,
}

/// Everything that is wrong with a configuration; ordered by file and line.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(Vec<Diagnostic>);

/// How long a quoted text or a shown line may become, in characters.
const MAX_SHOWN: usize = 160;

impl Diagnostic {
    /// An error.
    pub(super) fn error(at: Option<Site<'_>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, at, message.into())
    }

    /// A warning.
    pub(super) fn warning(at: Option<Site<'_>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, at, message.into())
    }

    fn new(severity: Severity, at: Option<Site<'_>>, message: String) -> Self {
        Self {
            severity,
            at: at.map(Site::location),
            message,
            found: None,
            expected: None,
            help: None,
            excerpt: at.map(Excerpt::of),
            order: at.map_or((0, 0), |site| (site.source.order, site.start)),
        }
    }

    /// An error that came to light after loading, at a place that the configuration remembers. The file is read once
    /// more for the line that is shown; what cannot be read twice, such as a pipe, is shown without it.
    pub fn at(at: &Location, message: impl Into<String>) -> Self {
        let again = at.file.is_file().then(|| Source::read(&at.file, usize::MAX));
        let Some(Ok(source)) = again else {
            return Self { at: Some(at.clone()), ..Self::new(Severity::Error, None, message.into()) };
        };
        let start = source.offset(at.line.saturating_sub(1) as usize, at.column.saturating_sub(1) as usize);
        let rest = source.text.get(start..).unwrap_or_default();
        let length = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
        Self::error(Some(source.site(start, start + length)), message)
    }

    /// A warning that came to light after loading; like [`Self::at`].
    pub fn warning_at(at: &Location, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::at(at, message) }
    }

    /// A warning about the whole of a configuration.
    pub fn warning_anywhere(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, None, message.into())
    }

    /// Says what stands there.
    pub(super) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Says what may stand there.
    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says how to mend it.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says how to mend it, if it is known.
    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    fn render(&self, out: &mut dyn io::Write, colour: bool) -> io::Result<()> {
        let style = |style: Style| if colour { style } else { Style::new() };
        let bold = style(Style::new().bold());
        let dim = style(AnsiColor::Cyan.on_default());
        let (word, loud) = match self.severity {
            Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
            Severity::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        };
        let loud = style(loud);
        if let Some(at) = &self.at {
            write!(out, "{bold}{at}:{bold:#} ")?;
        }
        writeln!(out, "{loud}{word}:{loud:#} {bold}{}{bold:#}", self.message)?;
        if let (Some(excerpt), Some(at)) = (&self.excerpt, &self.at) {
            let number = at.line.to_string();
            let gutter = " ".repeat(number.len());
            let space = " ".repeat(excerpt.before);
            let carets = "^".repeat(excerpt.marked.max(1));
            writeln!(out, "  {dim}{number} |{dim:#} {}", excerpt.line)?;
            writeln!(out, "  {dim}{gutter} |{dim:#} {space}{loud}{carets}{loud:#}")?;
        }
        let notes = [("found", &self.found), ("expected", &self.expected), ("help", &self.help)];
        for (word, text) in notes {
            if let Some(text) = text {
                let text = text.replace('\n', "\n    ");
                writeln!(out, "  {dim}{word}:{dim:#} {text}")?;
            }
        }
        Ok(())
    }
}

impl Diagnostics {
    /// Adds one; the order is restored by [`Self::sort`], or as it is when it came to light last.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Puts them in the order of the files and their lines; what is found twice because an alias repeats it is
    /// said once.
    pub(super) fn sort(&mut self) {
        self.0.sort_by_key(|diagnostic| diagnostic.order);
        self.0.dedup();
    }

    /// Whether one of them forbids to use the configuration.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|one| one.severity == Severity::Error)
    }

    /// One after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many errors and how many warnings.
    pub fn count(&self) -> (usize, usize) {
        let errors = self.0.iter().filter(|one| one.severity == Severity::Error);
        let errors = errors.count();
        (errors, self.0.len() - errors)
    }

    /// Writes all of them for a person, with terminal colours if asked.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn render(&self, out: &mut dyn io::Write, colour: bool) -> io::Result<()> {
        for (number, diagnostic) in self.0.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            diagnostic.render(out, colour)?;
        }
        Ok(())
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.render(&mut text, false).map_err(|_| fmt::Error)?;
        f.write_str(String::from_utf8_lossy(&text).trim_end())
    }
}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = escape(&self.file.to_string_lossy());
        write!(f, "{file}:{}:{}", self.line, self.column)
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Diagnostic", 8)?;
        out.serialize_field("severity", &self.severity)?;
        let at = self.at.as_ref();
        out.serialize_field("file", &at.map(|at| at.file.to_string_lossy()))?;
        out.serialize_field("line", &at.map(|at| at.line))?;
        out.serialize_field("column", &at.map(|at| at.column))?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("found", &self.found)?;
        out.serialize_field("expected", &self.expected)?;
        out.serialize_field("help", &self.help)?;
        out.end()
    }
}

impl Excerpt {
    fn of(site: Site<'_>) -> Self {
        let (line, from, to) = site.shown_line();
        let (before, rest) = line.split_at(from);
        let (marked, after) = rest.split_at(to - from);
        // Of a very long line only the surroundings of the place are shown.
        let near = before.char_indices().rev().nth(MAX_SHOWN / 2 - 1).map_or(0, |(at, _)| at);
        let mut shown = String::from(if near > 0 { "…" } else { "" });
        shown += &escape(before.get(near..).unwrap_or_default());
        let width = shown.chars().count();
        let head: String = marked.chars().take(MAX_SHOWN / 2).collect();
        let after = if head.len() < marked.len() { "" } else { after };
        let room = (MAX_SHOWN * 3 / 2).saturating_sub(width + head.chars().count());
        let tail: String = after.chars().take(room).collect();
        let cut = head.len() < marked.len() || tail.len() < after.len();
        let marked = escape(&head);
        shown = shown + &marked + &escape(&tail) + if cut { "…" } else { "" };
        Self { line: shown, before: width, marked: marked.chars().count() }
    }
}

/// A text of the operator's in backticks, cut when it is long, with nothing in it that a terminal obeys.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", shorten(text, MAX_SHOWN / 2))
}

/// A stretch of a line, fit to be printed below its number.
fn escape(text: &str) -> String {
    Escaped(text.replace('\t', " ")).to_string()
}

/// The names as "`a`, `b` or `c`".
pub(super) fn one_of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(quote).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// "did you mean …?", if there is something near.
pub(super) fn did_you_mean<'n>(written: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<String> {
    nearest(written, candidates).map(|near| format!("did you mean {}?", quote(near)))
}
