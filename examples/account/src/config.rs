// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use prelude_trigger_guest::Path;

/// What the operator writes below `config:`.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the names stand, when the job has no parameter `user`.
    #[serde(default = "targets")]
    pub path: Path,
    /// Accounts that are never locked, beside `root` and those outside of `uids`.
    #[serde(default)]
    pub never: Vec<String>,
    /// The lowest and the highest number of the accounts that may be locked.
    #[serde(default)]
    pub uids: Uids,
    /// An alert that names more accounts than this is refused as a whole.
    #[serde(default = "four")]
    #[schemars(range(min = 1))]
    pub at_most: usize,
}

/// A range of account numbers.
#[derive(Debug, Clone, Copy, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uids {
    /// The lowest; at least 1.
    #[schemars(range(min = 1))]
    pub from: u32,
    /// The highest.
    pub to: u32,
}

/// People's accounts, as Debian numbers them.
impl Default for Uids {
    fn default() -> Self {
        Self { from: 1000, to: 59_999 }
    }
}

fn targets() -> Path {
    Path::new("alert.target(*).user.user_id(*).name").expect("a path of IDMEF")
}

fn four() -> usize {
    4
}
