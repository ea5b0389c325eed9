//! `backtest`: what a configuration would have done, counted.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

fn backtest(directory: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_prelude-trigger"))
        .current_dir(directory)
        .args(["backtest", "--state-dir", "state", "--config", "new.yaml", "--alerts", "alerts.jsonl"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// Forty alerts, one every twenty seconds from Saturday 2026-11-21 21:55 on, from four addresses.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let alerts: String = (0..40)
        .map(|number| {
            let second = 21 * 3600 + 55 * 60 + number * 20;
            format!(
                "{{\"alert\":{{\"messageid\":\"m{number}\",\"create_time\":\"2026-11-21T{:02}:{:02}:{:02}Z\",\
                 \"classification\":{{\"text\":\"Login {number}\"}},\"source\":[{{\"node\":{{\"address\":[{{\"address\":\"192.0.2.{}\"}}]}}}}]}}}}\n",
                second / 3600,
                second / 60 % 60,
                second % 60,
                number % 4
            )
        })
        .collect();
    fs::write(directory.path().join("alerts.jsonl"), alerts).unwrap();
    fs::write(
        directory.path().join("new.yaml"),
        r"
triggers:
  - name: at-night
    filters:
      - { time: { hours: '22:00-06:00', days: sat, zone: UTC } }
    actions: [ exec: [/bin/true, 'alert.source(0).node.address(0).address'] ]
  - name: listed
    mode: observe
    filters:
      - { path: alert.source(*).node.address(*).address, in: [192.0.2.2/31] }
    actions: [ exec: [/bin/true, 'alert.target(0).node.name'] ]
  - name: never
    filters: [ { path: alert.target, exists: true } ]
    actions: [ exec: [/bin/true] ]
",
    )
    .unwrap();
    directory
}

#[test]
fn what_each_trigger_would_have_done() {
    let directory = directory();
    let (out, error, code) = backtest(directory.path(), &["--format", "json"]);
    assert_eq!((code, error.as_str()), (Some(0), ""), "{out}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [total, night, listed, never] = lines.as_slice() else { panic!("{out}") };
    assert_eq!((&total["messages"], &total["matched"]), (&40.into(), &32.into()));
    assert_eq!(
        (&night["trigger"], &night["matches"], &night["jobs"], &night["different"]),
        (&"at-night".into(), &25.into(), &25.into(), &4.into())
    );
    assert_eq!((&night["busiest"], &night["busiest_minute"]), (&3.into(), &"2026-11-21T22:00:00Z".into()));
    assert_eq!(
        (&listed["matches"], &listed["refused"], &listed["observed"], &listed["different"]),
        (&20.into(), &20.into(), &20.into(), &0.into())
    );
    assert_eq!((&never["matches"], &never["busiest_minute"]), (&0.into(), &Value::Null));

    let (out, _, _) = backtest(directory.path(), &["--only-active"]);
    assert!(out.contains("40 messages, 32 of them set off a trigger"), "{out}");
    assert!(out.contains("3 in 2026-11-21 22:00Z") && !out.contains("never"), "{out}");
}

#[test]
fn two_versions_of_a_configuration_side_by_side() {
    let directory = directory();
    let new = fs::read_to_string(directory.path().join("new.yaml")).unwrap();
    let old = new.replace("name: never", "name: gone").replace("192.0.2.2/31", "192.0.2.3");
    fs::write(directory.path().join("old.yaml"), old).unwrap();
    let (out, _, code) = backtest(directory.path(), &["--against", "old.yaml"]);
    assert_eq!(code, Some(0));
    let words: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(words.contains(&vec!["listed", "10", "→", "20", "10", "→", "20", "0"]), "{out}");
    assert!(words.contains(&vec!["at-night", "25", "25", "4"]), "{out}");
    assert!(words.contains(&vec!["gone", "0", "→", "-", "0", "→", "-", "0", "→", "-"]), "{out}");
    assert!(out.contains("1 of 4 triggers would do the same"), "{out}");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_counted() {
    let directory = directory();
    let alerts = directory.path().join("alerts.jsonl");
    let damaged = fs::read_to_string(&alerts).unwrap().replacen("\"m3\"", "m3", 1);
    fs::write(&alerts, damaged).unwrap();
    let (out, error, code) = backtest(directory.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("39 messages") && error.contains("alerts.jsonl: line 4"), "{out}{error}");
    let (_, error, code) = backtest(directory.path(), &["--against", "missing.yaml"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("missing.yaml"), "{error}");
}
