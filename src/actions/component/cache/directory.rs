//! Whether a directory is safe to execute code from.

use std::{
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

/// A directory that someone else could write to, and why.
#[derive(Debug)]
pub(in super::super) struct UnsafeDirectory(pub(in super::super) String);

/// Makes a directory if it is not there, and says where it really is; within, why it cannot be had although it is safe.
pub(in super::super) fn open(directory: &Path) -> Result<Result<PathBuf, String>, UnsafeDirectory> {
    let unusable =
        |what: &str, error: &dyn std::fmt::Display| format!("cannot {what} {}: {error}", directory.display());
    // Root may look at a daemon's configuration, too: it leaves nothing in that daemon's place, and executes nothing from there.
    let me = rustix::process::geteuid().as_raw();
    if let Some(parent) = directory.parent()
        && let Ok(found) = parent.metadata()
        && found.uid() != me
        && found.uid() != 0
    {
        let (parent, owner) = (parent.display(), found.uid());
        return Ok(Err(format!("{parent} is for the components of user {owner}, and this is user {me}")));
    }
    match std::fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Ok(Err(unusable("create", &error))),
        _ => {}
    }
    let real = match directory.canonicalize() {
        Ok(real) => real,
        Err(error) => return Ok(Err(unusable("open", &error))),
    };
    match others_could_write(&real).unwrap_or_else(|error| Some(error.to_string())) {
        Some(reason) => Err(UnsafeDirectory(reason)),
        None => Ok(Ok(real)),
    }
}

/// Whether anyone but this process's user and root can write to a directory or put another in its place, and why.
fn others_could_write(directory: &Path) -> io::Result<Option<String>> {
    let me = rustix::process::geteuid().as_raw();
    for ancestor in directory.ancestors() {
        let metadata = ancestor.symlink_metadata()?;
        let (shown, mode, owner) = (ancestor.display(), metadata.mode() & 0o7777, metadata.uid());
        if !metadata.is_dir() {
            return Ok(Some(format!("{shown} is not a directory")));
        }
        if ancestor == directory && owner != me {
            return Ok(Some(format!("{shown} belongs to user {owner}, and the daemon runs as user {me}")));
        }
        if owner != me && owner != 0 {
            return Ok(Some(format!("{shown} belongs to user {owner}")));
        }
        let sticky = mode & 0o1000 != 0 && ancestor != directory;
        if mode & 0o022 != 0 && !sticky {
            return Ok(Some(format!("{shown} is writable by others (mode {mode:04o})")));
        }
    }
    Ok(None)
}
