//! `prelude:trigger@0.1` as Rust: what wasmtime makes of `wit/`.

use std::sync::Arc;

use crate::idmef;

/// What a guest's handle to a message stands for.
#[derive(Debug)]
pub struct Alert(pub(in super::super::super) Arc<idmef::Message>);

/// Made from `wit/`.
#[allow(missing_docs, clippy::all, clippy::pedantic, unused_qualifications)]
mod made {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "prelude:trigger/action",
        imports: {
            "prelude:trigger/commands.run": async | trappable,
            "prelude:trigger/secrets.reveal": async | trappable,
            "prelude:trigger/state.get": async | trappable,
            "prelude:trigger/state.set": async | trappable,
            "prelude:trigger/state.compare-and-set": async | trappable,
            "prelude:trigger/state.increment": async | trappable,
            "prelude:trigger/state.delete": async | trappable,
            "prelude:trigger/state.keys": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: { "prelude:trigger/idmef.message": super::Alert },
        require_store_data_send: true,
    });
}

/// The same for what may be exported beside `handler`.
#[allow(missing_docs, clippy::all, clippy::pedantic, unused_qualifications)]
mod undoing {
    wasmtime::component::bindgen!({
        path: "wit",
        inline: "package prelude-trigger:host; world undoer { export prelude:trigger/undo@0.1.1; }",
        world: "prelude-trigger:host/undoer",
        exports: { default: async },
        with: { "prelude:trigger/types": super::made::prelude::trigger::types },
        require_store_data_send: true,
    });
}

pub(super) use made::prelude::trigger::{commands, idmef as wit, log, secrets, state, types};
pub(in super::super::super) use made::{
    ActionPre,
    prelude::trigger::types::{ActionError, Context, Failure, NamedText, Outcome, Status},
};
pub(in super::super::super) use undoing::UndoerPre;
