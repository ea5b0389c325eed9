//! What a component says: its standard streams and its log lines, on their way to the daemon's log.
//!
//! Each line becomes one event with target `action` and the fields `action`, `job` and `stream`, escaped, cut after
//! [`LONGEST_LINE`]. `limits.output` is the most that one job may have logged, and the most that is kept of each
//! standard stream for the outcome: the beginning is logged, the end is kept. Of the lines that were logged or written to
//! standard error the last few are kept together, in their order. Nothing here ever makes a guest wait.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tracing::Level;
use wasmtime_wasi::{
    async_trait,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use super::discretion::Discretion;
use crate::text::{Escaped, quote, shorten};

/// Bytes after which a line is broken.
const LONGEST_LINE: usize = 4096;

/// What a line costs beside its own length, so that empty lines are not free.
const COST_OF_A_LINE: usize = 64;

/// The last lines that are kept together, and their bytes.
const LAST_LINES: usize = 32;
const LAST_BYTES: usize = 16 << 10;

/// Bytes a guest may write in one go.
const PERMIT: usize = 64 << 10;

/// One job's words.
#[derive(Debug)]
pub(super) struct Output {
    action: Arc<str>,
    job: Arc<str>,
    limit: usize,
    pub(super) discretion: Arc<Discretion>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    logged: usize,
    dropped: u64,
    stdout: Stream,
    stderr: Stream,
    last: Last,
}

/// The last lines of the log and of standard error.
#[derive(Debug, Default)]
struct Last {
    lines: VecDeque<String>,
    bytes: usize,
}

/// One standard stream.
#[derive(Debug, Default)]
struct Stream {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The last lines, escaped.
    tail: String,
}

/// What was kept, line by line, escaped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// The last lines of the log and of standard error together.
    pub(super) log: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Stdout,
    Stderr,
}

