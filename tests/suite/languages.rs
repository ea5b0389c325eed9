//! Actions in other languages than Rust, built from their sources and run by the real binary. Where the tools of a language are
//! missing its tests say so in one line and pass.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::sandbox::{Ran, Sandbox, text};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What `make` is told to build in a language; none, and a word about it, where it cannot be built here.
fn tools(language: &str) -> Option<Vec<String>> {
    let found = Command::new(Path::new(ROOT).join("tests/guest-tools")).arg(language).output().expect("guest-tools");
    match found.status.code() {
        Some(0) => Some(String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()),
        Some(3) => {
            eprintln!("{}", String::from_utf8_lossy(&found.stderr).trim_end());
            None
        }
        _ => panic!("tests/guest-tools {language}: {found:?}"),
    }
}

fn make(directory: &Path, tools: &[String]) {
    let built = Command::new("make")
        .arg("--directory")
        .arg(directory)
        .arg(concat!("PRELUDE_TRIGGER=", env!("CARGO_BIN_EXE_prelude-trigger")))
        .args(tools)
        .output()
        .expect("make");
    assert!(built.status.success(), "{}:\n{}", directory.display(), Ran::from(built).stderr);
}

/// A new directory builds and passes its cases with one command, and so do the cases of the examples.
#[test]
fn what_is_begun_in_each_language_passes_its_cases() {
    for (language, example) in [("c", "cef"), ("js", "route"), ("python", "owner"), ("go", "stix")] {
        let Some(tools) = tools(language) else { continue };
        let sandbox = Sandbox::new();
        let new =
            sandbox.command(&["action", "new", language, "tell-soc"]).current_dir(sandbox.path("")).output().unwrap();
        assert!(new.status.success(), "{new:?}");
        let tested = Command::new("make")
            .arg("test")
            .current_dir(sandbox.path("tell-soc"))
            .arg(concat!("PRELUDE_TRIGGER=", env!("CARGO_BIN_EXE_prelude-trigger")))
            .args(&tools)
            .output()
            .expect("make");
        let (said, passed) = (Ran::from(tested), "4 passed");
        assert!(said.stdout.contains(passed), "{language}:\n{}\n{}", said.stdout, said.stderr);

        let directory = Path::new(ROOT).join("examples").join(example);
        make(&directory, &tools);
        let tested = sandbox.run(&["action", "test", text(&directory)]).expect(0);
        assert!(!tested.stdout.contains("failed"), "{}", tested.stdout);
    }
}

/// The example `name`, built.
fn example(language: &str, name: &str) -> Option<PathBuf> {
    let tools = tools(language)?;
    let directory = Path::new(ROOT).join("examples").join(name);
    make(&directory, &tools);
    Some(directory.join("build").join(name).with_extension("wasm"))
}

/// A new action as `action new` writes it, whose source was changed so that it fails as its language fails when an alert says
/// `crash`.
fn fragile(language: &str, source: &str, line: &str, crash: &str) -> Option<(tempfile::TempDir, PathBuf)> {
    let tools = tools(language)?;
    let directory = tempfile::tempdir().expect("a directory");
    let action = directory.path().join("says-who");
    let new = Command::new(env!("CARGO_BIN_EXE_prelude-trigger"))
        .args(["action", "new", language, "says-who", "--directory"])
        .arg(&action)
        .output()
        .expect("the binary runs");
    Ran::from(new).expect(0);
    let source = action.join(source);
    let before = fs::read_to_string(&source).expect("the source");
    assert_eq!(before.matches(line).count(), 1, "{}", source.display());
    fs::write(&source, before.replace(line, &format!("{line}\n{crash}"))).expect("the source");
    make(&action, &tools);
    let component = action.join("build/says-who.wasm");
    Some((directory, component))
}

/// A sandbox with one action, which every alert leads to.
fn sandbox(component: &Path, more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    configure(&sandbox, component, more);
    sandbox
}

fn configure(sandbox: &Sandbox, component: &Path, more: &str) {
    let triggers =
        "triggers:\n  - name: all\n    filters: [ { path: alert.messageid, regex: '' } ]\n    actions: [act]\n";
    let limits = "    limits: { cpu: 10s, timeout: 30s, memory: 128MiB }\n";
    let action = format!("actions:\n  act:\n    component: {}\n{limits}{more}", text(component));
    sandbox.write("prelude-trigger.yaml", &format!("{action}{triggers}"));
}

