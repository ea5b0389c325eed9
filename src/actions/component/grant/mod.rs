//! What the operator has granted one action: opened and checked when the action is loaded, linked, and handed to
//! each of its sandboxes.
//!
//! The linker of an action holds what every action has ([`wasi`](super::wasi), [`host`](super::host)) and the interfaces
//! of its grants; a component that imports anything else is refused when it is loaded. What an interface is linked for is
//! narrowed again at each call: a host, a path, a name that is not in the grant is refused there, and noted
//! in [`Denials`], which the job's outcome tells.

mod denials;

use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtxBuilder;

pub(super) use denials::Denials;

use super::{
    limits::Sandbox,
    net::{Network, Outside},
    wasi::Interface,
};
use crate::config;

/// Why something that is granted cannot be had; the text goes on from the place of the grant.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct GrantError {
    /// Where it is granted.
    pub at: config::Location,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// One action's grants. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(super) struct Grants {
    /// HTTP, TCP, TLS and names.
    pub(super) network: Option<Arc<Network>>,
}

impl Grants {
    /// Opens everything that is granted: reads secrets, looks at directories and programs.
    pub(super) fn open(grant: &config::Grant, outside: &Arc<dyn Outside>) -> Result<Self, GrantError> {
        Ok(Self { network: Network::open(grant, outside)?.map(Arc::new) })
    }

    /// The interfaces that are linked for this action beside those that every action has.
    pub(super) fn interfaces(&self) -> Vec<Interface> {
        self.network.as_deref().map(Network::interfaces).unwrap_or_default()
    }

    /// Links them.
    pub(super) fn link(&self, linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
        match &self.network {
            Some(network) => network.link(linker),
            None => Ok(()),
        }
    }

    /// Gives a sandbox what WASI is told when it begins.
    pub(super) fn prepare(&self, _wasi: &mut WasiCtxBuilder, _denials: &Denials) {}
}
