//! A file as text, and where in it something stands.
//!
//! Everything that is later decoded borrows from its [`Source`]; a [`Site`] is a stretch of one, cheap to copy,
//! and becomes a [`Location`] with line and column only where somebody wants to read it.

use std::{
    borrow::Cow,
    fs, io,
    path::Path,
    sync::{Arc, OnceLock},
};

use sha2::{Digest as _, Sha256};

use crate::config::{Location, ReadFile};

/// The largest file read. Ten thousand triggers need about 2 MiB.
pub(super) const MAX_BYTES: u64 = 16 << 20;

/// Bytes between two entries of a source's count of characters.
const BLOCK: usize = 1024;

/// One file of the configuration, read.
#[derive(Debug)]
pub(super) struct Source {
    /// The file as it was named.
    pub(super) file: Arc<Path>,
    /// Its text, without a byte order mark.
    pub(super) text: String,
    /// SHA-256 of the whole file.
    sum: [u8; 32],
    /// Its place in the order of reading; diagnostics are sorted by it.
    pub(super) order: usize,
    /// Byte offset at which each line begins.
    lines: Vec<usize>,
    /// How many characters stand before each [`BLOCK`] of bytes: a column must cost little in a line of any length,
    /// and a file written by a program may have one line.
    characters: Vec<usize>,
    /// Stretches that no message shows, in order; known once it has been parsed.
    hidden: OnceLock<Vec<(usize, usize)>>,
}

/// What is shown in place of what is hidden.
const HIDDEN: &str = "[not shown]";

/// A stretch of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    /// Where it stands.
    pub(super) source: &'a Source,
    /// First byte.
    pub(super) start: usize,
    /// The byte after the last.
    pub(super) end: usize,
}

/// Why a file is not a text we can read.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It does not exist.
    Missing,
    /// It is a directory, a socket, a device: anything but a file.
    NotAFile(&'static str),
    /// It has more than [`MAX_BYTES`].
    TooLarge,
    /// It is not UTF-8; the source is whole up to the first wrong byte, whose value is given.
    NotUtf8(Box<Source>, u8),
    /// The system refuses.
    Io(io::Error),
}

impl Source {
    /// Makes a source of a text.
    pub(super) fn new(file: &Path, order: usize, text: String) -> Self {
        let sum = Sha256::digest(&text).into();
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut count = 0;
        let add = |block: &[u8]| {
            let before = count;
            count += characters(block);
            before
        };
        let characters = text.as_bytes().chunks(BLOCK).map(add).collect();
        Self { file: file.into(), text, sum, order, lines, characters, hidden: OnceLock::new() }
    }

    /// Has these stretches shown by no message.
    pub(super) fn hide(&self, mut stretches: Vec<(usize, usize)>) {
        stretches.sort_unstable();
        // An alias shows a stretch again, or a part of one.
        stretches.dedup_by(|next, last| {
            let overlaps = next.0 < last.1;
            last.1 = if overlaps { last.1.max(next.1) } else { last.1 };
            overlaps
        });
        // What is parsed again hides the same again.
        let _ = self.hidden.set(stretches);
    }

    /// How many characters stand before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let counted = match self.characters.get(block) {
            Some(counted) => *counted,
            // The end of a text that fills its last block.
            None => return characters(self.text.as_bytes()),
        };
        counted + characters(self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default())
    }

    /// Reads a file.
    pub(super) fn read(file: &Path, order: usize) -> Result<Self, Unreadable> {
        let about = fs::metadata(file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Unreadable::Missing,
            _ => Unreadable::Io(error),
        })?;
        // A device or a pipe may never end; a person may still say `--config <(generate)`, which is a pipe.
        if about.is_dir() {
            return Err(Unreadable::NotAFile("a directory"));
        }
        if about.len() > MAX_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let mut bytes = Vec::new();
        let mut limited = io::Read::take(fs::File::open(file).map_err(Unreadable::Io)?, MAX_BYTES + 1);
        io::Read::read_to_end(&mut limited, &mut bytes).map_err(Unreadable::Io)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Unreadable::TooLarge);
        }
        String::from_utf8(bytes).map(|text| Self::new(file, order, text)).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let wrong = bytes.get(good).copied().unwrap_or_default();
            let text = String::from_utf8_lossy(bytes.get(..good).unwrap_or_default());
            Unreadable::NotUtf8(Box::new(Self::new(file, order, text.into_owned())), wrong)
        })
    }

    /// Which file this is, for whoever asks later.
    pub(super) fn as_read(&self) -> ReadFile {
        ReadFile { path: self.file.to_path_buf(), sha256: hex::encode(self.sum) }
    }

    /// The stretch from `start` to `end`, moved to the nearest character boundaries inside the text.
    pub(super) fn site(&self, start: usize, end: usize) -> Site<'_> {
        let start = self.text.floor_char_boundary(start);
        let end = self.text.floor_char_boundary(end).max(start);
        Site { source: self, start, end }
    }

    /// The byte offset of a line and column as other libraries count them, both from zero, the column in characters.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let Some(start) = self.lines.get(line) else {
            return self.text.len();
        };
        let rest = self.text.get(*start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        start + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
    }
}

