//! What libprelude says of a message: the answers that our own IDMEF room is compared with.
//!
//! For tests only, and only for bytes that our own decoder has accepted: libprelude's recurses without end, and its
//! reader of buffers waits for ever for bytes that are missing. Every path that is asked stays in libprelude's cache.

#![allow(clippy::unwrap_used)]

use std::{
    ffi::{CStr, c_int},
    ptr,
};

use super::{
    buffer::Buffer,
    encode::{Message, write},
    error::{Error, c_string, check},
    init,
    sys::{self, idmef_value_type_id_t as value_type},
};

/// A message that libprelude has decoded.
pub(crate) struct Decoded(Message);

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its `idmef_value_type_id_t`, by name, integers of any width alike.
    pub(crate) kind: &'static str,
    /// What `idmef_value_to_string` prints; none if it cannot.
    pub(crate) text: Option<Vec<u8>>,
}

impl Decoded {
    /// Lets libprelude decode one whole message.
    pub(crate) fn read(wire: &[u8]) -> Result<Self, Error> {
        init()?;
        let body = wire.len().checked_sub(16).filter(|length| *length > 0);
        let said = wire.first_chunk::<8>().map(|&[_, _, _, _, a, b, c, d]| u32::from_be_bytes([a, b, c, d]) as usize);
        if body.is_none() || body != said || wire.get(3) != Some(&0) {
            return Err(Error::ours("not exactly one whole message"));
        }
        let mut input = Buffer::new()?;
        let mut message = Message(ptr::null_mut());
        let mut read = ptr::null_mut();
        // SAFETY: a live buffer, which copies the bytes; new objects are stored in `read` and `message`. The message's
        // strings point into `read`, so that it is freed after the message when decoding fails, and handed over to the
        // message when it succeeds.
        unsafe {
            let written = sys::prelude_io_write(input.as_ptr(), wire.as_ptr().cast(), wire.len());
            assert_eq!(usize::try_from(written), Ok(wire.len()));
            check(sys::prelude_msg_read(&raw mut read, input.as_ptr()))?;
            check(sys::idmef_message_new(&raw mut message.0))?;
            if let Err(error) = check(sys::idmef_message_read(message.0, read)) {
                drop(message);
                sys::prelude_msg_destroy(read);
                return Err(error);
            }
            sys::idmef_message_set_pmsg(message.0, read);
        }
        Ok(Self(message))
    }

    /// The values at `path`, flattened, without holes and objects.
    pub(crate) fn values(&self, path: &str) -> Result<Vec<Answer>, Error> {
        let path = c_string(path)?;
        let mut compiled = ptr::null_mut();
        let mut value = ptr::null_mut();
        let mut answers = Vec::new();
        // SAFETY: the path ends in NUL; a reference to a path is stored in `compiled` and given back; the message is
        // live, and used by this thread alone, for it is not `Sync`; the value is ours to destroy, and null if there is
        // none.
        unsafe {
            check(sys::idmef_path_new_fast(&raw mut compiled, path.as_ptr()))?;
            let found = sys::idmef_path_get(compiled, self.0.0.cast(), &raw mut value);
            sys::idmef_path_destroy(compiled);
            check(found)?;
            if !value.is_null() {
                flatten(value, &mut answers);
                sys::idmef_value_destroy(value);
            }
        }
        Ok(answers)
    }

    /// Whether a criteria matches.
    pub(crate) fn matches(&self, criteria: &Criteria) -> Result<bool, Error> {
        // SAFETY: both are live, and used by this thread alone, for neither is `Sync`.
        Ok(check(unsafe { sys::idmef_criteria_match(criteria.0, self.0.0.cast()) })? > 0)
    }

    /// What `idmef_object_print_json` prints.
    pub(crate) fn json(&self) -> Result<Vec<u8>, Error> {
        let mut output = Buffer::new()?;
        // SAFETY: a message is an object; both are live.
        check(unsafe { sys::idmef_object_print_json(self.0.0.cast(), output.as_ptr()) })?;
        output.take()
    }

    /// What `idmef_message_write` writes, in pieces if it is long.
    pub(crate) fn wire(&mut self) -> Result<Vec<u8>, Error> {
        write(&mut self.0)
    }
}

