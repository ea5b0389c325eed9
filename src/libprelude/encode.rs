//! IDMEF messages written by libprelude: what our own writing is compared with. For tests only.

use std::{ffi::c_int, ptr};

use super::{
    buffer::Buffer,
    error::{Error, check},
    sys,
};

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
