//! From wishes to jobs: what may be, with what, until when; and the whole of it to the journal.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    Dispatcher, breaker, router,
    settled::{Asked, Settled},
};
use crate::{
    actions::{Actions, Job, Plan},
    config::{Breaker, Mode, Terms},
    journal::{Alert, Decide, NewJob, PauseRow, Remember, Scope, State, WriteError},
};

/// A job that a decision asks for.
#[derive(Debug)]
pub struct Wish {
    /// The job; its number is not known yet.
    pub job: Job,
    /// The strictest of all that speak about it.
    pub mode: Mode,
    /// Why it must not be run.
    pub refused: Option<String>,
    /// How many jobs of its trigger are too many.
    pub breaker: Option<Breaker>,
    /// For how long its effect is wanted; none: for ever.
    pub lease: Option<Terms>,
    /// Whether the wish before it must be fulfilled first.
    pub after_the_last: bool,
}

impl Dispatcher {
    /// Decides: what is wished becomes jobs, all together, once that is on the disk. Waits while too many jobs are open, or the
    /// journal cannot be written; does not wait for the disk otherwise.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn decide(
        &self,
        alert: Alert,
        wishes: Vec<Wish>,
        damping: Vec<Remember>,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let actions = self.actions();
        let (mut asked, mut jobs) = (Vec::with_capacity(wishes.len()), Vec::with_capacity(wishes.len()));
        let (mut places, mut trips): (HashMap<Arc<str>, u32>, Vec<_>) = (HashMap::new(), Vec::new());
        for (index, wish) in wishes.into_iter().enumerate() {
            let place = places.entry(Arc::clone(&wish.job.trigger)).or_default();
            let mut new = self.new_job(&wish, *place, index, &actions, now);
            if new.ended.is_none()
                && let Some((scope, breaker)) = self.tripped(&wish, &actions, now)
            {
                new.ended = Some((State::Refused, format!("{scope} has had too many jobs: its breaker trips")));
                trips.push((scope, breaker));
            }
            *place += 1;
            let deadline = router::moment(new.deadline);
            asked.push(Asked { deadline, share: None, job: wish.job });
            jobs.push(new);
        }
        // All at once: two decisions that have half of what they need would wait for each other. One that needs more than there
        // is has all there is.
        let open = u32::try_from(jobs.iter().filter(|job| job.ended.is_none()).count()).unwrap_or(u32::MAX);
        if let Ok(mut shares) = Arc::clone(&self.shares).acquire_many_owned(open.min(self.open_jobs)).await {
            for (asked, _) in asked.iter_mut().zip(&jobs).filter(|(_, job)| job.ended.is_none()) {
                asked.share = shares.split(1);
            }
        }
        let leases = jobs.iter().any(|job| job.lease.is_some());
        let decide = Decide { alert, jobs, damping, now };
        let (settled, changed) = (self.work.settled.clone(), Arc::clone(&self.work.lease_changed));
        self.work.outstanding.deciding();
        let submitted = self.work.journal.submit(decide, move |made| {
            settled.send(Settled::Decided(asked, made));
            if leases {
                changed.notify_one();
            }
        });
        submitted.await.inspect_err(|_| self.work.outstanding.decided())?;
        for (scope, breaker) in trips {
            self.trip(scope, breaker).await?;
        }
        Ok(())
    }

    /// Whether this job is one too many for its action or its trigger, which then is paused from here on.
    fn tripped(&self, wish: &Wish, actions: &Actions, now: Timestamp) -> Option<(Scope, Breaker)> {
        let of_action = actions.get(&wish.job.action).and_then(|action| action.breaker);
        let action = of_action.map(|breaker| (Scope::Action(wish.job.action.to_string()), breaker));
        let trigger = wish.breaker.map(|breaker| (Scope::Trigger(wish.job.trigger.to_string()), breaker));
        // Both count.
        let mut tripped = None;
        let target = wish.job.target.as_ref().filter(|_| wish.lease.is_some());
        let lease = target.map(|target| format!("{} {target}", wish.job.action));
        for (scope, breaker) in [action, trigger].into_iter().flatten() {
            if self.breakers.trips(&scope, breaker, lease.as_deref(), now) {
                let why = breaker::why(breaker);
                self.work.guard.pause(PauseRow { scope: scope.clone(), since: now, why });
                tripped.get_or_insert((scope, breaker));
            }
        }
        tripped
    }

    fn new_job(&self, wish: &Wish, place: u32, index: usize, actions: &Actions, now: Timestamp) -> NewJob {
        let job = &wish.job;
        let action = actions.get(&job.action);
        let forbidden = || self.work.guard.forbids(job);
        let ended = match (action, wish.refused.clone().or_else(forbidden)) {
            (None, _) => Some((State::Refused, "no such action is configured".to_owned())),
            (Some(_), Some(why)) => Some((State::Refused, why)),
            (Some(action), None) if wish.mode == Mode::Observe => {
                Some(match action.plan(&job.message, &job.captures, &job.parameters) {
                    Plan::Refused(reason) => (State::Refused, reason),
                    plan => (State::Observed, format!("would {plan}")),
                })
            }
            _ => None,
        };
        let patience = action.map_or(Duration::ZERO, |action| action.deadline);
        NewJob {
            trigger: Arc::clone(&job.trigger),
            place,
            action: Arc::clone(&job.action),
            target: job.target.as_ref().map(ToString::to_string),
            parameters: job.parameters.iter().map(|(name, text)| (name.to_string(), text.clone())).collect(),
            captures: job.captures.iter().map(|(name, text)| (name.to_string(), text.clone())).collect(),
            delivery: action.map(|action| action.delivery).unwrap_or_default(),
            deadline: now.checked_add(patience).unwrap_or(Timestamp::MAX),
            lease: wish.lease,
            after: wish.after_the_last.then(|| index.checked_sub(1)).flatten(),
            again: None,
            ended,
        }
    }
}
