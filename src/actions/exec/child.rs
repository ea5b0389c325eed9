//! The few steps between making a process and `execve`, and nothing else: the only place of the room with `unsafe` code.
//!
//! The child is made as `posix_spawn` makes one: by `clone` with `CLONE_VM` and `CLONE_VFORK`, on a stack of its own. It shares the
//! daemon's memory, and the thread that made it waits until it has become the program or ended. A `fork` would copy the page
//! tables of a process that has much memory and many threads, and take away everybody's write access to it for a moment: that
//! costs several times as much as all the rest of a job.
//!
//! In the child only async-signal-safe calls are allowed (another thread may hold the allocator's lock), and what it writes, the
//! daemon has written. So everything is prepared in [`Plan::new`], and the child makes system calls over memory that exists: no
//! allocation, no lock, no destructor; it writes to its stack and into one place that is kept for it. rustix's calls are plain
//! system calls. No signal handler of the daemon's runs in it: all signals are blocked until their dispositions are the default ones.
//!
//! What it changes of itself is its own: descriptors, directory, umask, dispositions, limits, user, capabilities are copied by
//! `clone`, and not shared. While it is another user and not yet the program, the kernel keeps that user's other processes from
//! its memory, which is ours: with its user it becomes undumpable (credentials(7), ptrace(2)), and so does the daemon.
//!
//! The child starts the program by `execve` itself: the standard library would use `execvp`, which hands a
//! file without a `#!` line to a shell.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    fmt, io,
    mem::{self, MaybeUninit},
    os::fd::{AsFd as _, AsRawFd, BorrowedFd, OwnedFd},
    ptr,
    sync::Once,
};

use rustix::{
    fs::{Mode, OFlags, RawDir},
    io::{Errno, FdFlags, retry_on_intr},
    process::{Pid, PidfdFlags, Resource, Rlimit, WaitOptions, waitpid},
    stdio::{dup2_stderr, dup2_stdin, dup2_stdout},
    thread::{CapabilitySet, CapabilitySets, Gid, Uid},
};
use tokio::io::{Interest, unix::AsyncFd};

use super::{
    identity::Identity,
    process::{Process, Theirs, streams},
};

/// Bytes of the child's stack: its deepest call needs a buffer of a kilobyte.
const STACK: usize = 64 << 10;
/// Bytes of the kernel's signal set.
const SET: usize = 8;

/// Everything the child needs, ready to use.
pub(super) struct Plan {
    arguments: Strings,
    environment: Strings,
    directory: CString,
    umask: Mode,
    switch_to: Option<(Uid, Gid, Vec<Gid>)>,
    no_new_privileges: bool,
}

/// What the child was doing when a system call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// `clone`, or the pipes before it.
    Process,
    /// The pipes as its standard streams.
    Streams,
    /// A session of its own.
    Session,
    /// No core dumps.
    CoreLimit,
    /// Close-on-exec for all but the standard descriptors.
    Descriptors,
    /// Groups, gid, uid.
    Identity,
    /// None left for another user.
    Capabilities,
    /// The working directory.
    Directory,
    /// `PR_SET_NO_NEW_PRIVS`.
    NoNewPrivileges,
    /// `execve`.
    Execute,
}

/// Why no program runs: nothing of it has run.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpawnError {
    /// Where it stopped.
    pub(super) step: Step,
    /// Why.
    pub(super) errno: Errno,
}

/// What the child finds, and where it says why there is no program.
struct Child<'p> {
    plan: &'p Plan,
    streams: [BorrowedFd<'p>; 3],
    failure: Option<(Step, Errno)>,
}

