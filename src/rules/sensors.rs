//! Who has fallen silent: a table of the sensors whose heartbeats have been heard, and of those that are expected.
//!
//! A sensor is its analyzerid: that of the last analyzer of the chain that has one ([`Message::issuer`]). A heartbeat makes it known
//! and says how often the next may be expected; a heartbeat or an alert shows that it lives. When neither has come for as long as a
//! trigger on silence says, the trigger's filters are asked about the sensor's last heartbeat, once, and not again
//! until the sensor has been heard.
//!
//! Time is told, in steps in which we listened ([`Sensors::advance`]); nothing here looks at a clock. Every link, one for each
//! manager, has a clock of its own, which stands still while the link is down; after it is connected (again), every sensor that was last
//! heard over it has its whole period of grace. Sensors that were never heard have a clock that needs all links, since nobody knows
//! over which they would come.
//!
//! Invariants:
//! - A trigger is told of one silence of one sensor at most once, through reloads too (by its name).
//! - A sensor that said that it is exiting is silent by right; only triggers with `after_exit` are told. After that word only a
//!   heartbeat brings it back: alerts that it sent before may arrive later, for managers send by priority.
//! - At most [`MOST_SENSORS`] are known and [`MOST_BYTES`] used. When that is full, a sensor goes of which everything has been told,
//!   the longest settled first, which loses nothing; when there is none, the newcomer is not watched: whoever floods the table with invented
//!   sensors drives none out that live.
//!
//! Failure modes: [`Sensors::turned_away`] counts heartbeats of sensors that could not be watched. All is in memory: a daemon
//! that starts again begins with an empty table.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::json;

use super::{
    RuleSet, Trigger,
    silence::{LARGEST_HEARTBEAT, LONGEST_ID, interval, is_goodbye},
};
use crate::{
    config::Captures,
    idmef::{Kind, Message},
};

/// The most sensors that are watched.
pub const MOST_SENSORS: usize = 1 << 16;
/// The most memory that their last heartbeats take.
const MOST_BYTES: usize = 128 << 20;

/// How a link, over which messages come, is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    /// What messages that came over it name as their origin.
    pub name: Arc<str>,
    /// Whether it is connected.
    pub connected: bool,
    /// How often it has been connected.
    pub connections: u64,
}

/// All sensors that are known or expected.
#[derive(Debug, Default)]
pub struct Sensors {
    /// Another limit than [`MOST_SENSORS`], in tests.
    limit: Option<usize>,
    links: HashMap<Arc<str>, Clock>,
    /// Runs while all links are connected.
    together: Clock,
    known: HashMap<Arc<str>, Sensor>,
    /// What the last heartbeats take.
    bytes: usize,
    /// Sensors about which there is nothing more to tell, the longest settled first.
    settled: BTreeMap<u64, Arc<str>>,
    next_settled: u64,
    expected: HashMap<Arc<str>, Expected>,
    turned_away: u64,
}

/// A sensor's silence, for one trigger.
#[derive(Debug)]
pub struct FellSilent<'r> {
    /// The trigger.
    pub trigger: &'r Trigger,
    /// What its filters captured.
    pub captures: Captures,
    /// The sensor's last heartbeat; of one that was never heard one with nothing but its name.
    pub heartbeat: Arc<Message>,
    /// The sensor's analyzerid, or as it is written under `expect`.
    pub sensor: Arc<str>,
    /// For how long it has been silent.
    pub quiet: Duration,
    /// How much of that is beyond what the trigger allows.
    pub overdue: Duration,
    /// Whether it is expected and was never heard.
    pub never_heard: bool,
}

/// The time of a link, as far as we listened.
#[derive(Debug, Default)]
struct Clock {
    at: Duration,
    /// When it was last connected: nobody's silence begins before.
    grace: Duration,
    connected: bool,
    connections: u64,
}

#[derive(Debug)]
struct Sensor {
    name: Option<Box<str>>,
    /// Over which link it was last heard.
    link: Arc<str>,
    /// When, by the clock of that link.
    since: Duration,
    /// What its last heartbeat says about the next.
    interval: Option<Duration>,
    /// Whether its last heartbeat says goodbye.
    exiting: bool,
    heartbeat: Arc<Message>,
    /// Triggers that have been asked about this silence, by name.
    asked: BTreeSet<Arc<str>>,
    /// Not before this, by the clock of its link, is there anything to ask.
    next: Duration,
    /// Its place among those of which everything is told.
    settled: Option<u64>,
}

