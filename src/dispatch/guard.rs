//! What stands between a job and its target, whoever made the job.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{actions::Job, rules::NeverList};

/// The never-list in force. Lanes of a configuration that has been replaced share it with those of the new one: what must
/// not be acted on from now on is not acted on by what still waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Guard(Arc<RwLock<Arc<NeverList>>>);

impl Guard {
    /// Puts another list in force.
    pub(super) fn replace(&self, never: Arc<NeverList>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = never;
    }

    /// Why this job must not be run; none if it may.
    pub(super) fn forbids(&self, job: &Job) -> Option<String> {
        let never = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        never.forbids(job.target.as_ref()?)
    }
}
