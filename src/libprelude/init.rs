//! Starting libprelude, once per process.

use std::{
    ffi::CString,
    fs::File,
    io::Write as _,
    os::fd::{AsRawFd as _, OwnedFd},
    ptr,
    sync::OnceLock,
};

use super::{
    client::Client,
    error::{Error, c_string, check},
    log, sys,
};

/// Defaults of ours for the options that libprelude keeps per process; a profile's configuration is read later and wins.
///
/// `tls-options`: libprelude would set its priorities at the first connection, without a lock, while two threads may
/// well make the first two connections at once. The keepalive options: a manager's host that dies without a word is
/// noticed after 25 s instead of two hours.
const OPTIONS: &[u8] =
    b"[prelude]\ntls-options = NORMAL\ntcp-keepalive-time = 10\ntcp-keepalive-probes = 3\ntcp-keepalive-intvl = 5\n";

/// Prepares libprelude for use by this process; every further call gives the first one's answer.
///
/// From then on its log lines are [`tracing`] events of the target `libprelude`.
pub fn init() -> Result<(), Error> {
    static DONE: OnceLock<Result<(), Error>> = OnceLock::new();
    DONE.get_or_init(|| {
        // Before anything can be logged.
        log::forward();
        let program = std::env::current_exe().ok();
        let program = program.and_then(|path| CString::new(path.into_os_string().into_encoded_bytes()).ok());
        let mut arguments = [program.map_or(ptr::null_mut(), CString::into_raw), ptr::null_mut()];
        let mut count = i32::from(!arguments[0].is_null());
        // SAFETY: `count` strings that end in NUL, then null. libprelude keeps the pointer to the program's path (it
        // appears in heartbeats): it was leaked by `into_raw` and lives for ever.
        check(unsafe { sys::prelude_init(&raw mut count, arguments.as_mut_ptr()) })?;
        set_options()
    })
    .clone()
}

/// Lets libprelude read [`OPTIONS`].
fn set_options() -> Result<(), Error> {
    let file = write_options().map_err(|error| Error::ours(format!("cannot prepare libprelude's options: {error}")))?;
    // A client reads its options before it looks for its profile, and there is no such profile: it goes no further.
    let mut client = Client::new(c"prelude-trigger/options")?;
    client.read_configuration_from(&c_string(&format!("/proc/self/fd/{}", file.as_raw_fd()))?)?;
    drop(client.init());
    Ok(())
}

/// A file without a name that holds [`OPTIONS`].
fn write_options() -> std::io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create("prelude-options", rustix::fs::MemfdFlags::CLOEXEC)?);
    file.write_all(OPTIONS)?;
    Ok(file.into())
}
