//! The actions that tell people: as components, in the real daemon, against real servers on loopback.
//!
//! The servers are what Debian packages: aiosmtpd for mail, prosody for Jabber; the HTTP server is ours. Where one is not installed
//! its tests say that they were skipped; with `CI` in the environment that is a failure.

mod jabber;
mod mail;
mod servers;
mod webhook;

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use servers::Authority;

use crate::sandbox::{Ran, Sandbox, text};

/// An alert that somebody tries to do harm with, as every text in it may be an attacker's.
const NASTY: &str = "x\\r\\nBcc: evil@example.org\\r\\n\\r\\n<b>&amp;</message>\\u0000\\u202egnp.exe\\\"}";

/// A daemon with one action, called `tell`, that every alert triggers.
struct Daemon {
    sandbox: Sandbox,
    authority: PathBuf,
}

impl Daemon {
    /// Trusts an authority, and no other.
    fn new(authority: &Authority) -> Self {
        Self { sandbox: Sandbox::new(), authority: authority.file.clone() }
    }

    /// `settings` are what stands below the action's name, beside `component`.
    fn configure(&self, component: &Path, settings: &str) {
        let indented: String = settings.lines().map(|line| format!("    {line}\n")).collect();
        self.sandbox.write(
            "prelude-trigger.yaml",
            &format!(
                "actions:\n  tell:\n    component: {}\n{indented}\
                 triggers:\n  - name: all\n    filters: [{{ path: alert.messageid, regex: '.' }}]\n    actions: [tell]\n",
                text(component)
            ),
        );
    }

    fn trusting(self, authority: &Authority) -> Self {
        Self { authority: authority.file.clone(), ..self }
    }

    /// A file that only the daemon may read.
    fn secret(self, name: &str, value: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.sandbox.write(name, value);
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    /// Lets it handle one alert of this classification and tells what it logged.
    fn alert(&self, classification: &str) -> Ran {
        self.run(&["run", "--input"], classification)
    }

    fn run(&self, arguments: &[&str], classification: &str) -> Ran {
        let alert = format!(
            r#"{{"alert": {{"messageid": "m-1", "create_time": "2026-11-21T10:00:00Z", "classification": {{"text": "{classification}"}}, "assessment": {{"impact": {{"severity": "high"}}}}, "source": [{{"node": {{"address": [{{"address": "192.0.2.7"}}]}}}}]}}}}"#
        );
        let input = self.sandbox.write("alerts.json", &format!("{alert}\n"));
        let mut command = self.sandbox.command(arguments);
        command.arg(&input);
        command.env("SSL_CERT_FILE", &self.authority);
        let output: Output = command.output().expect("the binary runs");
        output.into()
    }
}

/// The one job must have ended so, and its outcome must say this.
#[track_caller]
fn ended(ran: &Ran, how: &str, what: &str) {
    assert!(ran.stderr.contains(&format!("1 jobs: 1 {how}")), "not {how}:\n{}", ran.stderr);
    assert!(ran.stderr.contains(what), "no {what:?} in\n{}", ran.stderr);
}
