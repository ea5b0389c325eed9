//! Components: what a good one can do, what a bad one cannot, and what no component is told at load.

#![allow(clippy::needless_pass_by_value, reason = "configurations are written with json!() where they are used")]

use std::{
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        Cause, Job, Outcome, State,
        component::{Component, Engine, ImportError, LoadError, Options},
    },
    config::{self, Limits, Location},
    idmef::Message,
};
use serde_json::{Value, json};

use crate::guests;

/// The same tests run with memory from a pool (`component_pooled`, see `main.rs`) and without: a job can see no difference.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let pooling = module_path!().ends_with("component_pooled");
    let engine = engine(pooling);
    assert_eq!(engine.is_pooling(), pooling, "no room for a pool");
    engine
});

fn engine(pooling: bool) -> Engine {
    let _ = std::fs::create_dir_all(env!("CARGO_TARGET_TMPDIR"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("component-cache");
    let options = Options { cache: Some(cache), pooling, ..Options::default() };
    Engine::with(&options).or_else(|_| Engine::with(&Options { cache: None, ..options })).expect("an engine")
}

const ALERT: &str = r#"{"alert": {
    "messageid": "abc", "create_time": "2026-11-21T10:00:00.5+01:00",
    "analyzer": [{"name": "sensor"}],
    "classification": {"text": "Brute Force attack"},
    "assessment": {"impact": {"severity": "high"}},
    "source": [
        {"node": {"address": [{"address": "192.0.2.1"}, {"address": "192.0.2.2"}]}},
        {"node": {"address": [{"address": "192.0.2.1"}]}}
    ],
    "target": [{"node": {"name": "gateway.example"}, "user": {"user_id": [{"name": "ro\not"}]}}]
}}"#;

pub fn message() -> Arc<Message> {
    static MESSAGE: LazyLock<Arc<Message>> = LazyLock::new(|| Arc::new(Message::from_json(ALERT.as_bytes()).unwrap()));
    Arc::clone(&MESSAGE)
}

pub fn limits() -> Limits {
    Limits { timeout: Duration::from_secs(20), ..Limits::default() }
}

fn load_with(file: &Path, config: Value, limits: Limits) -> Result<Component, LoadError> {
    let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
    let component = config::Component {
        file: file.to_owned(),
        file_at: at.clone(),
        sha256: None,
        config,
        config_at: at.clone(),
        grant: config::Grant::default(),
    };
    let kind = config::ActionKind::Component(component.clone());
    let action = config::Action { limits, ..config::Action::new("tested".into(), at, kind) };
    Component::load(&ENGINE, &action, &component)
}

fn load(act: Value) -> Component {
    load_with(guests::hostile(), json!({ "act": act }), limits()).expect("loaded")
}

pub fn job() -> Job {
    Job {
        id: "job-1".into(),
        trigger: "ssh".into(),
        action: "tested".into(),
        attempt: 1,
        attempts: 1,
        message: message(),
        captures: [(Arc::from("user"), "ro\not".to_owned())].into(),
        parameters: Vec::new(),
        target: None,
    }
}

async fn run_with(act: Value, limits: Limits) -> Outcome {
    let component = load_with(guests::hostile(), json!({ "act": act }), limits).expect("loaded");
    component.run(&job()).await
}

async fn run(act: Value) -> Outcome {
    run_with(act, limits()).await
}

#[track_caller]
fn failed(outcome: &Outcome, cause: Cause, summary: &str) {
    assert_eq!(outcome.state, State::Failed(cause), "{outcome:?}");
    assert!(outcome.summary.contains(summary), "{outcome:?}");
}

// ---- What a good component does

