//! What stands between a job and its target, whoever made the job: the never-list, and what is paused.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    actions::Job,
    journal::{PauseRow, Scope},
    rules::NeverList,
};

/// What is in force. A job that was decided upon before is held to it as well: what must not be acted on from now on is not acted
/// on by what still waits.
#[derive(Debug, Default)]
pub(super) struct Guard(RwLock<InForce>);

#[derive(Debug, Default)]
struct InForce {
    never: Arc<NeverList>,
    pauses: BTreeMap<Scope, PauseRow>,
}

impl Guard {
    /// Puts another list in force.
    pub(super) fn replace(&self, never: Arc<NeverList>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).never = never;
    }

    /// Pauses something; one that is paused stays as it is.
    pub(super) fn pause(&self, pause: PauseRow) {
        let mut in_force = self.0.write().unwrap_or_else(PoisonError::into_inner);
        in_force.pauses.entry(pause.scope.clone()).or_insert(pause);
    }

    /// Ends a pause.
    pub(super) fn resume(&self, scope: &Scope) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).pauses.remove(scope);
    }

    /// What is paused.
    pub(super) fn pauses(&self) -> Vec<PauseRow> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).pauses.values().cloned().collect()
    }

    /// Why this job must not be run; none if it may.
    pub(super) fn forbids(&self, job: &Job) -> Option<String> {
        let in_force = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let protected = || in_force.never.forbids(job.target.as_ref()?);
        protected().or_else(|| in_force.paused(job))
    }

    /// Whether the never-list protects a target, and why.
    pub(super) fn protects(&self, target: &crate::config::Target) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).never.forbids(target)
    }
}

impl InForce {
    fn paused(&self, job: &Job) -> Option<String> {
        if self.pauses.is_empty() {
            return None;
        }
        let scopes = [Scope::All, Scope::Action(job.action.to_string()), Scope::Trigger(job.trigger.to_string())];
        let pause = scopes.iter().find_map(|scope| self.pauses.get(scope))?;
        Some(format!("{} is paused since {:.0}: {}", pause.scope, pause.since, pause.why))
    }
}
