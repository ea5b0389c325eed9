//! Why a component cannot be loaded.

use std::{fmt, io};

use super::{
    grant::GrantError,
    metadata::{BadSchema, MetadataError},
    wants::Missing,
};
use crate::text::Escaped;

/// Largest component that is read, in bytes. An action in Python with its interpreter has 18 MB.
pub(super) const LARGEST: u64 = 64 << 20;

/// One thing a component says is wrong with its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigIssue {
    /// Where: a JSON pointer into the action's `config:` (RFC 6901), empty for all of it.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// Why a component cannot be loaded. The text goes on from the name of the file: "/path/action.wasm: …".
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read this component: {0}")]
    Read(#[from] io::Error),
    /// It is a directory, a device, a pipe.
    #[error("cannot read this component: it is not a file")]
    NotAFile,
    /// It is larger than anything we compile.
    #[error("this file has more than {} MiB, which is the most that is read of a component", LARGEST >> 20)]
    TooLarge,
    /// It is not the file that was pinned.
    #[error(
        "this is not the component that was pinned: its SHA-256 is {found}, and `sha256` says {pinned}; if the file was \
         replaced on purpose, write the new sum"
    )]
    WrongSum {
        /// What `sha256:` says.
        pinned: String,
        /// What the file has.
        found: String,
    },
    /// It is something else altogether.
    #[error("this is not a component but {0}")]
    NotWasm(&'static str),
    /// It is WebAssembly, but of the kind that components are made of.
    #[error(
        "this is a core WebAssembly module, not a component: build it with `cargo build --target wasm32-wasip2`, or make a \
         component of it with `wasm-tools component new`"
    )]
    CoreModule,
    /// The end is missing.
    #[error("this component is cut short: it has {has} bytes, and its parts need at least {needs}; copy it again")]
    Truncated {
        /// Length of the file.
        has: u64,
        /// Where the part that is cut would end.
        needs: u64,
    },
    /// It says it is a component and does not hold to the rules.
    #[error("this component is damaged, or uses features that are not supported: {0}")]
    Invalid(String),
    /// It exports no handler.
    #[error(
        "this component is not an action: it exports {}, and an action exports prelude:trigger/handler",
        list(exports)
    )]
    NotAnAction {
        /// What it exports.
        exports: Vec<String>,
    },
    /// It was built for another version of our interface.
    #[error(
        "this action wants prelude:trigger {wants}, this daemon speaks {}.{}: use a daemon that is as new as the action, or \
         an action built for this daemon",
        speaks.0, speaks.1
    )]
    Version {
        /// The version it imports or exports.
        wants: String,
        /// The major and minor version that this daemon speaks.
        speaks: (u64, u64),
    },
    /// It imports what it is not granted.
    #[error("this component wants what it is not granted: {}", Missing(imports))]
    NotGranted {
        /// Everything it imports and is not granted.
        imports: Vec<String>,
    },
    /// What it is granted cannot be had.
    #[error("{0}")]
    Grant(#[from] GrantError),
    /// Its imports have the right names and the wrong types.
    #[error("this component does not fit this daemon: {0}")]
    Link(String),
    /// What it says about itself cannot be used.
    #[error("this component is wrongly described, which is for its author to mend: {0}")]
    Metadata(#[from] MetadataError),
    /// The schema of its configuration cannot be used.
    #[error("{0}")]
    Schema(#[from] BadSchema),
    /// It, or the schema it carries, says that its configuration is wrong.
    #[error("the component does not accept its configuration: {}", issues(.0))]
    Config(Vec<ConfigIssue>),
    /// It did not come to the end of checking its configuration.
    #[error("the component failed while it checked its configuration: {summary}{}", said(stderr))]
    Validate {
        /// Why it was stopped.
        summary: String,
        /// The end of its standard error, with the trace of a trap.
        stderr: String,
    },
}

/// "nothing", "a", "a and b", "a, b and c", shortened where it would be endless.
fn list(names: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<_> = names.iter().take(MOST).map(|name| Escaped(name).to_string()).collect();
    match shown.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) if names.len() > MOST => {
            format!("{}, {last} and {} more", rest.join(", "), names.len().saturating_sub(MOST))
        }
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn issues(issues: &[ConfigIssue]) -> String {
    let issues: Vec<_> = issues.iter().map(ToString::to_string).collect();
    issues.join("; ")
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it said:\n{}", stderr.trim_end()) }
}

impl fmt::Display for ConfigIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "{}: ", Escaped(&self.pointer))?;
        }
        Escaped(&self.message).fmt(f)
    }
}