#[tokio::test]
async fn every_function_of_the_interface_answers() {
    let outcome = run(json!("everything")).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    for expected in [
        "MessageKind::Alert\n",
        r#"Some(Value::Text("Brute Force attack")) Some("Brute Force attack")"#,
        r#"[Value::Text("192.0.2.1"), Value::Text("192.0.2.2"), Value::Text("192.0.2.1")]"#,
        r#"["192.0.2.1", "192.0.2.2", "192.0.2.1"]"#,
        r#"path: "alert.source(0).node.address(1).address""#,
        "PathInfo { value-type: ValueType::Text, multiple: true }",
        r#"{"_self": "idmef_message_t""#,
        "None\n",
        r#"("job-1", "ssh", "tested", 1, 1, 20000)"#,
        r#"Mode::Enforce [NamedText { name: "user", text: "ro\not" }] [] None"#,
        "did you mean `alert.classification.text`?",
        "is a class and has no value of its own",
    ] {
        assert!(outcome.stdout.contains(expected), "no {expected} in {}", outcome.stdout);
    }
}

#[tokio::test]
async fn what_a_component_says_becomes_the_outcome() {
    let outcome = run(json!("done")).await;
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Done, "done as I was told"));
    let outcome = run(json!("skip")).await;
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Done, "nothing to do: nobody is there"));
    let outcome = run(json!("simulate")).await;
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Observed, "would have"));
    let outcome = run(json!({"fail": "transient"})).await;
    failed(&outcome, Cause::Transient, "no answer");
    assert_eq!(outcome.code.as_deref(), Some("timeout"));
    assert_eq!(outcome.retry_after, Some(Duration::from_secs(30)));
    failed(&run(json!({"fail": "permanent"})).await, Cause::Permanent, r"it said\nno");
    failed(&run(json!({"fail": "misconfigured"})).await, Cause::Misconfigured, "no such host");
    let outcome = run(json!({"many-outputs": 2})).await;
    assert_eq!(outcome.summary, "many");
    assert_eq!(outcome.outputs, [("n0".to_owned(), "x y".to_owned()), ("n1".to_owned(), "x y".to_owned())]);
    // It exports no `undo`: a token would be of no use.
    let outcome = run(json!({"undo-token": 3})).await;
    assert_eq!((outcome.undo_token, &*outcome.summary), (None, "can be undone"));
}

#[tokio::test]
async fn what_a_job_used_is_told() {
    let used = run(json!({"touch": 8 << 20})).await.used.unwrap();
    assert!((8 << 20..12 << 20).contains(&used.memory), "{used:?}");
    let outcome = run_with(json!("spin"), Limits { cpu: Duration::from_millis(200), ..limits() }).await;
    let used = outcome.used.unwrap();
    assert!((Duration::from_millis(200)..Duration::from_millis(300)).contains(&used.cpu), "{used:?}");
    let outcome = run(json!({"sleep": 200})).await;
    let used = outcome.used.unwrap();
    assert!(used.cpu < Duration::from_millis(50) && outcome.took >= Duration::from_millis(200), "{outcome:?}");
}

#[tokio::test]
async fn the_last_words_are_kept_in_their_order() {
    let outcome = run(json!("last-words")).await;
    failed(&outcome, Cause::Permanent, "that was all");
    assert_eq!(outcome.log.len(), 32, "{:?}", outcome.log);
    assert_eq!(outcome.log[30..], ["line 49", r"warn: warning 49\n"]);
    assert!(outcome.log.iter().all(|line| !line.contains("hush")), "{:?}", outcome.log);
    // The last words are kept where the log takes none.
    let log = Captured::default();
    let outcome = log.during(run_with(json!({"flood-stderr": 1000}), Limits { output: 0, ..limits() })).await;
    assert!(outcome.log.len() <= 32 && outcome.log.iter().map(String::len).sum::<usize>() <= 16 << 10);
    assert!(outcome.log.len() >= 3 && outcome.stderr.is_empty(), "{outcome:?}");
}

#[tokio::test]
async fn notice_built_by_cargo() {
    notice_puts_the_alert_into_words(guests::notice()).await;
}

#[tokio::test]
async fn notice_built_by_cargo_component() {
    if let Some(file) = guests::notice_by_cargo_component() {
        notice_puts_the_alert_into_words(&file).await;
    }
}

