//! `jabber`, against prosody.

use std::{fs, net::TcpListener, path::Path, process::Command};

use super::{
    Daemon, NASTY, ended,
    servers::{Authority, Server, free_port, missing},
};
use crate::{guests, sandbox::text};

/// A server with the accounts `trigger` and `soc` and a place for rooms; none where there is no prosody.
fn server(authority: &Authority, name: &str) -> Option<(Server, u16)> {
    if !Path::new("/usr/bin/prosody").exists() {
        missing("prosody");
        return None;
    }
    let directory = authority.path();
    let accounts = directory.join("data/localhost/accounts");
    fs::create_dir_all(&accounts).unwrap();
    for (user, password) in [("trigger", "s3cret"), ("soc", "other")] {
        fs::write(accounts.join(format!("{user}.dat")), format!("return {{ [\"password\"] = \"{password}\"; }};"))
            .unwrap();
    }
    let (certificate, key) = authority.issue(name);
    let (port, direct) = (free_port(), free_port());
    let configuration = directory.join("prosody.cfg.lua");
    let settings = format!(
        r#"run_as_root = true
daemonize = false
pidfile = "{directory}/pid"
data_path = "{directory}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {direct} }}
s2s_ports = {{ }}
modules_enabled = {{ "saslauth"; "tls"; "roster"; "ping"; "offline" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = true
authentication = "internal_plain"
storage = "internal"
log = {{ info = "*console" }}
ssl = {{ certificate = "{certificate}"; key = "{key}" }}
VirtualHost "localhost"
Component "rooms.localhost" "muc"
    modules_enabled = {{ "muc_mam" }}
    muc_log_by_default = true
    muc_room_default_persistent = true
    muc_room_locking = false
"#,
        directory = directory.display(),
        certificate = certificate.display(),
        key = key.display()
    );
    fs::write(&configuration, settings).unwrap();
    let mut command = Command::new("/usr/bin/prosody");
    command.arg("--no-daemonize").arg("--config").arg(&configuration);
    Some((Server::start(&mut command, &directory.join("prosody.log"), port), direct))
}

/// What is kept for somebody who was not there, and what was said in rooms.
fn kept(authority: &Authority) -> String {
    fn files(directory: &Path, found: &mut String) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                files(&entry.path(), found);
            } else if entry.path().extension().is_some_and(|extension| extension == "list") {
                found.push_str(&fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut found = String::new();
    files(&authority.path().join("data"), &mut found);
    found
}

/// A daemon that tells somebody by this server.
fn daemon(authority: &Authority, port: u16, more: &str) -> Daemon {
    let daemon = Daemon::new(authority).secret("password", "s3cret\n");
    let password = daemon.sandbox.path("password");
    daemon.configure(
        guests::example("jabber"),
        &format!(
            "config:\n  jid: trigger@localhost\n  server: localhost:{port}\n  {more}\ngrant:\n  tcp: ['localhost:{port}']\n  \
             allow_private: true\n  secrets: {{ password: {{ file: {} }} }}\nlimits: {{ timeout: 6s }}\n",
            text(&password)
        ),
    );
    daemon
}

#[test]
fn somebody_is_told_over_tls() {
    let authority = Authority::new();
    let Some((server, direct)) = server(&authority, "localhost") else { return };
    let ran = daemon(&authority, server.port, "to: [soc@localhost, nobody@localhost]").alert("Brute force").expect(0);
    ended(&ran, "done", "told 1; refused: nobody@localhost: service-unavailable");
    let ran = daemon(&authority, direct, "to: soc@localhost\n  security: tls").alert("Scan").expect(0);
    ended(&ran, "done", "told soc@localhost");
    let kept = kept(&authority);
    assert!(kept.contains("[high] Brute force") && kept.contains("[high] Scan"), "{kept}");
}

#[test]
fn a_room_is_told() {
    let authority = Authority::new();
    let Some((server, _)) = server(&authority, "localhost") else { return };
    let ran = daemon(&authority, server.port, "room: soc@rooms.localhost").alert("Brute force").expect(0);
    ended(&ran, "done", "told soc@rooms.localhost");
    assert!(kept(&authority).contains("[high] Brute force"), "{}", kept(&authority));
}

#[test]
fn nothing_in_an_alert_makes_a_stanza() {
    let authority = Authority::new();
    let Some((server, _)) = server(&authority, "localhost") else { return };
    let nasty = format!("{NASTY}{}", "y".repeat(1 << 20));
    let ran = daemon(&authority, server.port, "to: soc@localhost").alert(&nasty).expect(0);
    ended(&ran, "done", "told soc@localhost");
    let kept = kept(&authority);
    assert!(kept.contains("Bcc: evil@example.org") && kept.len() < 10_000, "{} bytes", kept.len());
}

#[test]
fn how_the_server_refuses_decides_on_the_outcome() {
    let authority = Authority::new();
    let Some((server, _)) = server(&authority, "localhost") else { return };
    let outcome = |daemon: &Daemon, how: &str, what: &str| {
        let ran = daemon.alert("Scan");
        assert!(ran.stderr.contains(how) && ran.stderr.contains(what), "no {how:?} and {what:?} in\n{}", ran.stderr);
    };
    let to = || daemon(&authority, server.port, "to: soc@localhost");
    outcome(&to().secret("password", "wrong"), "misconfigured", "not-authorized");
    outcome(&daemon(&authority, server.port, "to: nobody@localhost"), "permanent", "service-unavailable");
    let stranger = Authority::new();
    outcome(&to().trusting(&stranger), "misconfigured", "certificate");
    outcome(&daemon(&authority, free_port(), "to: soc@localhost"), "transient", "refused");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    outcome(
        &daemon(&authority, silent.local_addr().unwrap().port(), "to: soc@localhost"),
        "transient",
        "no answer in time",
    );
    assert!(!kept(&authority).contains("Scan"));
    to().run(&["run", "--observe", "--input"], "Scan").expect(0);
    assert!(!kept(&authority).contains("Scan"));
}
