// SPDX-License-Identifier: MIT OR Apache-2.0

//! WASI's streams, read and written until a deadline.

use std::{
    io::{self, ErrorKind},
    time::Instant,
};

use crate::wasi::wasi::{
    clocks::monotonic_clock::subscribe_duration,
    io::{
        poll::{Pollable, poll},
        streams::{InputStream, OutputStream, StreamError},
    },
};

/// Waits until something is ready, or until the deadline has passed: that is an error of kind `TimedOut`.
pub fn wait(ready: &Pollable, deadline: Instant) -> io::Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    let timer = subscribe_duration(u64::try_from(left.as_nanos()).unwrap_or(u64::MAX));
    if poll(&[ready, &timer]).contains(&0) {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::TimedOut, "there was no answer in time"))
}

/// What has come, at most so many bytes; nothing when the other side has ended.
pub fn read(stream: &InputStream, at_most: usize, deadline: Instant) -> io::Result<Vec<u8>> {
    loop {
        match stream.read(at_most as u64) {
            Ok(bytes) if bytes.is_empty() && at_most > 0 => wait(&stream.subscribe(), deadline)?,
            Ok(bytes) => return Ok(bytes),
            Err(StreamError::Closed) => return Ok(Vec::new()),
            Err(StreamError::LastOperationFailed(error)) => return Err(failed(&error.to_debug_string())),
        }
    }
}

/// Writes as much as there is room for, and at least one byte if there are any.
pub fn write(stream: &OutputStream, bytes: &[u8], deadline: Instant) -> io::Result<usize> {
    loop {
        let room = usize::try_from(stream.check_write().map_err(unwritable)?).unwrap_or(usize::MAX);
        if room > 0 || bytes.is_empty() {
            let bytes = bytes.get(..room).unwrap_or(bytes);
            stream.write(bytes).map_err(unwritable)?;
            return Ok(bytes.len());
        }
        wait(&stream.subscribe(), deadline)?;
    }
}

/// Waits until all that was written is under way.
pub fn flush(stream: &OutputStream, deadline: Instant) -> io::Result<()> {
    stream.flush().map_err(unwritable)?;
    while stream.check_write().map_err(unwritable)? == 0 {
        wait(&stream.subscribe(), deadline)?;
    }
    Ok(())
}

fn unwritable(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::Error::new(ErrorKind::BrokenPipe, "the other side has closed the connection"),
        StreamError::LastOperationFailed(error) => failed(&error.to_debug_string()),
    }
}

/// What a host tells of a failure is text for people. Two causes are told apart by their words: a bad certificate, and what
/// is not granted.
pub fn failed(text: &str) -> io::Error {
    let lower = text.to_ascii_lowercase();
    let kind = if lower.contains("certificate") {
        ErrorKind::InvalidData
    } else if lower.contains("not granted") {
        ErrorKind::PermissionDenied
    } else {
        ErrorKind::ConnectionAborted
    };
    io::Error::new(kind, text)
}
