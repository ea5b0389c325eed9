//! What a person types, and what comes back.

use std::time::Duration;

use crate::sandbox::{Ran, Sandbox, text, until};

const LOGIN: &str = concat!(
    r#"{"alert":{"messageid":"m-1","classification":{"text":"Remote Login"},"#,
    r#""source":[{"node":{"address":[{"address":"192.0.2.7"}]}}],"#,
    r#""target":[{"user":{"user_id":[{"name":"root"}]}}],"#,
    r#""assessment":{"impact":{"severity":"high"}}}}"#,
    "\n"
);

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            r"
actions:
  tell:
    exec: [{0}, scan]
  note:
    exec: [{0}, alert.messageid, 'from {{alert.source(0).node.address(0).address}} as {{user}}', verbatim]
triggers:
  - name: login
    filters:
      - {{ path: alert.classification.text, regex: '(?i)login' }}
      - {{ path: alert.target.user.user_id.name, regex: '^(?<user>\w+)$' }}
    actions: [note]
  - name: scan
    filters:
      - {{ path: alert.classification.text, regex: '(?i)scan' }}
    actions: [tell]
",
            text(&recorder)
        ),
    );
    sandbox
}

#[test]
fn run_reads_a_recording_from_standard_input_and_ends_when_all_jobs_have_ended() {
    let sandbox = sandbox();
    let three: String = ["m-1", "m-2", "m-3"].map(|id| LOGIN.replace("m-1", id)).concat();
    let ran = sandbox.run_with_input(&["run", "--input", "-"], three.as_bytes()).expect(0);
    let mut calls = sandbox.calls();
    calls.sort();
    assert_eq!(calls, ["m-1", "m-2", "m-3"].map(|id| vec![id, "from 192.0.2.7 as root", "verbatim"]));
    assert!(ran.stderr.contains("3 messages, 3 matches, 3 jobs: 3 done"), "{}", ran.stderr);
}

#[test]
fn run_with_observe_says_what_it_would_do_and_does_nothing() {
    let sandbox = sandbox();
    let ran = sandbox.run_with_input(&["run", "--observe", "--input", "-"], LOGIN.as_bytes()).expect(0);
    assert!(sandbox.calls().is_empty());
    assert!(ran.stderr.contains("observed: would "), "{}", ran.stderr);
    assert!(ran.stderr.contains("m-1 'from 192.0.2.7 as root' verbatim"), "{}", ran.stderr);
}

#[test]
fn explain_shows_verdicts_values_captures_and_the_exact_arguments() {
    let sandbox = sandbox();
    let alerts = sandbox.write("alerts.json", LOGIN);
    let shown = sandbox.run(&["explain", "--alerts", text(&alerts)]).expect(0).stdout;
    for expected in [
        "✔ login matches",
        "✔ alert.classification.text regex '(?i)login'",
        "yes 'Remote Login'",
        "captured user = root",
        "m-1 'from 192.0.2.7 as root' verbatim",
        "✘ scan does not match",
        "← the first no",
    ] {
        assert!(shown.contains(expected), "no {expected:?} in\n{shown}");
    }
    assert!(sandbox.calls().is_empty());

    let only = sandbox.run(&["explain", "--alerts", text(&alerts), "--only", "unmatched"]).expect(0).stdout;
    assert!(only.contains("scan") && !only.contains("login matches"), "{only}");
}

#[test]
fn explain_as_json_is_one_line_an_alert() {
    let sandbox = sandbox();
    let json = sandbox.run_with_input(&["explain", "--alerts", "-", "--format", "json"], LOGIN.repeat(2).as_bytes());
    let lines: Vec<serde_json::Value> =
        json.expect(0).stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["messageid"], "m-1");
    let login = &lines[0]["triggers"][0];
    assert_eq!((&login["name"], &login["matched"]), (&"login".into(), &true.into()));
    assert_eq!(login["filters"][0]["values"][0], "Remote Login");
    assert_eq!(login["jobs"][0]["kind"], "exec");
    assert_eq!(login["jobs"][0]["argv"][2], "from 192.0.2.7 as root");
    assert_eq!(lines[0]["triggers"][1]["matched"], false);
}

#[test]
fn explain_tells_how_long_an_effect_stands_and_what_undoes_it() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "prelude-trigger.yaml",
        r"
actions:
  block:
    exec: { command: [/bin/echo, add, '{address}'], undo: [/bin/echo, delete, '{address}', alert.create_time] }
    parameters: { address: ip }
    target: address
    mode: observe
triggers:
  - name: login
    filters: [ { path: alert.classification.text, exists: true } ]
    actions:
      - block: { address: alert.source(0).node.address(0).address }
        for: 90m
        then: x1.5
        up_to: 7d
