//! Who we are to the managers: what a profile and its configuration say about this sensor.

use std::{
    ffi::{CStr, CString},
    marker::PhantomData,
    ptr::{self, NonNull},
    sync::{Mutex, PoisonError},
};

use super::{
    buffer::Buffer,
    error::{Error, check},
    init,
    profile::{self, ProfileError},
    sys,
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

/// A libprelude client that never connects: it only reads configuration.
pub(super) struct Client {
    raw: NonNull<sys::prelude_client_t>,
    /// Neither `Send` nor `Sync`.
    _local: PhantomData<*const ()>,
}

impl Client {
    /// A client of the profile, whether or not that exists.
    pub(super) fn new(profile: &CStr) -> Result<Self, Error> {
        let mut raw = ptr::null_mut();
        // SAFETY: the name ends in NUL; libprelude copies it and stores a new client in `raw`.
        check(unsafe { sys::prelude_client_new(&raw mut raw, profile.as_ptr()) })?;
        let raw = NonNull::new(raw).ok_or_else(|| Error::ours("libprelude made no client"))?;
        Ok(Self { raw, _local: PhantomData })
    }

    /// Reads this file instead of the profile's own configuration.
    pub(super) fn read_configuration_from(&mut self, file: &CStr) -> Result<(), Error> {
        // SAFETY: a live client; the path ends in NUL and is copied.
        check(unsafe { sys::prelude_client_set_config_filename(self.raw.as_ptr(), file.as_ptr()) }).map(drop)
    }

    /// Reads the configuration and the profile.
    pub(super) fn init(&mut self) -> Result<(), Error> {
        // SAFETY: a live client.
        check(unsafe { sys::prelude_client_init(self.raw.as_ptr()) }).map(drop)
    }

    fn analyzerid(&self) -> u64 {
        // SAFETY: a live client has a profile until it is destroyed, and this only reads it.
        unsafe { sys::prelude_client_profile_get_analyzerid(sys::prelude_client_get_profile(self.raw.as_ptr())) }
    }

    fn server_addr(&self) -> Option<String> {
        // SAFETY: a live client has a connection pool until it is destroyed. The string is null or ends in NUL, belongs
        // to the pool, and is copied before anything else happens to it.
        let text = unsafe {
            let pool = sys::prelude_client_get_connection_pool(self.raw.as_ptr());
            let text = sys::prelude_connection_pool_get_connection_string(pool);
            if text.is_null() {
                return None;
            }
            CStr::from_ptr(text)
        };
        Some(text.to_string_lossy().into_owned())
    }

    fn analyzer(&mut self) -> Result<Vec<u8>, Error> {
        let mut output = Buffer::new()?;
        // SAFETY: a live client has an analyzer until it is destroyed, and an analyzer is an IDMEF object (its first
        // members are those of idmef_object_t); the buffer is live.
        check(unsafe {
            let analyzer = sys::prelude_client_get_analyzer(self.raw.as_ptr());
            sys::idmef_object_print_json(analyzer.cast(), output.as_ptr())
        })?;
        output.take()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: destroyed once, here. With the status "failure" nothing is sent.
        unsafe {
            sys::prelude_client_destroy(
                self.raw.as_ptr(),
                sys::prelude_client_exit_status_t::PRELUDE_CLIENT_EXIT_STATUS_FAILURE,
            );
        }
    }
}

/// A string for C.
pub(super) fn c_string(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::ours("a text with a NUL byte in it cannot be given to libprelude"))
}
