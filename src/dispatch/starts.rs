//! When the jobs of an action started, so that no more start than its rate allows.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::time::{Instant, sleep_until};

use crate::config::Rate;

/// The last starts of one action's jobs: whichever time of the rate's length is looked at, no more than its number
/// started within it.
///
/// The lanes of an action share it when a configuration is replaced, so that a reload is no way around a rate.
#[derive(Debug, Default)]
pub(super) struct Starts(Mutex<VecDeque<Instant>>);

impl Starts {
    /// Waits until one more job may start, and notes that it does.
    pub(super) async fn next(&self, rate: Option<Rate>) {
        let Some(rate) = rate else { return };
        while let Err(later) = self.take(rate, Instant::now()) {
            sleep_until(later).await;
        }
    }

    /// Notes a start, or says when there may be one.
    fn take(&self, rate: Rate, now: Instant) -> Result<(), Instant> {
        // A panic while it was held leaves a list of times all the same.
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = usize::try_from(rate.jobs).unwrap_or(usize::MAX).max(1);
        // There may be more than the rate counts, from a configuration that allowed more.
        while starts.len() > allowed {
            starts.pop_front();
        }
        if starts.len() == allowed
            && let Some(&oldest) = starts.front()
        {
            let free = oldest + rate.per;
            if free > now {
                return Err(free);
            }
            starts.pop_front();
        }
        starts.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    #[test]
    fn within_any_time_there_are_no_more_starts_than_allowed() {
        let (starts, rate) = (Starts::default(), Rate { jobs: 7, per: Duration::from_secs(1) });
        let begun = Instant::now();
        let mut now = begun;
        let mut taken = Vec::new();
        // A sender that asks at odd times and always comes back when it is told to.
        for step in 0..200_u32 {
            match starts.take(rate, now) {
                Ok(()) => taken.push(now),
                Err(later) => {
                    assert!(later > now && later <= now + rate.per);
                    now = later;
                    starts.take(rate, now).unwrap();
                    taken.push(now);
                }
            }
            now += Duration::from_millis(u64::from(step * step % 97));
        }
        for pair in taken.windows(8) {
            assert!(*pair.last().unwrap() >= *pair.first().unwrap() + rate.per);
        }
        // What is allowed can be had.
        let least = begun + rate.per * (200 / 7);
        assert!(taken.last().unwrap() < &(least + Duration::from_secs(10)), "{:?}", now - begun);
    }

    #[test]
    fn another_rate_goes_on_where_the_last_one_was() {
        let starts = Starts::default();
        let now = Instant::now();
        for _ in 0..100 {
            starts.take(Rate { jobs: 100, per: Duration::from_secs(1) }, now).unwrap();
        }
        let slower = Rate { jobs: 2, per: Duration::from_mins(1) };
        assert_eq!(starts.take(slower, now), Err(now + slower.per));
        let faster = Rate { jobs: 200, per: Duration::from_secs(1) };
        starts.take(faster, now).unwrap();
    }
}
