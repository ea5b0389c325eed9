//! What one call into a component may use, and what tells when it has used more.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};

use super::{
    clock::TICK,
    turns::{Share, Turn},
};
use crate::{actions::Usage, config};

/// Core instances, tables and memories of one component.
pub(super) const INSTANCES: usize = 64;
pub(super) const TABLES: usize = 64;
const MEMORIES: usize = 16;
/// What is known of a call's use of CPU time and memory; it outlives the sandbox.
#[derive(Debug)]
pub(super) struct Watch {
    cpu_limit: Duration,
    /// CPU time used before the present turn, and the thread's CPU clock when that turn began; in nanoseconds.
    cpu_used: AtomicU64,
    turn_began: AtomicU64,
    cpu_exceeded: AtomicBool,
    /// Its action's share of the turns; and its turn, while it has one.
    share: Arc<Share>,
    turn: Mutex<Option<Turn>>,
    /// Bytes of linear memory it has, which never shrinks.
    memory: AtomicUsize,
    memory_exceeded: AtomicBool,
    tables_exceeded: AtomicBool,
    /// Instructions, plus one; zero where they are not counted.
    instructions: AtomicU64,
}

/// Counts the bytes of all linear memories and the elements of all tables together.
pub(super) struct Memory {
    limit: usize,
    tables_limit: usize,
    bytes: usize,
    elements: usize,
    watch: Arc<Watch>,
}

impl Watch {
    pub(super) fn new(limits: &config::Limits, share: &Arc<Share>) -> Arc<Self> {
        Arc::new(Self {
            cpu_limit: limits.cpu,
            cpu_used: AtomicU64::new(0),
            turn_began: AtomicU64::new(0),
            cpu_exceeded: AtomicBool::new(false),
            share: Arc::clone(share),
            turn: Mutex::default(),
            memory: AtomicUsize::new(0),
            memory_exceeded: AtomicBool::new(false),
            tables_exceeded: AtomicBool::new(false),
            instructions: AtomicU64::new(0),
        })
    }

    /// Whether the call was stopped because of the CPU time it used.
    pub(super) fn cpu_exceeded(&self) -> bool {
        self.cpu_exceeded.load(Relaxed)
    }

    /// Whether the call was ever refused memory.
    pub(super) fn memory_exceeded(&self) -> bool {
        self.memory_exceeded.load(Relaxed)
    }

    /// Whether the call was ever refused elements of a table.
    pub(super) fn tables_exceeded(&self) -> bool {
        self.tables_exceeded.load(Relaxed)
    }

    /// Notes how many instructions were executed, if this store counts them.
    pub(super) fn count<T>(&self, store: &Store<T>) {
        if let Ok(left) = store.get_fuel() {
            self.instructions.store((u64::MAX - left).saturating_add(1), Relaxed);
        }
    }

    /// What was used up to the end of the last turn.
    pub(super) fn usage(&self) -> Usage {
        let cpu = Duration::from_nanos(self.cpu_used.load(Relaxed));
        Usage { cpu, memory: self.memory.load(Relaxed), instructions: self.instructions.load(Relaxed).checked_sub(1) }
    }

    /// Counts the CPU time of all turns that `future` is given.
    pub(super) fn metered<F: Future>(self: &Arc<Self>, future: F) -> Metered<F> {
        Metered { future: Box::pin(future), watch: Arc::clone(self) }
    }

    /// CPU time of the turns before and of this one up to now.
    fn used(&self) -> Duration {
        let turn = thread_clock().saturating_sub(self.turn_began.load(Relaxed));
        Duration::from_nanos(self.cpu_used.load(Relaxed).saturating_add(turn))
    }

