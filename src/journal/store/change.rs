//! The changes of a store, and what they answer.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::Change;

/// Bytes of the longest key.
pub const LONGEST_KEY: usize = 256;
/// Bytes of the longest value.
pub const LONGEST_VALUE: usize = 64 << 10;
/// Keys that are told at once.
pub const MOST_KEYS: usize = 1000;
/// Expired keys that go with a write; more only if room is needed.
const SWEPT: u32 = 100;

/// The most that one action may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Keys.
    pub keys: u64,
    /// Bytes of all keys and values.
    pub bytes: u64,
}

/// A value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// The value.
    pub value: Vec<u8>,
    /// Changes whenever the key is written; never 0.
    pub version: u64,
}

/// Why a store did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The key or the value does not fit.
    #[error("{0}")]
    TooLarge(String),
    /// There would be more keys than the quota allows.
    #[error("there would be more than {0} keys")]
    Keys(u64),
    /// There would be more bytes than the quota allows.
    #[error("there would be more than {0} bytes of keys and values")]
    Bytes(u64),
    /// What is there is not a number, or the sum would not be one.
    #[error("{0}")]
    NotANumber(&'static str),
    /// The journal cannot be had.
    #[error("{0}")]
    Unavailable(String),
}

/// What every change of a store needs: whose it is, how much may be in it, and what time it is.
#[derive(Debug, Clone)]
pub(super) struct Of {
    pub(super) action: Arc<str>,
    pub(super) quota: Quota,
    pub(super) now: Timestamp,
}

/// Tells a value.
pub(super) struct Get(pub(super) Of, pub(super) String);

/// Writes a value, if the key has this version; whatever it has when there is none.
pub(super) struct Set {
    pub(super) of: Of,
    pub(super) key: String,
    pub(super) value: Vec<u8>,
    pub(super) expected: Option<u64>,
    pub(super) expires_after_ms: Option<u64>,
}

/// Adds to a number.
pub(super) struct Increment {
    pub(super) of: Of,
    pub(super) key: String,
    pub(super) by: i64,
    pub(super) expires_after_ms: Option<u64>,
}

/// Forgets a key.
pub(super) struct Delete(pub(super) Of, pub(super) String);

/// Tells the keys that begin with a text, after one.
pub(super) struct Keys {
    pub(super) of: Of,
    pub(super) prefix: String,
    pub(super) after: Option<String>,
}

pub(super) type Told<T> = Result<T, StoreError>;

/// A key that has not expired.
struct Found {
    value: Vec<u8>,
    version: u64,
    expires: Option<i64>,
}

impl Of {
    fn ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    fn expiry(&self, after_ms: Option<u64>) -> Option<i64> {
        after_ms.map(|after| self.ms().saturating_add(i64::try_from(after).unwrap_or(i64::MAX)))
    }

    fn find(&self, sql: &Connection, key: &str) -> rusqlite::Result<Option<Found>> {
        sql.prepare_cached(
            "SELECT value, version, expires FROM store WHERE action = ?1 AND key = ?2 \
             AND (expires IS NULL OR expires > ?3)",
        )?
        .query_row(params![&*self.action, key, self.ms()], |row| {
            Ok(Found { value: row.get(0)?, version: number(row.get(1)?), expires: row.get(2)? })
        })
        .optional()
    }

    /// Lets some of what has expired go; whether there was any.
    fn sweep(&self, sql: &Connection) -> rusqlite::Result<bool> {
        sql.prepare_cached(
            "DELETE FROM store WHERE rowid IN \
             (SELECT rowid FROM store WHERE action = ?1 AND expires <= ?2 ORDER BY expires LIMIT ?3)",
        )?
        .execute(params![&*self.action, self.ms(), SWEPT])
        .map(|gone| gone > 0)
    }

    /// Keys, bytes and the last version.
    fn used(&self, sql: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
        let used = sql
            .prepare_cached("SELECT keys, bytes, version FROM store_use WHERE action = ?1")?
            .query_row([&*self.action], |row| Ok((number(row.get(0)?), number(row.get(1)?), number(row.get(2)?))))
            .optional()?;
        Ok(used.unwrap_or_default())
    }

