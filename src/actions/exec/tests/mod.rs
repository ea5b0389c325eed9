//! What every test of the room needs: an action, an alert, a script.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arguments;
mod process;
mod program;
mod run;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::{
    actions::{Job, Outcome},
    config::{Action, ActionKind, OnMissing, Stdin},
};

fn here() -> Location {
    Location { file: Arc::from(Path::new("test.yaml")), line: 1, column: 1 }
}

fn verbatim(text: &str) -> Template {
    Template::Pieces(vec![Piece::Verbatim(text.into())])
}

fn whole(path: &str) -> Template {
    Template::Whole(path.parse().unwrap())
}

fn path(path: &str) -> Piece {
    Piece::Path(path.parse().unwrap())
}

fn config(program: impl Into<PathBuf>, arguments: Vec<Template>) -> config::Exec {
    config::Exec::new(CommandLine { program: program.into(), program_at: here(), arguments })
}

fn action(exec: config::Exec, limits: Limits) -> Action {
    Action { limits, ..Action::new("act".into(), here(), ActionKind::Exec(exec)) }
}

fn load(exec: config::Exec) -> Result<Exec, LoadError> {
    Exec::load(&action(exec, Limits::default()))
}

/// An alert with this classification and these source addresses.
fn alert(text: &str, addresses: &[&str]) -> Message {
    let addresses: Vec<_> =
        addresses.iter().map(|address| json!({"_self": "idmef_address_t", "address": address})).collect();
    let json = json!({"_self": "idmef_message_t", "version": "", "alert": {
        "_self": "idmef_alert_t",
        "messageid": "m-1",
        "classification": {"_self": "idmef_classification_t", "text": text},
        "source": [{"_self": "idmef_source_t", "node": {"_self": "idmef_node_t", "address": addresses}}],
    }});
    Message::from_json(json.to_string().as_bytes()).unwrap()
}

fn job(message: Message) -> Job {
    Job {
        id: "job-7".into(),
        trigger: "ssh".into(),
        action: "act".into(),
        attempt: 2,
        attempts: 5,
        message: Arc::new(message),
        captures: Captures::new(),
        parameters: Vec::new(),
        target: None,
    }
}

/// A directory that others can enter, and scripts in it.
struct Scripts(TempDir);

impl Scripts {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn shell(&self, text: &str) -> PathBuf {
        self.write("script", &format!("#!/bin/sh\n{text}\n"))
    }
}

fn short(timeout: u64, kill_after: u64) -> Limits {
    Limits {
        timeout: Duration::from_millis(timeout),
        kill_after: Duration::from_millis(kill_after),
        ..Limits::default()
    }
}

/// Runs a shell script as the action, with default limits.
async fn run_shell(text: &str) -> Outcome {
    run_limited(text, Limits::default()).await
}

async fn run_limited(text: &str, limits: Limits) -> Outcome {
    let scripts = Scripts::new();
    let exec = Exec::load(&action(config(scripts.shell(text), vec![]), limits)).unwrap();
    exec.run(&job(alert("Login failed", &["192.0.2.1"]))).await
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
