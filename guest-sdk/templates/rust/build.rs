//! Puts what the component is, with the JSON schema of its configuration, into the component.

#[allow(dead_code)]
#[path = "src/config.rs"]
mod config;

fn main() {
    prelude_trigger_guest::build::metadata::<config::Config>();
}
