//! Recorded alerts, from a file or standard input.

use std::{
    fs::File,
    io::{self, Read},
    sync::Arc,
};

use super::{Exit, output};
use crate::source::recording::Recording;

/// A recording that somebody named.
pub(super) struct Input {
    /// How messages about it call it.
    pub(super) name: Arc<str>,
    /// Its messages.
    pub(super) recording: Recording<Box<dyn Read + Send>>,
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(name: &str) -> Result<Input, Exit> {
    let (name, reader): (_, Box<dyn Read + Send>) = if name == "-" {
        ("standard input", Box::new(io::stdin()))
    } else {
        let file = File::open(name).map_err(|error| {
            output::complain(format_args!("cannot read the recorded alerts {name}: {error}"));
            Exit::Environment
        })?;
        (name, Box::new(file))
    };
    Ok(Input { name: name.into(), recording: Recording::new(reader) })
}
