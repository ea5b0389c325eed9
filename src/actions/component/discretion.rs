//! Keeps what a job was told in confidence out of what it says.
//!
//! A component that has had a secret revealed may write it into a log line, an error or its outcome, most often by mistake:
//! with the URL or the header it could not send. What a job says is therefore searched for the secrets of its action, once it has been
//! told one of them, and each is replaced by `[secret NAME]`. What is searched for are the secret's lines, because words are kept line by
//! line, if they have [`SHORTEST`] bytes at least: less is found by chance.
//!
//! This is help for honest components and no wall for others: a secret that is written backwards, or in base64, is not found.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use regex::bytes::{Regex, RegexBuilder};

/// Bytes of the shortest secret that is looked for.
const SHORTEST: usize = 4;
/// Bytes of the shortest line that is looked for, of a secret that has several: `}` and `EOF` are no secrets.
const SHORTEST_LINE: usize = 8;
/// Long lines are looked for in pieces of so many bytes.
const PIECE: usize = 1024;

/// What must not be said, of one action.
#[derive(Clone)]
pub(super) struct Words(Arc<Inner>);

struct Inner {
    /// All of them, the longest first.
    any: Regex,
    names: HashMap<Box<[u8]>, Arc<str>>,
}

impl Words {
    /// The words of these secrets; none when no secret has any.
    pub(super) fn new<'s>(
        secrets: impl Iterator<Item = (&'s Arc<str>, &'s [u8])>,
    ) -> Result<Option<Self>, regex::Error> {
        let mut names = HashMap::new();
        for (name, secret) in secrets {
            let lines: Vec<_> = secret.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).collect();
            let shortest = if lines.len() > 1 { SHORTEST_LINE } else { SHORTEST };
            for piece in lines.iter().filter(|line| line.len() >= shortest).flat_map(|line| line.chunks(PIECE)) {
                if piece.len() >= SHORTEST {
                    names.insert(Box::from(piece), Arc::clone(name));
                }
            }
        }
        if names.is_empty() {
            return Ok(None);
        }
        let mut words: Vec<&[u8]> = names.keys().map(|word| &**word).collect();
        // Of words that begin alike the first is taken.
        words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        let literal = |word: &[u8]| word.iter().map(|byte| format!(r"\x{byte:02x}")).collect::<String>();
        let pattern: Vec<_> = words.into_iter().map(literal).collect();
        let any = RegexBuilder::new(&pattern.join("|")).unicode(false).size_limit(usize::MAX).build()?;
        Ok(Some(Self(Arc::new(Inner { any, names }))))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

/// One job's discretion.
#[derive(Debug, Default)]
pub(super) struct Discretion {
    words: Option<Words>,
    /// Whether the job knows anything that it must not say.
    told: AtomicBool,
}

impl Discretion {
    /// About these words, if there are any.
    pub(super) fn about(words: Option<Words>) -> Arc<Self> {
        Arc::new(Self { words, told: AtomicBool::new(false) })
    }

    /// From now on the words are looked for.
    pub(super) fn told(&self) {
        self.told.store(true, Relaxed);
    }

    fn words(&self) -> Option<&Inner> {
        self.words.as_ref().filter(|_| self.told.load(Relaxed)).map(|words| &*words.0)
    }

    /// What may be said of some bytes.
    pub(super) fn bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let Some(words) = self.words() else { return Cow::Borrowed(text) };
        words.any.replace_all(text, |found: &regex::bytes::Captures<'_>| {
            let name = found.get(0).and_then(|found| words.names.get(found.as_bytes()));
            format!("[secret {}]", name.map_or("", |name| name)).into_bytes()
        })
    }

    /// What may be said of a text.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Words that are not UTF-8 by themselves leave halves of characters behind.
            Cow::Owned(said) => Cow::Owned(String::from_utf8_lossy(&said).into_owned()),
        }
    }

    /// How many bytes at the end of a text that goes on may be the beginning of a word.
    pub(super) fn unfinished(&self, text: &[u8]) -> usize {
        let Some(words) = self.words() else { return 0 };
        let longest = |word: &[u8]| {
            let most = word.len().saturating_sub(1).min(text.len());
            (1..=most).rev().find(|&length| word.get(..length).is_some_and(|start| text.ends_with(start))).unwrap_or(0)
        };
        words.names.keys().map(|word| longest(word)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    fn told(secrets: &[(&str, &[u8])]) -> Arc<Discretion> {
        let secrets: Vec<(Arc<str>, &[u8])> = secrets.iter().map(|(name, bytes)| (Arc::from(*name), *bytes)).collect();
        let words = Words::new(secrets.iter().map(|(name, bytes)| (name, *bytes))).unwrap();
        let discretion = Discretion::about(words);
        assert_eq!(discretion.text("hunter22 pass password"), "hunter22 pass password", "nothing was told yet");
        discretion.told();
        discretion
    }

    #[test]
    fn what_was_told_is_not_said() {
        let discretion = told(&[("a", b"pass"), ("b", b"password1"), ("c", b"abc"), ("d", b"\xff\xfe\x00.*")]);
        assert_eq!(discretion.text("my password1 is no pass"), "my [secret b] is no [secret a]");
        assert_eq!(discretion.text("abc is too short"), "abc is too short");
        assert_eq!(&*discretion.bytes(b"<\xff\xfe\x00.*>"), b"<[secret d]>");
        assert_eq!(discretion.text("<.*>"), "<.*>");
        assert_eq!(discretion.unfinished(b"my passw"), 5);
        assert_eq!(discretion.unfinished(b"my own"), 0);
        assert!(format!("{discretion:?}").find("pass").is_none());
    }

    #[test]
    fn secrets_of_several_lines_are_found_line_by_line() {
        let key = b"-----BEGIN KEY-----\nMIIBVQIBADANBgkqhkiG\n  }\nshort\n-----END KEY-----";
        let discretion = told(&[("key", key)]);
        assert_eq!(discretion.text("MIIBVQIBADANBgkqhkiG"), "[secret key]");
        assert_eq!(discretion.text("}, EOF, short"), "}, EOF, short");
        let long = "x".repeat(3000) + "y";
        let discretion = told(&[("long", long.as_bytes())]);
        assert_eq!(discretion.text(&long), "[secret long]".repeat(3));
    }

    proptest! {
        #[test]
        fn no_word_is_left(secret in prop::collection::vec(any::<u8>(), 4..40), before in "[a-z]{0,9}", after in "[a-z]{0,9}") {
            prop_assume!(!secret.contains(&b'\n') && secret.trim_ascii().len() >= 4);
            let discretion = told(&[("s", &secret)]);
            let text = [before.as_bytes(), &secret, after.as_bytes()].concat();
            let word = secret.trim_ascii();
            let said = discretion.bytes(&text).into_owned();
            prop_assert!(!said.windows(word.len()).any(|part| part == word) || b"[secret s]".windows(word.len()).any(|part| part == word));
            for cut in 1..word.len() {
                let text = [before.as_bytes(), &word[..cut]].concat();
                prop_assert!(discretion.unfinished(&text) >= cut);
            }
        }
    }
}
