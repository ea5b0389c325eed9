//! Sensors that fall silent, and heartbeats as messages like others.

use std::{
    fmt::Write as _,
    io::Write as _,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use prelude_trigger::idmef::Message;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    daemon::{Daemon, PATIENCE},
    sandbox::{Sandbox, text, until},
    stack::{Sender, Stack, on_path, record, send},
};

/// How long a sensor may be silent in these tests.
const FOR: Duration = Duration::from_secs(4);

/// A configuration that tells of the silence of some sensors, and of the first and last words of theirs.
fn watch(sandbox: &Sandbox, chosen: &str) {
    let recorder = sandbox.recorder();
    let mut triggers = format!(
        "triggers:\n  - name: fell-silent\n    silent: {{ for: {}s }}\n    filters: [{chosen}]\n    \
         actions: [ exec: [{}, silent, '{{heartbeat.analyzer(-1).name}}'] ]\n",
        FOR.as_secs(),
        text(&recorder)
    );
    for status in ["starting", "exiting"] {
        writeln!(
            triggers,
            "  - name: {status}\n    filters:\n      - {chosen}\n      \
             - {{ path: \"heartbeat.additional_data('Analyzer status').data\", equals: {status} }}\n    \
             actions: [ exec: [{}, {status}, '{{heartbeat.analyzer(-1).name}}'] ]",
            text(&recorder)
        )
        .expect("a string");
    }
    sandbox.write("prelude-trigger.yaml", &triggers);
}

/// How often the recorder was told this.
fn told(daemon: &Daemon, what: &str) -> usize {
    daemon.sandbox.calls().iter().filter(|call| call[0] == what).count()
}

#[track_caller]
fn until_told(daemon: &Daemon, what: &str, times: usize) {
    let begun = Instant::now();
    while told(daemon, what) != times {
        assert!(begun.elapsed() < PATIENCE, "not told {times} times: {what}:\n{}", daemon.log());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_sensor_that_is_killed_is_missed_once_each_time_and_one_that_exits_is_not() {
    let Some((stack, manager)) = Stack::ready() else { return };
    if !on_path("prelude-lml") {
        assert!(std::env::var_os("CI").is_none(), "prelude-lml is not installed");
        return eprintln!("skipped: prelude-lml is not installed");
    }
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    watch(&sandbox, "{ path: heartbeat.analyzer(-1).model, equals: Prelude LML }");
    let daemon = Daemon::start(sandbox);
    let lml = |arguments: &[&str]| {
        stack.lml_with(&stack.profile("sender"), &manager.address(), "heartbeat-interval = 1\n", arguments)
    };

    let first = lml(&[]);
    until_told(&daemon, "starting", 1);
    thread::sleep(FOR * 2);
    assert_eq!(told(&daemon, "silent"), 0, "it is alive:\n{}", daemon.log());
    first.kill9();
    let killed = Instant::now();
    until_told(&daemon, "silent", 1);
    assert!(killed.elapsed() > FOR.checked_sub(Duration::from_secs(2)).unwrap(), "told after {:?}", killed.elapsed());
    thread::sleep(FOR * 2);
    assert_eq!(told(&daemon, "silent"), 1, "once:\n{}", daemon.log());

    let second = lml(&[]);
    until_told(&daemon, "starting", 2);
    second.kill9();
    until_told(&daemon, "silent", 2);

    // Of all ways to end, this is the one in which prelude-lml says goodbye: on SIGTERM it does not.
    lml(&["--batch-mode"]).wait();
    until_told(&daemon, "exiting", 1);
    thread::sleep(FOR * 2);
    assert_eq!(told(&daemon, "silent"), 2, "it said goodbye:\n{}", daemon.log());

    let calls = daemon.sandbox.calls();
    let (code, log, _) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("the sensor has been silent for "), "{log}");
    // The same sensor each time, by a name that it has itself.
    assert!(!calls[0][1].is_empty() && calls.iter().all(|call| call[1] == calls[0][1]), "{calls:?}");
}

fn heartbeat(number: usize, status: &str) -> Vec<u8> {
    let json = json!({ "heartbeat": {
        "messageid": format!("heartbeat-{number}"),
        "analyzer": [{ "analyzerid": "4711", "name": "sensor" }],
        "create_time": "2026-11-21T16:30:00.000000+00:00",
        "heartbeat_interval": 600,
        "additional_data": [{ "type": "string", "meaning": "Analyzer status", "data": status }],
    }});
    Message::from_json(json.to_string().as_bytes()).unwrap().to_wire()
}

#[test]
fn a_manager_that_is_away_makes_no_sensor_silent_and_a_reload_forgets_none() {
    let Some((stack, mut manager)) = Stack::ready() else { return };
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    watch(&sandbox, "{ path: heartbeat.analyzer(-1).name, equals: sensor }");
    let mut daemon = Daemon::start(sandbox);
    let heartbeats: Vec<_> =
        (0..400).map(|number| heartbeat(number, if number == 0 { "starting" } else { "running" })).collect();
    let recording = record(&stack, &heartbeats);
    let sender = Sender::start(&stack, &stack.profile("sender"), &manager.address(), &recording, Some(4));
    until_told(&daemon, "starting", 1);
    manager.kill9();
    thread::sleep(FOR * 2);
    assert_eq!(told(&daemon, "silent"), 0, "nothing can come:\n{}", daemon.log());
    manager.start();
    daemon.until_log("connected to the manager again");
    thread::sleep(FOR * 2);
    assert_eq!(told(&daemon, "silent"), 0, "the sensor is back as soon as we are:\n{}", daemon.log());

    sender.kill9();
    // The table of sensors goes over to the new configuration.
    daemon.signal(Signal::HUP);
    daemon.until_log("the new configuration is in force");
    until_told(&daemon, "silent", 1);
    send(&stack, &stack.profile("sender"), &manager.address(), &[heartbeat(400, "running")]);
    until_told(&daemon, "silent", 2);
    assert_eq!(daemon.sandbox.calls().last(), Some(&vec!["silent".to_owned(), "sensor".to_owned()]));
    let (code, log, _) = daemon.stop();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("heartbeat-400"), "the last heartbeat is what the job is about:\n{log}");
}