/// A criteria that libprelude has taken apart.
#[derive(Debug)]
pub(crate) struct Criteria(*mut sys::idmef_criteria_t);

impl Criteria {
    /// Lets libprelude take a criteria apart. It crashes on some: on an empty text, for one.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        init()?;
        let text = c_string(text)?;
        let mut criteria = ptr::null_mut();
        // SAFETY: the text ends in NUL and is copied; a new object is stored in `criteria` unless there is an error.
        check(unsafe { sys::idmef_criteria_new_from_string(&raw mut criteria, text.as_ptr()) })?;
        Ok(Self(criteria))
    }
}

impl Drop for Criteria {
    fn drop(&mut self) {
        // SAFETY: it is live and ours, and not used afterwards.
        unsafe { sys::idmef_criteria_destroy(self.0) }
    }
}

/// Collects the values of a value and of the lists in it.
///
/// # Safety
/// `value` is live.
unsafe fn flatten(value: *mut sys::idmef_value_t, answers: &mut Vec<Answer>) {
    // SAFETY: `value` is live, and the items of a list are live as long as the list; holes are null. The string is made,
    // copied and destroyed here.
    unsafe {
        if sys::idmef_value_is_list(value) != 0 {
            for index in 0..sys::idmef_value_get_count(value) {
                let mut item = ptr::null_mut();
                if sys::idmef_value_get_nth2(value, index, &raw mut item) > 0 && !item.is_null() {
                    flatten(item, answers);
                }
            }
            return;
        }
        let kind = match sys::idmef_value_get_type(value) {
            value_type::IDMEF_VALUE_TYPE_CLASS => return,
            value_type::IDMEF_VALUE_TYPE_INT8..=value_type::IDMEF_VALUE_TYPE_UINT64 => "integer",
            value_type::IDMEF_VALUE_TYPE_FLOAT => "float",
            value_type::IDMEF_VALUE_TYPE_STRING => "string",
            value_type::IDMEF_VALUE_TYPE_TIME => "time",
            value_type::IDMEF_VALUE_TYPE_DATA => "data",
            value_type::IDMEF_VALUE_TYPE_ENUM => "enum",
            _ => "unknown",
        };
        let mut string = ptr::null_mut();
        assert!(sys::prelude_string_new(&raw mut string) >= 0);
        let text = (sys::idmef_value_to_string(value, string) >= 0).then(|| {
            let start = sys::prelude_string_get_string(string);
            let length = sys::prelude_string_get_len(string);
            if start.is_null() { Vec::new() } else { std::slice::from_raw_parts(start.cast::<u8>(), length).to_vec() }
        });
        sys::prelude_string_destroy(string);
        answers.push(Answer { kind, text });
    }
}

/// One row of libprelude's class tree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) list: bool,
    pub(crate) keyed: bool,
    /// The class or enumeration, if it is one.
    pub(crate) class: c_int,
    pub(crate) kind: value_type::Type,
}

/// The class of a whole message.
pub(crate) const MESSAGE: c_int = sys::IDMEF_CLASS_ID_MESSAGE.cast_signed();

/// The children of a class.
pub(crate) fn children(class: c_int) -> Vec<Row> {
    init().unwrap();
    // SAFETY: these look things up in constant tables, whatever the numbers; names are constant strings.
    unsafe {
        let count = c_int::try_from(sys::idmef_class_get_child_count(class)).unwrap();
        let row = |child| Row {
            name: CStr::from_ptr(sys::idmef_class_get_child_name(class, child)).to_str().unwrap().to_owned(),
            list: sys::idmef_class_is_child_list(class, child) > 0,
            keyed: sys::idmef_class_is_child_keyed_list(class, child) > 0,
            class: sys::idmef_class_get_child_class(class, child),
            kind: sys::idmef_class_get_child_value_type(class, child),
        };
        (0..count).map(row).collect()
    }
}

/// The name of a number of an enumeration.
pub(crate) fn name_of(enumeration: c_int, number: i32) -> Option<String> {
    // SAFETY: looks the name up in constant tables, whatever the numbers; null if there is none.
    unsafe {
        let name = sys::idmef_class_enum_to_string(enumeration, number);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_str().unwrap().to_owned())
    }
}
