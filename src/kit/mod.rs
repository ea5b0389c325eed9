//! What helps to write actions: a new action's directory, cases that test it, and one job by hand.
//!
//! - [`template`] writes a directory that builds and tests with one command. Everything in it is embedded in this
//!   program, so that nothing but the program is needed, and a template fits the interface this very daemon speaks.
//! - [`trial`] runs one job of a component with a [tape](crate::actions::component::tape) and tells everything about it.
//! - [`world`] makes the places that a trial is granted, where they are not the real ones.
//! - [`case`] finds and runs cases, and [`difference`] tells what is not as a case expects; [`record`] writes a tape as a document.
//! - [`hand`] is a job as it is asked for on the command line.

pub mod case;
pub mod difference;
pub mod hand;
pub mod record;
pub mod template;
pub mod trial;
pub mod world;

use std::path::{Path, PathBuf};

use crate::actions::component::{Engine, EngineError};

/// An engine for trials. Compiled code is kept in the state directory, if one is named, else among the user's caches; where that cannot be
/// had in safety, components are compiled each time.
pub fn engine(state: Option<&Path>) -> Result<Engine, EngineError> {
    match state.map(|state| state.join("components")).or_else(users_cache) {
        Some(directory) => Engine::metered(Some(&directory)).or_else(|_| Engine::metered(None)),
        None => Engine::metered(None),
    }
}

fn users_cache() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let directory = base.join("prelude-trigger");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory.join("actions"))
}
