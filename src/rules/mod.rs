//! Which triggers an alert sets off, and why the others stay silent.
//!
//! A [`RuleSet`] is compiled once from a configuration and then asked about one message after another. It is
//! pure: no input or output, no clock but the moment it is told, no state between messages.
//!
//! ```text
//!  configuration ─▶ predicates ─▶ conditions ─▶ triggers         what is asked, each question once
//!                        └─▶ index                               which triggers are worth asking
//!  message ─▶ values ─▶ candidates ─▶ those that hold
//! ```
//!
//! Invariants:
//! - [`RuleSet::matches`] asks only candidates that the index finds, [`RuleSet::explain`] asks every trigger; both judge
//!   by the same functions, and a property test holds them together.
//! - Matches come in the order in which the triggers stand in the configuration.
//! - A filter sees the text of a value exactly as `explain` shows it, cut at [`LONGEST_VALUE`] bytes. A value that
//!   is not there makes every question a no.
//! - A trigger on silence is set off by no message: [`Sensors`] tells when a sensor falls silent, by the time it is told.
//! - Every distinct path is evaluated at most once a message, and every distinct question too, however many filters ask it.
//!
//! Failure modes: none at run time. A regular expression that is too large is refused when it is loaded, and
//! matching takes time linear in the length of the value. Expressions without any letters to look for are searched in sets,
//! which take long to build when there are thousands: [`RuleSet::prepare`] does that away from where alerts wait.

mod condition;
pub mod damping;
mod index;
mod intent;
mod never;
mod predicate;
mod scratch;
mod sensors;
mod silence;
mod values;

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use crate::{
    config::{self, Captures, Config, Mode, Silent},
    idmef::Message,
};

pub use condition::{FilterVerdict, SeenValue};
pub use intent::Intent;
pub use never::{NeverList, Own};
pub use sensors::{FellSilent, LinkState, Sensors};
pub use silence::SilenceVerdict;
pub use values::{LONGEST_VALUE, moment_of};

use condition::Condition;
use index::Index;
use intent::Use;
use predicate::PredicateTable;
use scratch::{Scratches, Straight};
use values::{PathTable, Values};

/// All triggers of a configuration, ready to be asked.
#[derive(Debug, Default)]
pub struct RuleSet {
    triggers: Vec<Trigger>,
    /// Which of them are set off by silence.
    silent: Vec<usize>,
    predicates: PredicateTable,
    paths: PathTable,
    index: OnceLock<Index>,
    scratches: Scratches,
}

/// A trigger, ready to be asked.
#[derive(Debug)]
pub struct Trigger {
    /// Its name.
    pub name: Arc<str>,
    /// The stricter of its own mode and the configuration's.
    pub mode: Mode,
    /// What makes few jobs of many matches.
    pub damping: config::Damping,
    /// So many jobs are too many.
    pub breaker: Option<config::Breaker>,
    /// Each action waits for the one before it, and when one is not done the rest is refused.
    pub stop_on_failure: bool,
    uses: Vec<Use>,
    /// Set off by the silence of a sensor for whose last heartbeat the filters hold, not by messages.
    pub silent: Option<Silent>,
    filters: Vec<Condition>,
}

/// A trigger all of whose filters hold for a message.
#[derive(Debug)]
pub struct Match<'r> {
    /// The trigger.
    pub trigger: &'r Trigger,
    /// What its filters' named groups captured.
    pub captures: Captures,
}

/// What every filter of one trigger says about a message.
#[derive(Debug)]
pub struct Explanation<'r> {
    /// The trigger.
    pub trigger: &'r Trigger,
    /// One verdict for each filter, in order.
    pub filters: Vec<FilterVerdict<'r>>,
    /// The captures if the message sets off the trigger; for a trigger on silence: if the sensor's silence after this heartbeat
    /// would.
    pub matched: Option<Captures>,
    /// What a trigger on silence makes of the message.
    pub silence: Option<SilenceVerdict>,
}

impl RuleSet {
    /// Takes over the triggers of a loaded configuration.
    pub fn compile(config: &Config) -> Self {
        let (mut predicates, mut paths) = (PredicateTable::default(), PathTable::default());
        let mut condition = |filter| Condition::compile(filter, &mut predicates, &mut paths);
        let actions = config.actions.iter().map(|action| (&*action.name, action)).collect();
        let triggers = config.triggers.iter().map(|trigger| Trigger {
            name: Arc::clone(&trigger.name),
            mode: config.mode.max(trigger.mode),
            damping: trigger.damping.clone(),
            breaker: trigger.breaker,
            stop_on_failure: trigger.stop_on_failure,
            uses: trigger
                .actions
                .iter()
                .map(|one| Use::compile(one, config.mode.max(trigger.mode), &actions))
                .collect(),
            silent: trigger.silent.clone(),
            filters: trigger.filters.iter().map(&mut condition).collect(),
        });
        let triggers: Vec<_> = triggers.collect();
        let silent = (0..).zip(&triggers).filter(|(_, trigger)| trigger.silent.is_some()).map(|(place, _)| place);
        Self { silent: silent.collect(), triggers, predicates, paths, ..Self::default() }
    }