impl Name {
    fn text(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

impl Output {
    /// For a job of an action, with its `limits.output`.
    pub(super) fn new(action: &Arc<str>, job: &Arc<str>, limit: usize, discretion: &Arc<Discretion>) -> Arc<Self> {
        Arc::new(Self {
            action: Arc::clone(action),
            job: Arc::clone(job),
            limit,
            discretion: Arc::clone(discretion),
            state: Mutex::default(),
        })
    }

    /// The guest's standard output.
    pub(super) fn stdout(output: &Arc<Self>) -> Writer {
        Writer { output: Arc::clone(output), name: Name::Stdout }
    }

    /// The guest's standard error.
    pub(super) fn stderr(output: &Arc<Self>) -> Writer {
        Writer { output: Arc::clone(output), name: Name::Stderr }
    }

    /// Whether lines of this level are kept: by the log, or for the outcome, which has what is worth telling although
    /// the log is set to tell less.
    pub(super) fn enabled(&self, level: Level) -> bool {
        level <= Level::INFO || self.logged(level)
    }

    /// Whether the log keeps lines of this level.
    #[allow(clippy::unused_self, reason = "a question to this log")]
    fn logged(&self, level: Level) -> bool {
        match level {
            Level::TRACE => tracing::enabled!(target: "action", Level::TRACE),
            Level::DEBUG => tracing::enabled!(target: "action", Level::DEBUG),
            Level::INFO => tracing::enabled!(target: "action", Level::INFO),
            Level::WARN => tracing::enabled!(target: "action", Level::WARN),
            Level::ERROR => tracing::enabled!(target: "action", Level::ERROR),
        }
    }

    /// Logs one line with its fields.
    pub(super) fn log<'a>(&self, level: Level, message: &str, fields: impl Iterator<Item = (&'a str, &'a str)>) {
        if !self.enabled(level) {
            return;
        }
        let mut line = shorten(&self.discretion.text(message), LONGEST_LINE);
        for (name, text) in fields {
            if line.len() >= LONGEST_LINE {
                break;
            }
            line.push_str(&format!(
                " {}={}",
                shorten(name, 64),
                quote(&shorten(&self.discretion.text(text), LONGEST_LINE))
            ));
        }
        let mut state = self.state();
        state.last.keep(format!("{}: {line}", level.as_str().to_ascii_lowercase()));
        self.emit(&mut state, level, "log", &line);
    }

    /// Says in the log that the job was told a secret: once as something to know, then only for those who look closely.
    pub(super) fn told_secret(&self, name: &str, first: bool) {
        if first {
            tracing::info!(target: "action", action = %self.action, job = %self.job, "was told the secret {name}");
        } else {
            tracing::debug!(target: "action", action = %self.action, job = %self.job, "was told the secret {name} again");
        }
    }

    /// Ends all lines, says what was left out, and hands over what was kept.
    pub(super) fn finish(&self) -> Kept {
        let mut state = self.state();
        self.end_line(&mut state, Name::Stdout);
        self.end_line(&mut state, Name::Stderr);
        if state.dropped > 0 {
            tracing::warn!(
                target: "action", action = %self.action, job = %self.job,
                "{} lines were not logged: one job may log {} bytes (limits: output)", state.dropped, self.limit
            );
            state.dropped = 0;
        }
        Kept {
            stdout: state.stdout.take(self.limit),
            stderr: state.stderr.take(self.limit),
            log: std::mem::take(&mut state.last).lines.into(),
        }
    }

    /// A panic while the lock was held leaves nothing half done that matters.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, name: Name, mut bytes: &[u8]) {
        let mut state = self.state();
        while !bytes.is_empty() {
            let line = &mut state.stream(name).line;
            let room = LONGEST_LINE.saturating_sub(line.len());
            let end = bytes.iter().take(room).position(|&byte| byte == b'\n');
            let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len().min(room)));
            line.extend_from_slice(part);
            if end.is_some() || line.len() >= LONGEST_LINE {
                self.end_line_at(&mut state, name, end.is_some());
            }
            bytes = rest.get(usize::from(end.is_some())..).unwrap_or_default();
        }
    }

    /// Ends the line a stream is in, if it is in one.
    fn end_line(&self, state: &mut State, name: Name) {
        if !state.stream(name).line.is_empty() {
            self.end_line_at(state, name, true);
        }
    }

    /// Makes a line of what a stream has gathered; one that is broken for its length is broken between characters.
    fn end_line_at(&self, state: &mut State, name: Name, whole: bool) {
        let stream = state.stream(name);
        let mut line = std::mem::take(&mut stream.line);
        if !whole
            && let Err(error) = std::str::from_utf8(&line)
            && error.error_len().is_none()
        {
            stream.line = line.split_off(error.valid_up_to());
        }
        if !whole && stream.line.is_empty() {
            // What may become a secret is not said before it is known not to; all of a line never is, or it would not end.
            let unfinished = self.discretion.unfinished(&line);
            stream.line = line.split_off(line.len().saturating_sub(unfinished).max(1));
        }
        let line = self.discretion.bytes(line.strip_suffix(b"\r").unwrap_or(&line));
        let text = Escaped(String::from_utf8_lossy(&line)).to_string();
        stream.keep(&text, self.limit);
        if name == Name::Stderr {
            state.last.keep(text.clone());
        }
        self.emit(state, Level::INFO, name.text(), &text);
    }

    fn emit(&self, state: &mut State, level: Level, stream: &str, line: &str) {
        if !self.logged(level) {
            return;
        }
        let cost = line.len().saturating_add(COST_OF_A_LINE);
        if state.logged.saturating_add(cost) > self.limit {
            state.dropped = state.dropped.saturating_add(1);
            return;
        }
        state.logged = state.logged.saturating_add(cost);
        macro_rules! event {
            ($level:expr) => {
                tracing::event!(target: "action", $level, action = %self.action, job = %self.job, stream, "{line}")
            };
        }
        match level {
            Level::TRACE => event!(Level::TRACE),
            Level::DEBUG => event!(Level::DEBUG),
            Level::INFO => event!(Level::INFO),
            Level::WARN => event!(Level::WARN),
            Level::ERROR => event!(Level::ERROR),
        }
    }
}

impl State {
    fn stream(&mut self, name: Name) -> &mut Stream {
        match name {
            Name::Stdout => &mut self.stdout,
            Name::Stderr => &mut self.stderr,
        }
    }
}

impl Last {
    fn keep(&mut self, line: String) {
        self.bytes = self.bytes.saturating_add(line.len());
        self.lines.push_back(line);
        while self.lines.len() > LAST_LINES || self.bytes > LAST_BYTES {
            let Some(line) = self.lines.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(line.len());
        }
    }
}

impl Stream {
    /// Adds a line to the tail, and forgets the beginning when the tail has grown to twice its size.
    fn keep(&mut self, line: &str, limit: usize) {
        self.tail.push_str(line);
        self.tail.push('\n');
        if self.tail.len() > limit.saturating_mul(2) {
            self.cut(limit);
        }
    }

    fn cut(&mut self, limit: usize) {
        let start = self.tail.ceil_char_boundary(self.tail.len().saturating_sub(limit));
        self.tail.drain(..start);
    }

    fn take(&mut self, limit: usize) -> String {
        self.cut(limit);
        std::mem::take(&mut self.tail)
    }
}

/// A guest's end of a stream.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    output: Arc<Output>,
    name: Name,
}

impl IsTerminal for Writer {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Writer {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}

impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.output.write(self.name, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

/// Required by [`StdoutStream`]; WASI 0.2 uses [`OutputStream`].
impl AsyncWrite for Writer {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.output.write(self.name, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
