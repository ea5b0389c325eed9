//! How a link is doing, for people and for metrics.

use std::{sync::Arc, time::SystemTime};

/// How the link to one manager is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The manager's address.
    pub address: Arc<str>,
    /// Whether it is connected.
    pub state: State,
    /// IDMEF messages received from it since we were started.
    pub messages: u64,
    /// Bytes of those messages.
    pub bytes: u64,
    /// How often it has been connected.
    pub connections: u64,
}

/// Whether a link is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is.
    Connected {
        /// Since when.
        since: SystemTime,
        /// The manager's analyzerid.
        analyzerid: u64,
    },
    /// It is not; it is being tried.
    Down {
        /// Since when: since the connection was lost, or since we were started.
        since: SystemTime,
        /// Why the last attempt failed, or why the connection was lost; one line.
        reason: Option<String>,
    },
    /// It has been stopped.
    Stopped,
}
