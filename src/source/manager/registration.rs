//! The commands that register a profile, spelt out for this host.

use std::fmt;

use super::super::Address;
use crate::text::quote;

/// How to register a profile with the manager at an address. Its text is what the operator must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    profile: String,
    host: String,
    uid: u32,
    gid: u32,
}

impl Registration {
    /// For the user and group that this process runs as.
    pub(super) fn new(profile: &str, address: Option<&Address>) -> Self {
        Self {
            profile: profile.to_owned(),
            host: address.map_or("127.0.0.1", Address::host).to_owned(),
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
        }
    }

    /// The command for this host.
    pub fn register(&self) -> String {
        let Self { profile, host, uid, gid } = self;
        format!("prelude-admin register {} \"idmef:rw\" {} --uid {uid} --gid {gid}", quote(profile), quote(host))
    }

    /// The command for the manager's host.
    pub fn registration_server(&self) -> &'static str {
        "prelude-admin registration-server prelude-manager"
    }
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "To register it, run on the manager's host, as root (`prelude-manager` being the manager's own profile):\n\n    \
             {}\n\nand, while that waits, on this host, with the password that it shows and \
             with the uid and gid of the user that the daemon runs as:\n\n    {}\n",
            self.registration_server(),
            self.register()
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_commands_can_be_pasted() {
        let address = "manager.example.com:4690".parse().unwrap();
        let registration = Registration { uid: 107, gid: 113, ..Registration::new("prelude-trigger", Some(&address)) };
        assert_eq!(
            registration.to_string(),
            "To register it, run on the manager's host, as root (`prelude-manager` being the manager's own profile):\n\
             \n    prelude-admin registration-server prelude-manager\n\
             \nand, while that waits, on this host, with the password that it shows and with the uid and gid of the user \
             that the daemon runs as:\n\
             \n    prelude-admin register prelude-trigger \"idmef:rw\" manager.example.com --uid 107 --gid 113\n"
        );
        let odd = Registration { profile: "it's; rm".into(), ..registration };
        assert!(
            odd.register().starts_with(r#"prelude-admin register 'it'\''s; rm' "idmef:rw" "#),
            "{}",
            odd.register()
        );
    }
}
