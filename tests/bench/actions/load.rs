//! Loading: compiled anew, and from the cache; what twenty components take, and what one instance takes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use prelude_trigger::actions::component::{Component, Engine, Options};

use crate::subject::{Subject, hostile, job, limits, resident, runtime};

const INSTANCES: usize = 500;

pub fn run(subjects: &[Subject]) {
    println!("\nloading (size, compiled anew, from the cache)");
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("components");
    for subject in subjects {
        let start = || Engine::new(Some(&cache)).expect("an engine");
        let timed = || {
            let engine = start();
            let begun = Instant::now();
            subject.load(&engine, limits()).map(|_| begun.elapsed().as_secs_f64() * 1e3)
        };
        match (timed(), timed(), timed()) {
            (Ok(anew), Ok(_), Ok(again)) => {
                let size = std::fs::metadata(&subject.file).map_or(0, |metadata| metadata.len());
                println!("  {:44} {:8} KiB {anew:9.1} ms {again:9.1} ms", subject.name, size >> 10);
            }
            (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => println!("  {:44} {error}", subject.name),
        }
    }
    let engine = Engine::new(Some(&cache)).expect("an engine");
    let before = resident();
    let begun = Instant::now();
    let twenty: Vec<_> = (0..20).filter_map(|n| subjects[n % subjects.len()].load(&engine, limits()).ok()).collect();
    println!(
        "  {} components, cached: {:.1} ms, {} KiB more resident",
        twenty.len(),
        begun.elapsed().as_secs_f64() * 1e3,
        (resident().saturating_sub(before)) >> 10
    );
    drop(twenty);
    for pooling in [false, true] {
        let options = Options { cache: Some(cache.clone()), instances: INSTANCES, pooling, metered: false };
        let engine = Engine::with(&options).expect("an engine");
        let sleeps = hostile("sleeps", r#"{"sleep": 1500}"#).load(&engine, limits()).expect("a component");
        println!(
            "  {} for each instance of {INSTANCES} that sleep, {}",
            format_args!("{} KiB", instances(&Arc::new(sleeps)) >> 10),
            if engine.is_pooling() { "pooled" } else { "on demand" }
        );
    }
}

/// What each of many instances takes, in bytes.
fn instances(component: &Arc<Component>) -> usize {
    let runtime = runtime(1);
    runtime.block_on(component.run(&job()));
    let before = resident();
    let running: Vec<_> = (0..INSTANCES)
        .map(|_| {
            let component = Arc::clone(component);
            runtime.spawn(async move { component.run(&job()).await })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(750));
    let taken = resident().saturating_sub(before);
    for one in running {
        runtime.block_on(one).expect("an outcome");
    }
    taken / INSTANCES
}
