//! Prelude managers as a source: one connection to each, held for as long as we run.
//!
//! ## How it works
//!
//! Every manager has a [`link`] with a thread of its own, the *[`worker`]*: it connects, reads whatever arrives, and sends
//! a heartbeat now and then. When the connection is lost it connects again, at once, then many times a second, after a
//! while about every 0.7 s, for ever. It must be quick: a manager keeps alerts only for readers that have connected *since
//! the manager started*.
//!
//! libprelude connects without a timeout, and a manager that hangs keeps the worker waiting for ever. So one thread
//! more, the *watch*, looks at all links: when the attempt of a worker takes longer than [`HANGING`], another worker
//! tries beside it, up to [`WORKERS`] for one manager. The first that gets through holds the link; the others end
//! as soon as they return from libprelude, and whatever the manager has sent to one of them is handed on, too.
//! A thread that hangs can only be left behind: it holds a socket, and no sender.
//!
//! ## Promises
//!
//! - Messages of one manager are handed on in the order in which they came, whole, each once.
//! - When the channel is full, reading stops, and the manager keeps what comes.
//! - A manager that hangs, dies, restarts or talks nonsense delays no other manager.
//! - [`Managers::stop`] hands on what the managers had sent before they learnt of it, within bounds. For that we close
//!   our half of the TCP connection and read the other half to its end; the manager logs this as a TLS connection that
//!   was "non-properly terminated", for libprelude can end TLS only by throwing away what is still on its way.
//!
//! ## What is lost
//!
//! What is on its way when a manager or we are killed: the protocol has no acknowledgement. And one profile must be
//! used by one process only, for the manager gives each message to one connection of a profile.

mod heartbeat;
mod link;
mod outbox;
mod registration;
mod session;
mod status;
mod worker;

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::Sender;

use self::{
    heartbeat::Heartbeats,
    link::{Answer, Link},
};
pub use self::{
    registration::Registration,
    status::{State, Status},
};
use super::{
    Received,
    address::{Address, AddressError},
};
use crate::{
    idmef::DecodeError,
    libprelude::{self, Identity, Profile, ProfileError},
};

/// An attempt to connect that takes longer than this is taken to hang.
const HANGING: Duration = Duration::from_secs(10);

/// How many workers there may be for one manager, hanging ones included.
const WORKERS: usize = 4;

/// How long [`start`] waits for the managers' first answers.
const FIRST_ANSWER: Duration = Duration::from_secs(2);

/// How long [`Managers::stop`] waits for threads, beyond what a worker allows itself.
const JOIN: Duration = Duration::from_secs(1);

/// Who we are, and which managers we listen to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile's name.
    pub profile: String,
    /// The managers; none means those of `server-addr` in the profile's configuration.
    pub addresses: Vec<Address>,
    /// The name by which Prewikka lists us; default: `analyzer-name` of the profile's configuration, or the profile's
    /// name. (`node-name`, `node-location` and `[node-address]` are taken from there in any case.)
    pub analyzer_name: Option<String>,
    /// Time between two heartbeats; libprelude's own default is ten minutes. Whole seconds, at least one.
    pub heartbeat_interval: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: "prelude-trigger".to_owned(),
            addresses: Vec::new(),
            analyzer_name: None,
            heartbeat_interval: Duration::from_mins(10),
        }
    }
}

