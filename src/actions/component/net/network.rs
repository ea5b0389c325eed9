//! One action's network: what was granted of it, and what it leads to.

use std::sync::Arc;

use super::{outside::Outside, policy::Policy};
use crate::config;

/// One action's network.
#[derive(Debug)]
pub(in super::super) struct Network {
    pub(super) policy: Policy,
    pub(super) outside: Arc<dyn Outside>,
}

impl Network {
    /// None when nothing of the network is granted.
    pub(in super::super) fn open(grant: &config::Grant, outside: &Arc<dyn Outside>) -> Option<Self> {
        let policy = Policy::new(grant);
        let granted = policy.grants_http() || policy.grants_tcp() || policy.grants_dns();
        granted.then(|| Self { policy, outside: Arc::clone(outside) })
    }
}
