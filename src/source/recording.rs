//! Recorded alerts: read for `run --input`, `explain` and `backtest`, written by `record`.
//!
//! A recording is either wire messages one after another (what [`Writer`] writes, `prelude-admin print` shows and
//! `prelude-admin send` replays) or IDMEF JSON, one message a line, for alerts written by hand. The first byte tells
//! them apart. Reading is a stream: only one message is in memory at a time.
//!
//! A recording that ends within a message (its writer was killed) is an error that comes after all whole messages, and
//! names the place.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::frame::{FrameError, Frames, TAG_IDMEF};
use crate::idmef::{self, wire::LONGEST};

/// How much is read at once, and written at once.
const CHUNK: usize = 64 << 10;

/// The first byte of every wire message: the protocol's version.
const WIRE: u8 = 1;

/// A recording that is being read: an iterator over its messages, which ends after the first error.
#[derive(Debug)]
pub struct Recording<R> {
    input: BufReader<R>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing has been read yet.
    Begin,
    Wire(Frames),
    Json {
        line: u64,
    },
    End,
}

/// One message of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The message as it was recorded.
    pub content: Content,
    /// Where it begins.
    pub position: Position,
}

/// A message as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A whole wire message.
    Wire(Vec<u8>),
    /// One line of JSON, without the line's end.
    Json(Vec<u8>),
}

/// A place in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Bytes from the beginning, from zero.
    Byte(u64),
    /// Lines, from one.
    Line(u64),
}

/// Why a recording cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is neither of the two formats.
    #[error(
        "this is not a recording of alerts: it begins with byte 0x{first:02x}, neither with a Prelude message (0x01, as \
         `prelude-trigger record` writes it) nor with a line of IDMEF JSON (`{{`)"
    )]
    Format {
        /// The first byte.
        first: u8,
    },
    /// It ends within a message.
    #[error("the recording ends within the message that begins at byte {offset}; its writer was probably interrupted")]
    Truncated {
        /// Where that message begins.
        offset: u64,
    },
    /// It holds something that is not a message.
    #[error("the recording is damaged: {0}")]
    Damaged(#[from] FrameError),
    /// A line without end.
    #[error("line {line} of the recording is longer than 100 MiB")]
    Line {
        /// Its number, from one.
        line: u64,
    },
    /// Reading fails.
    #[error("the recording cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl<R: Read> Recording<R> {
    /// Begins to read a recording, from a file or standard input, say.
    pub fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(CHUNK, input), state: State::Begin }
    }

    /// The next message, or `None` at the end.
    fn advance(&mut self) -> Result<Option<Recorded>, RecordingError> {
        loop {
            match &mut self.state {
                State::End => return Ok(None),
                State::Begin => {
                    self.state = match fill(&mut self.input)?.first() {
                        None => State::End,
                        Some(&WIRE) => State::Wire(Frames::default()),
                        Some(b'{' | b' ' | b'\t' | b'\r' | b'\n') => State::Json { line: 0 },
                        Some(&first) => return Err(RecordingError::Format { first }),
                    }
                }
                State::Wire(frames) => match frames.next()? {
                    Some(frame) if frame.tag == TAG_IDMEF => {
                        let position = Position::Byte(frame.offset);
                        return Ok(Some(Recorded { content: Content::Wire(frame.wire), position }));
                    }
                    Some(_) => {}
                    None => {
                        let chunk = fill(&mut self.input)?;
                        let length = chunk.len();
                        frames.push(chunk);
                        self.input.consume(length);
                        if length == 0 {
                            return match frames.unfinished() {
                                Some(offset) => Err(RecordingError::Truncated { offset }),
                                None => Ok(None),
                            };
                        }
                    }
                },
                State::Json { line } => {
                    *line += 1;
                    let mut text = Vec::new();
                    let longest = LONGEST as u64 + 1;
                    if self.input.by_ref().take(longest).read_until(b'\n', &mut text)? == 0 {
                        return Ok(None);
                    }
                    if text.len() > LONGEST {
                        return Err(RecordingError::Line { line: *line });
                    }
                    let text = text.trim_ascii();
                    if !text.is_empty() {
                        let position = Position::Line(*line);
                        return Ok(Some(Recorded { content: Content::Json(text.to_vec()), position }));
                    }
                }
            }
        }
    }
}

