//! What several parts of the schema spell alike: names, and regular expressions.

use std::sync::Arc;

use crate::config::{
    ExpressionError,
    decode::Item,
    diagnostic::{Diagnostic, quote},
};

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

/// Says what is wrong with an expression, and where.
pub(super) fn bad_expression(item: Item<'_>, error: &ExpressionError) -> Diagnostic {
    let (message, at) = match error {
        ExpressionError::Syntax { message, at } => (message, at),
        ExpressionError::TooLong => {
            return item.error(error.to_string()).help("ask for its parts in several triggers");
        }
        ExpressionError::TooLarge => {
            return item.error(error.to_string()).help(
                "\\d, \\w and \\s cover all of Unicode: write [0-9] or (?-u:\\d) instead, and lower the numbers of repetitions such as {1000}",
            );
        }
    };
    let help = if message.contains("look-around") || message.contains("backreferences") {
        "expressions here take linear time on any input, and look-around and backreferences cannot: use two filters, one with `match: none`"
    } else if message.contains("escape") {
        "`\\` makes a special character plain, as in `\\.` or `\\[`; a plain letter needs none"
    } else {
        "the syntax is that of Rust's regex crate; special characters that mean themselves need a `\\` before them"
    };
    let site = item.node.site_within(item.source, at.start, at.len());
    Diagnostic::error(Some(site), format!("this is not a regular expression: {message}")).help(help)
}