fn alert(what: &str) -> String {
    let messageid = match what {
        "crash" => "m-3",
        "Scan" => "m-2",
        _ => "m-1",
    };
    serde_json::json!({"alert": {
        "messageid": messageid,
        "classification": {"text": what},
        "assessment": {"impact": {"severity": "high"}},
        "source": [{"node": {"address": [{"address": "192.0.2.77"}, {"address": "2001:db8::7"}]}}],
        "target": [{"node": {"name": "web1.lab.example", "address": [{"address": "198.51.100.9"}]}}],
    }})
    .to_string()
        + "\n"
}

fn run(sandbox: &Sandbox, input: &str) -> String {
    sandbox.run_with_input(&["run", "--input", "-"], input.as_bytes()).stderr
}

#[track_caller]
fn says(log: &str, expected: &str) {
    assert!(log.contains(expected), "no `{expected}` in:\n{log}");
}

/// What the recorded alerts lead to: no job may fail in a way that is the language's fault.
fn real_alerts(sandbox: &Sandbox) -> String {
    let alerts = Path::new(ROOT).join("tests/fixtures/alerts.bin");
    let log = sandbox.run(&["run", "--input", text(&alerts)]).expect(0).stderr;
    says(&log, "7 jobs: 7 done, 0 failed");
    log
}

#[test]
fn c_writes_common_event_format() {
    let Some(component) = example("c", "cef") else { return };
    let sandbox = sandbox(&component, "    config: { anonymise: { v4: 24, v6: 32 } }\n");
    let log = run(&sandbox, &alert("Brute = |force|\n\\"));
    says(
        &log,
        r"CEF:0|Prelude|Prelude Trigger|1|Brute = \|force\| \\|Brute = \|force\| \\|9|externalId=m-1 src=192.0.2.0 ",
    );
    let log = real_alerts(&sandbox);
    says(&log, "CEF:0|Prelude|Prelude Trigger|1|Remote Login|Remote Login|6|externalId=ssh-1 ");
    configure(&sandbox, &component, "    config: { extension: { src: alert.sorce(0).ident } }\n");
    let check = sandbox.run(&["check"]).expect(1);
    says(&check.stderr, "did you mean");
}

#[test]
fn c_says_what_it_aborted_for() {
    // A path that is none: C's way out is abort().
    let crash = r#"    if (what != NULL && strcmp(what, "crash") == 0) prelude_get(alert, "alert.nothing");"#;
    let line = r#"    char *what = prelude_get(alert, "alert.classification.text");"#;
    let Some((_directory, component)) = fragile("c", "says_who.c", line, crash) else { return };
    let sandbox = sandbox(&component, "    config: { prefix: told }\n");
    let log = run(&sandbox, &(alert("Scan") + &alert("crash")));
    says(&log, "told: Scan from 192.0.2.77, 2001:db8::7 ");
    says(&log, "1 done, 1 failed");
    says(&log, "path `alert.nothing`: ");
    real_alerts(&sandbox);
    configure(&sandbox, &component, "    config: { prefix: 1 }\n");
    says(&sandbox.run(&["check"]).expect(1).stderr, "prefix");
}

#[test]
fn c_keeps_state() {
    let count = r#"
    action_string_t key;
    action_string_set(&key, "told");
    uint64_t hour = 3600000;
    int64_t times;
    prelude_trigger_state_state_error_t problem;
    if (!prelude_trigger_state_increment(&key, 2, &hour, &times, &problem))
        return prelude_transient(err, "state: %s", prelude_text(problem.val.other));
    prelude_log(PRELUDE_TRIGGER_LOG_LEVEL_INFO, prelude_format("counted %lld", (long long)times));
    prelude_trigger_state_option_versioned_t kept;
    if (!prelude_trigger_state_get(&key, &kept, &problem) || !kept.is_some || kept.val.value.len != 1)
        return prelude_permanent(err, "what was counted is not kept");"#;
    let line = r#"    char *what = prelude_get(alert, "alert.classification.text");"#;
    let Some((_directory, component)) = fragile("c", "says_who.c", line, count) else { return };
    let config = "    config: { prefix: told }\n";
    let sandbox = sandbox(&component, config);
    says(&sandbox.run(&["check"]).expect(1).stderr, "prelude:trigger/state (`grant: { state:");
    configure(&sandbox, &component, &format!("{config}    grant: {{ state: {{}} }}\n"));
    let alerts: String = (0..3).map(|number| alert("Scan").replace("m-2", &format!("n-{number}"))).collect();
    let log = run(&sandbox, &alerts);
    for counted in ["counted 2", "counted 4", "counted 6", "3 done, 0 failed"] {
        says(&log, counted);
    }
}

