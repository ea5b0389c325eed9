//! What helps to write actions: a new action's directory, and the cases that test it.
//!
//! - [`template`] writes a directory that builds and tests with one command. Everything in it is embedded in this
//!   program, so that nothing but the program is needed, and a template fits the interface this very daemon speaks.

pub mod case;
pub mod template;
pub mod trial;
pub mod world;
