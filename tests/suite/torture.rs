//! The daemon is killed, again and again, while alerts flow: nothing may be lost, nothing done twice that must not be, and
//! everything undone that is owed.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use prelude_trigger::journal::{Delivery, JobFilter, JobKind, JobRow, LeaseState, Reader, State, audit::Verdict};
use serde_json::json;

use crate::sandbox::{Sandbox, text};

/// How often it is killed; what CI runs.
const KILLS: u64 = 200;
/// How many alerts there are.
const ALERTS: u64 = 300;
/// How many users the alerts are about.
const USERS: u64 = 12;

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn alert(number: u64) -> String {
    json!({"alert": {
        "messageid": format!("t-{number}"),
        "analyzer": [{"analyzerid": "4711"}],
        "classification": {"text": "Login failed"},
        "target": [{"user": {"user_id": [{"name": format!("u{}", number % USERS)}]}}],
    }})
    .to_string()
        + "\n"
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let log = |name: &str| text(&sandbox.path(name)).to_owned();
    let keep = |script: &str, log: &str| sandbox.script(script, &format!("echo \"{script} $1\" >> {log}"));
    let again = keep("again", &log("again.log"));
    let once = keep("once", &log("once.log"));
    let lock = keep("lock", &log("lock.log"));
    let unlock = keep("unlock", &log("lock.log"));
    // Fails for now every other time.
    let tick = log("tick");
    let flaky = sandbox.script(
        "flaky",
        &format!("if mkdir {tick}-$1 2>/dev/null; then exit 75; fi; echo \"flaky $1\" >> {}", log("flaky.log")),
    );
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            r"
actions:
  again: {{ exec: [{}, alert.messageid], retry: {{ attempts: 50, first: 100ms }} }}
  once: {{ exec: [{}, alert.messageid], delivery: at-most-once }}
  flaky: {{ exec: [{}, alert.messageid], retry: {{ attempts: 50, first: 100ms, up_to: 200ms }} }}
  lock:
    exec: {{ command: [{}, '{{who}}'], undo: [{}, '{{who}}'] }}
    parameters: {{ who: user }}
    target: who
triggers:
  - name: all
    filters: [{{ path: alert.classification.text, regex: Login }}]
    actions:
      - again
      - once
      - flaky
      - lock: {{ who: 'alert.target(0).user.user_id(0).name' }}
        for: 1s
",
            text(&again),
            text(&once),
            text(&flaky),
            text(&lock),
            text(&unlock),
        ),
    );
    sandbox
}

fn start(sandbox: &Sandbox) -> Child {
    // Not `--input` in one word, which would begin with an empty journal.
    let log = fs::OpenOptions::new().create(true).append(true).open(sandbox.path("log")).unwrap();
    sandbox.command(&["run", "--input=-"]).stdin(Stdio::piped()).stderr(log).stdout(Stdio::null()).spawn().unwrap()
}

fn counted(file: &Path) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(file).unwrap_or_default().lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

fn jobs(sandbox: &Sandbox) -> Vec<JobRow> {
    let reader = Reader::open(&sandbox.path("state")).unwrap();
    reader.jobs(&JobFilter { limit: 100_000, ..JobFilter::default() }).unwrap()
}

