//! Tests that drive the real binary, and components in the real engine.

// A test that cannot go on panics: that is how it fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod action;
mod answers;
mod backtest;
mod cli;
mod commands;
mod component;
// The same tests once more, with memory from the pool.
#[path = "component.rs"]
#[allow(clippy::duplicate_mod, reason = "each asks which it is by the name of its module")]
mod component_pooled;
mod config_golden;
mod control;
mod daemon;
mod escapes;
mod etc;
mod granted;
mod guests;
mod hostile;
mod kit;
mod languages;
mod messages;
mod network;
mod prewikka;
mod proof;
mod recipes;
mod recording;
mod sandbox;
mod silence;
mod source;
mod stack;
mod state;
mod torture;
mod wit;
