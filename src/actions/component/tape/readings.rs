//! What clocks told, and random numbers out of a seed: what a tape keeps so that a guest sees it again.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Readings of one clock that are written down.
const MOST: usize = 10_000;
/// How far a clock goes from one reading to the next once those that were written down have been told.
const STEP: u64 = 1_000_000;
/// Random bytes after which they begin anew.
const RANDOM: usize = 256 << 10;

/// What the clocks told, in nanoseconds, in order: the wall clock since 1970, the other since the beginning of the job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readings {
    /// The wall clock.
    pub wall: VecDeque<u64>,
    /// The clock that never goes back.
    pub monotonic: VecDeque<u64>,
    /// Where a clock is that has told everything.
    #[serde(skip)]
    pub(super) last: (u64, u64),
}

impl Readings {
    /// A wall clock that begins at a moment.
    pub fn from(start: Duration) -> Self {
        let start = nanoseconds(start);
        Self { wall: [start].into(), monotonic: [0].into(), last: (start, 0) }
    }
}

/// The random numbers of one job, made before its time is counted.
#[derive(Debug)]
pub(super) struct Random {
    pub(super) secure: Vec<u8>,
    pub(super) insecure: Vec<u8>,
    pub(super) seed: u128,
}

impl Random {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let number: [u8; 32] = Sha256::digest([&seed[..], b"seed"].concat()).into();
        Self {
            secure: stream(seed, b"secure"),
            insecure: stream(seed, b"insecure"),
            seed: number.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)),
        }
    }
}

/// As many bytes as are needed out of a seed.
fn stream(seed: &[u8; 32], what: &[u8]) -> Vec<u8> {
    let block = |number: usize| Sha256::digest([&seed[..], what, &number.to_be_bytes()].concat());
    (0..RANDOM / 32).flat_map(block).collect()
}

/// One reading: the next of those that are written down, or a new one.
pub(super) fn read(plays: bool, written: &mut VecDeque<u64>, last: &mut u64, live: impl FnOnce() -> u64) -> u64 {
    *last = match (plays, written.len()) {
        (true, _) => written.pop_front().unwrap_or_else(|| last.saturating_add(STEP)),
        (false, length) => {
            let now = live();
            if length < MOST {
                written.push_back(now);
            }
            now
        }
    };
    *last
}

pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn a_clock_tells_again_what_it_told_and_goes_on() {
        let (mut written, mut last) = (VecDeque::new(), 0);
        for now in [5, 7] {
            assert_eq!(read(false, &mut written, &mut last, || now), now);
        }
        let mut last = 0;
        let mut play = || read(true, &mut written, &mut last, || panic!("the real clock"));
        assert_eq!([play(), play(), play(), play()], [5, 7, 7 + STEP, 7 + 2 * STEP]);
    }

    #[test]
    fn random_numbers_come_from_the_seed_alone() {
        let bytes = stream(&[1; 32], b"secure");
        assert_eq!(bytes.len(), RANDOM);
        assert_eq!(bytes, stream(&[1; 32], b"secure"));
        assert_ne!(bytes, stream(&[2; 32], b"secure"));
        assert_ne!(bytes, stream(&[1; 32], b"insecure"));
    }
}
