//! A directory of its own for one test: a configuration, programs that leave traces, and the real binary.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A temporary directory, removed when dropped.
pub struct Sandbox {
    directory: tempfile::TempDir,
}

/// What a program of ours printed and how it ended.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        sandbox.write("prelude-trigger.conf", "");
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, text).expect("a file");
        path
    }

    /// A shell script that the daemon may run.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        path
    }

    /// A script that appends its arguments to `calls`: each followed by NUL, each call by another NUL.
    pub fn recorder(&self) -> PathBuf {
        let calls = self.path("calls");
        self.script(
            "recorder",
            &format!(
                "exec 9>>'{0}'; flock 9; for a in \"$@\"; do printf '%s\\0' \"$a\" >&9; done; printf '\\0' >&9",
                calls.display()
            ),
        )
    }

    /// What the recorder saw, one argument vector a call.
    pub fn calls(&self) -> Vec<Vec<String>> {
        let bytes = fs::read(self.path("calls")).unwrap_or_default();
        let text = String::from_utf8(bytes).expect("UTF-8");
        let mut calls = vec![Vec::new()];
        for argument in text.split_terminator('\0') {
            // An empty argument looks like the end of a call; tests that need one do not use this.
            if argument.is_empty() {
                calls.push(Vec::new());
            } else if let Some(call) = calls.last_mut() {
                call.push(argument.to_owned());
            }
        }
        calls.pop();
        calls
    }

    /// The binary with this sandbox's files.
    ///
    /// A pass over a recording begins with an empty journal, so that the same alerts can be tried again.
    pub fn command(&self, arguments: &[&str]) -> Command {
        if arguments.contains(&"--input") {
            for file in ["journal.db", "journal.db-wal", "journal.db-shm"] {
                let _ = fs::remove_file(self.path("state").join(file));
            }
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_prelude-trigger"));
        command
            .arg("--config")
            .arg(self.path("prelude-trigger.yaml"))
            .arg("--daemon-config")
            .arg(self.path("prelude-trigger.conf"))
            .arg("--state-dir")
            .arg(self.path("state"))
            .args(arguments)
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().expect("the binary runs").into()
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdin = child.stdin.take().expect("standard input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("it ends");
        let _ = writer.join();
        output.into()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// The output of a run that must have ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Waits until something is so, or fails the test.
#[track_caller]
pub fn until(what: &str, patience: Duration, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
