//! The sandbox: everything that belongs to one call into a component, and is thrown away after it.
//!
//! It is the data of the call's store, and holds what the rooms below have for one call: words, grants, network, tape. Those
//! know nothing of it; what is linked from below gets at its part by a view ([`WasiView`], [`NetworkView`]).

use std::sync::Arc;

use wasmtime::Store;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_tls::{WasiTlsCtxView, WasiTlsView};

use super::{
    grant::{Call, Grants},
    limits::{Memory, Watch},
    net::{self, NetworkView},
    output::Output,
    tape::{self, Tape},
    trouble::Trouble,
};
use crate::config;

/// Handles (streams, pollables, messages) a guest may hold at once.
const HANDLES: usize = 1_000;
/// Random bytes a guest may ask for in one call.
const RANDOM_BYTES: u64 = 1 << 20;

/// Everything that belongs to one call into a component.
pub(super) struct Sandbox {
    table: ResourceTable,
    wasi: WasiCtx,
    memory: Memory,
    network: net::State,
    pub(super) output: Arc<Output>,
    pub(super) trouble: Trouble,
    pub(super) grants: Grants,
    pub(super) tape: Option<Arc<Tape>>,
    pub(super) call: Call,
}

impl Sandbox {
    /// A new sandbox with all its limits set and all its grants given, for one call.
    pub(super) fn store(
        engine: &wasmtime::Engine,
        limits: &config::Limits,
        grants: &Grants,
        watch: &Arc<Watch>,
        output: &Arc<Output>,
        trouble: &Trouble,
        call: Call,
    ) -> Store<Self> {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(Output::stdout(output)).stderr(Output::stderr(output)).max_random_size(RANDOM_BYTES);
        grants.prepare(&mut wasi, trouble, call.may_act());
        if let Some(tape) = &call.tape {
            tape::clocks::prepare(tape, &mut wasi);
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        let mut store = Store::new(
            engine,
            Self {
                table,
                wasi: wasi.build(),
                memory: Memory::new(limits, watch),
                network: net::State::new(grants.network.as_ref(), limits.timeout, trouble),
                output: Arc::clone(output),
                trouble: trouble.clone(),
                grants: grants.clone(),
                tape: call.tape.clone(),
                call,
            },
        );
        store.limiter(|sandbox| &mut sandbox.memory);
        store.set_hostcall_fuel(limits.host_call);
        store.set_max_component_handles(HANDLES);
        store.set_epoch_deadline(1);
        // An error where the engine does not count instructions.
        let _ = store.set_fuel(u64::MAX);
        let watch = Arc::clone(watch);
        store.epoch_deadline_callback(move |_| Ok(watch.tick()));
        store
    }

    /// The things the guest holds handles to.
    pub(super) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiTlsView for Sandbox {
    fn tls(&mut self) -> WasiTlsCtxView<'_> {
        self.network.tls(&mut self.table)
    }
}

impl NetworkView for Sandbox {
    fn network(&mut self) -> (&mut net::State, &mut ResourceTable) {
        (&mut self.network, &mut self.table)
    }
}
