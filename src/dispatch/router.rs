//! From what the journal has written to the lanes.
//!
//! The journal's writer hands over what it has written in the order in which it was written, and one task passes it on: so jobs
//! reach their lanes in the order of their numbers, whoever asked for them.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::{sync::mpsc, time::Instant};
use tracing::error;

use super::{
    Lanes,
    attempt::Work,
    lane::{Arrival, Signal},
    settled::{Asked, Settled},
};
use crate::{
    actions::{Outcome, State as Ended},
    journal::{JobKind, Made, OpenRef, State, WriteError},
};

/// Passes on until every sender is gone.
pub(super) async fn run(mut settled: mpsc::UnboundedReceiver<Settled>, lanes: Lanes, work: Arc<Work>) {
    while let Some(settled) = settled.recv().await {
        match settled {
            Settled::Decided(asked, made) => {
                match made {
                    Ok(made) => asked.into_iter().zip(made).for_each(|(asked, made)| decided(asked, made, &lanes, &work)),
                    Err(WriteError::Closed) => {}
                    Err(error) => asked.iter().for_each(|asked| {
                        error!(action = %asked.job.action, "a decision was not written, and its job is not run: {error}");
                    }),
                }
                work.outstanding.decided();
            }
            Settled::Ended(ended) => {
                work.job_ended.notify_one();
                work.lease_changed.notify_one();
                for (number, action) in ended.released {
                    lanes.tell(&action, Signal::Release(number));
                }
                for (number, action) in ended.refused {
                    work.report.job_stopped(number, &action);
                    lanes.tell(&action, Signal::Gone(number));
                }
                ended.undo.into_iter().for_each(|undo| open(undo, &lanes));
            }
            Settled::Undo(jobs) | Settled::Left(jobs) => jobs.into_iter().for_each(|job| open(job, &lanes)),
        }
    }
}

fn decided(asked: Asked, made: Made, lanes: &Lanes, work: &Work) {
    let Asked { mut job, deadline, share } = asked;
    job.id = made.id().to_string().into();
    match made {
        Made::Known(number) => work.report.job_known(&job, number),
        Made::Renewed { lease, until, .. } => work.report.lease_renewed(&job, lease, until),
        Made::New { ended: Some((state, why)), .. } => {
            work.report.job_made(&job);
            let state = if state == State::Observed { Ended::Observed } else { Ended::Refused };
            work.report.job_ended(&job, &Outcome::unstarted(state, why));
        }
        Made::New { id, after, ended: None, .. } => {
            work.report.job_made(&job);
            work.outstanding.opened(1);
            let arrival = Arrival {
                number: id,
                kind: JobKind::Do,
                target: job.target.as_ref().map(|target| target.to_string().into()),
                due: Instant::now(),
                deadline: Some(deadline),
                blocked: after.is_some(),
                attempt: 0,
                share,
                job: Some(Arc::new(job)),
            };
            let action = arrival.job.as_ref().map(|job| Arc::clone(&job.action)).unwrap_or_default();
            lanes.tell(&action, Signal::Add(Box::new(arrival)));
        }
    }
}

/// A job whose alert is still to be read from the journal.
fn open(job: OpenRef, lanes: &Lanes) {
    let arrival = Arrival {
        number: job.id,
        kind: job.kind,
        target: job.target.map(Into::into),
        due: moment(job.due),
        deadline: (job.kind == JobKind::Do).then(|| moment(job.deadline)),
        blocked: job.after.is_some(),
        attempt: job.attempt,
        share: None,
        job: None,
    };
    lanes.tell(&job.action, Signal::Add(Box::new(arrival)));
}

/// The moment of a time. From here on it goes by a clock that nobody sets.
pub(super) fn moment(time: Timestamp) -> Instant {
    let (now, instant) = (Timestamp::now(), Instant::now());
    match std::time::Duration::try_from(time.duration_since(now)) {
        // Further away than an `Instant` may count: as good as never.
        Ok(ahead) => instant.checked_add(ahead.min(std::time::Duration::from_hours(24 * 365))).unwrap_or(instant),
        Err(_) => instant,
    }
}