#[test]
fn killed_two_hundred_times_it_loses_nothing_and_repeats_nothing_that_must_not_be() {
    let sandbox = sandbox();
    let kills = std::env::var("PRELUDE_TRIGGER_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..kills {
        let mut child = start(&sandbox);
        // From the first alert again: those that were decided are known.
        let so_far = (round + 1) * ALERTS / kills;
        let input: String = (0..so_far).map(alert).collect();
        let mut stdin = child.stdin.take().unwrap();
        let feeder = thread::spawn(move || {
            // The daemon may be gone.
            let _ = stdin.write_all(input.as_bytes());
            stdin
        });
        thread::sleep(Duration::from_millis(30 + random.below(250)));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(feeder.join());
    }
    // Once more in peace, until everything is undone.
    let mut child = start(&sandbox);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all((0..ALERTS).map(alert).collect::<String>().as_bytes()).unwrap();
    let begun = Instant::now();
    loop {
        thread::sleep(Duration::from_millis(200));
        let Ok(reader) = Reader::open(&sandbox.path("state")) else { continue };
        let all = jobs(&sandbox);
        let decided = all.iter().filter(|job| job.kind == JobKind::Do).count() as u64 == 4 * ALERTS;
        if decided && all.iter().all(|job| job.state.is_terminal()) && reader.leases(false, 1000).unwrap().is_empty() {
            break;
        }
        let log = || fs::read_to_string(sandbox.path("log")).unwrap();
        assert!(begun.elapsed() < Duration::from_mins(3), "jobs that never end:\n{}", log());
    }
    drop(stdin);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_mins(4) {
            child.kill().unwrap();
            panic!("it does not end: {}", fs::read_to_string(sandbox.path("log")).unwrap());
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success());

    let all = jobs(&sandbox);
    let made: Vec<_> = all.iter().filter(|job| job.kind == JobKind::Do).collect();
    let [again, once, flaky] = ["again", "once", "flaky"].map(|name| counted(&sandbox.path(&format!("{name}.log"))));
    let mut lost = 0;
    for number in 0..ALERTS {
        let effects = |counts: &BTreeMap<String, usize>, name: &str| {
            counts.get(&format!("{name} t-{number}")).copied().unwrap_or_default()
        };
        assert!(effects(&again, "again") >= 1, "t-{number} was lost");
        assert!(effects(&flaky, "flaky") >= 1, "t-{number} was lost");
        assert!(effects(&once, "once") <= 1, "t-{number} was done twice");
        lost += 1 - effects(&once, "once");
    }
    let failed = made.iter().filter(|job| job.action == "once" && job.state == State::Failed).count();
    assert!(lost <= failed, "{lost} were not done, and {failed} say so");
    assert!(made.iter().all(|job| match job.state {
        State::Done => true,
        State::Failed => job.delivery == Delivery::AtMostOnce,
        _ => false,
    }));
    // Done, then undone, and so on to the end. A kill may repeat a word, and never swap two.
    let words = fs::read_to_string(sandbox.path("lock.log")).unwrap();
    for user in 0..USERS {
        let of_user: Vec<_> = words.lines().filter(|line| line.ends_with(&format!(" u{user}"))).collect();
        assert!(of_user.first().is_some_and(|word| word.starts_with("lock")), "u{user}: {of_user:?}");
        assert!(of_user.last().is_some_and(|word| word.starts_with("unlock")), "u{user}: {of_user:?}");
    }
    let reader = Reader::open(&sandbox.path("state")).unwrap();
    let leases = reader.leases(true, 10_000).unwrap();
    assert!(leases.iter().all(|lease| lease.state == LeaseState::Ended), "{leases:?}");
    let undone = all.iter().filter(|job| job.kind == JobKind::Undo && job.state == State::Done).count();
    assert_eq!(undone, leases.len());
    assert!(matches!(reader.verify().unwrap(), Verdict::Sound { .. }));
    let repeated = |counts: &BTreeMap<String, usize>| counts.values().filter(|&&times| times > 1).count();
    eprintln!(
        "{kills} kills, {} jobs, {} leases: repeated of {ALERTS}: {} at least once, {} retried; at most once: {failed} not known to be done",
        all.len(),
        leases.len(),
        repeated(&again),
        repeated(&flaky),
    );
}

