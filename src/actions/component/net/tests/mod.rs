#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod policy;
mod system;
