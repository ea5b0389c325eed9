//! What operators ask and say while the daemon runs, and when none does: the journal's verbs, and the control socket.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::{
        fs::{FileTypeExt as _, PermissionsExt as _},
        net::UnixStream,
        process::CommandExt as _,
    },
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::sandbox::{Ran, Sandbox, text, until};

const PATIENCE: Duration = Duration::from_mins(1);

/// A daemon that reads alerts from a pipe.
struct Daemon {
    sandbox: Sandbox,
    child: Child,
    alerts: Option<ChildStdin>,
}

fn configuration(sandbox: &Sandbox, block: bool) {
    let recorder = text(&sandbox.recorder()).to_owned();
    let block_action = format!(
        "  block:\n    exec: {{ command: [{recorder}, add, '{{address}}'], undo: [{recorder}, delete, '{{address}}'] }}\n    \
         parameters: {{ address: ip }}\n    target: address\n"
    );
    let block_use = "      - block: { address: 'alert.source(0).node.address(0).address' }\n        for: 4h\n";
    let (block_action, block_use) = if block { (block_action.as_str(), block_use) } else { ("", "") };
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:\n{block_action}  fail: {{ exec: [/bin/sh, -c, 'echo sorry >&2; exit 3'] }}\n  \
             look: {{ exec: [{recorder}, look], mode: observe }}\ntriggers:\n  - name: login\n    \
             filters: [{{ path: alert.classification.text, regex: '^Login' }}]\n    actions:\n{block_use}      - fail\n      - look\n"
        ),
    );
}

fn alert(number: u32) -> String {
    format!(
        "{{\"alert\":{{\"messageid\":\"m-{number}\",\"classification\":{{\"text\":\"Login \\u001b[2J failed\"}},\
         \"source\":[{{\"node\":{{\"address\":[{{\"address\":\"198.51.100.{number}\"}}]}}}}]}}}}\n"
    )
}

impl Daemon {
    fn start() -> Self {
        let sandbox = Sandbox::new();
        configuration(&sandbox, true);
        Self::of(sandbox)
    }

    fn of(sandbox: Sandbox) -> Self {
        let run = sandbox.command(&["run", "--input", "-"]);
        Self::with(sandbox, run)
    }

