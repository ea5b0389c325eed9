//! Tables for people: aligned, coloured on a terminal, nothing in them that a terminal obeys.

use std::io::{self, Write};

use anstyle::Style;

use super::output::BOLD;
use crate::text::shorten;

/// Characters of a cell at the most; the last one of a row may be longer.
const WIDEST: usize = 48;
const WIDEST_LAST: usize = 120;

/// A table whose columns are as wide as what is in them.
pub(super) struct Table {
    heads: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
}

/// One cell.
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A text in a colour.
    pub(super) fn styled(text: &str, style: Style) -> Self {
        Self { text: text.to_owned(), style }
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.to_string(), style: Style::new() }
    }
}

impl Table {
    /// A table with these heads; numbers stand below one that begins with `>`.
    pub(super) fn new(heads: &'static [&'static str]) -> Self {
        Self { heads, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints it, each line after `indent`.
    pub(super) fn print(&self, out: &mut impl Write, indent: &str) -> io::Result<()> {
        let last = self.heads.len().saturating_sub(1);
        let shown = |column: usize, cell: &Cell| shorten(&cell.text, if column == last { WIDEST_LAST } else { WIDEST });
        let rows: Vec<Vec<(String, Style)>> = self
            .rows
            .iter()
            .map(|row| row.iter().enumerate().map(|(column, cell)| (shown(column, cell), cell.style)).collect())
            .collect();
        let heads: Vec<_> = self.heads.iter().map(|head| (head.trim_start_matches('>').to_owned(), BOLD)).collect();
        let width = |column: usize| {
            let of = |row: &Vec<(String, Style)>| row.get(column).map_or(0, |(text, _)| text.chars().count());
            rows.iter().chain([&heads]).map(of).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.heads.len()).map(width).collect();
        for row in [&heads].into_iter().chain(&rows) {
            write!(out, "{indent}")?;
            for (column, ((text, style), width)) in row.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width.saturating_sub(text.chars().count()));
                let right = self.heads.get(column).is_some_and(|head| head.starts_with('>'));
                match (right, column == last) {
                    (true, _) => write!(out, "{space}{style}{text}{style:#}")?,
                    (false, true) => write!(out, "{style}{text}{style:#}")?,
                    (false, false) => write!(out, "{style}{text}{style:#}{space}")?,
                }
                if column < last {
                    write!(out, "  ")?;
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn columns_align_and_hostile_text_stays_in_its_cell() {
        let mut table = Table::new(&[">id", "who", "what"]);
        table.add(vec![7.into(), "ü".into(), "a".into()]);
        table.add(vec![12_345.into(), "e\x1b[2J\nve".into(), "b\u{202e}".into()]);
        let mut out = Vec::new();
        table.print(&mut out, "").unwrap();
        let text = anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string();
        let expected = "   id  who           what\n    7  ü             a\n12345  e\\x1b[2J\\nve  b\\u{202e}\n";
        assert_eq!(text, expected);
    }
}
