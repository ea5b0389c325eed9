//! Memory that libprelude writes to as if it were a file.

use std::{
    ffi::c_void,
    marker::PhantomData,
    ptr::{self, NonNull},
};

use super::{
    error::{Error, check},
    sys,
};

/// Memory that libprelude writes to as if it were a file.
pub(super) struct Buffer {
    raw: NonNull<sys::prelude_io_t>,
    /// Neither `Send` nor `Sync`.
    _local: PhantomData<*const ()>,
}

impl Buffer {
    pub(super) fn new() -> Result<Self, Error> {
        let mut raw = ptr::null_mut();
        // SAFETY: a new object is stored in `raw`.
        check(unsafe { sys::prelude_io_new(&raw mut raw) })?;
        let raw = NonNull::new(raw).ok_or_else(|| Error::ours("libprelude made no buffer"))?;
        // SAFETY: a live object that holds nothing yet. (The call returns nothing that could fail.)
        unsafe { sys::prelude_io_set_buffer_io(raw.as_ptr()) };
        Ok(Self { raw, _local: PhantomData })
    }

    pub(super) fn as_ptr(&mut self) -> *mut sys::prelude_io_t {
        self.raw.as_ptr()
    }

    /// Everything written so far.
    pub(super) fn take(&mut self) -> Result<Vec<u8>, Error> {
        // SAFETY: a live buffer.
        let length = unsafe { sys::prelude_io_pending(self.raw.as_ptr()) };
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        // SAFETY: a live buffer, and as much room as is promised.
        let read = unsafe { sys::prelude_io_read(self.raw.as_ptr(), bytes.as_mut_ptr().cast::<c_void>(), bytes.len()) };
        bytes.truncate(usize::try_from(read).map_err(|_| Error::ours("libprelude's buffer cannot be read"))?);
        Ok(bytes)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: closed and destroyed once, here; closing frees the memory that was written.
        unsafe {
            sys::prelude_io_close(self.raw.as_ptr());
            sys::prelude_io_destroy(self.raw.as_ptr());
        }
    }
}
