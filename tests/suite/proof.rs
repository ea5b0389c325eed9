//! The `tests:` of a configuration, as `check` runs them: `tests/golden/check/NAME.yaml` or a directory `NAME`, and beside
//! it `NAME.txt`, which is exactly what the operator reads, with the exit code.
//!
//! `UPDATE_GOLDEN=1 cargo test --test suite proof::` writes the expected files anew; read the difference.

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Relative, so that the messages are the same wherever the project lies; tests start in the project's directory.
const GOLDEN: &str = "tests/golden/check";

fn check(config: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let state = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_prelude-trigger"))
        .args(["check", "--daemon-config", "tests/golden/good.conf", "--state-dir"])
        .arg(state.path())
        .arg("--config")
        .arg(config)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn cases() -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(GOLDEN).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.extension().is_none_or(|ending| ending == "yaml")).collect();
    cases.retain(|path| !path.ends_with("samples"));
    cases.sort();
    assert!(cases.len() >= 3, "where are the cases?");
    cases
}

#[test]
fn every_result_is_as_written_down() {
    let mut wrong = String::new();
    for case in cases() {
        let config = if case.is_dir() { case.join("prelude-trigger.yaml") } else { case.clone() };
        let (out, error, code) = check(&config, &["--verbose"]);
        let said = format!("{error}{out}exit code {}\n", code.unwrap());
        let expected_file = case.with_extension("txt");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&expected_file, &said).unwrap();
        }
        let expected = fs::read_to_string(&expected_file).unwrap_or_default();
        if said != expected {
            let _ = writeln!(wrong, "{}\n--- expected\n{expected}--- said\n{said}", case.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn machines_are_told_the_same() {
    let (out, _, code) = check(Path::new(GOLDEN).join("failing.yaml").as_path(), &["--format", "json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &answer["ok"]), (Some(1), &false.into()));
    let tests = &answer["tests"];
    assert_eq!((&tests["passed"], &tests["failed"]), (&1.into(), &11.into()));
    let results = tests["results"].as_array().unwrap();
    assert_eq!(
        (&results[0]["passed"], &results[0]["line"], &results[0]["alerts"]),
        (&true.into(), &17.into(), &1.into())
    );
    let silent = &results[1]["failures"][0]["differences"][0];
    assert_eq!((&silent["trigger"], &silent["expected"]), (&"brute-force".into(), &true.into()));
    assert_eq!(silent["first_no"]["filter"], "alert.assessment.impact.severity at_least medium");
    let jobs = &results[2]["failures"][0]["differences"][0];
    assert_eq!(jobs["missing"][0]["argv"][2], "198.51.100.8");
    assert_eq!(jobs["unexpected"][0]["argv"][2], "198.51.100.7");
    assert_eq!(results[4]["failures"][0]["position"], "line 2");
    assert!(results[6]["error"]["message"].as_str().unwrap().contains("missing.jsonl"));

    let (out, _, code) = check(Path::new(GOLDEN).join("passing.yaml").as_path(), &["--format", "json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &answer["ok"], &answer["tests"]["passed"]), (Some(0), &true.into(), &7.into()));
}

#[test]
fn nobody_but_check_tries_them() {
    let sandbox = Sandbox::new();
    sandbox.write("prelude-trigger.yaml", &fs::read_to_string(Path::new(GOLDEN).join("failing.yaml")).unwrap());
    let ran = sandbox.run(&["run", "--input", "/dev/null"]).expect(0);
    assert!(!ran.stderr.contains("test"), "{}", ran.stderr);
}