#[derive(Debug, Default)]
struct Expected {
    heard: bool,
    /// Since when it is expected, by the clock that needs all links.
    since: Duration,
    /// Triggers that have been told of its absence, by name.
    told: BTreeSet<Arc<str>>,
}

impl Sensors {
    /// Lets a step of time pass in which we listened to the links that are connected.
    pub fn advance(&mut self, step: Duration, links: &[LinkState]) {
        let (mut all, mut again) = (!links.is_empty(), false);
        for link in links {
            let clock = self.links.entry(Arc::clone(&link.name)).or_default();
            again |= clock.advance(step, link.connected, link.connections);
            all &= link.connected;
        }
        let connections = self.together.connections + u64::from(again);
        self.together.advance(step, all, connections);
    }

    /// Takes note of a message that came over a link.
    pub fn hear(&mut self, message: &Arc<Message>, link: &Arc<str>) {
        let Some(id) = message.issuer() else { return };
        if !self.expected.is_empty() {
            for text in [Some(&*id), message.issuer_name().as_deref()].into_iter().flatten() {
                if let Some(expected) = self.expected.get_mut(text) {
                    expected.heard = true;
                }
            }
        }
        match message.kind() {
            Kind::Heartbeat => self.hear_heartbeat(&id, message, link),
            Kind::Alert => {
                if let Some(sensor) = self.known.get_mut(&*id).filter(|sensor| !sensor.exiting) {
                    let at = self.links.entry(Arc::clone(link)).or_default().at;
                    if let Some(place) = sensor.settled {
                        self.settled.remove(&place);
                    }
                    sensor.lives(link, at);
                }
            }
        }
    }

    fn hear_heartbeat(&mut self, id: &str, message: &Arc<Message>, link: &Arc<str>) {
        let size = message.size();
        let known = self.forget(id);
        if id.len() > LONGEST_ID || size > LARGEST_HEARTBEAT || !self.make_room(size) {
            self.turned_away += 1;
            return;
        }
        let id: Arc<str> = known.map_or_else(|| id.into(), |(id, _)| id);
        let mut sensor = Sensor {
            name: message.issuer_name().filter(|name| name.len() <= LONGEST_ID).map(|name| (*name).into()),
            link: Arc::clone(link),
            since: Duration::ZERO,
            interval: interval(message),
            exiting: is_goodbye(message),
            heartbeat: Arc::clone(message),
            asked: BTreeSet::new(),
            next: Duration::ZERO,
            settled: None,
        };
        sensor.lives(link, self.links.entry(Arc::clone(link)).or_default().at);
        self.bytes += size;
        self.known.insert(id, sensor);
    }

    /// Whether there is room for one more heartbeat of this size, perhaps by forgetting sensors of which everything has been told.
    fn make_room(&mut self, size: usize) -> bool {
        while self.known.len() >= self.limit.unwrap_or(MOST_SENSORS) || self.bytes + size > MOST_BYTES {
            let Some((_, id)) = self.settled.pop_first() else { return false };
            self.forget(&id);
        }
        true
    }

    fn forget(&mut self, id: &str) -> Option<(Arc<str>, Sensor)> {
        let (id, sensor) = self.known.remove_entry(id)?;
        self.bytes -= sensor.heartbeat.size();
        if let Some(place) = sensor.settled {
            self.settled.remove(&place);
        }
        Some((id, sensor))
    }

    /// Goes on with the triggers of another configuration. What their namesakes were told counts as told.
    pub fn adopt(&mut self, rules: &RuleSet) {
        let names: HashSet<&Arc<str>> = rules.on_silence().map(|(trigger, _)| &trigger.name).collect();
        if names.is_empty() {
            *self = Self { limit: self.limit, ..Self::default() };
            return;
        }
        self.settled.clear();
        for sensor in self.known.values_mut() {
            (sensor.settled, sensor.next) = (None, Duration::ZERO);
            sensor.asked.retain(|name| names.contains(name));
        }
        let mut before = std::mem::take(&mut self.expected);
        for text in rules.on_silence().flat_map(|(_, silent)| &silent.expect) {
            if self.expected.contains_key(text) {
                continue;
            }
            let mut expected = before.remove(text).unwrap_or_else(|| Expected {
                heard: self.known.iter().any(|(id, sensor)| id == text || sensor.name.as_deref() == Some(text)),
                since: self.together.at,
                told: BTreeSet::new(),
            });
            expected.told.retain(|name| names.contains(name));
            self.expected.insert(Arc::clone(text), expected);
        }
    }

