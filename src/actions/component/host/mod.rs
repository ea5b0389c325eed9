//! The interfaces of our own that components import, answered by a [`Sandbox`]: one module for each version of
//! `prelude:trigger` that changed a type.

pub(super) mod v0_1;

use wasmtime::component::Linker;

use super::sandbox::Sandbox;

pub(super) use v0_1::{link_commands, link_secrets, link_state};

/// The versions of `prelude:trigger` this daemon speaks: major and minor.
pub(super) const SPOKEN: (u64, u64) = (0, 1);

/// The interfaces of `prelude:trigger` that every component gets.
pub(super) const BASE: &[&str] = &["prelude:trigger/types", "prelude:trigger/idmef", "prelude:trigger/log"];

/// Links every version.
pub(super) fn link(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    v0_1::link(linker)
}
