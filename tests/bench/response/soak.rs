//! Very many jobs in a row through the whole daemon: what of them stays in memory, and what on the disk.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{contestant::NAME, daemon::Daemon, process::Process, stack::alert};

/// Starts of the daemon in which the journal is to stay within its bounds, and the share of the jobs for all of them.
const STARTS: usize = 10;
const SHARE: usize = 5;
const BOUND: &str = "32MiB";

/// How often the daemon is asked how far it is.
const LOOK: Duration = Duration::from_millis(500);

/// Alerts of which nothing differs but the number in their messageid.
struct Alerts {
    wire: Vec<u8>,
    digits: std::ops::Range<usize>,
    next: usize,
}

pub fn run(jobs: usize, directory: &Path) {
    let (what, action) = action();
    println!("{jobs} jobs in a row ({what}), and everything is kept: after each tenth");
    let mut alerts = Alerts::new();
    let daemon = daemon(directory, "kept", "1000GiB", &action);
    let mut running = Running::start(&daemon);
    let begun = Instant::now();
    let mut before = begun;
    let mut input = running.input();
    std::thread::scope(|scope| {
        let alerts = &mut alerts;
        let input = &mut input;
        scope.spawn(move || alerts.write(jobs, input));
        for tenth in 1..=10 {
            let due = jobs * tenth / 10;
            let done = running.wait_for(due as u64);
            println!(
                "  {done:>9} jobs, {:6.0}/s, {}",
                (jobs / 10) as f64 / before.elapsed().as_secs_f64(),
                running.figures()
            );
            before = Instant::now();
        }
    });
    println!("  {:.0}/s in all", jobs as f64 / begun.elapsed().as_secs_f64());
    running.end(input);

    let each = jobs / SHARE / STARTS;
    println!("{} jobs in {STARTS} starts, and at most {BOUND} are kept: at the end of each", each * STARTS);
    let daemon = self::daemon(directory, "bounded", BOUND, &action);
    for start in 1..=STARTS {
        let mut running = Running::start(&daemon);
        let mut input = running.input();
        alerts.write(each, &mut input);
        running.wait_for(each as u64);
        println!("  {:>9} jobs, {}", each * start, running.figures());
        running.end(input);
    }
}

/// A component that reads one value where components can be built, or else the smallest program there is; at once as many as share
/// a sync well.
fn action() -> (&'static str, String) {
    match guest() {
        Some(guest) => {
            let act = "config: { act: { read: alert.classification.text } }";
            let action = format!("component: {}\n    {act}\n    limits: {{ concurrency: 64 }}", guest.display());
            ("a component that reads a value", action)
        }
        None => ("exec of /bin/true", "exec: [/bin/true]\n    limits: { concurrency: 64 }".to_owned()),
    }
}

fn guest() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked", "--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/hostile"))
        .stderr(Stdio::null())
        .status();
    let file = target.join("wasm32-wasip2/release/hostile.wasm");
    built.is_ok_and(|status| status.success()).then(|| file.canonicalize().expect("what was built"))
}

fn daemon(directory: &Path, name: &str, keep: &str, action: &str) -> Daemon {
    let settings = format!("[logging]\nlevel = \"warn\"\n[state]\nkeep-size = \"{keep}\"\n");
    let triggers = format!(
        "actions:\n  act:\n    {action}\ntriggers:\n  - name: login\n    \
         filters: [{{ path: alert.classification.text, regex: '^{NAME}$' }}]\n    actions: [act]\n"
    );
    Daemon::new(directory.join(name), directory.join(format!("{name}-state")), &settings, &triggers)
}

impl Alerts {
    fn new() -> Self {
        const LONG: usize = 1_000_000_000;
        let (wire, name) = (alert(LONG, NAME), format!("test-{LONG}"));
        let at = wire.windows(name.len()).position(|window| window == name.as_bytes()).expect("the messageid");
        Self { wire, digits: at + "test-".len()..at + name.len(), next: LONG }
    }

    fn write(&mut self, count: usize, to: &mut ChildStdin) {
        for _ in 0..count {
            self.next += 1;
            self.wire[self.digits.clone()].copy_from_slice(self.next.to_string().as_bytes());
            to.write_all(&self.wire).expect("the daemon reads");
        }
        to.flush().expect("the daemon reads");
    }
}

/// A daemon that reads alerts from its standard input.
struct Running {
    child: Child,
    daemon: Daemon,
}

impl Running {
    fn start(daemon: &Daemon) -> Self {
        let mut command = daemon.command(&["run", "--input", "-"]);
        let child = command.stdin(Stdio::piped()).spawn().expect("it starts");
        Self { child, daemon: daemon.clone() }
    }

    fn input(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("its standard input")
    }

    /// Waits until so many jobs are done, and says how many are.
    fn wait_for(&mut self, jobs: u64) -> u64 {
        loop {
            assert!(self.child.try_wait().expect("a child").is_none(), "it has ended\n{}", self.daemon.last_words());
            let done = self.done();
            if done >= jobs {
                return done;
            }
            sleep(LOOK);
        }
    }

    fn done(&self) -> u64 {
        let output = self.daemon.command(&["status", "--format", "json"]).stdout(Stdio::piped()).output();
        let status: Value = serde_json::from_slice(&output.expect("an answer").stdout).unwrap_or_default();
        let totals = &status["totals"];
        for bad in ["failed", "refused", "expired", "abandoned", "known"] {
            assert_eq!(totals[bad].as_u64().unwrap_or(0), 0, "{bad}: {totals}");
        }
        totals["done"].as_u64().unwrap_or(0)
    }

    fn figures(&self) -> String {
        let size = |suffix: &str| {
            let file = self.daemon.state().join(format!("journal.db{suffix}"));
            fs::metadata(file).map_or(0.0, |metadata| metadata.len() as f64 / f64::from(1 << 20))
        };
        let memory = Process(self.child.id()).resident() as f64 / 1024.0;
        format!("{memory:7.1} MiB resident, journal {:7.1} MiB and its log {:5.1} MiB", size(""), size("-wal"))
    }

    fn end(mut self, input: ChildStdin) {
        drop(input);
        assert!(self.child.wait().expect("it ends").success(), "{}", self.daemon.last_words());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