",
    );
    let dated = LOGIN.replace(r#""classification""#, r#""create_time":"2026-11-21T10:00:00Z","classification""#);
    let alerts = sandbox.write("alerts.json", &dated);
    let shown = sandbox.run(&["explain", "--alerts", text(&alerts)]).expect(0).stdout;
    for expected in [
        "→ block runs /bin/echo add 192.0.2.7 on address:192.0.2.7 (observe: it would not run)",
        "for 90m, then x1.5 up to 7d (until 2026-11-21T11:30:00Z), then undone by /bin/echo delete 192.0.2.7 ",
    ] {
        assert!(shown.contains(expected), "no {expected:?} in\n{shown}");
    }
    let json = sandbox.run(&["explain", "--alerts", text(&alerts), "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let job = &json["triggers"][0]["jobs"][0];
    assert_eq!((&job["for"], &job["observed"], &job["undo"][2]), (&5400.into(), &true.into(), &"192.0.2.7".into()));

    // What could not be undone, because a value is missing, is not done.
    let alerts = sandbox.write("alerts.json", LOGIN);
    let json = sandbox.run(&["explain", "--alerts", text(&alerts), "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let job = &json["triggers"][0]["jobs"][0];
    assert!(
        job["refused"].as_str().is_some_and(|why| why.starts_with("argument 3 of `undo` (`alert.create_time`)")),
        "{job}"
    );
    assert_eq!((job.get("for"), job.get("undo"), job.get("argv")), (None, None, None));
}

#[test]
fn explain_with_an_unknown_trigger_suggests_the_nearest() {
    let sandbox = sandbox();
    let alerts = sandbox.write("alerts.json", LOGIN);
    let ran = sandbox.run(&["explain", "--alerts", text(&alerts), "--trigger", "logn"]).expect(1);
    assert!(ran.stderr.contains("no trigger is called logn; did you mean login?"), "{}", ran.stderr);
}

#[test]
fn a_recording_that_breaks_off_is_used_up_to_the_break() {
    let sandbox = sandbox();
    let ran = sandbox.run_with_input(&["run", "--input", "-"], format!("{LOGIN}{{\"alert\":").as_bytes()).expect(1);
    assert_eq!(sandbox.calls().len(), 1);
    assert!(ran.stderr.contains("line 2"), "{}", ran.stderr);
}

#[test]
fn check_tells_the_count_or_every_mistake() {
    let sandbox = sandbox();
    let ran = sandbox.run(&["check"]).expect(0);
    assert!(ran.stdout.contains("fine: 2 triggers") && ran.stdout.contains("2 actions"), "{}", ran.stdout);

    sandbox.write("prelude-trigger.yaml", "triggers:\n  - nam: x\n    filters: []\n    actions: [no]\n");
    let ran = sandbox.run(&["check"]).expect(1);
    assert!(ran.stderr.contains("prelude-trigger.yaml:2:5: error:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `name`?"), "{}", ran.stderr);

    let ran = sandbox.run(&["check", "--format", "json"]).expect(1);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["diagnostics"][0]["line"], 2);
}

#[test]
fn what_is_wrong_on_disk_is_told_at_the_line_that_names_it() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "prelude-trigger.yaml",
        "actions:\n  gone: { exec: [/nowhere/at/all] }\n  core: { component: /nowhere/action.wasm }\n\
         triggers:\n  - name: t\n    filters: [{ path: alert.messageid, regex: x }]\n    actions: [gone, core]\n",
    );
    for verb in [&["check"][..], &["run", "--input", "/dev/null"], &["explain", "--alerts", "/dev/null"]] {
        let ran = sandbox.run(verb).expect(1);
        assert!(ran.stderr.contains("prelude-trigger.yaml:2:18: error:"), "{verb:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("prelude-trigger.yaml:3:22: error:"), "{verb:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("/nowhere/at/all") && ran.stderr.contains("/nowhere/action.wasm"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn wrong_usage_is_2_and_a_missing_file_is_said_with_the_option_that_names_it() {
    let sandbox = sandbox();
    sandbox.run(&["explain"]).expect(2);
    sandbox.run(&["fly"]).expect(2);
    let ran = sandbox.run(&["explain", "--alerts", "/nowhere/alerts"]).expect(3);
    assert!(ran.stderr.contains("/nowhere/alerts"), "{}", ran.stderr);
    std::fs::remove_file(sandbox.path("prelude-trigger.yaml")).expect("removed");
    let ran = sandbox.run(&["check"]).expect(1);
    assert!(ran.stderr.contains("--config"), "{}", ran.stderr);
}

#[test]
fn help_has_examples_for_every_verb() {
    let sandbox = sandbox();
    for verb in [None, Some("run"), Some("check"), Some("explain"), Some("record")] {
        let arguments: Vec<_> = verb.into_iter().chain(["--help"]).collect();
        let help = sandbox.run(&arguments).expect(0).stdout;
        assert!(help.contains("Examples:"), "{verb:?}: {help}");
    }
}

#[test]
fn completions_and_manual_pages_are_written() {
    let sandbox = sandbox();
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("prelude-trigger") && script.contains("explain"), "{shell}");
    }
    assert!(sandbox.run(&["man"]).expect(0).stdout.contains(".TH prelude-trigger 1"));
    let directory = sandbox.path("man");
    std::fs::create_dir(&directory).expect("a directory");
    sandbox.run(&["man", "--directory", text(&directory)]).expect(0);
    assert!(directory.join("prelude-trigger-run.1").exists());
}

#[test]
fn output_into_a_closed_pipe_is_not_an_error() {
    let sandbox = sandbox();
    let alerts = sandbox.write("alerts.json", &LOGIN.repeat(5000));
    let mut child = sandbox
        .command(&["explain", "--alerts", text(&alerts)])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_recording_that_never_ends_can_be_stopped() {
    let sandbox = sandbox();
    let mut child = sandbox
        .command(&["run", "--input", "-"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("standard input");
    std::io::Write::write_all(&mut stdin, LOGIN.as_bytes()).expect("written");
    until("the effect", Duration::from_secs(20), || sandbox.calls().len() == 1);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    drop(stdin);
}

#[test]
fn the_log_goes_where_the_daemon_file_says() {
    for (settings, found) in [
        ("rotation = \"never\"", "log"),
        ("rotation = \"daily\"\nkeep = 2", "log."),
        ("rotation = \"never\"\nformat = \"json\"", "log"),
    ] {
        let sandbox = sandbox();
        let directory = sandbox.path("logs");
        std::fs::create_dir(&directory).expect("a directory");
        let conf = format!("[logging]\ntarget = \"file\"\nfile = \"{}\"\n{settings}\n", text(&directory.join("log")));
        sandbox.write("prelude-trigger.conf", &conf);
        let ran = sandbox.run_with_input(&["run", "--input", "-"], LOGIN.as_bytes()).expect(0);
        assert_eq!(ran.stderr, "");
        let files: Vec<_> = std::fs::read_dir(&directory).expect("logs").map(|entry| entry.expect("a file")).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert!(files[0].file_name().to_string_lossy().starts_with(found), "{files:?}");
        let log = std::fs::read_to_string(files[0].path()).expect("a log");
        assert!(log.contains("done: ") && log.contains("login"), "{log}");
        if settings.contains("json") {
            for line in log.lines() {
                let event: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
                assert!(event["level"].is_string() && event["message"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn levels_can_differ_from_room_to_room() {
    let sandbox = sandbox();
    sandbox.write("prelude-trigger.conf", "[logging]\nlevel = \"warn\"\nlevels = { report = \"debug\" }\n");
    let ran = sandbox.run_with_input(&["run", "--input", "-"], LOGIN.as_bytes()).expect(0);
    assert!(ran.stderr.contains("DEBUG report: job made"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("INFO cli:"), "{}", ran.stderr);
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_of_the_environment() {
    let sandbox = sandbox();
    let conf = "[logging]\ntarget = \"file\"\nfile = \"/nowhere/at/all/log\"\n";
    sandbox.write("prelude-trigger.conf", conf);
    let ran = sandbox.run(&["run", "--input", "/dev/null"]).expect(3);
    assert!(ran.stderr.contains("cannot write the log file /nowhere/at/all/log ([logging] file)"), "{}", ran.stderr);
}

#[test]
fn a_pass_over_a_recording_that_nobody_would_undo_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "prelude-trigger.yaml",
        "actions:\n  block:\n    exec: { command: [/bin/true, '{who}'], undo: [/bin/true, '{who}'] }\n    \
         parameters: { who: ip }\n    target: who\ntriggers:\n  - name: scan\n    \
         filters: [ { path: alert.classification.text, regex: Scan } ]\n    \
         actions: [ { block: { who: 'alert.source(0).node.address(0).address' }, for: 1h } ]\n",
    );
    let file = sandbox.path("prelude-trigger.yaml");
    let run = |more: &[&str]| -> Ran {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_prelude-trigger"));
        command.arg("--config").arg(&file).args(more).args(["run", "--input", "/dev/null"]);
        command.output().unwrap().into()
    };
    let refused = run(&[]).expect(3).stderr;
    assert!(refused.contains("trigger scan wants an effect for a time (`for`)"), "{refused}");
    let state = sandbox.path("kept");
    run(&["--state-dir", text(&state)]).expect(0);
    sandbox.run(&["run", "--observe", "--input", "/dev/null"]).expect(0);
}