async fn notice_puts_the_alert_into_words(file: &Path) {
    let config = json!({
        "text": "{severity}: {alert.classification.text}\nfrom {alert.source(*).node.address(*).address}\nby {alert.source(0).user.user_id(0).name}\nto {alert.target(0).user.user_id(0).name}, or {user}",
        "severities": {"high": {"word": "URGENT"}},
        "outputs": {"sensor": "alert.analyzer(-1).name"},
    });
    let notice = load_with(file, config, limits()).expect("loaded");
    let log = Captured::default();
    let outcome = log.during(notice.run(&job())).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    assert_eq!(outcome.summary, "URGENT: Brute Force attack");
    assert_eq!(outcome.outputs, [("sensor".to_owned(), "sensor".to_owned())]);
    let log = log.lines();
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(log[0].starts_with("ERROR action: URGENT: Brute Force attack"), "{log:?}");
    assert!(log[1].contains("from 192.0.2.1, 192.0.2.2 "), "{log:?}");
    assert!(log[2].contains(r"to ro\not, or ro\not"), "{log:?}");
    assert!(log.iter().all(|line| line.contains("action=tested") && line.contains("job=job-1")), "{log:?}");
}

#[test]
fn a_misspelt_path_in_a_configuration_is_found_at_load() {
    let config = json!({"text": "x", "outputs": {"sensor": "alert.analyser(0).name"}});
    let error = load_with(guests::notice(), config, limits()).unwrap_err().to_string();
    assert!(error.contains("/outputs/sensor: path `alert.analyser(0).name`"), "{error}");
    assert!(error.contains("did you mean `alert.analyzer(0).name`?"), "{error}");
}

// ---- Limits, each with a guest that tries to break it

#[tokio::test]
async fn cpu_time_is_limited() {
    for act in ["spin", "spin-on-the-clock"] {
        let outcome = run_with(json!(act), Limits { cpu: Duration::from_millis(200), ..limits() }).await;
        failed(&outcome, Cause::Timeout, "used more than 200 ms of CPU time (limits: cpu)");
        assert!(outcome.took >= Duration::from_millis(190), "{act} was stopped after {:?}", outcome.took);
        assert!(outcome.trace.contains("hostile"), "no trace in {outcome:?}");
    }
}

#[tokio::test]
async fn wall_clock_time_is_limited() {
    let timeout = Duration::from_millis(300);
    let outcome = run_with(json!({"sleep": 3_600_000}), Limits { timeout, ..limits() }).await;
    failed(&outcome, Cause::Timeout, "took longer than 300 ms (limits: timeout)");
    assert!(outcome.took < timeout * 10, "{:?}", outcome.took);
    // A guest that computes is stopped by the clock on the wall too.
    let outcome = run_with(json!("spin"), Limits { timeout, cpu: Duration::from_mins(1), ..limits() }).await;
    failed(&outcome, Cause::Timeout, "took longer than 300 ms (limits: timeout)");
    let outcome = run(json!({"sleep": 30})).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    assert!(outcome.took >= Duration::from_millis(30));
}

#[tokio::test]
async fn a_sleeping_guest_uses_no_cpu_time() {
    let limits = Limits { cpu: Duration::from_millis(50), ..limits() };
    assert_eq!(run_with(json!({"sleep": 500}), limits).await.state, State::Done);
}

#[tokio::test]
async fn memory_is_limited() {
    let small = || Limits { memory: 16 << 20, ..limits() };
    failed(&run_with(json!("allocate"), small()).await, Cause::OutOfMemory, "wanted more than 16384 KiB of memory");
    failed(&run_with(json!({"touch": 17 << 20}), small()).await, Cause::OutOfMemory, "(limits: memory)");
    assert_eq!(run_with(json!({"touch": 8 << 20}), small()).await.state, State::Done);
    let outcome = run_with(json!("allocate-then-survive"), small()).await;
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Done, "refused: true"));
    // Too little to begin with.
    let error = load_with(guests::hostile(), json!({"act": "done"}), Limits { memory: 64 << 10, ..limits() });
    assert!(error.unwrap_err().to_string().contains("wanted more than 64 KiB of memory"));
}

