//! Who takes part: each has a manager of its own, so that nobody hears what another one says.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    correlator,
    daemon::{Daemon, killed_with_us},
    process::Process,
    sender::Sender,
    stack::{Manager, Stack, alert},
    started::Starts,
};

/// What every alert is called, and every contestant asks for.
pub const NAME: &str = "User login failed";

const PATIENCE: Duration = Duration::from_mins(1);

/// Where everything is: files of ours, and the daemons' state on a disk.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    pub stack: &'a Stack,
    pub files: &'a Path,
    pub states: &'a Path,
    pub program: &'a Path,
    /// Readers connect over TCP, with TLS, and not over the manager's Unix socket.
    pub tcp: bool,
}

/// One that starts the program when an alert comes.
pub struct Contestant {
    pub name: &'static str,
    pub sender: Sender,
    pub starts: Starts,
    pub daemon: Option<Daemon>,
    manager: Process,
    start: Option<Box<dyn Fn() -> Command>>,
    reader: Option<Child>,
    _manager: Manager,
}

impl Contestant {
    /// The daemon, with these lines in its own file, and the trigger in this mode.
    pub fn daemon(places: Places<'_>, name: &'static str, settings: &str, mode: &str) -> Self {
        let (mut contestant, profile, address) = Self::new(places, name, "");
        let starts = contestant.starts.file().display();
        let settings = format!("{settings}[prelude]\nprofile = \"{profile}\"\nserver-addr = \"{address}\"\n");
        let triggers = format!(
            "actions:\n  start: {{ exec: [{}, {starts}, alert.messageid] }}\ntriggers:\n  - name: login\n    mode: {mode}\n    \
             filters: [{{ path: alert.classification.text, regex: '^{NAME}$' }}]\n    actions: [start]\n",
            places.program.display()
        );
        let id = id(name);
        let daemon = Daemon::new(places.files.join(&id), places.states.join(&id), &settings, &triggers);
        contestant.daemon = Some(daemon.clone());
        contestant.start = Some(Box::new(move || {
            daemon.forget();
            daemon.command(&["run"])
        }));
        contestant
    }

    /// prelude-manager's own plugin, which starts a program for every message that it receives.
    pub fn script(places: Places<'_>, name: &'static str) -> Self {
        let command = format!("{} {} $alert.messageid", places.program.display(), starts(places, name).display());
        Self::new(places, name, &format!("[script]\ncommand = {command}\n")).0
    }

    /// prelude-correlator, with a plugin that asks what the daemon's trigger asks, and waits for the program, as the daemon does.
    pub fn correlator(places: Places<'_>, name: &'static str) -> Self {
        let (mut contestant, profile, address) = Self::new(places, name, "");
        let plugin = format!(
            "import re, subprocess\nfrom preludecorrelator.pluginmanager import Plugin\n\nLOGIN = re.compile('^{NAME}$')\n\n\n\
             class LoginPlugin(Plugin):\n    def run(self, idmef):\n        \
             if LOGIN.search(idmef.get('alert.classification.text')):\n            \
             subprocess.run([{:?}, {:?}, idmef.get('alert.messageid')])\n",
            places.program.display().to_string(),
            contestant.starts.file().display().to_string()
        );
        let directory = places.files.join(format!("{}.d", id(name)));
        fs::create_dir_all(&directory).expect("a directory");
        contestant.start = Some(Box::new(move || {
            let python = correlator::command(&directory, &profile, &address, "LoginPlugin", &plugin);
            let mut command = killed_with_us("/usr/bin/python3");
            command.args(python.get_args());
            command
        }));
        contestant
    }

    /// One without a reader; with it come the profile and the address for one.
    fn new(places: Places<'_>, name: &'static str, settings: &str) -> (Self, String, String) {
        let id = id(name);
        let mut manager = places.stack.manager(&id);
        let profile = places.stack.register(&manager, &format!("{id}-sender"), "idmef:w");
        let reader = places.stack.register(&manager, &format!("{id}-reader"), "idmef:rw");
        manager.configure(settings);
        manager.start();
        let address = if places.tcp { manager.address() } else { manager.unix() };
        let contestant = Self {
            name,
            sender: Sender { profile, address: manager.unix() },
            starts: Starts::new(starts(places, name)),
            daemon: None,
            manager: Process::with(&format!("--profile={}", places.stack.profile(&id))),
            start: None,
            reader: None,
            _manager: manager,
        };
        (contestant, reader, address)
    }

    /// Starts its reader, if it has one, without waiting for anything.
    pub fn start(&mut self) {
        self.reader = self.start.as_ref().map(|start| start().spawn().expect("it starts"));
    }

    /// Starts its reader, and waits until alerts reach it: a manager keeps nothing for readers that it does not know.
    pub fn get_ready(&mut self, next: &mut usize) {
        self.starts.clear();
        self.start();
        let deadline = Instant::now() + PATIENCE;
        while !self.has_acted() {
            assert!(Instant::now() < deadline, "{} does nothing\n{}", self.name, self.last_words());
            self.sender.burst(&alerts(1, next));
            sleep(Duration::from_millis(300));
        }
    }

    fn has_acted(&mut self) -> bool {
        match &self.daemon {
            Some(daemon) => daemon.journalled() > 0,
            None => !self.starts.look().is_empty(),
        }
    }

    /// Ends its reader as an administrator would.
    pub fn stop(&mut self) {
        let Some(mut reader) = self.reader.take() else { return };
        let _ = kill_process(Pid::from_child(&reader), Signal::TERM);
        reader.wait().expect("it ends");
    }

    /// What there is to look at: the reader, or else the manager.
    pub fn process(&self) -> Process {
        self.reader.as_ref().map_or(self.manager, |reader| Process(reader.id()))
    }

    /// CPU time of its reader and its manager so far; programs tell theirs.
    pub fn cpu(&self) -> Duration {
        let reader = self.reader.as_ref().map(|reader| Process(reader.id()).cpu());
        self.manager.cpu() + reader.unwrap_or_default()
    }

    /// What the daemon has to say, if something is wrong.
    pub fn last_words(&self) -> String {
        self.daemon.as_ref().map(Daemon::last_words).unwrap_or_default()
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        if let Some(reader) = &mut self.reader {
            let _ = reader.kill();
            let _ = reader.wait();
        }
    }
}

/// So many more alerts, each with a number of its own.
pub fn alerts(count: usize, next: &mut usize) -> Vec<Vec<u8>> {
    let first = *next;
    *next += count;
    (first..*next).map(|number| alert(number, NAME)).collect()
}

/// A name for files and profiles.
fn id(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Where the programs of a contestant note their starts.
fn starts(places: Places<'_>, name: &str) -> PathBuf {
    places.files.join(format!("{}.starts", id(name)))
}
