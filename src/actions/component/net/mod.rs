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
//! - `names`, `sockets`, `tls` and `http` are the interfaces of WASI.
//! - [`Outside`] is where effects begin, and [`System`] the real one.
//!
//! Whatever is refused is an error the component can deal with, and a sentence in the job's outcome. What is bounded, and by
//! how much, stands at the head of each file. While a configuration is checked there is no network at all.

mod address;
mod http;
mod names;
mod outside;
mod policy;
mod session;
mod sockets;
mod system;
#[cfg(test)]
mod tests;
mod tls;
mod trust;

use std::{sync::Arc, time::Duration};

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{
    p2::bindings::sockets as wasi,
    sockets::{WasiSockets, WasiSocketsView},
};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtx, WasiHttpCtxView, p2::bindings::http as wasi_http};
use wasmtime_wasi_tls::{WasiTlsCtx, WasiTlsCtxBuilder, WasiTlsCtxView};

use self::{http::Hooks, policy::Policy, session::Session};
use super::{
    grant::Denials,
    limits::Sandbox,
    wasi::{Interface, all},
};
use crate::config;

pub use outside::{Answer, ExchangeError, LookupError, Outside, Request, Response, Way};
pub use system::System;

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

/// One action's network.
#[derive(Debug)]
pub(super) struct Network {
    policy: Policy,
    outside: Arc<dyn Outside>,
}

impl Network {
    /// None when nothing of the network is granted.
    pub(super) fn open(grant: &config::Grant, outside: &Arc<dyn Outside>) -> Option<Self> {
        let policy = Policy::new(grant);
        let granted = policy.grants_http() || policy.grants_tcp() || policy.grants_dns();
        granted.then(|| Self { policy, outside: Arc::clone(outside) })
    }

    /// The interfaces that [`Self::link`] links.
    pub(super) fn interfaces(&self) -> Vec<Interface> {
        let mut interfaces = Vec::new();
        if self.policy.grants_tcp() || self.policy.grants_dns() {
            interfaces.extend(NAMES);
        }
        if self.policy.grants_tcp() {
            interfaces.extend(TCP);
        }
        if self.policy.grants_http() {
            interfaces.extend(HTTP);
        }
        interfaces
    }

    pub(super) fn link(&self, linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
        if self.policy.grants_tcp() || self.policy.grants_dns() {
            let options = wasi::network::LinkOptions::default();
            wasi::network::add_to_linker::<_, Net>(linker, &options, view)?;
            wasi::instance_network::add_to_linker::<_, WasiSockets>(linker, Sandbox::sockets)?;
            names::add_to_linker::<_, Net>(linker, view)?;
        }
        if self.policy.grants_tcp() {
            wasi::tcp::add_to_linker::<_, WasiSockets>(linker, Sandbox::sockets)?;
            wasi::tcp_create_socket::add_to_linker::<_, Net>(linker, view)?;
            wasi::udp::add_to_linker::<_, WasiSockets>(linker, Sandbox::sockets)?;
            wasi::udp_create_socket::add_to_linker::<_, Net>(linker, view)?;
            let mut options = wasmtime_wasi_tls::p2::LinkOptions::default();
            wasmtime_wasi_tls::p2::add_to_linker(linker, options.tls(true))?;
        }
        if self.policy.grants_http() {
            let options = wasi_http::types::LinkOptions::default();
            wasi_http::types::add_to_linker::<_, WasiHttp>(linker, &options, http_view)?;
            wasi_http::outgoing_handler::add_to_linker::<_, WasiHttp>(linker, http_view)?;
        }
        Ok(())
    }
}

/// The network of one sandbox; of one without a network next to nothing.
pub(super) struct State {
    session: Option<Arc<Session>>,
    hooks: Hooks,
    http: WasiHttpCtx,
    tls: WasiTlsCtx,
}

impl State {
    /// `timeout`: what the whole job has.
    pub(super) fn new(network: Option<&Arc<Network>>, timeout: Duration, denials: &Denials) -> Self {
        let session = network.map(|network| Arc::new(Session::new(Arc::clone(network), timeout, denials.clone())));
        let tls = match &session {
            Some(session) => WasiTlsCtxBuilder::new().provider(Box::new(tls::Provider(Arc::clone(session)))),
            None => WasiTlsCtxBuilder::new(),
        };
        Self { hooks: Hooks(session.clone()), session, http: WasiHttpCtx::new(), tls: tls.build() }
    }

    /// Takes the network away.
    pub(super) fn close(&self) {
        if let Some(session) = &self.session {
            session.close();
        }
    }
}

/// What our own interfaces are implemented for.
struct Net;

/// A sandbox's network and its handles.
struct View<'a> {
    session: Option<&'a Arc<Session>>,
    table: &'a mut ResourceTable,
}

impl HasData for Net {
    type Data<'a> = View<'a>;
}

fn view(sandbox: &mut Sandbox) -> View<'_> {
    let (state, table) = sandbox.network();
    View { session: state.session.as_ref(), table }
}

fn http_view(sandbox: &mut Sandbox) -> WasiHttpCtxView<'_> {
    let (state, table) = sandbox.network();
    WasiHttpCtxView { hooks: &mut state.hooks, table, ctx: &mut state.http }
}

impl wasmtime_wasi_tls::WasiTlsView for Sandbox {
    fn tls(&mut self) -> WasiTlsCtxView<'_> {
        let (state, table) = self.network();
        WasiTlsCtxView { ctx: &mut state.tls, table }
    }
}
