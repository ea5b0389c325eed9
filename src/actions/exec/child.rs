//! The few steps between `fork` and `execve`, and nothing else: the only place of the room with `unsafe` code.
//!
//! Between the two only async-signal-safe calls are allowed (another thread may have held the allocator's lock
//! when the process forked). So everything is prepared in [`Plan::new`], and the child makes system calls over memory
//! that exists: no allocation, no lock, no destructor. rustix's calls are plain system calls.
//!
//! The child starts the program by `execve` itself: the standard library would use `execvp`, which hands a
//! file without a `#!` line to a shell.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString, c_char, c_int},
    fmt, io,
    mem::{self, MaybeUninit},
    os::{
        fd::{AsRawFd, BorrowedFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::Stdio,
    ptr,
    sync::Once,
};

use rustix::{
    fs::{Mode, OFlags, RawDir},
    io::{Errno, FdFlags},
    process::{Pid, PidfdFlags, Resource, Rlimit},
    thread::{CapabilitySet, CapabilitySets, Gid, Uid},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    process::Child,
};

use super::identity::Identity;

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
#[repr(i32)]
pub(super) enum Step {
    /// `fork`, or the pipes before it.
    Fork,
    /// A session of its own.
    Session,
    /// Default dispositions, empty mask.
    Signals,
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

/// Errors travel from the child to the parent as one number: the step times this, and the errno below it (Linux
/// keeps errnos below 4096).
const PER_STEP: i32 = 4096;

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
    /// runs and leads its own process group.
    pub(super) fn spawn(self, feed: bool) -> Result<Child, SpawnError> {
        wait_for_children();
        // Only the standard streams are the library's work; name, arguments and environment are ours.
        let mut command = std::process::Command::new("/");
        command.stdin(if feed { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
        // SAFETY: the closure runs in the forked child, where only async-signal-safe calls are allowed. `Plan::execute` makes
        // system calls over memory prepared before the fork; it allocates nothing, takes no lock and drops nothing,
        // and an `io::Error` from a raw number is no allocation either.
        unsafe {
            command.pre_exec(move || {
                let (step, errno) = self.execute();
                Err(io::Error::from_raw_os_error(step as i32 * PER_STEP + errno.raw_os_error()))
            });
        }
        tokio::process::Command::from(command).spawn().map_err(|error| SpawnError::decode(&error))
    }

    /// Becomes the program, in the forked child; returns only when a step fails.
    fn execute(&self) -> (Step, Errno) {
        match self.prepare() {
            Err(failure) => failure,
            Ok(()) => (Step::Execute, self.arguments.execve(&self.environment)),
        }
    }

    fn prepare(&self) -> Result<(), (Step, Errno)> {
        let at = |step| move |errno| (step, errno);
        // No controlling terminal, and a group that can be signalled as a whole.
        rustix::process::setsid().map_err(at(Step::Session))?;
        reset_signals().map_err(at(Step::Signals))?;
        rustix::process::umask(self.umask);
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        rustix::process::setrlimit(Resource::Core, none).map_err(at(Step::CoreLimit))?;
        close_on_exec().map_err(at(Step::Descriptors))?;
        if let Some((uid, gid, groups)) = &self.switch_to {
            // In this order: without the uid there is no right to change the groups. They act on the calling
            // thread, and a forked child has no other.
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
fn reset_signals() -> Result<(), Errno> {
    /// Bytes of the kernel's signal set.
    const SET: usize = 8;
    // All zeroes: SIG_DFL, no flags, an empty mask; more than the kernel's sigaction takes on any architecture.
    let default = [0_u64; 8];
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: the kernel reads a sigaction from `default`, which is longer than one, and writes nothing. SIGKILL and SIGSTOP
        // are refused with EINVAL, which is as it should be. A system call is async-signal-safe.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null_mut::<u64>(), SET) };
    }
    // SAFETY: the kernel reads `SET` bytes from `default` and writes nothing; a forked child has one thread.
    let result = unsafe {
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, default.as_ptr(), ptr::null_mut::<u64>(), SET)
    };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Marks every descriptor above the standard ones close-on-exec. They are not closed: the standard library still needs
/// one to tell the parent why `execve` failed.
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

impl Step {
    const ALL: [Self; 10] = [
        Self::Fork,
        Self::Session,
        Self::Signals,
        Self::CoreLimit,
        Self::Descriptors,
        Self::Identity,
        Self::Capabilities,
        Self::Directory,
        Self::NoNewPrivileges,
        Self::Execute,
    ];
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fork => "making the process",
            Self::Session => "giving it a session of its own (setsid)",
            Self::Signals => "resetting its signals",
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

impl SpawnError {
    fn decode(error: &io::Error) -> Self {
        let code = error.raw_os_error().unwrap_or(libc::EINVAL);
        let step = usize::try_from(code / PER_STEP).ok();
        Self {
            step: *step.and_then(|step| Step::ALL.get(step)).unwrap_or(&Step::Fork),
            errno: Errno::from_raw_os_error(code % PER_STEP),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_error_keeps_its_step_and_errno_on_the_way_to_the_parent() {
        for step in Step::ALL {
            for errno in [Errno::NOENT, Errno::TXTBSY, Errno::HWPOISON] {
                let code = step as i32 * PER_STEP + errno.raw_os_error();
                let error = SpawnError::decode(&io::Error::from_raw_os_error(code));
                assert_eq!((error.step, error.errno), (step, errno));
            }
        }
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