impl Plan {
    /// `None` when a text holds a NUL.
    pub(super) fn new(
        arguments: Vec<String>,
        environment: impl Iterator<Item = (String, String)>,
        directory: &std::path::Path,
        umask: u32,
        switch_to: Option<&Identity>,
        no_new_privileges: bool,
    ) -> Option<Self> {
        let environment = environment.map(|(name, value)| format!("{name}={value}"));
        Some(Self {
            arguments: Strings::new(arguments.into_iter())?,
            environment: Strings::new(environment)?,
            directory: CString::new(directory.as_os_str().as_encoded_bytes()).ok()?,
            umask: Mode::from_bits_truncate(umask),
            switch_to: switch_to.map(|identity| {
                let groups = identity.groups.iter().map(|gid| Gid::from_raw(*gid));
                (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid), groups.collect())
            }),
            no_new_privileges,
        })
    }

    /// Starts the program with pipes for its output, and for its input when `feed` says so. When this returns, the program
    /// runs and leads its own process group. Must be called within a tokio runtime.
    pub(super) fn spawn(&self, feed: bool) -> Result<Process, SpawnError> {
        wait_for_children();
        let failed = |errno| SpawnError { step: Step::Process, errno };
        let (ours, theirs) = streams(feed).map_err(failed)?;
        let pid = self.start(&theirs)?;
        Process::new(pid, ours).map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))
    }

    /// Makes the process; returns when it runs the program, or has ended because it cannot.
    fn start(&self, Theirs(streams): &Theirs) -> Result<Pid, SpawnError> {
        let mut child = Child { plan: self, streams: streams.each_ref().map(|stream| stream.as_fd()), failure: None };
        // A u128 is aligned as a stack has to be.
        let mut stack: Vec<u128> = Vec::with_capacity(STACK / size_of::<u128>());
        let blocked = Blocked::all();
        // SAFETY: `begin` gets a stack that nobody else uses, whose end is one past its allocation, as a stack that grows down
        // wants it, and a pointer to `child`. Both outlive it: with CLONE_VFORK this thread stands still until the child has left
        // this memory, by `execve` or by `_exit`. Meanwhile nobody else has `child`; `begin` writes to nothing else, as it
        // promises. Without CLONE_SETTLS it has this thread's thread-local storage, in which at most errno changes.
        let pid = unsafe {
            let top = stack.as_mut_ptr().add(stack.capacity());
            libc::clone(
                begin,
                top.cast(),
                libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
                (&raw mut child).cast::<c_void>(),
            )
        };
        let errno = last_errno();
        drop(blocked);
        // -1 is no process: it failed.
        let Some(pid) = Pid::from_raw(pid.max(0)) else {
            return Err(SpawnError { step: Step::Process, errno });
        };
        match child.failure {
            None => Ok(pid),
            Some((step, errno)) => {
                // It has ended already.
                let _ = retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty()));
                Err(SpawnError { step, errno })
            }
        }
    }

    /// Becomes the program, in the child; returns only when a step fails.
    fn execute(&self, streams: &[BorrowedFd<'_>; 3]) -> (Step, Errno) {
        match self.prepare(streams) {
            Err(failure) => failure,
            Ok(()) => (Step::Execute, self.arguments.execve(&self.environment)),
        }
    }

    fn prepare(&self, [stdin, stdout, stderr]: &[BorrowedFd<'_>; 3]) -> Result<(), (Step, Errno)> {
        let at = |step| move |errno| (step, errno);
        // None of them is a standard stream itself (`streams`), so that none is overwritten before its turn.
        dup2_stdin(stdin)
            .and_then(|()| dup2_stdout(stdout))
            .and_then(|()| dup2_stderr(stderr))
            .map_err(at(Step::Streams))?;
        // No controlling terminal, and a group that can be signalled as a whole.
        rustix::process::setsid().map_err(at(Step::Session))?;
        reset_signals();
        rustix::process::umask(self.umask);
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        rustix::process::setrlimit(Resource::Core, none).map_err(at(Step::CoreLimit))?;
        close_on_exec().map_err(at(Step::Descriptors))?;
        if let Some((uid, gid, groups)) = &self.switch_to {
            // In this order: without the uid there is no right to change the groups. They act on the calling
            // thread, and the child has no other.
            rustix::thread::set_thread_groups(groups)
                .and_then(|()| rustix::thread::set_thread_res_gid(*gid, *gid, *gid))
                .and_then(|()| rustix::thread::set_thread_res_uid(*uid, *uid, *uid))
                .map_err(at(Step::Identity))?;
            if !uid.is_root() {
                // The kernel takes the capabilities of a root that becomes somebody else, and leaves those of a daemon
                // that is nobody special but was given some.
                let none = CapabilitySet::empty();
                rustix::thread::clear_ambient_capability_set()
                    .and_then(|()| {
                        let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
                        rustix::thread::set_capabilities(None, sets)
                    })
                    .map_err(at(Step::Capabilities))?;
            }
        }
        rustix::process::chdir(self.directory.as_c_str()).map_err(at(Step::Directory))?;
        if self.no_new_privileges {
            rustix::thread::set_no_new_privs(true).map_err(at(Step::NoNewPrivileges))?;
        }
        Ok(())
    }
}

/// The child's whole life before it is the program.
extern "C" fn begin(child: *mut c_void) -> c_int {
    // SAFETY: `Plan::start` passes a pointer to its `Child`, which outlives this and which nobody else uses meanwhile.
    let child = unsafe { &mut *child.cast::<Child<'_>>() };
    child.failure = Some(child.plan.execute(&child.streams));
    // SAFETY: ends this process, and runs nothing of the daemon's on the way.
    unsafe { libc::_exit(127) }
}

/// Has no signal come to this thread until it is dropped, nor to a child that it makes.
struct Blocked([u8; SET]);

impl Blocked {
    /// By a system call of our own: the C library would leave two signals out.
    fn all() -> Self {
        let mut before = [0; SET];
        set_mask(&[0xff; SET], Some(&mut before));
        Self(before)
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        set_mask(&self.0, None);
    }
}

fn set_mask(mask: &[u8; SET], before: Option<&mut [u8; SET]>) {
    let before = before.map_or(ptr::null_mut(), ptr::from_mut);
    // SAFETY: the kernel reads `SET` bytes from the one and writes as many to the other, if there is one. With such arguments it does
    // not fail.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, mask.as_ptr(), before, SET) };
}

/// A NULL-terminated vector of C strings, as `execve` takes them.
struct Strings {
    texts: Vec<CString>,
    pointers: Vec<*const c_char>,
}

// SAFETY: the pointers lead to the heap memory of `texts`, which is owned beside them, never changed, and not moved when the
// struct is; so sending or sharing the struct sends or shares nothing that another thread could write.
unsafe impl Send for Strings {}
// SAFETY: as for `Send`; there is no interior mutability.
unsafe impl Sync for Strings {}

impl Strings {
    fn new(texts: impl Iterator<Item = String>) -> Option<Self> {
        let texts: Vec<CString> = texts.map(CString::new).collect::<Result<_, _>>().ok()?;
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        Some(Self { texts, pointers })
    }

    /// Replaces this process by the program that the first string names; returns only to say why not.
    fn execve(&self, environment: &Self) -> Errno {
        let Some(program) = self.texts.first() else {
            return Errno::NOENT;
        };
        // SAFETY: `program` and all that the two vectors point to are NUL-terminated strings that live as long as `self` and
        // `environment`; both vectors end with NULL (`Strings::new`). execve is async-signal-safe.
        unsafe {
            libc::execve(program.as_ptr(), self.pointers.as_ptr(), environment.pointers.as_ptr());
        }
        last_errno()
    }
}

/// All signals to their default, none blocked: an ignored signal (libprelude ignores SIGPIPE, `nohup` SIGHUP) stays ignored
/// across `execve`. By system calls of our own, because the C library keeps two signals to itself, and those are
/// inherited as well.
fn reset_signals() {
    // All zeroes: SIG_DFL, no flags, an empty mask; more than the kernel's sigaction takes on any architecture.
    let default = [0_u64; 8];
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: the kernel reads a sigaction from `default`, which is longer than one, and writes nothing. SIGKILL and SIGSTOP
        // are refused with EINVAL, which is as it should be. A system call is async-signal-safe.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null_mut::<u64>(), SET) };
    }
    set_mask(&[0; SET], None);
}

/// Marks every descriptor above the standard ones close-on-exec: that costs less than closing them one by one here.
fn close_on_exec() -> Result<(), Errno> {
    // SAFETY: the call takes three integers and no memory; marking descriptors changes nothing until execve.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if result == 0 {
        return Ok(());
    }
    // Before Linux 5.11, or under a filter that does not know the call.
    close_on_exec_by_proc()
}

