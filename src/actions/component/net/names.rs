//! `wasi:sockets/ip-name-lookup`, with a list of names that may be looked up.
//!
//! wasmtime's own implementation knows all names or none, and its stream of addresses cannot be made outside of it, so these
//! are bindings of our own for this one interface; everything else of the package is wasmtime's.

use std::{net::IpAddr, sync::Arc, vec};

use wasmtime::component::Resource;
use wasmtime_wasi::{
    async_trait,
    p2::{DynPollable, Pollable, SocketError, SocketResult, subscribe},
    runtime::AbortOnDropJoinHandle,
};

use super::{session::NoAddress, view::View};

/// Made from the interface as WASI 0.2.12 has it.
#[allow(missing_docs, clippy::all, clippy::pedantic, unused_qualifications)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "src/actions/component/net/wit",
        imports: { default: trappable },
        trappable_error_type: { "wasi:sockets/network.error-code" => wasmtime_wasi::p2::SocketError },
        with: {
            "wasi:io/error": wasmtime_wasi::p2::bindings::io::error,
            "wasi:io/poll": wasmtime_wasi::p2::bindings::io::poll,
            "wasi:sockets/network": wasmtime_wasi::p2::bindings::sockets::network,
            "wasi:sockets/ip-name-lookup.resolve-address-stream": super::Addresses,
        },
        require_store_data_send: true,
    });
}

pub(super) use bindings::wasi::sockets::ip_name_lookup::add_to_linker;
use bindings::wasi::sockets::ip_name_lookup::{Host, HostResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};

/// The addresses of a name, or the wait for them.
pub struct Addresses(State);

enum State {
    Asked(AbortOnDropJoinHandle<Result<Vec<IpAddr>, NoAddress>>),
    Answered(Result<vec::IntoIter<IpAddr>, NoAddress>),
}

impl Host for View<'_> {
    fn resolve_addresses(&mut self, network: Resource<Network>, name: String) -> SocketResult<Resource<Addresses>> {
        // A handle to the network is the permission to use this at all.
        let _ = self.table.get(&network)?;
        let session = Arc::clone(self.session.ok_or(ErrorCode::AccessDenied)?);
        let asked = wasmtime_wasi::runtime::spawn(async move { session.resolve(&name).await });
        Ok(self.table.push(Addresses(State::Asked(asked)))?)
    }
}

impl HostResolveAddressStream for View<'_> {
    fn resolve_next_address(&mut self, this: Resource<Addresses>) -> SocketResult<Option<IpAddress>> {
        match &mut self.table.get_mut(&this)?.0 {
            State::Asked(_) => Err(ErrorCode::WouldBlock.into()),
            State::Answered(Ok(addresses)) => Ok(addresses.next().map(IpAddress::from)),
            State::Answered(Err(problem)) => Err(SocketError::from(match problem {
                NoAddress::Denied => ErrorCode::AccessDenied,
                NoAddress::Invalid => ErrorCode::InvalidArgument,
                NoAddress::Unknown => ErrorCode::NameUnresolvable,
                NoAddress::Unavailable => ErrorCode::TemporaryResolverFailure,
            })),
        }
    }

    fn subscribe(&mut self, this: Resource<Addresses>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, this)
    }

    fn drop(&mut self, this: Resource<Addresses>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

#[async_trait]
impl Pollable for Addresses {
    async fn ready(&mut self) {
        if let State::Asked(asked) = &mut self.0 {
            self.0 = State::Answered(asked.await.map(Vec::into_iter));
        }
    }
}
