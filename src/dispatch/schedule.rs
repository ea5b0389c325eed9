//! Which of an action's jobs may start next.
//!
//! A job may start when it is due, when the job it comes after has ended well, and when no older job on the same target is
//! left: what is done to a target is done in the order in which it was decided, one at a time, and an undo never overtakes
//! what it undoes. A job that is put off keeps its place before younger ones on its target.
//!
//! This is a table without a clock; every moment is told. Of a job it holds a few words and not its message.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use tokio::time::Instant;

/// The jobs of one action that have not ended, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    entries: HashMap<i64, Entry>,
    /// May start.
    ready: BTreeSet<i64>,
    /// May start, but for the time.
    later: BTreeSet<(Instant, i64)>,
    /// When jobs that have not started are given up.
    deadlines: BTreeSet<(Instant, i64)>,
    targets: HashMap<Arc<str>, BTreeSet<i64>>,
}

/// What is known of a job.
#[derive(Debug)]
pub(super) struct Entry {
    /// What it acts on.
    pub(super) target: Option<Arc<str>>,
    /// Not before then.
    pub(super) due: Instant,
    /// When it is given up; none: never.
    pub(super) deadline: Option<Instant>,
    /// It waits for another job.
    pub(super) blocked: bool,
    /// It has been started, or given up.
    pub(super) started: bool,
}

impl Schedule {
    /// One more job. One that is there already stays as it is.
    pub(super) fn add(&mut self, number: i64, entry: Entry) {
        if self.entries.contains_key(&number) {
            return;
        }
        if let Some(target) = &entry.target {
            self.targets.entry(Arc::clone(target)).or_default().insert(number);
        }
        if let Some(deadline) = entry.deadline {
            self.deadlines.insert((deadline, number));
        }
        self.entries.insert(number, entry);
        self.place(number);
    }

    /// What it waited for has ended well.
    pub(super) fn release(&mut self, number: i64) {
        if let Some(entry) = self.entries.get_mut(&number)
            && std::mem::take(&mut entry.blocked)
        {
            self.place(number);
        }
    }

    /// Whether a job could be started at this moment.
    pub(super) fn is_ready(&mut self, now: Instant) -> bool {
        while let Some(&(due, number)) = self.later.first()
            && due <= now
        {
            self.later.pop_first();
            self.ready.insert(number);
        }
        !self.ready.is_empty()
    }

    /// Starts the oldest job that may.
    pub(super) fn start(&mut self, now: Instant) -> Option<i64> {
        if !self.is_ready(now) {
            return None;
        }
        let number = self.ready.pop_first()?;
        self.mark_started(number);
        Some(number)
    }

    /// Takes a job that has not started and whose time has run out by this moment.
    pub(super) fn give_up(&mut self, now: Instant) -> Option<i64> {
        let &(deadline, number) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.ready.remove(&number);
        if let Some(entry) = self.entries.get(&number) {
            self.later.remove(&(entry.due, number));
        }
        self.mark_started(number);
        Some(number)
    }

    fn mark_started(&mut self, number: i64) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.started = true;
            if let Some(deadline) = entry.deadline {
                self.deadlines.remove(&(deadline, number));
            }
        }
    }

    /// A job that was started is to be started again.
    pub(super) fn put_off(&mut self, number: i64, due: Instant) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.started = false;
            entry.due = due;
            if let Some(deadline) = entry.deadline {
                self.deadlines.insert((deadline, number));
            }
            self.place(number);
        }
    }

    /// A job has ended.
    pub(super) fn end(&mut self, number: i64) {
        let Some(entry) = self.entries.remove(&number) else { return };
        self.ready.remove(&number);
        self.later.remove(&(entry.due, number));
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, number));
        }
        let Some(target) = entry.target else { return };
        let Some(left) = self.targets.get_mut(&target) else { return };
        let was_first = left.first() == Some(&number);
        left.remove(&number);
        match left.first().copied() {
            Some(next) if was_first => self.place(next),
            Some(_) => {}
            None => drop(self.targets.remove(&target)),
        }
    }

    /// When something changes by itself: a job is due, or given up.
    pub(super) fn next(&self) -> Option<Instant> {
        let due = self.later.first().map(|(due, _)| *due);
        let deadline = self.deadlines.first().map(|(deadline, _)| *deadline);
        [due, deadline].into_iter().flatten().min()
    }

    /// How many have not ended.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What waits for its time does not any more.
    pub(super) fn hasten_all(&mut self, now: Instant) {
        for (_, number) in self.later.clone() {
            self.hasten(number, now);
        }
    }

    /// A job that waits for its time does not any more.
    pub(super) fn hasten(&mut self, number: i64, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&number)
            && self.later.remove(&(entry.due, number))
        {
            entry.due = entry.due.min(now);
            self.later.insert((entry.due, number));
        }
    }

    /// Lets a job come to its turn if only the time is missing.
    fn place(&mut self, number: i64) {
        let Some(entry) = self.entries.get(&number) else { return };
        let first = entry.target.as_ref().and_then(|target| self.targets.get(target)?.first().copied());
        if !entry.blocked && !entry.started && first.is_none_or(|first| first == number) {
            self.later.insert((entry.due, number));
        }
    }
}

#[cfg(test)]
mod tests;