fn line(sensor: &str, minute: usize, interval: usize) -> String {
    let heartbeat = json!({ "heartbeat": {
        "messageid": format!("{sensor}-{minute}"),
        "analyzer": [{ "analyzerid": sensor, "name": format!("name-{sensor}") }],
        "create_time": format!("2026-11-21T{:02}:{:02}:00Z", 12 + minute / 60, minute % 60),
        "heartbeat_interval": interval,
    }});
    format!("{heartbeat}\n")
}

#[test]
fn what_comes_of_a_silence_is_tried_with_the_heartbeat_before_it() {
    let sandbox = Sandbox::new();
    let trying = |status: &str, expect: &str| {
        sandbox.write(
            "prelude-trigger.yaml",
            &format!(
                "triggers:\n  - name: silence\n    silent: {{}}\n    filters: [ {{ path: heartbeat.analyzer(-1).class, equals: NIDS }} ]\n    \
                 actions: [ exec: [/bin/echo, '{{heartbeat.analyzer(-1).name}}'] ]\ntests:\n  - name: a test\n    \
                 alert: {{ heartbeat: {{ analyzer: [ {{ analyzerid: '7', name: dmz, class: NIDS }} ],\n      \
                 additional_data: [ {{ meaning: Analyzer status, type: string, data: {status} }} ] }} }}\n    expect: {expect}\n"
            ),
        );
        sandbox.run(&["check"])
    };
    trying("running", "{ silence: [exec: [/bin/echo, dmz]] }").expect(0);
    trying("exiting", "{}").expect(0);
    // It is no surprise either: the message alone sets nothing off.
    trying("running", "{}").expect(0);
    let wrong = trying("running", "{ silence: [exec: [/bin/echo, lan]] }").expect(1);
    assert!(wrong.stdout.contains("dmz") || wrong.stderr.contains("dmz"), "{}{}", wrong.stdout, wrong.stderr);
    trying("exiting", "{ silence: [exec] }").expect(1);
}

