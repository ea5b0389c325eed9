//! The operator's files: what may stand in them, and what to say when something else does.

mod template;
mod types;

pub use template::{Captures, Piece, Template};
pub use types::*;
