//! Too many jobs within a time are a mistake or an attack: what they are made for is paused until somebody looks.
//!
//! Counted are jobs that would run, when they are decided upon; what is refused or only observed is none. The counts begin anew
//! when the daemon does; what is paused stays paused.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};

use jiff::Timestamp;

use super::attempt::lock;
use crate::{config::Breaker, journal::Scope};

/// When the last jobs of each action and trigger were made.
#[derive(Debug, Default)]
pub(super) struct Breakers(Mutex<HashMap<Scope, VecDeque<Timestamp>>>);

impl Breakers {
    /// Counts a job; true when it is one too many, and counting begins anew.
    pub(super) fn trips(&self, scope: &Scope, breaker: Breaker, now: Timestamp) -> bool {
        let mut all = lock(&self.0);
        let made = all.entry(scope.clone()).or_default();
        let begin = now.checked_sub(breaker.within).unwrap_or(Timestamp::MIN);
        // What is later than now was made before the clock was set back.
        made.retain(|made| *made > begin && *made <= now);
        if made.len() >= usize::try_from(breaker.jobs).unwrap_or(usize::MAX) {
            made.clear();
            return true;
        }
        made.push_back(now);
        false
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    #[test]
    fn the_job_after_the_last_that_is_let_through_trips_it() {
        let breakers = Breakers::default();
        let breaker = Breaker { jobs: 3, within: Duration::from_mins(1), roll_back: 0 };
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let (one, other) = (Scope::Action("one".to_owned()), Scope::Trigger("one".to_owned()));
        let trips = |scope: &Scope, seconds| breakers.trips(scope, breaker, at(seconds));
        assert_eq!([0, 1, 2, 3].map(|seconds| trips(&one, seconds)), [false, false, false, true]);
        assert!(!trips(&other, 3));
        assert_eq!(
            [4, 5, 30, 65, 66, 67].map(|seconds| trips(&one, seconds)),
            [false, false, false, false, false, true]
        );
        // The clock is set back: what is to come does not count.
        assert_eq!([100, 101, 102, 10].map(|seconds| trips(&other, seconds)), [false, false, false, false]);
    }
}
