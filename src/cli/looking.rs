//! Looking into the journal: what `jobs`, `leases` and `audit` have in common.

use anstyle::Style;
use jiff::Timestamp;

use super::{
    Exit, Files,
    output::{self, BAD, BOLD, DIM, GOOD, WARNING},
};
use crate::{
    config,
    journal::{LeaseState, ReadError, Reader, State},
    load,
};

/// Opens the journal that the daemon writes, or has written.
pub(super) fn open(files: &Files) -> Result<Reader, Exit> {
    let daemon = daemon_file(files)?;
    Reader::open(&daemon.state.directory).map_err(|error| trouble(&error))
}

/// The daemon's own settings, with the state directory that the command line names.
pub(super) fn daemon_file(files: &Files) -> Result<config::Daemon, Exit> {
    let (mut daemon, _) = config::load_daemon(files.daemon_config.as_deref())
        .map_err(|diagnostics| super::check::tell_failure(&load::Failure::Configuration(diagnostics)))?;
    if let Some(directory) = &files.state_dir {
        daemon.state.directory.clone_from(directory);
    }
    Ok(daemon)
}

/// Tells why the journal cannot be read.
pub(super) fn trouble(error: &ReadError) -> Exit {
    output::complain(output::chain(error));
    Exit::Environment
}

/// The colour of a job's state.
pub(super) fn colour(state: State) -> Style {
    match state {
        State::Done => GOOD,
        State::Failed => BAD,
        State::Refused | State::Expired => WARNING,
        State::Observed => DIM,
        State::Waiting | State::Running => BOLD,
    }
}

/// The colour of a lease's state.
pub(super) fn lease_colour(state: LeaseState) -> Style {
    match state {
        LeaseState::Held => GOOD,
        LeaseState::Failed => BAD,
        LeaseState::Ended | LeaseState::Void => DIM,
        LeaseState::Taken | LeaseState::Ending => BOLD,
    }
}

/// A time that is asked for as text or not at all.
pub(super) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A time in milliseconds since 1970, as text.
pub(super) fn milliseconds(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |time| format!("{time:.3}"))
}
