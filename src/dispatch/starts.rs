//! When the jobs of an action started, so that no more start than its rate allows.

use std::collections::VecDeque;

use tokio::time::Instant;

use crate::config::Rate;

/// The last starts of one action's jobs: whichever time of the rate's length is looked at, no more than its number
/// started within it.
///
/// It outlives the action's configuration: a reload is no way around a rate.
#[derive(Debug, Default)]
pub(super) struct Starts(VecDeque<Instant>);

impl Starts {
    /// When one more job may start, if not now.
    pub(super) fn wait(&mut self, rate: Option<Rate>, now: Instant) -> Option<Instant> {
        let rate = rate?;
        let allowed = usize::try_from(rate.jobs).unwrap_or(usize::MAX).max(1);
        // There may be more than the rate counts, from a configuration that allowed more.
        while self.0.len() > allowed {
            self.0.pop_front();
        }
        if self.0.len() < allowed {
            return None;
        }
        self.0.front().map(|&oldest| oldest + rate.per).filter(|&free| free > now)
    }

    /// Notes a start, or says when there may be one.
    pub(super) fn take(&mut self, rate: Option<Rate>, now: Instant) -> Result<(), Instant> {
        if let Some(later) = self.wait(rate, now) {
            return Err(later);
        }
        if let Some(rate) = rate {
            let allowed = usize::try_from(rate.jobs).unwrap_or(usize::MAX).max(1);
            while self.0.len() >= allowed {
                self.0.pop_front();
            }
            self.0.push_back(now);
        }
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
        let (mut starts, rate) = (Starts::default(), Rate { jobs: 7, per: Duration::from_secs(1) });
        let begun = Instant::now();
        let mut now = begun;
        let mut taken = Vec::new();
        // A sender that asks at odd times and always comes back when it is told to.
        for step in 0..200_u32 {
            match starts.take(Some(rate), now) {
                Ok(()) => taken.push(now),
                Err(later) => {
                    assert!(later > now && later <= now + rate.per);
                    now = later;
                    starts.take(Some(rate), now).unwrap();
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
        let mut starts = Starts::default();
        let now = Instant::now();
        for _ in 0..100 {
            starts.take(Some(Rate { jobs: 100, per: Duration::from_secs(1) }), now).unwrap();
        }
        let slower = Rate { jobs: 2, per: Duration::from_mins(1) };
        assert_eq!(starts.take(Some(slower), now), Err(now + slower.per));
        let faster = Rate { jobs: 200, per: Duration::from_secs(1) };
        starts.take(Some(faster), now).unwrap();
    }
}
