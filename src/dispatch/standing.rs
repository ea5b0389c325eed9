//! Whether what was done still stands: a firewall that was reloaded knows nothing of what was blocked before.
//!
//! An action may have a `check`. Once a minute it is asked about every lease that is held, one after another, and what
//! does not stand is done again.

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;
use tokio::time::sleep;
use tracing::{error, warn};

use super::{Dispatcher, restore};
use crate::{
    actions::{Cause, Job, State},
    journal::{Ask, LeaseRow, LeaseState, WriteError, whole_job},
};

/// How long is waited between two rounds.
const EVERY: Duration = Duration::from_mins(1);

/// Looks for as long as there is a journal. To be run beside the dispatcher, and stopped before it.
pub async fn watch(dispatcher: Arc<Dispatcher>) {
    loop {
        sleep(EVERY).await;
        match dispatcher.look_what_stands().await {
            Ok(()) => {}
            Err(WriteError::Closed) => return,
            Err(error) => error!("cannot look what stands: {error}"),
        }
    }
}

impl Dispatcher {
    /// One round.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn look_what_stands(&self) -> Result<(), WriteError> {
        for lease in self.live_leases(None).await? {
            if lease.state != LeaseState::Held {
                continue;
            }
            let Some(action) = self.actions().get(lease.action.as_str()).cloned() else { continue };
            if !action.can_check() {
                continue;
            }
            let Some(job) = self.job_of(&lease).await? else { continue };
            let Some(outcome) = action.stands(&job).await else { continue };
            match outcome.state {
                State::Done => {}
                State::Failed(Cause::Permanent | Cause::Transient) => {
                    let why = "it does not stand any more".to_owned();
                    if !self.restore_leases(vec![lease.id], why).await?.is_empty() {
                        warn!(
                            lease = lease.id,
                            action = %lease.action,
                            target = %lease.target,
                            "does not stand any more, and is done again: {}",
                            outcome.summary
                        );
                    }
                }
                state => {
                    error!(lease = lease.id, action = %lease.action, "its check says nothing: {state}: {}", outcome.summary);
                }
            }
        }
        Ok(())
    }

    /// The job that a lease came from.
    async fn job_of(&self, lease: &LeaseRow) -> Result<Option<Job>, WriteError> {
        let id = lease.job;
        let found = self.work.journal.write(Ask(move |sql: &Connection| whole_job(sql, id, true))).await?;
        Ok(found.and_then(|open| restore::job(&open).ok()))
    }
}