/// A small disk that is full, and then is not: nothing is lost, and nobody has to do anything.
#[test]
fn a_full_disk_stops_receiving_and_nothing_is_lost() {
    let sandbox = Sandbox::new();
    let log = sandbox.path("effects");
    let note = sandbox.script("note", &format!("echo \"$1\" >> {}", text(&log)));
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n  note: {{ exec: [{0}, alert.messageid] }}\n  other: {{ exec: [{0}, x] }}\ntriggers:\n  - name: all\n    \
             filters: [{{ path: alert.classification.text, regex: Login }}]\n    actions: [note]\n",
            text(&note)
        ),
    );
    let socket = sandbox.path("control.sock");
    sandbox.write("prelude-trigger.conf", &format!("[control]\nsocket = \"{}\"\n", text(&socket)));
    let state = sandbox.path("state");
    fs::create_dir_all(&state).unwrap();
    let daemon = sandbox.command(&["run", "--input=-"]);
    let errors = fs::File::create(sandbox.path("log")).unwrap();
    // A file system of its own, which only the daemon sees; most of it is taken.
    let mut child = std::process::Command::new("unshare")
        .args(["-m", "sh", "-c"])
        .arg(
            "mount -t tmpfs -o size=3m tmpfs \"$0\" || exit 77; head -c 2600000 /dev/zero > \"$0/ballast\"; exec \"$@\"",
        )
        .arg(&state)
        .arg(daemon.get_program())
        .args(daemon.get_args())
        .stdin(Stdio::piped())
        .stderr(errors)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        for number in 0..5000 {
            if stdin.write_all(alert(number).as_bytes()).is_err() {
                return;
            }
        }
    });
    let begun = Instant::now();
    let told = || fs::read_to_string(sandbox.path("log")).unwrap_or_default();
    while !told().contains("cannot write the journal") {
        if let Some(status) = child.try_wait().unwrap() {
            if status.code() == Some(77) || told().contains("Operation not permitted") {
                eprintln!("skipped: no file system can be mounted here");
                return;
            }
            panic!("it ended: {status}\n{}", told());
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "never full:\n{}", told());
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(500));
    let matched = told().matches("trigger matched").count();
    assert!(matched < 5000, "it goes on receiving what it cannot write");
    // Who asks is answered all the same, and soon.
    let asked = Instant::now();
    let status = sandbox.run(&["status"]).expect(0).stdout;
    assert!(status.contains("cannot be written") && status.contains("does not answer now"), "{status}");
    for verb in [&["resume", "note"][..], &["leases", "revoke", "1"], &["jobs", "retry", "1"], &["reload"]] {
        let refused = sandbox.run(verb).expect(1).stderr;
        assert!(refused.contains("nothing was done: the journal cannot be written"), "{verb:?}: {refused}");
    }
    let paused = sandbox.run(&["pause", "other", "--why", "a drill"]).expect(0);
    assert!(paused.stdout.contains("action other is paused"), "{}", paused.stdout);
    assert!(paused.stderr.contains("the pause holds, and is written down when that is mended"), "{}", paused.stderr);
    assert!(sandbox.run(&["status"]).stdout.contains("a drill"));
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    let ballast = format!("/proc/{}/root{}/ballast", child.id(), state.display());
    let full = fs::read_to_string(&log).unwrap_or_default().lines().count();
    // The operator makes room: the disk is made larger, as far as the daemon can tell.
    fs::remove_file(&ballast).unwrap();
    let resized = std::process::Command::new("nsenter")
        .args(["-t", &child.id().to_string(), "-m", "mount", "-o", "remount,size=200m"])
        .arg(&state)
        .status()
        .unwrap();
    assert!(resized.success());
    feeder.join().unwrap();
    assert!(child.wait().unwrap().success(), "{}", told());
    let effects = counted(&log);
    assert_eq!(effects.len(), 5000, "{full} when it was full:\n{}", told());
    assert!(effects.values().all(|&times| times == 1));
    assert!(told().contains("the journal can be written again"), "{}", told());
    assert!(told().contains("action other is paused: a drill"), "what was asked meanwhile was forgotten: {}", told());
}

/// What damping remembers outlives the daemon that remembered it, and a change of what stands beside it.
#[test]
fn what_is_held_back_stays_held_back_after_a_restart() {
    let sandbox = Sandbox::new();
    let log = sandbox.path("effects");
    let note = sandbox.script("note", &format!("echo \"$1\" >> {}", text(&log)));
    let configure = |filter: &str| {
        let configuration = format!(
            "actions:\n  note: {{ exec: [{}, alert.messageid] }}\ntriggers:\n  - name: once\n    \
             filters: [{{ path: alert.classification.text, regex: {filter} }}]\n    \
             once: {{ within: 1h, per: ['alert.target(0).user.user_id(0).name'] }}\n    actions: [note]\n  \
             - name: third\n    filters: [{{ path: alert.classification.text, regex: Login }}]\n    \
             threshold: {{ count: 3, within: 1h }}\n    actions: [note]\n",
            text(&note)
        );
        sandbox.write("prelude-trigger.yaml", &configuration);
    };
    let pass = |numbers: &[u64]| {
        let mut child = start(&sandbox);
        let input: String = numbers.iter().copied().map(alert).collect();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    };
    configure("Login");
    // Two of one user, and a third that is the first one again, which is not counted.
    pass(&[0, USERS, 0]);
    assert_eq!(counted(&log), BTreeMap::from([("t-0".to_owned(), 1)]));
    // The rule is edited and keeps its name: what it remembers counts.
    configure("failed");
    pass(&[2 * USERS]);
    let third = format!("t-{}", 2 * USERS);
    assert_eq!(counted(&log), BTreeMap::from([("t-0".to_owned(), 1), (third.clone(), 1)]));
    // Another user is another key, and the threshold has begun anew.
    pass(&[1]);
    assert_eq!(counted(&log), BTreeMap::from([("t-0".to_owned(), 1), ("t-1".to_owned(), 1), (third, 1)]));
}
