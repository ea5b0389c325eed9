//! What is paused: everything, an action, or a trigger. It stays so until somebody resumes it, across restarts.
//!
//! Each pause and each end of one leaves a notice, for whoever tells Prelude of it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{
    Change,
    audit::{self, Entry},
    column::{time, wrong},
};

/// Notices that are kept until they are told.
const MOST_NOTICES: i64 = 100;

/// What can be paused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Every action.
    All,
    /// An action.
    Action(String),
    /// A trigger.
    Trigger(String),
}

/// A pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseRow {
    /// What is paused.
    pub scope: Scope,
    /// Since when.
    pub since: Timestamp,
    /// Why, in a line.
    pub why: String,
}

/// Something was paused, or goes on, and nobody has been told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub id: i64,
    /// When it was paused, or went on.
    pub at: Timestamp,
    /// Whether it is paused; else it goes on.
    pub paused: bool,
    /// What, in words.
    pub scope: String,
    /// Why it was paused, in a line.
    pub why: String,
}

/// Pauses.
#[derive(Debug, Clone)]
pub struct Pause(pub PauseRow);

/// Notes that these notices have been told, or are not to be.
#[derive(Debug, Clone)]
pub struct Noticed(pub Vec<i64>);

/// Ends a pause.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Of what.
    pub scope: Scope,
    /// When.
    pub now: Timestamp,
}

impl Scope {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::All => ("all", ""),
            Self::Action(name) => ("action", name),
            Self::Trigger(name) => ("trigger", name),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("everything"),
            Self::Action(name) => write!(f, "action {name}"),
            Self::Trigger(name) => write!(f, "trigger {name}"),
        }
    }
}

impl Change for Pause {
    /// Whether it was not paused before; a pause that is there stays as it is.
    type Answer = bool;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<bool> {
        let PauseRow { scope, since, why } = &self.0;
        let (kind, name) = scope.parts();
        let new = sql
            .prepare_cached("INSERT OR IGNORE INTO pause (scope, name, since, why) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![kind, name, since.as_millisecond(), why])?
            > 0;
        if new {
            let detail = serde_json::json!({ "what": scope.to_string(), "why": why });
            audit::append(sql, *since, &Entry { what: "paused", job: None, lease: None, detail })?;
            notice(sql, *since, true, scope, why)?;
        }
        Ok(new)
    }
}

impl Change for Resume {
    /// Since when it was paused; none when it was not.
    type Answer = Option<Timestamp>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Option<Timestamp>> {
        let (kind, name) = self.scope.parts();
        let was = sql
            .prepare_cached("DELETE FROM pause WHERE scope = ?1 AND name = ?2 RETURNING since, why")?
            .query_row(params![kind, name], |row| Ok((time(row, 0)?, row.get::<_, String>(1)?)))
            .optional()?;
        let Some((since, why)) = was else { return Ok(None) };
        let detail = serde_json::json!({ "what": self.scope.to_string() });
        audit::append(sql, self.now, &Entry { what: "resumed", job: None, lease: None, detail })?;
        notice(sql, self.now, false, &self.scope, &why)?;
        Ok(Some(since))
    }
}

impl Change for Noticed {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        let mut statement = sql.prepare_cached("DELETE FROM notice WHERE id = ?1")?;
        self.0.iter().try_for_each(|notice| statement.execute([notice]).map(drop))
    }
}

/// Leaves a notice. Where nobody tells, as with recorded alerts, only the last few are kept.
fn notice(sql: &Connection, at: Timestamp, paused: bool, scope: &Scope, why: &str) -> rusqlite::Result<()> {
    let id = sql
        .prepare_cached("INSERT INTO notice (at, paused, scope, why) VALUES (?1, ?2, ?3, ?4)")?
        .insert(params![at.as_millisecond(), paused, scope.to_string(), why])?;
    sql.prepare_cached("DELETE FROM notice WHERE id <= ?1")?.execute([id - MOST_NOTICES]).map(drop)
}

/// What has not been told of pauses, the oldest first.
pub fn notices(sql: &Connection) -> rusqlite::Result<Vec<Notice>> {
    sql.prepare_cached("SELECT id, at, paused, scope, why FROM notice ORDER BY id")?
        .query_map([], |row| {
            Ok(Notice { id: row.get(0)?, at: time(row, 1)?, paused: row.get(2)?, scope: row.get(3)?, why: row.get(4)? })
        })?
        .collect()
}

/// Everything that is paused.
pub fn pauses(sql: &Connection) -> rusqlite::Result<Vec<PauseRow>> {
    sql.prepare("SELECT scope, name, since, why FROM pause ORDER BY since")?
        .query_map([], |row| {
            let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
            let scope = match kind.as_str() {
                "all" => Scope::All,
                "action" => Scope::Action(name),
                "trigger" => Scope::Trigger(name),
                other => return Err(wrong(0, format!("nothing is called {other}"))),
            };
            Ok(PauseRow { scope, since: time(row, 2)?, why: row.get(3)? })
        })?
        .collect()
}
