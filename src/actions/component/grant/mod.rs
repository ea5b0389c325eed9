//! What the operator has granted one action: opened and checked when the action is loaded, and handed to each of its
//! sandboxes.
//!
//! Which interfaces are linked for it is decided above, where all are known. What an interface is linked for is narrowed here at
//! each call: a host, a path, a name that is not in the grant is refused, and noted in [`Trouble`], which the job's outcome
//! tells.
//!
//! | grant | decided here | failure |
//! |---|---|---|
//! | `idmef` | at each question about the alert, by an [`idmef::Scope`] | an error of the call |
//! | `environment` | given at the beginning | - |
//! | `directories` | [`directories`]; then [`files`] and wasmtime, below the directory | an error code of the call |
//! | `secrets` | [`secrets`] | an error of the call |
//! | `commands` | [`commands`] | an error of the call |
//! | `state` | [`state`], and the journal | an error of the call |
//! | `http`, `tcp`, `dns` | [`net`](super::net) | an error of the call |

mod call;
mod commands;
mod directories;
mod error;
mod files;
mod secrets;
mod state;

use std::sync::Arc;

use wasmtime_wasi::WasiCtxBuilder;

use super::{
    discretion::Words,
    net::{Network, Outside},
    trouble::Trouble,
};
use crate::{config, idmef, journal::store::Stores};

pub(super) use crate::actions::exec::Ending;
pub(super) use call::Call;
pub(super) use commands::{Commands, Gap, NotRun};
pub(super) use directories::{Directories, Own};
pub use error::GrantError;
pub(super) use files::link as link_files;
pub(super) use secrets::Secrets;
pub(super) use state::{Delete, Get, Increment, Keys, Question, Set, State};

/// One action's grants. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(super) struct Grants {
    /// The parts of the alert it may read; none for all of it.
    pub(super) scope: Option<Arc<idmef::Scope>>,
    environment: Arc<[(String, String)]>,
    pub(super) directories: Option<Arc<Directories>>,
    pub(super) secrets: Option<Arc<Secrets>>,
    pub(super) commands: Option<Arc<Commands>>,
    pub(super) state: Option<Arc<State>>,
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
        (action, stores): (&Arc<str>, &Stores),
    ) -> Result<Self, GrantError> {
        let environment = grant.environment.iter().map(|(name, value)| (name.clone(), value.clone()));
        Ok(Self {
            scope: grant.idmef.clone().map(|paths| Arc::new(idmef::Scope::new(paths))),
            environment: environment.collect(),
            directories: Directories::open(grant, own)?.map(Arc::new),
            secrets: Secrets::open(&grant.secrets)?.map(Arc::new),
            commands: Commands::open(&grant.commands, limits)?.map(Arc::new),
            state: State::open(grant.state.as_ref(), action, stores).map(Arc::new),
            network: Network::open(grant, outside).map(Arc::new),
        })
    }

    /// What a job must not say.
    pub(super) fn words(&self) -> Option<Words> {
        self.secrets.as_ref()?.words.clone()
    }

    /// Gives a sandbox what WASI is told when it begins; of one that may not act nothing can be changed.
    pub(super) fn prepare(&self, wasi: &mut WasiCtxBuilder, trouble: &Trouble, may_act: bool) {
        wasi.envs(&self.environment);
        if let Some(directories) = &self.directories {
            directories.prepare(wasi, trouble, may_act);
        }
    }
}