    /// Those who have fallen silent since this was last asked, the longest overdue first. `now` is what filters on time take for now.
    pub fn fell_silent<'r>(&mut self, rules: &'r RuleSet, now: Timestamp) -> Vec<FellSilent<'r>> {
        let mut found = Vec::new();
        for (id, sensor) in &mut self.known {
            let Some(clock) = self.links.get(&sensor.link) else { continue };
            if clock.at < sensor.next || sensor.settled.is_some() {
                continue;
            }
            sensor.ask(id, clock, rules, now, &mut found);
            if sensor.next == Duration::MAX {
                sensor.settled = Some(self.next_settled);
                self.settled.insert(self.next_settled, Arc::clone(id));
                self.next_settled += 1;
            }
        }
        for (trigger, silent) in rules.on_silence() {
            for text in &silent.expect {
                let Some(expected) = self.expected.get_mut(text).filter(|expected| !expected.heard) else { continue };
                let quiet = self.together.quiet(expected.since);
                let Some(overdue) = quiet.checked_sub(silent.period(None)) else { continue };
                if expected.told.insert(Arc::clone(&trigger.name)) {
                    found.extend(made_up(text, now).map(|heartbeat| FellSilent {
                        trigger,
                        captures: Captures::new(),
                        heartbeat: Arc::new(heartbeat),
                        sensor: Arc::clone(text),
                        quiet,
                        overdue,
                        never_heard: true,
                    }));
                }
            }
        }
        // The tables have no order; triggers of one sensor are in theirs.
        found.sort_by(|one, other| (other.overdue, &one.sensor).cmp(&(one.overdue, &other.sensor)));
        found
    }

    /// How many heartbeats came so far from sensors that could not be watched.
    pub fn turned_away(&self) -> u64 {
        self.turned_away
    }
}

impl Clock {
    /// Whether the link has been connected anew.
    fn advance(&mut self, step: Duration, connected: bool, connections: u64) -> bool {
        let again = connected && (!self.connected || self.connections != connections);
        if again {
            self.grace = self.at;
        } else if connected {
            self.at += step;
        }
        (self.connected, self.connections) = (connected, connections);
        again
    }

    /// For how long somebody has been silent who was last heard then.
    fn quiet(&self, since: Duration) -> Duration {
        self.at.saturating_sub(since.max(self.grace))
    }
}

impl Sensor {
    fn lives(&mut self, link: &Arc<str>, at: Duration) {
        (self.link, self.since, self.next, self.settled) = (Arc::clone(link), at, at, None);
        self.asked.clear();
    }

    /// Asks every trigger whose time has come, and sets the time of the next.
    fn ask<'r>(
        &mut self,
        id: &Arc<str>,
        clock: &Clock,
        rules: &'r RuleSet,
        now: Timestamp,
        found: &mut Vec<FellSilent<'r>>,
    ) {
        let quiet = clock.quiet(self.since);
        self.next = Duration::MAX;
        for (trigger, silent) in rules.on_silence() {
            if self.exiting && !silent.after_exit || self.asked.contains(&trigger.name) {
                continue;
            }
            let period = silent.period(self.interval);
            let Some(overdue) = quiet.checked_sub(period) else {
                self.next = self.next.min(clock.at + period.saturating_sub(quiet));
                continue;
            };
            self.asked.insert(Arc::clone(&trigger.name));
            found.extend(rules.ask_heartbeat(trigger, &self.heartbeat, now).map(|captures| FellSilent {
                trigger,
                captures,
                heartbeat: Arc::clone(&self.heartbeat),
                sensor: Arc::clone(id),
                quiet,
                overdue,
                never_heard: false,
            }));
        }
    }
}

/// A heartbeat for a sensor that never sent one: its name, which may be an analyzerid, and the time.
fn made_up(sensor: &str, now: Timestamp) -> Option<Message> {
    let mut analyzer = json!({ "name": sensor });
    if let (true, Some(analyzer)) = (sensor.bytes().all(|byte| byte.is_ascii_digit()), analyzer.as_object_mut()) {
        analyzer.insert("analyzerid".to_owned(), sensor.into());
    }
    let time = now.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string();
    let heartbeat = json!({ "heartbeat": { "analyzer": [analyzer], "create_time": time } });
    Message::from_json(heartbeat.to_string().as_bytes()).ok()
}

#[cfg(test)]
mod tests;
