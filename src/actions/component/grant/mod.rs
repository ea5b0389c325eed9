//! What the operator has granted one action: opened and checked when the action is loaded, linked, and handed to
//! each of its sandboxes.
//!
//! The linker of an action holds what every action has ([`wasi`](super::wasi), [`host`](super::host)) and the interfaces
//! of its grants; a component that imports anything else is refused when it is loaded. What an interface is linked for is
//! narrowed again at each call: a host, a path, a name that is not in the grant is refused there, and noted
//! in [`Denials`], which the job's outcome tells.
//!
//! | grant | decided here | failure |
//! |---|---|---|
//! | `idmef` | [`host`](super::host), by an [`idmef::Scope`] | an error of the call |
//! | `environment` | given at the beginning | - |
//! | `directories` | [`directories`]; then by wasmtime, below the directory | an error code of the call |
//! | `secrets` | [`secrets`] | an error of the call |
//! | `commands` | [`commands`] | an error of the call |
//! | `http`, `tcp`, `dns` | [`net`](super::net) | an error of the call |

mod call;
mod commands;
mod denials;
mod directories;
mod secrets;

use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtxBuilder;

pub(super) use crate::actions::exec::Ending;
pub(super) use call::Call;
pub(super) use commands::{Commands, Gap, NotRun};
pub(super) use denials::Denials;
pub(super) use directories::Own;
pub(super) use secrets::Secrets;

use super::{
    discretion::Words,
    host::v0_1,
    limits::Sandbox,
    net::{Network, Outside},
    wasi::{Interface, all},
};
use crate::{config, idmef};

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
    /// The parts of the alert it may read; none for all of it.
    pub(super) scope: Option<Arc<idmef::Scope>>,
    environment: Arc<[(String, String)]>,
    directories: Option<Arc<directories::Directories>>,
    pub(super) secrets: Option<Arc<Secrets>>,
    pub(super) commands: Option<Arc<Commands>>,
    /// HTTP, TCP, TLS and names.
    pub(super) network: Option<Arc<Network>>,
}

impl Grants {
    /// Opens everything that is granted: reads secrets, looks at directories and programs.
    pub(super) fn open(
        grant: &config::Grant,
        limits: &config::Limits,
        own: &Own<'_>,
        outside: &Arc<dyn Outside>,
    ) -> Result<Self, GrantError> {
        let environment = grant.environment.iter().map(|(name, value)| (name.clone(), value.clone()));
        Ok(Self {
            scope: grant.idmef.clone().map(|paths| Arc::new(idmef::Scope::new(paths))),
            environment: environment.collect(),
            directories: directories::Directories::open(grant, own)?.map(Arc::new),
            secrets: Secrets::open(&grant.secrets)?.map(Arc::new),
            commands: Commands::open(&grant.commands, limits)?.map(Arc::new),
            network: Network::open(grant, outside).map(Arc::new),
        })
    }

    /// The interfaces that are linked for this action beside those that every action has.
    pub(super) fn interfaces(&self) -> Vec<Interface> {
        let mut interfaces = self.network.as_deref().map(Network::interfaces).unwrap_or_default();
        if self.directories.is_some() {
            interfaces.push(all("wasi:filesystem/types"));
        }
        if self.secrets.is_some() {
            interfaces.push(all("prelude:trigger/secrets"));
        }
        if self.commands.is_some() {
            interfaces.push(all("prelude:trigger/commands"));
        }
        interfaces
    }

    /// Links them.
    pub(super) fn link(&self, linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
        if self.secrets.is_some() {
            v0_1::link_secrets(linker)?;
        }
        if self.commands.is_some() {
            v0_1::link_commands(linker)?;
        }
        match &self.network {
            Some(network) => network.link(linker),
            None => Ok(()),
        }
    }

    /// What a job must not say.
    pub(super) fn words(&self) -> Option<Words> {
        self.secrets.as_ref()?.words.clone()
    }

    /// Gives a sandbox what WASI is told when it begins; of one that may not act nothing can be changed.
    pub(super) fn prepare(&self, wasi: &mut WasiCtxBuilder, denials: &Denials, may_act: bool) {
        wasi.envs(&self.environment);
        if let Some(directories) = &self.directories {
            directories.prepare(wasi, denials, may_act);
        }
    }
}