/// What stands in the buffer, after reading more if it is empty; empty at the end of the input.
fn fill<R: Read>(input: &mut BufReader<R>) -> io::Result<&[u8]> {
    // The loop is for signals only; the borrow checker does not allow returning from within it.
    while let Err(error) = input.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(input.buffer())
}

impl<R: Read> Iterator for Recording<R> {
    type Item = Result<Recorded, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.state = State::End;
        }
        next
    }
}

impl Recorded {
    /// Decodes the message.
    pub fn decode(&self) -> Result<idmef::Message, idmef::DecodeError> {
        match &self.content {
            Content::Wire(wire) => idmef::Message::from_wire(wire),
            Content::Json(json) => idmef::Message::from_json(json),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// A recording that is being written. Messages are appended whole or not at all.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    /// Length of the file, which is always the end of a message.
    length: u64,
    /// Whole messages that are not yet in the file.
    waiting: Vec<u8>,
}

/// Why a recording cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file cannot be opened.
    #[error("the recording {} cannot be opened: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is there and is not a recording that can be continued.
    #[error(
        "{} exists and cannot be continued: {source}; give another file, or remove this one", path.display()
    )]
    Existing {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: RecordingError,
    },
    /// Writing fails. What was written before are whole messages.
    #[error("the recording {} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Writer {
    /// Opens a recording to append to it; a new file can be read by its owner only. A file that is there must be a
    /// sound recording of wire messages.
    pub fn open(path: &Path) -> Result<Self, WriteError> {
        let open = |source| WriteError::Open { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o600).open(path).map_err(open)?;
        if !file.metadata().map_err(open)?.is_file() {
            return Err(open(io::Error::other("it is not a regular file")));
        }
        let existing = |source| WriteError::Existing { path: path.to_owned(), source };
        for recorded in Recording::new(&mut file) {
            if let Content::Json(_) = recorded.map_err(existing)?.content {
                return Err(existing(RecordingError::Format { first: b'{' }));
            }
        }
        let length = file.stream_position().map_err(open)?;
        Ok(Self { file, path: path.to_owned(), length, waiting: Vec::with_capacity(2 * CHUNK) })
    }

    /// Appends one whole wire message. It reaches the file with one of the next calls, [`Writer::flush`] or
    /// [`Writer::close`] at the latest.
    pub fn write(&mut self, wire: &[u8]) -> Result<(), WriteError> {
        self.waiting.extend_from_slice(wire);
        if self.waiting.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// How many bytes the file has once all messages are in it.
    pub fn size(&self) -> u64 {
        self.length + self.waiting.len() as u64
    }

    /// Brings all messages into the file. When that fails half-way, the file is cut back to its last whole message.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        if let Err(source) = self.file.write_all(&self.waiting) {
            self.waiting.clear();
            let cut = self.file.set_len(self.length);
            let source = cut.err().map_or(source, |cut| {
                io::Error::other(format!("cutting it back to {} bytes after a failed write fails: {cut}", self.length))
            });
            return Err(WriteError::Write { path: self.path.clone(), source });
        }
        self.length += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Brings all messages onto the disk.
    pub fn close(mut self) -> Result<(), WriteError> {
        self.flush()?;
        self.file.sync_all().map_err(|source| WriteError::Write { path: self.path.clone(), source })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Whoever wants to know of errors calls `close`.
        drop(self.flush());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn wire(content: &[u8]) -> Vec<u8> {
        [&[1, 0, 0, 0, 0, 0, 0, u8::try_from(content.len()).unwrap()][..], &[0; 8], content].concat()
    }

    fn read(bytes: &[u8]) -> (Vec<Recorded>, Option<String>) {
        let (mut found, mut error) = (Vec::new(), None);
        let mut recording = Recording::new(bytes);
        for recorded in &mut recording {
            match recorded {
                Ok(recorded) => found.push(recorded),
                Err(bad) => error = Some(bad.to_string()),
            }
        }
        assert!(recording.next().is_none(), "nothing comes after the end");
        (found, error)
    }

    #[test]
    fn wire_messages_with_their_places() {
        let mut other = wire(b"x");
        other[1] = 7;
        let (found, error) = read(&[wire(b"abc"), other, wire(b"d")].concat());
        assert_eq!(error, None);
        assert_eq!(found[0], Recorded { content: Content::Wire(wire(b"abc")), position: Position::Byte(0) });
        assert_eq!(found[1], Recorded { content: Content::Wire(wire(b"d")), position: Position::Byte(36) });
        assert_eq!(found[1].position.to_string(), "byte 36");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn json_lines_with_their_places() {
        let (found, error) = read(b"\n{\"a\":1}\r\n  \n{}");
        assert_eq!(error, None);
        assert_eq!(found[0], Recorded { content: Content::Json(b"{\"a\":1}".to_vec()), position: Position::Line(2) });
        assert_eq!(found[1].position.to_string(), "line 4");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn nothing_is_an_empty_recording() {
        assert_eq!(read(b""), (vec![], None));
        assert_eq!(read(b"\n \n"), (vec![], None));
    }

    #[test]
    fn a_cut_recording_gives_what_is_whole_and_then_the_place() {
        let whole = [wire(b"abc"), wire(b"def")].concat();
        for cut in 20..whole.len() {
            let (found, error) = read(&whole[..cut]);
            assert_eq!(found.len(), 1, "{cut}");
            let error = error.unwrap();
            assert!(error.starts_with("the recording ends within the message that begins at byte 19;"), "{error}");
        }
    }

    #[test]
    fn what_is_no_recording_is_told() {
        let (_, error) = read(b"PK\x03\x04");
        assert_eq!(
            error.unwrap(),
            "this is not a recording of alerts: it begins with byte 0x50, neither with a Prelude message (0x01, as \
             `prelude-trigger record` writes it) nor with a line of IDMEF JSON (`{`)"
        );
        let (found, error) = read(&[wire(b"abc"), b"garbage.and.more".to_vec()].concat());
        assert_eq!(found.len(), 1);
        assert_eq!(error.unwrap(), "the recording is damaged: the message at byte 19 has protocol version 103, not 1");
    }

    #[test]
    fn what_is_written_is_read_again_and_continued() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("alerts");
        for round in 0..2 {
            let mut writer = Writer::open(&path).unwrap();
            for _ in 0..5_000 {
                writer.write(&wire(b"hello")).unwrap();
            }
            writer.close().unwrap();
            let count = Recording::new(File::open(&path).unwrap()).map(Result::unwrap).count();
            assert_eq!(count, 5_000 * (round + 1));
        }
    }

    #[test]
    fn only_recordings_are_continued() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("alerts");
        for (content, said) in [
            (&b"#!/bin/sh\n"[..], "this is not a recording of alerts"),
            (b"{}\n", "this is not a recording of alerts"),
            (&wire(b"abc")[..18], "the recording ends within the message that begins at byte 0"),
        ] {
            std::fs::write(&path, content).unwrap();
            let error = Writer::open(&path).unwrap_err().to_string();
            assert!(error.contains("exists and cannot be continued: ") && error.contains(said), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), content, "left as it was");
        }
        let error = Writer::open(Path::new("/dev/null")).unwrap_err().to_string();
        assert_eq!(error, "the recording /dev/null cannot be opened: it is not a regular file");
    }

    #[test]
    fn a_failed_write_leaves_whole_messages() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("alerts");
        let mut writer = Writer::open(&path).unwrap();
        writer.write(&wire(b"abc")).unwrap();
        writer.flush().unwrap();
        writer.file = File::open(&path).unwrap();
        writer.write(&wire(b"def")).unwrap();
        assert!(writer.flush().unwrap_err().to_string().contains("cannot be written"));
        drop(writer);
        assert_eq!(std::fs::read(&path).unwrap(), wire(b"abc"));
    }
}
