//! `prelude:trigger@0.1`: the alert, the log, what is granted of secrets, commands and state, and undoing.

mod alert;
mod bindings;
mod granted;
mod job;
mod kept;

use wasmtime::component::{HasSelf, Linker};

use super::super::sandbox::Sandbox;

pub(in super::super) use bindings::{ActionError, ActionPre, Alert, Failure, NamedText, Outcome, Status, UndoerPre};
pub(in super::super) use job::{context, said};

use bindings::{commands, log, secrets, state, types, wit};

/// What every component gets.
pub(super) fn link(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)?;
    wit::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)?;
    log::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)
}

/// Where a secret is granted.
pub(in super::super) fn link_secrets(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    secrets::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)
}

/// Where a command is granted.
pub(in super::super) fn link_commands(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    commands::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)
}

/// Where state is granted.
pub(in super::super) fn link_state(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    state::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)
}
