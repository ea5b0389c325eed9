//! What people asked for, and who they were, in the audit trail: written before it is done.

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Map, Value};

use super::{
    Change,
    audit::{self, Entry},
};

/// Notes that somebody asked for something.
#[derive(Debug, Clone)]
pub struct Asked {
    /// For what: `pause`, `revoke`, ….
    pub verb: &'static str,
    /// The number of the user who asked.
    pub uid: u32,
    /// Their name, if they have one.
    pub user: Option<String>,
    /// About which jobs.
    pub jobs: Vec<i64>,
    /// About which leases.
    pub leases: Vec<i64>,
    /// The particulars: an object.
    pub particulars: Map<String, Value>,
    /// When.
    pub now: Timestamp,
}

impl Change for Asked {
    type Answer = ();

    /// An entry for each job and each lease, so that they are found with them; or one.
    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        let mut detail = self.particulars.clone();
        detail.insert("verb".to_owned(), self.verb.into());
        detail.insert("uid".to_owned(), self.uid.into());
        detail.insert("user".to_owned(), self.user.clone().into());
        let jobs = self.jobs.iter().map(|job| (Some(*job), None));
        let mut about: Vec<_> = jobs.chain(self.leases.iter().map(|lease| (None, Some(*lease)))).collect();
        if about.is_empty() {
            about.push((None, None));
        }
        for (job, lease) in about {
            audit::append(sql, self.now, &Entry { what: "asked", job, lease, detail: detail.clone().into() })?;
        }
        Ok(())
    }
}
