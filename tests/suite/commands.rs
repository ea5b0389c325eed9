//! The actions that change the host, by commands that they are granted: the real daemon, real alerts, and for each the real
//! thing it works on, or a stand-in that says it is one.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::{
    guests,
    sandbox::{Sandbox, text},
};

/// Texts that were addresses, users, services once, until somebody thought about it.
const HOSTILE: [&str; 14] = [
    "-x",
    "--root",
    ";rm -rf /",
    "$(reboot)",
    "`reboot`",
    "192.0.2.1 }; flush ruleset; #",
    "192.0.2.1\n192.0.2.2",
    "root\u{0}",
    "../../etc/passwd",
    "fe80::1%eth0",
    "::ffff:127.0.0.1",
    "0.0.0.0/0",
    "{{ 192.0.2.1 }}",
    "\u{202e}toor",
];

/// An alert with these texts as its source's addresses, its target's users, and its target's services.
fn alert(texts: &[&str]) -> String {
    let addresses: Vec<_> = texts.iter().map(|text| serde_json::json!({ "address": text })).collect();
    let users: Vec<_> = texts.iter().map(|text| serde_json::json!({ "name": text })).collect();
    let targets = texts.iter().map(|text| serde_json::json!({"service": {"name": text}}));
    let targets: Vec<_> = targets.chain([serde_json::json!({"user": {"user_id": users}})]).collect();
    let source = serde_json::json!([{"node": {"address": addresses}}]);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let messageid = format!("m-{count}");
    let alert = serde_json::json!({"alert": {"messageid": messageid, "source": source, "target": targets}});
    alert.to_string() + "\n"
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// All of the hostile texts, each in an alert of its own, and one of a megabyte.
fn hostile() -> String {
    let long = "1".repeat(1 << 20);
    HOSTILE.iter().copied().chain([long.as_str()]).map(|text| alert(&[text])).collect()
}

/// The example as the action `act`, which every alert leads to; `more` goes below it.
fn configure(sandbox: &Sandbox, example: &'static str, more: &str) {
    let component = guests::example(example);
    let triggers =
        "triggers:\n  - name: all\n    filters: [ { path: alert.messageid, regex: '' } ]\n    actions: [act]\n";
    let action = format!("actions:\n  act:\n    component: {}\n{more}", text(component));
    sandbox.write("prelude-trigger.yaml", &format!("{action}{triggers}"));
}

fn run(sandbox: &Sandbox, input: &str) -> String {
    sandbox.run_with_input(&["run", "--input", "-"], input.as_bytes()).stderr
}

#[track_caller]
fn says(log: &str, expected: &str) {
    assert!(log.contains(expected), "no `{expected}` in:\n{log}");
}

/// What cannot be tried here, in one line.
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

// ---- block

/// A program of the sandbox that enters a network namespace of its own, makes the sets, and then does what it is told within it.
const IN_NAMESPACE: &str = r#"
/usr/sbin/nft -f - <<'RULES' || exit 1
table inet filter {
    set blocked4 { type ipv4_addr; flags timeout; }
    set blocked6 { type ipv6_addr; flags timeout; }
}
RULES
"$@"
status=$?
/usr/sbin/nft --json list ruleset > "$RULES"
exit $status
"#;

/// How a program gets a network namespace of its own, in which it may change the packet filter; none where it may not.
fn apart() -> Option<&'static [&'static str]> {
    // As an ordinary user it takes a user namespace too, in which the daemon cannot choose groups for what it runs.
    let ways: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];
    ways.into_iter().find(|way| {
        let tried = Command::new("unshare").args(*way).args(["/usr/sbin/nft", "list", "ruleset"]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

fn nft(verb: &str, set: &str, rest: &str) -> String {
    format!("[/usr/sbin/nft, {verb}, element, inet, filter, {set}, '{rest}']")
}

#[test]
fn block_puts_addresses_into_the_real_packet_filter() {
    let Some(apart) = apart() else {
        return skipped("nft cannot be run in a network namespace of its own here");
    };
    let sandbox = Sandbox::new();
    let gaps = "parameters: { address: ip, seconds: integer }, timeout: 5s";
    let element = "{{ {address} timeout {seconds}s }}";
    let (add4, add6) = (nft("add", "blocked4", element), nft("add", "blocked6", element));
    let (check4, check6) = (nft("get", "blocked4", "{{ {address} }}"), nft("get", "blocked6", "{{ {address} }}"));
    configure(
        &sandbox,
        "block",
        &format!(
            "    config: {{ never: [198.51.100.0/24], seconds: 600, at_most: 3, check: true }}\n    grant:\n      idmef: [alert.source]\n      commands:\n\
             \x20       add-v4: {{ command: {add4}, {gaps} }}\n        add-v6: {{ command: {add6}, {gaps} }}\n\
             \x20       check-v4: {{ command: {check4}, parameters: {{ address: ip }} }}\n\
             \x20       check-v6: {{ command: {check6}, parameters: {{ address: ip }} }}\n"
        ),
    );
    let alerts = [
        alert(&["192.0.2.7", "2001:DB8:0::7", "::ffff:192.0.2.7"]),
        alert(&["198.51.100.1", "192.0.2.8"]),
        alert(&["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"]),
    ];
    let alerts = sandbox.write("alerts.jsonl", &(alerts.concat() + &hostile()));
    let inside = sandbox.script("inside", IN_NAMESPACE);
    let daemon = sandbox.command(&["run", "--input", text(&alerts)]);
    let ran = Command::new("unshare")
        .args(apart)
        .arg(inside)
        .arg(daemon.get_program())
        .args(daemon.get_args())
        .env("RULES", sandbox.path("rules"))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    says(&log, "blocked 192.0.2.7, 2001:db8::7 for 600 s");
    says(&log, "blocked 192.0.2.8 for 600 s");
    says(&log, "in a range that is never blocked");
    says(&log, "names 4 addresses, and at most 3 are blocked at once");
    let rules: serde_json::Value = serde_json::from_slice(&fs::read(sandbox.path("rules")).unwrap()).unwrap();
    let set = |name: &str| {
        let sets = rules["nftables"].as_array().unwrap();
        let set = sets.iter().find(|entry| entry["set"]["name"] == name).unwrap();
        let elements = set["set"]["elem"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<_> = elements
            .iter()
            .map(|element| (element["elem"]["val"].as_str().unwrap().to_owned(), element["elem"]["timeout"].as_u64()))
            .collect();
        found.sort();
        found
    };
    assert_eq!(set("blocked4"), [("192.0.2.7".to_owned(), Some(600)), ("192.0.2.8".to_owned(), Some(600))], "{log}");
    assert_eq!(set("blocked6"), [("2001:db8::7".to_owned(), Some(600))], "{log}");
}

/// A lease on an address: the daemon adds it without a time of its own, and takes it out when the lease ends.
#[test]
fn block_takes_addresses_out_of_the_real_packet_filter_again() {
    let Some(apart) = apart() else {
        return skipped("nft cannot be run in a network namespace of its own here");
    };
    let sandbox = Sandbox::new();
    let command = |name: &str, verb: &str, set: &str| {
        let line = nft(verb, set, "{{ {address} }}");
        format!("        {name}: {{ command: {line}, parameters: {{ address: ip }}, timeout: 5s }}\n")
    };
    let commands = [
        command("add-v4", "add", "blocked4"),
        command("add-v6", "add", "blocked6"),
        command("remove-v4", "delete", "blocked4"),
        command("remove-v6", "delete", "blocked6"),
    ];
    let yaml = format!(
        "actions:\n  act:\n    component: {}\n    parameters: {{ address: ip }}\n    target: address\n    grant:\n      \
         idmef: [alert.source]\n      commands:\n{}triggers:\n  - name: all\n    filters: [ {{ path: alert.messageid, exists: true }} ]\n    \
         actions:\n      - act: {{ address: alert.source(0).node.address(0).address }}\n        for: 1s\n",
        text(guests::example("block")),
        commands.concat()
    );
    sandbox.write("prelude-trigger.yaml", &yaml);
    let alert = |id: &str, address: &str| {
        format!(
            r#"{{"alert": {{"messageid": "{id}", "source": [{{"node": {{"address": [{{"address": "{address}"}}]}}}}]}}}}"#
        ) + "\n"
    };
    let alerts = alert("m-1", "192.0.2.7") + &alert("m-2", "2001:db8::7");
    let alerts = sandbox.write("alerts.jsonl", &alerts);
    let inside = sandbox.script("inside", IN_NAMESPACE);
    let daemon = sandbox.command(&["run", "--input", "-"]);
    // What is in the sets while the leases last, and after the end. The daemon looks at the clock every five seconds.
    let feed = sandbox.script(
        "feed",
        r#"(
    cat "$ALERTS"
    for _ in $(seq 100); do
        /usr/sbin/nft list ruleset > "$BEFORE"
        grep -q 192.0.2.7 "$BEFORE" && grep -q 2001:db8::7 "$BEFORE" && break
        sleep 0.1
    done
    sleep 9
) | "$@""#,
    );
    let ran = Command::new("unshare")
        .args(apart)
        .arg(inside)
        .arg(feed)
        .arg(daemon.get_program())
        .args(daemon.get_args())
        .env("RULES", sandbox.path("rules"))
        .env("BEFORE", sandbox.path("before"))
        .env("ALERTS", &alerts)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    says(&log, "blocked 192.0.2.7");
    let before = fs::read_to_string(sandbox.path("before")).unwrap();
    assert!(before.contains("192.0.2.7") && before.contains("2001:db8::7"), "{before}\n{log}");
    says(&log, "unblocked 192.0.2.7");
    says(&log, "unblocked 2001:db8::7");
    let rules = fs::read_to_string(sandbox.path("rules")).unwrap();
    assert!(
        rules.contains("blocked4") && !rules.contains("192.0.2.7") && !rules.contains("2001:db8::7"),
        "{rules}\n{log}"
    );
}

#[test]
fn block_is_not_loaded_without_its_commands() {
    let sandbox = Sandbox::new();
    configure(&sandbox, "block", "");
    says(&sandbox.run(&["check"]).expect(1).stderr, "prelude:trigger/commands");
    let one =
        "    grant: { commands: { add-v4: { command: [/bin/true, '{address}'], parameters: { address: ip } } } }\n";
    configure(&sandbox, "block", one);
    says(&sandbox.run(&["check"]).expect(1).stderr, "add-v6");
}

// ---- account

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
toor:x:0:0::/root:/bin/sh
alice:x:1000:1000:Alice:/home/alice:/bin/bash
bob:x:1001:1001:Bob:/home/bob:/bin/bash
boss:x:1002:1002:Boss:/home/boss:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
";

/// A root directory with an account database in it, each account with a password.
fn database() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let etc = root.path().join("etc");
    fs::create_dir(&etc).unwrap();
    fs::write(etc.join("passwd"), PASSWD).unwrap();
    let shadow: String = names().map(|name| format!("{name}:$y$secret:19000:0:99999:7:::\n")).collect();
    fs::write(etc.join("shadow"), shadow).unwrap();
    fs::write(etc.join("group"), "root:x:0:\nusers:x:100:\n").unwrap();
    root
}

fn names() -> impl Iterator<Item = &'static str> {
    PASSWD.lines().filter_map(|line| line.split(':').next())
}

/// Who is locked in a database.
fn locked(root: &Path) -> Vec<String> {
    let shadow = fs::read_to_string(root.join("etc/shadow")).unwrap();
    let locked = shadow.lines().filter(|line| line.split(':').nth(1).is_some_and(|password| password.starts_with('!')));
    locked.filter_map(|line| line.split(':').next().map(str::to_owned)).collect()
}

#[test]
fn account_locks_people_in_a_real_account_database_and_nobody_else() {
    let root = database();
    let tried =
        Command::new("/usr/sbin/usermod").arg("--prefix").arg(root.path()).args(["--comment", "x", "bob"]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        return skipped("usermod cannot change an account database in a directory of ours (it wants to be root)");
    }
    let sandbox = Sandbox::new();
    let look_up = format!(
        "[/usr/bin/awk, -F, ':', -v, 'name={{user}}', '$1 == name', {}]",
        text(&root.path().join("etc/passwd"))
    );
    let lock = format!("[/usr/sbin/usermod, --prefix, {}, --lock, '{{user}}']", text(root.path()));
    configure(
        &sandbox,
        "account",
        &format!(
            "    config: {{ never: [boss] }}\n    grant:\n      idmef: [alert.target]\n      commands:\n\
             \x20       look-up: {{ command: {look_up}, parameters: {{ user: user }} }}\n\
             \x20       lock: {{ command: {lock}, parameters: {{ user: user }}, timeout: 10s }}\n    limits: {{ concurrency: 1 }}\n"
        ),
    );
    let everybody: String =
        names().filter(|name| !["alice", "bob"].contains(name)).map(|name| alert(&[name])).collect();
    let log = run(&sandbox, &(everybody + &hostile()));
    assert!(locked(root.path()).is_empty(), "{:?}\n{log}", locked(root.path()));
    for why in [
        r#""root" is never locked"#,
        r#""toor" is the superuser"#,
        r#""boss" is never locked"#,
        r#""daemon" has the number 1"#,
        r#""nobody" has the number 65534"#,
    ] {
        says(&log, why);
    }
    let log = run(&sandbox, &alert(&["alice", "root", "ghost"]));
    assert_eq!(locked(root.path()), ["alice"], "{log}");
    says(&log, "done: locked alice");
    // Once more, which is no mistake.
    says(&run(&sandbox, &alert(&["alice"])), "done: locked alice");
    let log = run(&sandbox, &alert(&["alice", "bob", "c", "d", "e"]));
    says(&log, "names 5 accounts, and at most 4");
    assert_eq!(locked(root.path()), ["alice"]);
}

// ---- service

/// No systemd: it knows the units in a directory, and says what it is.
const STAND_IN: &str = r#"
echo "this is a stand-in for systemctl, made by a test"
printf '%s\n' "$*" >> "$UNITS.calls"
unit=$3
case $2 in
stop) [ -e "$UNITS/$unit" ] || { echo "Failed to stop $unit: Unit $unit not loaded." >&2; exit 5; }
    rm "$UNITS/$unit" ;;