#[tokio::test]
async fn recursion_ends_in_a_trap() {
    for (act, trap) in [("recurse", "out of bounds memory access"), ("recurse-lightly", "call stack exhausted")] {
        let outcome = run(json!(act)).await;
        failed(&outcome, Cause::Crash, &format!("trapped: {trap}"));
        assert!(outcome.trace.contains("recurse"), "{outcome:?}");
        assert!(outcome.trace.len() < 64 << 10 && outcome.stderr.len() < 64 << 10, "{outcome:?}");
    }
}

#[tokio::test]
async fn floods_are_cut_and_counted() {
    for act in ["flood-stdout", "flood-log"] {
        let limits = Limits { output: 8 << 10, cpu: Duration::from_millis(200), ..limits() };
        let log = Captured::default();
        let outcome = log.during(run_with(json!(act), limits)).await;
        failed(&outcome, Cause::Timeout, "CPU time");
        assert!(outcome.stdout.len() <= 8 << 10);
        let lines = log.lines();
        let flood = lines.iter().filter(|line| line.contains("a flood of")).count();
        assert!((50..200).contains(&flood), "{flood} lines of {act} in the log");
        assert!(
            lines.last().unwrap().contains("lines were not logged: one job may log 8192 bytes"),
            "{:?}",
            lines.last()
        );
    }
}

#[tokio::test]
async fn words_are_logged_line_by_line_and_escaped() {
    let log = Captured::default();
    let text = "one\r\ntwo \u{1b}[2J\u{202e}\n\nthree";
    let outcome = log.during(run(json!({ "print": text }))).await;
    assert_eq!(outcome.stdout, "one\ntwo \\x1b[2J\\u{202e}\n\nthree\n");
    assert_eq!(outcome.stderr, outcome.stdout);
    let lines = log.lines();
    assert_eq!(lines.len(), 8, "{lines:?}");
    let shown = r"INFO action: two \x1b[2J\u{202e} action=tested job=job-1 stream=";
    assert!(lines.iter().any(|line| line.starts_with(&format!("{shown}\"stdout\""))), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with(&format!("{shown}\"stderr\""))), "{lines:?}");
}

#[tokio::test]
async fn endless_lines_are_broken_between_characters() {
    let log = Captured::default();
    let outcome = log.during(run_with(json!({"print-one-line": 100_001}), Limits { output: 50_000, ..limits() })).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    assert!(outcome.stdout.len() <= 50_000 && outcome.stdout.len() > 40_000, "{}", outcome.stdout.len());
    assert!(outcome.stdout.chars().all(|character| character == 'ü' || character == '\n'));
    assert!(log.lines().iter().all(|line| line.len() < 4300));
}

#[tokio::test]
async fn what_a_guest_hands_over_is_limited() {
    let outcome = run(json!({"long-summary": 1_000_000})).await;
    assert_eq!(outcome.state, State::Done);
    assert_eq!(outcome.summary.chars().count(), 1025);
    let outcome = run(json!({"many-outputs": 1000})).await;
    assert_eq!(outcome.outputs.len(), 32);
    failed(&run(json!({"long-path": 2000})).await, Cause::Misconfigured, "a path of 2000 bytes, of at most 1024");
    for act in [json!({"long-summary": 20 << 20}), json!({"long-path": 20 << 20}), json!({"log-one": 20 << 20})] {
        let outcome = Captured::default().during(run(act)).await;
        failed(&outcome, Cause::Crash, "stopped: ");
    }
    let log = Captured::default();
    log.during(run(json!({"log-one": 100_000}))).await;
    assert!(log.lines()[0].len() < 20_000, "{}", log.lines()[0].len());
    failed(&run(json!("huge-random")).await, Cause::Crash, "");
}

