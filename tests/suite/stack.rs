//! A private Prelude stack: managers, registered profiles, senders and prelude-lml, on loopback, in a temporary directory.
//!
//! Nothing is written below `/etc` or `/var`: a profile's name may lead anywhere (`../../../tmp/…`), because libprelude
//! prints it below two directories that are both three levels deep. What must be there is what Debian's packages bring
//! (`prelude-manager`, `prelude-utils`, for some tests `prelude-lml`) and the directory `/run/prelude-manager`, which is
//! made when it is missing and we may. Everything that is started is killed when its owner is dropped, or when the test
//! dies.
//!
//! Where prelude-manager is not installed, [`Stack::new`] gives `None` and the test says that it was skipped; with `CI`
//! in the environment that is a failure.

use std::{
    env,
    fs::{self, File},
    io::Write as _,
    net::TcpListener,
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{LazyLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use prelude_trigger::{
    idmef::Message,
    libprelude::{Connection, Permission, Profile},
    source::recording::{Content, Recording},
};
use rustix::process::{Pid, Signal, getegid, geteuid, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything in the stack may take to get ready; the machine may be busy.
const READY: Duration = Duration::from_secs(20);

/// A directory with profiles in it.
pub struct Stack {
    directory: TempDir,
}

impl Stack {
    /// An empty stack, or `None` when there is no prelude-manager on this machine.
    pub fn new() -> Option<Self> {
        let missing = missing();
        if let Some(missing) = missing {
            assert!(env::var_os("CI").is_none(), "{missing}");
            eprintln!("skipped: {missing}");
            return None;
        }
        let directory = tempfile::Builder::new().prefix("prelude-").tempdir().unwrap();
        fs::create_dir(directory.path().join("profiles")).unwrap();
        Some(Self { directory })
    }

    /// Where everything is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The name by which libprelude finds a profile in this stack.
    pub fn profile(&self, name: &str) -> String {
        format!("../../..{}/profiles/{name}", self.path().canonicalize().unwrap().display())
    }

    /// A manager with a profile of its own, not yet started.
    pub fn manager(&self, name: &str) -> Manager {
        let profile = self.profile(name);
        run(Command::new("prelude-admin").args(["add", &profile, "--key-len=1024"]).args(owner()));
        Manager {
            directory: self.path().join(name),
            profile,
            port: free_port(),
            settings: String::new(),
            preloaded: None,
            child: None,
        }
    }

    /// Registers a profile with a manager (which need not run), for `idmef:w` or `idmef:rw`; gives the profile's full name.
    pub fn register(&self, manager: &Manager, name: &str, permission: &str) -> String {
        let profile = self.profile(name);
        let listen = format!("127.0.0.1:{}", free_port());
        let password = self.path().join(format!("password-{}", listen.replace(':', "-")));
        fs::write(&password, "only for a test\n").unwrap();
        let log = self.path().join(format!("registration-{}", listen.replace(':', "-")));
        let server = spawn(
            command("prelude-admin", &log)
                .args(["registration-server", &manager.profile, "--no-confirm", "--key-len=1024"])
                .arg(format!("--listen={listen}"))
                .arg(format!("--passwd-file={}", password.display()))
                .args(owner()),
        );
        let mut server = Running { child: server, log };
        server.wait_for("Waiting for peers");
        run(Command::new("prelude-admin")
            .args(["register", &profile, permission, &listen, "--key-len=1024"])
            .arg(format!("--passwd-file={}", password.display()))
            .args(owner()));
        server.child.wait().unwrap();
        profile
    }

    /// One manager that runs, a sender `sender` and a reader `reader`: what most tests need.
    pub fn ready() -> Option<(Self, Manager)> {
        let stack = Self::new()?;
        let mut manager = stack.manager("manager");
        stack.register(&manager, "sender", "idmef:w");
        stack.register(&manager, "reader", "idmef:rw");
        manager.start();
        Some((stack, manager))
    }

    /// prelude-lml, which watches a log file (made here) with the rules that Debian ships.
    pub fn lml(&self, profile: &str, address: &str) -> Lml {
        self.lml_with(profile, address, "", &[])
    }

    /// The same with more lines for the section `[prelude]` of its configuration, and more arguments.
    pub fn lml_with(&self, profile: &str, address: &str, settings: &str, arguments: &[&str]) -> Lml {
        let log_file = self.path().join("auth.log");
        File::create(&log_file).unwrap();
        let configuration = self.path().join("lml.conf");
        let text = format!(
            "[prelude]\nserver-addr = {address}\n{settings}[format=syslog]\ntime-format = \"%b %d %H:%M:%S\"\n\
             prefix-regex = \"^(?P<timestamp>.{{15}}) (?P<hostname>\\S+) (?:(?P<process>\\S+?)(?:\\[(?P<pid>[0-9]+)\\])?: )?\"\n\
             file = {}\n[Pcre]\nruleset=/etc/prelude-lml/ruleset/pcre.rules\n",
            log_file.display()
        );
        fs::write(&configuration, text).unwrap();
        let log = self.path().join("lml.log");
        let child = spawn(
            command("prelude-lml", &log)
                .args(["--prelude", &format!("--profile={profile}"), &format!("--config={}", configuration.display())])
                .args(["--metadata=tail,nowrite", "--no-resolve"])
                .args(arguments),
        );
        let running = Running { child, log };
        running.wait_for("user requested starting from tail.");
        Lml { running, log_file }
    }
}

/// What a stack needs and this machine does not have.
fn missing() -> Option<String> {
    for program in ["prelude-manager", "prelude-admin"] {
        if !on_path(program) {
            return Some(format!("{program} is not installed (apt-get install prelude-utils, then prelude-manager)"));
        }
    }
    let run = Path::new("/run/prelude-manager");
    if !run.is_dir() && fs::create_dir(run).is_err() {
        return Some(format!("{} is missing, which prelude-manager needs, and cannot be made", run.display()));
    }
    None
}

/// Whether a program can be found.
pub fn on_path(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|directory| directory.join(program).is_file())
}

/// A prelude-manager.
pub struct Manager {
    directory: PathBuf,
    profile: String,
    port: u16,
    settings: String,
    preloaded: Option<PathBuf>,
    child: Option<Running>,
}

impl Manager {
    /// More lines for its configuration, from the next start.
    pub fn configure(&mut self, lines: &str) {
        lines.clone_into(&mut self.settings);
    }

    /// A library that it is to find loaded, from the next start: Debian's plugin for PostgreSQL is not linked with libpq.
    pub fn preload(&mut self, library: &Path) {
        self.preloaded = Some(library.to_owned());
    }

    /// Its address over TCP.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its address over a Unix socket.
    pub fn unix(&self) -> String {
        format!("unix:{}", self.directory.join("socket").display())
    }

    /// Starts it, and waits until it listens.
    pub fn start(&mut self) {
        fs::create_dir_all(&self.directory).unwrap();
        let (configuration, log) = (self.directory.join("manager.conf"), self.directory.join("log"));
        let text = format!("listen = {}\nlisten = {}\n{}", self.address(), self.unix(), self.settings);
        fs::write(&configuration, text).unwrap();
        let mut command = command("prelude-manager", &log);
        if let Some(library) = &self.preloaded {
            command.env("LD_PRELOAD", library);
        }
        let child = spawn(
            command
                .args(["--prelude", &format!("--profile={}", self.profile)])
                .arg(format!("--config={}", configuration.display())),
        );
        let running = Running { child, log };
        running.wait_for(&format!("server started (listening on 127.0.0.1 port {}).", self.port));
        running.wait_for("/socket).");
        self.child = Some(running);
    }

    /// Kills it as a crash would.
    pub fn kill9(&mut self) {
        drop(self.child.take());
    }

    /// Ends it as an administrator would: a manager that does not end within ten seconds, as 5.2.0 sometimes does not after
    /// a large message, is killed.
    pub fn stop(&mut self) {
        if let Some(running) = self.child.take() {
            running.end(Signal::TERM);
        }
    }

    /// Lets it hang.
    pub fn sigstop(&self) {
        self.child.as_ref().unwrap().signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn sigcont(&self) {
        self.child.as_ref().unwrap().signal(Signal::CONT);
    }

    /// What it has written.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.directory.join("log")).unwrap()).into_owned()
    }
}

/// prelude-lml and the file it watches.
pub struct Lml {
    running: Running,
    log_file: PathBuf,
}

impl Lml {
    /// Appends a line to the file.
    pub fn log(&self, line: &str) {
        let mut file = File::options().append(true).open(&self.log_file).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

impl Lml {
    /// What it has written itself.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.running.log).unwrap()).into_owned()
    }

    /// Kills it as a crash would.
    pub fn kill9(self) {
        drop(self);
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) {
        self.running.child.wait().unwrap();
    }
}

impl Drop for Lml {
    /// prelude-lml keeps a note of every file it watches, named after the file's path.
    fn drop(&mut self) {
        let name = self.log_file.display().to_string().replace('/', "-");
        let _ = fs::remove_file(Path::new("/var/lib/prelude-lml").join(name));
    }
}

/// A process that is killed when this is dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a command whose output goes to this file.
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        Self { child: spawn(command), log }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Asks it to end, and kills it when it has not within ten seconds.
    pub fn end(mut self, signal: Signal) {
        self.signal(signal);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until its log contains a text.
    pub fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + READY;
        loop {
            let log = String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned();
            if log.contains(text) {
                return;
            }
            assert!(Instant::now() < deadline, "waited for {text:?} in:\n{log}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that sends recorded alerts: this test program, started again.
pub struct Sender {
    running: Running,
}

impl Sender {
    /// Sends the messages of a recording once, at most so many a second if a rate is given. When the manager goes away it
    /// comes back, and goes on with the message that could not be written.
    pub fn start(stack: &Stack, profile: &str, address: &str, recording: &Path, rate: Option<u32>) -> Self {
        let log = tempfile::Builder::new().prefix("sender-").tempfile_in(stack.path()).unwrap();
        let log = log.into_temp_path().keep().unwrap();
        let child = spawn(
            command(env::current_exe().unwrap().to_str().unwrap(), &log)
                .args(["--exact", "stack::sender_process", "--ignored", "--nocapture"])
                .env("PRELUDE_TRIGGER_SEND", recording)
                .env("PRELUDE_TRIGGER_SEND_AS", profile)
                .env("PRELUDE_TRIGGER_SEND_TO", address)
                .env("PRELUDE_TRIGGER_SEND_RATE", rate.unwrap_or(0).to_string()),
        );
        Self { running: Running { child, log } }
    }

    /// Kills it as a crash would.
    pub fn kill9(self) {
        drop(self);
    }

    /// Waits until the manager has everything.
    pub fn wait(mut self) {
        let status = self.running.child.wait().unwrap();
        assert!(status.success(), "{}", String::from_utf8_lossy(&fs::read(&self.running.log).unwrap()));
    }
}

/// Sends messages and waits until the manager has them.
pub fn send(stack: &Stack, profile: &str, address: &str, messages: &[Vec<u8>]) {
    let recording = record(stack, messages);
    Sender::start(stack, profile, address, &recording, None).wait();
}

/// Writes messages into a file.
pub fn record(stack: &Stack, messages: &[Vec<u8>]) -> PathBuf {
    let mut file = tempfile::Builder::new().prefix("alerts-").tempfile_in(stack.path()).unwrap();
    for message in messages {
        file.write_all(message).unwrap();
    }
    file.into_temp_path().keep().unwrap()
}

/// An alert, like a sensor's, with a number and a text of one's choice.
pub fn alert(number: usize, text: &str) -> Vec<u8> {
    alert_with(number, json!({ "classification": { "text": text } }))
}

/// An alert with these members of its own beside the usual ones.
pub fn alert_with(number: usize, members: Value) -> Vec<u8> {
    let mut alert = json!({
        "messageid": format!("test-{number}"),
        "analyzer": [{ "analyzerid": "4711", "name": "sensor", "model": "Test" }],
        "create_time": "2026-11-21T16:30:00.000000+00:00",
        "source": [{ "node": { "address": [{ "address": "192.0.2.7" }] }, "service": { "port": 54321 } }],
        "target": [{ "node": { "address": [{ "address": "198.51.100.9" }] }, "service": { "port": 22, "name": "ssh" } }],
        "assessment": { "impact": { "severity": "medium", "completion": "failed", "type": "user" } },
        "additional_data": [{ "type": "integer", "meaning": "number", "data": number }],
    });
    let Value::Object(members) = members else { panic!("members of an object") };
    alert.as_object_mut().unwrap().extend(members);
    Message::from_json(json!({ "alert": alert }).to_string().as_bytes()).unwrap().to_wire()
}

/// The sending half of [`Sender`], in a process of its own.
#[test]
#[ignore = "the sending half of other tests, started by them"]
fn sender_process() {
    let Some(recording) = env::var_os("PRELUDE_TRIGGER_SEND") else { return };
    let variable = |name: &str| env::var(format!("PRELUDE_TRIGGER_SEND_{name}")).unwrap();
    let (profile, address, rate) = (variable("AS"), variable("TO"), variable("RATE").parse::<u32>().unwrap());
    let profile = Profile::open(&profile).unwrap();
    let mut connection = connect(&address, &profile);
    let begin = Instant::now();
    for (number, recorded) in (0_u32..).zip(Recording::new(File::open(recording).unwrap())) {
        let Content::Wire(wire) = recorded.unwrap().content else { panic!("senders send wire messages") };
        if rate > 0 {
            thread::sleep((begin + Duration::from_secs(1) * number / rate).saturating_duration_since(Instant::now()));
        }
        while !write(&mut connection, &wire) {
            connection = connect(&address, &profile);
        }
    }
    // The manager closes when it has read everything.
    connection.finish_sending();
    let deadline = Instant::now() + READY;
    while Instant::now() < deadline {
        match connection.read(&mut [0; 1024]) {
            Ok(Some(_)) => {}
            Ok(None) => wait(&connection, rustix::event::PollFlags::IN),
            Err(_) => return,
        }
    }
    panic!("the manager does not read");
}

fn connect(address: &str, profile: &Profile) -> Connection {
    let deadline = Instant::now() + READY;
    loop {
        match Connection::connect(address, profile, Permission::Write) {
            Ok(connection) => return connection,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a message could be written.
fn write(connection: &mut Connection, wire: &[u8]) -> bool {
    let mut rest = wire;
    while !rest.is_empty() {
        match connection.write(rest) {
            Ok(Some(count)) => rest = &rest[count..],
            Ok(None) => wait(connection, rustix::event::PollFlags::OUT),
            Err(_) => return false,
        }
    }
    true
}

fn wait(connection: &Connection, what: rustix::event::PollFlags) {
    let mut ready = [rustix::event::PollFd::from_borrowed_fd(connection.as_fd(), what)];
    rustix::event::poll(&mut ready, Some(&Duration::from_millis(100).try_into().unwrap())).unwrap();
}

/// A command whose output goes to a file, line by line, and which is killed when this process dies.
pub fn command(program: &str, log: &Path) -> Command {
    command_as(&["--pdeathsig", "KILL"], program, log)
}

/// The same, as whom and how setpriv(1) is told.
pub fn command_as(privileges: &[&str], program: &str, log: &Path) -> Command {
    let log = File::create(log).unwrap();
    let mut command = Command::new("setpriv");
    command.args(privileges).args(["stdbuf", "-oL", program]);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command
}

/// Starts a command from a thread that lives as long as this process: to the kernel, the thread is the parent whose
/// death kills the child.
fn spawn(command: &mut Command) -> Child {
    type Order = (Command, mpsc::Sender<Child>);
    static PARENT: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
        let (order, orders) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in orders {
                answer.send(command.spawn().unwrap()).unwrap();
            }
        });
        order
    });
    let (answer, answered) = mpsc::channel();
    PARENT.send((std::mem::replace(command, Command::new("true")), answer)).unwrap();
    answered.recv().expect("the command can be started")
}

/// Runs a command to its end, which must be a good one.
pub fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Without these two options `prelude-admin` asks on the terminal.
fn owner() -> [String; 4] {
    ["--uid".into(), geteuid().as_raw().to_string(), "--gid".into(), getegid().as_raw().to_string()]
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
