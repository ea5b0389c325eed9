//! Which configuration is in force from here on, in the audit trail: what was decided later was decided by it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Map, json};

use super::{
    Change,
    audit::{self, AuditRow, Entry},
    trail,
};
use crate::config::ReadFile;

/// What an entry about a configuration is called.
const WHAT: &str = "configured";

/// Notes that a configuration is in force.
#[derive(Debug, Clone)]
pub struct Configured {
    /// The files it was read from.
    pub files: Vec<ReadFile>,
    /// How much there is.
    pub summary: String,
    /// Whether the daemon only observes, whatever the files say.
    pub observe: bool,
    /// When.
    pub now: Timestamp,
}

impl Change for Configured {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        let whole = |file: &ReadFile| std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
        let sum = |file: &ReadFile| (whole(file).to_string_lossy().into_owned(), file.sha256.clone().into());
        let files: Map<_, _> = self.files.iter().map(sum).collect();
        let detail = json!({
            "summary": self.summary, "files": files, "observe": self.observe, "version": env!("CARGO_PKG_VERSION"),
        });
        audit::append(sql, self.now, &Entry { what: WHAT, job: None, lease: None, detail })
    }
}

/// The configuration that was in force when a job was decided; none when the trail does not reach back so far.
pub(super) fn when_decided(sql: &Connection, job: i64) -> rusqlite::Result<Option<AuditRow>> {
    let before = "SELECT number FROM audit WHERE job = ?1 AND what = 'decided' ORDER BY number LIMIT 1";
    let query = format!(
        "SELECT {} FROM audit WHERE what = '{WHAT}' AND number < ({before}) ORDER BY number DESC LIMIT 1",
        trail::COLUMNS
    );
    sql.prepare(&query)?.query_row([job], trail::read).optional()
}
