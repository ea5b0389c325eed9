//! How verbs print: results to standard output, everything else to standard error.

use std::{fmt, io};

use anstyle::{AnsiColor, Style};

use super::Exit;
use crate::text::Escaped;

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BOLD: Style = Style::new().bold();

/// `prelude-trigger: …` on standard error, on lines of our own making only.
pub(super) fn complain(message: impl fmt::Display) {
    let text = message.to_string();
    let mut lines = text.lines().map(Escaped);
    let first = lines.next().map(|line| line.to_string()).unwrap_or_default();
    anstream::eprintln!("{BAD}prelude-trigger:{BAD:#} {first}");
    for line in lines {
        anstream::eprintln!("{line}");
    }
}

/// An error and what led to it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Many errors tell their cause themselves.
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

/// The end of a verb whose only trouble can be its own output. A reader that has gone away is not an error.
pub(super) fn finish(result: io::Result<()>) -> Exit {
    match result {
        Ok(()) => Exit::Fine,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
        Err(error) => {
            complain(format_args!("cannot write to standard output: {error}"));
            Exit::Environment
        }
    }
}
