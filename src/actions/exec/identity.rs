//! Whom a program runs as: looked up and judged at load, taken on by the child.

use std::{collections::BTreeSet, fmt, fs, os::unix::fs::MetadataExt, path::Path};

use nix::unistd::{Group, User};
use rustix::thread::CapabilitySet;

use crate::text::nearest;

/// A user, its primary group and supplementary groups, as the kernel knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// Effective user id.
    pub(super) uid: u32,
    /// Effective group id.
    pub(super) gid: u32,
    /// Supplementary groups.
    pub(super) groups: BTreeSet<u32>,
}

/// Why a program cannot run as the configured user and groups.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// `user:` names nobody.
    #[error("this system has no user {name:?}{suggestion}; create it (`adduser --system {name}`), or name another")]
    NoUser {
        /// As configured.
        name: String,
        /// Empty, or the nearest name there is.
        suggestion: String,
    },
    /// `groups:` names a group that does not exist.
    #[error("this system has no group {name:?}{suggestion}; create it (`addgroup --system {name}`), or name another")]
    NoGroup {
        /// As configured.
        name: String,
        /// Empty, or the nearest name there is.
        suggestion: String,
    },
    /// The user database could not be asked.
    #[error("looking up {name:?} in the user database failed: {error}")]
    Lookup {
        /// The user or group.
        name: String,
        /// What the database said.
        error: nix::Error,
    },
    /// Becoming somebody else takes privilege.
    #[error(
        "running it as {wanted} takes the capabilities CAP_SETUID and CAP_SETGID, and this process ({own}) has not both; start it as root, give its unit `AmbientCapabilities=CAP_SETUID CAP_SETGID CAP_KILL`, or leave out `user:` and `groups:`"
    )]
    Privilege {
        /// Whom the configuration wants.
        wanted: String,
        /// Who we are.
        own: String,
    },
}

impl Identity {
    /// What this process is.
    pub(super) fn current() -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            groups: rustix::process::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()).collect(),
        }
    }

    /// What a child of this identity must become for `user:` and `groups:`; `None` when nothing changes.
    pub(super) fn switch(&self, user: Option<&str>, groups: &[String]) -> Result<Option<Self>, IdentityError> {
        if user.is_none() && groups.is_empty() {
            return Ok(None);
        }
        let mut wanted = match user {
            Some(name) => find_user(name)?,
            None => self.clone(),
        };
        wanted.groups = groups.iter().map(|name| find_group(name)).collect::<Result<_, _>>()?;
        if wanted == *self {
            return Ok(None);
        }
        let needed = CapabilitySet::SETUID | CapabilitySet::SETGID;
        let has = rustix::thread::capabilities(None).map(|sets| sets.effective);
        if !has.is_ok_and(|has| has.contains(needed)) {
            return Err(IdentityError::Privilege { wanted: wanted.to_string(), own: self.to_string() });
        }
        Ok(Some(wanted))
    }

    /// Whether the mode bits let this identity execute the file or enter the directory. Access control lists are
    /// not asked: the kernel has the last word when the program starts.
    pub(super) fn may_execute(&self, metadata: &fs::Metadata) -> bool {
        let mode = metadata.mode();
        if self.uid == 0 {
            metadata.is_dir() || mode & 0o111 != 0
        } else if self.uid == metadata.uid() {
            mode & 0o100 != 0
        } else if self.gid == metadata.gid() || self.groups.contains(&metadata.gid()) {
            mode & 0o010 != 0
        } else {
            mode & 0o001 != 0
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", user_name(self.uid))
    }
}

/// ``user `nobody` ``, or `uid 4711` when it has no name.
pub(super) fn user_name(uid: u32) -> String {
    match User::from_uid(uid.into()) {
        Ok(Some(user)) => format!("user `{}`", user.name),
        _ => format!("uid {uid}"),
    }
}

fn find_user(name: &str) -> Result<Identity, IdentityError> {
    match User::from_name(name) {
        Ok(Some(user)) => Ok(Identity { uid: user.uid.as_raw(), gid: user.gid.as_raw(), groups: BTreeSet::new() }),
        Ok(None) => {
            Err(IdentityError::NoUser { name: name.to_owned(), suggestion: suggestion(name, Path::new("/etc/passwd")) })
        }
        Err(error) => Err(IdentityError::Lookup { name: name.to_owned(), error }),
    }
}

fn find_group(name: &str) -> Result<u32, IdentityError> {
    match Group::from_name(name) {
        Ok(Some(group)) => Ok(group.gid.as_raw()),
        Ok(None) => {
            Err(IdentityError::NoGroup { name: name.to_owned(), suggestion: suggestion(name, Path::new("/etc/group")) })
        }
        Err(error) => Err(IdentityError::Lookup { name: name.to_owned(), error }),
    }
}

/// " (did you mean …?)" with the most similar name in a local database; other sources cannot be listed.
fn suggestion(name: &str, database: &Path) -> String {
    let text = fs::read_to_string(database).unwrap_or_default();
    let known = text.lines().filter_map(|line| line.split(':').next());
    nearest(name, known).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}
