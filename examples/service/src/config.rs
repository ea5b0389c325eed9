// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use std::collections::BTreeMap;

use prelude_trigger_guest::Path;

/// What the operator writes below `config:`. Exactly one of `unit` and `units` is there.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The unit, whatever the alert says.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// Which unit belongs to which value at `path`. A value that is not here leads to nothing.
    #[serde(default)]
    pub units: BTreeMap<String, Unit>,
    /// Where the value stands that chooses from `units`. Default: the names of the services that were attacked.
    #[serde(default = "services")]
    pub path: Path,
    /// Units that are never touched, beside those without which the host is lost; `*` at the end stands for anything.
    #[serde(default)]
    pub never: Vec<String>,
    /// Whether the command `is-done` is asked before and after; its status 0 says that there is nothing left to do.
    #[serde(default)]
    pub ask: bool,
}

fn services() -> Path {
    Path::new("alert.target(*).service.name").expect("a path of IDMEF")
}

/// The name of a unit, with its kind: `nginx.service`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Unit(String);

/// Longest name of a unit, in bytes, as systemd has it.
const LONGEST: usize = 255;

/// What runs for others, and may be stopped.
const KINDS: [&str; 4] = [".service", ".socket", ".timer", ".path"];

/// Without these a host does not come back, nobody can log in to it, or nothing watches it.
const ESSENTIAL: [&str; 18] = [
    "prelude-*",
    "prelude.*",
    "systemd-*",
    "dbus*",
    "ssh.*",
    "sshd.*",
    "ssh@*",
    "sshd@*",
    "getty@*",
    "serial-getty@*",
    "user@*",
    "networking.*",
    "NetworkManager*",
    "nftables.*",
    "rescue.*",
    "emergency.*",
    "polkit*",
    "init.*",
];

impl Unit {
    /// Whether one of these patterns stands for this unit.
    pub fn is_among<'a>(&self, patterns: impl IntoIterator<Item = &'a str>) -> bool {
        patterns.into_iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => self.0.starts_with(beginning),
            None => self.0 == pattern,
        })
    }
}

impl AsRef<str> for Unit {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Unit {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let bad = |what: &str| Err(format!("`{name}` {what}"));
        let kind = KINDS.iter().find_map(|kind| name.strip_suffix(kind));
        let Some(stem) = kind else {
            return bad(&format!("does not end in one of {}", KINDS.join(", ")));
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || ":_.\\@-".contains(c);
        if stem.is_empty() || stem.starts_with('-') || name.len() > LONGEST || !stem.chars().all(fits) {
            return bad("is not the name of a unit");
        }
        let unit = Self(name);
        if unit.is_among(ESSENTIAL) {
            return Err(format!("{} is never touched: the host needs it", unit.0));
        }
        Ok(unit)
    }
}
