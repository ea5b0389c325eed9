//! Whether a program is the one the operator meant, and stays it.
//!
//! Whoever can replace the program, or a directory or symbolic link on the way to it, decides what
//! the daemon runs. So every entry on the way, links resolved, must belong to root, to the daemon's user or to the
//! user the program runs as, and must not be writable for its group or for others. A directory with the sticky bit
//! such as `/tmp` is accepted on the way to a directory, because nobody but the owner can replace an entry
//! of it; as the place of the program itself or of a link it is not.
//!
//! The check is repeated before every start: a program that was deleted since may have been put back by somebody else.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata},
    io::{self, Read},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Component, Path, PathBuf},
};

use super::identity::{Identity, user_name};

/// As many links as the kernel follows.
const MAX_LINKS: usize = 40;

/// As much of a script's first line as the kernel reads.
const FIRST_LINE: u64 = 256;

/// Why a program must not, or cannot, be run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// Searching `PATH` is not for daemons.
    #[error("program `{}` is not an absolute path; write it from `/` on, as `command -v` prints it", .0.display())]
    Relative(PathBuf),
    /// The file, or something on the way to it, is not there or cannot be looked at.
    #[error("program `{}` cannot be used: `{}`: {error}", program.display(), at.display())]
    Unreachable {
        /// As configured.
        program: PathBuf,
        /// What could not be looked at.
        at: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A directory, a device, a socket.
    #[error("program `{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Links that lead in circles.
    #[error("program `{}` leads through more than {MAX_LINKS} symbolic links", .0.display())]
    Links(PathBuf),
    /// Its owner is nobody we trust.
    #[error(
        "program `{}` could be replaced by {owner}, who owns `{}`; let root own it (`chown root`), or keep the program in a directory of root's",
        program.display(), at.display()
    )]
    Owner {
        /// As configured.
        program: PathBuf,
        /// What that user owns.
        at: PathBuf,
        /// Whose it is.
        owner: String,
    },
    /// Others may write to it.
    #[error(
        "program `{}` could be replaced by other users: `{}` is writable for {whom} (mode {mode:04o}); run `chmod go-w {}`, or keep the program elsewhere",
        program.display(), at.display(), at.display()
    )]
    Writable {
        /// As configured.
        program: PathBuf,
        /// What they may write to.
        at: PathBuf,
        /// Its group, or everybody.
        whom: &'static str,
        /// Permission bits.
        mode: u32,
    },
    /// It stands, or a link to it stands, where everybody may create files.
    #[error(
        "program `{}` must not stand directly in `{}`, where everybody may create files (mode {mode:04o}): when it is removed, anyone can put another in its place; keep it in a directory of its own",
        program.display(), at.display()
    )]
    Shared {
        /// As configured.
        program: PathBuf,
        /// The directory.
        at: PathBuf,
        /// Permission bits.
        mode: u32,
    },
    /// No permission to execute it, or to get at it.
    #[error(
        "program `{}` cannot be executed by {user}: `{}` has mode {mode:04o}; run `chmod a+x {}` if they are meant to",
        program.display(), at.display(), at.display()
    )]
    NotExecutable {
        /// As configured.
        program: PathBuf,
        /// What lacks the permission.
        at: PathBuf,
        /// Whom the program runs as.
        user: String,
        /// Permission bits.
        mode: u32,
    },
    /// A script for an interpreter that does not exist.
    #[error(
        "program `{}` is a script for the interpreter {interpreter}, which does not exist; mend its first line",
        program.display()
    )]
    Interpreter {
        /// As configured.
        program: PathBuf,
        /// From the `#!` line, escaped and in quotes.
        interpreter: String,
    },
}

/// Checks `program` and everything on the way to it; `runs_as` is whom it runs as.
pub(super) fn check(program: &Path, runs_as: &Identity) -> Result<(), ProgramError> {
    if !program.is_absolute() {
        return Err(ProgramError::Relative(program.to_path_buf()));
    }
    let daemon = rustix::process::geteuid().as_raw();
    let way = Way { program, trusted: [0, daemon, runs_as.uid], runs_as };
    let mut todo: VecDeque<OsString> = components(program);
    let mut here = PathBuf::from("/");
    let mut links = 0;
    while let Some(name) = todo.pop_front() {
        if name == OsStr::new("..") {
            here.pop();
            continue;
        }
        let directory = way.look(&here)?;
        way.directory(&here, &directory)?;
        let entry = here.join(&name);
        let metadata = way.look(&entry)?;
        way.owner(&entry, &metadata)?;
        if !metadata.is_dir() {
            way.not_shared(&here, &directory)?;
        }
        if metadata.is_symlink() {
            links += 1;
            if links > MAX_LINKS {
                return Err(ProgramError::Links(program.to_path_buf()));
            }
            let target = fs::read_link(&entry).map_err(|error| way.unreachable(&entry, error))?;
            if target.is_absolute() {
                here = PathBuf::from("/");
            }
            for name in components(&target).into_iter().rev() {
                todo.push_front(name);
            }
        } else if todo.is_empty() {
            return way.file(&entry, &metadata);
        } else {
            here = entry;
        }
    }
    // `/`, or a way that ends in `..`
    Err(ProgramError::NotAFile(program.to_path_buf()))
}

