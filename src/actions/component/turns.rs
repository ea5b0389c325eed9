//! Whose turn it is to compute.
//!
//! A guest that has computed for as long as an epoch goes on only with a turn, which lasts until it gives way. There is one
//! turn for each core but one, which is left to guests that are soon done and to the rest of the daemon. Who has the next
//! goes by action: by the CPU time that its jobs have had in their turns, the least first; and among equals, such as the
//! jobs of one action, by who came first. However many jobs of an action compute, they wait for each other, and the job of
//! one that seldom computes has the next turn. What an action did not use while nothing of it computed is kept for later only
//! up to a few turns: enough for a job of an interpreter, and too little to keep others waiting.
//!
//! A turn is never lost: that of a job which is stopped before it begins goes to the next.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::clock::TICK;

/// What an action that has not computed for however long may use before those that do have another turn.
const CREDIT: u64 = 8 * EXPECTED;
/// What a turn is taken to use while it lasts, so that those who begin together are not all of one action.
const EXPECTED: u64 = TICK.subsec_nanos() as u64;

/// The turns of all actions together.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Turns that nobody has; none while anybody waits.
    free: usize,
    waiting: VecDeque<Waiting>,
    /// The most that an action had used when it was given a turn: one that comes now is taken to have used not much less.
    level: u64,
}

#[derive(Debug)]
struct Waiting {
    share: Arc<Share>,
    turn: oneshot::Sender<Turn>,
}

/// One action's share of the turns.
#[derive(Debug)]
pub(super) struct Share {
    turns: Turns,
    /// CPU time in turns, in nanoseconds; changed only while the state is locked.
    used: AtomicU64,
    computes: AtomicBool,
}

/// Leave to compute, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    /// None when there is nothing to give back.
    share: Option<Arc<Share>>,
    used: Duration,
}

impl Turns {
    /// Turns for a machine with so many cores.
    pub(super) fn new(cores: usize) -> Self {
        let free = cores.saturating_sub(1).max(1);
        Self(Arc::new(Mutex::new(State { free, waiting: VecDeque::new(), level: 0 })))
    }

    /// The share of one more action.
    pub(super) fn share(&self) -> Arc<Share> {
        Arc::new(Share { turns: self.clone(), used: AtomicU64::new(0), computes: AtomicBool::new(false) })
    }

    /// No change of the state can panic half-way, so a poisoned lock guards sound data.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Waits for a turn. Never none: nobody who waits is forgotten.
    pub(super) async fn turn(self: &Arc<Self>) -> Option<Turn> {
        let turn = {
            let mut state = self.turns.state();
            self.used.fetch_max(state.level.saturating_sub(CREDIT), Relaxed);
            if state.free > 0 {
                state.free -= 1;
                return Some(state.begin(self));
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back(Waiting { share: Arc::clone(self), turn: sender });
            receiver
        };
        turn.await.ok()
    }

    /// Whether its next job is to begin with a turn, because the last one computed for longer than an epoch.
    pub(super) fn computes(&self) -> bool {
        self.computes.load(Relaxed)
    }

    /// Notes whether a job computed for longer than an epoch.
    pub(super) fn note(&self, computes: bool) {
        self.computes.store(computes, Relaxed);
    }
}

impl State {
    fn begin(&mut self, share: &Arc<Share>) -> Turn {
        self.level = self.level.max(share.used.fetch_add(EXPECTED, Relaxed));
        Turn { share: Some(Arc::clone(share)), used: Duration::ZERO }
    }

    /// Takes back a turn and gives it to whoever is next.
    fn end(&mut self, share: &Share, used: Duration) {
        let used = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        let before = share.used.load(Relaxed).saturating_sub(EXPECTED);
        share.used.store(before.saturating_add(used), Relaxed);
        loop {
            let least = self.waiting.iter().enumerate().min_by_key(|(_, waiting)| waiting.share.used.load(Relaxed));
            let Some(next) = least.map(|(place, _)| place).and_then(|place| self.waiting.remove(place)) else {
                self.free += 1;
                return;
            };
            if next.turn.is_closed() {
                continue;
            }
            let level = self.level;
            let Err(mut turn) = next.turn.send(self.begin(&next.share)) else { return };
            // It was stopped a moment ago. Its turn must not come back to a state that is locked.
            turn.share = None;
            self.level = level;
            next.share.used.fetch_sub(EXPECTED, Relaxed);
        }
    }
}

impl Turn {
    /// Ends it with what was used in it.
    pub(super) fn end(mut self, used: Duration) {
        self.used = used;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(share) = self.share.take() {
            share.turns.state().end(&share, self.used);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    use super::*;

    type Wait<'s> = Pin<Box<dyn Future<Output = Option<Turn>> + 's>>;

    fn poll(wait: Pin<&mut (impl Future<Output = Option<Turn>> + ?Sized)>) -> Option<Turn> {
        match wait.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn.unwrap()),
            Poll::Pending => None,
        }
    }

