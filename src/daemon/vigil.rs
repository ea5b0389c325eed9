//! The watch for sensors that fall silent: tells the table of sensors how time passes.
//!
//! Only time in which we listened passes. It is read from the monotonic clock, which nobody sets, and passes up to the moment at
//! which the message that is being handled was received, or up to now when none waits: what waits to be handled cannot make its
//! sender seem silent. When much time has passed at once, because the pipeline waited for a full queue, or the whole process was
//! stopped, most of it does not count: the heartbeats of that time have yet to be read.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tracing::warn;

use crate::{
    idmef::Message,
    rules::{FellSilent, LinkState, RuleSet, Sensors},
};

/// How the links are doing, whenever it is asked.
pub type Links = Box<dyn Fn() -> Vec<LinkState> + Send>;

/// How often somebody should look when no messages come.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// Less time than this is saved up.
const LEAST_STEP: Duration = Duration::from_millis(250);
/// More time than this at once is time in which we did not listen.
const LONGEST_STEP: Duration = Duration::from_secs(2);
/// How often it is said that sensors cannot be watched.
const REMIND: Duration = Duration::from_mins(1);

/// The watch.
pub(super) struct Vigil {
    links: Links,
    sensors: Sensors,
    /// Whether any trigger is on silence.
    active: bool,
    /// Up to when time has passed.
    until: Instant,
    /// How much of it has passed since the table was last asked who has fallen silent.
    unasked: Duration,
    turned_away: u64,
    said: Option<Instant>,
}

impl Vigil {
    pub(super) fn new(links: Links, rules: &RuleSet, now: Instant) -> Self {
        let mut vigil = Self {
            links,
            sensors: Sensors::default(),
            active: false,
            until: now,
            unasked: Duration::ZERO,
            turned_away: 0,
            said: None,
        };
        vigil.adopt(rules);
        vigil
    }

    /// Goes on with other rules.
    pub(super) fn adopt(&mut self, rules: &RuleSet) {
        self.sensors.adopt(rules);
        self.active = rules.on_silence().next().is_some();
    }

    /// Whether there is anything to watch for.
    pub(super) fn is_active(&self) -> bool {
        self.active
    }

    /// Lets time pass up to this moment, before which nothing is left to handle; tells who has fallen silent by then.
    pub(super) fn pass<'r>(&mut self, moment: Instant, rules: &'r RuleSet) -> Vec<FellSilent<'r>> {
        let passed = moment.saturating_duration_since(self.until);
        if !self.active || passed < LEAST_STEP {
            return Vec::new();
        }
        self.until = moment;
        let step = passed.min(LONGEST_STEP);
        self.sensors.advance(step, &(self.links)());
        self.unasked += step;
        if self.unasked < TICK {
            return Vec::new();
        }
        self.unasked = Duration::ZERO;
        self.complain(moment);
        self.sensors.fell_silent(rules, Timestamp::now())
    }

    /// Takes note of a message that came over a link.
    pub(super) fn hear(&mut self, message: &Arc<Message>, link: &Arc<str>) {
        if self.active {
            self.sensors.hear(message, link);
        }
    }

    /// Says now and then that there are sensors that cannot be watched.
    fn complain(&mut self, now: Instant) {
        let more = self.sensors.turned_away() - self.turned_away;
        if more > 0 && self.said.is_none_or(|said| now.saturating_duration_since(said) >= REMIND) {
            warn!(
                "{more} heartbeats came from sensors that cannot be watched: there are too many sensors, or they are no sane ones"
            );
            (self.turned_away, self.said) = (self.sensors.turned_away(), Some(now));
        }
    }
}

impl std::fmt::Debug for Vigil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vigil").field("active", &self.active).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use super::*;
    use crate::config::{self, Config, Location, Silent, SilentFor};

    const FOR: Duration = Duration::from_secs(10);

    fn rules() -> RuleSet {
        let at = Location { file: std::path::Path::new("test.yaml").into(), line: 1, column: 1 };
        let silent = Some(Silent { after: SilentFor::Time(FOR), ..Silent::default() });
        let trigger = config::Trigger { silent, ..config::Trigger::new("t".into(), at) };
        RuleSet::compile(&Config { triggers: vec![trigger], ..Config::default() })
    }

    /// A vigil that has heard one sensor over a link which is up while the flag says so; and when that was.
    fn vigil(rules: &RuleSet) -> (Vigil, Arc<AtomicBool>, Instant) {
        let up = Arc::new(AtomicBool::new(true));
        let flag = Arc::clone(&up);
        let links = move || vec![LinkState { name: "manager".into(), connected: flag.load(Relaxed), connections: 1 }];
        let begin = Instant::now();
        let mut vigil = Vigil::new(Box::new(links), rules, begin);
        assert!(vigil.pass(begin + TICK, rules).is_empty());
        let heartbeat = Message::from_json(br#"{"heartbeat":{"analyzer":[{"analyzerid":"7"}]}}"#).unwrap();
        vigil.hear(&Arc::new(heartbeat), &"manager".into());
        (vigil, up, begin + TICK)
    }

    /// How many ticks pass until the sensor counts as silent.
    fn ticks(vigil: &mut Vigil, rules: &RuleSet, from: Instant) -> u32 {
        (1..100).find(|tick| !vigil.pass(from + TICK * *tick, rules).is_empty()).unwrap()
    }

    #[test]
    fn silence_is_told_when_its_time_has_come() {
        let rules = rules();
        let (mut vigil, _, begin) = vigil(&rules);
        assert_eq!(ticks(&mut vigil, &rules, begin), 10);
    }

    #[test]
    fn time_in_which_nobody_listened_does_not_count() {
        let rules = rules();
        let (mut vigil, up, mut begin) = vigil(&rules);
        // An hour in which this process was stopped, or waited for a queue, counts as two seconds.
        begin += Duration::from_hours(1);
        assert!(vigil.pass(begin, &rules).is_empty());
        assert_eq!(ticks(&mut vigil, &rules, begin), 8);
        vigil.hear(
            &Arc::new(Message::from_json(br#"{"heartbeat":{"analyzer":[{"analyzerid":"7"}]}}"#).unwrap()),
            &"manager".into(),
        );
        begin += TICK * 8;
        up.store(false, Relaxed);
        for tick in 1..100 {
            assert!(vigil.pass(begin + TICK * tick, &rules).is_empty());
        }
        begin += TICK * 99;
        up.store(true, Relaxed);
        // One tick to see that the link is back, and the whole time from there.
        assert_eq!(ticks(&mut vigil, &rules, begin), 11);
    }

    #[test]
    fn what_waits_to_be_handled_makes_nobody_silent() {
        let rules = rules();
        let (mut vigil, _, begin) = vigil(&rules);
        // Handled late, received in time: time passes by when it was received.
        for second in 1..100 {
            let received = begin + Duration::from_millis(900) * second;
            assert!(vigil.pass(received, &rules).is_empty());
            if second % 10 == 0 {
                let heartbeat = Message::from_json(br#"{"heartbeat":{"analyzer":[{"analyzerid":"7"}]}}"#).unwrap();
                vigil.hear(&Arc::new(heartbeat), &"manager".into());
            }
        }
        // And backwards it does not go.
        assert!(vigil.pass(begin, &rules).is_empty());
    }
}
