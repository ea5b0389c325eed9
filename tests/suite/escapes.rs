//! Guests that try to take more than they are given, with memory on demand and from a pool: each is stopped in time, each
//! outcome names the limit, and the answers are the same on both.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        Cause, Job, Outcome, State,
        component::{Component, Engine, LoadError, Options},
    },
    config::{self, Limits, Location},
    idmef::Message,
};
use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::{
    guests,
    sandbox::{Sandbox, text},
};

/// On demand, and pooled.
static ENGINES: LazyLock<[Engine; 2]> = LazyLock::new(|| {
    [false, true].map(|pooling| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("component-cache");
        let options = Options { cache: Some(cache), pooling, ..Options::default() };
        let engine = Engine::with(&options).or_else(|_| Engine::with(&Options { cache: None, ..options })).unwrap();
        assert_eq!(engine.is_pooling(), pooling, "no room for a pool");
        engine
    })
});

fn limits() -> Limits {
    Limits { timeout: Duration::from_secs(20), ..Limits::default() }
}

fn load(engine: &Engine, file: &Path, config: &Value, limits: Limits) -> Result<Component, LoadError> {
    let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
    let component = config::Component {
        file: file.to_owned(),
        file_at: at.clone(),
        sha256: None,
        config: config.clone(),
        config_at: at.clone(),
        grant: config::Grant::default(),
    };
    let kind = config::ActionKind::Component(component.clone());
    let action = config::Action { limits, ..config::Action::new("escapes".into(), at, kind) };
    Component::load(engine, &action, &component)
}

fn job(alert: &str) -> Job {
    Job {
        id: "job-1".into(),
        trigger: "t".into(),
        action: "escapes".into(),
        attempt: 1,
        attempts: 1,
        message: Arc::new(Message::from_json(alert.as_bytes()).unwrap()),
        captures: config::Captures::new(),
        parameters: Vec::new(),
        target: None,
    }
}

const ALERT: &str = r#"{"alert": {"messageid": "abc"}}"#;

/// Runs the hostile guest on both engines; the outcomes.
async fn run(act: Value, limits: Limits) -> [Outcome; 2] {
    let config = json!({ "act": act });
    let [demand, pooled] = &*ENGINES;
    let component = |engine| load(engine, guests::hostile(), &config, limits.clone()).unwrap();
    [component(demand).run(&job(ALERT)).await, component(pooled).run(&job(ALERT)).await]
}

/// A component made of a core module: what it has beside, and the bodies of `validate`, `run` and `cabi_realloc`.
struct Core<'t> {
    has: &'t str,
    validate: &'t str,
    run: &'t str,
    realloc: &'t str,
}

/// Does nothing and says it is done.
const IDLE: Core<'_> = Core {
    has: "",
    validate: "",
    run: "",
    realloc: "(global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (local.set $at (global.get $next))
        (global.set $next (i32.add (global.get $next) (local.get 3)))",
};

impl Core<'_> {
    fn component(&self) -> tempfile::NamedTempFile {
        let Self { has, validate, run, realloc } = self;
        let handler = "prelude:trigger/handler@0.1.1#";
        // The answers are zeros at 1024: an ok without anything in it.
        let text = format!(
            r#"(module
                (memory $own (export "memory") 1)
                (global $next (mut i32) (i32.const 4096))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
                    {realloc} (local.get $at))
                (func (export "{handler}validate") (param i32 i32) (result i32) {validate} (i32.const 1024))
                (func (export "{handler}run") (param i32) (result i32) {run} (i32.const 1024))
                {has})"#
        );
        let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut resolve = wit_parser::Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/wit")).unwrap();
        let world = resolve.select_world(&[package], Some("action")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        let component = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, component).unwrap();
        file
    }

    /// What becomes of it on both engines: of loading, or of a job.
    async fn fate(&self, limits: Limits) -> Result<Outcome, String> {
        let file = self.component();
        let mut fates = Vec::new();
        for engine in &*ENGINES {
            let begun = Instant::now();
            let loaded = load(engine, file.path(), &json!({}), limits.clone()).map_err(|error| error.to_string());
            fates.push(match loaded {
                Ok(component) => Ok(component.run(&job(ALERT)).await),
                Err(error) => Err(error),
            });
            let allowed = limits.timeout.min(limits.cpu * 4) + Duration::from_secs(8);
            assert!(begun.elapsed() < allowed, "{:?}: {fates:?}", begun.elapsed());
        }
        let told = |fate: &Result<Outcome, String>| match fate {
            Ok(outcome) => format!("{}: {}", outcome.state, outcome.summary),
            Err(error) => error.lines().next().unwrap_or_default().to_owned(),
        };
        assert_eq!(told(&fates[0]), told(&fates[1]), "not the same on demand and pooled");
        fates.swap_remove(1)
    }
}