#[test]
fn javascript_tells_the_right_people() {
    let Some(component) = example("js", "route") else { return };
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    let grant = format!(
        "    grant: {{ commands: {{ tell: {{ command: [{}, '{{to}}', '{{text}}', '{{subject}}'], \
         parameters: {{ to: text, subject: text, text: text }} }} }} }}\n",
        text(&recorder)
    );
    let routes = "    config: { routes: [ { when: { severity: high, text: FORCE }, to: soc }, { when: { severity: low }, to: rest } ] }\n";
    configure(&sandbox, &component, &format!("{routes}{grant}"));
    run(&sandbox, &(alert("Brute *force* @here") + &alert("Scan")));
    let mut calls = sandbox.calls();
    calls.sort();
    assert_eq!(calls[0][0], "rest");
    assert_eq!(calls[1][0], "soc");
    assert!(
        calls[1][1]
            .starts_with("**Brute \\*force\\* @\u{2060}here** (high), trigger all\nFrom: 192.0.2.77, 2001:db8::7"),
        "{calls:?}"
    );
    real_alerts(&sandbox);
    // What the configuration lacks is found when it is loaded: the grant, and whom to tell.
    configure(&sandbox, &component, routes);
    says(&sandbox.run(&["check"]).expect(1).stderr, "prelude:trigger/commands");
    configure(&sandbox, &component, &format!("    config: {{ routes: [] }}\n{grant}"));
    says(&sandbox.run(&["check"]).expect(1).stderr, "routes");
}

#[test]
fn javascript_tells_its_message_and_its_stack() {
    let line = "    const what = alert.getText('alert.classification.text');";
    let crash = "    if (what === 'crash') whoever.knows();";
    let Some((_directory, component)) = fragile("js", "says_who.js", line, crash) else { return };
    let sandbox = sandbox(&component, "    config: { prefix: told }\n");
    let log = run(&sandbox, &(alert("Scan") + &alert("crash")));
    says(&log, "told: Scan from 192.0.2.77, 2001:db8::7 ");
    says(&log, "1 done, 1 failed");
    says(&log, "whoever is not defined");
    says(&log, "says_who.js:");
    real_alerts(&sandbox);
    configure(&sandbox, &component, "    config: { prefix: 1 }\n");
    says(&sandbox.run(&["check"]).expect(1).stderr, "prefix");
}

#[test]
fn python_says_whose_a_host_is() {
    let Some(component) = example("python", "owner") else { return };
    let lists = tempfile::tempdir().unwrap();
    let list = lists.path().join("owners.csv");
    fs::write(&list, "what,owner,contact,importance\n198.51.100.0/24,Shop,shop@example.com,high\n*.lab.example,Lab\n")
        .unwrap();
    let grant = format!(
        "    config: {{ file: /data/owners.csv, unknown: tell }}\n    grant: {{ directories: {{ /data: {} }} }}\n",
        text(lists.path())
    );
    let sandbox = sandbox(&component, &grant);
    let log = run(&sandbox, &alert("Scan"));
    says(&log, "WARN action: 198.51.100.9 belongs to Shop; web1.lab.example belongs to Lab");
    says(&log, "contact=shop@example.com");
    real_alerts(&sandbox);
    fs::write(&list, "198.51.100.1/24,Shop\n").unwrap();
    says(
        &run(&sandbox, &alert("Scan")),
        "failed (misconfigured): line 1 of the list: 198.51.100.1/24 has host bits set",
    );
    // Without the grant nothing is there, and what is asked for is told.
    configure(&sandbox, &component, "    config: { file: /data/owners.csv }\n");
    says(&sandbox.run(&["check"]).expect(1).stderr, "wasi:filesystem");
}

#[test]
fn python_tells_its_traceback() {
    let line = r#"        what = alert.get_text("alert.classification.text")"#;
    let crash = "        if what == \"crash\":\n            raise KeyError(\"the sky is falling\")\n        if what == \"call\":\n            import socket\n            socket.create_connection((\"192.0.2.1\", 25))";
    let Some((_directory, component)) = fragile("python", "says_who.py", line, crash) else { return };
    let sandbox = sandbox(&component, "    config: { prefix: told }\n");
    let log = run(&sandbox, &(alert("Scan") + &alert("crash")));
    says(&log, "told: Scan from 192.0.2.77, 2001:db8::7 ");
    says(&log, "1 done, 1 failed");
    says(&log, "Traceback (most recent call last)");
    says(&log, "KeyError: 'the sky is falling'");
    // It says in its metadata that it opens no connections; one that does gets nowhere.
    says(&run(&sandbox, &alert("call")), "0 done, 1 failed");
    real_alerts(&sandbox);
    configure(&sandbox, &component, "    config: { prefix: 1 }\n");
    says(&sandbox.run(&["check"]).expect(1).stderr, "prefix");
}

