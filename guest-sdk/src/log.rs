// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lines for the daemon's log.

use std::fmt;

use crate::bindings::prelude::trigger::log::{self, Level};

/// Writes one line, if lines of its level are kept; what the macros do.
#[doc(hidden)]
pub fn write(level: Level, message: fmt::Arguments<'_>) {
    if cfg!(not(target_arch = "wasm32")) {
        eprintln!("{level:?}: {message}");
    } else if log::enabled(level) {
        log::log(level, &message.to_string(), &[]);
    }
}

/// Writes a line of level `trace`; takes what `format!` takes.
#[macro_export]
macro_rules! trace {
    ($($message:tt)*) => { $crate::__private::write($crate::Level::Trace, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `debug`; takes what `format!` takes.
#[macro_export]
macro_rules! debug {
    ($($message:tt)*) => { $crate::__private::write($crate::Level::Debug, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `info`; takes what `format!` takes.
#[macro_export]
macro_rules! info {
    ($($message:tt)*) => { $crate::__private::write($crate::Level::Info, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `warn`; takes what `format!` takes.
#[macro_export]
macro_rules! warn {
    ($($message:tt)*) => { $crate::__private::write($crate::Level::Warn, ::std::format_args!($($message)*)) };
}

/// Writes a line of level `error`; takes what `format!` takes.
#[macro_export]
macro_rules! error {
    ($($message:tt)*) => { $crate::__private::write($crate::Level::Error, ::std::format_args!($($message)*)) };
}
