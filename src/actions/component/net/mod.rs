//! The network as a component sees it: only what was granted, checked on the address that a connection really goes to.

use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtxBuilder;

use super::{
    grant::{Denials, GrantError},
    limits::Sandbox,
    wasi::Interface,
};
use crate::config;

/// One action's network.
#[derive(Debug)]
pub(super) struct Network {}

impl Network {
    /// None when nothing of the network is granted.
    pub(super) fn open(_grant: &config::Grant) -> Result<Option<Self>, GrantError> {
        Ok(None)
    }

    /// The interfaces that [`Self::link`] links.
    pub(super) fn interfaces(&self) -> Vec<Interface> {
        Vec::new()
    }

    pub(super) fn link(&self, _linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
        Ok(())
    }

    pub(super) fn prepare(&self, _wasi: &mut WasiCtxBuilder, _denials: &Denials) {}
}
