//! What is paused: everything, an action, or a trigger. It stays so until somebody resumes it, across restarts.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{
    Change,
    audit::{self, Entry},
    column::{time, wrong},
};

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

/// Pauses.
#[derive(Debug, Clone)]
pub struct Pause(pub PauseRow);

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
        }
        Ok(new)
    }
}

impl Change for Resume {
    /// Since when it was paused; none when it was not.
    type Answer = Option<Timestamp>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Option<Timestamp>> {
        let (kind, name) = self.scope.parts();
        let since = sql
            .prepare_cached("DELETE FROM pause WHERE scope = ?1 AND name = ?2 RETURNING since")?
            .query_row(params![kind, name], |row| time(row, 0))
            .optional()?;
        if since.is_some() {
            let detail = serde_json::json!({ "what": self.scope.to_string() });
            audit::append(sql, self.now, &Entry { what: "resumed", job: None, lease: None, detail })?;
        }
        Ok(since)
    }
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
