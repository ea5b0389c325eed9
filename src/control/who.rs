//! Who asks, and who may.

use std::fmt;

use nix::unistd::{Gid, Group, Uid, User};

/// Somebody, as the kernel knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The number of the user.
    pub uid: u32,
    /// Their name, if they have one.
    pub name: Option<String>,
}

/// Who may ask, beside root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The daemon's own user.
    own: Uid,
    /// The members of this group.
    pub(super) group: Option<(String, Gid)>,
}

/// There is no such group.
#[derive(Debug, thiserror::Error)]
#[error("there is no group {0} ([control] group): make it (groupadd --system), or name another")]
pub struct UnknownGroup(String);

impl Allowed {
    /// The user that this process runs as, and a group.
    ///
    /// # Errors
    /// There is no such group.
    pub fn new(group: Option<&str>) -> Result<Self, UnknownGroup> {
        let group = match group {
            None => None,
            Some(name) => {
                let found = Group::from_name(name).ok().flatten().ok_or_else(|| UnknownGroup(name.to_owned()))?;
                Some((name.to_owned(), found.gid))
            }
        };
        Ok(Self { own: Uid::effective(), group })
    }

    /// Whether a process of this user and group may ask. Members are looked up each time: groups change.
    pub(super) fn may(&self, uid: u32, gid: u32) -> bool {
        if uid == 0 || uid == self.own.as_raw() {
            return true;
        }
        let Some((_, group)) = &self.group else { return false };
        let is_member = || {
            let user = User::from_uid(Uid::from_raw(uid)).ok()??;
            let group_now = Group::from_gid(*group).ok()??;
            Some(user.gid == *group || group_now.mem.contains(&user.name))
        };
        gid == group.as_raw() || is_member() == Some(true)
    }
}

impl Who {
    /// A user.
    pub(super) fn of(uid: u32) -> Self {
        Self { uid, name: User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name) }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} (uid {})", self.uid),
            None => write!(f, "uid {}", self.uid),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn root_the_own_user_and_the_group_may_ask_and_nobody_else() {
        let own = Uid::from_raw(4_000_001);
        let nobody = Allowed { own, group: None };
        assert!(nobody.may(0, 0) && nobody.may(4_000_001, 4_000_001));
        assert!(!nobody.may(4_000_002, 4_000_001));
        let group = Allowed { own, group: Some(("adm".to_owned(), Gid::from_raw(4_000_003))) };
        assert!(group.may(4_000_002, 4_000_003));
        assert!(!group.may(4_000_002, 4_000_002));
    }

    #[test]
    fn a_group_that_is_not_there_is_told() {
        let error = Allowed::new(Some("no-such-group-anywhere")).unwrap_err();
        assert!(error.to_string().contains("there is no group no-such-group-anywhere"), "{error}");
        assert_eq!(Who::of(0).to_string(), "root (uid 0)");
        assert_eq!(Who::of(4_000_004).to_string(), "uid 4000004");
    }
}
