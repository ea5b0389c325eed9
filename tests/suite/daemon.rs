//! The daemon between a real prelude-manager and real effects.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::net::UnixDatagram,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::{
    sandbox::{Sandbox, text, until},
    stack::{Sender, Stack, alert, alert_with, on_path, record, send},
};

pub const PATIENCE: Duration = Duration::from_mins(1);

/// A daemon that listens to a manager of a private stack.
pub struct Daemon {
    pub sandbox: Sandbox,
    child: Child,
}

impl Daemon {
    /// A sandbox whose daemon file names the reader's profile and the manager's address.
    pub fn sandbox(stack: &Stack, address: &str) -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write(
            "prelude-trigger.conf",
            &format!("[prelude]\nprofile = \"{}\"\nserver-addr = \"{address}\"\n", stack.profile("reader")),
        );
        sandbox
    }

    /// A configuration whose only trigger appends the messageid of every login to the file `effects`.
    fn note_logins(sandbox: &Sandbox) {
        let note = sandbox.script("note", &format!("echo \"$1\" >> {}", text(&sandbox.path("effects"))));
        sandbox.write(
            "prelude-trigger.yaml",
            &format!(
                "actions:\n  note: {{ exec: [{}, alert.messageid] }}\ntriggers:\n  - name: login\n    \
                 filters: [{{ path: alert.classification.text, regex: '^Login' }}]\n    actions: [note]\n",
                text(&note)
            ),
        );
    }

    pub fn start(sandbox: Sandbox) -> Self {
        let log = File::create(sandbox.path("log")).expect("a log");
        let child = sandbox.command(&["run"]).stderr(log).stdout(Stdio::null()).spawn().expect("the daemon starts");
        let mut daemon = Self { sandbox, child };
        daemon.until_log("connected to");
        daemon
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.sandbox.path("log")).unwrap_or_default()
    }

    #[track_caller]
    pub fn until_log(&mut self, expected: &str) {
        let begun = Instant::now();
        while !self.log().contains(expected) {
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none(), "the daemon ended with {ended:?}:\n{}", self.log());
            assert!(begun.elapsed() < PATIENCE, "no {expected:?} in the log:\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal");
    }

    /// Stops the daemon as systemd does; returns its exit code and its log.
    pub fn stop(mut self) -> (i32, String, Sandbox) {
        self.signal(Signal::TERM);
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "does not stop:\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        };
        let log = self.log();
        let sandbox = std::mem::replace(&mut self.sandbox, Sandbox::new());
        (status.code().unwrap_or(-1), log, sandbox)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often each effect happened.
fn effects(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut effects = BTreeMap::new();
    for line in fs::read_to_string(sandbox.path("effects")).unwrap_or_default().lines() {
        *effects.entry(line.to_owned()).or_default() += 1;
    }
    effects
}

fn logins(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| alert(number, "Login failed")).collect()
}

#[test]
fn two_thousand_alerts_have_two_thousand_effects_none_lost_none_doubled() {
    let Some((stack, manager)) = Stack::ready() else { return };
    for address in [manager.address(), manager.unix()] {
        let sandbox = Daemon::sandbox(&stack, &address);
        Daemon::note_logins(&sandbox);
        let daemon = Daemon::start(sandbox);
        send(&stack, &stack.profile("sender"), &manager.address(), &logins(2000));
        until("2,000 effects", PATIENCE, || effects(&daemon.sandbox).len() == 2000);
        let (code, log, sandbox) = daemon.stop();
        assert_eq!(code, 0, "{log}");
        assert!(effects(&sandbox).values().all(|&times| times == 1));
        assert!(log.contains("2000 jobs: 2000 done, 0 failed"), "{log}");
    }
}

