//! What components keep (`state` in the WIT package): for each action, by its name, keys with values.
//!
//! Everything goes through the journal's one writer, reads too: a call is done as a whole, what is answered is on the disk, and
//! whoever asks after an answer sees what it was about. Where there is no journal ([`Stores`]) all of it is forgotten when the
//! process ends.
//!
//! Invariants:
//! - The keys and bytes of an action that have not expired never grow beyond its [`Quota`]. What has expired is as if it were
//!   not there; it goes when room is needed, and with [`Forget`](super::Forget).
//! - A version is never given out twice for an action, deleted keys included.
//! - What is refused has changed nothing.
//!
//! Failure modes: while the journal cannot be written, calls wait, as everybody does; when it is closed they fail.

mod change;
mod place;
#[cfg(test)]
mod tests;

pub use change::{LONGEST_KEY, LONGEST_VALUE, MOST_KEYS, Quota, StoreError, Versioned};
pub(super) use change::{continue_versions, forget};
pub use place::{Store, Stores};
