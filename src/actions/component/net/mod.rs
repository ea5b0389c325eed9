//! The network as a component sees it: only what was granted, checked on the address that a connection really goes to.
//!
//! ```text
//!  wasi:sockets  names ──▶ resolve ─┐
//!                tcp ─────▶ connect ┤   policy    ─▶  outside: resolver, HTTP exchange
//!  wasi:tls      ─────────▶ server ─┤  (what is          │
//!  wasi:http     ─────────▶ request ┘   granted)         └▶ system | a recording
//! ```
//!
//! - `policy` decides, from the grant alone; `address` knows what kind of address an address is.
//! - `session` is what one sandbox has: what it asked before, and what it may still ask.
//! - [`Outside`] is where effects begin, and [`System`] the real one.
//! - `tls`, `http`, `sockets` and `names` are the interfaces of WASI. The last two are implemented for a `view` of whatever
//!   store holds a sandbox's network: whoever keeps one implements [`NetworkView`], and [`link`] links them all for it.
//!
//! Whatever is refused is an error the component can deal with, and a sentence in the job's outcome. What is bounded, and by
//! how much, stands at the head of each file. While a configuration is checked there is no network at all.

mod address;
mod http;
mod names;
mod network;
mod outside;
mod policy;
mod session;
mod sockets;
mod system;
#[cfg(test)]
mod tests;
mod tls;
mod trust;
mod view;

use wasmtime::component::Linker;
use wasmtime_wasi::{
    p2::bindings::sockets as wasi,
    sockets::{WasiSockets, WasiSocketsView as _},
};
use wasmtime_wasi_http::{WasiHttp, p2::bindings::http as wasi_http};

use self::view::{Net, http_view, view};
use super::interface::{Interface, all};

pub(super) use network::Network;
pub use outside::{Answer, ExchangeError, LookupError, Outside, Request, Response, Way};
pub use system::System;
pub(super) use view::{NetworkView, State};

const NAMES: &[Interface] =
    &[all("wasi:sockets/network"), all("wasi:sockets/instance-network"), all("wasi:sockets/ip-name-lookup")];
const TCP: &[Interface] = &[
    all("wasi:sockets/tcp"),
    all("wasi:sockets/tcp-create-socket"),
    all("wasi:sockets/udp"),
    all("wasi:sockets/udp-create-socket"),
    // A draft is compatible with nothing but itself.
    all("wasi:tls/types@0.2.0-draft"),
];
const HTTP: &[Interface] = &[all("wasi:http/types"), all("wasi:http/outgoing-handler")];

/// The interfaces that [`link`] links.
pub(super) fn interfaces(network: &Network) -> Vec<Interface> {
    let policy = &network.policy;
    let mut interfaces = Vec::new();
    if policy.grants_tcp() || policy.grants_dns() {
        interfaces.extend(NAMES);
    }
    if policy.grants_tcp() {
        interfaces.extend(TCP);
    }
    if policy.grants_http() {
        interfaces.extend(HTTP);
    }
    interfaces
}

/// Links the interfaces by which what is granted of a network can be used.
pub(super) fn link<T: NetworkView + 'static>(linker: &mut Linker<T>, network: &Network) -> wasmtime::Result<()> {
    let policy = &network.policy;
    if policy.grants_tcp() || policy.grants_dns() {
        let options = wasi::network::LinkOptions::default();
        wasi::network::add_to_linker::<_, Net>(linker, &options, view)?;
        wasi::instance_network::add_to_linker::<_, WasiSockets>(linker, T::sockets)?;
        names::add_to_linker::<_, Net>(linker, view)?;
    }
    if policy.grants_tcp() {
        wasi::tcp::add_to_linker::<_, WasiSockets>(linker, T::sockets)?;
        wasi::tcp_create_socket::add_to_linker::<_, Net>(linker, view)?;
        wasi::udp::add_to_linker::<_, WasiSockets>(linker, T::sockets)?;
        wasi::udp_create_socket::add_to_linker::<_, Net>(linker, view)?;
        let mut options = wasmtime_wasi_tls::p2::LinkOptions::default();
        wasmtime_wasi_tls::p2::add_to_linker(linker, options.tls(true))?;
    }
    if policy.grants_http() {
        let options = wasi_http::types::LinkOptions::default();
        wasi_http::types::add_to_linker::<_, WasiHttp>(linker, &options, http_view)?;
        wasi_http::outgoing_handler::add_to_linker::<_, WasiHttp>(linker, http_view)?;
    }
    Ok(())
}
