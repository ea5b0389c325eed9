//! Tests that drive the real binary.

// A test that cannot go on panics: that is how it fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cli;
mod config_golden;
mod hostile;
mod sandbox;
