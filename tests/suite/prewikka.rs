//! What an operator sees in Prewikka, Prelude's console on the web, of what the daemon did.
//!
//! A private PostgreSQL holds what a real manager reports and Prewikka shows. Where one of the two is not installed
//! (`apt-get install postgresql prewikka`), the test says that it was skipped.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use nix::unistd::{User, geteuid};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    answers,
    daemon::{Daemon, PATIENCE},
    sandbox::{text, until},
    stack::{Running, Stack, alert, command, command_as, free_port, on_path, run, send},
};

/// A PostgreSQL of one's own, with a database for the manager and one for Prewikka.
struct Database {
    server: Option<Running>,
    port: u16,
    programs: PathBuf,
    // PostgreSQL does not run as root: not the stack's directory, which nobody else may enter.
    _directory: TempDir,
}

impl Database {
    fn start() -> Option<Self> {
        let Some(programs) = found("/usr/lib/postgresql", "bin").filter(|programs| programs.join("initdb").is_file())
        else {
            eprintln!("skipped: PostgreSQL is not installed (apt-get install postgresql)");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("postgres-").tempdir().unwrap();
        let (data, log) = (directory.path().join("data"), directory.path().join("log"));
        fs::create_dir(&data).unwrap();
        let mut privileges = Vec::new();
        if geteuid().is_root() {
            let owner = User::from_name("postgres").unwrap().expect("Debian's package makes this user");
            for path in [directory.path(), &data] {
                chown(path, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).unwrap();
            }
            privileges =
                vec![format!("--reuid={}", owner.uid), format!("--regid={}", owner.gid), "--clear-groups".into()];
        }
        let mut initdb = Command::new("setpriv");
        initdb.args(&privileges).arg(programs.join("initdb")).arg("-D").arg(&data);
        run(initdb.args(["-A", "trust", "-U", "prelude", "-E", "SQL_ASCII", "--locale=C", "--no-sync"]));
        // Its fast shutdown, also when this process dies.
        privileges.push("--pdeathsig=INT".to_owned());
        let privileges: Vec<_> = privileges.iter().map(String::as_str).collect();
        let port = free_port();
        let mut server = command_as(&privileges, text(&programs.join("postgres")), &log);
        server.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-F", "-p", &port.to_string()]);
        server.arg("-k").arg(directory.path());
        let server = Running::start(&mut server, log);
        server.wait_for("ready to accept connections");
        let database = Self { server: Some(server), port, programs, _directory: directory };
        database.ask("postgres", &["-c", "CREATE DATABASE prelude"]);
        database.ask("postgres", &["-c", "CREATE DATABASE prewikka"]);
        database.ask("prelude", &["-f", "/usr/share/libpreludedb/classic/pgsql.sql"]);
        Some(database)
    }

    /// What psql prints, nothing but values.
    fn ask(&self, database: &str, arguments: &[&str]) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-U", "prelude", "-qtA", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-p", &self.port.to_string(), "-d", database]).args(arguments);
        let output = psql.output().unwrap();
        assert!(output.status.success(), "{psql:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A section of the manager's configuration, or of Prewikka's, which write the same in two ways.
    fn settings(&self, section: &str, sign: char, name: &str) -> String {
        let mut text = format!("[{section}]\n");
        let port = self.port.to_string();
        for (key, value) in [
            ("type", "pgsql"),
            ("host", "127.0.0.1"),
            ("port", &*port),
            ("name", name),
            ("user", "prelude"),
            ("pass", "none"),
        ] {
            text.push_str(&format!("{key}{sign} {value}\n"));
        }
        text
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.end(Signal::INT);
        }
    }
}

/// The first `PARENT/*/NAME` there is.
fn found(parent: &str, name: &str) -> Option<PathBuf> {
    fs::read_dir(parent).ok()?.flatten().map(|entry| entry.path().join(name)).find(|path| path.exists())
}

/// Prewikka's own server, and somebody who has logged in.
struct Prewikka {
    _server: Running,
    port: u16,
    cookie: String,
}

