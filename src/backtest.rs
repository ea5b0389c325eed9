//! What a configuration would have done with recorded alerts: counted, not run.
//!
//! Messages go by one at a time; what is kept is a few numbers for each trigger that matched, so that a recording may be larger than
//! memory. Each message is looked at at the moment it tells of itself, not now, so that questions about time get the answers they
//! would have got.
//!
//! Silence is counted by the same times: a sensor falls silent when other messages tell that its time has passed, so that nobody
//! does after the last message, and everybody does in a gap of the recording. A message whose sender's clock is ahead makes the others seem
//! silent; one that tells an earlier time turns nothing back.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, LazyLock},
    time::Duration,
};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    actions::Plan,
    config::{Captures, Mode},
    idmef::Message,
    load::Loaded,
    rules::{
        self, LinkState, Sensors, Trigger,
        damping::{Damping, Verdict},
    },
};

/// Different jobs of one trigger that are told apart; beyond that their number is a lower bound.
const MOST_DIFFERENT: usize = 1_000_000;
/// Minutes of one trigger that are counted apart: two years.
const MOST_MINUTES: usize = 1 << 20;

/// How often it is looked who has fallen silent.
const LOOK: Duration = Duration::from_secs(1);
/// The recording is a link that is never down.
static RECORDING: LazyLock<[LinkState; 1]> =
    LazyLock::new(|| [LinkState { name: "recording".into(), connected: true, connections: 1 }]);

/// What a configuration would have done.
#[derive(Debug)]
pub struct Backtest<'l> {
    loaded: &'l Loaded,
    /// None when no trigger is on silence.
    sensors: Option<Sensors>,
    /// The latest time that was told, when the sensors were last looked at.
    damping: Damping,
    looked: Option<Timestamp>,
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
    targets: HashSet<u64>,
    held: u64,
    minutes: HashMap<i64, u32>,
}

/// What one trigger would have done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Messages for which all its filters held, or sensors' silences.
    pub matches: u64,
    /// Of these, those that damping would have held back.
    pub held: u64,
    /// Jobs that would have been made of them.
    pub jobs: u64,
    /// Of these, jobs that a guard would have refused.
    pub refused: u64,
    /// Of these, jobs that the mode would only have observed.
    pub observed: u64,
    /// How many of the jobs are different: the same program with the same arguments, or the same component for the same message, is
    /// one.
    pub different: u64,
    /// How many different targets they act on.
    pub targets: u64,
    /// The minute with most matches, as its beginning.
    pub busiest_minute: Option<Timestamp>,
    /// How many there were in that minute.
    pub busiest: u32,
}

impl<'l> Backtest<'l> {
    /// Begins with nothing counted.
    pub fn new(loaded: &'l Loaded) -> Self {
        let sensors = loaded.rules.on_silence().next().map(|_| {
            let mut sensors = Sensors::default();
            sensors.adopt(&loaded.rules);
            sensors.advance(Duration::ZERO, &*RECORDING);
            sensors
        });
        let (triggers, hasher) = (HashMap::new(), RandomState::new());
        let damping = Damping::default();
        Self { loaded, sensors, damping, looked: None, messages: 0, matched: 0, triggers, hasher }
    }

    /// Counts what would be done about a message, and about silences that end before it or are long enough by then.
    pub fn add(&mut self, message: &Arc<Message>) {
        self.messages += 1;
        let told = rules::moment_of(message);
        let moment = told.unwrap_or(Timestamp::UNIX_EPOCH);
        if let Some(told) = told {
            self.let_time_pass(told);
        }
        if let [link] = &*RECORDING
            && let Some(sensors) = &mut self.sensors
        {
            sensors.hear(message, &link.name);
        }
        let loaded = self.loaded;
        let matches = loaded.rules.matches(message, moment);
        self.matched += u64::from(!matches.is_empty());
        for found in matches {
            let (name, rules) = (&found.trigger.name, &found.trigger.damping);
            if let (Verdict::Held(_), _) = self.damping.judge(name, rules, message, moment) {
                let tally = self.triggers.entry(Arc::clone(name)).or_default();
                tally.matches += 1;
                tally.held += 1;
                continue;
            }
            self.count(found.trigger, message, &found.captures, moment);
        }
    }

    /// Counts the silences that are long enough at this moment, each at the time at which it became so.
    fn let_time_pass(&mut self, moment: Timestamp) {
        let Some(sensors) = &mut self.sensors else { return };
        let looked = *self.looked.get_or_insert(moment);
        let Ok(step) = Duration::try_from(moment.duration_since(looked)) else { return };
        if step < LOOK {
            return;
        }
        self.looked = Some(moment);
        sensors.advance(step, &*RECORDING);
        let loaded = self.loaded;
        for silence in sensors.fell_silent(&loaded.rules, moment) {
            let then = moment.checked_sub(silence.overdue).unwrap_or(moment);
            self.count(silence.trigger, &silence.heartbeat, &silence.captures, then);
        }
    }

    /// Counts a trigger that was set off.
    fn count(&mut self, trigger: &Trigger, message: &Message, captures: &Captures, moment: Timestamp) {
        let tally = self.triggers.entry(Arc::clone(&trigger.name)).or_default();
        tally.matches += 1;
        let minute = moment.as_second().div_euclid(60);
        if tally.minutes.len() < MOST_MINUTES || tally.minutes.contains_key(&minute) {
            *tally.minutes.entry(minute).or_default() += 1;
        }
        for job in self.loaded.planned(trigger, message, captures) {
            tally.jobs += 1;
            tally.observed += u64::from(job.intent.mode == Mode::Observe);
            let (action, target) = (&job.intent.action, &job.intent.target);
            if let Some(target) = target
                && tally.targets.len() < MOST_DIFFERENT
            {
                tally.targets.insert(self.hasher.hash_one(target));
            }
            let job = match &job.plan {
                Plan::Refused(_) => {
                    tally.refused += 1;
                    continue;
                }
                Plan::Exec(arguments) => self.hasher.hash_one((action, arguments)),
                Plan::Component => self.hasher.hash_one((action, target, message.issuer(), message.messageid())),
            };
            if tally.different.len() < MOST_DIFFERENT {
                tally.different.insert(job);
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
            held: self.held,
            jobs: self.jobs,
            refused: self.refused,
            observed: self.observed,
            different: u64::try_from(self.different.len()).unwrap_or(u64::MAX),
            targets: u64::try_from(self.targets.len()).unwrap_or(u64::MAX),
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
