//! `never:` as it is written in a file.
//!
//! ```yaml
//! never:
//!   addresses: [192.0.2.1, 10.0.0.0/8, '2001:db8::/32']
//!   users: [backup]
//!   hosts: [gateway.example]
//!   services: [ssh.service]
//!   self: true                  # the default: this host, the managers, root and the daemon's own user
//! ```

use std::sync::Arc;

use ipnet::IpNet;

use super::{
    Never, ParameterType,
    decode::Item,
    diagnostic::quote,
    document::Value,
    parameter::unmapped,
    set::{Element, ElementError},
    value_file::bad_element,
};

const KEYS: [&str; 5] = ["addresses", "users", "hosts", "services", "self"];

/// Reads `never:`.
pub(super) fn decode(item: Item<'_>) -> Option<Never> {
    let table = item.table("`never`", &KEYS)?;
    let mut never = Never::default();
    if let Some(item) = table.get("addresses") {
        let list = item.list("a list of addresses and ranges, such as `[192.0.2.1, 10.0.0.0/8]`");
        never.addresses = list.into_iter().flatten().filter_map(addresses).flatten().collect();
    }
    let names = |key: &str, expected: &str, kind: &ParameterType| -> Vec<Arc<str>> {
        let list = table.get(key).and_then(|item| item.list(expected));
        list.into_iter().flatten().filter_map(|item| name(item, kind)).collect()
    };
    never.users = names("users", "a list of users, such as `[root, backup]`", &ParameterType::User);
    never.hosts = names("hosts", "a list of host names, such as `[gateway.example]`", &ParameterType::Host);
    never.services = names("services", "a list of services, such as `[ssh.service]`", &ParameterType::Text);
    table.read("self", &mut never.own, Item::boolean);
    Some(never)
}

fn addresses(item: Item<'_>) -> Option<Vec<IpNet>> {
    let text = item.some_text()?;
    match Element::parse(text) {
        Ok(Element::Addresses(ranges)) => Some(ranges.into_iter().map(unmapped).collect()),
        // A range is meant as a whole, wherever in it the address before the slash lies.
        Err(ElementError::HostBits { range, .. }) => Some(vec![unmapped(range)]),
        Ok(Element::Text) => item.refuse(
            item.error(format!("{} is no address", quote(text)))
                .expected("an address or a range, such as `192.0.2.1`, `10.0.0.0/8` or `192.0.2.7-192.0.2.20`")
                .help("hosts are named under `hosts`; their names are not looked up"),
        ),
        Err(error) => {
            bad_element(item, &error);
            None
        }
    }
}

fn name(item: Item<'_>, kind: &ParameterType) -> Option<Arc<str>> {
    let text = match &item.node.value {
        Value::Integer(_) => item.site().text(),
        _ => item.some_text()?,
    };
    match kind.check(text) {
        Ok(text) => Some(text.to_lowercase().into()),
        Err(_) => item.wrong(kind.expected()),
    }
}