    /// Builds what makes [`Self::matches`] fast, which otherwise does so when it is first called. Takes a fraction of a second for
    /// ten thousand triggers of the usual kind, and seconds where thousands of expressions have no letters to look for.
    pub fn prepare(&self) {
        self.index();
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::build(&self.triggers, &self.predicates, &self.paths))
    }

    /// The triggers all of whose filters hold for `message`, looked at at the moment `now`, in configuration order.
    pub fn matches(&self, message: &Message, now: Timestamp) -> Vec<Match<'_>> {
        let values = Values::of(message, &self.paths, now);
        let mut scratch = self.scratches.take(self.predicates.len(), self.triggers.len());
        let mut memory = scratch.begin(&values, &self.predicates);
        self.index().search(&values, &mut memory);
        let mut matches = Vec::new();
        for number in memory.take_candidates() {
            let Some(trigger) = self.triggers.get(number as usize).filter(|one| one.silent.is_none()) else { continue };
            if trigger.filters.iter().all(|filter| filter.holds(&values, &mut memory)) {
                let mut captures = Captures::new();
                for filter in &trigger.filters {
                    filter.capture(&values, &self.predicates, &mut memory, &mut captures);
                }
                matches.push(Match { trigger, captures });
            }
        }
        self.scratches.put_back(scratch);
        matches
    }

    /// The same as [`Self::matches`], found by asking one trigger after another without index or memory: what tests and benchmarks
    /// compare with.
    pub fn matches_one_by_one(&self, message: &Message, now: Timestamp) -> Vec<Match<'_>> {
        let values = Values::of(message, &self.paths, now);
        let mut answers = Straight { values: &values, predicates: &self.predicates };
        let mut found = Vec::new();
        for trigger in self.triggers.iter().filter(|trigger| trigger.silent.is_none()) {
            found.extend(self.ask(trigger, &values, &mut answers).map(|captures| Match { trigger, captures }));
        }
        found
    }

    /// The triggers on silence, in configuration order.
    pub fn on_silence(&self) -> impl Iterator<Item = (&Trigger, &Silent)> {
        let triggers = self.silent.iter().filter_map(|&place| self.triggers.get(place));
        triggers.filter_map(|trigger| Some((trigger, trigger.silent.as_ref()?)))
    }

    /// What this trigger's filters capture from a sensor's last heartbeat if they hold.
    fn ask_heartbeat(&self, trigger: &Trigger, heartbeat: &Message, now: Timestamp) -> Option<Captures> {
        let values = Values::of(heartbeat, &self.paths, now);
        self.ask(trigger, &values, &mut Straight { values: &values, predicates: &self.predicates })
    }

    /// What a trigger's filters capture if all of them hold.
    fn ask(&self, trigger: &Trigger, values: &Values<'_>, answers: &mut Straight<'_>) -> Option<Captures> {
        let holds = trigger.filters.iter().all(|filter| filter.holds(values, answers));
        holds.then(|| {
            let mut captures = Captures::new();
            for filter in &trigger.filters {
                filter.capture(values, &self.predicates, answers, &mut captures);
            }
            captures
        })
    }

    /// What every filter of every trigger says about `message`, looked at at the moment `now`, in configuration order.
    pub fn explain(&self, message: &Message, now: Timestamp) -> Vec<Explanation<'_>> {
        self.explain_some(message, now, |_| true)
    }

    /// The same as [`Self::explain`], of the triggers that are wanted.
    pub fn explain_some(
        &self,
        message: &Message,
        now: Timestamp,
        mut wanted: impl FnMut(&Trigger) -> bool,
    ) -> Vec<Explanation<'_>> {
        let values = Values::of(message, &self.paths, now);
        let mut answers = Straight { values: &values, predicates: &self.predicates };
        let explain = |trigger| self.explain_one(trigger, message, &values, &mut answers);
        self.triggers.iter().filter(|trigger| wanted(trigger)).map(explain).collect()
    }

    fn explain_one<'r>(
        &'r self,
        trigger: &'r Trigger,
        message: &Message,
        values: &Values<'_>,
        answers: &mut Straight<'_>,
    ) -> Explanation<'r> {
        let verdict = |filter: &'r Condition| filter.explain(values, &self.predicates, answers);
        let filters: Vec<_> = trigger.filters.iter().map(verdict).collect();
        let silence = trigger.silent.as_ref().map(|silent| silence::verdict(silent, message));
        let concerned = matches!(silence, None | Some(SilenceVerdict::Waits(_)));
        let matched = if concerned { self.ask(trigger, values, answers) } else { None };
        Explanation { trigger, filters, matched, silence }
    }

    /// All triggers, in configuration order.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }
}

#[cfg(test)]
mod tests;