#[track_caller]
fn stopped(outcomes: &[Outcome; 2], cause: Cause, summary: &str) {
    for outcome in outcomes {
        assert_eq!(outcome.state, State::Failed(cause), "{outcome:?}");
        assert!(outcome.summary.contains(summary), "{outcome:?}");
    }
}

#[track_caller]
fn refused(fate: &Result<Outcome, String>, why: &str) {
    match fate {
        Ok(outcome) => panic!("it was loaded, and ended as {outcome:?}"),
        Err(error) => assert!(error.contains(why), "{error}"),
    }
}

#[tokio::test]
async fn a_core_module_made_into_an_action_works() {
    let outcome = IDLE.fate(limits()).await.unwrap();
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Done, "done"));
}

// ---- Time

#[tokio::test]
async fn time_is_limited_wherever_it_is_spent() {
    let short = || Limits { cpu: Duration::from_millis(100), ..limits() };
    let spin = "(loop (br 0))";
    let in_cpu = "used more than 100 ms of CPU time";
    // While it is instantiated, before any of our functions is called.
    let start = Core { has: "(func $s (loop (br 0))) (start $s)", ..IDLE };
    refused(&start.fate(short()).await, in_cpu);
    refused(&Core { validate: spin, ..IDLE }.fate(short()).await, in_cpu);
    // While the host hands it its arguments.
    refused(&Core { realloc: spin, ..IDLE }.fate(short()).await, in_cpu);
    let outcome = Core { run: spin, ..IDLE }.fate(short()).await.unwrap();
    assert!(outcome.summary.contains(in_cpu), "{outcome:?}");
}

