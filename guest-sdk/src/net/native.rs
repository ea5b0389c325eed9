// SPDX-License-Identifier: MIT OR Apache-2.0

//! The system's own connections, for native tests.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

#[derive(Debug)]
pub struct Stream {
    stream: TcpStream,
    deadline: Instant,
}

impl Stream {
    pub fn connect(host: &str, port: u16, deadline: Instant) -> io::Result<Self> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in (host.trim_matches(['[', ']']), port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(deadline)?) {
                Ok(stream) => return Ok(Self { stream, deadline }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    #[allow(clippy::unused_self)] // as in a component
    pub fn tls(self, _name: &str) -> io::Result<Self> {
        Err(io::Error::new(ErrorKind::Unsupported, "there is no TLS outside a component"))
    }

    #[allow(clippy::unused_self)] // as in a component
    pub fn is_tls(&self) -> bool {
        false
    }

    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer).map_err(late)
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(bytes).map_err(late)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(late(ErrorKind::TimedOut.into())) } else { Ok(left) }
}

fn late(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            io::Error::new(ErrorKind::TimedOut, "there was no answer in time")
        }
        _ => error,
    }
}
