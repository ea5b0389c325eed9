//! The action's program, and what it has noted.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// A start of the program.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// The number of its alert.
    pub number: usize,
    /// When, in nanoseconds since 1970.
    pub at: u64,
    /// CPU time of the process until it noted this, in user mode and in the kernel, from `fork` on.
    pub cpu: Duration,
}

/// The file that one contestant's programs write, read as it grows.
#[derive(Debug)]
pub struct Starts {
    file: PathBuf,
    read: u64,
    rest: String,
    seen: Vec<Start>,
}

/// Builds the program, with nothing to load when it starts: what it costs hides what contestants cost.
pub fn build(directory: &Path) -> PathBuf {
    let program = directory.join("started");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/response/started.c");
    let built = Command::new("cc").args(["-O2", "-static", "-o"]).arg(&program).arg(source).status();
    assert!(built.expect("a C compiler").success());
    program
}

impl Starts {
    /// Of programs that write to this file.
    pub fn new(file: PathBuf) -> Self {
        Self { file, read: 0, rest: String::new(), seen: Vec::new() }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All starts so far, in the order in which they were noted.
    pub fn look(&mut self) -> &[Start] {
        let Ok(mut file) = File::open(&self.file) else { return &self.seen };
        file.seek(SeekFrom::Start(self.read)).expect("a file");
        let mut more = String::new();
        self.read += file.read_to_string(&mut more).expect("text") as u64;
        self.rest.push_str(&more);
        let whole = self.rest.rfind('\n').map_or(0, |end| end + 1);
        self.seen.extend(self.rest.drain(..whole).as_str().lines().map(|line| Start::read(line).expect("a start")));
        &self.seen
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        let _ = fs::remove_file(&self.file);
        *self = Self::new(std::mem::take(&mut self.file));
    }
}

impl Start {
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let number = parts.next()?.strip_prefix("test-")?.parse().ok()?;
        let (at, cpu) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { number, at, cpu: Duration::from_nanos(cpu) })
    }
}
