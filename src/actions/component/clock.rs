//! The clock that interrupts guests: it ends an epoch at every tick, and rests while no guest runs.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How often a running guest is looked at: its CPU time is checked and other tasks get a turn.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A thread that ticks for one engine; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Clock(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Guests that run now.
    guests: usize,
    ended: bool,
}

/// A guest that runs: the clock ticks while there is one.
#[derive(Debug)]
pub(super) struct Running<'c>(&'c Clock);

impl Clock {
    /// Starts the thread.
    ///
    /// It sleeps between two ticks rather than keeping a schedule: a machine that was suspended or starved must not
    /// make up for lost epochs.
    pub(super) fn start(engine: &wasmtime::Engine) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let (engine, clock) = (engine.weak(), Arc::clone(&shared));
        thread::Builder::new().name("component-clock".to_owned()).spawn(move || {
            while clock.wait_for_a_guest() {
                thread::sleep(TICK);
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        })?;
        Ok(Self(shared))
    }

    /// To be held while a guest runs.
    pub(super) fn running(&self) -> Running<'_> {
        self.0.lock().guests += 1;
        self.0.changed.notify_one();
        Running(self)
    }
}

impl Shared {
    /// No change of the state can panic half-way, so a poisoned lock guards sound data.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a guest runs, or `false` when the clock is not needed any more.
    fn wait_for_a_guest(&self) -> bool {
        let idle = |state: &mut State| state.guests == 0 && !state.ended;
        let state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        !state.ended
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.lock().guests -= 1;
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_clock_ticks_while_a_guest_runs_and_ends_with_its_owner() {
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true).concurrency_support(false);
        let clock = Clock::start(&wasmtime::Engine::new(&config).unwrap()).unwrap();
        let shared = Arc::downgrade(&clock.0);
        assert_eq!(clock.0.lock().guests, 0);
        let running = clock.running();
        assert!(clock.0.wait_for_a_guest());
        drop(running);
        assert_eq!(clock.0.lock().guests, 0);
        drop(clock);
        let begun = std::time::Instant::now();
        while shared.strong_count() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the thread goes on");
            thread::sleep(TICK);
        }
    }
}