    /// What happens to the guest at the end of an epoch.
    ///
    /// That an epoch ends while it runs, or ended while it waited for something, tells nothing of how long it has computed: one
    /// that has not for as long as an epoch only gives way, and needs no turn to go on.
    pub(super) fn tick(self: &Arc<Self>) -> UpdateDeadline {
        let used = self.used();
        if used >= self.cpu_limit {
            self.cpu_exceeded.store(true, Relaxed);
            return UpdateDeadline::Interrupt;
        }
        if used < TICK { UpdateDeadline::Yield(1) } else { UpdateDeadline::YieldCustom(1, Box::pin(self.next_turn())) }
    }

    /// Gives way to others and waits for a turn.
    pub(super) fn next_turn(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let this = Arc::clone(self);
        async move {
            give_way().await;
            let turn = this.share.turn().await;
            *this.turn() = turn;
        }
    }

    /// Nothing can fail while it is held.
    fn turn(&self) -> MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A future whose CPU time is counted.
pub(super) struct Metered<F> {
    future: Pin<Box<F>>,
    watch: Arc<Watch>,
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.watch.turn_began.store(thread_clock(), Relaxed);
        let before = Duration::from_nanos(self.watch.cpu_used.load(Relaxed));
        let poll = self.future.as_mut().poll(context);
        let used = self.watch.used();
        self.watch.cpu_used.store(nanoseconds(used), Relaxed);
        // It waits for something now, or is done.
        if let Some(turn) = self.watch.turn().take() {
            turn.end(used.saturating_sub(before));
        }
        poll
    }
}

/// Lets other tasks run, and is at once among those that want to.
///
/// tokio's own `yield_now` is for a worker that will soon have nothing to do: only then, or after 61 polls, are those who
/// yielded looked at again. A worker that goes from one turn to the next would keep them for as many turns.
async fn give_way() {
    let mut given = false;
    poll_fn(|context| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The CPU clock of this thread, in nanoseconds.
fn thread_clock() -> u64 {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).map_or(0, nanoseconds)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current), 0))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(0, desired.saturating_sub(current)))
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

impl Memory {
    pub(super) fn new(limits: &config::Limits, watch: &Arc<Watch>) -> Self {
        Self { limit: limits.memory, tables_limit: limits.tables, bytes: 0, elements: 0, watch: Arc::clone(watch) }
    }

    fn grow(&mut self, bytes: usize, elements: usize) -> bool {
        let (bytes, elements) = (self.bytes.saturating_add(bytes), self.elements.saturating_add(elements));
        if bytes > self.limit {
            self.watch.memory_exceeded.store(true, Relaxed);
            return false;
        }
        if elements > self.tables_limit {
            self.watch.tables_exceeded.store(true, Relaxed);
            return false;
        }
        (self.bytes, self.elements) = (bytes, elements);
        self.watch.memory.store(bytes, Relaxed);
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{super::turns::Turns, *};

    #[test]
    fn an_epoch_that_ends_while_a_guest_runs_is_no_reason_to_wait_for_a_turn() {
        let watch = Watch::new(&config::Limits::default(), &Turns::new(2).share());
        watch.turn_began.store(thread_clock(), Relaxed);
        assert!(matches!(watch.tick(), UpdateDeadline::Yield(1)), "it has only begun");
        watch.cpu_used.store(nanoseconds(TICK), Relaxed);
        assert!(matches!(watch.tick(), UpdateDeadline::YieldCustom(1, _)));
        watch.cpu_used.store(nanoseconds(config::Limits::default().cpu), Relaxed);
        assert!(matches!(watch.tick(), UpdateDeadline::Interrupt));
        assert!(watch.cpu_exceeded());
    }

    #[test]
    fn one_that_gave_way_goes_on_while_others_always_have_something_to_do() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let polls = runtime.block_on(async {
            let one = tokio::spawn(give_way());
            let busy = async move {
                let mut polls = 0;
                poll_fn(|context| {
                    polls += 1;
                    context.waker().wake_by_ref();
                    if one.is_finished() || polls == 50 { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                polls
            };
            tokio::spawn(busy).await.unwrap()
        });
        assert!(polls < 5, "it was kept for {polls} polls");
    }
}
