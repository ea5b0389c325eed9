//! libprelude's log lines become events of the target `libprelude`.
//!
//! Its INFO lines are written at every connection attempt, so they are `debug` here; what an operator must know about
//! a connection is said by the room that holds it.

use std::{
    ffi::{CStr, c_char},
    panic::catch_unwind,
};

use super::sys::{self, prelude_log_t as level};
use crate::text::Escaped;

/// Sends libprelude's log lines to [`tracing`] from now on.
pub(super) fn forward() {
    // SAFETY: prelude_log_set_callback stores the pointer of a function that lives as long as the program.
    unsafe { sys::prelude_log_set_callback(Some(receive)) };
}

/// Called by libprelude, in whatever thread has something to say.
unsafe extern "C" fn receive(level: level::Type, line: *const c_char) {
    if line.is_null() {
        return;
    }
    // SAFETY: libprelude passes a string that ends in NUL and that it does not change before we return.
    let line = unsafe { CStr::from_ptr(line) };
    // A panic (a subscriber's, say) must not cross into C; there is nobody left to tell about it.
    drop(catch_unwind(|| emit(level, &line.to_string_lossy())));
}

/// Writes one event.
fn emit(level: level::Type, line: &str) {
    let (text, place) = split(line);
    let text = Escaped(text);
    match level {
        ..=level::PRELUDE_LOG_ERR => tracing::error!(target: "libprelude", place, "{text}"),
        level::PRELUDE_LOG_WARN => tracing::warn!(target: "libprelude", "{text}"),
        level::PRELUDE_LOG_INFO => tracing::debug!(target: "libprelude", "{text}"),
        _ => tracing::trace!(target: "libprelude", place, "{text}"),
    }
}

/// Separates the text from the `(file.c:line function)` that libprelude appends to errors and debug lines.
fn split(line: &str) -> (&str, Option<&str>) {
    let line = line.trim_end_matches('\n');
    let place = line.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match place {
        Some((text, place)) if place.contains(".c:") && place.contains(' ') => (text.trim_end(), Some(place)),
        _ => (line, None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_place_in_the_source_is_told_apart() {
        assert_eq!(split("could not bind: x (server.c:12 start)\n"), ("could not bind: x", Some("server.c:12 start")));
        assert_eq!(split("hello (world)\n"), ("hello (world)", None));
        assert_eq!(split("\n"), ("", None));
    }

    #[test]
    fn hostile_lines_and_levels_are_survived() {
        for number in [i32::MIN, -1, 0, 1, 2, 3, 12, i32::MAX] {
            // SAFETY: a string that ends in NUL.
            unsafe { receive(number, c"\x1b[2J\xff\n".as_ptr()) };
        }
        // SAFETY: null is allowed.
        unsafe { receive(0, std::ptr::null()) };
    }
}