/// A configuration with a trigger on silence and one on its opposite.
fn on_silence(sandbox: &Sandbox, silent: &str) {
    let recorder = sandbox.recorder();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "triggers:\n  - name: silence\n    silent: {silent}\n    filters: [ {{ path: heartbeat.analyzer(-1).name, glob: 'name-*' }} ]\n    \
             actions: [ exec: [{0}, 'heartbeat.analyzer(-1).name'] ]\n  - name: life\n    \
             filters: [ {{ path: heartbeat.create_time, exists: true }} ]\n    actions: [ exec: [/bin/true] ]\n",
            text(&recorder)
        ),
    );
}

#[test]
fn silence_is_noticed_behind_a_pipe() {
    let sandbox = Sandbox::new();
    on_silence(&sandbox, "{ for: 1s, expect: [never-there] }");
    let mut child = sandbox
        .command(&["run", "--input", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("standard input");
    stdin.write_all(line("7", 0, 600).as_bytes()).expect("a line");
    until("both are missed", PATIENCE, || sandbox.calls().len() == 2);
    stdin.write_all(line("7", 1, 600).as_bytes()).expect("a line");
    until("it is missed again", PATIENCE, || sandbox.calls().len() == 3);
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let mut calls = sandbox.calls().concat();
    calls.sort();
    assert_eq!(calls, ["name-7", "name-7", "never-there"]);
    // A file is read in no time, and then it is over.
    let recording = sandbox.write("heartbeats.json", &line("7", 0, 600));
    sandbox.run(&["run", "--input", text(&recording)]).expect(0);
    assert_eq!(sandbox.calls().len(), 3);
}

#[test]
fn silence_is_explained_and_counted_in_recordings() {
    let sandbox = Sandbox::new();
    on_silence(&sandbox, "{ for: 3 intervals }");
    let checked = sandbox.run(&["check"]).expect(0);
    assert!(checked.stdout.contains("2 triggers (1 on silence)"), "{}", checked.stdout);

    // One sensor every ten minutes for five hours; another one too, but not from 13:00 to 16:00; a third once.
    let mut lines = String::new();
    for minute in (0..=300).step_by(10) {
        lines += &line("1", minute, 600);
        if !(60..240).contains(&minute) {
            lines += &line("2", minute, 600);
        }
    }
    lines += &line("3", 300, 600);
    let recording = sandbox.write("heartbeats.json", &lines);
    let counted = sandbox.run(&["backtest", "--format", "json", "--alerts", text(&recording)]).expect(0).stdout;
    let silence: Value = serde_json::from_str(counted.lines().nth(1).expect("a trigger")).expect("JSON");
    assert_eq!((&silence["trigger"], &silence["matches"], &silence["jobs"]), (&"silence".into(), &1.into(), &1.into()));
    // The last heartbeat is of 12:50; three intervals and a tenth of one later it counts.
    assert_eq!(silence["busiest_minute"], "2026-11-21T13:21:00Z");

    let recording = sandbox.write("heartbeat.json", &line("1", 0, 600));
    let explained = sandbox.run(&["explain", "--alerts", text(&recording)]).expect(0).stdout;
    assert!(explained.contains("silence would match if nothing came from this sensor for 31m"), "{explained}");
    assert!(explained.contains("life matches"), "{explained}");
    let json = sandbox.run(&["explain", "--format", "json", "--alerts", text(&recording)]).expect(0).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let [silence, life] = json["triggers"].as_array().expect("a list").as_slice() else { panic!("{json}") };
    assert_eq!((&silence["silence"]["after"], &silence["matched"]), (&1860.0.into(), &true.into()));
    assert_eq!(silence["jobs"][0]["argv"][1], "name-1");
    assert!(life.get("silence").is_none());

    let alert = sandbox.write("alert.json", "{\"alert\":{\"messageid\":\"a\"}}\n");
    let explained = sandbox.run(&["explain", "--alerts", text(&alert)]).expect(0).stdout;
    assert!(explained.contains("does not match: it waits for silence after a heartbeat"), "{explained}");
}