fn close_on_exec_by_proc() -> Result<(), Errno> {
    let mut buffer = [MaybeUninit::uninit(); 1024];
    let directory =
        rustix::fs::open(c"/proc/self/fd", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut entries = RawDir::new(&directory, &mut buffer);
    while let Some(entry) = entries.next() {
        let Some(number) = descriptor(entry?.file_name()) else {
            continue;
        };
        if number <= 2 || number == directory.as_raw_fd() {
            continue;
        }
        // SAFETY: the kernel has just listed the descriptor as open, and this process has no other thread that could close
        // it; it is borrowed for one call.
        let open = unsafe { BorrowedFd::borrow_raw(number) };
        rustix::io::fcntl_setfd(open, FdFlags::CLOEXEC)?;
    }
    Ok(())
}

/// A decimal number without allocation; `None` for `.` and `..`.
fn descriptor(name: &CStr) -> Option<c_int> {
    let mut number: c_int = 0;
    for byte in name.to_bytes() {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    Some(number)
}

/// Tells when a process has ended, without reaping it: its number, and that of its group, stay taken.
#[derive(Debug)]
pub(super) struct Exit(AsyncFd<OwnedFd>);

impl Exit {
    /// `child` must not have been waited for.
    pub(super) fn of(child: Pid) -> io::Result<Self> {
        let process = rustix::process::pidfd_open(child, PidfdFlags::empty())?;
        // SAFETY: the registration needs the descriptor to stay open and the same while it lasts. The `OwnedFd` is moved in, and
        // this type never takes it out, replaces it or lends it.
        let registered = unsafe { AsyncFd::register_with_interest(process, Interest::READABLE) };
        Ok(Self(registered?))
    }

    /// Returns when the process has ended; from then on at once.
    pub(super) async fn seen(&self) -> io::Result<()> {
        self.0.readable().await.map(drop)
    }
}

/// When the daemon was started with SIGCHLD ignored, the kernel would throw away every exit status.
fn wait_for_children() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: all zeroes is a valid sigaction (the default handler, no flags, an empty mask), and both pointers lead to valid ones for the time of
        // the calls. Only an ignored signal is changed, never a handler that somebody installed.
        unsafe {
            let default: libc::sigaction = mem::zeroed();
            let mut now: libc::sigaction = mem::zeroed();
            if libc::sigaction(libc::SIGCHLD, ptr::null(), &raw mut now) == 0 && now.sa_sigaction == libc::SIG_IGN {
                libc::sigaction(libc::SIGCHLD, &raw const default, ptr::null_mut());
            }
        }
    });
}

