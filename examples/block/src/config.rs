// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use std::net::IpAddr;

use prelude_trigger_guest::Path;

/// What the operator writes below `config:`.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the addresses stand, when the job has no parameter `address`.
    #[serde(default = "sources")]
    pub path: Path,
    /// Addresses and ranges that are never blocked, for example `192.0.2.0/24`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub never: Vec<Range>,
    /// An alert with more addresses than this is refused as a whole: somebody may be forging sources.
    #[serde(default = "eight")]
    #[schemars(range(min = 1))]
    pub at_most: usize,
    /// How long an address stays blocked, in seconds, when the trigger does not say.
    #[serde(default = "one_hour")]
    #[schemars(range(min = 1))]
    pub seconds: u64,
    /// Whether the commands `check-v4` and `check-v6` are asked first; what they know (status 0) is left alone.
    #[serde(default)]
    pub check: bool,
}

fn sources() -> Path {
    Path::new("alert.source(*).node.address(*).address").expect("a path of IDMEF")
}

fn eight() -> usize {
    8
}

fn one_hour() -> u64 {
    3600
}

/// A range of addresses: those whose first `prefix` bits are those of `network`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Range {
    network: IpAddr,
    prefix: u8,
}

/// The bits of an address, at the upper end.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Range {
    /// Whether an address in its canonical form is in here.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differs = bits(self.network) ^ bits(address);
        self.network.is_ipv4() == address.is_ipv4() && u32::from(self.prefix) <= differs.leading_zeros()
    }
}

impl TryFrom<String> for Range {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.as_str(), None),
        };
        let bad = |what: &str| format!("`{text}` is no address or range such as 192.0.2.0/24 or 2001:db8::/32: {what}");
        let network: IpAddr = address.parse().map_err(|_| bad("the address cannot be read"))?;
        if network.to_canonical() != network {
            return Err(bad("write IPv4 addresses as IPv4"));
        }
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(prefix) => match prefix.parse() {
                Ok(prefix) if prefix <= longest && !prefix_has_sign(&text) => prefix,
                _ => return Err(bad(&format!("the length after `/` is 0 to {longest}"))),
            },
        };
        let range = Self { network, prefix };
        let host_bits = bits(network).checked_shl(u32::from(prefix)).unwrap_or(0);
        if host_bits != 0 && prefix < longest {
            return Err(bad("there are bits set beyond its length; is it the range or the address that is meant?"));
        }
        Ok(range)
    }
}

/// `u8::from_str` takes `+8`.
fn prefix_has_sign(text: &str) -> bool {
    text.contains("/+")
}
