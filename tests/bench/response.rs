//! From alert to action, with a real prelude-manager on loopback, in one run of some minutes:
//!
//!     cargo bench --bench response [-- [--alerts N] [--tcp]]
//!
//! - how many alerts a second the daemon matches and writes down, on the disk, when all N (20,000) of them match: in mode
//!   `observe`, and while their jobs run;
//! - how many jobs a second it runs, from alerts that all come at once, each of which starts a small program;
//! - how long it takes from the moment at which a sensor hands an alert to the manager until the program runs, at steady rates.
//!
//! Beside it, with the same alerts and the same program: the daemon when it tells Prelude nothing of what it did, prelude-manager's
//! own `[script]` plugin, and, where it is installed, prelude-correlator with a plugin that calls `subprocess.run`. Each has a
//! manager of its own, and they take turns; the best turn of each counts, and all latencies. Neither of the rivals writes anything
//! down, knows an alert again or waits for a disk; the script plugin does not even wait for the program, and starts as many as
//! there are alerts.
//!
//! With `--tcp` readers connect to their managers over TCP with TLS, and not over Unix sockets. Sensors use Unix sockets.
//!
//!     cargo bench --bench response -- --soak N
//!
//! runs N jobs in a row through the whole daemon, with a journal on the disk, and prints its memory and the journal's size as it
//! goes; then a fifth of them in ten starts with `keep-size = "32MiB"`. What is too much goes at each start and every minute:
//! what comes in between is there beside it.
//! The action is a component if the target wasm32-wasip2 is there, and `/bin/true` otherwise.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_precision_loss, reason = "a million fits")]

#[path = "response/contestant.rs"]
mod contestant;
#[path = "correlator.rs"]
mod correlator;
#[path = "response/daemon.rs"]
mod daemon;
#[path = "response/process.rs"]
mod process;
#[path = "response/rounds.rs"]
mod rounds;
#[path = "response/sender.rs"]
mod sender;
#[path = "response/soak.rs"]
mod soak;
#[allow(dead_code, unused_imports, clippy::needless_pass_by_value)]
#[path = "../suite/stack.rs"]
mod stack;
#[path = "response/started.rs"]
mod started;
#[path = "response/table.rs"]
mod table;

use std::{fs, path::Path, time::Duration};

use contestant::{Contestant, Places};
use rounds::Round;
use stack::Stack;
use table::Table;

const ROUNDS: usize = 3;
const BURST: usize = 5_000;
/// Alerts a second, each for so many seconds in each of so many turns.
const RATES: [u32; 2] = [50, 200];
const SECONDS: u32 = 10;
const TURNS: usize = 2;

fn main() {
    let (mut count, mut tcp, mut jobs) = (20_000, false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|number| number.parse().ok()).expect("a number");
        match argument.as_str() {
            "--alerts" => count = number(),
            "--soak" => jobs = Some(number()),
            "--tcp" => tcp = true,
            "--bench" => {}
            other => panic!("what is {other}?"),
        }
    }
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let states = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    match jobs {
        Some(jobs) => soak::run(jobs, states.path()),
        None => compare(count, tcp, states.path()),
    }
}

fn compare(count: usize, tcp: bool, states: &Path) {
    let stack = Stack::new().expect("prelude-manager is installed");
    let files = tempfile::tempdir().expect("a directory");
    let program = started::build(files.path());
    let places = Places { stack: &stack, files: files.path(), states, program: &program, tcp };
    let mut next = 0;

    let mut modes = [("observed", "observe"), ("while jobs run", "enforce")]
        .map(|(name, mode)| Contestant::daemon(places, name, "", mode));
    let mut best: [Option<Round>; 2] = [None; 2];
    println!("{count} alerts that the manager has, written down");
    for turn in 0..ROUNDS {
        for (mode, best) in modes.iter_mut().zip(&mut best) {
            let round = rounds::journalled(mode, count, &mut next);
            println!("  turn {}: {:14} {:6.0}/s", turn + 1, mode.name, round.rate);
            *best = better(*best, round);
        }
    }
    let written = best.map(|best| best.expect("a round"));
    drop(modes);

    let mut contestants = vec![
        Contestant::daemon(places, "prelude-trigger", "", "enforce"),
        Contestant::daemon(places, "telling nothing", "[answers]\nsend = \"none\"\n", "enforce"),
        Contestant::script(places, "[script]"),
    ];
    if stack::on_path("prelude-correlator") {
        contestants.push(Contestant::correlator(places, "correlator"));
    } else {
        println!("prelude-correlator is not installed: nothing is measured of it");
    }
    let mut best: Vec<Option<Round>> = vec![None; contestants.len()];
    println!("{BURST} alerts at once, each with a job");
    for turn in 0..ROUNDS {
        for at in 0..contestants.len() {
            let at = (at + turn) % contestants.len();
            let round = rounds::burst(&mut contestants[at], BURST, &mut next);
            println!("  turn {}: {:14} {:6.0}/s", turn + 1, contestants[at].name, round.rate);
            best[at] = better(best[at], round);
        }
    }
    let bursts: Vec<Round> = best.into_iter().map(|best| best.expect("a round")).collect();

    println!("alerts at a steady rate, each with a job");
    let mut latencies = vec![vec![Vec::new(); RATES.len()]; contestants.len()];
    for turn in 0..TURNS {
        for (which, rate) in RATES.into_iter().enumerate() {
            for at in 0..contestants.len() {
                let at = (at + turn) % contestants.len();
                let mut times = rounds::latencies(&mut contestants[at], rate, SECONDS, &mut next);
                times.sort_unstable();
                println!(
                    "  turn {}: {:14} at {rate}/s {:6.1?}",
                    turn + 1,
                    contestants[at].name,
                    at_percent(&times, 50)
                );
                latencies[at][which].extend(times);
            }
        }
    }

    let mut table = Table::new(contestants.iter().map(|one| one.name).collect());
    let all = |figure: &dyn Fn(&Round) -> f64| bursts.iter().map(|round| Some(figure(round))).collect::<Vec<_>>();
    for (what, round) in ["alerts written down a second, observed", "the same, while jobs run"].iter().zip(&written) {
        table.row(what, &[Some(round.rate)], 0);
    }
    table.row("CPU for each alert, observed (us)", &[Some(microseconds(written[0].cpu))], 0);
    table.row("jobs a second", &all(&|round| round.rate), 0);
    table.row("CPU for each job, manager and program too (us)", &all(&|round| microseconds(round.cpu)), 0);
    table.row("memory at most (MiB)", &all(&|round| round.peak as f64 / 1024.0), 1);
    for (which, rate) in RATES.into_iter().enumerate() {
        for latencies in &mut latencies {
            latencies[which].sort_unstable();
        }
        for (what, percent) in [("median", 50), ("99 of 100", 99), ("worst", 100)] {
            let times = latencies.iter().map(|times| Some(microseconds(at_percent(&times[which], percent)) / 1e3));
            table.row(&format!("until it runs, {rate}/s, {what} (ms)"), &times.collect::<Vec<_>>(), 2);
        }
    }
    table.print();
}

fn better(best: Option<Round>, round: Round) -> Option<Round> {
    best.filter(|best| best.rate >= round.rate).or(Some(round))
}

/// Of times in order, the one that so many percent do not exceed.
fn at_percent(times: &[Duration], percent: usize) -> Duration {
    times[((times.len() * percent).div_ceil(100)).clamp(1, times.len()) - 1]
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
