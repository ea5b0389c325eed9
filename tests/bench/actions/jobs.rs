//! One job after another, and as many side by side as there are cores.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        Action, State,
        component::{Component, Engine, Options},
    },
    config::{self, CommandLine, Exec, Location, Stdin},
};

use crate::subject::{Subject, Times, cores, hostile, job, limits, microseconds, repeat, runtime, shown};

const A_WHILE: Duration = Duration::from_millis(1500);

pub fn run(subjects: &[Subject]) {
    println!("one job (median, 99 of 100, jobs a second on all cores; times /bin/true)");
    let runtime = runtime(1);
    let truth = runtime.block_on(repeat(A_WHILE, async || program("/bin/true", &[]).await));
    let row = |name: &str, times: &Times, side_by_side: Option<f64>| {
        let ratio = times.at(500).as_secs_f64() / truth.at(500).as_secs_f64();
        let side_by_side = side_by_side.map_or_else(String::new, |rate| format!("{rate:8.0}/s"));
        println!(
            "  {name:44} {} {} {side_by_side:>10} {ratio:8.3}",
            microseconds(times.at(500)),
            microseconds(times.at(990))
        );
    };
    row("fork, exec, wait: /bin/true", &truth, None);
    let python = ["-c", "import json"];
    if Path::new("/usr/bin/python3").exists() {
        row(
            "fork, exec, wait: python3 -c 'import json'",
            &runtime.block_on(repeat(A_WHILE, async || program("/usr/bin/python3", &python).await)),
            None,
        );
    }
    let exec = exec();
    let one = job();
    row(
        "exec action: /bin/true",
        &runtime.block_on(repeat(A_WHILE, async || assert_eq!(exec.run(&one).await.state, State::Done))),
        None,
    );
    let mut subjects = subjects.to_vec();
    subjects.push(hostile("Rust, traps", r#""trap""#));
    for subject in &subjects {
        for pooling in [false, true] {
            let engine = Engine::with(&Options { pooling, ..Options::default() }).expect("an engine");
            let name = format!("{}, {}", subject.name, if pooling { "pooled" } else { "on demand" });
            let component = match subject.load(&engine, limits()) {
                Ok(component) => component,
                Err(error) => {
                    println!("  {name:44} does not load: {error}");
                    break;
                }
            };
            let outcome = runtime.block_on(component.run(&one));
            let alone = runtime.block_on(repeat(A_WHILE, async || component.run(&one).await));
            row(&name, &alone, Some(side_by_side(&component)));
            if outcome.state != State::Done && subject.name != "Rust, traps" {
                println!("    which ended as {}", shown(&outcome));
            }
        }
    }
}

/// Jobs a second when every core has one at a time.
fn side_by_side(component: &Component) -> f64 {
    let (component, runtime) = (Arc::new(component.clone()), runtime(cores()));
    let begun = Instant::now();
    let workers: Vec<_> = (0..cores())
        .map(|_| {
            let component = Arc::clone(&component);
            runtime.spawn(async move {
                let (one, mut done) = (job(), 0_u32);
                while begun.elapsed() < A_WHILE {
                    component.run(&one).await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let done: u32 = workers.into_iter().map(|worker| runtime.block_on(worker).expect("a worker")).sum();
    f64::from(done) / begun.elapsed().as_secs_f64()
}

async fn program(program: &str, arguments: &[&str]) {
    let status = tokio::process::Command::new(program).args(arguments).status().await;
    assert!(status.expect("a program").success());
}

/// An exec action that starts `/bin/true`.
fn exec() -> Action {
    let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
    let command = CommandLine { program: PathBuf::from("/bin/true"), program_at: at.clone(), arguments: Vec::new() };
    let kind = config::ActionKind::Exec(Exec { stdin: Stdin::None, ..Exec::new(command) });
    Action::exec(&config::Action::new("exec".into(), at, kind)).expect("an action")
}
