//! Very many jobs in a row; nothing of them may stay.

use std::time::Instant;

use prelude_trigger::actions::{
    State,
    component::{Engine, Options},
};

use crate::subject::{hostile, job, limits, resident, runtime};

pub fn run(jobs: usize) {
    println!("\n{jobs} jobs in a row, one of a hundred of which traps (resident memory after each tenth)");
    for pooling in [false, true] {
        let engine = Engine::with(&Options { pooling, ..Options::default() }).expect("an engine");
        let good = hostile("good", r#"{"read": "alert.classification.text"}"#).load(&engine, limits()).expect("loaded");
        let bad = hostile("bad", r#""trap""#).load(&engine, limits()).expect("loaded");
        let (runtime, one) = (runtime(1), job());
        let (begun, mut samples) = (Instant::now(), Vec::new());
        for tenth in 0..=10 {
            // What comes before the first sample warms up.
            let count = if tenth == 0 { 1000 } else { jobs / 10 };
            runtime.block_on(async {
                for n in 0..count {
                    let component = if n % 100 == 99 { &bad } else { &good };
                    let outcome = component.run(&one).await;
                    assert_eq!(outcome.state == State::Done, n % 100 != 99);
                }
            });
            samples.push(resident() >> 10);
        }
        let grown = samples[10].saturating_sub(samples[0]);
        let kind = if pooling { "pooled" } else { "on demand" };
        let shown: Vec<_> = samples.iter().map(|kib| format!("{:.1}", *kib as f64 / 1024.0)).collect();
        println!("  {kind}: {} MiB; {grown} KiB more, in {:.1} s", shown.join(" "), begun.elapsed().as_secs_f64());
    }
}