fn last_errno() -> Errno {
    // SAFETY: the location of this thread's errno is always valid to read.
    Errno::from_raw_os_error(unsafe { *libc::__errno_location() })
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "making the process",
            Self::Streams => "connecting its standard streams",
            Self::Session => "giving it a session of its own (setsid)",
            Self::CoreLimit => "switching its core dumps off (setrlimit)",
            Self::Descriptors => "closing the daemon's descriptors (close_range)",
            Self::Identity => "taking on its user and groups",
            Self::Capabilities => "giving up its capabilities",
            Self::Directory => "entering its working directory",
            Self::NoNewPrivileges => "forbidding it new privileges (prctl)",
            Self::Execute => "executing it",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::process::CommandExt as _;

    use super::*;

    #[tokio::test]
    async fn a_failure_in_the_child_reaches_the_daemon_and_leaves_nothing_behind() {
        let spawn = |program: &str, directory: &str| {
            let plan = Plan::new(vec![program.into()], [].into_iter(), directory.as_ref(), 0o77, None, false);
            plan.unwrap().spawn(false).map(drop).map_err(|error| (error.step, error.errno))
        };
        let before = mask();
        assert_eq!(spawn("/nonexistent", "/"), Err((Step::Execute, Errno::NOENT)));
        assert_eq!(spawn("/dev/null", "/"), Err((Step::Execute, Errno::ACCESS)));
        assert_eq!(spawn("/bin/true", "/nonexistent"), Err((Step::Directory, Errno::NOENT)));
        assert_eq!(spawn("/bin/true", "/"), Ok(()));
        // The child changed its directory, its umask, its signals, and nothing of ours.
        assert_eq!(mask(), before);
        assert_ne!(std::env::current_dir().unwrap(), std::path::Path::new("/"));
    }

    /// The signals that this thread has blocked.
    fn mask() -> String {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        status.lines().find(|line| line.starts_with("SigBlk")).unwrap().to_owned()
    }

    #[test]
    fn descriptors_are_read_without_overflow() {
        assert_eq!(descriptor(c"0"), Some(0));
        assert_eq!(descriptor(c"1048576"), Some(1_048_576));
        assert_eq!(descriptor(c".."), None);
        assert_eq!(descriptor(c"99999999999"), None);
    }

    #[test]
    fn descriptors_are_closed_without_close_range_too() {
        let leaked = std::fs::File::open("/dev/null").unwrap();
        rustix::io::fcntl_setfd(&leaked, FdFlags::empty()).unwrap();
        let mut list = std::process::Command::new("/bin/ls");
        list.arg("/proc/self/fd");
        // SAFETY: `close_on_exec_by_proc` makes system calls over a buffer on the stack.
        unsafe { list.pre_exec(|| close_on_exec_by_proc().map_err(Into::into)) };
        // 3 is the directory that `ls` reads.
        assert_eq!(list.output().unwrap().stdout, b"0\n1\n2\n3\n");
    }

    #[test]
    fn a_nul_makes_no_plan() {
        let plan = |text: &str| {
            let arguments = vec!["/bin/true".into(), text.into()];
            Plan::new(arguments, [].into_iter(), "/".as_ref(), 0o77, None, false)
        };
        assert!(plan("fine").is_some());
        assert!(plan("no\0t fine").is_none());
    }
}
