//! Leases that another configuration would leave without an undo.
//!
//! An action that has leases must not go, nor its `undo`: what it did would stand for ever. So a configuration without it is not taken
//! over, unless its leases are undone first, while there is still somebody who can.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::time::{Instant, sleep};

use super::Dispatcher;
use crate::{
    actions::Actions,
    journal::{Ask, LeaseFilter, LeaseRow, LeaseState, PauseRow, Scope, WriteError, found_leases},
};

/// How often is looked whether a lease has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Actions whose jobs are refused until this is dropped.
#[derive(Debug)]
pub struct Hold<'d> {
    dispatcher: &'d Dispatcher,
    scopes: Vec<Scope>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.scopes.iter().for_each(|scope| self.dispatcher.work.guard.resume(scope));
    }
}

impl Dispatcher {
    /// Leases that can be undone now and could not be with these actions. One whose undo has failed for good is none of them: it
    /// must be possible to take away what does not work.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn orphans(&self, next: &Actions) -> Result<Vec<LeaseRow>, WriteError> {
        let lost = self.lost_undos(next);
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let leases = self.leases_in(vec![LeaseState::Taken, LeaseState::Held, LeaseState::Ending]).await?;
        Ok(leases.into_iter().filter(|lease| lost.contains(&lease.action)).collect())
    }

    /// Undoes the leases that these actions could not undo. Until what it gives back is dropped no more of them are taken. Tells
    /// which have ended, and which have not within `patience`.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn end_orphans(
        &self,
        next: &Actions,
        why: &str,
        patience: Duration,
    ) -> Result<(Hold<'_>, Vec<i64>, Vec<LeaseRow>), WriteError> {
        let deadline = Instant::now() + patience;
        let hold = self.hold(self.lost_undos(next), why);
        let mut seen = BTreeSet::new();
        let left = loop {
            let orphans = self.orphans(next).await?;
            seen.extend(orphans.iter().map(|lease| lease.id));
            if orphans.is_empty() || Instant::now() >= deadline {
                break orphans;
            }
            let held: Vec<_> =
                orphans.iter().filter(|lease| lease.state == LeaseState::Held).map(|lease| lease.id).collect();
            if !held.is_empty() {
                self.end_leases(held, why.to_owned()).await?;
            }
            sleep(LOOK).await;
        };
        let failed = self.leases_in(vec![LeaseState::Failed]).await?;
        let left: Vec<_> =
            left.into_iter().chain(failed.into_iter().filter(|lease| seen.contains(&lease.id))).collect();
        seen.retain(|id| left.iter().all(|lease| lease.id != *id));
        Ok((hold, seen.into_iter().collect(), left))
    }

    /// Refuses jobs of these actions, without telling the journal: it is over soon, or with this process.
    fn hold(&self, actions: BTreeSet<String>, why: &str) -> Hold<'_> {
        let paused: BTreeSet<_> = self.pauses().into_iter().map(|pause| pause.scope).collect();
        let scopes: Vec<_> = actions.into_iter().map(Scope::Action).filter(|scope| !paused.contains(scope)).collect();
        for scope in &scopes {
            self.work.guard.pause(PauseRow { scope: scope.clone(), since: Timestamp::now(), why: why.to_owned() });
        }
        Hold { dispatcher: self, scopes }
    }

    /// The actions that can undo now, and could not any more.
    fn lost_undos(&self, next: &Actions) -> BTreeSet<String> {
        let now = self.actions();
        let lost = now.values().filter(|action| action.can_undo()).filter(|action| {
            let next = next.get(&*action.name);
            next.is_none_or(|next| !next.can_undo())
        });
        lost.map(|action| action.name.to_string()).collect()
    }

    async fn leases_in(&self, states: Vec<LeaseState>) -> Result<Vec<LeaseRow>, WriteError> {
        let filter = LeaseFilter { states, ..LeaseFilter::default() };
        self.work.journal.write(Ask(move |sql: &Connection| found_leases(sql, &filter))).await
    }
}
