//! Names and modes, which several parts of the schema spell alike.

use std::sync::Arc;

use crate::config::{Mode, decode::Item, diagnostic::quote};

/// `mode:`
pub(super) fn mode(item: Item<'_>) -> Option<Mode> {
    item.choice(&[("enforce", Mode::Enforce), ("observe", Mode::Observe)])
}

/// A name for a trigger, an action or something that is granted: it appears in logs, in commands and in addresses.
pub(super) fn name(item: Item<'_>, text: &str) -> Option<Arc<str>> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if text.chars().all(allowed) && text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.len() <= 100 {
        return Some(text.into());
    }
    let simple = text.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ');
    let mended: String = text.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    let mended: String = mended.trim_start_matches(['-', '_', '.']).chars().take(100).collect();
    let help = (simple && !mended.is_empty()).then(|| format!("did you mean {}?", quote(&mended)));
    item.refuse(
        item.error(format!("{} is not a name", quote(text)))
            .expected("at most 100 letters (a to z), digits, `-`, `_` and `.`, beginning with a letter or digit")
            .maybe_help(help),
    )
}
