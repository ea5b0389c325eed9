//! The socket's file: made for one daemon, replaced when a dead one left it, removed at the end.

use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

use super::who::Allowed;

/// A socket that is listened on. Its file goes when this is dropped.
#[derive(Debug)]
pub struct Socket {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// What the file is known by: another daemon may have put its own in its place.
    identity: Option<(u64, u64)>,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Somebody listens.
    #[error(
        "another daemon listens on the control socket {0}: stop that one, or give this one a socket of its own ([control] socket)"
    )]
    InUse(PathBuf),
    /// It is something else.
    #[error(
        "{0} is to be the control socket ([control] socket), and is something else: move it away, or name another path"
    )]
    NoSocket(PathBuf),
    /// It cannot be made.
    #[error("cannot make the control socket {path} ([control] socket): {source}")]
    Make {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be given to the group.
    #[error(
        "cannot give the control socket {path} to the group {group} ([control] group): {source}; the daemon's user has to be a member of it"
    )]
    Group {
        /// Where.
        path: PathBuf,
        /// To whom.
        group: String,
        /// Why.
        source: io::Error,
    },
}

impl Socket {
    /// Listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Somebody else listens there, or the file cannot be made.
    pub fn bind(path: &Path, allowed: &Allowed) -> Result<Self, SocketError> {
        let make = |source| SocketError::Make { path: path.to_owned(), source };
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => return Err(SocketError::NoSocket(path.to_owned())),
            Ok(_) => match UnixStream::connect(path) {
                Ok(_) => return Err(SocketError::InUse(path.to_owned())),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    fs::remove_file(path).map_err(make)?;
                }
                Err(source) => return Err(make(source)),
            },
            Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(make)?;
        let identity = identity(path);
        let socket = Self { listener, path: path.to_owned(), identity };
        let mode = if allowed.group.is_some() { 0o660 } else { 0o600 };
        if let Some((group, gid)) = &allowed.group {
            chown(path, None, Some(gid.as_raw())).map_err(|source| SocketError::Group {
                path: path.to_owned(),
                group: group.clone(),
                source,
            })?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(make)?;
        Ok(socket)
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.identity.is_some() && identity(&self.path) == self.identity {
            // Whoever finds it later finds that nobody listens.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_socket_is_private_replaced_when_stale_and_removed_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("control.sock");
        let nobody = Allowed::new(None).unwrap();
        // A dead daemon's: bound, and nobody listens.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let socket = Socket::bind(&path, &nobody).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let error = Socket::bind(&path, &nobody).unwrap_err();
        assert!(matches!(&error, SocketError::InUse(at) if *at == path), "{error}");
        drop(socket);
        assert!(!path.exists());

        // The file of another is left alone.
        let socket = Socket::bind(&path, &nobody).unwrap();
        fs::remove_file(&path).unwrap();
        let other = Socket::bind(&path, &nobody).unwrap();
        drop(socket);
        assert!(path.exists());
        drop(other);

        fs::write(&path, "mine").unwrap();
        assert!(matches!(Socket::bind(&path, &nobody), Err(SocketError::NoSocket(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        let missing = directory.path().join("no/control.sock");
        assert!(matches!(Socket::bind(&missing, &nobody), Err(SocketError::Make { .. })));
    }
}
