//! A libprelude client that never connects: it only reads configuration.

use std::{
    ffi::CStr,
    marker::PhantomData,
    ptr::{self, NonNull},
};

use super::{
    buffer::Buffer,
    error::{Error, check},
    sys,
};

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

    pub(super) fn analyzerid(&self) -> u64 {
        // SAFETY: a live client has a profile until it is destroyed, and this only reads it.
        unsafe { sys::prelude_client_profile_get_analyzerid(sys::prelude_client_get_profile(self.raw.as_ptr())) }
    }

    pub(super) fn server_addr(&self) -> Option<String> {
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

    pub(super) fn analyzer(&mut self) -> Result<Vec<u8>, Error> {
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
