//! Which triggers are worth asking about a message: found by what shows in the message, not by asking them all.
//!
//! Each trigger is entered under one witness, signs of which at least one shows in every message it matches: a
//! text that is the whole value at a path, letters that a value holds, a predicate that holds, a value that is
//! there. Of the witnesses of a trigger the rarest is taken, as far as that can be guessed; what many triggers share counts as
//! frequent, since it makes candidates of them all at once. What shows is found for all triggers together: by hash, by one
//! automaton for each path, and by asking each predicate once. A trigger without any witness is always a candidate.
//!
//! Candidates are then asked in full, so the index decides how long it takes and never what the answer is.

mod literals;
mod witness;

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use aho_corasick::AhoCorasick;
use regex::{RegexSet, RegexSetBuilder};

use super::{
    Trigger,
    predicate::{PredicateId, PredicateTable},
    values::{PathId, PathTable, Values},
};
use crate::config::{Quantifier, Question};
use witness::{Sign, Witness};

/// Fewer expressions than this are asked one by one.
const WORTH_A_SET: usize = 16;
/// Expressions of one set: larger ones take longer to build and to search than several of this size.
const SET: usize = 256;
/// Bytes a set may take when compiled, and its cache.
const SET_SIZE: usize = 64 << 20;
const SET_CACHE: usize = 4 << 20;

/// The index of a rule set.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// What is looked for at each path, for the paths that have something.
    lanes: Vec<Lane>,
    /// Predicates that are asked for themselves, and whom they speak for.
    holds: Vec<Member>,
    always: Vec<u32>,
}

/// What is looked for among the values at one path.
#[derive(Debug, Default)]
struct Lane {
    path: PathId,
    exact: HashMap<Box<str>, Vec<u32>>,
    literals: Option<(AhoCorasick, Vec<Vec<u32>>)>,
    sets: Vec<Set>,
    present: Vec<u32>,
}

/// Expressions that are searched together; each speaks for a predicate.
#[derive(Debug)]
struct Set {
    expressions: RegexSet,
    members: Vec<Member>,
}

/// A predicate, and the triggers it speaks for.
type Member = (PredicateId, Vec<u32>);

/// Letters that are looked for at one path, and for each the triggers it speaks for.
type Needles = (Vec<Box<[u8]>>, Vec<Vec<u32>>);

/// A set that is yet to be compiled.
struct Plan<'p> {
    path: PathId,
    expressions: Vec<&'p str>,
    members: Vec<Member>,
}

/// What the search for candidates reports.
pub(super) trait Finder {
    /// These triggers may match.
    fn candidates(&mut self, triggers: &[u32]);
    /// Whether a predicate holds.
    fn holds(&mut self, predicate: PredicateId) -> bool;
    /// A predicate was found to hold or not.
    fn found(&mut self, predicate: PredicateId, holds: bool);
}

impl Index {
    pub(super) fn build(triggers: &[Trigger], predicates: &PredicateTable, paths: &PathTable) -> Self {
        let mut entries: HashMap<Sign, Vec<u32>> = HashMap::new();
        let mut index = Self::default();
        for (number, witness) in (0..).zip(choose(triggers, predicates)) {
            match witness {
                None => index.always.push(number),
                Some(witness) => {
                    for sign in witness.signs {
                        let entered = entries.entry(sign).or_default();
                        if entered.last() != Some(&number) {
                            entered.push(number);
                        }
                    }
                }
            }
        }
        index.fill(entries, predicates, paths);
        index
    }

    fn fill(&mut self, entries: HashMap<Sign, Vec<u32>>, predicates: &PredicateTable, paths: &PathTable) {
        let mut literals: HashMap<PathId, Needles> = HashMap::new();
        let mut lanes: HashMap<PathId, Lane> = HashMap::new();
        let mut holds = BTreeMap::new();
        for (sign, triggers) in entries {
            match sign {
                Sign::Exact(path, text) => drop(lane(&mut lanes, path).exact.insert(text, triggers)),
                Sign::Present(path) => lane(&mut lanes, path).present = triggers,
                Sign::Literal(path, needle) => {
                    lane(&mut lanes, path);
                    let (needles, speak_for) = literals.entry(path).or_default();
                    needles.push(needle);
                    speak_for.push(triggers);
                }
                Sign::Holds(id) => drop(holds.insert(id, triggers)),
            }
        }
        let mut plans: HashMap<PathId, Vec<Plan<'_>>> = HashMap::new();
        for (id, triggers) in holds {
            let id = PredicateId(id);
            match predicates.get(id).map(|predicate| (predicate, predicate.questions.as_slice())) {
                Some((predicate, [Question::Regex(regex)])) if predicate.quantifier == Quantifier::Any => {
                    let path = predicate.path;
                    let plans = plans.entry(path).or_default();
                    if plans.last().is_none_or(|plan| plan.members.len() >= SET) {
                        plans.push(Plan { path, expressions: Vec::new(), members: Vec::new() });
                    }
                    if let Some(plan) = plans.last_mut() {
                        plan.expressions.push(regex.as_str());
                        plan.members.push((id, triggers));
                    }
                }
                _ => self.holds.push((id, triggers)),
            }
        }
        let (worth_it, few): (Vec<_>, Vec<_>) =
            plans.into_values().flatten().partition(|plan| plan.members.len() >= WORTH_A_SET);
        self.holds.extend(few.into_iter().flat_map(|plan| plan.members));
        let sets = build_sets(&worth_it);
        for (plan, set) in worth_it.into_iter().zip(sets) {
            match set {
                Some(expressions) => lane(&mut lanes, plan.path).sets.push(Set { expressions, members: plan.members }),
                // Together they are too large: then one by one.
                None => self.holds.extend(plan.members),
            }
        }
        for (path, (needles, triggers)) in literals {
            match (AhoCorasick::builder().ascii_case_insensitive(true).build(&needles), lanes.get_mut(&path)) {
                (Ok(automaton), Some(lane)) => lane.literals = Some((automaton, triggers)),
                // No automaton takes so many: then everything that has a value is a candidate.
                (_, Some(lane)) => lane.present.extend(triggers.into_iter().flatten()),
                (_, None) => {}
            }
        }
        // In the order of the table, so that two builds of the same rules search alike.
        self.lanes = paths.iter().filter_map(|(path, _)| lanes.remove(&path)).collect();
    }

