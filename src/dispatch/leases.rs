//! Leases end when their time is over.
//!
//! Their times are by the host's clock, which is the only one that goes on while the daemon or the host is down. It is looked
//! at every few seconds, so that a clock that is set is noticed; when it has been, the log says by how much: leases are then as
//! much shorter or longer.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use super::{attempt::Work, settled::Settled};
use crate::journal::{EndDue, WriteError};

/// How often somebody looks at the clock.
const LOOK: Duration = Duration::from_secs(5);
/// A clock that is off by more than this has been set.
const SET: Duration = Duration::from_secs(30);

/// Ends what is due, for as long as there is a journal.
pub(super) async fn run(work: Arc<Work>) {
    let mut clock = (Timestamp::now(), Instant::now());
    loop {
        let Ok(next) = end_due(&work).await else { return };
        let wait = next.and_then(|next| Duration::try_from(next.duration_since(Timestamp::now())).ok());
        // Not more often than so: what could not be ended now can be in a while.
        let wait = wait.unwrap_or(LOOK).clamp(Duration::from_millis(20), LOOK);
        let _ = timeout(wait, work.lease_changed.notified()).await;
        clock = look(clock);
    }
}

async fn end_due(work: &Work) -> Result<Option<Timestamp>, WriteError> {
    let (reply, next) = tokio::sync::oneshot::channel();
    let settled = work.settled.clone();
    let submitted = work.journal.submit(EndDue { now: Timestamp::now() }, move |answer| {
        let next = answer.map(|(jobs, next)| {
            if !jobs.is_empty() {
                settled.send(Settled::Undo(jobs));
            }
            next
        });
        drop(reply.send(next));
    });
    submitted.await?;
    match next.await {
        Ok(Err(WriteError::Refused(_))) => {
            // The log has it.
            sleep(LOOK).await;
            Ok(None)
        }
        Ok(answer) => answer,
        Err(_) => Err(WriteError::Closed),
    }
}

/// Tells when the clock has been set.
fn look((time, moment): (Timestamp, Instant)) -> (Timestamp, Instant) {
    let (now, instant) = (Timestamp::now(), Instant::now());
    let passed = i128::try_from((instant - moment).as_millis()).unwrap_or(i128::MAX);
    let jumped = i128::from(now.as_millisecond()) - i128::from(time.as_millisecond()) - passed;
    if jumped.unsigned_abs() > SET.as_millis() {
        let (seconds, way) = (jumped.abs() / 1000, if jumped > 0 { "forward" } else { "back" });
        warn!("the host's clock was set {seconds} s {way}: leases go by it, and end so much earlier or later");
    }
    (now, instant)
}