/// What a manager that dies takes along is in the sockets and in its memory, and a manager that is back keeps nothing for
/// readers that are not. The sender here is back at once (libprelude's own senders take ten seconds), so the loss is what was
/// sent until we were back, too: less than a second's worth. Whatever the manager delivers is acted upon once.
#[test]
fn a_manager_that_is_killed_and_comes_back_costs_what_it_held_and_nothing_else() {
    let Some((stack, mut manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    Daemon::note_logins(&sandbox);
    let mut daemon = Daemon::start(sandbox);
    let recording = record(&stack, &logins(2000));
    let sender = Sender::start(&stack, &stack.profile("sender"), &manager.address(), &recording, Some(500));
    until("some effects", PATIENCE, || effects(&daemon.sandbox).len() > 200);
    manager.kill9();
    manager.start();
    daemon.until_log("connected to the manager again");
    sender.wait();
    let mut before = 0;
    until("no more effects", PATIENCE, || {
        let now = effects(&daemon.sandbox).len();
        thread::sleep(Duration::from_secs(1));
        std::mem::replace(&mut before, now) == now
    });
    let (code, log, sandbox) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    let effects = effects(&sandbox);
    let lost = 2000 - effects.len();
    eprintln!("lost with the manager: {lost} of 2000");
    assert!(lost <= 500, "{lost} lost:\n{log}");
    assert!(effects.values().all(|&times| times == 1), "doubled:\n{log}");
}

#[test]
fn what_was_received_is_handled_before_the_daemon_stops() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    let slow = sandbox.script("slow", &format!("sleep 0.2; echo \"$1\" >> {}", text(&sandbox.path("effects"))));
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n  slow: {{ exec: [{}, alert.messageid], limits: {{ concurrency: 8 }} }}\ntriggers:\n  - name: login\n    \
             filters: [{{ path: alert.classification.text, regex: '^Login' }}]\n    actions: [slow]\n",
            text(&slow)
        ),
    );
    let daemon = Daemon::start(sandbox);
    send(&stack, &stack.profile("sender"), &manager.address(), &logins(100));
    until("the first effect", PATIENCE, || !effects(&daemon.sandbox).is_empty());
    let (code, log, sandbox) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("0 failed, 0 refused"), "{log}");
    let jobs = log.matches("done: ").count();
    assert_eq!(effects(&sandbox).len(), jobs, "{log}");
    // What ran has ended; what waited is done by the next daemon.
    assert!(jobs < 100, "{log}");
    assert!(log.contains(&format!("{} jobs wait for the next start", 100 - jobs)), "{log}");
    let mut daemon = Daemon::start(sandbox);
    daemon.until_log(&format!("taking up {} jobs", 100 - jobs));
    until("every effect", PATIENCE, || effects(&daemon.sandbox).len() == 100);
    let (code, log, sandbox) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert!(effects(&sandbox).values().all(|&times| times == 1), "doubled:\n{log}");
}

#[test]
fn a_second_signal_stops_at_once_and_says_what_was_cut_off() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    let hang = sandbox.script("hang", "sleep 60");
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n  hang: {{ exec: [{}], limits: {{ timeout: 1m }} }}\ntriggers:\n  - name: login\n    \
             filters: [{{ path: alert.classification.text, regex: '^Login' }}]\n    actions: [hang]\n",
            text(&hang)
        ),
    );
    let mut daemon = Daemon::start(sandbox);
    send(&stack, &stack.profile("sender"), &manager.address(), &logins(6));
    daemon.until_log("test-5");
    daemon.signal(Signal::TERM);
    daemon.until_log("no longer receiving");
    let begun = Instant::now();
    let (code, log, _) = daemon.stop();
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(code, 1, "{log}");
    assert_eq!(log.matches("stopped before this job ended").count(), 4, "{log}");
    assert!(log.contains("2 jobs wait for the next start, 4 jobs cut off"), "{log}");
}

#[test]
fn sighup_loads_a_new_configuration_and_keeps_the_old_one_when_it_is_wrong() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    Daemon::note_logins(&sandbox);
    let mut daemon = Daemon::start(sandbox);
    let good = fs::read_to_string(daemon.sandbox.path("prelude-trigger.yaml")).expect("the configuration");

    daemon.sandbox.write("prelude-trigger.yaml", &good.replace("actions: [note]", "actions: [nite]"));
    daemon.signal(Signal::HUP);
    daemon.until_log("the running one stays");
    daemon.until_log("did you mean `note`?");
    send(&stack, &stack.profile("sender"), &manager.address(), &[alert(1, "Login failed")]);
    until("an effect under the old rules", PATIENCE, || effects(&daemon.sandbox).contains_key("test-1"));

    daemon.sandbox.write("prelude-trigger.yaml", &good.replace("^Login", "^Scan"));
    daemon.signal(Signal::HUP);
    daemon.until_log("the new configuration is in force");
    send(&stack, &stack.profile("sender"), &manager.address(), &[alert(2, "Login failed"), alert(3, "Scan")]);
    until("an effect under the new rules", PATIENCE, || effects(&daemon.sandbox).contains_key("test-3"));
    let (code, log, sandbox) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert!(!effects(&sandbox).contains_key("test-2"), "{log}");
}

