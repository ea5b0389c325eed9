//! How instances get their memory: from a pool that is reserved once, or by asking the kernel each time.
//!
//! A pool spares the kernel some work for each job, and takes address space by the terabyte: it is used where it is
//! asked for and can be had. Its shape is wide enough for what real components need; one that needs more runs on demand,
//! beside it. Compiled code is the same for both, and so is what a job can see.
//!
//! On demand, too, each memory is given 4 GiB of addresses, so that the guard behind it replaces most checks of bounds.
//! Where addresses are short (`ulimit -v`, `LimitAS=`) memories are mapped as they are and bounds are checked.

use rustix::process::{Resource, getrlimit};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::limits::{INSTANCES, TABLES};
use crate::config::Limits;

/// Memories of one component in the pool. One in JavaScript has two or three, all others one.
const MEMORIES: u32 = 4;
/// Elements of one table in the pool; an action that is allowed more runs on demand.
const TABLE_ELEMENTS: usize = 100_000;
/// Bytes of the host's own bookkeeping for one component, and for one of its core instances.
const BOOKKEEPING: usize = 1 << 20;
/// What is kept of a memory, a table and a stack from one job to the next, and overwritten with zeros instead of being
/// given back to the kernel: as much as a small component touches.
const KEPT: usize = 64 << 10;

/// Addresses that one memory takes: 4 GiB, and what is set up around it.
const ADDRESSES: u64 = 5 << 30;

/// Sets up a pool for so many components at once.
pub(super) fn reserve(config: &mut Config, instances: usize) {
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    let of_each = |count: usize| instances.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let per_component = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .max_component_instance_size(BOOKKEEPING)
        .total_core_instances(of_each(INSTANCES))
        .max_core_instances_per_component(per_component(INSTANCES))
        .max_core_instance_size(BOOKKEEPING)
        .total_memories(instances.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .max_memories_per_module(MEMORIES)
        .total_tables(of_each(TABLES))
        .max_tables_per_component(per_component(TABLES))
        .max_tables_per_module(per_component(TABLES))
        .table_elements(TABLE_ELEMENTS)
        .total_stacks(instances)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(KEPT)
        .async_stack_keep_resident(KEPT);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
}

/// Whether a job with these limits gets from the pool what it would get without.
pub(super) fn suffices(limits: &Limits) -> bool {
    limits.tables <= TABLE_ELEMENTS
}

/// Sets up memories that take no more addresses than they must, if so many components at once could not be had otherwise;
/// returns the limit that forbids it.
pub(super) fn spare_addresses(config: &mut Config, instances: usize) -> Option<u64> {
    let limit = getrlimit(Resource::As).current?;
    let needed = u64::try_from(instances).unwrap_or(u64::MAX).saturating_mul(ADDRESSES.saturating_mul(2));
    if limit >= needed {
        return None;
    }
    config.memory_reservation(0).memory_reservation_for_growth(1 << 20).memory_guard_size(64 << 10);
    Some(limit)
}