impl Prewikka {
    fn start(directory: &Path, database: &Database, libpq: &Path) -> Self {
        let (configuration, port) = (directory.join("prewikka.conf"), free_port());
        // Looked for beside the configuration.
        fs::copy("/etc/prewikka/menu.yml", directory.join("menu.yml")).unwrap();
        let databases =
            database.settings("idmef_database", ':', "prelude") + &database.settings("database", ':', "prewikka");
        let rest = "[general]\n[interface]\n[log stderr]\nlevel: info\n[session loginform]\nexpiration: 60\n\
            [auth dbauth]\ninitial_admin_user: admin\ninitial_admin_pass: only-for-a-test\n";
        fs::write(&configuration, databases + rest).unwrap();
        let log = directory.join("prewikka.log");
        let mut server = command("prewikka-httpd", &log);
        server.env("LD_PRELOAD", libpq).args(["-a", "127.0.0.1", "-m", "1", "-p", &port.to_string()]);
        server.arg("-c").arg(&configuration);
        let server = Running::start(&mut server, log.clone());
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(&log).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "Prewikka does not start:\n{log}");
            thread::sleep(Duration::from_millis(50));
        }
        let mut prewikka = Self { _server: server, port, cookie: String::new() };
        let credentials = "_login=admin&_password=only-for-a-test";
        let answer = prewikka.ask(&format!(
            "POST /agents/agents HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{credentials}",
            credentials.len()
        ));
        let cookie = answer.lines().find_map(|line| line.strip_prefix("Set-Cookie: sessionid="));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        cookie.unwrap_or_else(|| panic!("no session in {answer}")).clone_into(&mut prewikka.cookie);
        prewikka
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A page's own part, as the console's script asks for it.
    fn page(&self, path: &str) -> String {
        let answer = self.ask(&format!(
            "GET {path} HTTP/1.0\r\nCookie: sessionid={}\r\nX-Requested-With: XMLHttpRequest\r\n\r\n",
            self.cookie
        ));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.starts_with("HTTP/1.0 200"), "{path}: {answer}");
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"));
        body["content"].as_str().unwrap_or(body.to_string().as_str()).to_owned()
    }
}

/// The cells and headings of a page, one after another.
fn words(page: &str) -> String {
    let tags = regex::Regex::new("<[^>]*>").unwrap();
    tags.replace_all(page, " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn prewikka_shows_what_was_done_and_leads_to_its_cause() {
    let libpq = found("/usr/lib", "libpq.so.5");
    let (true, Some(libpq)) = (on_path("prewikka-httpd"), libpq) else {
        eprintln!("skipped: Prewikka is not installed (apt-get install prewikka)");
        return;
    };
    let (Some(stack), Some(database)) = (Stack::new(), Database::start()) else { return };
    let mut manager = stack.manager("manager");
    stack.register(&manager, "sender", "idmef:w");
    stack.register(&manager, "reader", "idmef:rw");
    manager.configure(&database.settings("db", '=', "prelude"));
    manager.preload(&libpq);
    manager.start();
    let prewikka = Prewikka::start(stack.path(), &database, &libpq);
    let sandbox = Daemon::sandbox(&stack, &manager.address());
    answers::configuration(&sandbox, "4h");
    let daemon = Daemon::start(sandbox);
    send(&stack, &stack.profile("sender"), &manager.address(), &[alert(7, "Login failed")]);

    let reported = |text: &str| {
        let question = format!(
            "SELECT messageid FROM prelude_alert JOIN prelude_classification ON _message_ident = _ident WHERE text = '{text}'"
        );
        database.ask("prelude", &["-c", &question])
    };
    let (done, failed) = ("Response done: block", "Response failed: tell");
    until("both answers in the database", PATIENCE, || !reported(done).is_empty() && !reported(failed).is_empty());

    let page = prewikka.page(&format!("/alerts/summary/{}", reported(done)));
    let read = words(&page);
    for expected in [
        "Response done: block",
        "Actions",
        "block-installed block on address 192.0.2.7 until 20",
        "Correlation Alert",
        "Response of trigger login",
        "Prelude Trigger",
    ] {
        assert!(read.contains(expected), "no {expected:?} in {read}");
    }
    // The link to its cause, by the cause's own name; and what it leads to.
    let link = regex::Regex::new(r#"<a [^>]*href="([^"]*)"[^>]*>Login failed</a>"#).unwrap();
    let link = link.captures(&page).unwrap_or_else(|| panic!("no link to the cause in {page}"));
    assert_eq!(&link[1], "/alerts/summary/4711:test-7");
    let cause = words(&prewikka.page(&link[1]));
    assert!(cause.contains("test-7") && cause.contains("Login failed") && cause.contains("192.0.2.7"), "{cause}");

    let read = words(&prewikka.page(&format!("/alerts/summary/{}", reported(failed))));
    for expected in ["Response failed: tell", "failed", "ended with status 3", "Response of trigger login"] {
        assert!(read.contains(expected), "no {expected:?} in {read}");
    }
    assert!(!read.contains("Actions"), "{read}");
    daemon.stop();
}