#[tokio::test]
async fn no_host_call_is_a_place_to_hide_from_the_clock() {
    let short = || Limits { cpu: Duration::from_millis(100), timeout: Duration::from_secs(3), ..limits() };
    for act in
        [json!("random-forever"), json!("fill-forever"), json!({"poll-many": 900}), json!("flood-stderr-forever")]
    {
        let outcomes = run(act.clone(), short()).await;
        stopped(&outcomes, Cause::Timeout, "used more than 100 ms of CPU time");
        for outcome in outcomes {
            assert!(outcome.took < Duration::from_secs(2), "{act}: {:?}", outcome.took);
        }
    }
    stopped(&run(json!("sleep-for-ever"), short()).await, Cause::Timeout, "took longer than 3 s");
    // What the host makes for the guest is on the guest's bill.
    let words = r#"{"meaning": "m", "type": "string", "data": "some words, of which there are many"},"#.repeat(20_000);
    let alert = format!(r#"{{"alert": {{"additional_data": [{}]}}}}"#, words.trim_end_matches(','));
    for engine in &*ENGINES {
        let component = load(engine, guests::hostile(), &json!({"act": "json-forever"}), short()).unwrap();
        let outcome = component.run(&job(&alert)).await;
        stopped(&[outcome.clone(), outcome.clone()], Cause::Timeout, "used more than 100 ms of CPU time");
        assert!(outcome.took < Duration::from_secs(2), "{:?}", outcome.took);
    }
}

// ---- Memory

#[tokio::test]
async fn memory_is_limited_however_it_is_asked_for() {
    let small = || Limits { memory: 16 << 20, ..limits() };
    let beyond = "wanted more than 16384 KiB of memory (limits: memory)";
    for outcome in run(json!("grow-slowly"), small()).await {
        // It went up to the limit and was told no, and then it gave up by itself.
        assert_eq!(outcome.state, State::Failed(Cause::Permanent), "{outcome:?}");
        assert_eq!(outcome.used.unwrap().memory, 16 << 20, "{outcome:?}");
    }
    refused(&Core { has: "(memory 257)", ..IDLE }.fate(small()).await, beyond);
    refused(&Core { has: "(memory 100) (memory 100) (memory 100)", ..IDLE }.fate(small()).await, beyond);
    let grow = "(if (i32.eq (memory.grow $own (i32.const 65535)) (i32.const -1)) (then unreachable))";
    let outcome = Core { run: grow, ..IDLE }.fate(small()).await.unwrap();
    assert!(outcome.summary.contains(beyond), "{outcome:?}");
    let grow = "(if (i64.eq (memory.grow $long (i64.const 0x7fffffffffff)) (i64.const -1)) (then unreachable))";
    let outcome = Core { has: "(memory $long i64 1)", run: grow, ..IDLE }.fate(small()).await.unwrap();
    assert_eq!(outcome.state, State::Failed(Cause::OutOfMemory), "{outcome:?}");
    let outcome = Core { has: "(memory $long i64 0x100)", ..IDLE }.fate(limits()).await.unwrap();
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
}

#[tokio::test]
async fn what_is_more_than_the_pool_is_made_for_runs_beside_it() {
    let memories = "(memory 1)".repeat(7);
    let outcome = Core { has: &memories, ..IDLE }.fate(limits()).await.unwrap();
    assert_eq!(outcome.state, State::Done, "eight memories: {outcome:?}");
    let tables = Limits { tables: 300_000, ..limits() };
    let outcome = Core { has: "(table 250000 funcref)", ..IDLE }.fate(tables).await.unwrap();
    assert_eq!(outcome.state, State::Done, "a large table: {outcome:?}");
    refused(
        &Core { has: &"(memory 1)".repeat(16), ..IDLE }.fate(limits()).await,
        "resource limit exceeded: memory count",
    );
    refused(
        &Core { has: &"(table 1 funcref)".repeat(65), ..IDLE }.fate(limits()).await,
        "resource limit exceeded: table count",
    );
}

#[tokio::test]
async fn tables_are_limited_however_they_are_asked_for() {
    let beyond = "wanted more than 100000 elements in tables (limits: tables)";
    refused(&Core { has: "(table 100001 funcref)", ..IDLE }.fate(limits()).await, beyond);
    let grow = "(loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 7)) (i32.const -1)))) unreachable";
    let outcome = Core { has: "(table $t 1 funcref)", run: grow, ..IDLE }.fate(limits()).await.unwrap();
    assert_eq!(outcome.state, State::Failed(Cause::OutOfMemory), "{outcome:?}");
    assert!(outcome.summary.contains(beyond), "{outcome:?}");
    let few = Limits { tables: 10, ..limits() };
    let outcome = Core { has: "(table $t 1 funcref)", run: grow, ..IDLE }.fate(few).await.unwrap();
    assert!(outcome.summary.contains("more than 10 elements"), "{outcome:?}");
}

#[tokio::test]
async fn nothing_of_a_job_is_left_in_memory_tables_or_globals() {
    // Each job leaves its mark everywhere, and traps where it finds one.
    let run = "(if (i32.load (i32.const 2048)) (then unreachable))
        (if (i32.load (i32.const 60000)) (then unreachable))
        (if (i32.eqz (ref.is_null (table.get $t (i32.const 5)))) (then unreachable))
        (if (global.get $g) (then unreachable))
        (if (i32.load $more (i32.const 1000000)) (then unreachable))
        (i32.store (i32.const 2048) (i32.const 7)) (i32.store (i32.const 60000) (i32.const 7))
        (table.set $t (i32.const 5) (ref.func $f)) (global.set $g (i32.const 7))
        (i32.store $more (i32.const 1000000) (i32.const 7))";
    let has =
        r"(table $t 10 funcref) (func $f) (elem declare func $f) (global $g (mut i32) (i32.const 0)) (memory $more 20)";
    let file = Core { has, run, ..IDLE }.component();
    for engine in &*ENGINES {
        let component = load(engine, file.path(), &json!({}), limits()).unwrap();
        for _ in 0..300 {
            let outcome = component.run(&job(ALERT)).await;
            assert_eq!(outcome.state, State::Done, "{outcome:?}");
        }
    }
}

// ---- What passes between guest and host

#[tokio::test]
async fn what_a_guest_hands_over_in_one_call_is_limited() {
    let roomy = || Limits { memory: 512 << 20, cpu: Duration::from_secs(10), ..limits() };
    let beyond = "handed over more than 8192 KiB in one call (limits: host_call)";
    for act in [
        json!({"long-summary": 100 << 20}),
        json!({"many-outputs": 1_000_000}),
        json!({"long-path": 9 << 20}),
        json!({"log-one": 9 << 20}),
        json!({"undo-token": 9 << 20}),
    ] {
        stopped(&run(act, roomy()).await, Cause::Crash, beyond);
    }
    let more = Limits { host_call: 64 << 20, ..roomy() };
    for outcome in run(json!({"long-summary": 20 << 20}), more).await {
        assert_eq!(outcome.state, State::Done);
        assert_eq!(outcome.summary.chars().count(), 1025);
    }
    let less = Limits { host_call: 64 << 10, ..limits() };
    stopped(&run(json!({"long-summary": 100_000}), less).await, Cause::Crash, "more than 64 KiB in one call");
}

#[tokio::test]
async fn lists_that_lie_about_their_length_are_errors() {
    // The result's outputs: so many at the end of memory; and a summary that is not UTF-8.
    for lie in [
        "(i32.store (i32.const 1048) (i32.const 65530)) (i32.store (i32.const 1052) (i32.const 1000))",
        "(i32.store (i32.const 1048) (i32.const 8)) (i32.store (i32.const 1052) (i32.const -1))",
        "(i32.store (i32.const 1048) (i32.const 3)) (i32.store (i32.const 1052) (i32.const 1))",
        "(i32.store (i32.const 1036) (i32.const 1)) (i32.store (i32.const 1040) (i32.const 65530)) (i32.store (i32.const 1044) (i32.const -1))",
        "(i32.store8 (i32.const 1024) (i32.const 7))",
    ] {
        let outcome = Core { run: lie, ..IDLE }.fate(limits()).await.unwrap();
        assert_eq!(outcome.state, State::Failed(Cause::Crash), "{lie}: {outcome:?}");
    }
    // Memory for its arguments that it does not have.
    let realloc = "(local.set $at (i32.const -16))";
    refused(&Core { realloc, ..IDLE }.fate(limits()).await, "failed while it checked its configuration");
    let realloc = "(local.set $at (i32.const 65535))";
    refused(&Core { realloc, validate: "", ..IDLE }.fate(limits()).await, "failed while it checked its configuration");
}

#[tokio::test]
async fn a_guest_cannot_make_the_host_make_much() {
    for act in [json!("huge-random"), json!("huge-insecure-random")] {
        stopped(&run(act, limits()).await, Cause::Crash, "exceeds limit 1048576");
    }
    stopped(&run(json!({"write-zeroes": 1_u64 << 40}), limits()).await, Cause::Crash, "cannot write more zeroes");
    stopped(&run(json!({"poll-many": 500_000}), limits()).await, Cause::Crash, "handle limit exceeded");
    for act in ["leak-handles", "leak-streams"] {
        stopped(&run(json!(act), limits()).await, Cause::Crash, "stopped: ");
    }
}

#[tokio::test]
async fn a_configuration_larger_than_the_guest_is_an_error() {
    let config = json!({ "act": "done", "padding": "x".repeat(12 << 20) });
    for engine in &*ENGINES {
        let small = Limits { memory: 8 << 20, ..limits() };
        let error = load(engine, guests::hostile(), &config, small).unwrap_err().to_string();
        assert!(error.contains("wanted more than 8192 KiB of memory"), "{}", &error[..error.len().min(1000)]);
    }
}

#[test]
fn memory_that_is_shared_between_threads_is_refused() {
    let file = Core { has: "(memory 1 10 shared)", ..IDLE }.component();
    for engine in &*ENGINES {
        load(engine, file.path(), &json!({}), limits()).unwrap_err();
    }
}

// ---- Many at once

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_jobs_than_there_are_places_wait_for_one() {
    for pooling in [false, true] {
        let engine = Engine::with(&Options { instances: 3, pooling, ..Options::default() }).unwrap();
        assert_eq!(engine.is_pooling(), pooling);
        let component = load(&engine, guests::hostile(), &json!({"act": {"sleep": 150}}), limits()).unwrap();
        let begun = Instant::now();
        let jobs: Vec<_> = (0..12)
            .map(|_| {
                let component = component.clone();
                tokio::spawn(async move { component.run(&job(ALERT)).await })
            })
            .collect();
        for job in jobs {
            let outcome = job.await.unwrap();
            assert_eq!(outcome.state, State::Done, "{outcome:?}");
            assert!(outcome.took < Duration::from_secs(5), "waiting for a place counts: {outcome:?}");
        }
        assert!(begun.elapsed() >= Duration::from_millis(4 * 150), "{:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_hostile_guests_do_not_keep_an_honest_one_waiting() {
    let engine = Engine::with(&Options { instances: 128, ..Options::default() }).unwrap();
    let short = Limits { timeout: Duration::from_secs(3), ..limits() };
    let load = |act: &Value| load(&engine, guests::hostile(), &json!({ "act": act }), short.clone()).unwrap();
    let honest = [json!("done"), json!({ "sleep": 25 })].map(|act| load(&act));
    let acts = ["spin", "spin-on-the-clock", "flood-stderr-forever", "random-forever"].map(|act| load(&json!(act)));
    let hostile: Vec<_> = (0..64)
        .map(|n| {
            let act = acts[n % acts.len()].clone();
            tokio::spawn(async move { act.run(&job(ALERT)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(600)).await;
    for honest in honest {
        let times = tokio::spawn(async move {
            let mut times = Vec::new();
            for _ in 0..20 {
                let begun = Instant::now();
                assert_eq!(honest.run(&job(ALERT)).await.state, State::Done);
                times.push(begun.elapsed());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            times.sort();
            times
        });
        let times = times.await.unwrap();
        // One after the other they would take 32 rounds of 10 ms for each turn of the honest one, and the one that sleeps is sure
        // to have slept through the end of an epoch.
        assert!(times[10] < Duration::from_millis(100), "median {:?} of {times:?}", times[10]);
    }
    for guest in hostile {
        let outcome = guest.await.unwrap();
        assert_eq!(outcome.state, State::Failed(Cause::Timeout), "{outcome:?}");
    }
}

/// Under `ulimit -v` there is no room for a pool, nor for 4 GiB of addresses for each memory: it is said, and all goes on.
#[test]
fn where_addresses_are_short_components_run_all_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n  a: {{ component: {}, config: {{ act: {{ touch: 9000000 }} }} }}\ntriggers:\n  - name: t\n    \
             filters: [{{ path: alert.messageid, regex: . }}]\n    actions: [a]\n",
            text(guests::hostile())
        ),
    );
    let alerts = sandbox.path("alerts");
    let twenty: String = (0..20).map(|number| format!("{}\n", ALERT.replace("abc", &number.to_string()))).collect();
    std::fs::write(&alerts, twenty).unwrap();
    let daemon = sandbox.command(&["run", "--input", text(&alerts)]);
    let ran = std::process::Command::new("/bin/sh")
        .args(["-c", r#"ulimit -v 3000000; exec "$@""#, "sh"])
        .arg(daemon.get_program())
        .args(daemon.get_args())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr.matches("no pool for 64 components at once").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("sparing addresses").count(), 1, "{stderr}");
    assert!(stderr.contains("20 done, 0 failed"), "{stderr}");
}

#[tokio::test]
async fn instructions_are_counted_where_that_is_asked_for() {
    let engine = Engine::metered(None).unwrap();
    let count = async |act: Value| {
        let component = load(&engine, guests::hostile(), &json!({ "act": act }), limits()).unwrap();
        component.run(&job(ALERT)).await.used.unwrap().instructions
    };
    let (few, again) = (count(json!("done")).await.unwrap(), count(json!("done")).await.unwrap());
    assert_eq!(few, again, "the same work, the same count");
    assert!(few > 100, "{few}");
    assert!(count(json!({"touch": 4 << 20})).await.unwrap() > few);
    assert!(count(json!("trap")).await.is_some());
    for outcome in run(json!("done"), limits()).await {
        assert_eq!(outcome.used.unwrap().instructions, None);
    }
}