/// An attacker who can make alerts can make large ones.
#[tokio::test]
async fn an_alert_larger_than_the_guest_is_an_outcome() {
    let data = r#"{"meaning": "m", "type": "string", "data": "some words, of which there are many"},"#.repeat(200_000);
    let alert = format!(r#"{{"alert": {{"additional_data": [{}]}}}}"#, data.trim_end_matches(','));
    let job = Job { message: Arc::new(Message::from_json(alert.as_bytes()).unwrap()), ..job() };
    for act in ["json", "entries"] {
        let limits = Limits { memory: 8 << 20, ..limits() };
        let component = load_with(guests::hostile(), json!({"act": act}), limits).unwrap();
        failed(&component.run(&job).await, Cause::OutOfMemory, "wanted more than 8192 KiB");
    }
    assert_eq!(load(json!("json")).run(&job).await.state, State::Done);
}

#[tokio::test]
async fn handles_are_limited() {
    failed(&run(json!("leak-handles")).await, Cause::Crash, "stopped: ");
}

#[tokio::test]
async fn traps_and_panics_and_exits_are_told_apart() {
    failed(&run(json!("trap")).await, Cause::Crash, "trapped: wasm `unreachable` instruction executed");
    let outcome = run(json!({"panic": "the sky\u{1b} is falling"})).await;
    failed(&outcome, Cause::Crash, "trapped: ");
    assert!(outcome.stderr.contains(r"the sky\x1b is falling"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("panicked at src/lib.rs:"), "{}", outcome.stderr);
    assert!(outcome.trace.contains("hostile::__PreludeTriggerAction"), "no names in the trace: {}", outcome.trace);
    assert!(!outcome.trace.contains("prelude_trigger::"), "our own names in the trace: {}", outcome.trace);
    assert!(outcome.trace.starts_with("0: "), "{}", outcome.trace);
    failed(&run(json!({"exit": 3})).await, Cause::Crash, "it left through wasi:cli/exit with status 1");
    failed(&run(json!("exit-cleanly")).await, Cause::Crash, "it left through wasi:cli/exit with status 0");
}

#[tokio::test]
async fn a_component_has_nothing_around_it() {
    let outcome = run(json!("surroundings")).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    assert!(outcome.summary.starts_with("[] [] "), "{}", outcome.summary);
    assert!(outcome.summary.ends_with(" Ok(0)"), "{}", outcome.summary);
}

#[tokio::test]
async fn nothing_outlives_a_job() {
    let component = load(json!("count"));
    for _ in 0..3 {
        assert_eq!(component.run(&job()).await.summary, "0");
    }
}

// ---- Many jobs

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_jobs_at_once() {
    let component = Arc::new(load(json!({"sleep": 200})));
    let started = Instant::now();
    let jobs: Vec<_> = (0..200)
        .map(|_| {
            let component = Arc::clone(&component);
            tokio::spawn(async move { component.run(&job()).await })
        })
        .collect();
    for job in jobs {
        assert_eq!(job.await.unwrap().state, State::Done);
    }
    assert!(started.elapsed() < Duration::from_secs(10), "one after the other: {:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_that_compute_do_not_starve_others() {
    let limits = Limits { cpu: Duration::from_millis(400), ..limits() };
    let spin = Arc::new(load_with(guests::hostile(), json!({"act": "spin"}), limits).unwrap());
    let done = load(json!("done"));
    let spinning: Vec<_> = (0..4)
        .map(|_| {
            let spin = Arc::clone(&spin);
            tokio::spawn(async move { spin.run(&job()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    for _ in 0..5 {
        assert_eq!(
            tokio::spawn({
                let done = done.clone();
                async move { done.run(&job()).await }
            })
            .await
            .unwrap()
            .state,
            State::Done
        );
    }
    assert!(started.elapsed() < Duration::from_millis(1200), "starved for {:?}", started.elapsed());
    for job in spinning {
        failed(&job.await.unwrap(), Cause::Timeout, "CPU time");
    }
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}

#[tokio::test]
async fn ten_thousand_jobs_in_a_row_leave_nothing_behind() {
    let (good, bad) = (load(json!({"read": "alert.classification.text"})), load(json!("trap")));
    let round = async |jobs: usize| {
        for n in 0..jobs {
            let component = if n % 10 == 0 { &bad } else { &good };
            component.run(&job()).await;
        }
    };
    round(1000).await;
    let before = resident();
    round(10_000).await;
    let grown = resident().saturating_sub(before);
    // Other tests run in this process at the same time.
    assert!(grown < 64 << 20, "{} KiB more after 10,000 jobs", grown >> 10);
}

// ---- What is refused at load

fn refused(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, bytes).unwrap();
    load_with(file.path(), json!({}), limits()).expect_err("loaded").to_string()
}

fn refused_wat(text: &str) -> String {
    refused(&wat::parse_str(text).unwrap())
}

#[test]
fn what_is_not_a_component_is_called_by_its_name() {
    assert!(refused(b"").contains("not a component but an empty file"));
    assert!(refused(b"#!/bin/sh\nexit 0\n").contains("not a component but a script"));
    assert!(refused(b"(component)").contains("wasm-tools parse"));
    assert!(refused(b"hello, I am text").contains("not a component but text"));
    assert!(refused(&[0xff; 100]).contains("something that does not begin as WebAssembly does"));
    assert!(refused(b"\x7fELF\x02\x01\x01\0").contains("an ELF file"));
    assert!(refused(b"\0asm\x02\0\0\0").contains("unknown version"));
    let core = refused_wat("(module)");
    assert!(core.contains("core WebAssembly module, not a component") && core.contains("wasm32-wasip2"), "{core}");
    assert!(refused_wat("(component)").contains("is not an action: it exports nothing"));
    let error = load_with(Path::new("/nonexistent/a.wasm"), json!({}), limits()).unwrap_err().to_string();
    assert!(error.contains("cannot read this component: No such file"), "{error}");
    let error = load_with(Path::new("/"), json!({}), limits()).unwrap_err().to_string();
    assert!(error.contains("it is not a file"), "{error}");
    let error = load_with(Path::new("/dev/zero"), json!({}), limits()).unwrap_err().to_string();
    assert!(error.contains("it is not a file"), "{error}");
}

#[test]
fn a_component_that_is_too_large_is_not_read_to_its_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let error = load_with(file.path(), json!({}), limits()).unwrap_err().to_string();
    assert!(error.contains("more than 64 MiB"), "{error}");
}

#[test]
fn a_component_that_is_cut_short_or_damaged_is_refused() {
    let whole = std::fs::read(guests::notice()).unwrap();
    for cut in [9, 100, 1000, whole.len() / 2, whole.len() - 1] {
        let error = refused(&whole[..cut]);
        assert!(error.contains(&format!("cut short: it has {cut} bytes")), "{cut}: {error}");
    }
    assert!(refused(&whole[..6]).contains("cut short: it has 6 bytes"));
    let mut damaged = 0;
    for at in (8..whole.len().min(15_000)).step_by(997) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, &bytes).unwrap();
        // Some bytes are names, or code that is still valid; none may take us down.
        damaged += usize::from(load_with(file.path(), json!({"text": "x"}), limits()).is_err());
    }
    assert!(damaged > 5, "{damaged}");
}

#[test]
fn a_pinned_component_must_be_the_one() {
    let at = Location { file: Path::new("x").into(), line: 1, column: 1 };
    let component = config::Component {
        file: guests::notice().to_owned(),
        file_at: at.clone(),
        sha256: Some([0xab; 32]),
        config: json!({"text": "x"}),
        config_at: at.clone(),
        grant: config::Grant::default(),
    };
    let kind = config::ActionKind::Component(component.clone());
    let action = config::Action { limits: limits(), ..config::Action::new("n".into(), at, kind) };
    let LoadError::WrongSum { found, pinned } = Component::load(&ENGINE, &action, &component).unwrap_err() else {
        panic!("another error")
    };
    assert_eq!(pinned, "ab".repeat(32));
    let mut sum = [0; 32];
    for (byte, hex) in sum.iter_mut().zip(found.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    }
    Component::load(&ENGINE, &action, &config::Component { sha256: Some(sum), ..component }).expect("the right sum");
}

#[test]
fn what_is_not_granted_is_refused_by_name() {
    let error = load_with(&guests::hostile_with("sockets"), json!({"act": "sockets"}), limits()).unwrap_err();
    let LoadError::Imports(ImportError::NotGranted { imports }) = &error else { panic!("{error}") };
    assert!(imports.iter().any(|import| import == "wasi:sockets/tcp"), "{imports:?}");
    assert!(error.to_string().contains("wasi:sockets/tcp"), "{error}");
    assert!(error.to_string().contains("`grant: { tcp: ['host:port'] }` would grant it"), "{error}");

    let error = load_with(&guests::hostile_with("files"), json!({"act": "files"}), limits()).unwrap_err();
    let LoadError::Imports(ImportError::NotGranted { imports }) = &error else { panic!("{error}") };
    assert!(imports.iter().any(|import| import == "wasi:filesystem/types ([method]descriptor.open-at)"), "{imports:?}");
}

/// A component with these imports that exports an empty handler.
fn importing(imports: &str) -> String {
    refused_wat(&format!(
        r#"(component {imports} (instance $handler) (export "prelude:trigger/handler@0.1.0" (instance $handler)))"#
    ))
}

#[test]
fn every_import_that_is_not_granted_is_named() {
    let error = importing(
        r#"(import "wasi:http/outgoing-handler@0.2.6" (instance))
           (import "wasi:sockets/udp@0.2.0" (instance))
           (import "wasi:sockets/ip-name-lookup@0.2.0" (instance))
           (import "wasi:cli/stdin@0.2.6" (instance))
           (import "wasi:cli/stdout@0.3.0" (instance))
           (import "wasi:cli/stderr@0.2.0-rc-2023-11-10" (instance))
           (import "prelude:trigger/secrets@0.1.0" (instance))
           (import "launch-missiles" (func))"#,
    );
    for name in [
        "wasi:http/outgoing-handler",
        "wasi:sockets/udp",
        "wasi:sockets/ip-name-lookup",
        "wasi:cli/stdout@0.3.0",
        "wasi:cli/stderr@0.2.0-rc-2023-11-10",
        "prelude:trigger/secrets (`grant",
        "launch-missiles",
    ] {
        assert!(error.contains(name), "no {name} in {error}");
    }
    assert!(!error.contains("wasi:cli/stdin"), "{error}");
}

#[test]
fn every_interface_that_is_granted_is_linked() {
    let enumeration =
        r#"(type $l (enum "trace" "debug" "info" "warn" "error")) (export "level" (type $level (eq $l)))"#;
    // A function of a later patch release that has not changed is the same function.
    let mut imports = format!(
        r#"(import "prelude:trigger/log@0.1.7" (instance {enumeration} (export "enabled" (func (param "level" $level) (result bool)))))"#
    );
    for interface in [
        "io/error",
        "io/poll",
        "io/streams",
        "clocks/monotonic-clock",
        "clocks/wall-clock",
        "random/random",
        "random/insecure",
        "random/insecure-seed",
        "cli/environment",
        "cli/exit",
        "cli/stdin",
        "cli/stdout",
        "cli/stderr",
        "cli/terminal-input",
        "cli/terminal-output",
        "cli/terminal-stdin",
        "cli/terminal-stdout",
        "cli/terminal-stderr",
        "filesystem/preopens",
        "filesystem/types",
    ] {
        imports.push_str(&format!(r#" (import "wasi:{interface}@0.2.1" (instance))"#));
    }
    // All that is left to complain about is the empty handler.
    let error = importing(&imports);
    assert!(error.contains("does not fit this daemon"), "{error}");
    assert!(!error.contains("wasi:") && !error.contains("prelude:trigger/log"), "{error}");
}

#[test]
fn other_versions_of_our_own_interface_are_told() {
    for (version, wants) in [("0.3.0", "0.3.0"), ("1.0.0", "1.0.0"), ("0.1.0-draft", "0.1.0-draft")] {
        let error = refused_wat(&format!(
            r#"(component (instance $handler) (export "prelude:trigger/handler@{version}" (instance $handler)))"#
        ));
        assert!(error.contains(&format!("wants prelude:trigger {wants}, this daemon speaks 0.1")), "{error}");
    }
    let error = importing(r#"(import "prelude:trigger/idmef@0.2.0" (instance))"#);
    assert!(error.contains("wants prelude:trigger 0.2.0, this daemon speaks 0.1"), "{error}");
    let error =
        importing(r#"(import "prelude:trigger/log@0.1.7" (instance (export "enabled" (func (param "x" string)))))"#);
    assert!(error.contains("does not fit this daemon"), "{error}");
    let error = importing(r#"(import "prelude:trigger/log@0.1.7" (instance (export "shout" (func))))"#);
    assert!(error.contains("does not fit this daemon") && error.contains("shout"), "{error}");
}

#[test]
fn another_world_is_told() {
    let error = refused_wat(r#"(component (instance $run) (export "wasi:cli/run@0.2.6" (instance $run)))"#);
    assert!(error.contains("is not an action: it exports wasi:cli/run@0.2.6, and an action exports"), "{error}");
}

#[test]
fn a_configuration_is_checked_by_the_component() {
    let error = |config: Value| load_with(guests::hostile(), config, limits()).unwrap_err().to_string();
    let unknown = error(json!({"act": "done", "acct": 1}));
    assert!(unknown.contains("does not accept its configuration: /acct: unknown field `acct`, expected"), "{unknown}");
    let nested = error(json!({"act": {"sleep": "long"}}));
    assert!(nested.contains("/act/sleep: invalid type: string"), "{nested}");
    let missing = error(json!({}));
    assert!(missing.contains("configuration: missing field `act`"), "{missing}");
    let LoadError::Config(issues) =
        load_with(guests::hostile(), json!({"act": "done", "path": "alert.nope"}), limits()).unwrap_err()
    else {
        panic!("another error")
    };
    assert_eq!(issues[0].pointer, "/path");
}

#[test]
fn validate_is_limited_as_a_job_is() {
    let small = Limits {
        cpu: Duration::from_millis(200),
        timeout: Duration::from_secs(3),
        memory: 16 << 20,
        ..Limits::default()
    };
    for (act, expected) in [
        ("trap", "trapped: wasm `unreachable`"),
        ("panic", "no configuration is good enough for me"),
        ("spin", "used more than 200 ms of CPU time"),
        ("allocate", "wanted more than 16384 KiB of memory"),
        ("sleep", "took longer than 3 s"),
    ] {
        let error = load_with(guests::hostile(), json!({"act": "done", "validate": act}), small.clone()).unwrap_err();
        assert!(matches!(error, LoadError::Validate { .. }), "{act}: {error}");
        let error = error.to_string();
        assert!(error.contains("failed while it checked its configuration: "), "{error}");
        assert!(error.contains(expected), "{act}: {error}");
    }
}

#[tokio::test]
async fn components_can_be_loaded_from_within_a_runtime() {
    load(json!("done"));
}

// ---- Help

/// What was logged, line by line: level, target, message, fields.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Captures what is logged while a future runs on this thread.
    pub async fn during<T>(&self, future: impl Future<Output = T>) -> T {
        let writer = self.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(move || writer.clone()).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        future.await
    }

    /// All that was logged.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        let text = self.text();
        text.lines().filter(|line| line.contains(" action: ")).map(|line| line.trim_start().to_owned()).collect()
    }
}

impl std::io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
