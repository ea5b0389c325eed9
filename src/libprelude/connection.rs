//! One connection to a manager: TCP with TLS, or a Unix socket.

use std::{
    ffi::c_void,
    io,
    marker::PhantomData,
    os::fd::{AsFd, BorrowedFd},
    ptr::{self, NonNull},
    time::{Duration, Instant},
};

use rustix::{event, net};

use super::{
    error::{Error, ErrorKind, c_string, check},
    init,
    profile::Profile,
    sys,
};

/// How long a clean close of the TLS session may take.
const CLOSE: Duration = Duration::from_millis(300);

/// A connection that is authenticated, allowed what it needs, and non-blocking.
///
/// It moves bytes. What they mean is for the caller: messages one after another, each with a header of 16 bytes.
#[derive(Debug)]
pub struct Connection {
    raw: NonNull<sys::prelude_connection_t>,
    /// Neither `Send` nor `Sync`.
    _local: PhantomData<*const ()>,
}

/// What a profile must have been registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// `idmef:w`: to send messages.
    Write,
    /// `idmef:rw`: to receive those of others as well.
    ReadWrite,
}

impl Connection {
    /// Connects to a manager's address in libprelude's spelling: `192.0.2.1:4690`, `[2001:db8::1]:4690`, `unix:/path`.
    ///
    /// Blocks until the manager has answered, which a manager that hangs never does; libprelude has no timeout.
    ///
    /// # Errors
    /// [`ErrorKind::Profile`] when the manager or its certificate is not the one the profile is registered with, when
    /// the profile lacks the permission, or when the TLS handshake fails; [`ErrorKind::Rejected`] when the
    /// manager refuses the profile.
    pub fn connect(address: &str, profile: &Profile, permission: Permission) -> Result<Self, Error> {
        use sys::prelude_connection_permission_t::{
            PRELUDE_CONNECTION_PERMISSION_IDMEF_READ as READ, PRELUDE_CONNECTION_PERMISSION_IDMEF_WRITE as WRITE,
        };
        init()?;
        let address = c_string(address)?;
        let mut raw = ptr::null_mut();
        // SAFETY: the address ends in NUL and is copied; a new connection is stored in `raw`.
        check(unsafe { sys::prelude_connection_new(&raw mut raw, address.as_ptr()) })?;
        let raw = NonNull::new(raw).ok_or_else(|| Error::ours("libprelude made no connection"))?;
        let connection = Self { raw, _local: PhantomData };
        let wanted = match permission {
            Permission::Write => WRITE,
            Permission::ReadWrite => READ | WRITE,
        };
        // SAFETY: a live connection and a live profile, both of this thread.
        check(unsafe { sys::prelude_connection_connect(raw.as_ptr(), profile.as_ptr(), wanted) })?;
        connection.prepare().map_err(|error| Error::ours(format!("cannot prepare the connection: {error}")))?;
        Ok(connection)
    }

    /// Makes the socket non-blocking and lets the kernel notice a peer that no longer answers.
    fn prepare(&self) -> io::Result<()> {
        rustix::io::ioctl_fionbio(self, true)?;
        if net::sockopt::socket_domain(self)? != net::AddressFamily::UNIX {
            net::sockopt::set_tcp_user_timeout(self, 20_000)?;
        }
        Ok(())
    }

    /// The analyzerid of the manager.
    pub fn peer_analyzerid(&self) -> u64 {
        // SAFETY: a live connection, only read.
        unsafe { sys::prelude_connection_get_peer_analyzerid(self.raw.as_ptr()) }
    }

    /// Reads what has arrived; `None` when nothing has.
    ///
    /// After [`ErrorKind::Closed`] and any other error the connection is of no more use. Poll the descriptor only after
    /// `None`: bytes that TLS has already decrypted do not show there.
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<Option<usize>, Error> {
        if bytes.is_empty() {
            return Ok(Some(0));
        }
        // SAFETY: a live connection's io, and as much room as is said.
        moved(unsafe { sys::prelude_io_read(self.io(), bytes.as_mut_ptr().cast::<c_void>(), bytes.len()) })
    }

    /// Writes some of the bytes and says how many; `None` when none can be taken now, and then the same bytes must be
    /// offered again.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Option<usize>, Error> {
        // SAFETY: a live connection's io, and as many bytes as is said, which are only read.
        moved(unsafe { sys::prelude_io_write(self.io(), bytes.as_ptr().cast::<c_void>(), bytes.len()) })
    }

    /// Says that we shall send nothing more. The manager then closes its side; what it has sent until then can be read.
    pub fn finish_sending(&mut self) {
        // An error means that the connection is gone already, which reading will tell.
        let _ = net::shutdown(&*self, net::Shutdown::Write);
    }

    /// Ends the TLS session as it should be ended, if the manager plays along, and closes.
    pub fn close(self) {
        let deadline = Instant::now() + CLOSE;
        loop {
            // SAFETY: a live connection. It is non-blocking, so this returns at once; a second call goes on with the first.
            let closed = check(unsafe { sys::prelude_connection_close(self.raw.as_ptr()) });
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !matches!(&closed, Err(error) if error.kind() == ErrorKind::WouldBlock) {
                return;
            }
            let mut ready = [event::PollFd::new(&self, event::PollFlags::IN)];
            let _ = event::poll(&mut ready, event::Timespec::try_from(left).ok().as_ref());
        }
    }

    fn io(&self) -> *mut sys::prelude_io_t {
        // SAFETY: a live connection, whose io lives as long as it does.
        unsafe { sys::prelude_connection_get_fd(self.raw.as_ptr()) }
    }

    /// Whether the descriptor is (still) open.
    fn is_open(&self) -> bool {
        // SAFETY: a live connection, only read.
        unsafe { sys::prelude_connection_is_alive(self.raw.as_ptr()) != 0 }
    }
}

/// The result of moving bytes.
fn moved(count: isize) -> Result<Option<usize>, Error> {
    match usize::try_from(count) {
        Ok(count) => Ok(Some(count)),
        Err(_) => match Error::take(i32::try_from(count).unwrap_or(-1)) {
            error if error.kind() == ErrorKind::WouldBlock => Ok(None),
            error => Err(error),
        },
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: callers have a connection that was established by `connect`; its descriptor stays open until `close`
        // or drop, both of which need the connection back. (An error in reading or writing ends the TLS session but
        // leaves the descriptor open.)
        unsafe { BorrowedFd::borrow_raw(sys::prelude_io_get_fd(self.io())) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_open() {
            // Destroying waits for the manager to end the TLS session, which one that hangs never does. With the socket
            // shut down there is nobody to wait for.
            let _ = net::shutdown(&*self, net::Shutdown::Both);
        }
        // SAFETY: destroyed once, here.
        unsafe { sys::prelude_connection_destroy(self.raw.as_ptr()) };
    }
}
