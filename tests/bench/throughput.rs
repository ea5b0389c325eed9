//! Alerts a second through the whole daemon when nothing matches, beside a bare libprelude loop that receives and
//! decodes (`bare.c`), and, where it is installed, beside prelude-correlator with a plugin of one regular expression, in one run:
//! `cargo bench --bench throughput`.
//!
//! A manager has queued the same alerts for all readers; what is timed is how long a reader takes from its start until
//! it has dealt with the last of them. The readers take turns, and the best round of each counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_precision_loss, reason = "fifty thousand fits")]

#[path = "correlator.rs"]
mod correlator;
#[allow(dead_code, unused_imports, clippy::needless_pass_by_value)]
#[path = "../suite/sandbox.rs"]
mod sandbox;
#[allow(dead_code, unused_imports, clippy::needless_pass_by_value)]
#[path = "../suite/stack.rs"]
mod stack;

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use sandbox::{Sandbox, text, until};
use stack::{Stack, alert, record};

const ALERTS: usize = 50_000;
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_mins(2);

/// A round: wall-clock time, and CPU time of the reader.
#[derive(Clone, Copy)]
struct Round {
    wall: Duration,
    cpu: Duration,
}

/// Starts a reader that is to deal with so many alerts.
type Start = Box<dyn Fn(usize) -> Child>;

fn main() {
    let (stack, manager) = Stack::ready().expect("prelude-manager is installed");
    stack.register(&manager, "bare", "idmef:rw");
    stack.register(&manager, "correlator", "idmef:rw");
    let sandbox = Sandbox::new();
    let mut readers: Vec<(&str, Start)> = vec![
        ("bare loop", Box::new(bare(&sandbox, &stack.profile("bare"), &manager.address()))),
        ("prelude-trigger", Box::new(daemon(&sandbox, &stack.profile("reader"), &manager.address()))),
    ];
    if stack::on_path("prelude-correlator") {
        let start = correlator(&sandbox, &stack.profile("correlator"), &manager.address());
        readers.push(("correlator", Box::new(start)));
    } else {
        println!("prelude-correlator is not installed: nothing is measured of it");
    }
    // A manager queues for readers that have been connected since it started.
    let marked = || sandbox.path("marked").exists();
    for (_, start) in &readers {
        let mut child = start(ALERTS);
        sleep(Duration::from_secs(2));
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        child.wait().unwrap();
    }
    let mut messages: Vec<_> = (1..ALERTS).map(|number| alert(number, "User login failed")).collect();
    messages.push(alert(ALERTS, "the last one"));
    let recording = record(&stack, &messages);
    let mut best: Vec<Option<Round>> = vec![None; readers.len()];
    for number in 0..ROUNDS {
        let sent = Command::new("prelude-admin")
            .args(["send", &stack.profile("sender"), &manager.address(), text(&recording)])
            .stdout(Stdio::null())
            .status();
        assert!(sent.expect("prelude-admin").success());
        sleep(Duration::from_secs(1));
        for turn in 0..readers.len() {
            let which = (number + turn) % readers.len();
            let _ = fs::remove_file(sandbox.path("marked"));
            let (begun, used) = (Instant::now(), children());
            let mut child = (readers[which].1)(ALERTS);
            until("the last alert", PATIENCE, || marked() || child.try_wait().unwrap().is_some());
            let wall = begun.elapsed();
            let memory = peak_memory(child.id());
            let _ = kill_process(Pid::from_child(&child), Signal::TERM);
            child.wait().unwrap();
            let cpu = children().saturating_sub(used);
            println!("{:>16}: {wall:.2?} for {ALERTS} alerts, {cpu:.2?} of CPU{memory}", readers[which].0);
            if best[which].is_none_or(|round| wall < round.wall) {
                best[which] = Some(Round { wall, cpu });
            }
        }
    }
    let best: Vec<Round> = best.into_iter().map(|round| round.expect("a round")).collect();
    let (bare, ours) = (best[0], best[1]);
    let rate = |round: Round| ALERTS as f64 / round.wall.as_secs_f64();
    let each = |round: Round| round.cpu.as_secs_f64() * 1e6 / ALERTS as f64;
    println!("bare loop {:.0}/s, {:.1} us of CPU each", rate(bare), each(bare));
    println!("prelude-trigger {:.0}/s, {:.1} us of CPU each", rate(ours), each(ours));
    println!("ratio {:.2}", rate(ours) / rate(bare));
    if let Some(correlator) = best.get(2) {
        println!("prelude-correlator {:.0}/s, {:.1} us of CPU each", rate(*correlator), each(*correlator));
        println!("ours beside it: {:.1} times as many", rate(ours) / rate(*correlator));
    }
}

