//! `prelude-trigger action`: each verb as those use it who write actions, and what it says when they get it wrong.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    guests,
    sandbox::{Ran, Sandbox, text},
};

const ALERT: &str = concat!(
    r#"{"alert":{"messageid":"m-1","classification":{"text":"Brute Force attack"},"#,
    r#""source":[{"node":{"address":[{"address":"192.0.2.7"}]}}]}}"#,
    "\n"
);

/// `action run` of the notice, which logs a line and needs no grant.
fn run(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let alert = sandbox.write("alert.json", ALERT);
    let notice = text(guests::notice()).to_owned();
    let arguments = ["action", "run", &notice, "--alert", text(&alert)];
    sandbox.run(&[&arguments, more].concat())
}

#[track_caller]
fn said(ran: &Ran, expected: &[&str]) {
    for expected in expected {
        assert!(
            ran.stdout.contains(expected) || ran.stderr.contains(expected),
            "no {expected:?} in\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
    }
}

// ---- new

#[test]
fn a_new_rust_action_builds_and_passes_its_cases_with_one_command() {
    let sandbox = Sandbox::new();
    let made = sandbox.command(&["action", "new", "rust", "tell-soc"]).current_dir(sandbox.path("")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let directory = sandbox.path("tell-soc");
    // The versions that this repository's own kit is built with, so that the test needs no newer ones.
    let mut make = Command::new("make");
    make.arg("test").current_dir(&directory).arg(format!("PRELUDE_TRIGGER={}", env!("CARGO_BIN_EXE_prelude-trigger")));
    if let Some(rustc) = std::env::var_os("GUEST_RUSTC").filter(|rustc| !rustc.is_empty()) {
        make.env("RUSTC", rustc);
    }
    let made = make.env("XDG_CACHE_HOME", sandbox.path("cache")).output().expect("make cannot be started");
    let (stdout, stderr) = (String::from_utf8_lossy(&made.stdout), String::from_utf8_lossy(&made.stderr));
    assert!(made.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.contains("4 passed") && stdout.contains("ok tests/says-who.yaml"), "{stdout}");

    let component = directory.join("build/tell-soc.wasm");
    let shown = sandbox.run(&["action", "inspect", text(&component)]).expect(0);
    said(&shown, &["tell-soc", "0.1.0", "prelude:trigger 0.1", "prefix: string, default \"alert\"", "nothing beside"]);
}

#[test]
fn new_refuses_what_it_must_not_do() {
    let sandbox = Sandbox::new();
    let here = sandbox.write("there/keep", "");
    let new = |name: &str, directory: &str| {
        let directory = sandbox.path(directory);
        sandbox.run(&["action", "new", "rust", name, "--directory", text(&directory)])
    };
    said(&new("Tell", "a").expect(1), &["is not a name for an action", "such as `tell-soc`"]);
    said(&new("tell", "there").expect(1), &["is there already, and nothing is overwritten"]);
    assert!(here.is_file());
    said(&new("tell", "no/such/place").expect(3), &["cannot write"]);
    said(&sandbox.run(&["action", "new", "cobol", "tell"]).expect(2), &["invalid value 'cobol'", "rust"]);
}

// ---- annotate and inspect

#[test]
fn annotate_says_what_a_component_is_and_inspect_shows_it() {
    let sandbox = Sandbox::new();
    let metadata = sandbox.write(
        "metadata.json",
        &json!({
            "name": "crier", "version": "2.0", "authors": ["A. Uthor"], "licence": "MIT", "description": "Cries out\u{1b}[2J",
            "config-schema": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "description": "What is cried."}}},
            "grants": [{"kind": "tcp", "value": "SERVER:25", "why": "to reach the mail server"}]
        })
        .to_string(),
    );
    let output = sandbox.path("crier.wasm");
    let annotate = |metadata: &Path, output: &Path| {
        sandbox.run(&[
            "action",
            "annotate",
            text(guests::notice()),
            "--metadata",
            text(metadata),
            "--output",
            text(output),
        ])
    };
    annotate(&metadata, &output).expect(0);
    let shown = sandbox.run(&["action", "inspect", text(&output)]).expect(0);
    said(
        &shown,
        &[
            "crier",
            "A. Uthor",
            r"Cries out\x1b[2J",
            "text: string, required",
            "What is cried.",
            "SERVER:25",
            "to reach the mail server",
        ],
    );
    let shown = sandbox.run(&["action", "inspect", text(&output), "--format", "json"]).expect(0);
    let found: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(found["metadata"]["name"], "crier");
    assert_eq!(found["keys"][0]["key"], "text");
    assert_eq!(found["sha256"].as_str().unwrap().len(), 64);
    assert!(
        found["imports"]
            .as_array()
            .unwrap()
            .iter()
            .any(|import| import.as_str().unwrap().starts_with("prelude:trigger/idmef"))
    );

    for (metadata, expected) in [
        (json!({"version": "1"}), "`name` is missing"),
        (json!({"name": "a", "version": "1", "licnce": "MIT"}), "did you mean `licence`?"),
        (json!({"name": "a", "version": "1", "config-schema": {"$ref": "https://example.com/x"}}), "outside it"),
        (json!({"name": "a", "version": "1", "authors": "me"}), "invalid type"),
    ] {
        let metadata = sandbox.write("wrong.json", &metadata.to_string());
        said(&annotate(&metadata, &sandbox.path("never.wasm")).expect(1), &["wrong.json", expected]);
    }
    assert!(!sandbox.path("never.wasm").exists());
    said(&annotate(&sandbox.write("wrong.json", "{"), &output).expect(1), &["this is not JSON"]);
    let alert = sandbox.write("alert.json", ALERT);
    said(&sandbox.run(&["action", "inspect", text(&alert)]).expect(1), &["this is not a component but text"]);
    said(&sandbox.run(&["action", "inspect", "/no/such.wasm"]).expect(1), &["cannot read this component"]);
}

