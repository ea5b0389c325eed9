//! Honest jobs while 64 guests do their worst.
//!
//! Two kinds of honest ones: one that reads a value, and one that computes for some turns, as an interpreter does. Beside
//! them, for comparison, as many threads of this process that do nothing but spin: what the kernel makes of the same crowd.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        State,
        component::{Component, Engine, Options},
    },
    config::Limits,
    daemon,
};
use tokio::runtime::Runtime;

use crate::subject::{Times, cores, hostile, job, microseconds};

const HOSTILE: usize = 64;
const A_WHILE: Duration = Duration::from_secs(5);
/// Rounds of a loop that take about 30 ms.
const TOIL: u32 = 30_000_000;

pub fn run() {
    println!(
        "\nhonest jobs, one every 2 ms or, of those that compute, 250 ms, on {} cores (median, 99 of 100, worst)",
        cores()
    );
    for pooling in [false, true] {
        let engine = Engine::with(&Options { instances: 256, pooling, ..Options::default() }).expect("an engine");
        let runtime = daemon::runtime().expect("a runtime");
        let load = |name: &str, act: &str, limits: Limits| {
            Arc::new(hostile(name, act).load(&engine, limits).expect("a component"))
        };
        let kind = if pooling { "pooled" } else { "on demand" };
        let honest = [
            ("reads", 2, load("reads", r#"{"read": "alert.classification.text"}"#, Limits::default())),
            ("computes", 250, load("computes", &format!(r#"{{"toil": {TOIL}}}"#), Limits::default())),
        ];
        let measure = |beside: &str| {
            for (what, every, honest) in &honest {
                let times = times(&runtime, honest, Duration::from_millis(*every));
                println!(
                    "  {:44} {} {} {} ({} jobs)",
                    format!("{what}, {beside}, {kind}"),
                    microseconds(times.at(500)),
                    microseconds(times.at(990)),
                    microseconds(times.at(1000)),
                    times.count()
                );
            }
        };
        measure("alone");
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..HOSTILE {
                scope.spawn(|| {
                    while !over.load(Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            measure("beside 64 threads");
            over.store(true, Relaxed);
        });
        let limits = Limits { timeout: Duration::from_secs(2), ..Limits::default() };
        let acts = [
            r#""spin""#,
            r#""spin-on-the-clock""#,
            r#""allocate""#,
            r#"{"sleep": 3600000}"#,
            r#""flood-stderr-forever""#,
        ];
        let acts = acts.map(|act| load("hostile", act, limits.clone()));
        let (over, stopped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let hostile: Vec<_> = (0..HOSTILE)
            .map(|n| {
                let (act, over, stopped) = (Arc::clone(&acts[n % acts.len()]), Arc::clone(&over), Arc::clone(&stopped));
                runtime.spawn(async move {
                    while !over.load(Relaxed) {
                        assert!(matches!(act.run(&job()).await.state, State::Failed(_)));
                        stopped.fetch_add(1, Relaxed);
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(500));
        measure("beside 64 hostile guests");
        over.store(true, Relaxed);
        for guest in hostile {
            runtime.block_on(guest).expect("a hostile guest is no reason to panic");
        }
        println!("    {} hostile jobs were stopped", stopped.load(Relaxed));
    }
}

/// How long jobs take, one every so often for a while.
fn times(runtime: &Runtime, honest: &Arc<Component>, every: Duration) -> Times {
    let honest = Arc::clone(honest);
    let times = runtime.spawn(async move {
        let (one, begun, mut times) = (job(), Instant::now(), Vec::new());
        while begun.elapsed() < A_WHILE {
            let started = Instant::now();
            assert_eq!(honest.run(&one).await.state, State::Done);
            times.push(started.elapsed());
            tokio::time::sleep(every).await;
        }
        Times::new(times)
    });
    runtime.block_on(times).expect("times")
}
