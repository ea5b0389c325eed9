//! What one job costs: a component in a sandbox of its own that reads one value of the alert, next to starting and
//! awaiting `/bin/true`, bare and as an exec action, in one run.
//!
//! `cargo bench --bench actions`; needs the target wasm32-wasip2.

#![allow(clippy::expect_used, reason = "a benchmark that cannot go on panics")]

use std::{
    collections::BTreeMap,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use criterion::{Criterion, criterion_group, criterion_main};
use prelude_trigger::{
    actions::{
        Action, Job, State,
        component::{Component, Engine},
    },
    config::{self, Exec, Limits, Location, OnMissing, Stdin},
    idmef::Message,
};

const ALERT: &str = r#"{"alert": {"messageid": "abc", "classification": {"text": "Brute Force attack"}}}"#;

/// The test guest, which does what its configuration says.
fn load(act: &str) -> Component {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/hostile"))
        .status();
    assert!(built.expect("cargo").success(), "the guest cannot be built");
    let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
    let component = config::Component {
        file: target.join("wasm32-wasip2/release/hostile.wasm"),
        file_at: at.clone(),
        sha256: None,
        config: serde_json::from_str(&format!(r#"{{"act": {act}}}"#)).expect("JSON"),
        config_at: at.clone(),
        grant: config::Grant::default(),
    };
    let kind = config::ActionKind::Component(component.clone());
    let action = config::Action { name: "bench".into(), at, kind, limits: Limits::default() };
    let engine = Engine::new(None).expect("an engine");
    Component::load(&engine, &action, &component).expect("a component")
}

/// An exec action that starts `/bin/true`.
fn exec() -> Action {
    let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
    let exec = Exec {
        program: PathBuf::from("/bin/true"),
        program_at: at.clone(),
        arguments: Vec::new(),
        user: None,
        groups: Vec::new(),
        umask: 0o077,
        directory: PathBuf::from("/"),
        environment: BTreeMap::new(),
        stdin: Stdin::None,
        on_missing: OnMissing::Refuse,
        allow_dash: false,
        max_argument: 4096,
    };
    let kind = config::ActionKind::Exec(exec);
    Action::exec(&config::Action { name: "exec".into(), at, kind, limits: Limits::default() }).expect("an action")
}

fn jobs(criterion: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let message = Arc::new(Message::from_json(ALERT.as_bytes()).expect("a message"));
    let job = Job {
        id: "job".into(),
        trigger: "bench".into(),
        action: "bench".into(),
        attempt: 1,
        message,
        captures: config::Captures::new(),
    };
    let mut group = criterion.benchmark_group("job");
    let reads = load(r#"{"read": "alert.classification.text"}"#);
    group.bench_function("component, one value read", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let outcome = reads.run(&job).await;
            assert_eq!(outcome.state, State::Done);
            black_box(outcome)
        });
    });
    let traps = load(r#""trap""#);
    group.bench_function("component, traps", |bencher| {
        bencher.to_async(&runtime).iter(async || black_box(traps.run(&job).await));
    });
    let exec = exec();
    group.bench_function("exec action, /bin/true", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let outcome = exec.run(&job).await;
            assert_eq!(outcome.state, State::Done);
            black_box(outcome)
        });
    });
    group.bench_function("fork, exec and wait for /bin/true", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let status = tokio::process::Command::new("/bin/true").status().await;
            assert!(status.expect("/bin/true").success());
        });
    });
    group.finish();
}

criterion_group!(benches, jobs);
criterion_main!(benches);
