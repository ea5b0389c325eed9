//! Every message that a configuration can cause, as files: `tests/golden/config/NAME.yaml` (the triggers),
//! `NAME.conf` (the daemon's file) or a directory `NAME` with both and `triggers.d`, and beside it `NAME.txt`, which
//! is exactly what the operator reads.
//!
//! `UPDATE_GOLDEN=1 cargo test --test suite config_golden` writes the expected files anew; read the difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use prelude_trigger::config::{self, Files};

/// Relative, so that the messages are the same wherever the project lies; tests start in the project's directory.
const GOLDEN: &str = "tests/golden/config";

/// What loading says.
fn said(files: &Files) -> String {
    match config::load(files) {
        Ok(loaded) if loaded.warnings.is_empty() => "nothing to complain about\n".to_owned(),
        Ok(loaded) => format!("{}\n", loaded.warnings),
        Err(diagnostics) => {
            assert!(diagnostics.has_errors(), "refused without an error");
            format!("{diagnostics}\n")
        }
    }
}

/// The files of one case.
fn files(case: &Path) -> Files {
    let good_triggers = PathBuf::from("tests/golden/good.yaml");
    let good_daemon = PathBuf::from("tests/golden/good.conf");
    if case.is_dir() {
        let daemon = Some(case.join("prelude-trigger.conf")).filter(|file| file.exists());
        Files { triggers: case.join("prelude-trigger.yaml"), daemon: daemon.or(Some(good_daemon)) }
    } else if case.extension().is_some_and(|ending| ending == "yaml") {
        Files { triggers: case.to_owned(), daemon: Some(good_daemon) }
    } else {
        Files { triggers: good_triggers, daemon: Some(case.to_owned()) }
    }
}

#[test]
fn every_message_is_as_written_down() {
    let mut cases: Vec<PathBuf> = fs::read_dir(GOLDEN)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "txt"))
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "where are the cases?");
    let mut wrong = Vec::new();
    for case in cases {
        let expected_file = case.with_extension("txt");
        let said = said(&files(&case));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&expected_file, &said).unwrap();
        }
        let expected = fs::read_to_string(&expected_file).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- said\n{said}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