/// How many characters begin in a stretch of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

impl<'a> Site<'a> {
    /// The line's number, counted from zero.
    fn row(self) -> usize {
        self.source.lines.partition_point(|start| *start <= self.start).saturating_sub(1)
    }

    /// The text of the line it begins in, and where in that text the stretch begins and ends.
    pub(super) fn line(self) -> (&'a str, usize, usize) {
        let (row, text) = (self.row(), self.source.text.as_str());
        let start = self.source.lines.get(row).copied().unwrap_or(0);
        let end = self.source.lines.get(row + 1).map_or(text.len(), |next| next - 1);
        let line = text.get(start..end).unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let from = (self.start - start).min(line.len());
        let to = self.end.saturating_sub(start).clamp(from, line.len());
        (line, from, to)
    }

    /// Whether it must not be shown, or something in it.
    pub(super) fn is_hidden(self) -> bool {
        let mut hidden = self.source.hidden.get().into_iter().flatten();
        hidden.any(|&(start, end)| self.start < end && start < self.end)
    }

    /// [`Self::line`] without what is hidden.
    pub(super) fn shown_line(self) -> (Cow<'a, str>, usize, usize) {
        let (line, from, to) = self.line();
        let begin = self.source.lines.get(self.row()).copied().unwrap_or(0);
        let hidden = self.source.hidden.get().map(Vec::as_slice).unwrap_or_default();
        let first = hidden.partition_point(|(_, end)| *end <= begin);
        let here = hidden.get(first..).unwrap_or_default().iter();
        let mut here = here.take_while(|(start, _)| *start < begin + line.len()).peekable();
        if here.peek().is_none() {
            return (Cow::Borrowed(line), from, to);
        }
        let (mut shown, mut copied) = (String::new(), 0);
        let (mut shown_from, mut shown_to) = (None, None);
        for (start, end) in here {
            let start = start.saturating_sub(begin).clamp(copied, line.len());
            let end = (end - begin).clamp(start, line.len());
            let before = shown.len();
            shown.push_str(line.get(copied..start).unwrap_or_default());
            // Where the stretch begins or ends within what is hidden, all of that is meant.
            shown_from = shown_from.or((from < start).then(|| before + from.saturating_sub(copied)));
            shown_from = shown_from.or((from < end).then_some(shown.len()));
            shown_to = shown_to.or((to <= start).then(|| before + to.saturating_sub(copied)));
            shown.push_str(HIDDEN);
            shown_to = shown_to.or((to <= end).then_some(shown.len()));
            copied = end;
        }
        let rest = |at: usize| shown.len() + at.saturating_sub(copied);
        let (from, to) = (shown_from.unwrap_or_else(|| rest(from)), shown_to.unwrap_or_else(|| rest(to)));
        shown.push_str(line.get(copied..).unwrap_or_default());
        (Cow::Owned(shown), from, to.max(from))
    }

    /// What stands there.
    pub(super) fn text(self) -> &'a str {
        self.source.text.get(self.start..self.end).unwrap_or_default()
    }

    /// For people.
    pub(super) fn location(self) -> Location {
        let (_, from, _) = self.line();
        let start = self.source.lines.get(self.row()).copied().unwrap_or(0);
        let before = self.source.characters_before(start + from) - self.source.characters_before(start);
        Location {
            file: Arc::clone(&self.source.file),
            line: u32::try_from(self.row() + 1).unwrap_or(u32::MAX),
            column: u32::try_from(before + 1).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let source = Source::new(Path::new("f"), 0, "\u{feff}a: ü\r\nbéé: x\n".to_owned());
        let x = source.text.find('x').unwrap();
        let at = source.site(x, x + 1).location();
        assert_eq!((at.line, at.column), (2, 6));
        assert_eq!(source.site(x, x + 1).line(), ("béé: x", 7, 8));
        assert_eq!(source.offset(1, 5), x);
        assert_eq!(source.site(3, 4).line().0, "a: ü");
    }

    #[test]
    fn columns_are_right_in_lines_of_any_length() {
        for length in [0, 1, 511, 512, 513, 1023, 1024, 5000] {
            let source = Source::new(Path::new("f"), 0, format!("ää\n{}x", "ü".repeat(length)));
            let end = source.text.len();
            assert_eq!(source.site(end - 1, end).location().column as usize, length + 1);
            assert_eq!(source.site(end, end).location().column as usize, length + 2);
        }
    }

    #[test]
    fn positions_outside_the_text_are_moved_into_it() {
        let source = Source::new(Path::new("f"), 0, "ä".to_owned());
        let site = source.site(1, 900);
        assert_eq!((site.start, site.end, site.text()), (0, 2, "ä"));
        assert_eq!(source.offset(40, 40), 2);
        assert_eq!(source.offset(0, 40), 2);
    }
}
