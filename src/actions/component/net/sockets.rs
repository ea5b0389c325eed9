//! TCP connections to what is granted, through wasmtime's `wasi:sockets`. Nothing listens, nothing chooses its own address,
//! and nothing is sent over UDP.
//!
//! UDP is linked where TCP is granted because every guest that has a TCP stream of its language's standard library imports
//! both (measured with Rust and wasi-libc); there is no way to come by a UDP socket.
//!
//! A socket's check holds the permit that counts it: wasmtime keeps the check for as long as there is a socket, so that what
//! is counted is what is open.

use std::{net::SocketAddr, sync::Arc};

use wasmtime::component::Resource;
use wasmtime_wasi::{
    WasiCtx,
    p2::{
        Network, SocketError, SocketResult, TcpSocket, UdpSocket,
        bindings::sockets::{
            network::{self, ErrorCode, IpAddressFamily},
            tcp_create_socket, udp_create_socket,
        },
    },
    sockets::{SocketAddrUse, WasiSocketsCtxView},
};

use super::{session::Session, view::View};

// The error codes of the interfaces below are those of `network`.
impl network::Host for View<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn network_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        let error = self.table.get(&error)?;
        Ok(error.downcast_ref::<std::io::Error>().map(ErrorCode::from))
    }
}

impl network::HostNetwork for View<'_> {
    fn drop(&mut self, this: Resource<Network>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl tcp_create_socket::Host for View<'_> {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        let session = Arc::clone(self.session.ok_or(ErrorCode::AccessDenied)?);
        let counted = session.socket().ok_or(ErrorCode::NewSocketLimit)?;
        let mut wasi = WasiCtx::builder();
        wasi.allow_tcp(true).socket_addr_check(move |address, what| {
            let _ = &counted;
            let allowed = may_use(&session, address, what);
            Box::pin(std::future::ready(allowed))
        });
        let mut wasi = wasi.build();
        WasiSocketsCtxView { ctx: wasi.sockets(), table: self.table }.create_tcp_socket(family)
    }
}

impl udp_create_socket::Host for View<'_> {
    async fn create_udp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        if let Some(session) = self.session {
            session.deny("opening a UDP socket: only TCP connections can be granted");
        }
        Err(ErrorCode::AccessDenied.into())
    }
}

/// Whether a socket may be used so.
fn may_use(session: &Session, address: SocketAddr, what: SocketAddrUse) -> bool {
    match what {
        SocketAddrUse::TcpConnect => session.may_connect(address),
        // Asked before every connection, too.
        SocketAddrUse::TcpBind if address.ip().is_unspecified() && address.port() == 0 => true,
        SocketAddrUse::TcpBind => {
            session.deny(&format!("binding to {address}: a component cannot choose its own address"));
            false
        }
        SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => {
            session.deny(&format!("listening at {address}: a component can only connect to others"));
            false
        }
        SocketAddrUse::UdpBind | SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => false,
    }
}
