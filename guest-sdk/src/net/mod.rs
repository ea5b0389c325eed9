// SPDX-License-Identifier: MIT OR Apache-2.0

//! TCP connections, and TLS on top of them: blocking, with a deadline, as [`std::io::Read`] and [`std::io::Write`].
//!
//! The operator grants the servers: `grant: { tcp: ['mail.example.com:25'] }`. Cryptography is the host's: a component carries
//! none, and which certificate authorities are trusted is the operator's business.
//!
//! ```no_run
//! use std::{io::{Read, Write}, time::{Duration, Instant}};
//! use prelude_trigger_guest::net;
//!
//! # fn run() -> Result<(), prelude_trigger_guest::Error> {
//! let deadline = Instant::now() + Duration::from_secs(5);
//! let failed = |error| net::failure("talking to mail.example.com", &error);
//! let mut plain = net::Stream::connect("mail.example.com", 25, deadline).map_err(failed)?;
//! plain.write_all(b"STARTTLS\r\n").map_err(failed)?;
//! let mut secure = plain.tls("mail.example.com").map_err(failed)?;
//! secure.write_all(b"EHLO localhost\r\n").map_err(failed)?;
//! # Ok(())
//! # }
//! ```
//!
//! In native tests connections are the system's own; there is no TLS there.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasm;

use std::{
    io::{self, ErrorKind, Read, Write},
    time::Instant,
};

#[cfg(not(target_arch = "wasm32"))]
use native as platform;
#[cfg(target_arch = "wasm32")]
use wasm as platform;

/// A connection. Dropping it closes it.
#[derive(Debug)]
pub struct Stream(platform::Stream);

impl Stream {
    /// Connects to a server by name or address. Everything that is read and written afterwards must be over by `deadline`, too.
    ///
    /// # Errors
    /// `PermissionDenied` when it is not granted, `NotFound` when there is no such name, `TimedOut`, `ConnectionRefused` and
    /// others: [`failure`] makes a job's error of them. Of a name with several addresses each is tried; the error is that of
    /// the last one.
    pub fn connect(host: &str, port: u16, deadline: Instant) -> io::Result<Self> {
        platform::Stream::connect(host, port, deadline).map(Self)
    }

    /// Goes on under TLS, and checks that the server has a certificate for `name`.
    ///
    /// What the server has sent before the handshake and nobody has read must not be taken for what it said under TLS: a
    /// caller that reads in blocks has to see to it that its buffer is empty.
    ///
    /// # Errors
    /// `InvalidData` when the certificate is not good, others when the connection breaks.
    pub fn tls(self, name: &str) -> io::Result<Self> {
        self.0.tls(name).map(Self)
    }

    /// Whether this connection is under TLS.
    pub fn is_tls(&self) -> bool {
        self.0.is_tls()
    }

    /// Gives what follows another deadline.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.0.set_deadline(deadline);
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A job's error from one of a connection: what is not granted and a bad certificate are for the operator to mend, the rest
/// may pass.
pub fn failure(doing: &str, error: &io::Error) -> crate::Error {
    let message = format!("{doing}: {error}");
    match error.kind() {
        ErrorKind::PermissionDenied => crate::Error::misconfigured(message).code("not-granted"),
        ErrorKind::InvalidData => crate::Error::misconfigured(message).code("certificate"),
        ErrorKind::NotFound => crate::Error::transient(message).code("name"),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => crate::Error::transient(message).code("timeout"),
        _ => crate::Error::transient(message).code("connection"),
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, time::Duration};

    use super::*;

    #[test]
    fn a_deadline_ends_a_read() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let deadline = Instant::now() + Duration::from_millis(200);
        let mut stream = Stream::connect("127.0.0.1", port, deadline).unwrap();
        let error = stream.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert!(failure("reading", &error).is_transient());
    }

    #[test]
    fn the_operators_mistakes_are_told_apart() {
        for (kind, transient) in [
            (ErrorKind::PermissionDenied, false),
            (ErrorKind::InvalidData, false),
            (ErrorKind::ConnectionRefused, true),
            (ErrorKind::NotFound, true),
        ] {
            let error = failure("connecting to mail.example", &io::Error::new(kind, "no"));
            assert_eq!(error.to_string(), "connecting to mail.example: no");
            assert_eq!(error.is_transient(), transient, "{kind}");
        }
    }
}
