//! From many matches to few: `threshold`, `once` and `cooldown`.
//!
//! - `threshold`: the match that makes it so many within the time goes through, and counting begins anew.
//! - `once`: a match goes through, and no other for so long after it.
//! - `cooldown`: a match goes through, and no other before there has been none at all for so long.
//!
//! Where several are given, a match first has to make the threshold, and then neither of the others may hold it back. With
//! `then`, what comes back soon after a quiet time is held back longer the next time: soon is within as long as the
//! quiet time lasted.
//!
//! What matches have in common is their key, the values at the paths of `per`. A message with several keys, because a path
//! has several values, counts for each, and goes through when one of them lets it. A message without a value at one of the
//! paths has no key: nothing is known that it has in common with another, so it is never held back by one, and never
//! counted with one.
//!
//! Nothing here reads a clock: the moment is told, for the daemon, `explain` and `backtest` alike. When a clock jumps back, what
//! is remembered of a time to come holds nothing back for more than twice its time.
//!
//! Failure modes: there are at most [`MOST`] keys for each trigger and kind; when there are more, those that were not
//! seen for longest are forgotten, so that a match too many may go through, and none is lost.

mod bucket;
mod key;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    config::{self, Clock, Quiet},
    idmef::Message,
};

use super::values::moment_of;
use bucket::Bucket;

/// Keys that are remembered for each trigger and kind.
pub const MOST: usize = 100_000;

/// The kinds of damping, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `threshold`.
    Threshold,
    /// `once`.
    Once,
    /// `cooldown`.
    Cooldown,
}

/// What is remembered of matches.
#[derive(Debug, Clone, Default)]
pub struct Damping {
    drawers: HashMap<(Arc<str>, Kind), Drawer>,
}

/// The keys of one trigger and kind.
#[derive(Debug, Clone, Default)]
struct Drawer {
    buckets: HashMap<String, Bucket>,
    /// By when they mean nothing any more.
    ages: BTreeSet<(Timestamp, String)>,
}

/// Whether a match goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Through,
    /// It is held back.
    Held(Held),
}

/// What holds a match back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The kind.
    pub kind: Kind,
    /// The key; of several, the first.
    pub key: String,
    /// In a line, for people.
    pub why: String,
}

/// Something that is remembered from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The kind.
    pub kind: Kind,
    /// The key.
    pub key: String,
    /// When it means nothing any more.
    pub expires: Timestamp,
    /// What is remembered, as JSON.
    pub data: String,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Threshold, Self::Once, Self::Cooldown];

    /// Its key in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Once => "once",
            Self::Cooldown => "cooldown",
        }
    }
}

impl Damping {
    /// Judges a match of a trigger, received at the moment `now`, and remembers it.
    ///
    /// What is to be remembered beyond the life of this process is returned beside the verdict.
    pub fn judge(
        &mut self,
        trigger: &Arc<str>,
        damping: &config::Damping,
        message: &Message,
        now: Timestamp,
    ) -> (Verdict, Vec<Remembered>) {
        let mut remembered = Vec::new();
        if let Some(threshold) = &damping.threshold {
            let at = moment(threshold.clock, message, now);
            let keys = key::keys(message, &threshold.per);
            let mut through = keys.is_empty() && threshold.count <= 1;
            let mut most = 0;
            for key in &keys {
                let bucket = self.peek(trigger, Kind::Threshold, key);
                let (bucket, count) = bucket.count(at, threshold);
                most = most.max(count);
                through |= count >= threshold.count;
                let bucket = if count >= threshold.count { Bucket::default() } else { bucket };
                remembered.push(self.put(trigger, Kind::Threshold, key, bucket.until(at, threshold.within), at));
            }
            if !through {
                let why = match keys.as_slice() {
                    [] => "it has no value for the key, so it is counted with no other".to_owned(),
                    _ => format!("it is number {most} of {} within {:?}", threshold.count, threshold.within),
                };
                return (held(Kind::Threshold, &keys, why), remembered);
            }
        }
        // What one of them holds back is no match for the other.
        for (kind, quiet) in quiets(damping) {
            let at = moment(quiet.clock, message, now);
            let keys = key::keys(message, &quiet.per);
            let until: Vec<_> = keys.iter().map(|key| self.peek(trigger, kind, key).quiet_until(at)).collect();
            if keys.is_empty() || until.iter().any(Option::is_none) {
                continue;
            }
            let last = until.into_iter().flatten().max().unwrap_or(at);
            if kind == Kind::Cooldown {
                for key in &keys {
                    let bucket = self.peek(trigger, kind, key).prolong(at, quiet);
                    remembered.push(self.put(trigger, kind, key, bucket, at));
                }
            }
            let why = match kind {
                Kind::Cooldown => format!("there must be none for {:?} first", quiet.duration(1)),
                _ => format!("nothing more is done until {last:.0}"),
            };
            return (held(kind, &keys, why), remembered);
        }
        for (kind, quiet) in quiets(damping) {
            let at = moment(quiet.clock, message, now);
            for key in key::keys(message, &quiet.per) {
                let bucket = self.peek(trigger, kind, &key).fire(at, quiet);
                remembered.push(self.put(trigger, kind, &key, bucket, at));
            }
        }
        (Verdict::Through, remembered)
    }

    /// Takes over what was remembered before; what cannot be read is left out.
    pub fn recall(&mut self, trigger: &Arc<str>, kind: &str, key: &str, expires: Timestamp, data: &str) {
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind);
        if let (Some(kind), Some(bucket)) = (kind, Bucket::from_json(data, expires)) {
            self.put(trigger, kind, key, bucket, Timestamp::MIN);
        }
    }

    fn peek(&self, trigger: &Arc<str>, kind: Kind, key: &str) -> Bucket {
        let drawer = self.drawers.get(&(Arc::clone(trigger), kind));
        drawer.and_then(|drawer| drawer.buckets.get(key)).cloned().unwrap_or_default()
    }

    fn put(&mut self, trigger: &Arc<str>, kind: Kind, key: &str, bucket: Bucket, at: Timestamp) -> Remembered {
        let (data, expires) = (bucket.to_json(), bucket.expires);
        let drawer = self.drawers.entry((Arc::clone(trigger), kind)).or_default();
        drawer.put(key, bucket, at);
        Remembered { kind, key: key.to_owned(), expires, data }
    }
}

impl Drawer {
    fn put(&mut self, key: &str, bucket: Bucket, at: Timestamp) {
        let expires = bucket.expires;
        if let Some(before) = self.buckets.insert(key.to_owned(), bucket) {
            self.ages.remove(&(before.expires, key.to_owned()));
        }
        self.ages.insert((expires, key.to_owned()));
        while let Some((oldest, _)) = self.ages.first()
            && (self.buckets.len() > MOST || *oldest <= at)
            && let Some((_, key)) = self.ages.pop_first()
        {
            self.buckets.remove(&key);
        }
    }
}

fn quiets(damping: &config::Damping) -> impl Iterator<Item = (Kind, &Quiet)> {
    let once = damping.once.iter().map(|quiet| (Kind::Once, quiet));
    once.chain(damping.cooldown.iter().map(|quiet| (Kind::Cooldown, quiet)))
}

fn held(kind: Kind, keys: &[String], why: String) -> Verdict {
    Verdict::Held(Held { kind, key: keys.first().cloned().unwrap_or_default(), why })
}

fn moment(clock: Clock, message: &Message, now: Timestamp) -> Timestamp {
    match clock {
        Clock::Ours => now,
        Clock::Alert => moment_of(message).unwrap_or(now),
    }
}
