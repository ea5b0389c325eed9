//! What components cost, beside what programs cost, in one run of less than three minutes:
//!
//!     cargo bench --bench actions [-- [--jobs N] [DIRECTORY …]]
//!
//! - one job in a sandbox of its own that reads one value of the alert, with memory on demand and from a pool, on one
//!   thread and on all, beside starting and awaiting `/bin/true` and Python, bare and as an exec action;
//! - compiling and loading, with and without the cache; memory for each instance and for twenty components;
//! - honest jobs while 64 hostile guests run;
//! - N jobs in a row (100,000; the bar is 1,000,000) with the process's memory as it goes.
//!
//! Components found in a DIRECTORY are measured as well: `NAME.wasm`, with the configuration `NAME.json` if there is one.
//! Needs the target wasm32-wasip2.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

#[path = "actions/hostile.rs"]
mod hostile;
#[path = "actions/jobs.rs"]
mod jobs;
#[path = "actions/load.rs"]
mod load;
#[path = "actions/soak.rs"]
mod soak;
#[path = "actions/subject.rs"]
mod subject;

use std::{path::PathBuf, time::Instant};

fn main() {
    let begun = Instant::now();
    let (mut jobs, mut directories) = (100_000, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--jobs" => jobs = arguments.next().and_then(|jobs| jobs.parse().ok()).expect("--jobs takes a number"),
            directory => directories.push(PathBuf::from(directory)),
        }
    }
    let subjects = subject::all(&directories);
    jobs::run(&subjects);
    load::run(&subjects);
    hostile::run();
    soak::run(jobs);
    println!("\nall in {:.0} s", begun.elapsed().as_secs_f64());
}