    /// One that is started by this command.
    fn with(sandbox: Sandbox, mut run: Command) -> Self {
        let log = File::create(sandbox.path("log")).unwrap();
        let mut child = run.stdin(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let alerts = child.stdin.take();
        let daemon = Self { sandbox, child, alerts };
        until("a daemon that answers", PATIENCE, || daemon.ask(&["status"]).code == 0);
        daemon
    }

    fn alert(&mut self, number: u32) {
        self.alerts.as_mut().unwrap().write_all(alert(number).as_bytes()).unwrap();
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        self.sandbox.run(arguments)
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let ran = self.ask(&[arguments, &["--format", "json"]].concat());
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn until(&self, what: &str, count: usize, arguments: &[&str]) {
        until(what, PATIENCE, || self.json(arguments).len() == count);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.sandbox.path("log")).unwrap_or_default()
    }

    fn stop(mut self) -> Sandbox {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        until("its end", PATIENCE, || self.child.try_wait().unwrap().is_some());
        std::mem::replace(&mut self.sandbox, Sandbox::new())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn jobs_leases_and_audit_are_read_beside_the_daemon_and_without_one() {
    let mut daemon = Daemon::start();
    daemon.alert(1);
    daemon.alert(2);
    daemon.until("six jobs", 6, &["jobs", "--state", "ended"]);
    // By what it was decided, also when the file is another one later.
    let triggers = daemon.sandbox.path("prelude-trigger.yaml");
    let known = (hex::encode(Sha256::digest(fs::read(&triggers).unwrap())), triggers);
    fs::write(&known.1, "# empty\n").unwrap();
    let check = |sandbox: &Sandbox| {
        let run = |arguments: &[&str]| sandbox.run(arguments).expect(0).stdout;
        let failed = run(&["jobs", "list", "--state", "failed"]);
        assert_eq!(failed.lines().count(), 3, "{failed}");
        assert!(failed.contains("ended with status 3, saying \"sorry\""), "{failed}");
        assert_eq!(run(&["jobs", "--state", "open"]), "no such jobs\n");
        assert_eq!(run(&["jobs", "--target", "198.51.100.2", "--format", "json"]).lines().count(), 1);
        assert_eq!(run(&["jobs", "--since", "1h ago", "--limit", "2"]).lines().count(), 4);
        assert_eq!(run(&["jobs", "--until", "1h ago"]), "no such jobs\n");
        let leases = run(&["leases"]);
        assert!(leases.contains("address:198.51.100.1  held") && leases.contains("3h 59m"), "{leases}");
        let jobs = run(&["jobs", "--action", "block", "--format", "json"]);
        let job: Value = serde_json::from_str(jobs.lines().last().unwrap()).unwrap();
        let shown = run(&["jobs", "show", &job["id"].to_string()]);
        let ran = format!("{} add 198.51.100.1", text(&sandbox.path("recorder")));
        let configured = format!("{}  {}", known.0, text(&known.1));
        for expected in [
            "block on address:198.51.100.1: done",
            "Login \\x1b[2J failed",
            "1 is held",
            "lease taken",
            "m-1",
            &ran,
            &configured,
        ] {
            assert!(shown.contains(expected), "no {expected:?} in\n{shown}");
        }
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(run(&["audit", "--outcome", "failed"]).lines().count() == 3);
        assert!(run(&["audit", "--outcome", "observed"]).contains("would "));
        assert!(run(&["audit", "--target", "198.51.100.2"]).contains("lease held"));
        assert_eq!(run(&["audit", "--trigger", "nobody"]), "no such entries\n");
    };
    check(&daemon.sandbox);
    let sandbox = daemon.stop();
    check(&sandbox);
    let missing = sandbox.run(&["jobs", "show", "4711"]).expect(1);
    assert!(missing.stderr.contains("there is no job 4711"), "{}", missing.stderr);
}

#[test]
fn a_changed_audit_trail_is_found_out_and_a_kept_sum_found_again() {
    let mut daemon = Daemon::start();
    daemon.alert(1);
    daemon.until("three jobs", 3, &["jobs", "--state", "ended"]);
    let sandbox = daemon.stop();
    let sound = sandbox.run(&["audit", "verify"]).expect(0).stdout;
    let last = sound.lines().last().unwrap().to_owned();
    assert!(sandbox.run(&["audit", "verify", "--kept", &last]).expect(0).stdout.contains("is that of entry"));
    let other = sandbox.run(&["audit", "verify", "--kept", &"0f".repeat(32)]).expect(1);
    assert!(other.stderr.contains("no entry of the audit trail has the sum"), "{}", other.stderr);
    sandbox.run(&["audit", "verify", "--kept", "5f"]).expect(2);
    let exported = sandbox.run(&["audit", "export"]).expect(0).stdout;
    assert!(exported.starts_with("{\"anchor\":") && exported.contains(&last), "{exported}");

    let sql = rusqlite::Connection::open(sandbox.path("state/journal.db")).unwrap();
    let forged = "UPDATE audit SET detail = replace(detail, '198.51.100.1', '198.51.100.9') WHERE number = 2";
    assert_eq!(sql.execute(forged, []).unwrap(), 1);
    drop(sql);
    let broken = sandbox.run(&["audit", "verify"]).expect(1);
    assert!(broken.stderr.contains("its chain breaks at entry 2"), "{}", broken.stderr);
}

#[test]
fn without_a_journal_or_a_daemon_each_verb_says_so() {
    let sandbox = Sandbox::new();
    configuration(&sandbox, true);
    for arguments in [["jobs", "list"], ["leases", "list"], ["audit", "verify"], ["jobs", "show"]] {
        let arguments = if arguments[1] == "show" { vec!["jobs", "show", "1"] } else { arguments.to_vec() };
        let ran = sandbox.run(&arguments).expect(3);
        assert!(ran.stderr.contains("there is no journal in"), "{}", ran.stderr);
    }
    let socket = sandbox.path("state/control.sock");
    for arguments in [
        vec!["status"],
        vec!["pause", "block"],
        vec!["resume", "--all"],
        vec!["reload"],
        vec!["jobs", "retry", "1"],
        vec!["leases", "extend", "1", "2h"],
        vec!["leases", "revoke", "1"],
        vec!["leases", "restore", "--all"],
    ] {
        let ran = sandbox.run(&arguments).expect(3);
        assert!(ran.stderr.contains("no daemon is running") && ran.stderr.contains(text(&socket)), "{}", ran.stderr);
    }
    for wrong in [
        vec!["pause"],
        vec!["pause", "block", "--all"],
        vec!["leases", "revoke"],
        vec!["leases", "extend", "1", "soon"],
    ] {
        sandbox.run(&wrong).expect(2);
    }
    // A journal of another version, and one that we may not read.
    fs::create_dir_all(sandbox.path("state")).unwrap();
    let sql = rusqlite::Connection::open(sandbox.path("state/journal.db")).unwrap();
    sql.pragma_update(None, "user_version", 4711).unwrap();
    drop(sql);
    let ran = sandbox.run(&["jobs"]).expect(3);
    assert!(ran.stderr.contains("has version 4711"), "{}", ran.stderr);
    if rustix::process::geteuid().is_root() {
        let mut command = sandbox.command(&["jobs"]);
        fs::set_permissions(sandbox.path("."), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(sandbox.path("state/journal.db"), fs::Permissions::from_mode(0o600)).unwrap();
        if let Ok(output) = command.uid(65_534).gid(65_534).output() {
            let ran = Ran::from(output).expect(3);
            assert!(ran.stderr.contains("may not read the journal"), "{}", ran.stderr);
        }
    }
}

#[test]
fn what_is_paused_is_refused_and_repeated_once_it_goes_on() {
    let mut daemon = Daemon::start();
    let why = "the firewall is being replaced";
    daemon.ask(&["pause", "block", "--why", why]).expect(0);
    assert!(daemon.ask(&["pause", "block"]).expect(0).stdout.contains("was paused before"));
    let unknown = daemon.ask(&["pause", "blok"]).expect(1);
    assert!(unknown.stderr.contains("no action is called blok; did you mean block?"), "{}", unknown.stderr);
    daemon.alert(1);
    daemon.until("a refused job", 1, &["jobs", "--state", "refused"]);
    let status = daemon.ask(&["status"]).expect(0).stdout;
    for expected in [why, "paused", "1 refused", "1 would have been run", "fine", "prelude-trigger.yaml"] {
        assert!(status.contains(expected), "no {expected:?} in\n{status}");
    }
    let resumed = daemon.ask(&["resume", "block"]).expect(0).stdout;
    assert!(resumed.contains("action block goes on"), "{resumed}");
    let refused = daemon.json(&["jobs", "--state", "refused"]).remove(0)["id"].to_string();
    let repeated = daemon.ask(&["jobs", "retry", &refused]).expect(0).stdout;
    assert!(repeated.contains("is repeated as job"), "{repeated}");
    daemon.until("a lease", 1, &["leases", "--state", "held"]);
    let again = daemon.ask(&["jobs", "retry", &refused, "4711"]).expect(1).stderr;
    assert!(again.contains("was repeated before") && again.contains("job 4711 is not in the journal"), "{again}");
    let asked = daemon.ask(&["audit", "--outcome", "asked"]).expect(0).stdout;
    let uid = format!("uid={}", rustix::process::geteuid().as_raw());
    for expected in ["verb=pause", "verb=resume", "verb=retry", &uid, why] {
        assert!(asked.contains(expected), "no {expected:?} in\n{asked}");
    }
    daemon.ask(&["audit", "verify"]).expect(0);
}

#[test]
fn leases_are_extended_revoked_and_restored_by_hand() {
    let mut daemon = Daemon::start();
    daemon.alert(1);
    daemon.alert(2);
    daemon.until("two leases", 2, &["leases", "--state", "held"]);
    let extended = daemon.ask(&["leases", "extend", "1", "2h"]).expect(0).stdout;
    assert!(extended.contains("lease 1 lasts until"), "{extended}");
    let leases = daemon.ask(&["leases"]).expect(0).stdout;
    assert!(leases.contains("5h 59m") && leases.contains("3h 59m"), "{leases}");
    let past = daemon.ask(&["leases", "extend", "1", "2001-01-01"]).expect(1).stderr;
    assert!(past.contains("which is past"), "{past}");
    assert!(daemon.ask(&["leases", "extend", "99", "1h"]).expect(1).stderr.contains("lease 99 is not in the journal"));

    daemon.ask(&["leases", "restore", "2"]).expect(0);
    let blocked = |address: &str| vec!["add".to_owned(), address.to_owned()];
    let times = |address: &str| daemon.sandbox.calls().iter().filter(|call| **call == blocked(address)).count();
    until("done again", PATIENCE, || times("198.51.100.2") == 2);

    let revoke = ["leases", "revoke", "--target", "198.51.100.1", "--why", "our own scanner"];
    assert!(daemon.ask(&revoke).expect(0).stdout.contains("lease 1 is being undone by job"));
    daemon.until("its end", 1, &["leases", "--state", "ended"]);
    assert!(daemon.sandbox.calls().contains(&vec!["delete".to_owned(), "198.51.100.1".to_owned()]));
    let over = daemon.ask(&["leases", "--all"]).expect(0).stdout;
    assert!(over.contains("our own scanner (asked by "), "{over}");
    assert!(daemon.ask(&["leases", "revoke", "1"]).expect(1).stderr.contains("lease 1 is ended"));
    assert!(daemon.ask(&["leases", "revoke", "--action", "nobody"]).expect(0).stdout.contains("no such leases"));
}

#[test]
fn a_reload_says_what_check_says_and_leaves_no_lease_without_its_undo() {
    let mut daemon = Daemon::start();
    daemon.alert(1);
    daemon.until("a lease", 1, &["leases", "--state", "held"]);
    assert!(
        daemon.ask(&["reload"]).expect(0).stdout.contains("the new configuration is in force: 1 trigger, 3 actions")
    );

    let good = fs::read_to_string(daemon.sandbox.path("prelude-trigger.yaml")).unwrap();
    daemon.sandbox.write("prelude-trigger.yaml", &good.replace("filters:", "fliters:"));
    let (checked, reloaded) = (daemon.ask(&["check"]).expect(1).stderr, daemon.ask(&["reload"]).expect(1).stderr);
    assert_eq!(reloaded, format!("{checked}prelude-trigger: it was not loaded; the running one stays\n"));

    configuration(&daemon.sandbox, false);
    let warned = daemon.ask(&["check"]).expect(0).stderr;
    assert!(warned.contains("action `block` is not in this configuration, and has 1 lease to be undone"), "{warned}");
    let refused = daemon.ask(&["reload"]).expect(1).stderr;
    assert!(refused.contains("nobody could undo") && refused.contains("address:198.51.100.1"), "{refused}");
    assert_eq!(daemon.json(&["reload"])[0]["leases"][0]["action"], "block");
    kill_process(Pid::from_child(&daemon.child), Signal::HUP).unwrap();
    until("the same by SIGHUP", PATIENCE, || daemon.log().matches("was not taken over").count() == 3);
    // The running configuration goes on.
    daemon.alert(2);
    daemon.until("another lease", 2, &["leases", "--state", "held"]);

    let undone = daemon.ask(&["reload", "--undo"]).expect(0).stdout;
    assert!(undone.contains("undone first: 2 leases") && undone.contains("2 actions"), "{undone}");
    assert_eq!(daemon.json(&["leases", "--state", "ended"]).len(), 2);
    assert!(daemon.sandbox.calls().contains(&vec!["delete".to_owned(), "198.51.100.2".to_owned()]));
    assert!(!daemon.ask(&["status"]).expect(0).stdout.contains("paused"));
}

#[test]
fn what_cannot_be_undone_keeps_its_action_until_it_can() {
    let mut daemon = Daemon::start();
    daemon.alert(1);
    daemon.until("a lease", 1, &["leases", "--state", "held"]);
    configuration(&daemon.sandbox, false);
    let recorder = fs::read_to_string(daemon.sandbox.path("recorder")).unwrap();
    daemon.sandbox.script("recorder", &format!("[ $1 = add ] || {{ echo locked >&2; exit 1; }}\n{recorder}"));
    let refused = daemon.ask(&["reload", "--undo"]).expect(1).stderr;
    assert!(refused.contains("could not be undone in time") && refused.contains("address:198.51.100.1"), "{refused}");
    assert_eq!(daemon.json(&["leases", "--state", "ending"]).len(), 1);
    // The running configuration goes on, with the action that has to undo it.
    daemon.alert(2);
    daemon.until("another lease", 1, &["leases", "--state", "held"]);
    let undo = daemon.json(&["jobs", "--state", "open"]).remove(0);
    assert_eq!((&undo["kind"], &undo["target"]), (&"undo".into(), &"address:198.51.100.1".into()), "{undo}");
    let shown = daemon.ask(&["jobs", "show", &undo["id"].to_string()]).expect(0).stdout;
    assert!(shown.contains("locked") && shown.contains("delete 198.51.100.1"), "{shown}");

    // Mended, it need not be waited for.
    daemon.sandbox.script("recorder", &recorder);
    let revoked = daemon.ask(&["leases", "revoke", "1"]).expect(0).stdout;
    assert!(revoked.contains(&format!("job {} is tried again at once", undo["id"])), "{revoked}");
    daemon.until("its end", 1, &["leases", "--state", "ended"]);
    let undone = daemon.ask(&["reload", "--undo"]).expect(0).stdout;
    assert!(undone.contains("undone first: 1 lease") && undone.contains("2 actions"), "{undone}");
    daemon.until("the other's end", 2, &["leases", "--state", "ended"]);
}

/// Users and a group are made up for the daemon alone, in a name space of its own.
#[test]
fn the_members_of_a_group_may_ask_and_are_named() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can be another user");
        return;
    }
    let sandbox = Sandbox::new();
    configuration(&sandbox, true);
    fs::set_permissions(sandbox.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    let socket = sandbox.path("control.sock");
    sandbox.write("prelude-trigger.conf", &format!("[control]\nsocket = \"{}\"\ngroup = \"soc\"\n", text(&socket)));
    let with =
        |file: &str, more: &str| sandbox.write(file, &(fs::read_to_string(format!("/etc/{file}")).unwrap() + more));
    let user = |name: &str, uid: u32| format!("{name}:x:{uid}:{uid}::/nonexistent:/bin/false\n");
    let users = user("alice", 4_000_001) + &user("bob", 4_000_002) + &user("carol", 4_000_003);
    let (users, groups) = (with("passwd", &users), with("group", "soc:x:4000010:alice,bob\n"));
    let run = sandbox.command(&["run", "--input", "-"]);
    let mut apart = Command::new("unshare");
    apart.args(["-m", "sh", "-c", "mount --bind $0 /etc/passwd && mount --bind $1 /etc/group && shift && exec \"$@\""]);
    apart.args([&users, &groups]).arg(run.get_program()).args(run.get_args());
    if !Command::new("unshare").args(["-m", "mount", "--bind", "/tmp", "/tmp"]).status().is_ok_and(|ran| ran.success())
    {
        eprintln!("skipped: nothing can be mounted here");
        return;
    }
    let daemon = Daemon::with(sandbox, apart);
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o660);
    let ask = |uid: u32, groups: &str, arguments: &[&str]| {
        let command = daemon.sandbox.command(arguments);
        let mut other = Command::new("setpriv");
        other.args([&format!("--reuid={uid}"), &format!("--regid={uid}"), &format!("--groups={groups}")]);
        Ran::from(other.arg(command.get_program()).args(command.get_args()).output().unwrap())
    };
    ask(4_000_001, "4000010", &["pause", "block"]).expect(0);
    let resumed = ask(4_000_002, "4000010", &["resume", "block"]).expect(0).stdout;
    assert!(resumed.contains("action block goes on"), "{resumed}");
    // No member: turned away by the file's mode, and by the daemon when the group is only lent.
    let refused = ask(4_000_003, "4000003", &["status"]).expect(3).stderr;
    assert!(refused.contains("may not connect to the daemon's control socket"), "{refused}");
    let refused = ask(4_000_003, "4000010", &["status"]).expect(3).stderr;
    assert!(refused.contains("carol (uid 4000003) may not talk to the daemon"), "{refused}");
    let asked = daemon.ask(&["audit", "--outcome", "asked"]).expect(0).stdout;
    for expected in ["user=alice verb=pause", "user=bob verb=resume"] {
        assert!(asked.contains(expected), "no {expected:?} in\n{asked}");
    }
    daemon.stop();
}

#[test]
fn the_socket_is_private_takes_no_nonsense_and_goes_with_the_daemon() {
    let daemon = Daemon::start();
    let path = daemon.sandbox.path("state/control.sock");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let ask = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&path).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    for (request, expected) in [
        (b"\0\xff\n".to_vec(), "this is no request"),
        (b"{\"version\":9,\"ask\":{\"verb\":\"status\"}}\n".to_vec(), "speaks version 1"),
        (b"{\"version\":1,\"ask\":{\"verb\":\"explode\"}}\n".to_vec(), "unknown variant"),
        (vec![b'x'; 1 << 20], "at most 65536 bytes"),
    ] {
        let answer = ask(&request);
        assert!(answer.contains(expected), "no {expected:?} in {answer:?}");
    }
    // Somebody else is turned away by the kernel's word, whatever the permissions say.
    if rustix::process::geteuid().is_root() {
        for (name, mode) in [(".", 0o755), ("state", 0o755), ("state/control.sock", 0o666)] {
            fs::set_permissions(daemon.sandbox.path(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        if let Ok(output) = daemon.sandbox.command(&["status"]).uid(65_534).gid(65_534).output() {
            let ran = Ran::from(output).expect(3);
            assert!(ran.stderr.contains("may not talk to the daemon"), "{}", ran.stderr);
            assert!(daemon.log().contains("may not talk to the daemon"));
        }
    }
    // Another daemon neither gets the journal nor, with a journal of its own, the socket.
    let second = daemon.sandbox.run(&["run", "--input=/dev/null"]);
    assert!(second.code == 3 && second.stderr.contains("is in use by another daemon"), "{}", second.stderr);
    let other = Sandbox::new();
    configuration(&other, true);
    other.write("prelude-trigger.conf", &format!("[control]\nsocket = \"{}\"\n", text(&path)));
    let third = other.run_with_input(&["run", "--input", "-"], b"").expect(3);
    assert!(third.stderr.contains("another daemon listens on the control socket"), "{}", third.stderr);
    daemon.ask(&["status"]).expect(0);
    let sandbox = daemon.stop();
    assert!(!path.exists());
    // What a daemon leaves that is killed is replaced.
    let mut daemon = Daemon::of(sandbox);
    daemon.child.kill().unwrap();
    daemon.child.wait().unwrap();
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    daemon.ask(&["status"]).expect(3);
    let sandbox = std::mem::replace(&mut daemon.sandbox, Sandbox::new());
    Daemon::of(sandbox).stop();
}
