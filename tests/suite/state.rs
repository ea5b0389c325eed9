//! What components keep, and what they take back: `state` and `undo`, by guests that use them and by guests that abuse them.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        Cause, Job, Outcome, State,
        component::{Component, Engine, ImportError, LoadError},
    },
    config::{self, ActionKind, Files},
    journal::{Journal, Reader, store::Stores},
};
use serde_json::{Value, json};

use crate::{
    component::{ENGINE, job},
    guests,
    sandbox::{Sandbox, text},
};

/// The configuration of one action that every alert leads to.
fn configuration(component: &Path, grant: &str, config: &Value, limits: &str, used: &str) -> String {
    format!(
        "actions:\n  tested:\n    component: {}\n    config: {config}\n    grant: {grant}\n    limits: {limits}\n    \
         parameters: {{ address: ip }}\n    target: address\n\
         triggers:\n  - name: all\n    filters: [{{ path: alert.messageid, regex: . }}]\n    actions:\n      - tested: {{ address: 192.0.2.7 }}\n{used}",
        component.display()
    )
}

/// Loads the guest with these of its features, from a configuration as an operator writes it.
fn load_on(engine: &Engine, features: &str, grant: &str, config: Value, limits: &str) -> Result<Component, LoadError> {
    let directory = tempfile::tempdir().unwrap();
    let triggers = directory.path().join("prelude-trigger.yaml");
    let daemon = directory.path().join("prelude-trigger.conf");
    fs::write(&daemon, "").unwrap();
    let yaml = configuration(&guests::granted(features), grant, &config, limits, "");
    fs::write(&triggers, &yaml).unwrap();
    let loaded =
        config::load(&Files { triggers, daemon: Some(daemon) }).unwrap_or_else(|said| panic!("{said}\n{yaml}"));
    let action = loaded.config.actions.first().unwrap();
    let ActionKind::Component(component) = &action.kind else { panic!("a component") };
    Component::load(engine, action, component)
}

const FEATURES: &str = "secrets,state,undo";
const GRANT: &str = "{ state: { keys: 10, size: 64KiB } }";

/// Steps of the guest on a store that was used before.
fn load(engine: &Engine, steps: Value) -> Component {
    let config = json!({ "steps": steps });
    load_on(engine, "state", GRANT, config, "{ timeout: 20s }").unwrap_or_else(|error| panic!("{error}"))
}

fn lines(outcome: &Outcome) -> Vec<String> {
    outcome.stdout.lines().map(str::to_owned).collect()
}

async fn tried(engine: &Engine, steps: Value) -> Vec<String> {
    let outcome = load(engine, steps).run(&job()).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    lines(&outcome)
}

fn fresh() -> Engine {
    ENGINE.with_stores(Stores::default())
}

