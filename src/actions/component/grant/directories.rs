//! Directories: looked at when the action is loaded, opened anew for each job.
//!
//! A component reaches nothing but what lies below a directory: the host opens every path step by step from there
//! (`openat2` with `RESOLVE_BENEATH`, in wasmtime), so that neither `..` nor a symbolic link leads out. What a component writes it
//! writes as the daemon's user; therefore no directory is granted from which a component could get at the daemon itself.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::Access;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::{super::trouble::Trouble, error::GrantError};
use crate::{
    config::{self, Command},
    text::{Escaped, shorten},
};

/// Directories that are never granted, nor any in which they lie.
const NEVER: [&str; 14] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
];
/// Directories in which nothing is ever granted: what looks like files there are the kernel and its devices.
const NEVER_INSIDE: [&str; 3] = ["/dev", "/proc", "/sys"];

/// What no component may change, or see.
#[derive(Debug, Default)]
pub(in super::super) struct Own<'a> {
    /// Where compiled code is kept, in the daemon's state directory.
    pub(in super::super) cache: Option<&'a Path>,
    /// The file of the configuration that names the action.
    pub(in super::super) configuration: Option<&'a Path>,
    /// The component.
    pub(in super::super) component: Option<&'a Path>,
}

/// One action's directories.
#[derive(Debug)]
pub(in super::super) struct Directories(Vec<Directory>);

#[derive(Debug)]
struct Directory {
    /// Links resolved.
    host: PathBuf,
    guest: Arc<str>,
    writable: bool,
}

impl Directories {
    /// Looks at them; none when none is granted.
    pub(super) fn open(grant: &config::Grant, own: &Own<'_>) -> Result<Option<Self>, GrantError> {
        let mut directories = Vec::new();
        for directory in &grant.directories {
            let shown = shorten(&directory.host.to_string_lossy(), 200);
            let wrong = |problem: String| GrantError {
                at: directory.at.clone(),
                problem: format!("the directory `{shown}` {problem}"),
            };
            let host = fs::canonicalize(&directory.host)
                .map_err(|error| wrong(format!("cannot be granted: {error}; create it, or name another")))?;
            if !host.is_dir() {
                return Err(wrong("is not a directory".to_owned()));
            }
            judge(&host, directory.writable, own, grant).map_err(|problem| {
                let real = if host == directory.host {
                    String::new()
                } else {
                    format!("is {}, and ", Escaped(host.display()))
                };
                wrong(format!("{real}{problem}"))
            })?;
            let wanted = if directory.writable {
                Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK
            } else {
                Access::READ_OK | Access::EXEC_OK
            };
            rustix::fs::accessat(rustix::fs::CWD, &host, wanted, rustix::fs::AtFlags::EACCESS).map_err(|error| {
                let how = if directory.writable { "read and written" } else { "read" };
                wrong(format!("cannot be {how} by the daemon: {error}; change its owner or its mode"))
            })?;
            directories.push(Directory { host, guest: directory.guest.as_str().into(), writable: directory.writable });
        }
        Ok(if directories.is_empty() { None } else { Some(Self(directories)) })
    }

    /// Opens them for a call, which may change something in them or not, whatever is granted. One that has gone since is
    /// not there for the call, which is noted.
    pub(super) fn prepare(&self, wasi: &mut WasiCtxBuilder, trouble: &Trouble, may_act: bool) {
        for Directory { host, guest, writable } in &self.0 {
            let permissions = if *writable && may_act { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
            if let Err(error) = wasi.preopened_dir(host, guest, permissions) {
                trouble.refused(&format!("{guest} is not there: {} cannot be opened: {error}", host.display()));
            }
        }
    }
}

/// Says why a directory must not be granted.
fn judge(host: &Path, writable: bool, own: &Own<'_>, grant: &config::Grant) -> Result<(), String> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if host == Path::new("/") || NEVER.iter().any(|never| Path::new(never).starts_with(host)) {
        return Err(
            "belongs to the system: grant a directory that holds nothing but what the component needs".to_owned()
        );
    }
    if NEVER_INSIDE.iter().any(|never| host.starts_with(never)) {
        return Err("holds no files, but the kernel and its devices".to_owned());
    }
    if let Some(cache) = own.cache.map(real)
        && (cache.starts_with(host) || host.starts_with(&cache))
    {
        return Err("holds the daemon's state, with code that it executes: grant a directory of its own".to_owned());
    }
    if let Some(directory) = own.configuration.and_then(|file| real(file).parent().map(Path::to_owned))
        && (directory.starts_with(host) || (writable && host.starts_with(&directory)))
    {
        return Err("holds the daemon's configuration, which decides what components may do".to_owned());
    }
    if !writable {
        return Ok(());
    }
    if own.component.map(real).is_some_and(|file| file.starts_with(host)) {
        return Err(
            "holds the component itself, which could then change what it is: grant another with `mode: rw`".to_owned()
        );
    }
    let program = |command: &Command| real(&command.exec.command.program).starts_with(host);
    if let Some((name, _)) = grant.commands.iter().find(|(_, command)| program(command)) {
        return Err(format!(
            "holds the program of the command `{name}`, which the component could then replace: grant another with `mode: rw`"
        ));
    }
    Ok(())
}
