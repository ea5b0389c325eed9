//! Jobs that wait for another of the same decision: the trigger says that a failure stops what comes after it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    JobKind, OpenRef,
    audit::{self, Entry},
    lease,
    state::State,
};

/// What the end of an attempt has led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// Whether the job had not ended before.
    pub was_open: bool,
    /// Jobs that waited for this one and may begin now, with their actions.
    pub released: Vec<(i64, String)>,
    /// Jobs that waited for this one and have ended as refused, with their actions.
    pub refused: Vec<(i64, String)>,
    /// The job that undoes its lease, because nobody knows whether there is anything to undo.
    pub undo: Option<OpenRef>,
}

/// The job that another one waits for.
pub(super) struct Before {
    id: i64,
    action: String,
    pub(super) state: State,
}

impl Before {
    /// Whether those that wait for it are not to be run.
    pub(super) fn stops(&self) -> bool {
        self.state.is_terminal() && !matches!(self.state, State::Done | State::Observed)
    }

    /// In a line.
    pub(super) fn why(&self) -> String {
        format!(
            "job {} ({}), after which it comes, is {}, and the trigger stops on failure",
            self.id,
            self.action,
            self.state.name()
        )
    }
}

/// Where a job stands.
pub(super) fn state(sql: &Connection, id: i64) -> rusqlite::Result<Option<Before>> {
    let found = sql
        .prepare_cached("SELECT action, state FROM job WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    Ok(found.and_then(|(action, name)| Some(Before { id, action, state: State::named(&name)? })))
}

/// A job has ended: what waited for it may begin, or ends, too, with all that waits for that.
pub(super) fn follow(sql: &Connection, ended: i64, now: Timestamp, followed: &mut Ended) -> rusqlite::Result<()> {
    let mut over = vec![ended];
    while let Some(id) = over.pop() {
        let Some(before) = state(sql, id)? else { continue };
        let waiting: Vec<(i64, String, Option<i64>)> = sql
            .prepare_cached("SELECT id, action, lease FROM job WHERE after = ?1 AND state = 'waiting'")?
            .query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (job, action, lease) in waiting {
            if !before.stops() {
                sql.prepare_cached("UPDATE job SET after = NULL WHERE id = ?1")?.execute([job])?;
                followed.released.push((job, action));
                continue;
            }
            let summary = before.why();
            sql.prepare_cached("UPDATE job SET state = 'refused', ended = ?2, summary = ?3 WHERE id = ?1")?
                .execute(params![job, now.as_millisecond(), summary])?;
            let detail = serde_json::json!({ "summary": summary });
            audit::append(sql, now, &Entry { what: State::Refused.name(), job: Some(job), lease, detail })?;
            if let Some(lease) = lease {
                let ending = lease::Ending {
                    kind: JobKind::Do,
                    state: State::Refused,
                    uncertain: false,
                    token: None,
                    summary: &summary,
                };
                lease::follow(sql, lease, &ending, now)?;
            }
            followed.refused.push((job, action));
            over.push(job);
        }
    }
    Ok(())
}
