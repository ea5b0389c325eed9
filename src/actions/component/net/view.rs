//! The network of one sandbox, and how the interfaces of WASI get at it wherever it is kept.
//!
//! They are linked for any store whose data is a [`NetworkView`]: this room knows nothing of what else a sandbox has.

use std::{sync::Arc, time::Duration};

use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView};
use wasmtime_wasi_tls::{WasiTlsCtx, WasiTlsCtxBuilder, WasiTlsCtxView, WasiTlsView};

use super::{super::trouble::Trouble, http::Hooks, network::Network, session::Session, tls};

/// What has a network: the data of a sandbox's store.
pub(in super::super) trait NetworkView: WasiView + WasiTlsView {
    /// The network, and the things the guest holds handles to.
    fn network(&mut self) -> (&mut State, &mut ResourceTable);
}

/// The network of one sandbox; of one without a network next to nothing.
pub(in super::super) struct State {
    session: Option<Arc<Session>>,
    hooks: Hooks,
    http: WasiHttpCtx,
    tls: WasiTlsCtx,
}

impl State {
    /// `timeout`: what the whole job has.
    pub(in super::super) fn new(network: Option<&Arc<Network>>, timeout: Duration, trouble: &Trouble) -> Self {
        let session = network.map(|network| Arc::new(Session::new(Arc::clone(network), timeout, trouble.clone())));
        let tls = match &session {
            Some(session) => WasiTlsCtxBuilder::new().provider(Box::new(tls::Provider(Arc::clone(session)))),
            None => WasiTlsCtxBuilder::new(),
        };
        Self { hooks: Hooks(session.clone()), session, http: WasiHttpCtx::new(), tls: tls.build() }
    }

    /// Takes the network away.
    pub(in super::super) fn close(&self) {
        if let Some(session) = &self.session {
            session.close();
        }
    }

    /// What `wasi:tls` sees of it.
    pub(in super::super) fn tls<'a>(&'a mut self, table: &'a mut ResourceTable) -> WasiTlsCtxView<'a> {
        WasiTlsCtxView { ctx: &mut self.tls, table }
    }
}

/// What our own interfaces are implemented for.
pub(super) struct Net;

/// A sandbox's network and its handles.
pub(super) struct View<'a> {
    pub(super) session: Option<&'a Arc<Session>>,
    pub(super) table: &'a mut ResourceTable,
}

impl HasData for Net {
    type Data<'a> = View<'a>;
}

/// What our own interfaces see of a store's data.
pub(super) fn view<T: NetworkView>(data: &mut T) -> View<'_> {
    let (state, table) = data.network();
    View { session: state.session.as_ref(), table }
}

/// What `wasi:http` sees of it.
pub(super) fn http_view<T: NetworkView>(data: &mut T) -> WasiHttpCtxView<'_> {
    let (state, table) = data.network();
    WasiHttpCtxView { hooks: &mut state.hooks, table, ctx: &mut state.http }
}