/// Why the managers cannot be listened to. The environment has to be mended: the caller exits with 3.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The profile is missing or not registered.
    #[error("{source}\n\n{registration}")]
    Unregistered {
        /// What is wrong with the profile.
        source: ProfileError,
        /// What to do.
        registration: Box<Registration>,
    },
    /// The profile cannot be used for another reason.
    #[error("{0}")]
    Profile(#[source] ProfileError),
    /// Every manager refuses us.
    #[error("the manager at {address} refuses the Prelude profile `{profile}`: {source}\n\n{registration}")]
    Refused {
        /// The first of the managers.
        address: Address,
        /// The profile's name.
        profile: String,
        /// What it says.
        source: libprelude::Error,
        /// What to do.
        registration: Box<Registration>,
    },
    /// There is no manager to connect to.
    #[error(
        "there is no manager to connect to: `server-addr` is neither given to us nor in the configuration of the Prelude \
         profile `{profile}`"
    )]
    NoAddress {
        /// The profile's name.
        profile: String,
    },
    /// The address in the profile's configuration is malformed.
    #[error("`server-addr` in the configuration of the Prelude profile `{profile}`: {source}")]
    Address {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// The analyzer's name cannot be sent.
    #[error("{name:?} cannot be an analyzer's name: it is empty or contains a control character")]
    AnalyzerName {
        /// The name.
        name: String,
    },
    /// The heartbeat that we would send cannot be made.
    #[error("cannot make heartbeats: {0}")]
    Heartbeat(#[source] DecodeError),
    /// The system gives us no thread or descriptor.
    #[error("cannot start receiving: {0}")]
    System(#[from] io::Error),
}

/// The managers that are listened to.
#[derive(Debug)]
pub struct Managers {
    links: Vec<Arc<Link>>,
    analyzerid: u64,
}

/// Begins to listen: everything that the managers send goes into the channel.
///
/// Waits for the managers' first answers, up to two seconds. A manager that cannot be reached is no error: it is tried
/// for ever. Blocks (the profile is read, and names are looked up): within tokio, call it where blocking is allowed.
pub fn start(settings: Settings, sender: Sender<Received>) -> Result<Managers, StartError> {
    let profile = settings.profile;
    let unusable = |source: ProfileError, addresses: &[Address]| match source {
        ProfileError::Missing { .. } | ProfileError::Unregistered { .. } => {
            StartError::Unregistered { source, registration: Box::new(Registration::new(&profile, addresses.first())) }
        }
        other => StartError::Profile(other),
    };
    if let Some(name) =
        settings.analyzer_name.as_deref().filter(|name| name.is_empty() || name.chars().any(char::is_control))
    {
        return Err(StartError::AnalyzerName { name: name.to_owned() });
    }
    let identity = Identity::read(&profile).map_err(|error| unusable(error, &settings.addresses))?;
    let mut addresses = settings.addresses;
    if addresses.is_empty() {
        let Some(list) = &identity.server_addr else { return Err(StartError::NoAddress { profile }) };
        addresses =
            Address::parse_list(list).map_err(|source| StartError::Address { profile: profile.clone(), source })?;
    }
    // Opened once here only to see that it can be: every attempt to connect opens it again, so that a profile that is
    // registered anew is used anew.
    Profile::open(&profile).map_err(|error| unusable(error, &addresses))?;
    let interval = settings.heartbeat_interval.as_secs().max(1);
    let heartbeats = Arc::new(Heartbeats::new(&identity, settings.analyzer_name.as_deref(), interval));
    heartbeats.make(heartbeat::Condition::Starting).map_err(StartError::Heartbeat)?;

    let mut links: Vec<Arc<Link>> = Vec::new();
    for address in addresses {
        if links.iter().any(|link| link.address == address) {
            continue;
        }
        links.push(Arc::new(Link::new(address, &profile, sender.clone(), Arc::clone(&heartbeats))?));
    }
    drop(sender);
    let managers = Managers { links, analyzerid: identity.analyzerid };
    for link in &managers.links {
        worker::spawn(link)?;
    }
    worker::spawn_watch(managers.links.clone())?;
    managers.first_answers(&profile)?;
    Ok(managers)
}

impl Managers {
    /// Our own analyzerid: a message whose [`crate::idmef::Message::issuer`] this is was sent by us. Managers do not send
    /// it back, but a manager to which ours relays does.
    pub fn analyzerid(&self) -> u64 {
        self.analyzerid
    }

    /// How every link is doing.
    pub fn status(&self) -> Vec<Status> {
        self.links.iter().map(|link| link.status()).collect()
    }

    /// The same as [`Self::status`] for somebody who does not hold the managers, also after they are stopped.
    pub fn watcher(&self) -> impl Fn() -> Vec<Status> + Send + 'static {
        let links = self.links.clone();
        move || links.iter().map(|link| link.status()).collect()
    }

    /// Who we are, in libprelude's JSON: the analyzer of our own messages.
    pub fn analyzer(&self) -> serde_json::Value {
        self.links.first().map(|link| link.analyzer().clone()).unwrap_or_default()
    }

    /// A way to send messages of our own: each goes to the first manager that is connected, and takes none when none is. What comes
    /// back answers when the message has left, and is dropped when it was given up; then it may be sent again.
    pub fn poster(&self) -> impl Fn(Vec<u8>) -> Option<tokio::sync::oneshot::Receiver<()>> + Send + Sync + 'static {
        let links = self.links.clone();
        move |wire| links.iter().find(|link| link.is_connected())?.outbox().post(wire)
    }

    /// Stops: tells the managers, hands on what they have sent, closes. The channel must still be read meanwhile; it is
    /// closed by this when nothing is left to come.
    ///
    /// Takes a second or two when a manager hangs, and up to ten when the channel is not read. Blocks.
    pub fn stop(self) {
        let deadline = Instant::now() + session::DRAIN + session::DELIVER + JOIN;
        for link in &self.links {
            link.stop();
        }
        for link in &self.links {
            link.wait_until_released(deadline);
        }
    }

    /// Waits until every manager has answered, or not, once. When all of them refuse us, trying on is of no use.
    fn first_answers(&self, profile: &str) -> Result<(), StartError> {
        let deadline = Instant::now() + FIRST_ANSWER;
        let mut refusal = None;
        for link in &self.links {
            match link.first_answer(deadline) {
                Some(Answer::Refused(source)) => {
                    refusal.get_or_insert((link.address.clone(), source));
                }
                _ => return Ok(()),
            }
        }
        let Some((address, source)) = refusal else { return Ok(()) };
        for link in &self.links {
            link.stop();
        }
        let registration = Box::new(Registration::new(profile, Some(&address)));
        Err(StartError::Refused { address, profile: profile.to_owned(), source, registration })
    }
}