#[test]
fn a_configuration_that_the_schema_forbids_is_told_at_its_line() {
    let sandbox = Sandbox::new();
    let yaml = format!(
        "actions:\n  tell:\n    component: {}\n    config:\n      txt: hello\n      at_most: many\ntriggers:\n  - name: all\n    filters: [ {{ path: alert.messageid, exists: true }} ]\n    actions: [tell]\n",
        text(guests::notice())
    );
    sandbox.write("prelude-trigger.yaml", &yaml);
    let checked = sandbox.run(&["check"]).expect(1);
    said(
        &checked,
        &[
            "prelude-trigger.yaml:5:7",
            "/txt: unknown key txt: did you mean text?",
            "prelude-trigger.yaml:6:16",
            "/at_most: expected",
        ],
    );

    sandbox.write("prelude-trigger.yaml", &yaml.replace("txt:", "text:").replace("many", "2"));
    let checked = sandbox.run(&["check", "--verbose"]).expect(0);
    said(&checked, &["tell: ", "wants", "nothing beside the alert"]);
}

// ---- run, record, replay

#[test]
fn run_shows_all_that_a_job_asks_and_uses() {
    let sandbox = Sandbox::new();
    let config = r#"{"text": "{alert.classification.text} by {user}"}"#;
    let ran = run(&sandbox, &["--config-json", config, "--capture", "user=root"]).expect(0);
    said(
        &ran,
        &[
            "done: Brute Force attack by root",
            "read alert.classification.text",
            "log info: Brute Force attack by root",
            "KiB of memory",
            "of CPU",
        ],
    );
    let ran = run(&sandbox, &["--config-json", config, "--observe", "--format", "json"]).expect(0);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["state"], &told["said"]["status"]), (&json!("observed"), &json!("simulated")));
    assert!(told["used"]["memory"].as_u64().unwrap() > 64 << 10);

    let config = sandbox.write("config.yaml", "text: '{alert.messageid}'\n");
    said(&run(&sandbox, &["--config-file", text(&config)]).expect(0), &["done: m-1"]);
}

#[test]
fn secrets_are_shown_neither_on_the_screen_nor_on_a_tape() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::new();
    let (alert, tape) = (sandbox.write("alert.json", ALERT), sandbox.path("tape.json"));
    let secret = sandbox.write("token", "correct-horse\n");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let grants = format!("http: ['http://127.0.0.1:1']\nsecrets: {{ token: {{ file: {} }} }}\n", text(&secret));
    let grants = sandbox.write("grants.yaml", &grants);
    let config = r#"{"url": "http://127.0.0.1:1/x", "format": "plain", "text": "hello", "auth": {"bearer": "token"}}"#;
    for format in ["text", "json"] {
        let ran = sandbox.run(&[
            "action",
            "run",
            text(guests::example("webhook")),
            "--alert",
            text(&alert),
            "--config-json",
            config,
            "--grants",
            text(&grants),
            "--record",
            text(&tape),
            "--format",
            format,
        ]);
        let ran = ran.expect(1);
        said(&ran, &["http://127.0.0.1:1/x", "hello", "POST http://127.0.0.1:1: the connection was refused"]);
        let tape = std::fs::read_to_string(&tape).unwrap();
        assert!(tape.contains("127.0.0.1:1/x"), "{tape}");
        for told in [&ran.stdout, &ran.stderr, &tape] {
            assert!(!told.contains("correct-horse"), "{told}");
        }
    }
}

