//! The daemon, with a configuration and a state directory of its own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use prelude_trigger::journal::{JobFilter, Reader};

/// A daemon that can be started.
#[derive(Debug, Clone)]
pub struct Daemon {
    files: PathBuf,
    state: PathBuf,
}

impl Daemon {
    /// Writes its files into a directory of its own; the state directory is another one, which is to be on a disk.
    pub fn new(files: PathBuf, state: PathBuf, settings: &str, triggers: &str) -> Self {
        fs::create_dir_all(&files).expect("a directory");
        fs::write(files.join("prelude-trigger.conf"), settings).expect("a file");
        fs::write(files.join("prelude-trigger.yaml"), triggers).expect("a file");
        Self { files, state }
    }

    /// The state directory.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The binary with these arguments. It is killed when this process dies; its log goes to a file.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = killed_with_us(env!("CARGO_BIN_EXE_prelude-trigger"));
        let log = File::options().create(true).append(true).open(self.files.join("log")).expect("a file");
        command
            .arg("--config")
            .arg(self.files.join("prelude-trigger.yaml"))
            .arg("--daemon-config")
            .arg(self.files.join("prelude-trigger.conf"))
            .arg("--state-dir")
            .arg(&self.state)
            .args(arguments)
            .env_remove("NOTIFY_SOCKET")
            .stderr(log);
        command
    }

    /// Forgets everything: alerts of earlier rounds are not known any more.
    pub fn forget(&self) {
        let _ = fs::remove_dir_all(&self.state);
    }

    /// How many jobs have been written to the disk since it forgot: a reader of the journal sees what has been synced.
    pub fn journalled(&self) -> usize {
        let newest =
            Reader::open(&self.state).and_then(|reader| reader.jobs(&JobFilter { limit: 1, ..JobFilter::default() }));
        // None while there is no journal, or none with tables yet.
        newest.ok().and_then(|jobs| usize::try_from(jobs.first()?.id).ok()).unwrap_or(0)
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(self.files.join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(10).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// A command that is killed when this process dies, and neither reads nor prints.
pub fn killed_with_us(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