impl Drop for Managers {
    /// Whoever wants to wait calls [`Managers::stop`].
    fn drop(&mut self) {
        for link in &self.links {
            link.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn start_error(settings: Settings) -> String {
        let (sender, _receiver) = tokio::sync::mpsc::channel(1);
        start(settings, sender).unwrap_err().to_string()
    }

    #[test]
    fn a_missing_profile_comes_with_the_commands_that_make_it() {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let text = start_error(Settings {
            profile: "no-such-profile".to_owned(),
            addresses: vec!["manager.example.com".parse().unwrap()],
            ..Settings::default()
        });
        assert_eq!(
            text,
            format!(
                "the Prelude profile `no-such-profile` does not exist: there is no directory /etc/prelude/profile/no-such-profile\n\
                 \nTo register it, run on the manager's host, as root (`prelude-manager` being the manager's own profile):\n\
                 \n    prelude-admin registration-server prelude-manager\n\
                 \nand, while that waits, on this host, with the password that it shows and with the uid and gid of the user \
                 that the daemon runs as:\n\
                 \n    prelude-admin register no-such-profile \"idmef:rw\" manager.example.com --uid {uid} --gid {gid}\n"
            )
        );
    }

    #[test]
    fn an_analyzer_name_is_one_line() {
        let text = start_error(Settings { analyzer_name: Some("a\nb".to_owned()), ..Settings::default() });
        assert_eq!(text, r#""a\nb" cannot be an analyzer's name: it is empty or contains a control character"#);
    }
}
