//! Why a component cannot be loaded.

use super::{
    file::FileError,
    grant::GrantError,
    imports::ImportError,
    issue::ConfigIssue,
    metadata::{BadSchema, MetadataError},
};
use crate::config::Location;

/// Why a component cannot be loaded. The text goes on from the name of the file: "/path/action.wasm: …".
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its file cannot be read, or is no component.
    #[error(transparent)]
    File(#[from] FileError),
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
    /// It says it is a component and does not hold to the rules.
    #[error("this component is damaged, or uses features that are not supported: {0}")]
    Invalid(String),
    /// It is no action of a version we speak, or imports what it is not granted.
    #[error(transparent)]
    Imports(#[from] ImportError),
    /// What it is granted cannot be had.
    #[error("{0}")]
    Grant(#[from] GrantError),
    /// Its imports have the right names and the wrong types.
    #[error("this component does not fit this daemon: {0}")]
    Link(String),
    /// What it does is wanted for a time, and it cannot end it.
    #[error(
        "what this action does is wanted for a time here, and this component cannot undo it: it does not export \
         prelude:trigger/undo; use one that does, or take `for` away"
    )]
    CannotUndo(Location),
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

fn issues(issues: &[ConfigIssue]) -> String {
    let issues: Vec<_> = issues.iter().map(ToString::to_string).collect();
    issues.join("; ")
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it said:\n{}", stderr.trim_end()) }
}
