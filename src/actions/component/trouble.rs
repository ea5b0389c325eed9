//! What stood in a job's way on our side of it: what it asked for and was refused, and why its last HTTP exchange failed,
//! for which a guest is told no more than a code.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::text::shorten;

/// Refusals of one job that are kept; the rest is counted.
const MOST: usize = 16;
/// Characters of one refusal, or of a failure.
const LONGEST: usize = 256;

/// One job's trouble. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// In the order in which they were first made.
    refused: Vec<String>,
    more: u64,
    exchange: Option<String>,
}

impl Trouble {
    /// Notes a refusal: what was asked for, why it was refused, and what in the grant would allow it, in one line. What comes
    /// from the guest is escaped.
    pub(super) fn refused(&self, refusal: &str) {
        let refusal = shorten(refusal, LONGEST);
        let mut kept = self.kept();
        if kept.refused.contains(&refusal) {
        } else if kept.refused.len() < MOST {
            kept.refused.push(refusal);
        } else {
            kept.more = kept.more.saturating_add(1);
        }
    }

    /// Notes how an HTTP exchange ended: well, or with a failure, which is what was asked and why there is no answer.
    pub(super) fn exchanged(&self, failure: Option<&str>) {
        self.kept().exchange = failure.map(|failure| shorten(failure, LONGEST));
    }

    /// What was refused, and how much more than is told.
    pub(super) fn refusals(&self) -> Vec<String> {
        let kept = self.kept();
        let more = (kept.more > 0).then(|| format!("and {} more", kept.more));
        kept.refused.iter().cloned().chain(more).collect()
    }

    /// Why the last HTTP exchange failed; none when it did not, or there was none.
    pub(super) fn last_exchange(&self) -> Option<String> {
        self.kept().exchange.clone()
    }

    /// Nothing can fail while it is held.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_told_once_escaped_and_not_without_end() {
        let trouble = Trouble::default();
        assert!(trouble.refusals().is_empty());
        for _ in 0..3 {
            trouble.refused("looking up a\x1b[2J\n: no");
        }
        assert_eq!(trouble.clone().refusals(), ["looking up a\\x1b[2J\\n: no"]);
        for number in 0..100 {
            trouble.refused(&format!("{number}{}", "x".repeat(10_000)));
        }
        let told = trouble.refusals();
        assert_eq!((told.len(), told.last().map(String::as_str)), (MOST + 1, Some("and 85 more")));
        assert!(told.iter().all(|refusal| refusal.chars().count() <= LONGEST + 1));
    }

    #[test]
    fn the_last_exchange_is_told_if_it_failed() {
        let trouble = Trouble::default();
        assert_eq!(trouble.last_exchange(), None);
        trouble.exchanged(Some("GET http://a: this is not HTTP: \x1b[31m"));
        trouble.exchanged(Some(&format!("GET http://b: this is not HTTP: \x1b[31m{}", "x".repeat(1000))));
        let told = trouble.last_exchange().unwrap_or_default();
        assert!(told.starts_with("GET http://b: this is not HTTP: \\x1b[31mx"), "{told}");
        assert_eq!(told.chars().count(), LONGEST + 1);
        trouble.exchanged(None);
        assert_eq!(trouble.last_exchange(), None);
    }
}
