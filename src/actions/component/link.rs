//! What is linked: the interfaces that every component gets, and those of an action's grants.
//!
//! A component that imports anything else is refused when it is loaded ([`imports`](super::imports)).

use wasmtime::component::Linker;

use super::{
    grant::{self, Grants},
    host,
    interface::{Interface, all},
    net,
    sandbox::Sandbox,
    wasi,
};

/// Links what every component gets.
pub(super) fn base(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    wasi::link(linker)?;
    host::link(linker)
}

/// The interfaces that are linked for these grants beside those that every component gets.
pub(super) fn interfaces(grants: &Grants) -> Vec<Interface> {
    let mut interfaces = grants.network.as_deref().map(net::interfaces).unwrap_or_default();
    if grants.directories.is_some() {
        interfaces.push(all("wasi:filesystem/types"));
    }
    if grants.secrets.is_some() {
        interfaces.push(all("prelude:trigger/secrets"));
    }
    if grants.commands.is_some() {
        interfaces.push(all("prelude:trigger/commands"));
    }
    if grants.state.is_some() {
        interfaces.push(all("prelude:trigger/state"));
    }
    interfaces
}

/// Links them.
pub(super) fn granted(linker: &mut Linker<Sandbox>, grants: &Grants) -> wasmtime::Result<()> {
    // All that is needed of the file system is linked for everyone; without a directory there is nothing to be opened.
    if grants.directories.is_some() {
        grant::link_files(linker, |sandbox| &sandbox.trouble)?;
    }
    if grants.secrets.is_some() {
        host::link_secrets(linker)?;
    }
    if grants.commands.is_some() {
        host::link_commands(linker)?;
    }
    if grants.state.is_some() {
        host::link_state(linker)?;
    }
    match &grants.network {
        Some(network) => net::link(linker, network),
        None => Ok(()),
    }
}
