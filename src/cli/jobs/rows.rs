//! Jobs as a table.

use super::super::{
    looking,
    table::{Cell, Table},
    when,
};
use crate::journal::{JobKind, JobRow};

/// Jobs, a line for each.
pub(super) fn table(jobs: &[JobRow]) -> Table {
    let mut table = Table::new(&[">job", "decided", "trigger", "action", "target", "state", "summary"]);
    for job in jobs {
        let action = match job.kind {
            JobKind::Do => job.action.clone(),
            JobKind::Undo => format!("undo {}", job.action),
            JobKind::Restore => format!("restore {}", job.action),
        };
        table.add(vec![
            job.id.into(),
            when::show(job.made).into(),
            (&job.trigger).into(),
            action.into(),
            looking::or_dash(job.target.as_ref()).into(),
            Cell::styled(job.state.name(), looking::colour(job.state)),
            job.summary.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}
