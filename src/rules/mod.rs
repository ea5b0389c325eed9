//! Which triggers an alert sets off, and why the others stay silent.
//!
//! A [`RuleSet`] is compiled once from a configuration and then asked about one message after another. It is
//! pure: no input or output, no clock, no state between messages.
//!
//! Invariants:
//! - [`RuleSet::matches`] and [`RuleSet::explain`] judge a filter by the same function, so what is explained is
//!   what happens (a property test holds them together).
//! - Matches come in the order in which the triggers stand in the configuration.
//! - A filter sees the text of a value exactly as `explain` shows it, cut at [`LONGEST_VALUE`] bytes. A value that
//!   is not there makes every question a no.
//! - Every distinct path is evaluated once a message, however many filters ask for it.
//!
//! Failure modes: none at run time. A regular expression that is too large is refused when it is loaded, and
//! matching takes time linear in the length of the value.

mod filter;
mod values;

use std::sync::Arc;

use crate::{
    config::{self, Captures, Config, Mode},
    idmef::Message,
};

pub use filter::{FilterVerdict, SeenValue};
pub use values::LONGEST_VALUE;

use filter::Filter;
use values::{PathTable, Values};

/// All triggers of a configuration, ready to be asked.
#[derive(Debug, Default)]
pub struct RuleSet {
    triggers: Vec<Trigger>,
    paths: PathTable,
}

/// A trigger, ready to be asked.
#[derive(Debug)]
pub struct Trigger {
    /// Its name.
    pub name: Arc<str>,
    /// The stricter of its own mode and the configuration's.
    pub mode: Mode,
    /// The names of its actions, in order.
    pub actions: Vec<Arc<str>>,
    filters: Vec<Filter>,
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
    /// The captures if all filters hold, or nothing.
    pub matched: Option<Captures>,
}

impl RuleSet {
    /// Prepares the triggers of a loaded configuration.
    pub fn compile(config: &Config) -> Self {
        let mut paths = PathTable::default();
        let triggers =
            config.triggers.iter().map(|trigger| Trigger::compile(trigger, config.mode, &mut paths)).collect();
        Self { triggers, paths }
    }

    /// The triggers all of whose filters hold for `message`, in configuration order.
    pub fn matches(&self, message: &Message) -> Vec<Match<'_>> {
        let values = Values::of(message, &self.paths);
        self.triggers
            .iter()
            .filter_map(|trigger| trigger.captures(&values).map(|captures| Match { trigger, captures }))
            .collect()
    }

    /// What every filter of every trigger says about `message`, in configuration order.
    pub fn explain(&self, message: &Message) -> Vec<Explanation<'_>> {
        let values = Values::of(message, &self.paths);
        self.triggers.iter().map(|trigger| trigger.explain(&values)).collect()
    }

    /// All triggers, in configuration order.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }
}

impl Trigger {
    fn compile(trigger: &config::Trigger, outer: Mode, paths: &mut PathTable) -> Self {
        Self {
            name: Arc::clone(&trigger.name),
            mode: outer.max(trigger.mode),
            actions: trigger.actions.clone(),
            filters: trigger.filters.iter().map(|filter| Filter::compile(filter, paths)).collect(),
        }
    }

    /// The captures if every filter holds; stops at the first that does not.
    fn captures(&self, values: &Values<'_>) -> Option<Captures> {
        let mut captures = Captures::new();
        for filter in &self.filters {
            if !filter.judge(values, &mut captures) {
                return None;
            }
        }
        Some(captures)
    }

    fn explain(&self, values: &Values<'_>) -> Explanation<'_> {
        let mut captures = Captures::new();
        let filters: Vec<_> = self.filters.iter().map(|filter| filter.explain(values, &mut captures)).collect();
        let matched = filters.iter().all(|verdict| verdict.holds).then_some(captures);
        Explanation { trigger: self, filters, matched }
    }
}

#[cfg(test)]
mod tests;