/// Builds the bare loop and returns how to start it.
fn bare(sandbox: &Sandbox, profile: &str, address: &str) -> impl Fn(usize) -> Child + 'static {
    let program = sandbox.path("bare");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/bare.c");
    let built = Command::new("cc").args(["-O2", "-o", text(&program), source, "-lprelude"]).status();
    assert!(built.expect("a C compiler").success());
    let (profile, address) = (profile.to_owned(), address.to_owned());
    move |count| Command::new(&program).args([&profile, &address, &count.to_string()]).spawn().unwrap()
}

/// Writes a configuration of which only the last alert matches anything, and returns how to start the daemon.
fn daemon(sandbox: &Sandbox, profile: &str, address: &str) -> impl Fn(usize) -> Child + 'static {
    sandbox
        .write("prelude-trigger.conf", &format!("[prelude]\nprofile = \"{profile}\"\nserver-addr = \"{address}\"\n"));
    let mut triggers = format!(
        "actions:\n  mark: {{ exec: [/usr/bin/touch, {}] }}\ntriggers:\n  - name: last\n    \
         filters: [{{ path: alert.classification.text, regex: '^the last one$' }}]\n    actions: [mark]\n",
        text(&sandbox.path("marked"))
    );
    for (number, path) in ["source", "target"].iter().cycle().take(10).enumerate() {
        triggers.push_str(&format!(
            "  - name: t{number}\n    filters:\n      - {{ path: alert.{path}.node.address.address, regex: '^10\\.{number}\\.' }}\n      \
             - {{ path: alert.classification.text, regex: '(?i)scan|sweep' }}\n    actions: [mark]\n"
        ));
    }
    sandbox.write("prelude-trigger.yaml", &triggers);
    let arguments: Vec<_> = sandbox.command(&["run"]).get_args().map(ToOwned::to_owned).collect();
    let program = sandbox.command(&[]).get_program().to_owned();
    let state = sandbox.path("state");
    move |_| {
        // The rounds send the same alerts, and the journal knows what it has done for them.
        let _ = fs::remove_dir_all(&state);
        Command::new(&program).args(&arguments).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// Writes a plugin that asks what one of the daemon's triggers asks, and returns how to start prelude-correlator with it alone.
fn correlator(sandbox: &Sandbox, profile: &str, address: &str) -> impl Fn(usize) -> Child + 'static {
    let plugin = format!(
        "import re\nfrom preludecorrelator.pluginmanager import Plugin\n\nLAST = re.compile('^the last one$')\n\n\n\
         class LastPlugin(Plugin):\n    def run(self, idmef):\n        \
         if LAST.search(idmef.get('alert.classification.text')):\n            open({:?}, 'w').close()\n",
        text(&sandbox.path("marked"))
    );
    let directory = sandbox.path("correlator");
    let (profile, address) = (profile.to_owned(), address.to_owned());
    move |_| {
        let mut command = correlator::command(&directory, &profile, &address, "LastPlugin", &plugin);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// The most memory that a process has had, if it still runs.
fn peak_memory(process: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map(|peak| format!(", at most {} resident", peak.trim())).unwrap_or_default()
}

/// CPU time of all children that have been waited for: fields 16 and 17 of proc(5)'s stat, in hundredths of a second.
fn children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    Duration::from_millis(10 * (fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap()))
}