#[test]
fn what_a_job_was_denied_is_told_although_it_is_done() {
    let sandbox = Sandbox::new();
    let alert = sandbox.write("alert.json", ALERT);
    let grants = sandbox.write("grants.yaml", "idmef: [alert.source]\n");
    let component = guests::granted("");
    let config = json!({"steps": [{"text": "alert.messageid"}, {"text": "alert.source(0).node.name"}]}).to_string();
    let arguments = ["action", "run", text(&component), "--alert", text(&alert), "--config-json", &config, "--grants"];
    let ran = sandbox.run(&[&arguments[..], &[text(&grants)]].concat()).expect(0);
    let line = "denied: `alert.messageid` is not granted to this action (idmef: ['alert.messageid'] would)";
    assert_eq!(ran.stdout.matches(line).count(), 1, "{}", ran.stdout);
    let ran = sandbox.run(&[&arguments[..], &[text(&grants), "--format", "json"]].concat()).expect(0);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["denied"], json!([line.strip_prefix("denied: ").unwrap()]));
    assert_eq!((&told["state"], &told["last-http-exchange"]), (&json!("done"), &Value::Null));
}

#[test]
fn run_says_what_is_wrong() {
    let sandbox = Sandbox::new();
    said(&run(&sandbox, &["--config-json", "{"]).expect(1), &["--config-json is not JSON"]);
    said(&run(&sandbox, &["--config-json", "{}"]).expect(1), &["does not accept its configuration", "text"]);
    let grants = sandbox.write("grants.yaml", "tpc: ['a:1']\n");
    said(&run(&sandbox, &["--grants", text(&grants)]).expect(1), &["grants.yaml:1:1", "did you mean `tcp`?"]);
    said(&run(&sandbox, &["--capture", "x"]).expect(1), &["--capture wants NAME=TEXT"]);
    let empty = sandbox.write("empty.json", "");
    let notice = text(guests::notice()).to_owned();
    said(
        &sandbox.run(&["action", "run", &notice, "--alert", text(&empty)]).expect(1),
        &["cannot read an alert from", "it is empty"],
    );
    said(&sandbox.run(&["action", "run", &notice]).expect(2), &["--alert"]);
    sandbox.write("prelude-trigger.yaml", "actions:\n  tell: { exec: [/bin/true] }\ntriggers: []\n");
    let alert = sandbox.write("alert.json", ALERT);
    let named = |name: &str| sandbox.run(&["action", "run", name, "--alert", text(&alert)]);
    said(&named("tell").expect(1), &["is an `exec`, not a component"]);
    said(&named("tel").expect(1), &["no action in", "did you mean tell?"]);
}

#[test]
fn an_action_of_the_configuration_is_run_by_its_name() {
    let sandbox = Sandbox::new();
    let component = text(guests::notice());
    sandbox.write(
        "prelude-trigger.yaml",
        &format!("actions:\n  tell:\n    component: {component}\n    config: {{ text: 'by name' }}\ntriggers: []\n"),
    );
    let alert = sandbox.write("alert.json", ALERT);
    said(&sandbox.run(&["action", "run", "tell", "--alert", text(&alert)]).expect(0), &["done: by name"]);
    let ran = sandbox.run(&["action", "inspect", component, "--action", "tell"]).expect(0);
    said(&ran, &["nothing beside the alert"]);
}

