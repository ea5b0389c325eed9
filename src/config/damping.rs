//! Damping: what makes few jobs of many matches, as plain data.

use std::{fmt, time::Duration};

use super::Terms;
use crate::idmef;

/// The damping of a trigger; all that is given must let a match through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Damping {
    /// So many matches within a time, before anything is done.
    pub threshold: Option<Threshold>,
    /// Once, and not again for a time.
    pub once: Option<Quiet>,
    /// Not again before it has been quiet for a time.
    pub cooldown: Option<Quiet>,
}

/// Whose clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// Our own: when the message was received.
    #[default]
    Ours,
    /// The alert's: when it says that it was made.
    Alert,
}

/// `threshold:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// How many matches; at least 1.
    pub count: u32,
    /// Within which time.
    pub within: Duration,
    /// What they must have in common: the values at these paths. None: nothing.
    pub per: Vec<idmef::Path>,
    /// On which clock.
    pub clock: Clock,
}

/// `once:` and `cooldown:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// How long nothing more is done.
    pub within: Duration,
    /// How much longer each time that it comes back, in percent: 200 doubles, 100 stays.
    pub then: u32,
    /// Never longer than this.
    pub up_to: Duration,
    /// What the matches must have in common: the values at these paths. None: nothing.
    pub per: Vec<idmef::Path>,
    /// On which clock.
    pub clock: Clock,
}

impl Damping {
    /// Whether there is any.
    pub fn is_none(&self) -> bool {
        self.threshold.is_none() && self.once.is_none() && self.cooldown.is_none()
    }

    /// Every path it needs.
    pub fn paths(&self) -> impl Iterator<Item = &idmef::Path> {
        let threshold = self.threshold.iter().flat_map(|threshold| &threshold.per);
        let quiet = self.once.iter().chain(&self.cooldown).flat_map(|quiet| &quiet.per);
        threshold.chain(quiet)
    }
}

impl Quiet {
    /// How long it lasts the `times`-th time in a row, counted from one.
    pub fn duration(&self, times: u32) -> Duration {
        Terms { first: self.within, then: self.then, up_to: self.up_to }.duration(times)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} within {:?}", self.count, self.within)?;
        per(f, &self.per)
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.within)?;
        if self.then > 100 {
            write!(f, ", then {}% up to {:?}", self.then, self.up_to)?;
        }
        per(f, &self.per)
    }
}

fn per(f: &mut fmt::Formatter<'_>, paths: &[idmef::Path]) -> fmt::Result {
    for (number, path) in paths.iter().enumerate() {
        write!(f, "{} {path}", if number == 0 { " per" } else { "," })?;
    }
    Ok(())
}