#[tokio::test]
async fn state_is_there_where_it_is_granted() {
    let error = load_on(&ENGINE, "state", "{}", json!({"steps": []}), "{}").unwrap_err();
    assert!(matches!(error, LoadError::Imports(ImportError::NotGranted { .. })), "{error}");
    assert!(error.to_string().contains("grant: { state: { keys: 1000, size: 1MiB } }"), "{error}");

    let engine = fresh();
    let steps = json!([
        {"state": {"get": "a"}}, {"state": {"set": ["a", "x"]}}, {"state": {"get": "a"}},
        {"state": {"increment": ["n", 5]}}, {"state": {"increment": ["n", -7]}}, {"state": {"increment": ["a", 1]}},
        {"state": {"update": ["u", 3]}}, {"state": {"keys": ""}}, {"state": {"delete": "n"}}, {"state": {"delete": "n"}},
    ]);
    let said = tried(&engine, steps).await;
    let not = "error state `a`: what is there is not a number from -2^63 to 2^63-1 in decimal";
    assert_eq!(
        said,
        ["ok none", "ok set", r#"ok "x""#, "ok 5", "ok -2", not, "ok 3", "ok a n u", "ok true", "ok false"]
    );
    // The next job finds it; another engine, whose stores are others, does not.
    let again = json!([{"state": {"get": "a"}}, {"state": {"increment": ["u", 1]}}]);
    assert_eq!(tried(&engine, again.clone()).await, [r#"ok "x""#, "ok 4"]);
    assert_eq!(tried(&fresh(), again).await, ["ok none", "ok 1"]);
}

#[tokio::test]
async fn keys_and_values_that_do_not_fit_are_refused() {
    let engine = fresh();
    let steps = json!([
        {"state": {"size": [0, 1]}}, {"state": {"size": [256, 1]}}, {"state": {"size": [257, 1]}},
        {"state": {"size": [1, (64 << 10) - 300]}}, {"state": {"size": [2, 64 << 10]}}, {"state": {"size": [3, (64 << 10) + 1]}},
        {"state": {"keys": "x".repeat(257)}},
    ]);
    let said = tried(&engine, steps).await;
    for (line, expected) in said.iter().zip([
        "the key is empty",
        "ok true",
        "the key has 257 bytes, of at most 256",
        "ok true",
        "there would be more than 65536 bytes of keys and values",
        "the value has 65537 bytes, of at most 65536",
        "has 257 bytes, of at most 256",
    ]) {
        assert!(line.contains(expected), "{line}: {expected}");
    }
    // What is handed over counts against the limit of a call before anybody looks at it.
    let config = json!({"steps": [{"state": {"size": [1, 9 << 20]}}]});
    let outcome = load_on(&engine, "state", GRANT, config, "{ timeout: 20s }").unwrap().run(&job()).await;
    assert_eq!(outcome.state, State::Failed(Cause::Crash), "{outcome:?}");
    assert!(outcome.summary.contains("limits: host_call"), "{outcome:?}");
}

#[tokio::test]
async fn what_expires_is_forgotten() {
    let steps = json!([
        {"state": {"set-for": ["short", "x", 300]}}, {"state": {"set-for": ["long", "x", 60_000]}},
        {"state": {"increment-for": ["n", 1, 300]}}, {"state": {"increment-for": ["n", 1, 60_000]}},
        {"state": {"keys": ""}}, {"state": {"sleep": 400}},
        {"state": {"keys": ""}}, {"state": {"get": "short"}}, {"state": {"increment": ["n", 1]}},
    ]);
    let said = tried(&fresh(), steps).await;
    assert_eq!(said[2..], ["ok 1", "ok 2", "ok long n short", "ok slept", "ok long", "ok none", "ok 1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_jobs_at_once_lose_no_count() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, closing) = Journal::open(directory.path()).unwrap();
    let stores = Stores::default();
    assert!(stores.keep_in(&journal));
    let engine = ENGINE.with_stores(stores);
    let steps = json!([{"state": {"increment": ["n", 3]}}, {"state": {"update": ["u", 1]}}, {"state": {"increment": ["n", -2]}}]);
    let component = load(&engine, steps);
    let jobs: Vec<_> = (0..64)
        .map(|_| {
            let component = component.clone();
            tokio::spawn(async move { component.run(&job()).await })
        })
        .collect();
    for job in jobs {
        let outcome = job.await.unwrap();
        assert!(outcome.state == State::Done && !outcome.stdout.contains("error"), "{outcome:?}");
    }
    let reads = json!([{"state": {"get": "n"}}, {"state": {"get": "u"}}]);
    assert_eq!(tried(&engine, reads.clone()).await, ["ok 64", "ok 64"]);
    // It is in the journal: the next daemon finds it. No component keeps a journal from being closed.
    drop(journal);
    closing.join();
    let closed = tried(&engine, reads.clone()).await;
    assert!(closed.iter().all(|line| line.contains("the journal is closed")), "{closed:?}");
    let (journal, _closing) = Journal::open(directory.path()).unwrap();
    let stores = Stores::default();
    assert!(stores.keep_in(&journal));
    assert_eq!(tried(&ENGINE.with_stores(stores), reads).await, ["ok 64", "ok 64"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_ends_at_the_quota_and_drowns_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = Journal::open(directory.path()).unwrap();
    let stores = Stores::default();
    assert!(stores.keep_in(&journal));
    let engine = ENGINE.with_stores(stores);
    // Keys run out, then bytes.
    let flood = |size: usize| load(&engine, json!([{"state": {"flood": size}}]));
    let outcome = flood(1).run(&job()).await;
    assert!(outcome.stdout.starts_with("ok 10 state `flood 10`: the state of this action is full"), "{outcome:?}");
    assert!(outcome.denied[0].contains("(state: { keys: … } would allow more)"), "{outcome:?}");
    let more = json!({"steps": [{"state": {"flood": 10_000}}]});
    let more = |name: &str| {
        let grant = format!("{{ state: {{ keys: {name}, size: 64KiB }} }}");
        load_on(&engine, "state", &grant, more.clone(), "{ timeout: 20s, concurrency: 64 }").unwrap()
    };
    let outcome = more("2000").run(&job()).await;
    assert!(outcome.stdout.contains("more than 65536 bytes"), "{outcome:?}");
    assert!(outcome.denied[0].contains("(state: { size: … } would allow more)"), "{outcome:?}");
    // One job may call so often, and write so often, whatever it is for.
    let rewrite = json!({"steps": [{"state": {"update": ["n", 2000]}}, {"state": "read"}]});
    let outcome = load_on(&fresh(), "state", GRANT, rewrite, "{ timeout: 60s, cpu: 20s }").unwrap().run(&job()).await;
    let said = lines(&outcome);
    let often = "one job may use its state 10000 times, 1000 of them to write, and has";
    assert!(said[0].starts_with("error") && said[0].contains(often), "{said:?}");
    assert!(said[1].contains(often), "{said:?}");
    assert_eq!(outcome.denied.len(), 1, "{outcome:?}");

    // While many write as fast as they can, an honest action's write waits its turn and no longer.
    let hostile = load_on(
        &engine,
        "state",
        "{ state: { keys: 100000, size: 64MiB } }",
        json!({"steps": [{"state": {"flood": 60_000}}]}),
        "{ timeout: 20s, cpu: 10s }",
    )
    .unwrap();
    let floods: Vec<_> = (0..32)
        .map(|_| {
            let hostile = hostile.clone();
            tokio::spawn(async move { hostile.run(&job()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let honest = load(&engine, json!([{"state": {"increment": ["n", 1]}}]));
    let begun = Instant::now();
    let outcome = honest.run(&job()).await;
    let took = begun.elapsed();
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    eprintln!("an honest write beside 32 floods: {took:?}");
    for flood in floods {
        flood.await.unwrap();
    }
    // All that was let in: 64 MiB of that action, and the honest one's.
    let size: u64 = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 200 << 20, "{size} bytes");
    assert!(Reader::open(directory.path()).is_ok());
}

#[tokio::test]
async fn there_is_no_state_while_a_configuration_is_checked() {
    let config = json!({"steps": [], "validate": "n"});
    let error = load_on(&fresh(), "state", GRANT, config, "{}").unwrap_err().to_string();
    assert_eq!(error.matches("there is no state while a configuration is checked").count(), 2, "{error}");
}

// ---- Undo

/// A component whose jobs hand out this token.
fn reversible(engine: &Engine, token: Option<Value>, limits: &str) -> Component {
    let mut config = json!({"steps": [{"state": {"set": ["done", "yes"]}}]});
    if let Some(token) = token {
        config["token"] = token;
    }
    load_on(engine, FEATURES, "{ state: {}, secrets: { told: { environment: PATH } } }", config, limits)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a job and undoes it.
async fn undone(token: Value, limits: &str) -> Outcome {
    let component = reversible(&fresh(), Some(token), limits);
    let done = component.run(&job()).await;
    let token = done.undo_token.expect("a token");
    component.undo(&Job { attempt: 2, ..job() }, Some(&token)).await
}

#[tokio::test]
async fn what_was_done_is_undone_with_its_token() {
    let outcome =
        undone(json!({"end": "fine", "steps": [{"state": {"get": "done"}}, {"text": "alert.messageid"}]}), "{}").await;
    assert_eq!((outcome.state, &*outcome.summary), (State::Done, "undone: fine, attempt 2 of job-1"), "{outcome:?}");
    assert_eq!(lines(&outcome), [r#"ok "yes""#, "error there is no alert"]);
    assert_eq!(undone(json!({"end": "skip"}), "{}").await.summary, "nothing to do: nothing is left");
    let outcome = undone(json!({"end": "token"}), "{}").await;
    assert_eq!((outcome.state, outcome.undo_token), (State::Done, None), "what was undone is not undone again");
    // A job that left nothing, or came to no end, is undone all the same.
    let component = reversible(&fresh(), None, "{}");
    assert!(component.can_undo());
    assert_eq!(component.undo(&job(), None).await.summary, "nothing to do: there is no token");
}

#[tokio::test]
async fn undoing_has_the_limits_and_the_grants_of_running() {
    let limits = "{ timeout: 1s, cpu: 200ms, memory: 32MiB }";
    for (end, cause, says) in [
        ("trap", Cause::Crash, "trapped"),
        ("hang", Cause::Timeout, "limits: cpu"),
        ("sleep", Cause::Timeout, "limits: timeout"),
        ("fill", Cause::OutOfMemory, "limits: memory"),
        ("exit", Cause::Crash, "status 1"),
        ("transient", Cause::Transient, "not now"),
    ] {
        let outcome = undone(json!({"end": end}), limits).await;
        assert_eq!(outcome.state, State::Failed(cause), "{end}: {outcome:?}");
        assert!(outcome.summary.contains(says) && outcome.took < Duration::from_secs(3), "{end}: {outcome:?}");
    }
    let outcome = undone(json!({"end": "transient", "steps": [{"secret": {"length": "other"}}]}), limits).await;
    assert_eq!(outcome.state, State::Failed(Cause::Denied), "{outcome:?}");
    assert!(outcome.stdout.contains("there is no secret other"), "{outcome:?}");
    let outcome = undone(json!({"end": "fine", "steps": [{"secret": {"tell": "told"}}]}), limits).await;
    assert!(outcome.stdout.contains("printed <[secret told]>"), "{outcome:?}");
    // A token of somebody else's.
    let component = reversible(&fresh(), None, "{}");
    let outcome = component.undo(&job(), Some(b"\xff{")).await;
    assert_eq!(
        (outcome.state, outcome.code.as_deref()),
        (State::Failed(Cause::Permanent), Some("token")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_cannot_undo_says_so_and_keeps_no_token() {
    let component = load(&fresh(), json!([]));
    assert!(!component.can_undo());
    let outcome = component.undo(&job(), Some(b"{}")).await;
    assert_eq!(outcome.state, State::Failed(Cause::Misconfigured));
    assert!(outcome.summary.contains("it does not export prelude:trigger/undo"), "{outcome:?}");
    // A token that is too long to be kept is told of, and is none.
    let component = reversible(&fresh(), Some(json!("x".repeat(70_000))), "{}");
    let outcome = component.run(&job()).await;
    assert_eq!(outcome.undo_token, None);
    let says = "(cannot be undone: its undo token has 70002 bytes, of at most 65536)";
    assert!(outcome.summary.ends_with(says), "{outcome:?}");
}

#[test]
fn an_effect_for_a_time_wants_a_component_that_can_undo() {
    let sandbox = Sandbox::new();
    let write = |features: &str, used: &str| {
        let component = guests::granted(features);
        let yaml = configuration(&component, "{ state: {} }", &json!({"steps": []}), "{}", used);
        sandbox.write("prelude-trigger.yaml", &yaml)
    };
    write("state", "        for: 4h\n");
    let said = sandbox.run(&["check"]).expect(1).stderr;
    assert!(said.contains("this component cannot undo it: it does not export prelude:trigger/undo"), "{said}");
    assert!(said.contains("prelude-trigger.yaml:14:9"), "the place where it is wanted:\n{said}");
    write("state", "");
    let said = sandbox.run(&["check", "--verbose"]).expect(0).stdout;
    assert!(said.contains("tested: cannot undo what it does;") && said.contains("state: granted"), "{said}");
    write("state,undo", "        for: 4h\n");
    let said = sandbox.run(&["check", "--verbose"]).expect(0).stdout;
    assert!(said.contains("tested: can undo what it does;"), "{said}");
    let told: Value = serde_json::from_str(&sandbox.run(&["check", "--format", "json"]).expect(0).stdout).unwrap();
    assert_eq!(told["components"]["tested"]["can-undo"], true, "{told}");
    let component = guests::granted("state,undo");
    let shown = sandbox.run(&["action", "inspect", text(&component), "--action", "tested"]).expect(0).stdout;
    assert!(shown.contains("can undo     yes") && shown.contains("state: granted  prelude:trigger/state"), "{shown}");
}

// ---- In the daemon

/// The daemon with standard input for alerts, which stays open.
struct Daemon {
    child: Child,
    stdin: ChildStdin,
    log: std::path::PathBuf,
}

impl Daemon {
    fn start(sandbox: &Sandbox, log: &str) -> Self {
        let log = sandbox.path(log);
        // The same binary and files as the sandbox's, and the journal of the one before.
        let mut child = Command::new(env!("CARGO_BIN_EXE_prelude-trigger"))
            .arg("--config")
            .arg(sandbox.path("prelude-trigger.yaml"))
            .arg("--daemon-config")
            .arg(sandbox.path("prelude-trigger.conf"))
            .arg("--state-dir")
            .arg(sandbox.path("state"))
            .args(["run", "--input", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        Self { child, stdin, log }
    }

    fn alert(&mut self, number: usize) {
        writeln!(self.stdin, r#"{{"alert": {{"messageid": "m-{number}"}}}}"#).unwrap();
        self.stdin.flush().unwrap();
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    #[track_caller]
    fn says(&self, what: &str) {
        let begun = Instant::now();
        while !self.log().contains(what) {
            assert!(begun.elapsed() < Duration::from_secs(30), "no {what:?} in:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The numbers after `ok ` in a log, in order.
fn counted(log: &str) -> Vec<u64> {
    let number = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    log.split("ok ").skip(1).filter_map(number).collect()
}

#[test]
fn state_outlives_a_daemon_that_is_killed() {
    let sandbox = Sandbox::new();
    let config = json!({"steps": [{"state": {"increment": ["n", 1]}}]});
    let limits = "{ timeout: 20s, concurrency: 1 }";
    let yaml = configuration(&guests::granted("state,undo"), "{ state: {} }", &config, limits, "");
    sandbox.write("prelude-trigger.yaml", &yaml);
    let mut all: Vec<u64> = Vec::new();
    for run in 0..8 {
        let mut daemon = Daemon::start(&sandbox, "log");
        for number in 0..20 {
            daemon.alert(run * 20 + number);
        }
        let begun = Instant::now();
        while counted(&daemon.log()).len() < 3 + run {
            assert!(begun.elapsed() < Duration::from_secs(30), "{}", daemon.log());
            std::thread::sleep(Duration::from_millis(1));
        }
        let log = daemon.log.clone();
        // SIGKILL, in the middle of the next job.
        drop(daemon);
        all.extend(counted(&fs::read_to_string(log).unwrap()));
    }
    // What a job was told it had written was never lost: no number comes twice, and none goes back.
    assert!(all.len() >= 40 && all.is_sorted_by(|one, next| one < next), "{all:?}");
    // What was written and not told any more is at most the one job that each kill interrupted.
    assert!(all.last().unwrap() - (all.len() as u64) <= 8, "{all:?}");
}

#[test]
fn what_a_killed_daemon_did_is_undone_by_the_next() {
    let sandbox = Sandbox::new();
    let config = json!({
        "steps": [{"state": {"increment": ["n", 41]}}],
        "token": {"end": "fine", "steps": [{"state": {"get": "n"}}]},
    });
    let yaml = configuration(&guests::granted("state,undo"), "{ state: {} }", &config, "{}", "        for: 2s\n");
    sandbox.write("prelude-trigger.yaml", &yaml);
    let mut daemon = Daemon::start(&sandbox, "log");
    daemon.alert(1);
    daemon.says("done: tried");
    // The outcome, with its token, is on the disk soon after it is told.
    std::thread::sleep(Duration::from_millis(300));
    assert!(!daemon.log().contains("undone"), "{}", daemon.log());
    drop(daemon);
    let daemon = Daemon::start(&sandbox, "log");
    daemon.says("undone: fine, attempt 1");
    assert_eq!(counted(&daemon.log()), [41], "{}", daemon.log());
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(daemon.log().matches("ok 41").count(), 1, "once:\n{}", daemon.log());
}

// ---- By hand, on tapes, in cases

const ALERT: &str = "{\"alert\": {\"messageid\": \"m-1\"}}\n";

#[test]
fn state_and_undo_are_tried_by_hand_and_recorded() {
    let sandbox = Sandbox::new();
    let component = guests::granted("state,undo");
    let alert = sandbox.write("alert.json", ALERT);
    let grants = sandbox.write("grants.yaml", "state: { keys: 5, size: 1KiB }\n");
    let tape = sandbox.path("state.tape");
    let config = json!({
        "steps": [{"state": {"increment-for": ["n", 2, 1000]}}, {"state": {"get": "n"}}, {"state": {"keys": ""}}, {"state": {"set": ["bad", "x"]}}],
        "token": {"end": "fine", "steps": [{"state": {"get": "n"}}]},
    })
    .to_string();
    let by_hand = ["action", "run", text(&component), "--grants", text(&grants), "--config-json", &config];
    let ran =
        sandbox.run(&[&by_hand[..], &["--alert", text(&alert), "--record", text(&tape)]].concat()).expect(0).stdout;
    for expected in [
        "state: add 2 to n for 1000 ms",
        "state: get n",
        "state: keys that begin with ''",
        "state: set bad to '\"x\"'",
        r#"can be undone with: {"end":"fine","steps""#,
    ] {
        assert!(ran.contains(expected), "no {expected} in {ran}");
    }
    let replayed = ["action", "run", text(&component), "--replay", text(&tape)];
    sandbox.run(&replayed).expect(0);
    // Another answer on the tape, and the job notices; another question, and the tape does.
    let written = fs::read_to_string(&tape).unwrap();
    sandbox.write("other.tape", &written.replacen("\"text\": \"2\"", "\"text\": \"7\"", 1));
    let other = sandbox.path("other.tape");
    let said = sandbox.run(&["action", "run", text(&component), "--replay", text(&other)]).expect(0).stdout;
    assert!(said.contains("ok 7"), "{said}");
    sandbox.write("other.tape", &written.replacen("\"by\": 2", "\"by\": 3", 1));
    let said = sandbox.run(&["action", "run", text(&component), "--replay", text(&other)]).expect(1).stdout;
    assert!(said.contains("differs from the tape") && said.contains("state: add 3"), "{said}");

    let token = json!({"end": "fine", "steps": [{"state": {"get": "n"}}]}).to_string();
    let undone = sandbox.run(&[&by_hand[..], &["--undo", &token, "--record", text(&tape)]].concat()).expect(0).stdout;
    assert!(undone.contains("undone: fine, attempt 1 of by-hand") && undone.contains("ok none"), "{undone}");
    let again = sandbox.run(&replayed).expect(0).stdout;
    assert!(again.contains("undone: fine"), "{again}");
}

#[test]
fn cases_begin_with_a_state_and_end_with_one() {
    let sandbox = Sandbox::new();
    let component = guests::granted("state,undo");
    let case = |name: &str, text: &str| sandbox.write(name, text);
    let good = case(
        "good.yaml",
        r#"
alert: { alert: { messageid: m-1 } }
config: { steps: [ { state: { increment: [n, 1] } }, { state: { delete: gone } }, { state: { set: [t, x] } } ], token: { end: fine } }
given: { state: { n: 41, gone: 'no JSON', list: [1, { a: b }] } }
expect: { state: done, token: { end: fine }, stdout: "ok 42\nok true\nok set\n", kept: { n: 42, gone: , t: '"x"', list: [1, { a: b }] } }
"#,
    );
    let undo = case(
        "undo.yaml",
        r#"
undo: { end: skip, steps: [ { state: { get: n } } ] }
config: { steps: [] }
given: { state: { n: 41 } }
expect: { state: done, status: skipped, token: , stdout: "ok 41\n", kept: { n: { regex: '^4' } } }
"#,
    );
    let observed = case(
        "observed.yaml",
        r"
alert: { alert: { messageid: m-1 } }
job: { mode: observe }
config: { steps: [ { state: { get: n } }, { state: { increment: [n, 1] } }, { state: { set: [m, x] } }, { state: { delete: n } } ] }
given: { state: { n: 41 } }
expect: { state: done, stdout: { regex: '^ok 41\n(error state `.`: mode observe: nothing is written\n){3}$' }, kept: { n: 41, m: } }
",
    );
    let files = [text(&good), text(&undo), text(&observed)];
    let ran = sandbox.run(&[&["action", "test", "--component", text(&component)], &files[..]].concat()).expect(0);
    assert!(ran.stdout.contains("3 passed"), "{}", ran.stdout);
    let wrong = fs::read_to_string(&good)
        .unwrap()
        .replace("n: 42", "n: 43")
        .replace("token: { end: fine }, stdout", "token: x, stdout");
    let wrong = case("wrong.yaml", &wrong);
    let ran = sandbox.run(&["action", "test", "--component", text(&component), text(&wrong)]).expect(1).stdout;
    assert!(ran.contains("state n: expected 43, got 42") && ran.contains("undo token: expected x, got"), "{ran}");
    let wrong = case("wrong.yaml", "alert: { alert: {} }\nundo: x\nexpect: { state: done }\n");
    let ran = sandbox.run(&["action", "test", "--component", text(&component), text(&wrong)]).expect(1).stdout;
    assert!(ran.contains("gets no alert, only this token"), "{ran}");
    // An action without a store is not given one by a case that does not say so.
    let wrong = case("wrong.yaml", "alert: { alert: {} }\nconfig: { steps: [] }\nexpect: { state: done }\n");
    let ran = sandbox.run(&["action", "test", "--component", text(&component), text(&wrong)]).expect(1).stdout;
    assert!(ran.contains("prelude:trigger/state"), "{ran}");
}
