//! What damping remembers: for each trigger, kind of damping and key, a text that the rules understand.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Change, store};

/// Something to remember, in the place of what was remembered for this key before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remember {
    /// The trigger.
    pub trigger: String,
    /// The kind of damping, such as `once`.
    pub kind: String,
    /// The key's values, as one text.
    pub key: String,
    /// When it means nothing any more.
    pub expires: Timestamp,
    /// What is remembered.
    pub data: String,
}

/// What is remembered.
pub type DampingRow = Remember;

/// Remembers without a decision.
#[derive(Debug, Clone)]
pub struct Note(pub Vec<Remember>);

/// Forgets what means nothing any more: of damping, and of what components keep.
#[derive(Debug, Clone, Copy)]
pub struct Forget {
    /// What time it is.
    pub now: Timestamp,
}

impl Remember {
    pub(super) fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        sql.prepare_cached(
            "INSERT INTO damping (trigger, kind, key, expires, data) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (trigger, kind, key) DO UPDATE SET expires = ?4, data = ?5",
        )?
        .execute(params![self.trigger, self.kind, self.key, self.expires.as_millisecond(), self.data])
        .map(drop)
    }
}

impl Change for Note {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        self.0.iter().try_for_each(|remember| remember.apply(sql))
    }
}

impl Change for Forget {
    /// How many.
    type Answer = usize;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<usize> {
        let kept = store::forget(sql, self.now)?;
        let damping =
            sql.prepare_cached("DELETE FROM damping WHERE expires <= ?1")?.execute([self.now.as_millisecond()])?;
        Ok(damping.saturating_add(kept))
    }
}
