//! Too many jobs within a time are a mistake or an attack: what they are made for is paused until somebody looks.
//!
//! Counted are jobs that would run, when they are decided upon; what is refused or only observed is none. A job that takes a lease
//! counts once within the time for each target: the next ones only renew it, and one attacker who comes again and again must not
//! be able to switch off what blocks the others. The counts begin anew when the daemon does; what is paused stays paused.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;

use super::attempt::lock;
use crate::{config::Breaker, journal::Scope};

/// When the last jobs of each action and trigger were made.
#[derive(Debug, Default)]
pub(super) struct Breakers(Mutex<HashMap<Scope, Made>>);

/// The jobs of one of them that count, in the order in which they were made.
#[derive(Debug, Default)]
struct Made {
    jobs: VecDeque<(Timestamp, Option<Arc<str>>)>,
    leased: HashSet<Arc<str>>,
}

impl Breakers {
    /// Counts a job, which takes a lease of this name or none; true when it is one too many, and counting begins anew.
    pub(super) fn trips(&self, scope: &Scope, breaker: Breaker, lease: Option<&str>, now: Timestamp) -> bool {
        let mut all = lock(&self.0);
        let Made { jobs, leased } = all.entry(scope.clone()).or_default();
        let begin = now.checked_sub(breaker.within).unwrap_or(Timestamp::MIN);
        jobs.retain(|(made, lease)| {
            // What is later than now was made before the clock was set back.
            let counts = *made > begin && *made <= now;
            if let (false, Some(lease)) = (counts, lease) {
                leased.remove(lease);
            }
            counts
        });
        if lease.is_some_and(|lease| leased.contains(lease)) {
            return false;
        }
        if jobs.len() >= usize::try_from(breaker.jobs).unwrap_or(usize::MAX) {
            jobs.clear();
            leased.clear();
            return true;
        }
        let lease: Option<Arc<str>> = lease.map(Into::into);
        leased.extend(lease.clone());
        jobs.push_back((now, lease));
        false
    }
}

/// Why something is paused by its breaker.
pub(super) fn why(breaker: Breaker) -> String {
    format!("its breaker tripped: more than {} jobs within {:?}", breaker.jobs, breaker.within)
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
        let trips = |scope: &Scope, seconds| breakers.trips(scope, breaker, None, at(seconds));
        assert_eq!([0, 1, 2, 3].map(|seconds| trips(&one, seconds)), [false, false, false, true]);
        assert!(!trips(&other, 3));
        assert_eq!(
            [4, 5, 30, 65, 66, 67].map(|seconds| trips(&one, seconds)),
            [false, false, false, false, false, true]
        );
        // The clock is set back: what is to come does not count.
        assert_eq!([100, 101, 102, 10].map(|seconds| trips(&other, seconds)), [false, false, false, false]);
    }

    #[test]
    fn who_comes_again_counts_once_and_does_not_switch_it_off_for_the_others() {
        let breakers = Breakers::default();
        let breaker = Breaker { jobs: 2, within: Duration::from_mins(1), roll_back: 0 };
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let scope = Scope::Action("block".to_owned());
        let trips = |lease: &str, seconds| breakers.trips(&scope, breaker, Some(lease), at(seconds));
        assert!((0..50).all(|seconds| !trips("198.51.100.1", seconds)));
        assert!(!trips("198.51.100.2", 50));
        assert!(!trips("198.51.100.1", 55) && trips("198.51.100.3", 56));
        // Its time over, it counts again; and what tripped has begun anew.
        assert_eq!([57, 58, 59].map(|seconds| trips("198.51.100.1", seconds)), [false; 3]);
        assert!(!trips("198.51.100.4", 60) && trips("198.51.100.5", 61));
    }
}
