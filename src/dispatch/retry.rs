//! When a job that failed for now is tried again.

use std::time::Duration;

/// How often, and how long apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// Attempts in all.
    pub(super) attempts: u32,
    /// Before the second attempt.
    pub(super) first: Duration,
    /// Never longer than this.
    pub(super) up_to: Duration,
}

/// Undoing is owed: whatever went wrong, it is tried so often, about an hour long.
pub(super) const UNDO: Policy = Policy { attempts: 15, first: Duration::from_secs(1), up_to: Duration::from_mins(10) };

impl Policy {
    /// How long to wait after the `attempt`-th attempt, counted from one; none when it was the last. Doubled each time, and
    /// changed by up to a quarter, so that many that failed together do not come again together. What the action asked for is
    /// waited for, even if it is longer.
    pub(super) fn wait(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        let wait = doubled.min(self.up_to);
        let jitter = 0.75 + fastrand::f64() / 2.0;
        Some(wait.mul_f64(jitter).max(asked.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_waits_longer_each_time_and_not_for_ever() {
        let policy = Policy { attempts: 6, first: Duration::from_secs(1), up_to: Duration::from_secs(10) };
        for (attempt, expected) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0)] {
            for _ in 0..100 {
                let wait = policy.wait(attempt, None).unwrap().as_secs_f64();
                assert!((expected * 0.75..=expected * 1.25).contains(&wait), "{attempt}: {wait}");
            }
        }
        assert_eq!(policy.wait(6, None), None);
        assert_eq!(policy.wait(u32::MAX, None), None);
        let asked = Duration::from_mins(5);
        assert_eq!(policy.wait(1, Some(asked)), Some(asked));
        let endless = Policy { attempts: u32::MAX, ..policy };
        assert!(endless.wait(1000, None).unwrap() <= Duration::from_millis(12_500));
    }
}
