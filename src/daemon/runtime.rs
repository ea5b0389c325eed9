//! The threads on which the daemon's tasks run.

use std::{io, num::NonZero, thread};

use tokio::runtime::{Builder, Runtime};

/// After how many polls of tasks a thread looks at timers, at sockets, and at the tasks that were put off, also when it has
/// enough to do. A guest that computes takes a hundredth of a second for one poll, so that with tokio's own 61 a thread that
/// goes from guest to guest would look up every half a second.
const LOOK_UP: u32 = 8;

/// A runtime with a thread for each core, and two on one core: while a guest computes on one of them, the other
/// serves all else, and is preferred by the kernel because it sleeps most of the time.
pub fn runtime() -> io::Result<Runtime> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    Builder::new_multi_thread().worker_threads(cores.max(2)).event_interval(LOOK_UP).enable_all().build()
}
