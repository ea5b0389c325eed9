//! The clocks and the random numbers of a sandbox with a tape: those that are written down, or that are told again.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder, random::Deterministic};

use super::{
    Tape,
    readings::{nanoseconds, read},
};

/// Gives a sandbox a tape's clocks and random numbers, which can be had again. Its time begins.
pub(in super::super) fn prepare(tape: &Arc<Tape>, wasi: &mut WasiCtxBuilder) {
    tape.now();
    wasi.wall_clock(Wall(Arc::clone(tape)));
    wasi.monotonic_clock(Monotonic { tape: Arc::clone(tape), began: Instant::now() });
    let random = &tape.random;
    wasi.secure_random(Deterministic::new(random.secure.clone()));
    wasi.insecure_random(Deterministic::new(random.insecure.clone()));
    wasi.insecure_random_seed(random.seed);
}

struct Wall(Arc<Tape>);

struct Monotonic {
    tape: Arc<Tape>,
    began: Instant,
}

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let plays = self.0.plays();
        let readings = &mut self.0.inner().clocks;
        let live = || nanoseconds(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        Duration::from_nanos(read(plays, &mut readings.wall, &mut readings.last.0, live))
    }
}

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        let plays = self.tape.plays();
        let readings = &mut self.tape.inner().clocks;
        read(plays, &mut readings.monotonic, &mut readings.last.1, || nanoseconds(self.began.elapsed()))
    }
}
