// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names, through wasi:sockets itself.

use wasip2::sockets::{
    instance_network::instance_network,
    ip_name_lookup::resolve_addresses,
    network::{ErrorCode, IpAddress},
};

pub fn resolve(name: &str) -> Result<String, String> {
    let network = instance_network();
    let answers = resolve_addresses(&network, name).map_err(|error| error.name().to_owned())?;
    let mut addresses = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => addresses.push(format!("{a}.{b}.{c}.{d}")),
            Ok(Some(IpAddress::Ipv6((a, b, c, d, e, f, g, h)))) => {
                addresses.push(std::net::Ipv6Addr::new(a, b, c, d, e, f, g, h).to_string());
            }
            Ok(None) => return Ok(addresses.join(" ")),
            Err(ErrorCode::WouldBlock) => answers.subscribe().block(),
            Err(error) => return Err(error.name().to_owned()),
        }
    }
}
