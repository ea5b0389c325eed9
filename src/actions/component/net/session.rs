//! What one sandbox has of the network: what it was granted, what it asked before, and how much it may still ask.
//!
//! Everything here is gone with the sandbox. Lookups and requests are tasks that their handle aborts; sockets close with
//! their handles. Only a lookup that the system's resolver is still thinking about keeps its thread until it is answered.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    super::trouble::Trouble,
    address::{Host, Name, plain},
    network::Network,
    outside::LookupError,
};
use crate::text::shorten;

/// Lookups of one job: in all, and under way at once.
const LOOKUPS: usize = 64;
const LOOKUPS_AT_ONCE: usize = 4;
/// Longest time for a lookup.
const LOOKUP_TIME: Duration = Duration::from_secs(10);
/// Addresses of a name that are looked at.
const MOST_ADDRESSES: usize = 32;
/// Sockets of one job that are open at once, and TLS connections likewise.
pub(super) const SOCKETS: usize = 64;
/// Bytes of answers that one job has not read yet, in KiB.
const UNREAD: usize = 16 << 10;
/// Requests of one job: in all, and under way at once; more than these wait.
pub(super) const REQUESTS: usize = 256;
const REQUESTS_AT_ONCE: usize = 4;

/// The network of one sandbox.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) network: Arc<Network>,
    trouble: Trouble,
    /// Longest time for anything: what the whole job has.
    pub(super) timeout: Duration,
    /// While a configuration is checked nothing may have effects.
    closed: AtomicBool,
    /// The names that have led to an address in this job.
    known: Mutex<HashMap<IpAddr, Vec<Name>>>,
    lookups: AtomicUsize,
    lookups_at_once: Semaphore,
    pub(super) sockets: Arc<Semaphore>,
    pub(super) tls: Arc<Semaphore>,
    requests: AtomicUsize,
    pub(super) requests_at_once: Semaphore,
    pub(super) unread: Arc<Semaphore>,
}

/// Why a name was not looked up, or led nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAddress {
    Denied,
    Invalid,
    Unknown,
    Unavailable,
}

impl Session {
    pub(super) fn new(network: Arc<Network>, timeout: Duration, trouble: Trouble) -> Self {
        Self {
            network,
            trouble,
            timeout,
            closed: AtomicBool::new(false),
            known: Mutex::default(),
            lookups: AtomicUsize::new(0),
            lookups_at_once: Semaphore::new(LOOKUPS_AT_ONCE),
            sockets: Arc::new(Semaphore::new(SOCKETS)),
            tls: Arc::new(Semaphore::new(SOCKETS)),
            requests: AtomicUsize::new(0),
            requests_at_once: Semaphore::new(REQUESTS_AT_ONCE),
            unread: Arc::new(Semaphore::new(UNREAD)),
        }
    }

    /// Refuses everything from now on.
    pub(super) fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Notes a refusal.
    pub(super) fn deny(&self, denial: &str) {
        self.trouble.refused(denial);
    }

    /// Notes how an HTTP exchange ended.
    pub(super) fn exchanged(&self, failure: Option<&str>) {
        self.trouble.exchanged(failure);
    }

    /// Notes a refusal, if it is one; also what is asked for while nothing may be.
    pub(super) fn check(&self, asked: impl FnOnce() -> String, verdict: Result<(), String>) -> bool {
        if self.closed.load(Relaxed) {
            self.deny(&format!("{}: there is no network while a configuration is checked", asked()));
            return false;
        }
        match verdict {
            Ok(()) => true,
            Err(denial) => {
                self.deny(&denial);
                false
            }
        }
    }

    /// Looks a host up for the component itself. An address needs no lookup.
    pub(super) async fn resolve(&self, text: &str) -> Result<Vec<IpAddr>, NoAddress> {
        let name = match Host::parse(text) {
            Ok(Host::Address(address)) => return Ok(vec![address]),
            Ok(Host::Name(name)) => name,
            Err(problem) => {
                self.deny(&format!("looking up {}: {problem}", shorten(text, 72)));
                return Err(NoAddress::Invalid);
            }
        };
        if !self.check(|| format!("looking up {name}"), self.network.policy.may_resolve(&name)) {
            return Err(NoAddress::Denied);
        }
        let addresses = self.look_up(&name).await?;
        let told = self.network.policy.answers(&name, &addresses).map_err(|denial| {
            self.deny(&denial);
            NoAddress::Denied
        })?;
        let mut known = self.known();
        for &address in &told {
            let names = known.entry(address).or_default();
            if !names.contains(&name) {
                names.push(name.clone());
            }
        }
        Ok(told)
    }

    /// Asks the resolver, within this job's bounds. Whether the name may be looked up has been asked.
    pub(super) async fn look_up(&self, name: &Name) -> Result<Vec<IpAddr>, NoAddress> {
        if self.lookups.fetch_add(1, Relaxed) >= LOOKUPS {
            self.deny(&format!("looking up {name}: a job may look up {LOOKUPS} times"));
            return Err(NoAddress::Denied);
        }
        let answer = async {
            let _turn = self.lookups_at_once.acquire().await;
            self.network.outside.resolve(name.as_str().to_owned()).await
        };
        match tokio::time::timeout(self.timeout.min(LOOKUP_TIME), answer).await {
            Ok(Ok(addresses)) if addresses.is_empty() => Err(NoAddress::Unknown),
            Ok(Ok(mut addresses)) => {
                addresses.truncate(MOST_ADDRESSES);
                Ok(addresses)
            }
            Ok(Err(LookupError::Unknown(_))) => Err(NoAddress::Unknown),
            Ok(Err(LookupError::Unavailable(_))) | Err(_) => Err(NoAddress::Unavailable),
        }
    }

    /// Whether the component may connect there.
    pub(super) fn may_connect(&self, to: SocketAddr) -> bool {
        let names = self.known().get(&plain(to.ip())).cloned().unwrap_or_default();
        let verdict = self.network.policy.may_connect(to, &names);
        self.check(|| format!("connecting to {to}"), verdict.and_then(|()| self.network.outside.connecting(to)))
    }

    /// One more socket, until the permit is dropped.
    pub(super) fn socket(&self) -> Option<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.sockets).try_acquire_owned().ok();
        if permit.is_none() {
            self.deny(&format!("opening a socket: a job may have {SOCKETS} open at once"));
        }
        permit
    }

    /// Counts a request; false when there were too many.
    pub(super) fn count_request(&self) -> bool {
        let counted = self.requests.fetch_add(1, Relaxed) < REQUESTS;
        if !counted {
            self.deny(&format!("sending a request: a job may send {REQUESTS}"));
        }
        counted
    }

    /// No change of what is known can panic half-way, so a poisoned lock guards sound data.
    fn known(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<Name>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