is-gone) [ ! -e "$UNITS/$unit" ] ;;
esac
"#;

#[test]
fn service_stops_the_unit_that_a_value_stands_for() {
    let sandbox = Sandbox::new();
    let units = sandbox.path("units");
    fs::create_dir(&units).unwrap();
    for unit in ["nginx.service", "ssh.service", "db.service"] {
        fs::write(units.join(unit), "").unwrap();
    }
    let systemctl = sandbox.script("systemctl", &STAND_IN.replace("$UNITS", text(&units)));
    let command = |verb: &str| {
        format!(
            "{{ command: [{}, --no-ask-password, {verb}, '{{unit}}'], parameters: {{ unit: {{ enum: [nginx.service, lost.service] }} }} }}",
            text(&systemctl)
        )
    };
    let grant =
        format!("    grant:\n      idmef: [alert.target]\n      commands:\n        change: {}\n", command("stop"));
    let asking = format!("        is-done: {}\n", command("is-gone"));
    let map = "    config: { units: { http: nginx.service, www: nginx.service, lost: lost.service } }\n";
    configure(&sandbox, "service", &format!("{}{grant}{asking}", map.replace("config: {", "config: { ask: true,")));
    let log = run(&sandbox, &(alert(&["ssh", "ssh.service", "db.service", "HTTP"]) + &hostile()));
    assert!(!sandbox.path("units.calls").exists(), "{log}");
    let log = run(&sandbox, &alert(&["http", "www", "db.service"]));
    says(&log, "done: ran command `change` for nginx.service");
    says(&run(&sandbox, &alert(&["http"])), "nothing to do");
    let calls = fs::read_to_string(sandbox.path("units.calls")).unwrap();
    assert_eq!(calls.matches("--no-ask-password stop nginx.service\n").count(), 1, "{calls}");
    assert!(units.join("db.service").exists() && units.join("ssh.service").exists());
    // A unit that is not there is the operator's to mend; without the question there is no answer that it is gone already.
    configure(&sandbox, "service", &format!("{map}{grant}"));
    says(&run(&sandbox, &alert(&["lost"])), "failed (misconfigured): there is no lost.service");
    configure(&sandbox, "service", &format!("    config: {{ unit: prelude-trigger.service }}\n{grant}"));
    says(&sandbox.run(&["check"]).expect(1).stderr, "never touched");
}