#[test]
fn go_shares_what_was_observed() {
    let Some(component) = example("go", "stix") else { return };
    let out = tempfile::tempdir().unwrap();
    let grant = |mode: &str| {
        format!("    grant: {{ directories: {{ /out: {{ host: {}, mode: {mode} }} }} }}\n", text(out.path()))
    };
    let config = "    config: { directory: /out, producer: { name: Example SOC }, targets: true, indicators: {} }\n";
    let sandbox = sandbox(&component, &format!("{config}{}", grant("rw")));
    let log = run(&sandbox, &alert("Brute \"force\" </script>"));
    says(&log, "wrote what was observed of Brute");
    let bundles = || {
        let mut files: Vec<_> = fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    let [file] = bundles().try_into().expect("one file, and nothing unfinished");
    let bundle: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(format!("{}.json", bundle["id"].as_str().unwrap()), file.file_name().unwrap().to_str().unwrap());
    let objects = bundle["objects"].as_array().unwrap();
    let of = |kind: &str| objects.iter().filter(|object| object["type"] == kind).collect::<Vec<_>>();
    // The identifiers of addresses and names are those that every tool for STIX 2.1 makes of them.
    assert_eq!(of("ipv4-addr")[0]["value"], "192.0.2.77");
    assert_eq!(of("ipv4-addr")[0]["id"], "ipv4-addr--6d4f86c1-6474-5a39-8276-b9df7851493d");
    assert_eq!(of("ipv6-addr")[0]["id"], "ipv6-addr--9ed76cd5-ab3b-55a5-b6ec-b55c3efb0be2");
    assert_eq!(of("domain-name")[0]["id"], "domain-name--43bd317d-e469-5d30-87d9-f8fa5771a1b8");
    assert_eq!(of("network-traffic")[0]["id"], "network-traffic--c679b702-448a-5200-bc3e-eedc4812fe10");
    assert_eq!(of("note")[0]["abstract"], "Brute \"force\" </script>");
    assert_eq!(of("indicator")[1]["pattern"], "[ipv6-addr:value = '2001:db8::7']");
    let observed = of("observed-data")[0]["object_refs"].as_array().unwrap();
    assert!(observed.iter().all(|seen| objects.iter().any(|object| object["id"] == *seen)), "{bundle:#}");

    // The recorded alerts name hosts in five of seven cases; none may fail.
    let log = real_alerts(&sandbox);
    says(&log, "names no address, host or account");
    assert!(bundles().len() > 2, "{:?}", bundles());
    configure(&sandbox, &component, &format!("{config}{}", grant("ro")));
    says(&run(&sandbox, &alert("Scan")), "failed (misconfigured)");
    configure(&sandbox, &component, config);
    says(&sandbox.run(&["check"]).expect(1).stderr, "wasi:filesystem");
}

#[test]
fn go_tells_its_panic() {
    let line = r#"	addresses := alert.Texts("alert.source(*).node.address(*).address")"#;
    // Beside a panic: more garbage than there is memory, much of the host's answers, and a path that is none.
    let crash = r#"	switch what {
	case "crash":
		var nobody map[string]int
		nobody[what] = len(addresses)
	case "path":
		alert.Text("alert.nothing")
	case "busy":
		garbage := 0
		for range 20_000 {
			garbage += len(strings.Repeat(what, 4000))
			alert.Text("alert.messageid")
		}
		println("made", garbage)
	case "greedy":
		for range 1_000_000 {
			alert.JSON()
		}
	}"#;
    let Some((_directory, component)) = fragile("go", "main.go", line, crash) else { return };
    let sandbox = sandbox(&component, "    config: { prefix: told }\n");
    let log = run(&sandbox, &(alert("Scan") + &alert("crash")));
    says(&log, "told: Scan from 192.0.2.77, 2001:db8::7 ");
    says(&log, "1 done, 1 failed");
    says(&log, "panic: assignment to entry in nil map");
    says(&log, "main.go:");
    says(&run(&sandbox, &alert("path")), "failed (misconfigured): path `alert.nothing`: ");
    let log = run(&sandbox, &alert("busy"));
    says(&log, "made 320000000");
    says(&log, "1 done, 0 failed");
    // What is handed over has an end, and nothing is overwritten beyond it.
    let log = run(&sandbox, &alert("greedy"));
    says(&log, "realloc return: beyond end of memory");
    says(&log, "0 done, 1 failed");
    real_alerts(&sandbox);
    configure(&sandbox, &component, "    config: { prefix: 1 }\n");
    says(&sandbox.run(&["check"]).expect(1).stderr, "prefix");
}
