//! Who remembers what has been answered about a message, and forgets it for the next without touching all of it.

use std::sync::{Mutex, PoisonError};

use super::{
    condition::Answers,
    index::Finder,
    predicate::{PredicateId, PredicateTable},
    values::Values,
};

/// Memories that are not in use: as many as there ever were threads asking at once.
#[derive(Debug, Default)]
pub(super) struct Scratches(Mutex<Vec<Scratch>>);

/// What is remembered about one message; an entry of an earlier round counts for nothing.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    round: u32,
    /// For each predicate the round in which it was answered, doubled, and the answer in the lowest bit.
    answers: Vec<u32>,
    /// For each trigger the round in which it became a candidate.
    marked: Vec<u32>,
    candidates: Vec<u32>,
}

/// The memory of one message.
pub(super) struct Memory<'a> {
    scratch: &'a mut Scratch,
    values: &'a Values<'a>,
    predicates: &'a PredicateTable,
}

/// Answers straight from the values, without any memory: the plain truth.
pub(super) struct Straight<'a> {
    pub(super) values: &'a Values<'a>,
    pub(super) predicates: &'a PredicateTable,
}

impl Scratches {
    pub(super) fn take(&self, predicates: usize, triggers: usize) -> Scratch {
        let mut scratch = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        scratch.answers.resize(predicates, 0);
        scratch.marked.resize(triggers, 0);
        scratch
    }

    pub(super) fn put_back(&self, scratch: Scratch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}

impl Scratch {
    /// Forgets everything.
    pub(super) fn begin<'a>(&'a mut self, values: &'a Values<'a>, predicates: &'a PredicateTable) -> Memory<'a> {
        self.round += 1;
        if self.round > u32::MAX / 2 {
            self.answers.fill(0);
            self.marked.fill(0);
            self.round = 1;
        }
        self.candidates.clear();
        Memory { scratch: self, values, predicates }
    }
}

impl Memory<'_> {
    /// The candidates, in configuration order.
    pub(super) fn take_candidates(&mut self) -> Vec<u32> {
        self.scratch.candidates.sort_unstable();
        self.scratch.candidates.clone()
    }
}

impl Finder for Memory<'_> {
    fn candidates(&mut self, triggers: &[u32]) {
        for &trigger in triggers {
            if let Some(marked) = self.scratch.marked.get_mut(trigger as usize)
                && *marked != self.scratch.round
            {
                *marked = self.scratch.round;
                self.scratch.candidates.push(trigger);
            }
        }
    }

    fn holds(&mut self, predicate: PredicateId) -> bool {
        Answers::holds(self, predicate)
    }

    fn found(&mut self, predicate: PredicateId, holds: bool) {
        if let Some(answer) = self.scratch.answers.get_mut(predicate.0 as usize) {
            *answer = self.scratch.round << 1 | u32::from(holds);
        }
    }
}

impl Answers for Memory<'_> {
    fn holds(&mut self, predicate: PredicateId) -> bool {
        if let Some(&answer) = self.scratch.answers.get(predicate.0 as usize)
            && answer >> 1 == self.scratch.round
        {
            return answer & 1 == 1;
        }
        let holds = self.predicates.get(predicate).is_some_and(|predicate| predicate.holds(self.values));
        self.found(predicate, holds);
        holds
    }
}

impl Answers for Straight<'_> {
    fn holds(&mut self, predicate: PredicateId) -> bool {
        self.predicates.get(predicate).is_some_and(|predicate| predicate.holds(self.values))
    }
}
