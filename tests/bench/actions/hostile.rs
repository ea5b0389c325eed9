//! Honest jobs while 64 guests do their worst.

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
        component::{Engine, Options},
    },
    config::Limits,
};

use crate::subject::{Times, cores, hostile, job, microseconds, runtime};

const HOSTILE: usize = 64;
const A_WHILE: Duration = Duration::from_secs(5);

pub fn run() {
    println!("\nhonest jobs, one every 2 ms, on {} threads (median, 99 of 100, worst)", cores());
    for pooling in [false, true] {
        let engine = Engine::with(&Options { instances: 256, pooling, ..Options::default() }).expect("an engine");
        let runtime = runtime(cores());
        let honest = hostile("honest", r#"{"read": "alert.classification.text"}"#);
        let honest = Arc::new(honest.load(&engine, Limits::default()).expect("a component"));
        let kind = if pooling { "pooled" } else { "on demand" };
        let measure = |what: &str| {
            let honest = Arc::clone(&honest);
            let times = runtime.block_on(runtime.spawn(async move {
                let (one, begun, mut times) = (job(), Instant::now(), Vec::new());
                while begun.elapsed() < A_WHILE {
                    let started = Instant::now();
                    assert_eq!(honest.run(&one).await.state, State::Done);
                    times.push(started.elapsed());
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Times::new(times)
            }));
            let times = times.expect("times");
            let (median, most, worst) = (times.at(500), times.at(990), times.at(1000));
            println!(
                "  {:44} {} {} {} ({} jobs)",
                format!("{what}, {kind}"),
                microseconds(median),
                microseconds(most),
                microseconds(worst),
                times.count()
            );
        };
        measure("alone");
        let limits = Limits { timeout: Duration::from_secs(2), ..Limits::default() };
        let acts = [
            r#""spin""#,
            r#""spin-on-the-clock""#,
            r#""allocate""#,
            r#"{"sleep": 3600000}"#,
            r#""flood-stderr-forever""#,
        ];
        let acts =
            acts.map(|act| Arc::new(hostile("hostile", act).load(&engine, limits.clone()).expect("a component")));
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
