//! Hostile text made fit to be shown.
//!
//! Whatever an alert, a component or a program says may end up in a log, on a terminal or in an error message.
//! [`Escaped`] keeps it on one line and free of anything a terminal obeys or a reader is deceived by; [`quote`]
//! shows one argument of a command so that its ends can be seen. [`nearest`] finds what somebody probably meant.

#[cfg(test)]
pub(crate) mod damage;

use std::fmt::{self, Write as _};

/// Shows text on one line: control characters, line and paragraph separators and characters that turn the
/// direction of writing appear as escapes (`\n`, `\t`, `\x1b`, `\u{202e}`), a backslash as itself.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<T>(pub T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

/// Passes text on to a writer, escaped as [`Escaped`] says.
#[derive(Debug)]
pub struct Escaper<W>(pub W);

impl<W: fmt::Write> fmt::Write for Escaper<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut clean = 0;
        for (at, character) in text.char_indices().filter(|&(_, character)| needs_escape(character)) {
            self.0.write_str(text.get(clean..at).unwrap_or_default())?;
            match character {
                '\n' => self.0.write_str("\\n")?,
                '\r' => self.0.write_str("\\r")?,
                '\t' => self.0.write_str("\\t")?,
                control if u32::from(control) < 0x100 => write!(self.0, "\\x{:02x}", u32::from(control))?,
                other => write!(self.0, "\\u{{{:x}}}", u32::from(other))?,
            }
            clean = at + character.len_utf8();
        }
        self.0.write_str(text.get(clean..).unwrap_or_default())
    }
}

/// Control characters (C0, DEL, C1), separators of lines and paragraphs, marks and overrides of direction, and
/// other characters that cannot be seen.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text escaped and cut to at most `longest` characters, with `…` where something was left out.
pub fn shorten(text: &str, longest: usize) -> String {
    let escaped = Escaped(text.get(..text.floor_char_boundary(longest.saturating_mul(4))).unwrap_or(text)).to_string();
    match escaped.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", escaped.get(..end).unwrap_or_default()),
        None if escaped.len() < text.len() => format!("{escaped}…"),
        None => escaped,
    }
}

/// One argument as a person reads it: bare when nothing in it could be misread, otherwise in single quotes, and
/// in `$'…'` when it holds something that must be escaped.
pub fn quote(argument: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-+=:,@%^".contains(character);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else if argument.chars().any(needs_escape) {
        format!("$'{}'", Escaped(argument.replace('\\', "\\\\").replace('\'', "\\'")))
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// A whole argument vector, each argument quoted where that is needed.
pub fn quote_all<S: AsRef<str>>(arguments: &[S]) -> String {
    let quoted: Vec<_> = arguments.iter().map(|argument| quote(argument.as_ref())).collect();
    quoted.join(" ")
}

/// The candidate most like what was written, if any is like it at all.
pub fn nearest<'n>(written: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let fold = |text: &str| text.to_lowercase().replace('_', "-");
    let written = fold(written);
    let allowed = (written.chars().count() / 3).clamp(1, 4);
    let distance = |candidate: &'n str| {
        let folded = fold(candidate);
        // The beginning of a name, such as `env`, is near although much is missing, and so is `warning` to `warn`.
        if written.len().min(folded.len()) >= 3 && (folded.starts_with(&written) || written.starts_with(&folded)) {
            return Some((allowed.min(strsim::osa_distance(&written, &folded)), candidate));
        }
        // Each character too many or too few is a step: most of many names need not be looked at closely.
        if folded.len().abs_diff(written.len()) > allowed * 4 {
            return None;
        }
        let distance = strsim::osa_distance(&written, &folded);
        (distance <= allowed && distance < folded.chars().count()).then_some((distance, candidate))
    };
    // Of two that are as near the first by name, so that the same is said again.
    candidates.into_iter().filter_map(distance).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let hostile = "a\nb\tc\r\u{1b}[2J\u{7f}\u{9b}31m\u{202e}gpj.exe\u{2028}ü\\";
        assert_eq!(Escaped(hostile).to_string(), "a\\nb\\tc\\r\\x1b[2J\\x7f\\x9b31m\\u{202e}gpj.exe\\u{2028}ü\\");
    }

    #[test]
    fn arguments_are_quoted_only_where_needed() {
        assert_eq!(
            quote_all(&["/usr/sbin/nft", "add", "{ 192.0.2.1 }", "", "it's", "a\nb'c", "$HOME"]),
            r"/usr/sbin/nft add '{ 192.0.2.1 }' '' 'it'\''s' $'a\nb\'c' '$HOME'"
        );
    }

    #[test]
    fn what_is_as_near_is_told_by_name() {
        for candidates in [["log-v6", "log-v4"], ["log-v4", "log-v6"]] {
            assert_eq!(nearest("log-v5", candidates), Some("log-v4"));
        }
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(shorten("abcdef", 3), "abc…");
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("ab\n\n", 3), "ab\\…");
        assert_eq!(shorten(&"ü".repeat(1000), 2), "üü…");
    }

    proptest! {
        #[test]
        fn nothing_escaped_needs_escaping(text in any::<String>()) {
            prop_assert!(!Escaped(&text).to_string().chars().any(needs_escape));
            prop_assert!(!quote(&text).chars().any(needs_escape));
            prop_assert!(shorten(&text, 10).chars().count() <= 11);
        }
    }
}