#[test]
fn systemd_is_told_when_the_daemon_is_ready_and_when_it_stops() {
    let sandbox = Sandbox::new();
    Daemon::note_logins(&sandbox);
    let socket = UnixDatagram::bind(sandbox.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut child = sandbox
        .command(&["run", "--input", "-"])
        .env("NOTIFY_SOCKET", sandbox.path("notify"))
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let said = || {
        let mut bytes = [0; 1024];
        let length = socket.recv(&mut bytes).expect("a message for systemd");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let first = said();
    assert!(first.contains("READY=1\n") && first.contains("STATUS=reading standard input"), "{first}");
    kill_process(Pid::from_child(&child), Signal::TERM).expect("a signal");
    assert_eq!(said(), "STOPPING=1\n");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// Attackers' values on the whole way, not only through JSON: bytes that are not UTF-8 as well.
#[test]
fn hostile_values_arrive_as_single_arguments_through_a_real_manager() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    let recorder = sandbox.recorder();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n  keep: {{ exec: [{}, 'u={{alert.target(0).user.user_id(0).name}}'], limits: {{ concurrency: 1 }} }}\n\
             triggers:\n  - name: login\n    filters: [{{ path: alert.classification.text, regex: '^Login' }}]\n    \
             actions: [keep]\n",
            text(&recorder)
        ),
    );
    let daemon = Daemon::start(sandbox);
    let users = ["$(reboot)", "a b\n\u{1b}[2J", "{alert.messageid}", "--help", "naïve ☃"];
    let mut messages: Vec<_> = users
        .iter()
        .enumerate()
        .map(|(number, user)| {
            let target = json!([{ "user": { "user_id": [{ "name": user }] } }]);
            alert_with(number, json!({ "classification": { "text": "Login" }, "target": target }))
        })
        .collect();
    // The last user's snowman, its middle byte broken, in an alert of its own.
    let target = json!([{ "user": { "user_id": [{ "name": users[4] }] } }]);
    let broken = alert_with(users.len(), json!({ "classification": { "text": "Login" }, "target": target }));
    let at = broken.windows(3).position(|bytes| bytes == "☃".as_bytes()).expect("a snowman");
    messages.push([&broken[..=at], &b"\xff"[..], &broken[at + 2..]].concat());
    send(&stack, &stack.profile("sender"), &manager.address(), &messages);
    until("all calls", PATIENCE, || daemon.sandbox.calls().len() == messages.len());
    let (code, log, sandbox) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    let mut expected: Vec<_> = users.iter().map(|user| format!("u={user}")).collect();
    expected.push("u=naïve \u{fffd}\u{fffd}\u{fffd}".to_owned());
    assert_eq!(sandbox.calls().concat(), expected);
}

#[test]
fn failed_logins_in_a_log_file_become_effects() {
    let Some((stack, manager)) = Stack::ready() else { return };
    if !on_path("prelude-lml") {
        assert!(std::env::var_os("CI").is_none(), "prelude-lml is not installed");
        return eprintln!("skipped: prelude-lml is not installed");
    }
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    let recorder = sandbox.recorder();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            r"
actions:
  block: {{ exec: [{}, 'alert.source(0).node.address(0).address', 'user={{user}}'] }}
triggers:
  - name: ssh-login-failed
    filters:
      - {{ path: alert.analyzer(-1).name, regex: ^sshd$ }}
      - {{ path: alert.assessment.impact.completion, regex: ^failed$ }}
      - {{ path: alert.target(*).user.user_id(*).name, regex: '^(?<user>\w+)$' }}
    actions: [block]
",
            text(&recorder)
        ),
    );
    let daemon = Daemon::start(sandbox);
    let lml = stack.lml(&stack.profile("sender"), &manager.address());
    lml.log("Nov 21 16:29:05 victim sshd[4000]: Failed password for root from 192.0.2.10 port 50000 ssh2");
    until("the effect", PATIENCE, || !daemon.sandbox.calls().is_empty());
    let (code, log, sandbox) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert_eq!(sandbox.calls(), [["192.0.2.10", "user=root"]], "{log}");
}

#[test]
fn what_is_recorded_can_be_explained_and_printed_by_prelude_admin() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    Daemon::note_logins(&sandbox);
    let recording = sandbox.path("alerts.idmef");
    let log = File::create(sandbox.path("log")).expect("a log");
    let mut child = sandbox
        .command(&["record", "--output", text(&recording), "--count", "50", "--for", "60s"])
        .stderr(log)
        .spawn()
        .expect("it starts");
    let log = || fs::read_to_string(sandbox.path("log")).unwrap_or_default();
    until("a connection", PATIENCE, || log().contains("connected to"));
    send(&stack, &stack.profile("sender"), &manager.address(), &logins(60));
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0), "{}", log());
    let explained = sandbox.run(&["explain", "--alerts", text(&recording), "--format", "json"]).expect(0).stdout;
    assert_eq!(explained.lines().count(), 50);
    assert!(explained.contains("\"test-49\""));
    let printed =
        std::process::Command::new("prelude-admin").arg("print").arg(&recording).output().expect("prelude-admin");
    assert_eq!(String::from_utf8_lossy(&printed.stdout).matches("classification").count(), 50);
}

#[test]
fn without_a_profile_the_registration_commands_are_printed() {
    let sandbox = Sandbox::new();
    Daemon::note_logins(&sandbox);
    sandbox.write("prelude-trigger.conf", "[prelude]\nprofile = \"unheard-of\"\nserver-addr = \"192.0.2.1\"\n");
    let uid = rustix::process::geteuid().as_raw();
    for verb in [&["run"][..], &["record", "--output", text(&sandbox.path("alerts"))]] {
        let ran = sandbox.run(verb).expect(3);
        for expected in [
            "prelude-admin registration-server prelude-manager".to_owned(),
            format!("prelude-admin register unheard-of \"idmef:rw\" 192.0.2.1 --uid {uid}"),
        ] {
            assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
        }
    }
}