// ---- file

#[test]
fn file_keeps_every_alert_of_jobs_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new();
    let grant =
        format!("    grant: {{ directories: {{ /data: {{ host: {}, mode: rw }} }} }}\n", text(directory.path()));
    let config = "    config: { file: /data/alerts.csv, format: csv, rotate: { bytes: 1000, keep: 100 }, columns: [ { name: from, path: alert.source(*).node.address(*).address } ] }\n";
    configure(&sandbox, "file", &format!("{config}{grant}    limits: {{ concurrency: 8, timeout: 30s }}\n"));
    let alerts: String = (0..60).map(|n| alert(&[&format!("=cmd|'{n},\"x\"\r\nnext")])).collect();
    let log = run(&sandbox, &alerts);
    says(&log, "60 jobs: 60 done");
    let mut lines = Vec::new();
    let mut files = 0;
    for entry in fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        assert!(!text(&path).contains(".lock"), "{}", path.display());
        let contents = fs::read_to_string(path).unwrap();
        let (head, rest) = contents.split_once('\n').unwrap();
        assert_eq!(head, "job,trigger,from");
        assert!(contents.len() <= 1000 && contents.ends_with('\n'));
        lines.extend(rest.lines().map(|line| line.split_once(",all,").unwrap().1.to_owned()));
        files += 1;
    }
    lines.sort();
    let mut expected: Vec<_> = (0..60).map(|n| format!("\"'=cmd|'{n},\"\"x\"\"\\r\\nnext\"")).collect();
    expected.sort();
    assert_eq!(lines, expected);
    assert!(files > 1, "{files} files");
}

#[test]
fn file_needs_a_directory_it_may_write_to() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new();
    let config = "    config: { file: /data/alerts.jsonl }\n";
    configure(&sandbox, "file", config);
    says(&sandbox.run(&["check"]).expect(1).stderr, "wasi:filesystem");
    let grant = format!("    grant: {{ directories: {{ /data: {} }} }}\n", text(directory.path()));
    configure(&sandbox, "file", &format!("{config}{grant}"));
    says(&run(&sandbox, &alert(&["192.0.2.1"])), "failed (misconfigured): /data/alerts.jsonl: ");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