fn components(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .map(|part| part.as_os_str().to_owned())
        .collect()
}

/// The way to a program, and who may stand on it.
struct Way<'a> {
    program: &'a Path,
    trusted: [u32; 3],
    runs_as: &'a Identity,
}

impl Way<'_> {
    fn unreachable(&self, at: &Path, error: io::Error) -> ProgramError {
        ProgramError::Unreachable { program: self.program.to_path_buf(), at: at.to_path_buf(), error }
    }

    fn look(&self, at: &Path) -> Result<Metadata, ProgramError> {
        fs::symlink_metadata(at).map_err(|error| self.unreachable(at, error))
    }

    fn owner(&self, at: &Path, metadata: &Metadata) -> Result<(), ProgramError> {
        if self.trusted.contains(&metadata.uid()) {
            return Ok(());
        }
        Err(ProgramError::Owner {
            program: self.program.to_path_buf(),
            at: at.to_path_buf(),
            owner: user_name(metadata.uid()),
        })
    }

    fn unwritable(&self, at: &Path, metadata: &Metadata) -> Result<(), ProgramError> {
        let mode = metadata.mode() & 0o7777;
        let whom = match mode & 0o022 {
            0 => return Ok(()),
            0o020 => "its group",
            _ => "everybody",
        };
        Err(ProgramError::Writable { program: self.program.to_path_buf(), at: at.to_path_buf(), whom, mode })
    }

    fn executable(&self, at: &Path, metadata: &Metadata) -> Result<(), ProgramError> {
        if self.runs_as.may_execute(metadata) {
            return Ok(());
        }
        Err(ProgramError::NotExecutable {
            program: self.program.to_path_buf(),
            at: at.to_path_buf(),
            user: self.runs_as.to_string(),
            mode: metadata.mode() & 0o7777,
        })
    }

    fn directory(&self, at: &Path, metadata: &Metadata) -> Result<(), ProgramError> {
        if !metadata.is_dir() {
            return Err(self.unreachable(at, rustix::io::Errno::NOTDIR.into()));
        }
        self.owner(at, metadata)?;
        if metadata.mode() & 0o1000 == 0 {
            self.unwritable(at, metadata)?;
        }
        self.executable(at, metadata)
    }

    /// The directory of a file or link: here the sticky bit is no excuse.
    fn not_shared(&self, at: &Path, metadata: &Metadata) -> Result<(), ProgramError> {
        let mode = metadata.mode() & 0o7777;
        if mode & 0o022 == 0 {
            return Ok(());
        }
        Err(ProgramError::Shared { program: self.program.to_path_buf(), at: at.to_path_buf(), mode })
    }

    fn file(&self, at: &Path, metadata: &Metadata) -> Result<(), ProgramError> {
        if !metadata.is_file() {
            return Err(ProgramError::NotAFile(self.program.to_path_buf()));
        }
        self.unwritable(at, metadata)?;
        self.executable(at, metadata)?;
        self.interpreter(at)
    }

    /// A script whose interpreter is missing gives "No such file or directory" at its start, which nobody understands.
    /// A program that may be executed but not read is left to the kernel.
    fn interpreter(&self, at: &Path) -> Result<(), ProgramError> {
        let mut head = Vec::new();
        if let Ok(file) = File::open(at) {
            file.take(FIRST_LINE).read_to_end(&mut head).map_err(|error| self.unreachable(at, error))?;
        }
        let Some(line) = head.strip_prefix(b"#!") else {
            return Ok(());
        };
        let name = line
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default()
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .find(|word| !word.is_empty())
            .unwrap_or_default();
        if Path::new(OsStr::from_bytes(name)).exists() {
            return Ok(());
        }
        Err(ProgramError::Interpreter {
            program: self.program.to_path_buf(),
            interpreter: super::quoted(&String::from_utf8_lossy(name), 100),
        })
    }
}
