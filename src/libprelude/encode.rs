//! IDMEF messages of our own, written by libprelude.

use std::{
    ffi::{c_int, c_void},
    marker::PhantomData,
    ptr::{self, NonNull},
};

use super::{
    error::{Error, check},
    identity::c_string,
    init, sys,
};

/// The wire bytes of a message that has these values at these IDMEF paths, set in this order.
///
/// For messages of our own: libprelude keeps every path it has ever been given. (Its JSON reader would be less work,
/// but frees objects twice and writes beyond them when the text is not what it expects.)
pub fn encode<P: AsRef<str>, V: AsRef<str>>(values: impl IntoIterator<Item = (P, V)>) -> Result<Vec<u8>, Error> {
    init()?;
    let mut message = Message(ptr::null_mut());
    // SAFETY: a new message is stored in `message`, which destroys it.
    check(unsafe { sys::idmef_message_new(&raw mut message.0) })?;
    for (path, value) in values {
        let (path, value) = (c_string(path.as_ref())?, c_string(value.as_ref())?);
        // SAFETY: a live message; both texts end in NUL and are copied.
        check(unsafe { sys::idmef_message_set_string(message.0, path.as_ptr(), value.as_ptr()) })?;
    }
    write(&mut message)
}

/// The wire bytes of a message, in pieces if it is long.
pub(super) fn write(message: &mut Message) -> Result<Vec<u8>, Error> {
    let mut output = Buffer::new()?;
    let mut writer = Writer(ptr::null_mut());
    // SAFETY: the new message buffer is stored in `writer`, which destroys it. The callback's data, `output`'s handle,
    // outlives every call that can flush the buffer: the ones below and the destruction, since `writer` is dropped
    // before `output`.
    check(unsafe {
        let made = sys::prelude_msgbuf_new(&raw mut writer.0);
        if made >= 0 {
            sys::prelude_msgbuf_set_callback(writer.0, Some(flush));
            sys::prelude_msgbuf_set_data(writer.0, output.as_ptr().cast());
        }
        made
    })?;
    // SAFETY: a live message and a live buffer.
    check(unsafe { sys::idmef_message_write(message.0, writer.0) })?;
    // SAFETY: a live buffer.
    unsafe { sys::prelude_msgbuf_mark_end(writer.0) };
    drop(writer);
    output.take()
}

/// Called by libprelude for every piece of the message: appends it to the buffer.
unsafe extern "C" fn flush(writer: *mut sys::prelude_msgbuf_t, piece: *mut sys::prelude_msg_t) -> c_int {
    // SAFETY: called by libprelude with the live message buffer made in `write`, whose data is a live prelude_io_t, and
    // with the live message it wants written.
    unsafe { sys::prelude_msg_write(piece, sys::prelude_msgbuf_get_data(writer).cast()) }
}

/// A message of libprelude's; null while it is being made.
pub(super) struct Message(pub(super) *mut sys::idmef_message_t);

impl Drop for Message {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: made by idmef_message_new for this owner, destroyed once, here.
            unsafe { sys::idmef_message_destroy(self.0) };
        }
    }
}

struct Writer(*mut sys::prelude_msgbuf_t);

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: made in `write`, destroyed once, here.
            unsafe { sys::prelude_msgbuf_destroy(self.0) };
        }
    }
}

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_heartbeat_is_written() {
        let wire = encode([("heartbeat.messageid", "abc"), ("heartbeat.heartbeat_interval", "600")]).unwrap();
        assert_eq!(wire.get(..4), Some(&[1, 0, 3, 0][..]), "{wire:?}");
        assert_eq!(wire.get(4..8), Some(&u32::try_from(wire.len() - 16).unwrap().to_be_bytes()[..]));
        assert!(wire.windows(3).any(|window| window == b"abc"));
    }

    #[test]
    fn a_long_message_is_written_in_pieces() {
        let long = "x".repeat(1 << 20);
        let wire = encode([("alert.classification.text", &long)]).unwrap();
        assert!(wire.len() > long.len());
        assert_eq!(wire.get(3), Some(&1), "more pieces follow");
    }

    #[test]
    fn what_cannot_be_set_is_an_error() {
        for (path, value) in [
            ("alert.bogus", "x"),
            ("alert.assessment.impact.severity", "bogus"),
            ("", "x"),
            ("alert.messageid", "a\0b"),
        ] {
            assert!(encode([(path, value)]).is_err(), "{path}");
        }
    }
}
