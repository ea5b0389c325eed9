//! What the daemon says about itself.
//!
//! Everything worth knowing is one method of [`Report`], which writes the log line **and** counts, so that logs
//! and numbers cannot disagree. Levels mean something: `ERROR` needs an operator, `WARN` is a job or message that
//! did not go well, `INFO` is what was done and why, `DEBUG` is every alert.
//!
//! Invariants: text from outside reaches a log line escaped ([`crate::text::Escaped`]): no value makes a line of
//! its own, colours a terminal or hides. Writing the log never fails a job.

mod answer;
mod format;
pub mod log;
mod notice;
mod tally;

pub use answer::About;
pub use notice::notice;
pub use tally::{Report, Totals};
