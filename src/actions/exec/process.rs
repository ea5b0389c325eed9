//! A program's process, seen from the daemon: the ends of its pipes, and its end.
//!
//! Nobody else waits for it: until [`Process::reap`] its number, and that of its group, belong to it. One that is dropped before is
//! waited for by a thread of its own, so that no zombie stays.

use std::{
    io,
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::process::ExitStatusExt as _,
    },
    process::ExitStatus,
    thread,
};

use rustix::{
    fs::{Mode, OFlags},
    io::{Errno, retry_on_intr},
    pipe::{PipeFlags, pipe_with},
    process::{Pid, WaitOptions, waitpid},
};
use tokio::net::unix::pipe::{Receiver, Sender};

/// A process, until it has been waited for.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: Pid,
    /// What it reads; none when it reads nothing.
    pub(super) stdin: Option<Sender>,
    pub(super) stdout: Option<Receiver>,
    pub(super) stderr: Option<Receiver>,
    reaped: bool,
}

/// The daemon's ends of a process's standard streams.
pub(super) struct Ours {
    stdin: Option<OwnedFd>,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

/// The process's own ends: its descriptors 0, 1 and 2, and none of those before it has them.
pub(super) struct Theirs(pub(super) [OwnedFd; 3]);

/// Makes the standard streams of a process that is to be started; it reads `/dev/null` unless it is fed.
pub(super) fn streams(feed: bool) -> Result<(Ours, Theirs), Errno> {
    let pipe = || pipe_with(PipeFlags::CLOEXEC);
    let (input, stdin) = if feed {
        let (input, ours) = pipe()?;
        (input, Some(ours))
    } else {
        (rustix::fs::open(c"/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?, None)
    };
    let ((stdout, output), (stderr, errors)) = (pipe()?, pipe()?);
    let theirs = Theirs([above(input)?, above(output)?, above(errors)?]);
    Ok((Ours { stdin, stdout, stderr }, theirs))
}

/// The same file under a number that is none of the standard streams': a daemon may have been started without them.
fn above(file: OwnedFd) -> Result<OwnedFd, Errno> {
    if file.as_raw_fd() > 2 { Ok(file) } else { rustix::io::fcntl_dupfd_cloexec(&file, 3) }
}

impl Process {
    /// A child of this process that nobody has waited for. Must be called within a tokio runtime.
    pub(super) fn new(pid: Pid, ours: Ours) -> io::Result<Self> {
        let mut process = Self { pid, stdin: None, stdout: None, stderr: None, reaped: false };
        process.stdin = ours.stdin.map(Sender::from_owned_fd).transpose()?;
        process.stdout = Some(Receiver::from_owned_fd(ours.stdout)?);
        process.stderr = Some(Receiver::from_owned_fd(ours.stderr)?);
        Ok(process)
    }

    /// How it ended; to be asked when it has been seen to end.
    pub(super) fn reap(&mut self) -> io::Result<ExitStatus> {
        match waitpid(Some(self.pid), WaitOptions::NOHANG)? {
            Some((_, status)) => {
                self.reaped = true;
                Ok(ExitStatus::from_raw(status.as_raw()))
            }
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.reaped || self.reap().is_ok() {
            return;
        }
        let pid = self.pid;
        // It has been killed, and may hang in the kernel for a while. Without a thread it is a zombie until the daemon ends.
        let wait = move || retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty())).map(drop);
        let _ = thread::Builder::new().name("reaper".to_owned()).spawn(wait);
    }
}
