//! Files of compiled code under a seal.
//!
//! ```text
//!  prelude-trigger: compiled component, version 1 LF
//!  SHA-256 of all that follows            32 bytes
//!  key                                    32 bytes
//!  length and text: wasmtime's compiler    1 byte and as many
//!  length and text: wasmtime's name        1 byte and as many
//!  compiled code, as wasmtime packs it    the rest
//! ```
//!
//! A sum keeps damage out, and mix-ups: a file holds its own key. It keeps nobody out who can write files of our
//! user's. Somebody who could once write to the directory, and cannot any more, left files that are not ours:
//! those are not even read.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use tracing::{debug, warn};

const MAGIC: &[u8] = b"prelude-trigger: compiled component, version 1\n";

/// Bytes that are kept in all; what was not used for longest goes first. An action in Python has 10 MB.
const ROOM: u64 = 1 << 30;

/// Largest file that is read.
const LARGEST: u64 = 512 << 20;

/// For opening what should be a file: no link is followed, no pipe is waited for.
pub(super) const PLAIN: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits().cast_signed();

/// Compiled code, and where wasmtime looks for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The directory: the compiler and its version.
    pub(super) compiler: String,
    /// The file.
    pub(super) name: String,
    /// What is in it.
    pub(super) code: Vec<u8>,
}

/// The directory with the sealed files.
#[derive(Debug)]
pub(super) struct Shelf(PathBuf);

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is not a file of its own")]
    NotAFile,
    #[error("it belongs to user {0}")]
    Foreign(u32),
    #[error("others may write to it (mode {0:04o})")]
    Writable(u32),
    #[error("its seal is broken")]
    Broken,
}

impl Shelf {
    /// Opens the directory, which is made when it is not there.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        match fs::DirBuilder::new().mode(0o700).create(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // Somebody may have made it who could write to the directory above it once.
        let metadata = directory.symlink_metadata()?;
        let (me, owner, mode) = (rustix::process::geteuid().as_raw(), metadata.uid(), metadata.mode() & 0o7777);
        if !metadata.is_dir() || owner != me || mode & 0o022 != 0 {
            let shown = directory.display();
            return Err(io::Error::other(format!(
                "{shown} is not a directory of the daemon's alone (user {owner}, mode {mode:04o}); remove it"
            )));
        }
        Ok(Self(directory.to_owned()))
    }

    /// What is kept under a key. What is there and cannot be used is removed.
    pub(super) fn take(&self, key: &[u8; 32]) -> Option<Entry> {
        let path = self.path(key);
        match read(&path, key) {
            Ok(entry) => Some(entry),
            Err(Unfit::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Err(unfit) => {
                warn!("not using the compiled component {}, which is removed: {unfit}", path.display());
                if let Err(error) = fs::remove_file(&path) {
                    warn!("cannot remove {}: {error}", path.display());
                }
                None
            }
        }
    }

    /// Keeps compiled code. The file is made in `work`, a directory on the same file system, and appears whole.
    pub(super) fn put(&self, key: &[u8; 32], entry: &Entry, work: &Path) -> io::Result<()> {
        let sealed = seal(key, entry).ok_or_else(|| io::Error::other("wasmtime gave it an odd name"))?;
        let making = work.join("sealed");
        let made = File::options().create(true).truncate(true).write(true).mode(0o600).open(&making);
        let made = made.and_then(|mut file| file.write_all(&sealed)).and_then(|()| fs::rename(&making, self.path(key)));
        if made.is_err() {
            let _ = fs::remove_file(&making);
        }
        made?;
        if let Err(error) = self.make_room() {
            debug!("cannot look for old compiled components: {error}");
        }
        Ok(())
    }

    pub(super) fn path(&self, key: &[u8; 32]) -> PathBuf {
        self.0.join(hex::encode(key))
    }

    /// Removes what was not used for longest where there is too much.
    fn make_room(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for file in fs::read_dir(&self.0)?.flatten() {
            let metadata = file.metadata()?;
            files.push((metadata.modified()?, metadata.len(), file.path()));
        }
        files.sort();
        let mut bytes = files.iter().fold(0, |sum: u64, (_, bytes, _)| sum.saturating_add(*bytes));
        // The last one was put there just now.
        let newest = files.len().saturating_sub(1);
        for (_, size, file) in files.into_iter().take(newest) {
            if bytes <= ROOM {
                break;
            }
            fs::remove_file(file)?;
            bytes = bytes.saturating_sub(size);
        }
        Ok(())
    }
}

/// Whether a text may become the name of a file: nothing leads out of the directory.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    !text.is_empty() && text.len() <= 200 && !text.starts_with('.') && text.bytes().all(plain)
}

fn seal(key: &[u8; 32], entry: &Entry) -> Option<Vec<u8>> {
    let mut body = key.to_vec();
    for text in [&entry.compiler, &entry.name] {
        body.push(u8::try_from(text.len()).ok().filter(|_| is_name(text))?);
        body.extend_from_slice(text.as_bytes());
    }
    body.extend_from_slice(&entry.code);
    Some([MAGIC, &Sha256::digest(&body), &body].concat())
}

fn read(path: &Path, key: &[u8; 32]) -> Result<Entry, Unfit> {
    let file = File::options().read(true).custom_flags(PLAIN).open(path)?;
    is_ours(&file.metadata()?)?;
    let mut bytes = Vec::new();
    (&file).take(LARGEST).read_to_end(&mut bytes)?;
    let entry = unseal(&bytes, key).ok_or(Unfit::Broken)?;
    // By this it is known what was not used for long.
    let _ = file.set_modified(SystemTime::now());
    Ok(entry)
}

fn is_ours(file: &Metadata) -> Result<(), Unfit> {
    let (owner, mode) = (file.uid(), file.mode() & 0o7777);
    if !file.is_file() || file.nlink() != 1 {
        Err(Unfit::NotAFile)
    } else if owner != rustix::process::geteuid().as_raw() {
        Err(Unfit::Foreign(owner))
    } else if mode & 0o022 != 0 {
        Err(Unfit::Writable(mode))
    } else {
        Ok(())
    }
}

fn unseal(bytes: &[u8], key: &[u8; 32]) -> Option<Entry> {
    let (sum, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(32)?;
    if sum != Sha256::digest(body).as_slice() {
        return None;
    }
    let rest = body.strip_prefix(key)?;
    let (compiler, rest) = text(rest)?;
    let (name, code) = text(rest)?;
    Some(Entry { compiler, name, code: code.to_vec() })
}

/// A text with its length before it, and what follows.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(length))?;
    let text = std::str::from_utf8(text).ok().filter(|text| is_name(text))?;
    Some((text.to_owned(), rest))
}
