//! libprelude's errors: a number, and a text that the failing thread keeps until its next error.

use std::ffi::{CStr, CString, c_int};

use super::sys;

/// An error of libprelude, copied out of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// What callers do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing can be read or written just now.
    WouldBlock,
    /// The other side has closed the connection.
    Closed,
    /// The profile is missing, not registered, or not allowed to do what was asked; also a failed TLS handshake.
    Profile,
    /// The manager does not accept our certificate.
    Rejected,
    /// Anything else.
    Other,
}

impl Error {
    /// Takes the error that a libprelude function has just returned in this thread.
    ///
    /// Its text may run over several lines (libprelude appends advice); only the first is kept, because callers give
    /// better advice.
    pub(super) fn take(returned: c_int) -> Self {
        use sys::prelude_error_code_t as code;
        // prelude-error.h: the code is in the low 16 bits of the negated value.
        let number = returned.wrapping_neg().cast_unsigned() & 0xffff;
        let kind = match number {
            code::PRELUDE_ERROR_EAGAIN | code::PRELUDE_ERROR_EINTR => ErrorKind::WouldBlock,
            code::PRELUDE_ERROR_EOF | code::PRELUDE_ERROR_EPIPE => ErrorKind::Closed,
            code::PRELUDE_ERROR_PROFILE => ErrorKind::Profile,
            code::PRELUDE_ERROR_TLS_AUTH_REJECTED => ErrorKind::Rejected,
            _ => ErrorKind::Other,
        };
        // SAFETY: prelude_strerror takes any number. It returns null or a string that ends in NUL and lives until this
        // thread's next libprelude call; it is copied before that.
        let text = unsafe {
            let text = sys::prelude_strerror(returned);
            if text.is_null() { "unknown error".into() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        };
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("unknown error");
        Self { kind, message: first.trim_end_matches('.').to_owned() }
    }

    /// An error that this room noticed before libprelude was asked.
    pub(super) fn ours(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Other, message: message.into() }
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// Turns a libprelude return value into a result: negative is an error.
pub(super) fn check(returned: c_int) -> Result<c_int, Error> {
    if returned < 0 { Err(Error::take(returned)) } else { Ok(returned) }
}

/// A string for C.
pub(super) fn c_string(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::ours("a text with a NUL byte in it cannot be given to libprelude"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn codes_become_kinds_and_texts() {
        // Source 1 (IO), codes 6 (end of file) and 0x8006 (EAGAIN), as prelude_error() makes them.
        let closed = Error::take(-((1 << 23) | 6));
        assert_eq!((closed.kind(), closed.to_string().as_str()), (ErrorKind::Closed, "End of file"));
        let later = Error::take(-((1 << 23) | 0x8006));
        assert_eq!(later.kind(), ErrorKind::WouldBlock);
        assert_eq!(later.to_string(), "Resource temporarily unavailable");
        assert!(check(0).is_ok());
        assert_eq!(check(-1).unwrap_err().kind(), ErrorKind::Other);
    }
}