    /// Tells a finder everything that shows in a message.
    pub(super) fn search(&self, values: &Values<'_>, finder: &mut impl Finder) {
        finder.candidates(&self.always);
        for lane in &self.lanes {
            lane.search(values, finder);
        }
        for (predicate, triggers) in &self.holds {
            if finder.holds(*predicate) {
                finder.candidates(triggers);
            }
        }
    }
}

impl Lane {
    fn search(&self, values: &Values<'_>, finder: &mut impl Finder) {
        let texts = values.texts(self.path);
        if texts.is_empty() {
            return;
        }
        finder.candidates(&self.present);
        for text in texts {
            if let Some(triggers) = self.exact.get(&*text.text) {
                finder.candidates(triggers);
            }
            if let Some((automaton, triggers)) = &self.literals {
                let plain = literals::plain(&text.text);
                for found in automaton.find_overlapping_iter(&*plain) {
                    if let Some(triggers) = triggers.get(found.pattern().as_usize()) {
                        finder.candidates(triggers);
                    }
                }
            }
        }
        for set in &self.sets {
            let mut yes = vec![false; set.members.len()];
            for text in texts {
                for number in set.expressions.matches(&text.text) {
                    if let Some(yes) = yes.get_mut(number) {
                        *yes = true;
                    }
                }
            }
            for ((predicate, triggers), yes) in set.members.iter().zip(yes) {
                finder.found(*predicate, yes);
                if yes {
                    finder.candidates(triggers);
                }
            }
        }
    }
}

fn lane(lanes: &mut HashMap<PathId, Lane>, path: PathId) -> &mut Lane {
    lanes.entry(path).or_insert_with(|| Lane { path, ..Lane::default() })
}

/// The witness under which each trigger is entered; none for those that have none.
fn choose(triggers: &[Trigger], predicates: &PredicateTable) -> Vec<Option<Witness>> {
    let all: Vec<_> = triggers.iter().map(|trigger| witness::witnesses(&trigger.filters, predicates)).collect();
    let mut shared: HashMap<&Sign, u32> = HashMap::new();
    for sign in all.iter().flatten().flat_map(|witness| &witness.signs) {
        *shared.entry(sign).or_default() += 1;
    }
    let cost = |witness: &Witness| {
        let most = witness.signs.iter().filter_map(|sign| shared.get(sign)).max().copied().unwrap_or(1);
        // What is shared by all would make candidates of all at once; what is asked by itself costs even when it says no.
        let asked = witness.signs.iter().filter(|sign| matches!(sign, Sign::Holds(_))).count();
        let asked = 0.3 * f64::from(u32::try_from(asked).unwrap_or(u32::MAX)) / f64::from(most);
        witness.often * f64::from(most).sqrt() + asked
    };
    let chosen: Vec<Option<usize>> = all
        .iter()
        .map(|witnesses| {
            let costs = witnesses.iter().map(cost).enumerate();
            costs.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(number, _)| number)
        })
        .collect();
    let pick = |(witnesses, chosen): (Vec<Witness>, Option<usize>)| witnesses.into_iter().nth(chosen?);
    all.into_iter().zip(chosen).map(pick).collect()
}

/// Compiles sets, on all processors; one that becomes too large is none.
fn build_sets(plans: &[Plan<'_>]) -> Vec<Option<RegexSet>> {
    let build = |plan: &Plan<'_>| {
        let mut builder = RegexSetBuilder::new(&plan.expressions);
        builder.size_limit(SET_SIZE).dfa_size_limit(SET_CACHE).build().ok()
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Relaxed));
        numbers.map_while(|number| Some((number, build(plans.get(number)?)))).collect::<Vec<_>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(plans.len());
    let mut done: HashMap<usize, Option<RegexSet>> = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        // A helper that panicked leaves its sets out; their expressions are then asked one by one.
        let theirs = helpers.into_iter().flat_map(|helper| helper.join().unwrap_or_default());
        work().into_iter().chain(theirs).collect()
    });
    (0..plans.len()).map(|number| done.remove(&number).flatten()).collect()
}
