//! `record` between a real prelude-manager and a file: what is kept, and when it ends.

use std::{
    fs::{self, File},
    process::{Child, Stdio},
    time::Duration,
};

use prelude_trigger::{idmef::Message, source::recording::Recording};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    sandbox::{Ran, Sandbox, text, until},
    stack::{Manager, Stack, alert, send},
};

const PATIENCE: Duration = Duration::from_mins(1);

fn sandbox(stack: &Stack, manager: &Manager) -> Sandbox {
    let sandbox = Sandbox::new();
    let (profile, address) = (stack.profile("reader"), manager.address());
    sandbox
        .write("prelude-trigger.conf", &format!("[prelude]\nprofile = \"{profile}\"\nserver-addr = \"{address}\"\n"));
    sandbox.write(
        "prelude-trigger.yaml",
        "triggers:\n  - name: login\n    filters: [{ path: alert.classification.text, regex: '^Login' }]\n    \
         actions: [ exec: [/bin/true] ]\n  - name: scan\n    filters: [{ path: alert.classification.text, regex: scan }]\n    \
         actions: [ exec: [/bin/true] ]\n",
    );
    sandbox
}

/// A recorder that is connected.
struct Recorder<'s> {
    sandbox: &'s Sandbox,
    child: Option<Child>,
}

impl<'s> Recorder<'s> {
    fn start(sandbox: &'s Sandbox, arguments: &[&str]) -> Self {
        let log = File::create(sandbox.path("log")).expect("a log");
        let mut command = sandbox.command(&["record", "--for", "120s", "--output", text(&sandbox.path("alerts"))]);
        let child = command.args(arguments).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let recorder = Self { sandbox, child: Some(child) };
        until("a connection", PATIENCE, || recorder.log().contains("connected to"));
        recorder
    }

    fn log(&self) -> String {
        fs::read_to_string(self.sandbox.path("log")).unwrap_or_default()
    }

    /// Waits for its end: what it says, and the messages in its file, all of which must be whole.
    fn end(mut self) -> (String, Vec<Message>) {
        let output = self.child.take().expect("a child").wait_with_output().expect("it ends");
        let ran = Ran::from(output);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, self.log());
        (ran.stdout, self.messages())
    }

    fn messages(&self) -> Vec<Message> {
        let file = File::open(self.sandbox.path("alerts")).expect("a recording");
        Recording::new(file).map(|recorded| recorded.expect("whole").decode().expect("a message")).collect()
    }
}

impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn ids(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.messageid().expect("a messageid").to_string()).collect()
}

/// Every second one a login, the others scans.
fn alerts(numbers: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    numbers.map(|number| alert(number, if number % 2 == 0 { "Login failed" } else { "A scan" })).collect()
}

#[test]
fn what_is_wanted_is_kept_up_to_a_count() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = sandbox(&stack, &manager);
    let filter = "alert.messageid <> 'test-1*' && ! alert.classification.text == 'nothing'";
    let recorder = Recorder::start(&sandbox, &["--filter", filter, "--trigger", "scan", "--count", "6"]);
    send(&stack, &stack.profile("sender"), &manager.address(), &alerts(0..40));
    let (said, messages) = recorder.end();
    assert_eq!(ids(&messages), ["test-1", "test-11", "test-13", "test-15", "test-17", "test-19"]);
    assert!(said.starts_with("recorded: 6 messages in ") && said.contains("others left out"), "{said}");
    assert!(said.contains("(as many as --count says)"), "{said}");
}

#[test]
fn a_file_ends_before_it_becomes_too_large_and_within_no_message() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = sandbox(&stack, &manager);
    let recorder = Recorder::start(&sandbox, &["--max-size", "4KiB"]);
    send(&stack, &stack.profile("sender"), &manager.address(), &alerts(0..40));
    let (said, messages) = recorder.end();
    let size = fs::metadata(sandbox.path("alerts")).expect("a recording").len();
    let longest = messages.iter().map(|message| message.to_wire().len() as u64).max().expect("messages");
    assert!(messages.len() < 40 && size <= 4096 && size + 2 * longest > 4096, "{size}, {longest}: {said}");
    assert_eq!(ids(&messages), (0..messages.len()).map(|number| format!("test-{number}")).collect::<Vec<_>>());
    assert!(said.contains("no more fit into --max-size"), "{said}");
    let again = sandbox.run(&["record", "--max-size", "1KiB", "--output", text(&sandbox.path("alerts"))]).expect(1);
    assert!(again.stderr.contains("already: nothing more fits into --max-size"), "{}", again.stderr);
}

#[test]
fn who_stops_it_has_whole_messages() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = sandbox(&stack, &manager);
    for (round, signal) in [Signal::INT, Signal::TERM].into_iter().enumerate() {
        let recorder = Recorder::start(&sandbox, &["--trigger", "login", "--trigger", "scan"]);
        send(&stack, &stack.profile("sender"), &manager.address(), &alerts(round * 20..round * 20 + 20));
        // It is being written.
        let whole = || Recording::new(File::open(sandbox.path("alerts")).expect("a recording")).filter_map(Result::ok);
        until("all alerts", PATIENCE, || whole().count() == 20 * (round + 1));
        kill_process(Pid::from_child(recorder.child.as_ref().expect("a child")), signal).expect("a signal");
        let (said, messages) = recorder.end();
        assert_eq!(messages.len(), 20 * (round + 1), "a recording is continued");
        assert!(said.contains("recorded: 20 messages") && said.contains("(it was stopped)"), "{said}");
    }
}

#[test]
fn the_time_ends_it_without_any_message() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let sandbox = sandbox(&stack, &manager);
    let ran = sandbox.run(&["record", "--for", "1s", "--output", text(&sandbox.path("alerts"))]).expect(0);
    assert!(ran.stdout.contains("recorded: 0 messages in ") && ran.stdout.contains("--for is over"), "{}", ran.stdout);
}

#[test]
fn what_is_asked_wrongly_is_told_before_anything_is_connected() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "prelude-trigger.yaml",
        "triggers:\n  - name: login\n    filters: [{ path: alert.messageid, exists: true }]\n    actions: [ exec: [/nowhere/at/all] ]\n",
    );
    let alerts = sandbox.path("alerts");
    let record = |arguments: &[&str]| sandbox.run(&[&["record", "--output", text(&alerts)], arguments].concat());
    let ran = record(&["--filter", "alert.clasification.text == x"]).expect(1);
    assert!(ran.stderr.contains("--filter:1:7: error:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `alert.classification.text`?"), "{}", ran.stderr);
    let ran = record(&["--filter", "alert.messageid =="]).expect(1);
    assert!(ran.stderr.contains("this is not a criteria"), "{}", ran.stderr);
    let ran = record(&["--trigger", "lgoin"]).expect(1);
    assert!(ran.stderr.contains("no trigger is called lgoin; did you mean login?"), "{}", ran.stderr);
    let ran = record(&["--max-size", "100mb"]).expect(2);
    assert!(ran.stderr.contains("did you mean `100MiB`?"), "{}", ran.stderr);
    record(&["--count", "0"]).expect(2);
    assert!(!alerts.exists(), "no file for nothing");
}
