//! Who we are to the managers: what a profile and its configuration say about this sensor.

use std::sync::{Mutex, PoisonError};

use super::{
    client::Client,
    init,
    profile::{self, ProfileError},
};

/// What libprelude knows about this sensor, read from the profile the way every Prelude sensor reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The number that the managers know this profile by.
    pub analyzerid: u64,
    /// `server-addr` of the profile's configuration, e.g. `192.0.2.1 && unix:/run/manager`.
    pub server_addr: Option<String>,
    /// The IDMEF analyzer, as libprelude prints it in JSON: name, node, process, operating system.
    pub analyzer: Vec<u8>,
}

impl Identity {
    /// Reads the profile and its configuration, `tls-options` and the `tcp-keepalive-*` options of which hold for the
    /// whole process from now on.
    ///
    /// Looks up this host's own name, which asks the resolver.
    pub fn read(name: &str) -> Result<Self, ProfileError> {
        /// libprelude keeps what it reads in variables of the process.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        init()?;
        let checked = profile::check_name(name)?;
        if let Some(error) = profile::look(name) {
            return Err(error);
        }
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut client = Client::new(&checked)?;
        client.init().map_err(|source| ProfileError::Other { name: name.to_owned(), source })?;
        Ok(Self { analyzerid: client.analyzerid(), server_addr: client.server_addr(), analyzer: client.analyzer()? })
    }
}
