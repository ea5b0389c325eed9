// SPDX-License-Identifier: MIT OR Apache-2.0

//! Puts the JSON schema of the configuration into the component.

#[allow(dead_code)]
#[path = "src/config.rs"]
mod config;

fn main() {
    prelude_trigger_guest::build::metadata::<config::Config>();
}
