//! What a job asked for and was refused.

use std::sync::{Arc, Mutex, PoisonError};

use crate::text::shorten;

/// Denials of one job that are kept; the rest is counted.
const MOST: usize = 16;
/// Characters of one denial.
const LONGEST: usize = 256;

/// The refusals of one job, in the order in which they were first made. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Denials(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    list: Vec<String>,
    more: u64,
}

impl Denials {
    /// Notes a refusal: what was asked for, and why it was refused, in one line. What comes from the guest is escaped.
    pub(super) fn note(&self, denial: &str) {
        let denial = shorten(denial, LONGEST);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.list.contains(&denial) {
        } else if kept.list.len() < MOST {
            kept.list.push(denial);
        } else {
            kept.more = kept.more.saturating_add(1);
        }
    }

    /// What was refused, and how much more than is told; none when nothing was.
    pub(super) fn told(&self) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.more {
            _ if kept.list.is_empty() => None,
            0 => Some(kept.list.join("; ")),
            more => Some(format!("{}; and {more} more", kept.list.join("; "))),
        }
    }
}
