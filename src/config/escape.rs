//! Escapes in the values of criteria, as libprelude reads them; what it reads past the end or as nothing is refused.

use std::ops::Range;

/// Why an escape means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EscapeError {
    pub(super) message: &'static str,
    /// The bytes of the text that are wrong.
    pub(super) at: Range<usize>,
}

/// The text that is meant: C's escapes, `\xHH` for a byte, `\uHHHH` and `\UHHHHHHHH` for a character. What is none of them stays as it is; in
/// a pattern so do two backslashes.
pub(super) fn unescape(text: &str, pattern: bool) -> Result<String, EscapeError> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.extend_from_slice(before.as_bytes());
        let start = text.len() - escape.len();
        let wrong = |length: usize, message| {
            let end = text.len().min(start + length);
            Err(EscapeError { message, at: start..text.ceil_char_boundary(end) })
        };
        let Some(letter) = escape.chars().nth(1) else {
            plain.push(b'\\');
            rest = "";
            break;
        };
        let mut read = 1 + letter.len_utf8();
        let byte = match letter {
            'a' => 0x07,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 0x0b,
            '0' => 0,
            'x' => match digits(escape, 2, 2) {
                Some(byte) => {
                    read = 4;
                    u8::try_from(byte).unwrap_or_default()
                }
                None => return wrong(4, r"`\x` takes two hexadecimal digits"),
            },
            'u' | 'U' => match character(escape, letter) {
                Some((letter, length)) => {
                    plain.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    rest = escape.get(length..).unwrap_or_default();
                    if letter == '\0' {
                        return wrong(length, NUL);
                    }
                    continue;
                }
                None if letter == 'u' => return wrong(6, r"`\u` takes the four hexadecimal digits of a character"),
                None => return wrong(10, r"`\U` takes the eight hexadecimal digits of a character"),
            },
            '\\' if !pattern => b'\\',
            _ => {
                plain.extend_from_slice(escape.get(..read).unwrap_or_default().as_bytes());
                rest = escape.get(read..).unwrap_or_default();
                continue;
            }
        };
        if byte == 0 {
            return wrong(read, NUL);
        }
        plain.push(byte);
        rest = escape.get(read..).unwrap_or_default();
    }
    plain.extend_from_slice(rest.as_bytes());
    String::from_utf8(plain)
        .map_err(|_| EscapeError { message: r"what `\x` spells here is not UTF-8", at: 0..text.len() })
}

const NUL: &str = "no text has a zero byte in it, which would end it for libprelude";

/// The number that so many hexadecimal digits from a place on are.
fn digits(text: &str, from: usize, count: usize) -> Option<u32> {
    let digits = text.get(from..from + count)?;
    let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// The character that `\u…`, two of them that are halves of one, or `\U…` is, and how many bytes that takes.
fn character(escape: &str, kind: char) -> Option<(char, usize)> {
    if kind == 'U' {
        return Some((char::from_u32(digits(escape, 2, 8)?)?, 10));
    }
    let first = digits(escape, 2, 4)?;
    if let Some(letter) = char::from_u32(first) {
        return Some((letter, 6));
    }
    let second = escape.get(6..)?.starts_with(r"\u").then(|| digits(escape, 8, 4))??;
    let halves = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let letter = char::decode_utf16(halves).next()?.ok()?;
    Some((letter, 12))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_what_they_are_to_libprelude() {
        for (written, text, pattern) in [
            (r"a\tb\\c\q\", "a\tb\\c\\q\\", "a\tb\\\\c\\q\\"),
            (r"\x41\xc3\xa9", "Aé", "Aé"),
            (r"\u00e9\U0001f600\ud83d\ude00!", "é😀😀!", "é😀😀!"),
            ("\\é", "\\é", "\\é"),
            ("", "", ""),
        ] {
            assert_eq!(unescape(written, false).unwrap(), text, "{written}");
            assert_eq!(unescape(written, true).unwrap(), pattern, "{written}");
        }
        for (written, at) in [
            (r"ab\x4", 2..5),
            (r"ab\x4é9", 2..7),
            (r"\xzz!", 0..4),
            (r"\x+1", 0..4),
            (r"a\u12", 1..5),
            (r"\ud83d\u0041", 0..6),
            (r"\ude00", 0..6),
            (r"\U00110000x", 0..10),
            (r"a\0b", 1..3),
            (r"\x00", 0..4),
            (r"\u0000", 0..6),
            (r"\xff", 0..4),
        ] {
            assert_eq!(unescape(written, false).unwrap_err().at, at, "{written}");
        }
    }

    proptest! {
        #[test]
        fn a_mistake_is_within_the_text(text in r"([\\]{1,2}[xuU0nq]?[0-9a-fdD8é]{0,9}|[a-zé'\\])*", pattern: bool) {
            match unescape(&text, pattern) {
                Ok(plain) => prop_assert!(plain.len() <= text.len()),
                Err(error) => prop_assert!(text.get(error.at).is_some_and(|wrong| !wrong.is_empty())),
            }
        }
    }
}
