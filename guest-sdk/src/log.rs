// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lines for the daemon's log.

use std::fmt;

use crate::bindings::prelude::trigger::log::{self as host, Level};

/// Writes one line, if lines of its level are kept. In native tests it goes to standard error.
pub fn log(level: Level, message: fmt::Arguments<'_>) {
    if cfg!(not(target_arch = "wasm32")) {
        eprintln!("{level:?}: {message}");
    } else if host::enabled(level) {
        host::log(level, &message.to_string(), &[]);
    }
}

/// Writes a line of level `trace`; takes what `format!` takes.
#[macro_export]
macro_rules! trace {
    ($($message:tt)*) => { $crate::log($crate::Level::Trace, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `debug`; takes what `format!` takes.
#[macro_export]
macro_rules! debug {
    ($($message:tt)*) => { $crate::log($crate::Level::Debug, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `info`; takes what `format!` takes.
#[macro_export]
macro_rules! info {
    ($($message:tt)*) => { $crate::log($crate::Level::Info, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `warn`; takes what `format!` takes.
#[macro_export]
macro_rules! warn {
    ($($message:tt)*) => { $crate::log($crate::Level::Warn, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `error`; takes what `format!` takes.
#[macro_export]
macro_rules! error {
    ($($message:tt)*) => { $crate::log($crate::Level::Error, ::std::format_args!($($message)*)) };
}
