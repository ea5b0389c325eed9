//! The journal does not grow for ever: what ended long ago is let go, a little at a time.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{debug, warn};

use crate::journal::{Forget, Journal, Keep, Prune, WriteError};

/// How often: in a storm of alerts the journal grows by megabytes a second.
const EVERY: Duration = Duration::from_mins(1);
/// Between two rounds, so that decisions come first.
const PAUSE: Duration = Duration::from_millis(100);

/// How long, and how much, is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// What ended longer ago than this goes.
    pub age: Duration,
    /// When the file is larger, in bytes, the oldest goes, too.
    pub size: u64,
}

/// Keeps house until the journal is closed.
pub(super) async fn run(journal: Journal, retention: Retention) {
    let mut round = interval(EVERY);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        round.tick().await;
        match tidy(&journal, retention).await {
            Ok(()) => {}
            Err(WriteError::Closed) => return,
            Err(error) => warn!("what is old could not be let go of: {error}"),
        }
    }
}

async fn tidy(journal: &Journal, retention: Retention) -> Result<(), WriteError> {
    journal.write(Forget { now: Timestamp::now() }).await?;
    loop {
        let since = Timestamp::now().checked_sub(retention.age).unwrap_or(Timestamp::MIN);
        let pruned = journal.write(Prune(Keep { since, size: retention.size })).await?;
        if pruned.jobs + pruned.leases + pruned.entries > 0 {
            debug!(pruned.jobs, pruned.leases, pruned.entries, pruned.size, "let go of what is old");
        }
        if !pruned.more {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}
