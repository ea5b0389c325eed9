//! What a configuration would have done with recorded alerts: counted, not run.
//!
//! Messages go by one at a time; what is kept is a few numbers for each trigger that matched, so that a recording may be larger than
//! memory. Each message is looked at at the moment it tells of itself, not now, so that questions about time get the answers they
//! would have got.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use jiff::Timestamp;
use serde::Serialize;

use crate::{actions::Plan, config::Mode, idmef::Message, load::Loaded, rules};

/// Different jobs of one trigger that are told apart; beyond that their number is a lower bound.
const MOST_DIFFERENT: usize = 1_000_000;
/// Minutes of one trigger that are counted apart: two years.
const MOST_MINUTES: usize = 1 << 20;

/// What a configuration would have done.
#[derive(Debug)]
pub struct Backtest<'l> {
    loaded: &'l Loaded,
    messages: u64,
    matched: u64,
    triggers: HashMap<Arc<str>, Tally>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Tally {
    matches: u64,
    jobs: u64,
    refused: u64,
    observed: u64,
    different: HashSet<u64>,
    minutes: HashMap<i64, u32>,
}

/// What one trigger would have done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Messages for which all its filters held.
    pub matches: u64,
    /// Jobs that would have been made of them.
    pub jobs: u64,
    /// Of these, jobs that a guard would have refused.
    pub refused: u64,
    /// Of these, jobs that the mode would only have observed.
    pub observed: u64,
    /// How many of the jobs are different: the same program with the same arguments, or the same component for the same message, is
    /// one.
    pub different: u64,
    /// The minute with most matches, as its beginning.
    pub busiest_minute: Option<Timestamp>,
    /// How many there were in that minute.
    pub busiest: u32,
}

impl<'l> Backtest<'l> {
    /// Begins with nothing counted.
    pub fn new(loaded: &'l Loaded) -> Self {
        Self { loaded, messages: 0, matched: 0, triggers: HashMap::new(), hasher: RandomState::new() }
    }

    /// Counts what would be done about a message.
    pub fn add(&mut self, message: &Message) {
        self.messages += 1;
        let moment = rules::moment_of(message).unwrap_or(Timestamp::UNIX_EPOCH);
        let matches = self.loaded.rules.matches(message, moment);
        self.matched += u64::from(!matches.is_empty());
        for found in matches {
            let tally = self.triggers.entry(Arc::clone(&found.trigger.name)).or_default();
            tally.matches += 1;
            let minute = moment.as_second().div_euclid(60);
            if tally.minutes.len() < MOST_MINUTES || tally.minutes.contains_key(&minute) {
                *tally.minutes.entry(minute).or_default() += 1;
            }
            for action in found.trigger.actions.iter().filter_map(|name| self.loaded.actions.get(name)) {
                tally.jobs += 1;
                tally.observed += u64::from(found.trigger.mode == Mode::Observe);
                let job = match action.plan(message, &found.captures) {
                    Plan::Refused(_) => {
                        tally.refused += 1;
                        continue;
                    }
                    Plan::Exec(arguments) => self.hasher.hash_one((&action.name, arguments)),
                    Plan::Component => self.hasher.hash_one((&action.name, message.issuer(), message.messageid())),
                };
                if tally.different.len() < MOST_DIFFERENT {
                    tally.different.insert(job);
                }
            }
        }
    }

    /// Messages so far.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Messages so far that set off any trigger.
    pub fn matched(&self) -> u64 {
        self.matched
    }

    /// What each trigger would have done, in the order of the configuration; those that never matched are there too.
    pub fn summaries(&self) -> Vec<(Arc<str>, Summary)> {
        let summary = |name: &Arc<str>| self.triggers.get(name).map(Tally::summary).unwrap_or_default();
        let triggers = self.loaded.rules.triggers().iter();
        triggers.map(|trigger| (Arc::clone(&trigger.name), summary(&trigger.name))).collect()
    }
}

impl Tally {
    fn summary(&self) -> Summary {
        // Of equally busy minutes the first.
        let busiest = self.minutes.iter().max_by_key(|&(&minute, &count)| (count, std::cmp::Reverse(minute)));
        Summary {
            matches: self.matches,
            jobs: self.jobs,
            refused: self.refused,
            observed: self.observed,
            different: u64::try_from(self.different.len()).unwrap_or(u64::MAX),
            busiest_minute: busiest.and_then(|(&minute, _)| Timestamp::from_second(minute * 60).ok()),
            busiest: busiest.map_or(0, |(_, &count)| count),
        }
    }
}

/// One trigger in two configurations; none where a configuration has no such trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What the configuration that was compared with would have done.
    pub before: Option<Summary>,
    /// What this one would have done.
    pub after: Option<Summary>,
}

impl Change {
    /// Whether both would have done the same.
    pub fn is_none(&self) -> bool {
        self.before == self.after
    }
}

/// The triggers of two configurations side by side, by name.
pub fn compare(before: &Backtest<'_>, after: &Backtest<'_>) -> BTreeMap<Arc<str>, Change> {
    let mut changes: BTreeMap<Arc<str>, Change> = BTreeMap::new();
    for (name, summary) in before.summaries() {
        changes.insert(name, Change { before: Some(summary), after: None });
    }
    for (name, summary) in after.summaries() {
        changes.entry(name).or_insert(Change { before: None, after: None }).after = Some(summary);
    }
    changes
}
