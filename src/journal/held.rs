//! Leases, as somebody asks for them.

use rusqlite::{Connection, OptionalExtension as _, ToSql, params_from_iter};

use super::{
    LeaseRow, LeaseState, State,
    lease::COLUMNS,
    reader::{ReadError, Reader},
};

/// Which leases are asked for; all of what is given must hold.
#[derive(Debug, Clone, Default)]
pub struct LeaseFilter {
    /// Those with these numbers; any when empty.
    pub ids: Vec<i64>,
    /// Those in one of these states; in any when empty.
    pub states: Vec<LeaseState>,
    /// Of this action.
    pub action: Option<String>,
    /// First asked for by this trigger.
    pub trigger: Option<String>,
    /// On this target, as `kind:value` or only its value.
    pub target: Option<String>,
    /// At most so many; any number when it is 0.
    pub limit: u32,
}

/// How much is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs that run.
    pub running: u64,
    /// Leases whose jobs have not ended.
    pub taken: u64,
    /// Leases that stand.
    pub held: u64,
    /// Leases that are being undone.
    pub ending: u64,
    /// Leases that could not be undone.
    pub failed: u64,
}

impl Reader {
    /// Leases: those that are not over first, and of these, those that end next.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn found_leases(&self, filter: &LeaseFilter) -> Result<Vec<LeaseRow>, ReadError> {
        self.read(|sql| found_leases(sql, filter))
    }
}

/// Leases: those that are not over first, and of these, those that end next.
pub fn found_leases(sql: &Connection, filter: &LeaseFilter) -> rusqlite::Result<Vec<LeaseRow>> {
    let mut asked = vec!["1".to_owned()];
    let mut values: Vec<&dyn ToSql> = Vec::new();
    for (text, value) in [
        ("action = ?", &filter.action),
        ("trigger = ?", &filter.trigger),
        ("? IN (target, substr(target, instr(target, ':') + 1))", &filter.target),
    ] {
        if let Some(value) = value {
            asked.push(text.to_owned());
            values.push(value);
        }
    }
    if !filter.ids.is_empty() {
        let ids: Vec<_> = filter.ids.iter().map(i64::to_string).collect();
        asked.push(format!("id IN ({})", ids.join(", ")));
    }
    if !filter.states.is_empty() {
        let names: Vec<_> = filter.states.iter().map(|state| format!("'{}'", state.name())).collect();
        asked.push(format!("state IN ({})", names.join(", ")));
    }
    let limit = if filter.limit == 0 { i64::from(u32::MAX) } else { i64::from(filter.limit) };
    let query = format!(
        "SELECT {COLUMNS} FROM lease WHERE {} ORDER BY state IN ('ended', 'void'), ended DESC, until, id LIMIT {limit}",
        asked.join(" AND ")
    );
    sql.prepare(&query)?.query_map(params_from_iter(values), LeaseRow::read)?.collect()
}

/// How much is open.
pub fn count_open(sql: &Connection) -> rusqlite::Result<Open> {
    let count = |from: &str, state: &str| {
        sql.prepare_cached(&format!("SELECT count(*) FROM {from} AND state = '{state}'"))?
            .query_row([], |row| row.get::<_, i64>(0))
            .map(|count| u64::try_from(count).unwrap_or(0))
    };
    // Through the index of what is open: most jobs have ended.
    let job = "job WHERE state IN ('waiting', 'running')";
    let lease = "lease WHERE state NOT IN ('ended', 'void')";
    Ok(Open {
        waiting: count(job, State::Waiting.name())?,
        running: count(job, State::Running.name())?,
        taken: count(lease, LeaseState::Taken.name())?,
        held: count(lease, LeaseState::Held.name())?,
        ending: count(lease, LeaseState::Ending.name())?,
        failed: count(lease, LeaseState::Failed.name())?,
    })
}

/// The job that undoes a lease, if it has not ended, and its action.
///
/// # Errors
/// What SQLite says.
pub fn open_undo(sql: &Connection, lease: i64) -> rusqlite::Result<Option<(i64, String)>> {
    sql.prepare_cached(
        "SELECT id, action FROM job WHERE lease = ?1 AND kind = 'undo' AND state IN ('waiting', 'running') ORDER BY id DESC",
    )?
    .query_row([lease], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}
