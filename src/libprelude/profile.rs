//! Profiles: the directory below `/etc/prelude/profile` that holds a sensor's number, key and certificates.

use std::{
    ffi::{CStr, CString, OsStr},
    fs::File,
    io,
    marker::PhantomData,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    ptr::{self, NonNull},
};

use super::{
    error::{Error, c_string, check},
    init, sys,
};

/// The longest name of a profile: libprelude builds file names from it in buffers of 256 bytes.
const LONGEST_NAME: usize = 200;

/// A profile that exists and is registered with some manager.
#[derive(Debug)]
pub struct Profile {
    raw: NonNull<sys::prelude_client_profile_t>,
    /// Neither `Send` nor `Sync`.
    _local: PhantomData<*const ()>,
}

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The name cannot name a profile.
    #[error("{name:?} cannot be the name of a Prelude profile: {reason}")]
    Name {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// There is no such profile.
    #[error("the Prelude profile `{name}` does not exist: there is no directory {}", directory.display())]
    Missing {
        /// The profile's name.
        name: String,
        /// Where it would be.
        directory: PathBuf,
    },
    /// The profile is not registered with any manager.
    #[error(
        "the Prelude profile `{name}` is not registered with a manager: one of analyzerid, key, client.keycrt and client.trusted is missing in {}",
        directory.display()
    )]
    Unregistered {
        /// The profile's name.
        name: String,
        /// Where it is.
        directory: PathBuf,
    },
    /// The profile is there, but this process must not read it.
    #[error(
        "the Prelude profile `{name}` in {} cannot be read by user {uid}, group {gid}: permission denied",
        directory.display()
    )]
    Forbidden {
        /// The profile's name.
        name: String,
        /// Where it is.
        directory: PathBuf,
        /// Our effective user.
        uid: u32,
        /// Our effective group.
        gid: u32,
    },
    /// Anything else that libprelude says.
    #[error("the Prelude profile `{name}` cannot be used: {source}")]
    Other {
        /// The profile's name.
        name: String,
        /// What libprelude says.
        source: Error,
    },
    /// libprelude itself fails.
    #[error("libprelude cannot be used: {0}")]
    Library(#[from] Error),
}

impl Profile {
    /// Opens a profile and loads its key and certificates.
    pub fn open(name: &str) -> Result<Self, ProfileError> {
        init()?;
        let checked = check_name(name)?;
        // Looked at first, because failing in libprelude costs memory (below).
        if let Some(error) = look(name) {
            return Err(error);
        }
        let other = |source| ProfileError::Other { name: name.to_owned(), source };
        let mut raw = ptr::null_mut();
        // SAFETY: the name ends in NUL and is copied; a new profile is stored in `raw`.
        check(unsafe { sys::prelude_client_profile_new(&raw mut raw, checked.as_ptr()) }).map_err(other)?;
        let raw = NonNull::new(raw).ok_or_else(|| Error::ours("libprelude made no profile"))?;
        let mut credentials = ptr::null_mut();
        // SAFETY: a live profile; the credentials are kept by it, and the pointer is not used.
        check(unsafe { sys::prelude_client_profile_get_credentials(raw.as_ptr(), &raw mut credentials) })
            // When this fails libprelude has freed the credentials and still points to them: destroying the profile
            // would free them again. So it is left behind, with a few hundred bytes.
            .map_err(other)?;
        Ok(Self { raw, _local: PhantomData })
    }

    /// The number that the managers know this profile by.
    pub fn analyzerid(&self) -> u64 {
        // SAFETY: a live profile, only read.
        unsafe { sys::prelude_client_profile_get_analyzerid(self.raw.as_ptr()) }
    }

    /// Where the profile of that name is, whether or not it exists.
    pub fn directory(name: &str) -> PathBuf {
        let mut buffer = [0_u8; 4096];
        // SAFETY: without a profile this writes the directory of all profiles, which libprelude was built with, and a NUL;
        // never more than it has room for.
        unsafe {
            sys::prelude_client_profile_get_profile_dirname(ptr::null(), buffer.as_mut_ptr().cast(), buffer.len());
        }
        let all = CStr::from_bytes_until_nul(&buffer).unwrap_or_default();
        Path::new(OsStr::from_bytes(all.to_bytes())).join(name)
    }

    pub(super) fn as_ptr(&self) -> *mut sys::prelude_client_profile_t {
        self.raw.as_ptr()
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // SAFETY: destroyed once, here.
        unsafe { sys::prelude_client_profile_destroy(self.raw.as_ptr()) };
    }
}

/// A name as libprelude takes it. Slashes and `..` are allowed: that is how a profile lives in another directory.
pub(super) fn check_name(name: &str) -> Result<CString, ProfileError> {
    let refuse = |reason| Err(ProfileError::Name { name: name.to_owned(), reason });
    if name.is_empty() {
        refuse("it is empty")
    } else if name.len() > LONGEST_NAME {
        refuse("it is longer than 200 bytes")
    } else if name.chars().any(char::is_control) {
        refuse("it contains a control character")
    } else if name.starts_with('-') {
        refuse("it starts with `-`, so prelude-admin would take it for an option")
    } else {
        Ok(c_string(name)?)
    }
}

/// What is wrong with a profile that can be seen from outside, if anything is.
pub(super) fn look(name: &str) -> Option<ProfileError> {
    let directory = Profile::directory(name);
    let name = name.to_owned();
    // Opening tells more than looking: a file may be there and be closed to us.
    let open = |file: &str| File::open(directory.join(file)).err().map(|error| error.kind());
    if open("") == Some(io::ErrorKind::NotFound) {
        return Some(ProfileError::Missing { name, directory });
    }
    let problems = ["", "analyzerid", "key", "client.keycrt", "client.trusted"].map(open);
    if problems.contains(&Some(io::ErrorKind::PermissionDenied)) {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        return Some(ProfileError::Forbidden { name, directory, uid, gid });
    }
    problems.contains(&Some(io::ErrorKind::NotFound)).then_some(ProfileError::Unregistered { name, directory })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_that_libprelude_would_misread_are_refused() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for name in ["", "a\0b", "a\nb", "-a", &long] {
            assert!(matches!(Profile::open(name), Err(ProfileError::Name { .. })), "{name:?}");
        }
        let error = Profile::open("a\nb").unwrap_err().to_string();
        assert_eq!(error, r#""a\nb" cannot be the name of a Prelude profile: it contains a control character"#);
    }

    #[test]
    fn a_missing_profile_is_told() {
        let error = Profile::open("no-such-profile").unwrap_err().to_string();
        assert_eq!(
            error,
            "the Prelude profile `no-such-profile` does not exist: there is no directory /etc/prelude/profile/no-such-profile"
        );
    }

    #[test]
    fn a_profile_without_certificates_is_not_registered() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("analyzerid"), "4711\n").unwrap();
        let name = format!("../../..{}", directory.path().display());
        let error = Profile::open(&name).unwrap_err();
        assert!(matches!(error, ProfileError::Unregistered { .. }), "{error:?}");
    }

    #[test]
    fn damaged_certificates_are_survived() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("analyzerid"), "4711\n").unwrap();
        for file in ["key", "client.keycrt", "client.trusted"] {
            std::fs::write(directory.path().join(file), "-----BEGIN NOTHING-----\n").unwrap();
        }
        let name = format!("../../..{}", directory.path().display());
        for _ in 0..3 {
            let error = Profile::open(&name).unwrap_err();
            assert!(matches!(error, ProfileError::Other { .. }), "{error:?}");
        }
    }
}