    /// Writes a value over what was found there, if it has room.
    fn put(
        &self,
        sql: &Connection,
        key: &str,
        value: &[u8],
        expires: Option<i64>,
        over: Option<&Found>,
    ) -> rusqlite::Result<Told<u64>> {
        let size = |value: &[u8]| key.len().saturating_add(value.len()) as u64;
        let (more_keys, gone_bytes) = over.map_or((1, 0), |found| (0, size(&found.value)));
        self.sweep(sql)?;
        let version = loop {
            let (keys, bytes, version) = self.used(sql)?;
            let keys = keys.saturating_add(more_keys);
            let bytes_then = bytes.saturating_sub(gone_bytes).saturating_add(size(value));
            // An operator may have lowered the quota below what is there: what makes it less is welcome.
            let problem = if more_keys > 0 && keys > self.quota.keys {
                StoreError::Keys(self.quota.keys)
            } else if bytes_then > bytes && bytes_then > self.quota.bytes {
                StoreError::Bytes(self.quota.bytes)
            } else {
                break version.saturating_add(1);
            };
            // Everything that has expired goes before anything is refused.
            if !self.sweep(sql)? {
                return Ok(Err(problem));
            }
        };
        sql.prepare_cached(
            "INSERT INTO store (action, key, value, version, expires) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (action, key) DO UPDATE SET value = ?3, version = ?4, expires = ?5",
        )?
        .execute(params![&*self.action, key, value, i64::try_from(version).unwrap_or(i64::MAX), expires])?;
        Ok(Ok(version))
    }
}

/// A count out of a column.
fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

impl Change for Get {
    type Answer = Told<Option<Versioned>>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer> {
        let found = self.0.find(sql, &self.1)?;
        Ok(Ok(found.map(|found| Versioned { value: found.value, version: found.version })))
    }
}

impl Change for Set {
    /// The new version; none when the key has another one than was expected.
    type Answer = Told<Option<u64>>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer> {
        let found = self.of.find(sql, &self.key)?;
        let there = found.as_ref().map_or(0, |found| found.version);
        if self.expected.is_some_and(|expected| expected != there) {
            return Ok(Ok(None));
        }
        let expires = self.of.expiry(self.expires_after_ms);
        Ok(self.of.put(sql, &self.key, &self.value, expires, found.as_ref())?.map(Some))
    }
}

impl Change for Increment {
    /// The sum.
    type Answer = Told<i64>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer> {
        let found = self.of.find(sql, &self.key)?;
        let (there, expires) = match &found {
            None => (Some(0), self.of.expiry(self.expires_after_ms)),
            Some(found) => (decimal(&found.value), found.expires),
        };
        let Some(there) = there else {
            return Ok(Err(StoreError::NotANumber("what is there is not a number from -2^63 to 2^63-1 in decimal")));
        };
        let Some(sum) = there.checked_add(self.by) else {
            return Ok(Err(StoreError::NotANumber("the sum would not fit 64 bits")));
        };
        let written = self.of.put(sql, &self.key, sum.to_string().as_bytes(), expires, found.as_ref())?;
        Ok(written.map(|_| sum))
    }
}

/// The number that a value is.
fn decimal(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

impl Change for Delete {
    /// Whether there was one.
    type Answer = Told<bool>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer> {
        let Self(of, key) = self;
        let found = of.find(sql, key)?.is_some();
        sql.prepare_cached("DELETE FROM store WHERE action = ?1 AND key = ?2")?.execute(params![&*of.action, key])?;
        Ok(Ok(found))
    }
}

impl Change for Keys {
    type Answer = Told<Vec<String>>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer> {
        let mut statement = sql.prepare_cached(
            "SELECT key FROM store WHERE action = ?1 AND key >= ?2 AND (?3 IS NULL OR key > ?3) \
             AND (expires IS NULL OR expires > ?4) ORDER BY key",
        )?;
        let mut rows = statement.query(params![&*self.of.action, self.prefix, self.after, self.of.ms()])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            // In the order of their bytes, those that begin alike stand together.
            if keys.len() == MOST_KEYS || !key.starts_with(&self.prefix) {
                break;
            }
            keys.push(key);
        }
        Ok(Ok(keys))
    }
}

/// Lets what has expired go, of every action.
pub(in super::super) fn forget(sql: &Connection, now: Timestamp) -> rusqlite::Result<usize> {
    // Action by action, which is how they are found.
    sql.prepare_cached("DELETE FROM store WHERE action IN (SELECT action FROM store_use) AND expires <= ?1")?
        .execute([now.as_millisecond()])
}

/// After the rows of a damaged file were taken over: no version is given out again.
pub(in super::super) fn continue_versions(from: &Connection, to: &Connection) -> rusqlite::Result<()> {
    let Ok(mut statement) = from.prepare("SELECT action, version FROM store_use") else { return Ok(()) };
    let Ok(mut rows) = statement.query([]) else { return Ok(()) };
    while let Ok(Some(row)) = rows.next() {
        if let (Ok(action), Ok(version)) = (row.get::<_, String>(0), row.get::<_, i64>(1)) {
            to.execute(
                "INSERT INTO store_use (action, keys, bytes, version) VALUES (?1, 0, 0, ?2) \
                 ON CONFLICT (action) DO UPDATE SET version = max(version, ?2)",
                params![action, version],
            )?;
        }
    }
    Ok(())
}
