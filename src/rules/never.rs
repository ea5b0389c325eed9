//! The never-list: what no job may act on, whatever a trigger, a component or a person says.
//!
//! It is asked about a job's target, after substitution, when the text has got its one spelling: an IPv4 address inside IPv6 is the
//! IPv4 address, leading zeros and zone ids are no addresses at all (the parameter's type refuses them). A range is forbidden when it
//! has any address in common with one that is protected. Names of users, hosts and services are compared without regard to the case
//! of their letters, and hosts without a dot at the end: whoever protects `root` means `Root`, too.
//!
//! Names are not looked up: a host that is protected by its name is not protected by its address.

use std::{collections::HashSet, net::IpAddr, sync::Arc};

use ipnet::IpNet;

use crate::config::{Never, Target};

/// What belongs to this host and its managers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// The addresses of this host and of its managers.
    pub addresses: Vec<IpAddr>,
    /// The names of this host and of its managers.
    pub hosts: Vec<String>,
    /// The user that the daemon runs as.
    pub users: Vec<String>,
}

/// What no job may act on.
#[derive(Debug, Clone, Default)]
pub struct NeverList {
    v4: Vec<(IpNet, Why)>,
    v6: Vec<(IpNet, Why)>,
    users: HashSet<Arc<str>>,
    own_users: HashSet<Arc<str>>,
    hosts: HashSet<Arc<str>>,
    own_hosts: HashSet<Arc<str>>,
    services: HashSet<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Listed,
    Own,
}

impl NeverList {
    /// The operator's list, with what is our own unless the operator has said that it is not to be protected.
    pub fn new(never: &Never, own: &Own) -> Self {
        let mut list = Self {
            users: never.users.iter().cloned().collect(),
            hosts: never.hosts.iter().cloned().collect(),
            services: never.services.iter().cloned().collect(),
            ..Self::default()
        };
        let mut add = |range: IpNet, why| match range {
            IpNet::V4(_) => list.v4.push((range, why)),
            IpNet::V6(_) => list.v6.push((range, why)),
        };
        never.addresses.iter().for_each(|range| add(*range, Why::Listed));
        // A host may be named by its address, in either list.
        never
            .hosts
            .iter()
            .filter_map(|host| host.parse::<IpAddr>().ok())
            .for_each(|address| add(address.into(), Why::Listed));
        if never.own {
            let everywhere = ["127.0.0.0/8", "0.0.0.0/32", "::1/128", "::/128"].map(str::parse::<IpNet>);
            everywhere.into_iter().flatten().for_each(|range| add(range, Why::Own));
            own.addresses.iter().for_each(|address| add(address.to_canonical().into(), Why::Own));
            let lower = |names: &[String]| names.iter().map(|name| Arc::from(plain_host(name))).collect::<HashSet<_>>();
            list.own_hosts = lower(&own.hosts);
            list.own_hosts.insert("localhost".into());
            list.own_users = lower(&own.users);
            list.own_users.insert("root".into());
        }
        list
    }

    /// Why this target may not be acted on; none if it may.
    pub fn forbids(&self, target: &Target) -> Option<String> {
        let never = |what: &str| format!("{target} is never acted on: it is {what}");
        match target {
            Target::Address(range) => {
                let ranges = match range {
                    IpNet::V4(_) => &self.v4,
                    IpNet::V6(_) => &self.v6,
                };
                // Of two ranges that have an address in common, one contains the other.
                let meets = |protected: &IpNet| protected.contains(range) || range.contains(protected);
                let (protected, why) = ranges.iter().find(|(protected, _)| meets(protected))?;
                let protected = if protected.prefix_len() == protected.max_prefix_len() {
                    protected.addr().to_string()
                } else {
                    protected.to_string()
                };
                Some(match why {
                    Why::Listed => never(&format!("on the never-list ({protected})")),
                    Why::Own => never(&format!("this host's own or a manager's ({protected})")),
                })
            }
            Target::User(name) => named(name, &self.users, &self.own_users, "root or the daemon's own user").map(never),
            Target::Host(name) => named(name, &self.hosts, &self.own_hosts, "this host or a manager").map(never),
            Target::Service(name) => named(name, &self.services, &HashSet::new(), "").map(never),
        }
    }
}

fn plain_host(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

fn named<'w>(name: &str, listed: &HashSet<Arc<str>>, own: &HashSet<Arc<str>>, ours: &'w str) -> Option<&'w str> {
    let name = plain_host(name);
    if listed.contains(&*name) {
        return Some("on the never-list");
    }
    own.contains(&*name).then_some(ours)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn list(addresses: &[&str], own: bool) -> NeverList {
        let never = Never {
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            users: vec!["backup".into()],
            hosts: vec!["gateway.example".into(), "192.0.2.200".into()],
            services: vec!["ssh.service".into()],
            own,
        };
        let ours = Own {
            addresses: vec!["203.0.113.9".parse().unwrap(), "::ffff:203.0.113.10".parse().unwrap()],
            hosts: vec!["Sensor.Example".to_owned()],
            users: vec!["prelude-trigger".to_owned()],
        };
        NeverList::new(&never, &ours)
    }

    fn address(text: &str) -> Target {
        Target::Address(text.parse().unwrap())
    }

    #[test]
    fn ranges_that_have_an_address_in_common_are_forbidden() {
        let list = list(&["192.0.2.64/26", "2001:db8::/48"], false);
        for target in [
            "192.0.2.64/32",
            "192.0.2.127/32",
            "192.0.2.0/24",
            "0.0.0.0/0",
            "192.0.2.96/28",
            "2001:db8::7/128",
            "2001:db8::/32",
            "::/0",
            "192.0.2.200/32",
        ] {
            assert!(list.forbids(&address(target)).is_some(), "{target}");
        }
        for target in
            ["192.0.2.63/32", "192.0.2.128/32", "192.0.2.0/26", "127.0.0.1/32", "2001:db8:1::/48", "203.0.113.9/32"]
        {
            assert_eq!(list.forbids(&address(target)), None, "{target}");
        }
    }

    #[test]
    fn what_is_our_own_is_safe_without_being_named() {
        let list = list(&[], true);
        for target in [
            "127.0.0.1/32",
            "127.255.0.0/16",
            "::1/128",
            "203.0.113.9/32",
            "203.0.113.10/32",
            "203.0.113.0/24",
            "0.0.0.0/32",
        ] {
            assert!(list.forbids(&address(target)).unwrap().contains("own"), "{target}");
        }
        for name in ["root", "ROOT", "prelude-trigger"] {
            assert!(list.forbids(&Target::User(name.to_owned())).is_some(), "{name}");
        }
        for name in ["localhost", "LocalHost.", "sensor.example", "SENSOR.EXAMPLE."] {
            assert!(list.forbids(&Target::Host(name.to_owned())).is_some(), "{name}");
        }
    }

    #[test]
    fn names_are_compared_without_regard_to_case() {
        let list = list(&[], false);
        for name in ["backup", "Backup"] {
            assert!(list.forbids(&Target::User(name.to_owned())).is_some(), "{name}");
        }
        assert!(list.forbids(&Target::Host("GATEWAY.example.".to_owned())).is_some());
        assert!(list.forbids(&Target::Service("SSH.service".to_owned())).is_some());
        for target in [
            Target::User("root".to_owned()),
            Target::Host("backup".to_owned()),
            Target::Service("sshd.service".to_owned()),
        ] {
            assert_eq!(list.forbids(&target), None, "{target}");
        }
    }
}
