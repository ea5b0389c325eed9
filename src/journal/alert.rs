//! The message that a decision is about, and what it is known by.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::idmef::Message;

/// A message as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What it is known by: see [`Alert::new`].
    pub identity: [u8; 32],
    /// The analyzerid of who issued it, if it says so.
    pub issuer: Option<String>,
    /// Its messageid, if it has one.
    pub messageid: Option<String>,
    /// When it was received, by our clock.
    pub received: Timestamp,
    /// Its wire bytes.
    pub wire: Arc<[u8]>,
}

impl Alert {
    /// A message that was received at this time.
    ///
    /// It is known by its issuer's analyzerid and its messageid (RFC 4765, section 4.2.2.1): managers on its way add themselves
    /// to its analyzers and change neither. A message without messageid is known by all of its bytes.
    pub fn new(message: &Message, wire: Arc<[u8]>, received: Timestamp) -> Self {
        let issuer = message.issuer().map(String::from);
        let messageid = message.messageid().map(String::from).filter(|id| !id.is_empty());
        let identity = match &messageid {
            Some(id) => sum(&[b"message", issuer.as_deref().unwrap_or_default().as_bytes(), id.as_bytes()]),
            None => sum(&[b"bytes", &wire]),
        };
        Self { identity, issuer, messageid, received, wire }
    }

    /// The silence of a sensor that was noticed at this time, with the heartbeat that tells of it: each silence is one of its own.
    pub fn of_silence(heartbeat: &Message, wire: Arc<[u8]>, noticed: Timestamp) -> Self {
        let alert = Self::new(heartbeat, wire, noticed);
        let identity = sum(&[b"silence", &alert.identity, &noticed.as_nanosecond().to_be_bytes()]);
        Self { identity, ..alert }
    }

    /// The number of its row, which is made when there is none.
    pub(super) fn row(&self, sql: &Connection) -> rusqlite::Result<i64> {
        let known = sql
            .prepare_cached("SELECT id FROM message WHERE identity = ?1")?
            .query_row([&self.identity[..]], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        sql.prepare_cached(
            "INSERT INTO message (identity, issuer, messageid, received, wire) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .insert(params![
            &self.identity[..],
            self.issuer,
            self.messageid,
            self.received.as_millisecond(),
            &self.wire[..]
        ])
    }
}

/// The SHA-256 sum of parts, which cannot run into each other.
pub(super) fn sum(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
