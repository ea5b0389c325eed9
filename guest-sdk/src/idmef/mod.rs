// SPDX-License-Identifier: MIT OR Apache-2.0

//! What IDMEF messages are made of: for paths that are checked when an action is compiled, and for alerts in memory.

pub mod check;
#[cfg_attr(target_arch = "wasm32", allow(dead_code))] // alerts in memory need more of it than paths
pub mod classes;
#[cfg(not(target_arch = "wasm32"))]
pub mod path;