    fn now(share: &Arc<Share>) -> Option<Turn> {
        poll(pin!(share.turn()))
    }

    /// Waits, which is in vain for now.
    fn wait(share: &Arc<Share>) -> Wait<'_> {
        let mut wait = Box::pin(share.turn());
        assert!(poll(wait.as_mut()).is_none(), "there is a turn");
        wait
    }

    #[test]
    fn there_is_a_turn_for_each_core_but_one() {
        for (cores, turns) in [(0, 1), (1, 1), (2, 1), (4, 3)] {
            let share = Turns::new(cores).share();
            let taken: Vec<_> = (0..turns).map(|_| now(&share).unwrap()).collect();
            assert!(now(&share).is_none(), "{cores} cores");
            drop(taken);
            assert!(now(&share).is_some(), "{cores} cores");
        }
    }

    #[test]
    fn the_job_of_an_action_that_seldom_computes_is_next_before_any_number_of_others() {
        let turns = Turns::new(2);
        let (busy, calm) = (turns.share(), turns.share());
        let turn = now(&busy).unwrap();
        let mut others: Vec<_> = (0..64).map(|_| wait(&busy)).collect();
        turn.end(TICK);
        let turn = others.iter_mut().find_map(|other| poll(other.as_mut())).unwrap();
        let mut one = wait(&calm);
        turn.end(TICK);
        assert!(poll(one.as_mut()).is_some(), "64 others were before it");
    }

    #[test]
    fn actions_have_their_turns_alike_whatever_the_number_of_their_jobs() {
        let turns = Turns::new(2);
        let shares = [turns.share(), turns.share()];
        let mut turn = now(&shares[0]).unwrap();
        let mut waiting: Vec<(usize, Wait<'_>)> = Vec::new();
        let mut had = [0_u32; 2];
        for (of, jobs) in [(0, 30), (1, 3)] {
            waiting.extend((0..jobs).map(|_| (of, wait(&shares[of]))));
        }
        for _ in 0..100 {
            turn.end(TICK);
            let mut won = None;
            waiting.retain_mut(|(of, wait)| match won {
                None => poll(wait.as_mut()).map(|turn| won = Some((*of, turn))).is_none(),
                Some(_) => true,
            });
            let (of, next) = won.unwrap();
            had[of] += 1;
            waiting.push((of, wait(&shares[of])));
            turn = next;
        }
        assert!(had[0].abs_diff(had[1]) <= 1, "{had:?}");
    }

    #[test]
    fn jobs_of_one_action_have_their_turns_in_the_order_in_which_they_came() {
        let share = Turns::new(2).share();
        let turn = now(&share).unwrap();
        let (mut first, mut second) = (wait(&share), wait(&share));
        turn.end(TICK);
        assert!(poll(second.as_mut()).is_none());
        drop(poll(first.as_mut()).unwrap());
        assert!(poll(second.as_mut()).is_some());
    }

    #[test]
    fn of_what_was_not_used_some_turns_are_kept_for_later() {
        let turns = Turns::new(2);
        let (busy, idle) = (turns.share(), turns.share());
        for _ in 0..1000 {
            now(&busy).unwrap().end(TICK);
        }
        let mut turn = now(&busy).unwrap();
        let mut of_busy = wait(&busy);
        let mut in_a_row = 0;
        loop {
            let mut of_idle = wait(&idle);
            turn.end(TICK);
            turn = match poll(of_idle.as_mut()) {
                Some(turn) => turn,
                None => break,
            };
            in_a_row += 1;
        }
        // And the one that it would have had without.
        assert_eq!(in_a_row, CREDIT / EXPECTED + 1, "of a thousand turns");
        assert!(poll(of_busy.as_mut()).is_some());
    }

    #[test]
    fn the_turn_of_a_job_that_was_stopped_goes_to_the_next() {
        let share = Turns::new(2).share();
        let turn = now(&share).unwrap();
        let (stopped, stopped_with_it, mut next) = (wait(&share), wait(&share), wait(&share));
        drop(stopped);
        turn.end(TICK);
        drop(stopped_with_it);
        drop(poll(next.as_mut()).expect("the turn is lost"));
        assert!(now(&share).is_some());
    }
}