#[test]
fn a_job_is_recorded_and_played_again() {
    let sandbox = Sandbox::new();
    let tape = sandbox.path("job.tape");
    let record =
        |config: Value| run(&sandbox, &["--config-json", &config.to_string(), "--record", text(&tape)]).expect(0);
    record(json!({"text": "{alert.messageid}"}));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&tape).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let replay = |more: &[&str]| {
        let arguments = ["action", "run", text(guests::notice()), "--replay", text(&tape)];
        sandbox.run(&[&arguments, more].concat())
    };
    said(&replay(&[]).expect(0), &["done: m-1"]);

    let written = std::fs::read_to_string(&tape).unwrap();
    let changed = |from: &str, to: &str| {
        let changed = written.replace(from, to);
        assert_ne!(changed, written, "{from}");
        std::fs::write(&tape, changed).unwrap();
    };
    changed(r#""summary": "m-1""#, r#""summary": "m-2""#);
    said(&replay(&[]).expect(1), &["differs from the tape", "summary: expected", "m-2", "m-1"]);
    changed(r#""tape": 1"#, r#""tape": 9"#);
    said(&replay(&[]).expect(1), &["this tape has version 9", "record it again"]);
    changed(
        r#""events": []"#,
        r#""events": [{"call": {"call": "run", "command": "add", "arguments": []}, "answer": null}]"#,
    );
    said(&replay(&[]).expect(1), &["expected", "run add", "nothing"]);
    changed(
        r#""events": []"#,
        r#""events": [{"call": {"call": "connect", "address": "192.0.2.1:25"}, "answer": null}]"#,
    );
    said(&replay(&[]).expect(1), &["a connection to 192.0.2.1:25 was opened", "against a real server"]);
    said(&replay(&["--secret", "x=y"]).expect(1), &["a connection"]);
    std::fs::write(&tape, "{}").unwrap();
    said(&replay(&[]).expect(1), &["this is not a tape that can be played"]);
    said(&replay(&["--observe"]).expect(2), &["cannot be used with"]);
}

// ---- test

/// The examples' own cases: commands, requests and files.
#[test]
fn the_examples_pass_their_cases() {
    let sandbox = Sandbox::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for (name, cases) in [("block", 4), ("webhook", 3), ("file", 1)] {
        let component = guests::example(name);
        let directory = examples.join(name);
        let ran = sandbox.run(&["action", "test", text(&directory), "--component", text(component)]).expect(0);
        said(&ran, &[&format!("{cases} passed")]);
    }
}

/// Runs a case of the block action.
fn block(sandbox: &Sandbox, given: &str, expect: &str) -> Ran {
    let case = format!(
        "alert: {{ alert: {{ source: [ {{ node: {{ address: [ {{ address: 192.0.2.7 }} ] }} }} ] }} }}\ngiven:\n  commands: {{ add-v4: {{ parameters: {{ address: ip, seconds: integer }} }}, add-v6: {{ parameters: {{ address: ip, seconds: integer }} }} }}\n{given}expect: {expect}\n"
    );
    let case = sandbox.write("case.yaml", &case);
    sandbox.run(&["action", "test", text(&case), "--component", text(guests::example("block"))])
}

#[test]
fn every_effect_that_is_expected_must_happen_and_no_other_may() {
    let sandbox = Sandbox::new();
    let one = "    - { command: add-v4, arguments: { address: 192.0.2.7, seconds: '3600' } }\n";
    block(&sandbox, &format!("  runs:\n{one}"), "{ state: done }").expect(0);
    said(
        &block(&sandbox, "", "{ state: done }").expect(1),
        &["effect: expected nothing, got", "run add-v4 address=192.0.2.7"],
    );
    said(
        &block(&sandbox, &format!("  runs:\n{one}{one}"), "{ state: done }").expect(1),
        &["effect: expected", "run add-v4", "got nothing"],
    );
    let other = one.replace("3600", "60");
    said(&block(&sandbox, &format!("  runs:\n{other}"), "{ state: done }").expect(1), &["seconds=60", "seconds=3600"]);
    let failing = one.replace(" } }", " }, exit: 2, stderr: 'no idea' }");
    said(
        &block(&sandbox, &format!("  runs:\n{failing}"), "{ state: done, summary: blocked }").expect(1),
        &["state: expected done, got permanent", "no idea"],
    );
}

#[test]
fn a_case_that_is_wrong_is_told_with_line_and_column() {
    let sandbox = Sandbox::new();
    for (given, expect, expected) in [
        ("", "{ state: fine }", "case.yaml:4:18: error: `state` has a wrong value"),
        ("", "{ sumary: x }", "did you mean `summary`?"),
        ("", "{}", "a case expects either that the job ends or that the configuration is refused"),
        ("  runs: [ { command: nope } ]\n", "{ state: done }", "the command `nope` is run and not granted"),
        ("  runs: [ { command: add-v4, exit: 1, signal: 9 } ]\n", "{ state: done }", "it ends in one way only"),
        (
            "  http: [ { request: { url: 'ftp://x' }, answer: { status: 200 } } ]\n",
            "{ state: done }",
            "a URL that begins with",
        ),
        (
            "  http: [ { request: { url: 'http://x' }, answer: { error: oops } } ]\n",
            "{ state: done }",
            "`connection-refused`",
        ),
        ("  dns: { a: [x] }\n", "{ state: done }", "an IP address"),
        ("  time: yesterday\n", "{ state: done }", "a time since 1970"),
        ("  directories: { data: {} }\n", "{ state: done }", "a directory begins with `/`"),
        ("  directories: { /data: { files: { ../x: a } } }\n", "{ state: done }", "is not a file below /data"),
        ("", "{ state: done, summary: { regex: '(' } }", "unclosed group"),
    ] {
        let ran = block(&sandbox, given, expect).expect(1);
        said(&ran, &["case.yaml:", expected]);
    }
    let ran = sandbox.run(&["action", "test", text(&sandbox.path("none.yaml")), "--component", "x.wasm"]).expect(1);
    said(&ran, &["none.yaml` does not exist"]);
    said(
        &sandbox.run(&["action", "test", text(&sandbox.path(""))]).expect(1),
        &["has no cases: tests/*.yaml or cases/*.yaml"],
    );
    let case = sandbox.write("case.yaml", "alert: { alert: {} }\nexpect: { state: done }\n");
    said(&sandbox.run(&["action", "test", text(&case)]).expect(1), &["which component? Name it by `component:`"]);
    let case = sandbox.write("case.yaml", "alert: { alrt: {} }\nexpect: { state: done }\n");
    let notice = text(guests::notice()).to_owned();
    said(&sandbox.run(&["action", "test", text(&case), "--component", &notice]).expect(1), &["`alert` is not IDMEF"]);
}

#[test]
fn json_tells_what_text_tells() {
    let sandbox = Sandbox::new();
    let case = sandbox.write("case.yaml", "about: two lines\nalert: { alert: { messageid: a } }\nconfig: { text: \"1\\n2\\n3\" }\nexpect:\n  state: done\n  log: [ { message: '1' }, { message: two }, { message: '3' } ]\n");
    let notice = text(guests::notice()).to_owned();
    let test = |more: &[&str]| {
        sandbox.run(&[&["action", "test", text(&case), "--component", &notice], more].concat()).expect(1)
    };
    said(&test(&[]), &["FAILED", "two lines", "log (- expected, + got):", "- any level: two", "+ info: 2", "1 failed"]);
    let told: Value = serde_json::from_str(&test(&["--format", "json"]).stdout).unwrap();
    assert_eq!((&told["failed"], &told["cases"][0]["passed"]), (&json!(1), &json!(false)));
    assert!(told["cases"][0]["problems"][0].as_str().unwrap().contains("- any level: two"), "{told}");
}

#[test]
fn a_recorded_job_becomes_a_case() {
    let sandbox = Sandbox::new();
    let tape = sandbox.path("tests/job.tape");
    std::fs::create_dir_all(sandbox.path("tests")).unwrap();
    run(&sandbox, &["--config-json", r#"{"text": "{alert.messageid}"}"#, "--record", text(&tape)]).expect(0);
    sandbox.write("action.yaml", &format!("component: {}\n", text(guests::notice())));
    sandbox.write("tests/job.yaml", "tape: job.tape\nexpect: { state: done, summary: m-1 }\n");
    said(&sandbox.run(&["action", "test", text(&sandbox.path(""))]).expect(0), &["1 passed"]);
    sandbox.write("tests/job.yaml", "tape: job.tape\nconfig: {}\nexpect: { state: done, summary: m-1 }\n");
    said(&sandbox.run(&["action", "test", text(&sandbox.path(""))]).expect(1), &["a tape has this already"]);
    sandbox.write("action.yaml", "componnt: x\n");
    said(
        &sandbox.run(&["action", "test", text(&sandbox.path(""))]).expect(1),
        &["action.yaml:1:1", "did you mean `component`?"],
    );
}
