//! Asks the daemon: one question, one answer.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use super::protocol::{Answer, Answered, Asked, Refusal, Request, VERSION};

/// Longer than the daemon takes.
const PATIENCE: Duration = Duration::from_secs(150);
/// Bytes of an answer, at the most.
const LONGEST_ANSWER: u64 = 64 << 20;

/// A connection to the daemon.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    path: PathBuf,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("no daemon is running: nobody listens on its control socket {0} ([control] socket, --state-dir)")]
    NoDaemon(PathBuf),
    /// We may not.
    #[error(
        "may not connect to the daemon's control socket {0}: root, the daemon's own user and the members of [control] group may (sudo)"
    )]
    Permission(PathBuf),
    /// The connection broke.
    #[error("cannot talk to the daemon over its control socket {path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What came back is no answer.
    #[error(
        "the daemon on the control socket {0} does not answer as this program understands it: is it of the same version?"
    )]
    Nonsense(PathBuf),
    /// The daemon does not do it.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or we may not.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let here = path.to_owned();
        let stream = UnixStream::connect(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ClientError::NoDaemon(here.clone()),
            io::ErrorKind::PermissionDenied => ClientError::Permission(here.clone()),
            _ => ClientError::Io { path: here.clone(), source },
        })?;
        let client = Self { stream, path: here };
        client.io(client.stream.set_read_timeout(Some(PATIENCE)))?;
        client.io(client.stream.set_write_timeout(Some(PATIENCE)))?;
        Ok(client)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The daemon refuses, or there is no answer.
    pub fn ask(&self, request: &Request) -> Result<Answer, ClientError> {
        let nonsense = |_| ClientError::Nonsense(self.path.clone());
        let mut line = serde_json::to_vec(&Asked { version: VERSION, ask: request }).map_err(nonsense)?;
        line.push(b'\n');
        // One that turns us away may have answered before we asked.
        let sent = (&self.stream).write_all(&line);
        let mut answer = Vec::new();
        let read = BufReader::new((&self.stream).take(LONGEST_ANSWER)).read_until(b'\n', &mut answer);
        if answer.is_empty() {
            self.io(sent)?;
        }
        self.io(read)?;
        if answer.is_empty() {
            let source = io::Error::new(io::ErrorKind::UnexpectedEof, "it ended while it was asked");
            return self.io(Err(source));
        }
        match serde_json::from_slice(&answer).map_err(nonsense)? {
            Answered { refusal: Some(refusal), .. } => Err(refusal.into()),
            Answered { answer: Some(answer), .. } => Ok(answer),
            Answered { .. } => Err(ClientError::Nonsense(self.path.clone())),
        }
    }

    fn io<T>(&self, result: io::Result<T>) -> Result<T, ClientError> {
        result.map_err(|source| ClientError::Io { path: self.path.clone(), source })
    }
}
