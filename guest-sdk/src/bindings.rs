// SPDX-License-Identifier: MIT OR Apache-2.0

//! Made by `regenerate` from the WIT package.

#[allow(dead_code, clippy::all)]
pub mod prelude {
    pub mod trigger {
        /// The data that actions and hosts exchange. No type of this interface changes within 0.1.
        #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
        pub mod types {
            #[used]
            #[doc(hidden)]
            static __FORCE_SECTION_REF: fn() =
                super::super::super::__link_custom_section_describing_imports;
            use super::super::super::_rt;
            /// A point in time with the UTC offset its sender gave (RFC 4765, section 3.2.6).
            #[repr(C)]
            #[derive(Clone, Copy, PartialEq)]
            pub struct Timestamp {
                /// Seconds since 1970-01-01T00:00:00Z.
                pub seconds: i64,
                /// Microseconds within the second, 0 to 999999.
                pub microseconds: u32,
                /// Seconds east of Greenwich.
                pub gmt_offset_seconds: i32,
            }
            impl ::core::fmt::Debug for Timestamp {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Timestamp")
                        .field("seconds", &self.seconds)
                        .field("microseconds", &self.microseconds)
                        .field("gmt-offset-seconds", &self.gmt_offset_seconds)
                        .finish()
                }
            }
            /// A value from one of IDMEF's fixed lists.
            #[derive(Clone, PartialEq)]
            pub struct Enumeration {
                /// As IDMEF spells it, for example `high`.
                pub name: _rt::String,
                /// As libprelude numbers it, for example 4.
                pub number: i32,
            }
            impl ::core::fmt::Debug for Enumeration {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Enumeration")
                        .field("name", &self.name)
                        .field("number", &self.number)
                        .finish()
                }
            }
            /// A value as libprelude types it.
            #[derive(Clone, PartialEq)]
            pub enum Value {
                /// Any signed integer.
                Integer(i64),
                /// Any unsigned integer.
                Unsigned(u64),
                /// A confidence, and additional data of type real.
                Float(f64),
                /// A string. Senders may put any bytes into one; what is not UTF-8 is replaced by U+FFFD.
                Text(_rt::String),
                /// Additional data of type byte-string, and the buffer of an overflow alert.
                Bytes(_rt::Vec<u8>),
                /// A point in time.
                Time(Timestamp),
                /// A value from a fixed list.
                Enumeration(Enumeration),
            }
            impl ::core::fmt::Debug for Value {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Value::Integer(e) => f.debug_tuple("Value::Integer").field(e).finish(),
                        Value::Unsigned(e) => f.debug_tuple("Value::Unsigned").field(e).finish(),
                        Value::Float(e) => f.debug_tuple("Value::Float").field(e).finish(),
                        Value::Text(e) => f.debug_tuple("Value::Text").field(e).finish(),
                        Value::Bytes(e) => f.debug_tuple("Value::Bytes").field(e).finish(),
                        Value::Time(e) => f.debug_tuple("Value::Time").field(e).finish(),
                        Value::Enumeration(e) => {
                            f.debug_tuple("Value::Enumeration").field(e).finish()
                        }
                    }
                }
            }
            /// A value and where it stands.
            #[derive(Clone, PartialEq)]
            pub struct Entry {
                /// Fully indexed, for example `alert.source(0).node.address(1).address`.
                pub path: _rt::String,
                /// What stands there.
                pub value: Value,
            }
            impl ::core::fmt::Debug for Entry {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Entry")
                        .field("path", &self.path)
                        .field("value", &self.value)
                        .finish()
                }
            }
            /// The two classes of IDMEF message (RFC 4765, section 4.2.1).
            #[repr(u8)]
            #[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
            pub enum MessageKind {
                Alert,
                Heartbeat,
            }
            impl ::core::fmt::Debug for MessageKind {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        MessageKind::Alert => f.debug_tuple("MessageKind::Alert").finish(),
                        MessageKind::Heartbeat => f.debug_tuple("MessageKind::Heartbeat").finish(),
                    }
                }
            }
            impl MessageKind {
                #[doc(hidden)]
                pub unsafe fn _lift(val: u8) -> MessageKind {
                    if !cfg!(debug_assertions) {
                        return unsafe { ::core::mem::transmute(val) };
                    }
                    match val {
                        0 => MessageKind::Alert,
                        1 => MessageKind::Heartbeat,
                        _ => panic!("invalid enum discriminant"),
                    }
                }
            }
            /// A text with a name.
            #[derive(Clone, PartialEq)]
            pub struct NamedText {
                pub name: _rt::String,
                pub text: _rt::String,
            }
            impl ::core::fmt::Debug for NamedText {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("NamedText")
                        .field("name", &self.name)
                        .field("text", &self.text)
                        .finish()
                }
            }
            /// What is asked of the action.
            #[repr(u8)]
            #[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
            pub enum Mode {
                /// Do it.
                Enforce,
                /// Do nothing that has an effect; say in the outcome what would have been done, with status
                /// `simulated`.
                Observe,
            }
            impl ::core::fmt::Debug for Mode {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Mode::Enforce => f.debug_tuple("Mode::Enforce").finish(),
                        Mode::Observe => f.debug_tuple("Mode::Observe").finish(),
                    }
                }
            }
            impl Mode {
                #[doc(hidden)]
                pub unsafe fn _lift(val: u8) -> Mode {
                    if !cfg!(debug_assertions) {
                        return unsafe { ::core::mem::transmute(val) };
                    }
                    match val {
                        0 => Mode::Enforce,
                        1 => Mode::Observe,
                        _ => panic!("invalid enum discriminant"),
                    }
                }
            }
            /// The particulars of one job: one execution of one action for one alert.
            #[derive(Clone, PartialEq)]
            pub struct Context {
                /// Unique for the job and the same at every attempt: it serves as an idempotency key.
                pub job_id: _rt::String,
                /// The name of the trigger that matched.
                pub trigger: _rt::String,
                /// The name under which the operator configured this action.
                pub action: _rt::String,
                /// Which attempt this is, counted from one.
                pub attempt: u32,
                /// At how many attempts the host gives up. Equal to `attempt` when this is the last one.
                pub max_attempts: u32,
                /// Wall-clock time this call may take, in milliseconds. The action is stopped when it has passed.
                pub deadline_ms: u64,
                /// Whether to do it or to say what would be done.
                pub mode: Mode,
                /// What the named groups in the trigger's filters captured. Attackers choose these texts.
                pub captures: _rt::Vec<NamedText>,
                /// The action's parameters for this job, in the order they are declared; empty when it has none.
                /// Each text has been checked against the type the operator declared for it.
                pub parameters: _rt::Vec<NamedText>,
                /// How long the effect shall last, in milliseconds; none when it shall last until it is undone by
                /// other means.
                pub lease_ms: ::core::option::Option<u64>,
            }
            impl ::core::fmt::Debug for Context {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Context")
                        .field("job-id", &self.job_id)
                        .field("trigger", &self.trigger)
                        .field("action", &self.action)
                        .field("attempt", &self.attempt)
                        .field("max-attempts", &self.max_attempts)
                        .field("deadline-ms", &self.deadline_ms)
                        .field("mode", &self.mode)
                        .field("captures", &self.captures)
                        .field("parameters", &self.parameters)
                        .field("lease-ms", &self.lease_ms)
                        .finish()
                }
            }
            /// How a job ended well.
            #[repr(u8)]
            #[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
            pub enum Status {
                /// It was done.
                Done,
                /// There was nothing to do.
                Skipped,
                /// It would have been done; the mode forbade it.
                Simulated,
            }
            impl ::core::fmt::Debug for Status {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Status::Done => f.debug_tuple("Status::Done").finish(),
                        Status::Skipped => f.debug_tuple("Status::Skipped").finish(),
                        Status::Simulated => f.debug_tuple("Status::Simulated").finish(),
                    }
                }
            }
            impl Status {
                #[doc(hidden)]
                pub unsafe fn _lift(val: u8) -> Status {
                    if !cfg!(debug_assertions) {
                        return unsafe { ::core::mem::transmute(val) };
                    }
                    match val {
                        0 => Status::Done,
                        1 => Status::Skipped,
                        2 => Status::Simulated,
                        _ => panic!("invalid enum discriminant"),
                    }
                }
            }
            /// What an action says when it ends well.
            #[derive(Clone, PartialEq)]
            pub struct Outcome {
                /// How it ended.
                pub status: Status,
                /// One line for the operator: what was done. Control characters are escaped by the host, and it
                /// is cut after 1,024 characters.
                pub summary: ::core::option::Option<_rt::String>,
                /// Particulars that are worth keeping, for example an identifier that another system gave out.
                /// At most 32 are kept, each cut after 1,024 characters.
                pub outputs: _rt::Vec<NamedText>,
                /// What the action needs in order to undo what it did. Kept only for actions that can be undone;
                /// the host of a plain `action` throws it away.
                pub undo_token: ::core::option::Option<_rt::Vec<u8>>,
            }
            impl ::core::fmt::Debug for Outcome {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Outcome")
                        .field("status", &self.status)
                        .field("summary", &self.summary)
                        .field("outputs", &self.outputs)
                        .field("undo-token", &self.undo_token)
                        .finish()
                }
            }
            /// Why an action could not do what it is for.
            #[derive(Clone, PartialEq)]
            pub struct Failure {
                /// One line for the operator: what was attempted, on what, and why it failed. Escaped and cut as
                /// a summary is.
                pub message: _rt::String,
                /// A short word for programs, for example `http-503`.
                pub code: ::core::option::Option<_rt::String>,
                /// How long to wait at least before the next attempt, in milliseconds. The host may wait longer,
                /// or give up. Heeded for `transient` only.
                pub retry_after_ms: ::core::option::Option<u64>,
            }
            impl ::core::fmt::Debug for Failure {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Failure")
                        .field("message", &self.message)
                        .field("code", &self.code)
                        .field("retry-after-ms", &self.retry_after_ms)
                        .finish()
                }
            }
            /// Whether trying again could help.
            #[derive(Clone, PartialEq)]
            pub enum ActionError {
                /// It may work later: a server did not answer.
                Transient(Failure),
                /// It will not work for this alert: it lacks a value, or a server refused it.
                Permanent(Failure),
                /// It will not work for any alert until the configuration is changed.
                Misconfigured(Failure),
            }
            impl ::core::fmt::Debug for ActionError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        ActionError::Transient(e) => {
                            f.debug_tuple("ActionError::Transient").field(e).finish()
                        }
                        ActionError::Permanent(e) => {
                            f.debug_tuple("ActionError::Permanent").field(e).finish()
                        }
                        ActionError::Misconfigured(e) => f
                            .debug_tuple("ActionError::Misconfigured")
                            .field(e)
                            .finish(),
                    }
                }
            }
            impl ::core::fmt::Display for ActionError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    write!(f, "{:?}", self)
                }
            }
            impl ::core::error::Error for ActionError {}
            /// One mistake in an action's configuration.
            #[derive(Clone, PartialEq)]
            pub struct ConfigIssue {
                /// Where it is: a JSON pointer into the configuration (RFC 6901), empty for all of it.
                pub pointer: _rt::String,
                /// What was found there, and what was expected.
                pub message: _rt::String,
            }
            impl ::core::fmt::Debug for ConfigIssue {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("ConfigIssue")
                        .field("pointer", &self.pointer)
                        .field("message", &self.message)
                        .finish()
                }
            }
        }
        /// Reading an IDMEF message.
        ///
        /// A path is spelt as libprelude spells it: `alert.source(0).node.address(0).address`. An index counts
        /// from 0, or from the end when negative: `alert.analyzer(-1).name`. `(*)`, or no index at all, means
        /// every element. Additional data can be asked for by its meaning: `alert.additional_data('Rule ID').data`.
        ///
        /// A path longer than 1,024 bytes is invalid. Everything in a message may have been chosen by an attacker.
        ///
        /// The operator may have granted parts of the message only. A question about a path of which not everything is
        /// granted is refused with `other`, whatever the message; `entries` and `to-json` give what is granted. `kind` and
        /// `describe` always answer.
        #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
        pub mod idmef {
            #[used]
            #[doc(hidden)]
            static __FORCE_SECTION_REF: fn() =
                super::super::super::__link_custom_section_describing_imports;
            use super::super::super::_rt;
            pub type Value = super::super::super::prelude::trigger::types::Value;
            pub type Entry = super::super::super::prelude::trigger::types::Entry;
            pub type MessageKind = super::super::super::prelude::trigger::types::MessageKind;
            /// Why a path is not one.
            #[derive(Clone, PartialEq)]
            pub struct InvalidPath {
                /// What is wrong, for example: class `alert` has no child `clasification`.
                pub message: _rt::String,
                /// The byte of the path at which it is wrong, counted from 0.
                pub offset: u32,
                /// The nearest valid path, if one is near.
                pub suggestion: ::core::option::Option<_rt::String>,
            }
            impl ::core::fmt::Debug for InvalidPath {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("InvalidPath")
                        .field("message", &self.message)
                        .field("offset", &self.offset)
                        .field("suggestion", &self.suggestion)
                        .finish()
                }
            }
            /// Why a path was not answered.
            #[derive(Clone, PartialEq)]
            pub enum PathError {
                /// It is not an IDMEF path, or not of the sort that the function takes.
                Invalid(InvalidPath),
                /// Any other reason; the text says which. That the path is not granted is one.
                Other(_rt::String),
            }
            impl ::core::fmt::Debug for PathError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        PathError::Invalid(e) => {
                            f.debug_tuple("PathError::Invalid").field(e).finish()
                        }
                        PathError::Other(e) => f.debug_tuple("PathError::Other").field(e).finish(),
                    }
                }
            }
            impl ::core::fmt::Display for PathError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    write!(f, "{:?}", self)
                }
            }
            impl ::core::error::Error for PathError {}
            /// What stands at the end of a path.
            #[repr(u8)]
            #[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
            pub enum ValueType {
                /// A class such as `alert.source(0)`: it has children, but no value.
                Class,
                /// A signed or unsigned integer.
                Integer,
                /// A float.
                Float,
                /// A string.
                Text,
                /// A point in time.
                Time,
                /// A value from a fixed list.
                Enumeration,
                /// Additional data: a value of any type.
                Data,
            }
            impl ::core::fmt::Debug for ValueType {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        ValueType::Class => f.debug_tuple("ValueType::Class").finish(),
                        ValueType::Integer => f.debug_tuple("ValueType::Integer").finish(),
                        ValueType::Float => f.debug_tuple("ValueType::Float").finish(),
                        ValueType::Text => f.debug_tuple("ValueType::Text").finish(),
                        ValueType::Time => f.debug_tuple("ValueType::Time").finish(),
                        ValueType::Enumeration => f.debug_tuple("ValueType::Enumeration").finish(),
                        ValueType::Data => f.debug_tuple("ValueType::Data").finish(),
                    }
                }
            }
            impl ValueType {
                #[doc(hidden)]
                pub unsafe fn _lift(val: u8) -> ValueType {
                    if !cfg!(debug_assertions) {
                        return unsafe { ::core::mem::transmute(val) };
                    }
                    match val {
                        0 => ValueType::Class,
                        1 => ValueType::Integer,
                        2 => ValueType::Float,
                        3 => ValueType::Text,
                        4 => ValueType::Time,
                        5 => ValueType::Enumeration,
                        6 => ValueType::Data,
                        _ => panic!("invalid enum discriminant"),
                    }
                }
            }
            /// What can be known of a path without a message.
            #[repr(C)]
            #[derive(Clone, Copy, PartialEq)]
            pub struct PathInfo {
                /// What stands at its end.
                pub value_type: ValueType,
                /// Whether it can lead to more than one value.
                pub multiple: bool,
            }
            impl ::core::fmt::Debug for PathInfo {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("PathInfo")
                        .field("value-type", &self.value_type)
                        .field("multiple", &self.multiple)
                        .finish()
                }
            }
            /// One message. It does not change, and lives as long as the call it was handed to.
            #[derive(Debug)]
            #[repr(transparent)]
            pub struct Message {
                handle: _rt::Resource<Message>,
            }
            impl Message {
                #[doc(hidden)]
                pub unsafe fn from_handle(handle: u32) -> Self {
                    Self {
                        handle: unsafe { _rt::Resource::from_handle(handle) },
                    }
                }
                #[doc(hidden)]
                pub fn take_handle(&self) -> u32 {
                    _rt::Resource::take_handle(&self.handle)
                }
                #[doc(hidden)]
                pub fn handle(&self) -> u32 {
                    _rt::Resource::handle(&self.handle)
                }
            }
            unsafe impl _rt::WasmResource for Message {
                #[inline]
                unsafe fn drop(_handle: u32) {
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "[resource-drop]message"]
                        fn drop(_: i32);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn drop(_: i32) {
                        unreachable!()
                    }
                    unsafe {
                        drop(_handle as i32);
                    }
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Checks a path, for example one from the configuration while that is validated. Fails with `invalid` only, and
            /// does not tell whether the path is granted.
            #[allow(async_fn_in_trait)]
            pub fn describe(path: &str) -> ::core::result::Result<PathInfo, PathError> {
                unsafe {
                    #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                    #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>; 8 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            8 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = path;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "describe"]
                        fn wit_import2(_: *mut u8, _: usize, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import2(_: *mut u8, _: usize, _: *mut u8) {
                        unreachable!()
                    }
                    wit_import2(ptr0.cast_mut(), len0, ptr1);
                    let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                    let result19 = match l3 {
                        0 => {
                            let e = {
                                let l4 = i32::from(
                                    *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                let l5 = i32::from(
                                    *ptr1
                                        .add(1 + 1 * ::core::mem::size_of::<*const u8>())
                                        .cast::<u8>(),
                                );
                                PathInfo {
                                    value_type: ValueType::_lift(l4 as u8),
                                    multiple: _rt::bool_lift(l5 as u8),
                                }
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l6 = i32::from(
                                    *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                let v18 = match l6 {
                                    0 => {
                                        let e18 = {
                                            let l7 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l8 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len9 = l8;
                                            let bytes9 =
                                                _rt::Vec::from_raw_parts(l7.cast(), len9, len9);
                                            let l10 = *ptr1
                                                .add(4 * ::core::mem::size_of::<*const u8>())
                                                .cast::<i32>();
                                            let l11 = i32::from(
                                                *ptr1
                                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<u8>(),
                                            );
                                            InvalidPath {
                                                message: _rt::string_lift(bytes9),
                                                offset: l10 as u32,
                                                suggestion: match l11 {
                                                    0 => None,
                                                    1 => {
                                                        let e = {
                                                            let l12 = *ptr1
                                                                .add(
                                                                    6 * ::core::mem::size_of::<
                                                                        *const u8,
                                                                    >(
                                                                    ),
                                                                )
                                                                .cast::<*mut u8>();
                                                            let l13 = *ptr1
                                                                .add(
                                                                    7 * ::core::mem::size_of::<
                                                                        *const u8,
                                                                    >(
                                                                    ),
                                                                )
                                                                .cast::<usize>();
                                                            let len14 = l13;
                                                            let bytes14 = _rt::Vec::from_raw_parts(
                                                                l12.cast(),
                                                                len14,
                                                                len14,
                                                            );
                                                            _rt::string_lift(bytes14)
                                                        };
                                                        Some(e)
                                                    }
                                                    _ => _rt::invalid_enum_discriminant(),
                                                },
                                            }
                                        };
                                        PathError::Invalid(e18)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 1, "invalid enum discriminant");
                                        let e18 = {
                                            let l15 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l16 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len17 = l16;
                                            let bytes17 =
                                                _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                            _rt::string_lift(bytes17)
                                        };
                                        PathError::Other(e18)
                                    }
                                };
                                v18
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result19
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// Alert or heartbeat. Cannot fail.
                #[allow(async_fn_in_trait)]
                pub fn kind(&self) -> MessageKind {
                    unsafe {
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.kind"]
                            fn wit_import0(_: i32) -> i32;
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import0(_: i32) -> i32 {
                            unreachable!()
                        }
                        let ret = wit_import0((self).handle() as i32);
                        super::super::super::prelude::trigger::types::MessageKind::_lift(ret as u8)
                    }
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// The first value at a path to a value, in the order of the message; none when the message has
                /// none. A path to a class, such as `alert.source(0)`, is invalid here: a class has no value.
                #[allow(async_fn_in_trait)]
                pub fn get(
                    &self,
                    path: &str,
                ) -> ::core::result::Result<::core::option::Option<Value>, PathError>
                {
                    unsafe {
                        #[repr(align(8))]
                        struct RetArea(
                            [::core::mem::MaybeUninit<u8>;
                                16 + 6 * ::core::mem::size_of::<*const u8>()],
                        );
                        let mut ret_area = RetArea(
                            [::core::mem::MaybeUninit::uninit();
                                16 + 6 * ::core::mem::size_of::<*const u8>()],
                        );
                        let vec0 = path;
                        let ptr0 = vec0.as_ptr().cast::<u8>();
                        let len0 = vec0.len();
                        let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.get"]
                            fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8);
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8) {
                            unreachable!()
                        }
                        wit_import2((self).handle() as i32, ptr0.cast_mut(), len0, ptr1);
                        let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                        let result36 = match l3 {
                            0 => {
                                let e = {
                                    let l4 = i32::from(*ptr1.add(8).cast::<u8>());
                                    match l4 {
                                        0 => None,
                                        1 => {
                                            let e = {
                                                let l5 = i32::from(*ptr1.add(16).cast::<u8>());
                                                use super::super::super::prelude::trigger::types::Value as V22;
                                                let v22 = match l5 {
                                                    0 => {
                                                        let e22 = {
                                                            let l6 = *ptr1.add(24).cast::<i64>();
                                                            l6
                                                        };
                                                        V22::Integer(e22)
                                                    }
                                                    1 => {
                                                        let e22 = {
                                                            let l7 = *ptr1.add(24).cast::<i64>();
                                                            l7 as u64
                                                        };
                                                        V22::Unsigned(e22)
                                                    }
                                                    2 => {
                                                        let e22 = {
                                                            let l8 = *ptr1.add(24).cast::<f64>();
                                                            l8
                                                        };
                                                        V22::Float(e22)
                                                    }
                                                    3 => {
                                                        let e22 = {
                                                            let l9 =
                                                                *ptr1.add(24).cast::<*mut u8>();
                                                            let l10 = *ptr1
                                                                .add(
                                                                    24 + 1
                                                                        * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                )
                                                                .cast::<usize>();
                                                            let len11 = l10;
                                                            let bytes11 = _rt::Vec::from_raw_parts(
                                                                l9.cast(),
                                                                len11,
                                                                len11,
                                                            );
                                                            _rt::string_lift(bytes11)
                                                        };
                                                        V22::Text(e22)
                                                    }
                                                    4 => {
                                                        let e22 = {
                                                            let l12 =
                                                                *ptr1.add(24).cast::<*mut u8>();
                                                            let l13 = *ptr1
                                                                .add(
                                                                    24 + 1
                                                                        * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                )
                                                                .cast::<usize>();
                                                            let len14 = l13;
                                                            <_ as From<_rt::Vec<_>>>::from(
                                                                _rt::Vec::from_raw_parts(
                                                                    l12.cast(),
                                                                    len14,
                                                                    len14,
                                                                ),
                                                            )
                                                        };
                                                        V22::Bytes(e22)
                                                    }
                                                    5 => {
                                                        let e22 = {
                                                            let l15 = *ptr1.add(24).cast::<i64>();
                                                            let l16 = *ptr1.add(32).cast::<i32>();
                                                            let l17 = *ptr1.add(36).cast::<i32>();
                                                            super::super::super::prelude::trigger::types::Timestamp {
                                                                seconds: l15,
                                                                microseconds: l16 as u32,
                                                                gmt_offset_seconds: l17,
                                                            }
                                                        };
                                                        V22::Time(e22)
                                                    }
                                                    n => {
                                                        debug_assert_eq!(
                                                            n, 6,
                                                            "invalid enum discriminant"
                                                        );
                                                        let e22 = {
                                                            let l18 =
                                                                *ptr1.add(24).cast::<*mut u8>();
                                                            let l19 = *ptr1
                                                                .add(
                                                                    24 + 1
                                                                        * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                )
                                                                .cast::<usize>();
                                                            let len20 = l19;
                                                            let bytes20 = _rt::Vec::from_raw_parts(
                                                                l18.cast(),
                                                                len20,
                                                                len20,
                                                            );
                                                            let l21 = *ptr1
                                                                .add(
                                                                    24 + 2
                                                                        * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                )
                                                                .cast::<i32>();
                                                            super::super::super::prelude::trigger::types::Enumeration {
                                                                name: _rt::string_lift(bytes20),
                                                                number: l21,
                                                            }
                                                        };
                                                        V22::Enumeration(e22)
                                                    }
                                                };
                                                v22
                                            };
                                            Some(e)
                                        }
                                        _ => _rt::invalid_enum_discriminant(),
                                    }
                                };
                                Ok(e)
                            }
                            1 => {
                                let e = {
                                    let l23 = i32::from(*ptr1.add(8).cast::<u8>());
                                    let v35 = match l23 {
                                        0 => {
                                            let e35 = {
                                                let l24 = *ptr1
                                                    .add(
                                                        8 + 1 * ::core::mem::size_of::<*const u8>(),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l25 = *ptr1
                                                    .add(
                                                        8 + 2 * ::core::mem::size_of::<*const u8>(),
                                                    )
                                                    .cast::<usize>();
                                                let len26 = l25;
                                                let bytes26 = _rt::Vec::from_raw_parts(
                                                    l24.cast(),
                                                    len26,
                                                    len26,
                                                );
                                                let l27 = *ptr1
                                                    .add(
                                                        8 + 3 * ::core::mem::size_of::<*const u8>(),
                                                    )
                                                    .cast::<i32>();
                                                let l28 = i32::from(
                                                    *ptr1
                                                        .add(
                                                            8 + 4
                                                                * ::core::mem::size_of::<*const u8>(
                                                                ),
                                                        )
                                                        .cast::<u8>(),
                                                );
                                                InvalidPath {
                                                    message: _rt::string_lift(bytes26),
                                                    offset: l27 as u32,
                                                    suggestion: match l28 {
                                                        0 => None,
                                                        1 => {
                                                            let e = {
                                                                let l29 = *ptr1
                                                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                                    .cast::<*mut u8>();
                                                                let l30 = *ptr1
                                                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                                                    .cast::<usize>();
                                                                let len31 = l30;
                                                                let bytes31 =
                                                                    _rt::Vec::from_raw_parts(
                                                                        l29.cast(),
                                                                        len31,
                                                                        len31,
                                                                    );
                                                                _rt::string_lift(bytes31)
                                                            };
                                                            Some(e)
                                                        }
                                                        _ => _rt::invalid_enum_discriminant(),
                                                    },
                                                }
                                            };
                                            PathError::Invalid(e35)
                                        }
                                        n => {
                                            debug_assert_eq!(n, 1, "invalid enum discriminant");
                                            let e35 = {
                                                let l32 = *ptr1
                                                    .add(
                                                        8 + 1 * ::core::mem::size_of::<*const u8>(),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l33 = *ptr1
                                                    .add(
                                                        8 + 2 * ::core::mem::size_of::<*const u8>(),
                                                    )
                                                    .cast::<usize>();
                                                let len34 = l33;
                                                let bytes34 = _rt::Vec::from_raw_parts(
                                                    l32.cast(),
                                                    len34,
                                                    len34,
                                                );
                                                _rt::string_lift(bytes34)
                                            };
                                            PathError::Other(e35)
                                        }
                                    };
                                    v35
                                };
                                Err(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        };
                        result36
                    }
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// All values at a path to a value, in the order of the message; what is absent leaves no gap.
                #[allow(async_fn_in_trait)]
                pub fn get_all(
                    &self,
                    path: &str,
                ) -> ::core::result::Result<_rt::Vec<Value>, PathError> {
                    unsafe {
                        #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                        #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                        struct RetArea(
                            [::core::mem::MaybeUninit<u8>; 8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let mut ret_area = RetArea(
                            [::core::mem::MaybeUninit::uninit();
                                8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let vec0 = path;
                        let ptr0 = vec0.as_ptr().cast::<u8>();
                        let len0 = vec0.len();
                        let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.get-all"]
                            fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8);
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8) {
                            unreachable!()
                        }
                        wit_import2((self).handle() as i32, ptr0.cast_mut(), len0, ptr1);
                        let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                        let result38 = match l3 {
                            0 => {
                                let e = {
                                    let l4 = *ptr1
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l5 = *ptr1
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let base24 = l4;
                                    let len24 = l5;
                                    let mut result24 = _rt::Vec::with_capacity(len24);
                                    for i in 0..len24 {
                                        let base = base24.add(
                                            i * (16 + 2 * ::core::mem::size_of::<*const u8>()),
                                        );
                                        let e24 = {
                                            let l6 = i32::from(*base.add(0).cast::<u8>());
                                            use super::super::super::prelude::trigger::types::Value as V23;
                                            let v23 = match l6 {
                                                0 => {
                                                    let e23 = {
                                                        let l7 = *base.add(8).cast::<i64>();
                                                        l7
                                                    };
                                                    V23::Integer(e23)
                                                }
                                                1 => {
                                                    let e23 = {
                                                        let l8 = *base.add(8).cast::<i64>();
                                                        l8 as u64
                                                    };
                                                    V23::Unsigned(e23)
                                                }
                                                2 => {
                                                    let e23 = {
                                                        let l9 = *base.add(8).cast::<f64>();
                                                        l9
                                                    };
                                                    V23::Float(e23)
                                                }
                                                3 => {
                                                    let e23 = {
                                                        let l10 = *base.add(8).cast::<*mut u8>();
                                                        let l11 = *base
                                                            .add(
                                                                8 + 1 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<usize>();
                                                        let len12 = l11;
                                                        let bytes12 = _rt::Vec::from_raw_parts(
                                                            l10.cast(),
                                                            len12,
                                                            len12,
                                                        );
                                                        _rt::string_lift(bytes12)
                                                    };
                                                    V23::Text(e23)
                                                }
                                                4 => {
                                                    let e23 = {
                                                        let l13 = *base.add(8).cast::<*mut u8>();
                                                        let l14 = *base
                                                            .add(
                                                                8 + 1 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<usize>();
                                                        let len15 = l14;
                                                        <_ as From<_rt::Vec<_>>>::from(
                                                            _rt::Vec::from_raw_parts(
                                                                l13.cast(),
                                                                len15,
                                                                len15,
                                                            ),
                                                        )
                                                    };
                                                    V23::Bytes(e23)
                                                }
                                                5 => {
                                                    let e23 = {
                                                        let l16 = *base.add(8).cast::<i64>();
                                                        let l17 = *base.add(16).cast::<i32>();
                                                        let l18 = *base.add(20).cast::<i32>();
                                                        super::super::super::prelude::trigger::types::Timestamp {
                                                            seconds: l16,
                                                            microseconds: l17 as u32,
                                                            gmt_offset_seconds: l18,
                                                        }
                                                    };
                                                    V23::Time(e23)
                                                }
                                                n => {
                                                    debug_assert_eq!(
                                                        n, 6,
                                                        "invalid enum discriminant"
                                                    );
                                                    let e23 = {
                                                        let l19 = *base.add(8).cast::<*mut u8>();
                                                        let l20 = *base
                                                            .add(
                                                                8 + 1 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<usize>();
                                                        let len21 = l20;
                                                        let bytes21 = _rt::Vec::from_raw_parts(
                                                            l19.cast(),
                                                            len21,
                                                            len21,
                                                        );
                                                        let l22 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i32>();
                                                        super::super::super::prelude::trigger::types::Enumeration {
                                                            name: _rt::string_lift(bytes21),
                                                            number: l22,
                                                        }
                                                    };
                                                    V23::Enumeration(e23)
                                                }
                                            };
                                            v23
                                        };
                                        result24.push(e24);
                                    }
                                    _rt::cabi_dealloc(
                                        base24,
                                        len24 * (16 + 2 * ::core::mem::size_of::<*const u8>()),
                                        8,
                                    );
                                    result24
                                };
                                Ok(e)
                            }
                            1 => {
                                let e = {
                                    let l25 = i32::from(
                                        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                    );
                                    let v37 = match l25 {
                                        0 => {
                                            let e37 = {
                                                let l26 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l27 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len28 = l27;
                                                let bytes28 = _rt::Vec::from_raw_parts(
                                                    l26.cast(),
                                                    len28,
                                                    len28,
                                                );
                                                let l29 = *ptr1
                                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<i32>();
                                                let l30 = i32::from(
                                                    *ptr1
                                                        .add(
                                                            5 * ::core::mem::size_of::<*const u8>(),
                                                        )
                                                        .cast::<u8>(),
                                                );
                                                InvalidPath {
                                                    message: _rt::string_lift(bytes28),
                                                    offset: l29 as u32,
                                                    suggestion: match l30 {
                                                        0 => None,
                                                        1 => {
                                                            let e = {
                                                                let l31 = *ptr1
                                                                    .add(
                                                                        6 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<*mut u8>();
                                                                let l32 = *ptr1
                                                                    .add(
                                                                        7 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<usize>();
                                                                let len33 = l32;
                                                                let bytes33 =
                                                                    _rt::Vec::from_raw_parts(
                                                                        l31.cast(),
                                                                        len33,
                                                                        len33,
                                                                    );
                                                                _rt::string_lift(bytes33)
                                                            };
                                                            Some(e)
                                                        }
                                                        _ => _rt::invalid_enum_discriminant(),
                                                    },
                                                }
                                            };
                                            PathError::Invalid(e37)
                                        }
                                        n => {
                                            debug_assert_eq!(n, 1, "invalid enum discriminant");
                                            let e37 = {
                                                let l34 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l35 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len36 = l35;
                                                let bytes36 = _rt::Vec::from_raw_parts(
                                                    l34.cast(),
                                                    len36,
                                                    len36,
                                                );
                                                _rt::string_lift(bytes36)
                                            };
                                            PathError::Other(e37)
                                        }
                                    };
                                    v37
                                };
                                Err(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        };
                        result38
                    }
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// The first value at a path to a value as text, exactly as filters compare it and other actions
                /// receive it.
                #[allow(async_fn_in_trait)]
                pub fn get_text(
                    &self,
                    path: &str,
                ) -> ::core::result::Result<::core::option::Option<_rt::String>, PathError>
                {
                    unsafe {
                        #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                        #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                        struct RetArea(
                            [::core::mem::MaybeUninit<u8>; 8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let mut ret_area = RetArea(
                            [::core::mem::MaybeUninit::uninit();
                                8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let vec0 = path;
                        let ptr0 = vec0.as_ptr().cast::<u8>();
                        let len0 = vec0.len();
                        let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.get-text"]
                            fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8);
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8) {
                            unreachable!()
                        }
                        wit_import2((self).handle() as i32, ptr0.cast_mut(), len0, ptr1);
                        let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                        let result21 = match l3 {
                            0 => {
                                let e = {
                                    let l4 = i32::from(
                                        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                    );
                                    match l4 {
                                        0 => None,
                                        1 => {
                                            let e = {
                                                let l5 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l6 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len7 = l6;
                                                let bytes7 =
                                                    _rt::Vec::from_raw_parts(l5.cast(), len7, len7);
                                                _rt::string_lift(bytes7)
                                            };
                                            Some(e)
                                        }
                                        _ => _rt::invalid_enum_discriminant(),
                                    }
                                };
                                Ok(e)
                            }
                            1 => {
                                let e = {
                                    let l8 = i32::from(
                                        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                    );
                                    let v20 = match l8 {
                                        0 => {
                                            let e20 = {
                                                let l9 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l10 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len11 = l10;
                                                let bytes11 = _rt::Vec::from_raw_parts(
                                                    l9.cast(),
                                                    len11,
                                                    len11,
                                                );
                                                let l12 = *ptr1
                                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<i32>();
                                                let l13 = i32::from(
                                                    *ptr1
                                                        .add(
                                                            5 * ::core::mem::size_of::<*const u8>(),
                                                        )
                                                        .cast::<u8>(),
                                                );
                                                InvalidPath {
                                                    message: _rt::string_lift(bytes11),
                                                    offset: l12 as u32,
                                                    suggestion: match l13 {
                                                        0 => None,
                                                        1 => {
                                                            let e = {
                                                                let l14 = *ptr1
                                                                    .add(
                                                                        6 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<*mut u8>();
                                                                let l15 = *ptr1
                                                                    .add(
                                                                        7 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<usize>();
                                                                let len16 = l15;
                                                                let bytes16 =
                                                                    _rt::Vec::from_raw_parts(
                                                                        l14.cast(),
                                                                        len16,
                                                                        len16,
                                                                    );
                                                                _rt::string_lift(bytes16)
                                                            };
                                                            Some(e)
                                                        }
                                                        _ => _rt::invalid_enum_discriminant(),
                                                    },
                                                }
                                            };
                                            PathError::Invalid(e20)
                                        }
                                        n => {
                                            debug_assert_eq!(n, 1, "invalid enum discriminant");
                                            let e20 = {
                                                let l17 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l18 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len19 = l18;
                                                let bytes19 = _rt::Vec::from_raw_parts(
                                                    l17.cast(),
                                                    len19,
                                                    len19,
                                                );
                                                _rt::string_lift(bytes19)
                                            };
                                            PathError::Other(e20)
                                        }
                                    };
                                    v20
                                };
                                Err(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        };
                        result21
                    }
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// All values at a path to a value as text.
                #[allow(async_fn_in_trait)]
                pub fn get_all_text(
                    &self,
                    path: &str,
                ) -> ::core::result::Result<_rt::Vec<_rt::String>, PathError> {
                    unsafe {
                        #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                        #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                        struct RetArea(
                            [::core::mem::MaybeUninit<u8>; 8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let mut ret_area = RetArea(
                            [::core::mem::MaybeUninit::uninit();
                                8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let vec0 = path;
                        let ptr0 = vec0.as_ptr().cast::<u8>();
                        let len0 = vec0.len();
                        let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.get-all-text"]
                            fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8);
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8) {
                            unreachable!()
                        }
                        wit_import2((self).handle() as i32, ptr0.cast_mut(), len0, ptr1);
                        let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                        let result23 = match l3 {
                            0 => {
                                let e = {
                                    let l4 = *ptr1
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l5 = *ptr1
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let base9 = l4;
                                    let len9 = l5;
                                    let mut result9 = _rt::Vec::with_capacity(len9);
                                    for i in 0..len9 {
                                        let base = base9
                                            .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                        let e9 = {
                                            let l6 = *base.add(0).cast::<*mut u8>();
                                            let l7 = *base
                                                .add(::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len8 = l7;
                                            let bytes8 =
                                                _rt::Vec::from_raw_parts(l6.cast(), len8, len8);
                                            _rt::string_lift(bytes8)
                                        };
                                        result9.push(e9);
                                    }
                                    _rt::cabi_dealloc(
                                        base9,
                                        len9 * (2 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    );
                                    result9
                                };
                                Ok(e)
                            }
                            1 => {
                                let e = {
                                    let l10 = i32::from(
                                        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                    );
                                    let v22 = match l10 {
                                        0 => {
                                            let e22 = {
                                                let l11 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l12 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len13 = l12;
                                                let bytes13 = _rt::Vec::from_raw_parts(
                                                    l11.cast(),
                                                    len13,
                                                    len13,
                                                );
                                                let l14 = *ptr1
                                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<i32>();
                                                let l15 = i32::from(
                                                    *ptr1
                                                        .add(
                                                            5 * ::core::mem::size_of::<*const u8>(),
                                                        )
                                                        .cast::<u8>(),
                                                );
                                                InvalidPath {
                                                    message: _rt::string_lift(bytes13),
                                                    offset: l14 as u32,
                                                    suggestion: match l15 {
                                                        0 => None,
                                                        1 => {
                                                            let e = {
                                                                let l16 = *ptr1
                                                                    .add(
                                                                        6 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<*mut u8>();
                                                                let l17 = *ptr1
                                                                    .add(
                                                                        7 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<usize>();
                                                                let len18 = l17;
                                                                let bytes18 =
                                                                    _rt::Vec::from_raw_parts(
                                                                        l16.cast(),
                                                                        len18,
                                                                        len18,
                                                                    );
                                                                _rt::string_lift(bytes18)
                                                            };
                                                            Some(e)
                                                        }
                                                        _ => _rt::invalid_enum_discriminant(),
                                                    },
                                                }
                                            };
                                            PathError::Invalid(e22)
                                        }
                                        n => {
                                            debug_assert_eq!(n, 1, "invalid enum discriminant");
                                            let e22 = {
                                                let l19 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l20 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len21 = l20;
                                                let bytes21 = _rt::Vec::from_raw_parts(
                                                    l19.cast(),
                                                    len21,
                                                    len21,
                                                );
                                                _rt::string_lift(bytes21)
                                            };
                                            PathError::Other(e22)
                                        }
                                    };
                                    v22
                                };
                                Err(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        };
                        result23
                    }
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// All values at or below a path, to a class or a value, each with its fully indexed path, in the order of IDMEF's
                /// classes and of the message; the empty path stands for the whole message. Of a path that is granted in part,
                /// the values that are granted; one of which nothing can be granted is refused with `other`.
                #[allow(async_fn_in_trait)]
                pub fn entries(
                    &self,
                    prefix: &str,
                ) -> ::core::result::Result<_rt::Vec<Entry>, PathError> {
                    unsafe {
                        #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                        #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                        struct RetArea(
                            [::core::mem::MaybeUninit<u8>; 8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let mut ret_area = RetArea(
                            [::core::mem::MaybeUninit::uninit();
                                8 * ::core::mem::size_of::<*const u8>()],
                        );
                        let vec0 = prefix;
                        let ptr0 = vec0.as_ptr().cast::<u8>();
                        let len0 = vec0.len();
                        let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.entries"]
                            fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8);
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import2(_: i32, _: *mut u8, _: usize, _: *mut u8) {
                            unreachable!()
                        }
                        wit_import2((self).handle() as i32, ptr0.cast_mut(), len0, ptr1);
                        let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                        let result41 = match l3 {
                            0 => {
                                let e = {
                                    let l4 = *ptr1
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l5 = *ptr1
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let base27 = l4;
                                    let len27 = l5;
                                    let mut result27 = _rt::Vec::with_capacity(len27);
                                    for i in 0..len27 {
                                        let base = base27.add(
                                            i * (16 + 4 * ::core::mem::size_of::<*const u8>()),
                                        );
                                        let e27 = {
                                            let l6 = *base.add(0).cast::<*mut u8>();
                                            let l7 = *base
                                                .add(::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len8 = l7;
                                            let bytes8 =
                                                _rt::Vec::from_raw_parts(l6.cast(), len8, len8);
                                            let l9 = i32::from(
                                                *base
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<u8>(),
                                            );
                                            use super::super::super::prelude::trigger::types::Value as V26;
                                            let v26 = match l9 {
                                                0 => {
                                                    let e26 = {
                                                        let l10 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i64>();
                                                        l10
                                                    };
                                                    V26::Integer(e26)
                                                }
                                                1 => {
                                                    let e26 = {
                                                        let l11 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i64>();
                                                        l11 as u64
                                                    };
                                                    V26::Unsigned(e26)
                                                }
                                                2 => {
                                                    let e26 = {
                                                        let l12 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<f64>();
                                                        l12
                                                    };
                                                    V26::Float(e26)
                                                }
                                                3 => {
                                                    let e26 = {
                                                        let l13 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<*mut u8>();
                                                        let l14 = *base
                                                            .add(
                                                                8 + 3 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<usize>();
                                                        let len15 = l14;
                                                        let bytes15 = _rt::Vec::from_raw_parts(
                                                            l13.cast(),
                                                            len15,
                                                            len15,
                                                        );
                                                        _rt::string_lift(bytes15)
                                                    };
                                                    V26::Text(e26)
                                                }
                                                4 => {
                                                    let e26 = {
                                                        let l16 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<*mut u8>();
                                                        let l17 = *base
                                                            .add(
                                                                8 + 3 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<usize>();
                                                        let len18 = l17;
                                                        <_ as From<_rt::Vec<_>>>::from(
                                                            _rt::Vec::from_raw_parts(
                                                                l16.cast(),
                                                                len18,
                                                                len18,
                                                            ),
                                                        )
                                                    };
                                                    V26::Bytes(e26)
                                                }
                                                5 => {
                                                    let e26 = {
                                                        let l19 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i64>();
                                                        let l20 = *base
                                                            .add(
                                                                16 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i32>();
                                                        let l21 = *base
                                                            .add(
                                                                20 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i32>();
                                                        super::super::super::prelude::trigger::types::Timestamp {
                                                            seconds: l19,
                                                            microseconds: l20 as u32,
                                                            gmt_offset_seconds: l21,
                                                        }
                                                    };
                                                    V26::Time(e26)
                                                }
                                                n => {
                                                    debug_assert_eq!(
                                                        n, 6,
                                                        "invalid enum discriminant"
                                                    );
                                                    let e26 = {
                                                        let l22 = *base
                                                            .add(
                                                                8 + 2 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<*mut u8>();
                                                        let l23 = *base
                                                            .add(
                                                                8 + 3 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<usize>();
                                                        let len24 = l23;
                                                        let bytes24 = _rt::Vec::from_raw_parts(
                                                            l22.cast(),
                                                            len24,
                                                            len24,
                                                        );
                                                        let l25 = *base
                                                            .add(
                                                                8 + 4 * ::core::mem::size_of::<
                                                                    *const u8,
                                                                >(
                                                                ),
                                                            )
                                                            .cast::<i32>();
                                                        super::super::super::prelude::trigger::types::Enumeration {
                                                            name: _rt::string_lift(bytes24),
                                                            number: l25,
                                                        }
                                                    };
                                                    V26::Enumeration(e26)
                                                }
                                            };
                                            super::super::super::prelude::trigger::types::Entry {
                                                path: _rt::string_lift(bytes8),
                                                value: v26,
                                            }
                                        };
                                        result27.push(e27);
                                    }
                                    _rt::cabi_dealloc(
                                        base27,
                                        len27 * (16 + 4 * ::core::mem::size_of::<*const u8>()),
                                        8,
                                    );
                                    result27
                                };
                                Ok(e)
                            }
                            1 => {
                                let e = {
                                    let l28 = i32::from(
                                        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                    );
                                    let v40 = match l28 {
                                        0 => {
                                            let e40 = {
                                                let l29 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l30 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len31 = l30;
                                                let bytes31 = _rt::Vec::from_raw_parts(
                                                    l29.cast(),
                                                    len31,
                                                    len31,
                                                );
                                                let l32 = *ptr1
                                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<i32>();
                                                let l33 = i32::from(
                                                    *ptr1
                                                        .add(
                                                            5 * ::core::mem::size_of::<*const u8>(),
                                                        )
                                                        .cast::<u8>(),
                                                );
                                                InvalidPath {
                                                    message: _rt::string_lift(bytes31),
                                                    offset: l32 as u32,
                                                    suggestion: match l33 {
                                                        0 => None,
                                                        1 => {
                                                            let e = {
                                                                let l34 = *ptr1
                                                                    .add(
                                                                        6 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<*mut u8>();
                                                                let l35 = *ptr1
                                                                    .add(
                                                                        7 * ::core::mem::size_of::<
                                                                            *const u8,
                                                                        >(
                                                                        ),
                                                                    )
                                                                    .cast::<usize>();
                                                                let len36 = l35;
                                                                let bytes36 =
                                                                    _rt::Vec::from_raw_parts(
                                                                        l34.cast(),
                                                                        len36,
                                                                        len36,
                                                                    );
                                                                _rt::string_lift(bytes36)
                                                            };
                                                            Some(e)
                                                        }
                                                        _ => _rt::invalid_enum_discriminant(),
                                                    },
                                                }
                                            };
                                            PathError::Invalid(e40)
                                        }
                                        n => {
                                            debug_assert_eq!(n, 1, "invalid enum discriminant");
                                            let e40 = {
                                                let l37 = *ptr1
                                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l38 = *ptr1
                                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let len39 = l38;
                                                let bytes39 = _rt::Vec::from_raw_parts(
                                                    l37.cast(),
                                                    len39,
                                                    len39,
                                                );
                                                _rt::string_lift(bytes39)
                                            };
                                            PathError::Other(e40)
                                        }
                                    };
                                    v40
                                };
                                Err(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        };
                        result41
                    }
                }
            }
            impl Message {
                #[allow(unused_unsafe, clippy::all)]
                /// The whole message as IDMEF JSON, on one line. Of a message that is granted in part, the objects and lists on the
                /// way to what is granted, with nothing else in them: there an element of a list may stand at another place than
                /// its path says. Cannot fail.
                #[allow(async_fn_in_trait)]
                pub fn to_json(&self) -> _rt::String {
                    unsafe {
                        #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                        #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                        struct RetArea(
                            [::core::mem::MaybeUninit<u8>; 2 * ::core::mem::size_of::<*const u8>()],
                        );
                        let mut ret_area = RetArea(
                            [::core::mem::MaybeUninit::uninit();
                                2 * ::core::mem::size_of::<*const u8>()],
                        );
                        let ptr0 = ret_area.0.as_mut_ptr().cast::<u8>();
                        #[cfg(target_arch = "wasm32")]
                        #[link(wasm_import_module = "prelude:trigger/idmef@0.1.1")]
                        unsafe extern "C" {
                            #[link_name = "[method]message.to-json"]
                            fn wit_import1(_: i32, _: *mut u8);
                        }
                        #[cfg(not(target_arch = "wasm32"))]
                        unsafe extern "C" fn wit_import1(_: i32, _: *mut u8) {
                            unreachable!()
                        }
                        wit_import1((self).handle() as i32, ptr0);
                        let l2 = *ptr0.add(0).cast::<*mut u8>();
                        let l3 = *ptr0
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len4 = l3;
                        let bytes4 = _rt::Vec::from_raw_parts(l2.cast(), len4, len4);
                        let result5 = _rt::string_lift(bytes4);
                        result5
                    }
                }
            }
        }
        /// The daemon's log. Each line carries the names of the action and of the job without being told. Nothing here fails, and
        /// nothing here makes an action wait.
        ///
        /// A secret that the job was told is replaced by its name where it appears in a line.
        #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
        pub mod log {
            #[used]
            #[doc(hidden)]
            static __FORCE_SECTION_REF: fn() =
                super::super::super::__link_custom_section_describing_imports;
            use super::super::super::_rt;
            pub type NamedText = super::super::super::prelude::trigger::types::NamedText;
            #[repr(u8)]
            #[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
            pub enum Level {
                Trace,
                Debug,
                Info,
                Warn,
                Error,
            }
            impl ::core::fmt::Debug for Level {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Level::Trace => f.debug_tuple("Level::Trace").finish(),
                        Level::Debug => f.debug_tuple("Level::Debug").finish(),
                        Level::Info => f.debug_tuple("Level::Info").finish(),
                        Level::Warn => f.debug_tuple("Level::Warn").finish(),
                        Level::Error => f.debug_tuple("Level::Error").finish(),
                    }
                }
            }
            impl Level {
                #[doc(hidden)]
                pub unsafe fn _lift(val: u8) -> Level {
                    if !cfg!(debug_assertions) {
                        return unsafe { ::core::mem::transmute(val) };
                    }
                    match val {
                        0 => Level::Trace,
                        1 => Level::Debug,
                        2 => Level::Info,
                        3 => Level::Warn,
                        4 => Level::Error,
                        _ => panic!("invalid enum discriminant"),
                    }
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Whether lines of this level are kept. Ask before making a costly line.
            #[allow(async_fn_in_trait)]
            pub fn enabled(level: Level) -> bool {
                unsafe {
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/log@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "enabled"]
                        fn wit_import0(_: i32) -> i32;
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import0(_: i32) -> i32 {
                        unreachable!()
                    }
                    let ret = wit_import0(level.clone() as i32);
                    _rt::bool_lift(ret as u8)
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Writes one line. Control characters are escaped, a line is cut after 4,096 bytes, the name of a field after 64
            /// characters, and what one job writes in all is limited by the operator (64 KiB unless they say otherwise; each
            /// line counts 64 bytes more than it has); what exceeds the limit is counted and dropped.
            #[allow(async_fn_in_trait)]
            pub fn log(level: Level, message: &str, fields: &[NamedText]) -> () {
                unsafe {
                    let vec0 = message;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let vec4 = fields;
                    let len4 = vec4.len();
                    let layout4 = _rt::alloc::Layout::from_size_align(
                        vec4.len() * (4 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                    let (result4, _cleanup4) = wit_bindgen::rt::Cleanup::new(layout4);
                    for (i, e) in vec4.into_iter().enumerate() {
                        let base = result4.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                        {
                            let super::super::super::prelude::trigger::types::NamedText {
                                name: name1,
                                text: text1,
                            } = e;
                            let vec2 = name1;
                            let ptr2 = vec2.as_ptr().cast::<u8>();
                            let len2 = vec2.len();
                            *base
                                .add(::core::mem::size_of::<*const u8>())
                                .cast::<usize>() = len2;
                            *base.add(0).cast::<*mut u8>() = ptr2.cast_mut();
                            let vec3 = text1;
                            let ptr3 = vec3.as_ptr().cast::<u8>();
                            let len3 = vec3.len();
                            *base
                                .add(3 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>() = len3;
                            *base
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>() = ptr3.cast_mut();
                        }
                    }
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/log@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "log"]
                        fn wit_import5(_: i32, _: *mut u8, _: usize, _: *mut u8, _: usize);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import5(
                        _: i32,
                        _: *mut u8,
                        _: usize,
                        _: *mut u8,
                        _: usize,
                    ) {
                        unreachable!()
                    }
                    wit_import5(level.clone() as i32, ptr0.cast_mut(), len0, result4, len4);
                }
            }
        }
        /// Passwords, tokens and keys that the operator gave this action under a name of their own choosing.
        ///
        /// Where a secret is kept is the operator's business: a file, a systemd credential, or a variable of the
        /// daemon's environment. It is read when the action is loaded, not at each call. Every revelation is
        /// noted in the daemon's log, by name.
        ///
        /// Do not write a secret into a log line, an outcome or a failure: those are kept. The host replaces a secret of 4 bytes or
        /// more by its name where it finds it there, but does not find it in another encoding.
        #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
        pub mod secrets {
            #[used]
            #[doc(hidden)]
            static __FORCE_SECTION_REF: fn() =
                super::super::super::__link_custom_section_describing_imports;
            use super::super::super::_rt;
            /// Why a secret was not told.
            #[derive(Clone, PartialEq)]
            pub enum SecretError {
                /// The operator has granted no secret of this name. The text lists the names that are granted.
                Denied(_rt::String),
                /// Any other reason; the text says which.
                Other(_rt::String),
            }
            impl ::core::fmt::Debug for SecretError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        SecretError::Denied(e) => {
                            f.debug_tuple("SecretError::Denied").field(e).finish()
                        }
                        SecretError::Other(e) => {
                            f.debug_tuple("SecretError::Other").field(e).finish()
                        }
                    }
                }
            }
            impl ::core::fmt::Display for SecretError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    write!(f, "{:?}", self)
                }
            }
            impl ::core::error::Error for SecretError {}
            #[allow(unused_unsafe, clippy::all)]
            /// The bytes of a secret, 1 to 65,536 of them, the same at every call of every job until the operator's configuration is
            /// loaded anew. One line break at the end of a file is not part of the secret. A name is 1 to 100 letters,
            /// digits, `-`, `_` and `.`; any other text is `denied`.
            #[allow(async_fn_in_trait)]
            pub fn reveal(name: &str) -> ::core::result::Result<_rt::Vec<u8>, SecretError> {
                unsafe {
                    #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                    #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>; 4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = name;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/secrets@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "reveal"]
                        fn wit_import2(_: *mut u8, _: usize, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import2(_: *mut u8, _: usize, _: *mut u8) {
                        unreachable!()
                    }
                    wit_import2(ptr0.cast_mut(), len0, ptr1);
                    let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                    let result15 = match l3 {
                        0 => {
                            let e = {
                                let l4 = *ptr1
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l5 = *ptr1
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len6 = l5;
                                <_ as From<_rt::Vec<_>>>::from(_rt::Vec::from_raw_parts(
                                    l4.cast(),
                                    len6,
                                    len6,
                                ))
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l7 = i32::from(
                                    *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                let v14 = match l7 {
                                    0 => {
                                        let e14 = {
                                            let l8 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l9 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len10 = l9;
                                            let bytes10 =
                                                _rt::Vec::from_raw_parts(l8.cast(), len10, len10);
                                            _rt::string_lift(bytes10)
                                        };
                                        SecretError::Denied(e14)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 1, "invalid enum discriminant");
                                        let e14 = {
                                            let l11 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l12 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len13 = l12;
                                            let bytes13 =
                                                _rt::Vec::from_raw_parts(l11.cast(), len13, len13);
                                            _rt::string_lift(bytes13)
                                        };
                                        SecretError::Other(e14)
                                    }
                                };
                                v14
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result15
                }
            }
        }
        /// Running programs: those, and only those, that the operator has named for this action.
        ///
        /// The operator writes the argument vector of a command and leaves gaps in it, each with a name and a
        /// type such as `ip` or `user`. An action chooses a command by its name and fills the gaps; it cannot add
        /// an argument, an option, a variable or a program, and no shell is involved. This is the only way from a
        /// component to a process.
        ///
        /// A text that fills a gap must be of the gap's type, and is passed on in one spelling: an address in its shortest, a
        /// host name in small letters.
        ///
        /// | type | texts |
        /// |---|---|
        /// | `ip` | an IPv4 or IPv6 address |
        /// | `cidr` | a range such as `192.0.2.0/24`; a single address is one |
        /// | `port` | 1 to 65535 |
        /// | `user` | at most 32 letters, digits, `_`, `.` and `-`, not beginning with `-`, not a number; a `$` may end it |
        /// | `host` | a host name (RFC 1123) or an address |
        /// | `integer` | 0 to 9223372036854775807, in decimal |
        /// | `enum [a, b]` | one of the words |
        /// | `regex 'x'` | what the whole of the expression matches |
        /// | `text` | any |
        ///
        /// Whatever its type, a text that begins an argument may not begin with `-` unless the operator allows it, must not hold a
        /// NUL, and may make the argument no longer than the operator allows (4,096 bytes unless they say otherwise).
        ///
        /// One job may run 64 commands, one after the other. A command that still runs when the job is stopped is killed.
        #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
        pub mod commands {
            #[used]
            #[doc(hidden)]
            static __FORCE_SECTION_REF: fn() =
                super::super::super::__link_custom_section_describing_imports;
            use super::super::super::_rt;
            pub type NamedText = super::super::super::prelude::trigger::types::NamedText;
            /// How a program ended.
            #[derive(Clone, Copy, PartialEq)]
            pub enum Ending {
                /// It ended by itself, with this exit status; 0 is success.
                Exited(u32),
                /// A signal ended it, of this number.
                Signalled(u32),
                /// It took longer than the operator allows, or than was left of the job's own time, and was stopped: asked to end
                /// by SIGTERM, and killed soon after. What it has done stays done.
                TimedOut,
            }
            impl ::core::fmt::Debug for Ending {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Ending::Exited(e) => f.debug_tuple("Ending::Exited").field(e).finish(),
                        Ending::Signalled(e) => {
                            f.debug_tuple("Ending::Signalled").field(e).finish()
                        }
                        Ending::TimedOut => f.debug_tuple("Ending::TimedOut").finish(),
                    }
                }
            }
            /// What is known of a program that was run.
            #[derive(Clone, PartialEq)]
            pub struct Completed {
                /// How it ended.
                pub ending: Ending,
                /// The end of what it wrote to standard output, as much as the operator's limit lets be kept (64 KiB unless they say
                /// otherwise). What is not UTF-8 is replaced by U+FFFD.
                pub stdout: _rt::String,
                /// The end of what it wrote to standard error, likewise.
                pub stderr: _rt::String,
                /// Wall-clock time it took, in milliseconds.
                pub took_ms: u64,
            }
            impl ::core::fmt::Debug for Completed {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Completed")
                        .field("ending", &self.ending)
                        .field("stdout", &self.stdout)
                        .field("stderr", &self.stderr)
                        .field("took-ms", &self.took_ms)
                        .finish()
                }
            }
            /// An argument that did not fit.
            #[derive(Clone, PartialEq)]
            pub struct BadArgument {
                /// The name of the gap.
                pub name: _rt::String,
                /// What is wrong with the text: what was expected, and what was found.
                pub message: _rt::String,
            }
            impl ::core::fmt::Debug for BadArgument {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("BadArgument")
                        .field("name", &self.name)
                        .field("message", &self.message)
                        .finish()
                }
            }
            /// Why a command was not run. Nothing has happened then.
            #[derive(Clone, PartialEq)]
            pub enum CommandError {
                /// The operator has granted no command of this name. The text lists the names that are granted.
                Denied(_rt::String),
                /// A gap was left open, filled twice, filled with a text that is not of its type, or there is none of
                /// this name.
                Invalid(BadArgument),
                /// The program could not be started, the job has run as many commands as it may, the mode is `observe`, a
                /// configuration is being checked, or any other reason; the text says which.
                Other(_rt::String),
            }
            impl ::core::fmt::Debug for CommandError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        CommandError::Denied(e) => {
                            f.debug_tuple("CommandError::Denied").field(e).finish()
                        }
                        CommandError::Invalid(e) => {
                            f.debug_tuple("CommandError::Invalid").field(e).finish()
                        }
                        CommandError::Other(e) => {
                            f.debug_tuple("CommandError::Other").field(e).finish()
                        }
                    }
                }
            }
            impl ::core::fmt::Display for CommandError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    write!(f, "{:?}", self)
                }
            }
            impl ::core::error::Error for CommandError {}
            /// What a command takes.
            #[derive(Clone, PartialEq)]
            pub struct Parameter {
                /// The name of the gap.
                pub name: _rt::String,
                /// Its type as the operator wrote it, for example `ip`.
                pub type_name: _rt::String,
                /// Whether the gap may be left open.
                pub optional: bool,
            }
            impl ::core::fmt::Debug for Parameter {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Parameter")
                        .field("name", &self.name)
                        .field("type-name", &self.type_name)
                        .field("optional", &self.optional)
                        .finish()
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// The gaps of a command, in order; an error when the operator has granted no such command. For `validate`,
            /// which may not run anything. Fails with `denied` only.
            #[allow(async_fn_in_trait)]
            pub fn describe(
                name: &str,
            ) -> ::core::result::Result<_rt::Vec<Parameter>, CommandError> {
                unsafe {
                    #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                    #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>; 6 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            6 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = name;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/commands@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "describe"]
                        fn wit_import2(_: *mut u8, _: usize, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import2(_: *mut u8, _: usize, _: *mut u8) {
                        unreachable!()
                    }
                    wit_import2(ptr0.cast_mut(), len0, ptr1);
                    let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                    let result28 = match l3 {
                        0 => {
                            let e = {
                                let l4 = *ptr1
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l5 = *ptr1
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base13 = l4;
                                let len13 = l5;
                                let mut result13 = _rt::Vec::with_capacity(len13);
                                for i in 0..len13 {
                                    let base =
                                        base13.add(i * (5 * ::core::mem::size_of::<*const u8>()));
                                    let e13 = {
                                        let l6 = *base.add(0).cast::<*mut u8>();
                                        let l7 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len8 = l7;
                                        let bytes8 =
                                            _rt::Vec::from_raw_parts(l6.cast(), len8, len8);
                                        let l9 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l10 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len11 = l10;
                                        let bytes11 =
                                            _rt::Vec::from_raw_parts(l9.cast(), len11, len11);
                                        let l12 = i32::from(
                                            *base
                                                .add(4 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        Parameter {
                                            name: _rt::string_lift(bytes8),
                                            type_name: _rt::string_lift(bytes11),
                                            optional: _rt::bool_lift(l12 as u8),
                                        }
                                    };
                                    result13.push(e13);
                                }
                                _rt::cabi_dealloc(
                                    base13,
                                    len13 * (5 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                                result13
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l14 = i32::from(
                                    *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                let v27 = match l14 {
                                    0 => {
                                        let e27 = {
                                            let l15 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l16 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len17 = l16;
                                            let bytes17 =
                                                _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                            _rt::string_lift(bytes17)
                                        };
                                        CommandError::Denied(e27)
                                    }
                                    1 => {
                                        let e27 = {
                                            let l18 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l19 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len20 = l19;
                                            let bytes20 =
                                                _rt::Vec::from_raw_parts(l18.cast(), len20, len20);
                                            let l21 = *ptr1
                                                .add(4 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l22 = *ptr1
                                                .add(5 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len23 = l22;
                                            let bytes23 =
                                                _rt::Vec::from_raw_parts(l21.cast(), len23, len23);
                                            BadArgument {
                                                name: _rt::string_lift(bytes20),
                                                message: _rt::string_lift(bytes23),
                                            }
                                        };
                                        CommandError::Invalid(e27)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 2, "invalid enum discriminant");
                                        let e27 = {
                                            let l24 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l25 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len26 = l25;
                                            let bytes26 =
                                                _rt::Vec::from_raw_parts(l24.cast(), len26, len26);
                                            _rt::string_lift(bytes26)
                                        };
                                        CommandError::Other(e27)
                                    }
                                };
                                v27
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result28
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Runs a command to its end, with nothing on its standard input, and in an environment of its own that tells the job.
            /// The order of the arguments does not matter. The time it takes counts as the job's wall-clock time, and not as
            /// its CPU time. An exit status other than 0 is no error here: what it means is known to whoever knows the program.
            ///
            /// May be called in mode `observe` too, where everything is checked, nothing is run, and it fails with `other`.
            #[allow(async_fn_in_trait)]
            pub fn run(
                name: &str,
                arguments: &[NamedText],
            ) -> ::core::result::Result<Completed, CommandError> {
                unsafe {
                    #[repr(align(8))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>;
                            24 + 4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            24 + 4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = name;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let vec4 = arguments;
                    let len4 = vec4.len();
                    let layout4 = _rt::alloc::Layout::from_size_align(
                        vec4.len() * (4 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                    let (result4, _cleanup4) = wit_bindgen::rt::Cleanup::new(layout4);
                    for (i, e) in vec4.into_iter().enumerate() {
                        let base = result4.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                        {
                            let super::super::super::prelude::trigger::types::NamedText {
                                name: name1,
                                text: text1,
                            } = e;
                            let vec2 = name1;
                            let ptr2 = vec2.as_ptr().cast::<u8>();
                            let len2 = vec2.len();
                            *base
                                .add(::core::mem::size_of::<*const u8>())
                                .cast::<usize>() = len2;
                            *base.add(0).cast::<*mut u8>() = ptr2.cast_mut();
                            let vec3 = text1;
                            let ptr3 = vec3.as_ptr().cast::<u8>();
                            let len3 = vec3.len();
                            *base
                                .add(3 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>() = len3;
                            *base
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>() = ptr3.cast_mut();
                        }
                    }
                    let ptr5 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/commands@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "run"]
                        fn wit_import6(_: *mut u8, _: usize, _: *mut u8, _: usize, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import6(
                        _: *mut u8,
                        _: usize,
                        _: *mut u8,
                        _: usize,
                        _: *mut u8,
                    ) {
                        unreachable!()
                    }
                    wit_import6(ptr0.cast_mut(), len0, result4, len4, ptr5);
                    let l7 = i32::from(*ptr5.add(0).cast::<u8>());
                    let result33 = match l7 {
                        0 => {
                            let e = {
                                let l8 = i32::from(*ptr5.add(8).cast::<u8>());
                                let v11 = match l8 {
                                    0 => {
                                        let e11 = {
                                            let l9 = *ptr5.add(12).cast::<i32>();
                                            l9 as u32
                                        };
                                        Ending::Exited(e11)
                                    }
                                    1 => {
                                        let e11 = {
                                            let l10 = *ptr5.add(12).cast::<i32>();
                                            l10 as u32
                                        };
                                        Ending::Signalled(e11)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 2, "invalid enum discriminant");
                                        Ending::TimedOut
                                    }
                                };
                                let l12 = *ptr5.add(16).cast::<*mut u8>();
                                let l13 = *ptr5
                                    .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len14 = l13;
                                let bytes14 = _rt::Vec::from_raw_parts(l12.cast(), len14, len14);
                                let l15 = *ptr5
                                    .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l16 = *ptr5
                                    .add(16 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len17 = l16;
                                let bytes17 = _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                let l18 = *ptr5
                                    .add(16 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i64>();
                                Completed {
                                    ending: v11,
                                    stdout: _rt::string_lift(bytes14),
                                    stderr: _rt::string_lift(bytes17),
                                    took_ms: l18 as u64,
                                }
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l19 = i32::from(*ptr5.add(8).cast::<u8>());
                                let v32 = match l19 {
                                    0 => {
                                        let e32 = {
                                            let l20 = *ptr5
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l21 = *ptr5
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len22 = l21;
                                            let bytes22 =
                                                _rt::Vec::from_raw_parts(l20.cast(), len22, len22);
                                            _rt::string_lift(bytes22)
                                        };
                                        CommandError::Denied(e32)
                                    }
                                    1 => {
                                        let e32 = {
                                            let l23 = *ptr5
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l24 = *ptr5
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len25 = l24;
                                            let bytes25 =
                                                _rt::Vec::from_raw_parts(l23.cast(), len25, len25);
                                            let l26 = *ptr5
                                                .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l27 = *ptr5
                                                .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len28 = l27;
                                            let bytes28 =
                                                _rt::Vec::from_raw_parts(l26.cast(), len28, len28);
                                            BadArgument {
                                                name: _rt::string_lift(bytes25),
                                                message: _rt::string_lift(bytes28),
                                            }
                                        };
                                        CommandError::Invalid(e32)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 2, "invalid enum discriminant");
                                        let e32 = {
                                            let l29 = *ptr5
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l30 = *ptr5
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len31 = l30;
                                            let bytes31 =
                                                _rt::Vec::from_raw_parts(l29.cast(), len31, len31);
                                            _rt::string_lift(bytes31)
                                        };
                                        CommandError::Other(e32)
                                    }
                                };
                                v32
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result33
                }
            }
        }
        /// A small store of an action's own, which outlives jobs, restarts and crashes.
        ///
        /// Each configured action has its own, by its name, even where two are made from the same component; one that is renamed begins
        /// with an empty one. What `set` and its siblings have returned from is on disk. A job that fails keeps what it has written; one
        /// that is tried again finds it, and so does the job that undoes it. Jobs of the same action may run at the same time: each call
        /// is done as a whole, and what must hold over several is for `compare-and-set`.
        ///
        /// In mode `observe` the store can be read, and calls that write fail with `other`. While a configuration is checked there is no
        /// store: every call fails with `other`, so that no configuration is right at one time and wrong at another.
        ///
        /// A key is 1 to 256 bytes of UTF-8, a value at most 64 KiB. An action may keep as many keys, and as many bytes of keys and values
        /// together, as the operator allows (1,000 and 1 MiB unless they say otherwise). One job may call the functions of this interface
        /// 10,000 times, and 1,000 times those that write.
        ///
        /// Times are wall-clock time, the host's. What has expired is as if it were not there, and counts for nothing.
        #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
        pub mod state {
            #[used]
            #[doc(hidden)]
            static __FORCE_SECTION_REF: fn() =
                super::super::super::__link_custom_section_describing_imports;
            use super::super::super::_rt;
            /// Why the store did not do as it was asked. Nothing has changed then.
            #[derive(Clone, PartialEq)]
            pub enum StateError {
                /// The key is empty or longer than 256 bytes, or the value is longer than 64 KiB. The text says which.
                TooLarge(_rt::String),
                /// The operator's limit for this action, of keys or of bytes, would be exceeded. The text says which.
                Quota(_rt::String),
                /// What is there is not a number, or the sum would not be one.
                NotANumber(_rt::String),
                /// Any other reason; the text says which. That the job has called too often, the mode `observe`, and a configuration that is
                /// being checked are some.
                Other(_rt::String),
            }
            impl ::core::fmt::Debug for StateError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        StateError::TooLarge(e) => {
                            f.debug_tuple("StateError::TooLarge").field(e).finish()
                        }
                        StateError::Quota(e) => {
                            f.debug_tuple("StateError::Quota").field(e).finish()
                        }
                        StateError::NotANumber(e) => {
                            f.debug_tuple("StateError::NotANumber").field(e).finish()
                        }
                        StateError::Other(e) => {
                            f.debug_tuple("StateError::Other").field(e).finish()
                        }
                    }
                }
            }
            impl ::core::fmt::Display for StateError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    write!(f, "{:?}", self)
                }
            }
            impl ::core::error::Error for StateError {}
            /// A value and its version.
            #[derive(Clone, PartialEq)]
            pub struct Versioned {
                /// The value, as it was written.
                pub value: _rt::Vec<u8>,
                /// Changes whenever the key is written; never 0, and never one that the key had before, even if it was deleted since.
                pub version: u64,
            }
            impl ::core::fmt::Debug for Versioned {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct("Versioned")
                        .field("value", &self.value)
                        .field("version", &self.version)
                        .finish()
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// The value of a key, or none when there is none or it has expired. Fails with `too-large` or `other`.
            #[allow(async_fn_in_trait)]
            pub fn get(
                key: &str,
            ) -> ::core::result::Result<::core::option::Option<Versioned>, StateError> {
                unsafe {
                    #[repr(align(8))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>;
                            24 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            24 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = key;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/state@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "get"]
                        fn wit_import2(_: *mut u8, _: usize, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import2(_: *mut u8, _: usize, _: *mut u8) {
                        unreachable!()
                    }
                    wit_import2(ptr0.cast_mut(), len0, ptr1);
                    let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                    let result23 = match l3 {
                        0 => {
                            let e = {
                                let l4 = i32::from(*ptr1.add(8).cast::<u8>());
                                match l4 {
                                    0 => None,
                                    1 => {
                                        let e = {
                                            let l5 = *ptr1.add(16).cast::<*mut u8>();
                                            let l6 = *ptr1
                                                .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len7 = l6;
                                            let l8 = *ptr1
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<i64>();
                                            Versioned {
                                                value: <_ as From<_rt::Vec<_>>>::from(
                                                    _rt::Vec::from_raw_parts(l5.cast(), len7, len7),
                                                ),
                                                version: l8 as u64,
                                            }
                                        };
                                        Some(e)
                                    }
                                    _ => _rt::invalid_enum_discriminant(),
                                }
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l9 = i32::from(*ptr1.add(8).cast::<u8>());
                                let v22 = match l9 {
                                    0 => {
                                        let e22 = {
                                            let l10 = *ptr1
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l11 = *ptr1
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len12 = l11;
                                            let bytes12 =
                                                _rt::Vec::from_raw_parts(l10.cast(), len12, len12);
                                            _rt::string_lift(bytes12)
                                        };
                                        StateError::TooLarge(e22)
                                    }
                                    1 => {
                                        let e22 = {
                                            let l13 = *ptr1
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l14 = *ptr1
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len15 = l14;
                                            let bytes15 =
                                                _rt::Vec::from_raw_parts(l13.cast(), len15, len15);
                                            _rt::string_lift(bytes15)
                                        };
                                        StateError::Quota(e22)
                                    }
                                    2 => {
                                        let e22 = {
                                            let l16 = *ptr1
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l17 = *ptr1
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len18 = l17;
                                            let bytes18 =
                                                _rt::Vec::from_raw_parts(l16.cast(), len18, len18);
                                            _rt::string_lift(bytes18)
                                        };
                                        StateError::NotANumber(e22)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 3, "invalid enum discriminant");
                                        let e22 = {
                                            let l19 = *ptr1
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l20 = *ptr1
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len21 = l20;
                                            let bytes21 =
                                                _rt::Vec::from_raw_parts(l19.cast(), len21, len21);
                                            _rt::string_lift(bytes21)
                                        };
                                        StateError::Other(e22)
                                    }
                                };
                                v22
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result23
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Writes a value, to be forgotten after so many milliseconds, or never; answers with its version. Fails with `too-large`,
            /// `quota` or `other`, and then the key is as it was.
            #[allow(async_fn_in_trait)]
            pub fn set(
                key: &str,
                value: &[u8],
                expires_after_ms: ::core::option::Option<u64>,
            ) -> ::core::result::Result<u64, StateError> {
                unsafe {
                    #[repr(align(8))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>;
                            16 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            16 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = key;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let vec1 = value;
                    let ptr1 = vec1.as_ptr().cast::<u8>();
                    let len1 = vec1.len();
                    let (result2_0, result2_1) = match expires_after_ms {
                        Some(e) => (1i32, _rt::as_i64(e)),
                        None => (0i32, 0i64),
                    };
                    let ptr3 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/state@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "set"]
                        fn wit_import4(
                            _: *mut u8,
                            _: usize,
                            _: *mut u8,
                            _: usize,
                            _: i32,
                            _: i64,
                            _: *mut u8,
                        );
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import4(
                        _: *mut u8,
                        _: usize,
                        _: *mut u8,
                        _: usize,
                        _: i32,
                        _: i64,
                        _: *mut u8,
                    ) {
                        unreachable!()
                    }
                    wit_import4(
                        ptr0.cast_mut(),
                        len0,
                        ptr1.cast_mut(),
                        len1,
                        result2_0,
                        result2_1,
                        ptr3,
                    );
                    let l5 = i32::from(*ptr3.add(0).cast::<u8>());
                    let result21 = match l5 {
                        0 => {
                            let e = {
                                let l6 = *ptr3.add(8).cast::<i64>();
                                l6 as u64
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l7 = i32::from(*ptr3.add(8).cast::<u8>());
                                let v20 = match l7 {
                                    0 => {
                                        let e20 = {
                                            let l8 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l9 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len10 = l9;
                                            let bytes10 =
                                                _rt::Vec::from_raw_parts(l8.cast(), len10, len10);
                                            _rt::string_lift(bytes10)
                                        };
                                        StateError::TooLarge(e20)
                                    }
                                    1 => {
                                        let e20 = {
                                            let l11 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l12 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len13 = l12;
                                            let bytes13 =
                                                _rt::Vec::from_raw_parts(l11.cast(), len13, len13);
                                            _rt::string_lift(bytes13)
                                        };
                                        StateError::Quota(e20)
                                    }
                                    2 => {
                                        let e20 = {
                                            let l14 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l15 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len16 = l15;
                                            let bytes16 =
                                                _rt::Vec::from_raw_parts(l14.cast(), len16, len16);
                                            _rt::string_lift(bytes16)
                                        };
                                        StateError::NotANumber(e20)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 3, "invalid enum discriminant");
                                        let e20 = {
                                            let l17 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l18 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len19 = l18;
                                            let bytes19 =
                                                _rt::Vec::from_raw_parts(l17.cast(), len19, len19);
                                            _rt::string_lift(bytes19)
                                        };
                                        StateError::Other(e20)
                                    }
                                };
                                v20
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result21
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Writes a value if the key still has this version; 0 stands for a key that is not there. Answers with the new version, or
            /// with none when the key has been written by someone else, and nothing was done. Fails as `set` does.
            #[allow(async_fn_in_trait)]
            pub fn compare_and_set(
                key: &str,
                expected: u64,
                value: &[u8],
                expires_after_ms: ::core::option::Option<u64>,
            ) -> ::core::result::Result<::core::option::Option<u64>, StateError> {
                unsafe {
                    #[repr(align(8))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>;
                            16 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            16 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = key;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let vec1 = value;
                    let ptr1 = vec1.as_ptr().cast::<u8>();
                    let len1 = vec1.len();
                    let (result2_0, result2_1) = match expires_after_ms {
                        Some(e) => (1i32, _rt::as_i64(e)),
                        None => (0i32, 0i64),
                    };
                    let ptr3 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/state@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "compare-and-set"]
                        fn wit_import4(
                            _: *mut u8,
                            _: usize,
                            _: i64,
                            _: *mut u8,
                            _: usize,
                            _: i32,
                            _: i64,
                            _: *mut u8,
                        );
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import4(
                        _: *mut u8,
                        _: usize,
                        _: i64,
                        _: *mut u8,
                        _: usize,
                        _: i32,
                        _: i64,
                        _: *mut u8,
                    ) {
                        unreachable!()
                    }
                    wit_import4(
                        ptr0.cast_mut(),
                        len0,
                        _rt::as_i64(&expected),
                        ptr1.cast_mut(),
                        len1,
                        result2_0,
                        result2_1,
                        ptr3,
                    );
                    let l5 = i32::from(*ptr3.add(0).cast::<u8>());
                    let result22 = match l5 {
                        0 => {
                            let e = {
                                let l6 = i32::from(*ptr3.add(8).cast::<u8>());
                                match l6 {
                                    0 => None,
                                    1 => {
                                        let e = {
                                            let l7 = *ptr3.add(16).cast::<i64>();
                                            l7 as u64
                                        };
                                        Some(e)
                                    }
                                    _ => _rt::invalid_enum_discriminant(),
                                }
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l8 = i32::from(*ptr3.add(8).cast::<u8>());
                                let v21 = match l8 {
                                    0 => {
                                        let e21 = {
                                            let l9 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l10 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len11 = l10;
                                            let bytes11 =
                                                _rt::Vec::from_raw_parts(l9.cast(), len11, len11);
                                            _rt::string_lift(bytes11)
                                        };
                                        StateError::TooLarge(e21)
                                    }
                                    1 => {
                                        let e21 = {
                                            let l12 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l13 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len14 = l13;
                                            let bytes14 =
                                                _rt::Vec::from_raw_parts(l12.cast(), len14, len14);
                                            _rt::string_lift(bytes14)
                                        };
                                        StateError::Quota(e21)
                                    }
                                    2 => {
                                        let e21 = {
                                            let l15 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l16 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len17 = l16;
                                            let bytes17 =
                                                _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                            _rt::string_lift(bytes17)
                                        };
                                        StateError::NotANumber(e21)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 3, "invalid enum discriminant");
                                        let e21 = {
                                            let l18 = *ptr3
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l19 = *ptr3
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len20 = l19;
                                            let bytes20 =
                                                _rt::Vec::from_raw_parts(l18.cast(), len20, len20);
                                            _rt::string_lift(bytes20)
                                        };
                                        StateError::Other(e21)
                                    }
                                };
                                v21
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result22
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Adds to a number, which begins as 0, and answers with the sum. Numbers are kept as decimal text, from -2^63 to 2^63-1. The
            /// time to live is set when the key is new, and is not changed later. Fails with `not-a-number`, also where the sum would not
            /// fit 64 bits, and as `set` does.
            #[allow(async_fn_in_trait)]
            pub fn increment(
                key: &str,
                by: i64,
                expires_after_ms: ::core::option::Option<u64>,
            ) -> ::core::result::Result<i64, StateError> {
                unsafe {
                    #[repr(align(8))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>;
                            16 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            16 + 2 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = key;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let (result1_0, result1_1) = match expires_after_ms {
                        Some(e) => (1i32, _rt::as_i64(e)),
                        None => (0i32, 0i64),
                    };
                    let ptr2 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/state@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "increment"]
                        fn wit_import3(_: *mut u8, _: usize, _: i64, _: i32, _: i64, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import3(
                        _: *mut u8,
                        _: usize,
                        _: i64,
                        _: i32,
                        _: i64,
                        _: *mut u8,
                    ) {
                        unreachable!()
                    }
                    wit_import3(
                        ptr0.cast_mut(),
                        len0,
                        _rt::as_i64(&by),
                        result1_0,
                        result1_1,
                        ptr2,
                    );
                    let l4 = i32::from(*ptr2.add(0).cast::<u8>());
                    let result20 = match l4 {
                        0 => {
                            let e = {
                                let l5 = *ptr2.add(8).cast::<i64>();
                                l5
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l6 = i32::from(*ptr2.add(8).cast::<u8>());
                                let v19 = match l6 {
                                    0 => {
                                        let e19 = {
                                            let l7 = *ptr2
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l8 = *ptr2
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len9 = l8;
                                            let bytes9 =
                                                _rt::Vec::from_raw_parts(l7.cast(), len9, len9);
                                            _rt::string_lift(bytes9)
                                        };
                                        StateError::TooLarge(e19)
                                    }
                                    1 => {
                                        let e19 = {
                                            let l10 = *ptr2
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l11 = *ptr2
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len12 = l11;
                                            let bytes12 =
                                                _rt::Vec::from_raw_parts(l10.cast(), len12, len12);
                                            _rt::string_lift(bytes12)
                                        };
                                        StateError::Quota(e19)
                                    }
                                    2 => {
                                        let e19 = {
                                            let l13 = *ptr2
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l14 = *ptr2
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len15 = l14;
                                            let bytes15 =
                                                _rt::Vec::from_raw_parts(l13.cast(), len15, len15);
                                            _rt::string_lift(bytes15)
                                        };
                                        StateError::NotANumber(e19)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 3, "invalid enum discriminant");
                                        let e19 = {
                                            let l16 = *ptr2
                                                .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l17 = *ptr2
                                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len18 = l17;
                                            let bytes18 =
                                                _rt::Vec::from_raw_parts(l16.cast(), len18, len18);
                                            _rt::string_lift(bytes18)
                                        };
                                        StateError::Other(e19)
                                    }
                                };
                                v19
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result20
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// Forgets a key; answers whether there was one. Fails with `too-large` or `other`.
            #[allow(async_fn_in_trait)]
            pub fn delete(key: &str) -> ::core::result::Result<bool, StateError> {
                unsafe {
                    #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                    #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>; 4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = key;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let ptr1 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/state@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "delete"]
                        fn wit_import2(_: *mut u8, _: usize, _: *mut u8);
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import2(_: *mut u8, _: usize, _: *mut u8) {
                        unreachable!()
                    }
                    wit_import2(ptr0.cast_mut(), len0, ptr1);
                    let l3 = i32::from(*ptr1.add(0).cast::<u8>());
                    let result19 = match l3 {
                        0 => {
                            let e = {
                                let l4 = i32::from(
                                    *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                _rt::bool_lift(l4 as u8)
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l5 = i32::from(
                                    *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                let v18 = match l5 {
                                    0 => {
                                        let e18 = {
                                            let l6 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l7 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len8 = l7;
                                            let bytes8 =
                                                _rt::Vec::from_raw_parts(l6.cast(), len8, len8);
                                            _rt::string_lift(bytes8)
                                        };
                                        StateError::TooLarge(e18)
                                    }
                                    1 => {
                                        let e18 = {
                                            let l9 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l10 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len11 = l10;
                                            let bytes11 =
                                                _rt::Vec::from_raw_parts(l9.cast(), len11, len11);
                                            _rt::string_lift(bytes11)
                                        };
                                        StateError::Quota(e18)
                                    }
                                    2 => {
                                        let e18 = {
                                            let l12 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l13 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len14 = l13;
                                            let bytes14 =
                                                _rt::Vec::from_raw_parts(l12.cast(), len14, len14);
                                            _rt::string_lift(bytes14)
                                        };
                                        StateError::NotANumber(e18)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 3, "invalid enum discriminant");
                                        let e18 = {
                                            let l15 = *ptr1
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l16 = *ptr1
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len17 = l16;
                                            let bytes17 =
                                                _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                            _rt::string_lift(bytes17)
                                        };
                                        StateError::Other(e18)
                                    }
                                };
                                v18
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result19
                }
            }
            #[allow(unused_unsafe, clippy::all)]
            /// The keys that begin with a text, in the order of their bytes, after `after` if given; at most 1,000 at once, so that
            /// fewer than 1,000 are the last. Fails with `too-large`, where a text is longer than a key can be, or `other`.
            #[allow(async_fn_in_trait)]
            pub fn keys(
                prefix: &str,
                after: ::core::option::Option<&str>,
            ) -> ::core::result::Result<_rt::Vec<_rt::String>, StateError> {
                unsafe {
                    #[cfg_attr(target_pointer_width = "64", repr(align(8)))]
                    #[cfg_attr(target_pointer_width = "32", repr(align(4)))]
                    struct RetArea(
                        [::core::mem::MaybeUninit<u8>; 4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let mut ret_area = RetArea(
                        [::core::mem::MaybeUninit::uninit();
                            4 * ::core::mem::size_of::<*const u8>()],
                    );
                    let vec0 = prefix;
                    let ptr0 = vec0.as_ptr().cast::<u8>();
                    let len0 = vec0.len();
                    let (result2_0, result2_1, result2_2) = match after {
                        Some(e) => {
                            let vec1 = e;
                            let ptr1 = vec1.as_ptr().cast::<u8>();
                            let len1 = vec1.len();
                            (1i32, ptr1.cast_mut(), len1)
                        }
                        None => (0i32, ::core::ptr::null_mut(), 0usize),
                    };
                    let ptr3 = ret_area.0.as_mut_ptr().cast::<u8>();
                    #[cfg(target_arch = "wasm32")]
                    #[link(wasm_import_module = "prelude:trigger/state@0.1.1")]
                    unsafe extern "C" {
                        #[link_name = "keys"]
                        fn wit_import4(
                            _: *mut u8,
                            _: usize,
                            _: i32,
                            _: *mut u8,
                            _: usize,
                            _: *mut u8,
                        );
                    }
                    #[cfg(not(target_arch = "wasm32"))]
                    unsafe extern "C" fn wit_import4(
                        _: *mut u8,
                        _: usize,
                        _: i32,
                        _: *mut u8,
                        _: usize,
                        _: *mut u8,
                    ) {
                        unreachable!()
                    }
                    wit_import4(ptr0.cast_mut(), len0, result2_0, result2_1, result2_2, ptr3);
                    let l5 = i32::from(*ptr3.add(0).cast::<u8>());
                    let result26 = match l5 {
                        0 => {
                            let e = {
                                let l6 = *ptr3
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l7 = *ptr3
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base11 = l6;
                                let len11 = l7;
                                let mut result11 = _rt::Vec::with_capacity(len11);
                                for i in 0..len11 {
                                    let base =
                                        base11.add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    let e11 = {
                                        let l8 = *base.add(0).cast::<*mut u8>();
                                        let l9 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len10 = l9;
                                        let bytes10 =
                                            _rt::Vec::from_raw_parts(l8.cast(), len10, len10);
                                        _rt::string_lift(bytes10)
                                    };
                                    result11.push(e11);
                                }
                                _rt::cabi_dealloc(
                                    base11,
                                    len11 * (2 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                                result11
                            };
                            Ok(e)
                        }
                        1 => {
                            let e = {
                                let l12 = i32::from(
                                    *ptr3.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                                );
                                let v25 = match l12 {
                                    0 => {
                                        let e25 = {
                                            let l13 = *ptr3
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l14 = *ptr3
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len15 = l14;
                                            let bytes15 =
                                                _rt::Vec::from_raw_parts(l13.cast(), len15, len15);
                                            _rt::string_lift(bytes15)
                                        };
                                        StateError::TooLarge(e25)
                                    }
                                    1 => {
                                        let e25 = {
                                            let l16 = *ptr3
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l17 = *ptr3
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len18 = l17;
                                            let bytes18 =
                                                _rt::Vec::from_raw_parts(l16.cast(), len18, len18);
                                            _rt::string_lift(bytes18)
                                        };
                                        StateError::Quota(e25)
                                    }
                                    2 => {
                                        let e25 = {
                                            let l19 = *ptr3
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l20 = *ptr3
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len21 = l20;
                                            let bytes21 =
                                                _rt::Vec::from_raw_parts(l19.cast(), len21, len21);
                                            _rt::string_lift(bytes21)
                                        };
                                        StateError::NotANumber(e25)
                                    }
                                    n => {
                                        debug_assert_eq!(n, 3, "invalid enum discriminant");
                                        let e25 = {
                                            let l22 = *ptr3
                                                .add(2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l23 = *ptr3
                                                .add(3 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len24 = l23;
                                            let bytes24 =
                                                _rt::Vec::from_raw_parts(l22.cast(), len24, len24);
                                            _rt::string_lift(bytes24)
                                        };
                                        StateError::Other(e25)
                                    }
                                };
                                v25
                            };
                            Err(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    };
                    result26
                }
            }
        }
    }
}
#[allow(dead_code, clippy::all)]
pub mod exports {
    pub mod prelude {
        pub mod trigger {
            /// What an action does.
            #[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
            pub mod handler {
                #[used]
                #[doc(hidden)]
                static __FORCE_SECTION_REF: fn() =
                    super::super::super::super::__link_custom_section_describing_imports;
                use super::super::super::super::_rt;
                pub type Context = super::super::super::super::prelude::trigger::types::Context;
                pub type Outcome = super::super::super::super::prelude::trigger::types::Outcome;
                pub type ActionError =
                    super::super::super::super::prelude::trigger::types::ActionError;
                pub type ConfigIssue =
                    super::super::super::super::prelude::trigger::types::ConfigIssue;
                pub type Message = super::super::super::super::prelude::trigger::idmef::Message;
                #[doc(hidden)]
                #[allow(non_snake_case, unused_unsafe)]
                pub unsafe fn _export_validate_cabi<T_: Guest>(
                    arg0: *mut u8,
                    arg1: usize,
                ) -> *mut u8 {
                    unsafe {
                        #[cfg(target_arch = "wasm32")]
                        _rt::run_ctors_once();
                        let result1 = {
                            let len0 = arg1;
                            let bytes0 = _rt::Vec::from_raw_parts(arg0.cast(), len0, len0);
                            T_::validate(_rt::string_lift(bytes0))
                        };
                        let ptr2 = (&raw mut _RET_AREA.0).cast::<u8>();
                        match result1 {
                            Ok(_) => {
                                *ptr2.add(0).cast::<u8>() = (0i32) as u8;
                            }
                            Err(e) => {
                                *ptr2.add(0).cast::<u8>() = (1i32) as u8;
                                let vec6 = e;
                                let len6 = vec6.len();
                                let layout6 = _rt::alloc::Layout::from_size_align(
                                    vec6.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                )
                                .unwrap();
                                let (result6, _cleanup6) = wit_bindgen::rt::Cleanup::new(layout6);
                                if let Some(cleanup) = _cleanup6 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec6.into_iter().enumerate() {
                                    let base =
                                        result6.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::prelude::trigger::types::ConfigIssue {
                                            pointer: pointer3,
                                            message: message3,
                                        } = e;
                                        let vec4 = (pointer3.into_bytes()).into_boxed_slice();
                                        let ptr4 = vec4.as_ptr().cast::<u8>();
                                        let len4 = vec4.len();
                                        ::core::mem::forget(vec4);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len4;
                                        *base.add(0).cast::<*mut u8>() = ptr4.cast_mut();
                                        let vec5 = (message3.into_bytes()).into_boxed_slice();
                                        let ptr5 = vec5.as_ptr().cast::<u8>();
                                        let len5 = vec5.len();
                                        ::core::mem::forget(vec5);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len5;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr5.cast_mut();
                                    }
                                }
                                *ptr2
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len6;
                                *ptr2
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result6;
                            }
                        };
                        ptr2
                    }
                }
                #[doc(hidden)]
                #[allow(non_snake_case)]
                pub unsafe fn __post_return_validate<T_: Guest>(arg0: *mut u8) {
                    unsafe {
                        let l0 = i32::from(*arg0.add(0).cast::<u8>());
                        match l0 {
                            0 => {}
                            _ => {
                                let l1 = *arg0
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l2 = *arg0
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base7 = l1;
                                let len7 = l2;
                                for i in 0..len7 {
                                    let base =
                                        base7.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l3 = *base.add(0).cast::<*mut u8>();
                                        let l4 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l3, l4, 1);
                                        let l5 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l6 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l5, l6, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base7,
                                    len7 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                        }
                    }
                }
                #[doc(hidden)]
                #[allow(non_snake_case, unused_unsafe)]
                pub unsafe fn _export_run_cabi<T_: Guest>(arg0: *mut u8) -> *mut u8 {
                    unsafe {
                        #[cfg(target_arch = "wasm32")]
                        _rt::run_ctors_once();
                        let result37 = {
                            let l0 = *arg0.add(0).cast::<*mut u8>();
                            let l1 = *arg0
                                .add(::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len2 = l1;
                            let bytes2 = _rt::Vec::from_raw_parts(l0.cast(), len2, len2);
                            let l3 = *arg0
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l4 = *arg0
                                .add(3 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len5 = l4;
                            let bytes5 = _rt::Vec::from_raw_parts(l3.cast(), len5, len5);
                            let l6 = *arg0
                                .add(4 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l7 = *arg0
                                .add(5 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len8 = l7;
                            let bytes8 = _rt::Vec::from_raw_parts(l6.cast(), len8, len8);
                            let l9 = *arg0
                                .add(6 * ::core::mem::size_of::<*const u8>())
                                .cast::<i32>();
                            let l10 = *arg0
                                .add(4 + 6 * ::core::mem::size_of::<*const u8>())
                                .cast::<i32>();
                            let l11 = *arg0
                                .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                .cast::<i64>();
                            let l12 = i32::from(
                                *arg0
                                    .add(16 + 6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            let l13 = *arg0
                                .add(16 + 7 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l14 = *arg0
                                .add(16 + 8 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let base21 = l13;
                            let len21 = l14;
                            let mut result21 = _rt::Vec::with_capacity(len21);
                            for i in 0..len21 {
                                let base =
                                    base21.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                let e21 = {
                                    let l15 = *base.add(0).cast::<*mut u8>();
                                    let l16 = *base
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len17 = l16;
                                    let bytes17 =
                                        _rt::Vec::from_raw_parts(l15.cast(), len17, len17);
                                    let l18 = *base
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l19 = *base
                                        .add(3 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len20 = l19;
                                    let bytes20 =
                                        _rt::Vec::from_raw_parts(l18.cast(), len20, len20);
                                    super::super::super::super::prelude::trigger::types::NamedText {
                                        name: _rt::string_lift(bytes17),
                                        text: _rt::string_lift(bytes20),
                                    }
                                };
                                result21.push(e21);
                            }
                            _rt::cabi_dealloc(
                                base21,
                                len21 * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            );
                            let l22 = *arg0
                                .add(16 + 9 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l23 = *arg0
                                .add(16 + 10 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let base30 = l22;
                            let len30 = l23;
                            let mut result30 = _rt::Vec::with_capacity(len30);
                            for i in 0..len30 {
                                let base =
                                    base30.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                let e30 = {
                                    let l24 = *base.add(0).cast::<*mut u8>();
                                    let l25 = *base
                                        .add(::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len26 = l25;
                                    let bytes26 =
                                        _rt::Vec::from_raw_parts(l24.cast(), len26, len26);
                                    let l27 = *base
                                        .add(2 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l28 = *base
                                        .add(3 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len29 = l28;
                                    let bytes29 =
                                        _rt::Vec::from_raw_parts(l27.cast(), len29, len29);
                                    super::super::super::super::prelude::trigger::types::NamedText {
                                        name: _rt::string_lift(bytes26),
                                        text: _rt::string_lift(bytes29),
                                    }
                                };
                                result30.push(e30);
                            }
                            _rt::cabi_dealloc(
                                base30,
                                len30 * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            );
                            let l31 = i32::from(
                                *arg0
                                    .add(24 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            let l33 = *arg0
                                .add(40 + 10 * ::core::mem::size_of::<*const u8>())
                                .cast::<*mut u8>();
                            let l34 = *arg0
                                .add(40 + 11 * ::core::mem::size_of::<*const u8>())
                                .cast::<usize>();
                            let len35 = l34;
                            let bytes35 = _rt::Vec::from_raw_parts(l33.cast(), len35, len35);
                            let l36 = *arg0
                                .add(40 + 12 * ::core::mem::size_of::<*const u8>())
                                .cast::<i32>();
                            T_::run(
                                super::super::super::super::prelude::trigger::types::Context {
                                    job_id: _rt::string_lift(bytes2),
                                    trigger: _rt::string_lift(bytes5),
                                    action: _rt::string_lift(bytes8),
                                    attempt: l9 as u32,
                                    max_attempts: l10 as u32,
                                    deadline_ms: l11 as u64,
                                    mode: super::super::super::super::prelude::trigger::types::Mode::_lift(
                                        l12 as u8,
                                    ),
                                    captures: result21,
                                    parameters: result30,
                                    lease_ms: match l31 {
                                        0 => None,
                                        1 => {
                                            let e = {
                                                let l32 = *arg0
                                                    .add(32 + 10 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<i64>();
                                                l32 as u64
                                            };
                                            Some(e)
                                        }
                                        _ => _rt::invalid_enum_discriminant(),
                                    },
                                },
                                _rt::string_lift(bytes35),
                                super::super::super::super::prelude::trigger::idmef::Message::from_handle(
                                    l36 as u32,
                                ),
                            )
                        };
                        _rt::cabi_dealloc(arg0, 48 + 12 * ::core::mem::size_of::<*const u8>(), 8);
                        let ptr38 = (&raw mut _RET_AREA.0).cast::<u8>();
                        match result37 {
                            Ok(e) => {
                                *ptr38.add(0).cast::<u8>() = (0i32) as u8;
                                let super::super::super::super::prelude::trigger::types::Outcome {
                                    status: status39,
                                    summary: summary39,
                                    outputs: outputs39,
                                    undo_token: undo_token39,
                                } = e;
                                *ptr38.add(8).cast::<u8>() = (status39.clone() as i32) as u8;
                                match summary39 {
                                    Some(e) => {
                                        *ptr38
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                        let vec40 = (e.into_bytes()).into_boxed_slice();
                                        let ptr40 = vec40.as_ptr().cast::<u8>();
                                        let len40 = vec40.len();
                                        ::core::mem::forget(vec40);
                                        *ptr38
                                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len40;
                                        *ptr38
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr40.cast_mut();
                                    }
                                    None => {
                                        *ptr38
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                };
                                let vec44 = outputs39;
                                let len44 = vec44.len();
                                let layout44 = _rt::alloc::Layout::from_size_align(
                                    vec44.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                )
                                .unwrap();
                                let (result44, _cleanup44) =
                                    wit_bindgen::rt::Cleanup::new(layout44);
                                if let Some(cleanup) = _cleanup44 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec44.into_iter().enumerate() {
                                    let base =
                                        result44.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::prelude::trigger::types::NamedText {
                                            name: name41,
                                            text: text41,
                                        } = e;
                                        let vec42 = (name41.into_bytes()).into_boxed_slice();
                                        let ptr42 = vec42.as_ptr().cast::<u8>();
                                        let len42 = vec42.len();
                                        ::core::mem::forget(vec42);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len42;
                                        *base.add(0).cast::<*mut u8>() = ptr42.cast_mut();
                                        let vec43 = (text41.into_bytes()).into_boxed_slice();
                                        let ptr43 = vec43.as_ptr().cast::<u8>();
                                        let len43 = vec43.len();
                                        ::core::mem::forget(vec43);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len43;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr43.cast_mut();
                                    }
                                }
                                *ptr38
                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len44;
                                *ptr38
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result44;
                                match undo_token39 {
                                    Some(e) => {
                                        *ptr38
                                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                        let vec45 =
                                            <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                                        let ptr45 = vec45.as_ptr().cast::<u8>();
                                        let len45 = vec45.len();
                                        ::core::mem::forget(vec45);
                                        *ptr38
                                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len45;
                                        *ptr38
                                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr45.cast_mut();
                                    }
                                    None => {
                                        *ptr38
                                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                };
                            }
                            Err(e) => {
                                *ptr38.add(0).cast::<u8>() = (1i32) as u8;
                                use super::super::super::super::prelude::trigger::types::ActionError as V55;
                                match e {
                                    V55::Transient(e) => {
                                        *ptr38.add(8).cast::<u8>() = (0i32) as u8;
                                        let super::super::super::super::prelude::trigger::types::Failure {
                                            message: message46,
                                            code: code46,
                                            retry_after_ms: retry_after_ms46,
                                        } = e;
                                        let vec47 = (message46.into_bytes()).into_boxed_slice();
                                        let ptr47 = vec47.as_ptr().cast::<u8>();
                                        let len47 = vec47.len();
                                        ::core::mem::forget(vec47);
                                        *ptr38
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len47;
                                        *ptr38.add(16).cast::<*mut u8>() = ptr47.cast_mut();
                                        match code46 {
                                            Some(e) => {
                                                *ptr38
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec48 = (e.into_bytes()).into_boxed_slice();
                                                let ptr48 = vec48.as_ptr().cast::<u8>();
                                                let len48 = vec48.len();
                                                ::core::mem::forget(vec48);
                                                *ptr38
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>() = len48;
                                                *ptr38
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>() = ptr48.cast_mut();
                                            }
                                            None => {
                                                *ptr38
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                        match retry_after_ms46 {
                                            Some(e) => {
                                                *ptr38
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                *ptr38
                                                    .add(
                                                        32 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<i64>() = _rt::as_i64(e);
                                            }
                                            None => {
                                                *ptr38
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                    V55::Permanent(e) => {
                                        *ptr38.add(8).cast::<u8>() = (1i32) as u8;
                                        let super::super::super::super::prelude::trigger::types::Failure {
                                            message: message49,
                                            code: code49,
                                            retry_after_ms: retry_after_ms49,
                                        } = e;
                                        let vec50 = (message49.into_bytes()).into_boxed_slice();
                                        let ptr50 = vec50.as_ptr().cast::<u8>();
                                        let len50 = vec50.len();
                                        ::core::mem::forget(vec50);
                                        *ptr38
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len50;
                                        *ptr38.add(16).cast::<*mut u8>() = ptr50.cast_mut();
                                        match code49 {
                                            Some(e) => {
                                                *ptr38
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec51 = (e.into_bytes()).into_boxed_slice();
                                                let ptr51 = vec51.as_ptr().cast::<u8>();
                                                let len51 = vec51.len();
                                                ::core::mem::forget(vec51);
                                                *ptr38
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>() = len51;
                                                *ptr38
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>() = ptr51.cast_mut();
                                            }
                                            None => {
                                                *ptr38
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                        match retry_after_ms49 {
                                            Some(e) => {
                                                *ptr38
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                *ptr38
                                                    .add(
                                                        32 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<i64>() = _rt::as_i64(e);
                                            }
                                            None => {
                                                *ptr38
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                    V55::Misconfigured(e) => {
                                        *ptr38.add(8).cast::<u8>() = (2i32) as u8;
                                        let super::super::super::super::prelude::trigger::types::Failure {
                                            message: message52,
                                            code: code52,
                                            retry_after_ms: retry_after_ms52,
                                        } = e;
                                        let vec53 = (message52.into_bytes()).into_boxed_slice();
                                        let ptr53 = vec53.as_ptr().cast::<u8>();
                                        let len53 = vec53.len();
                                        ::core::mem::forget(vec53);
                                        *ptr38
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len53;
                                        *ptr38.add(16).cast::<*mut u8>() = ptr53.cast_mut();
                                        match code52 {
                                            Some(e) => {
                                                *ptr38
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec54 = (e.into_bytes()).into_boxed_slice();
                                                let ptr54 = vec54.as_ptr().cast::<u8>();
                                                let len54 = vec54.len();
                                                ::core::mem::forget(vec54);
                                                *ptr38
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>() = len54;
                                                *ptr38
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>() = ptr54.cast_mut();
                                            }
                                            None => {
                                                *ptr38
                                                    .add(
                                                        16 + 2 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                        match retry_after_ms52 {
                                            Some(e) => {
                                                *ptr38
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (1i32) as u8;
                                                *ptr38
                                                    .add(
                                                        32 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<i64>() = _rt::as_i64(e);
                                            }
                                            None => {
                                                *ptr38
                                                    .add(
                                                        24 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                }
                            }
                        };
                        ptr38
                    }
                }
                #[doc(hidden)]
                #[allow(non_snake_case)]
                pub unsafe fn __post_return_run<T_: Guest>(arg0: *mut u8) {
                    unsafe {
                        let l0 = i32::from(*arg0.add(0).cast::<u8>());
                        match l0 {
                            0 => {
                                let l1 = i32::from(
                                    *arg0
                                        .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                        .cast::<u8>(),
                                );
                                match l1 {
                                    0 => {}
                                    _ => {
                                        let l2 = *arg0
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l3 = *arg0
                                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l2, l3, 1);
                                    }
                                }
                                let l4 = *arg0
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l5 = *arg0
                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base10 = l4;
                                let len10 = l5;
                                for i in 0..len10 {
                                    let base =
                                        base10.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l6 = *base.add(0).cast::<*mut u8>();
                                        let l7 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l6, l7, 1);
                                        let l8 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l9 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l8, l9, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base10,
                                    len10 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                                let l11 = i32::from(
                                    *arg0
                                        .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<u8>(),
                                );
                                match l11 {
                                    0 => {}
                                    _ => {
                                        let l12 = *arg0
                                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l13 = *arg0
                                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base14 = l12;
                                        let len14 = l13;
                                        _rt::cabi_dealloc(base14, len14 * 1, 1);
                                    }
                                }
                            }
                            _ => {
                                let l15 = i32::from(*arg0.add(8).cast::<u8>());
                                match l15 {
                                    0 => {
                                        let l16 = *arg0.add(16).cast::<*mut u8>();
                                        let l17 = *arg0
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l16, l17, 1);
                                        let l18 = i32::from(
                                            *arg0
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l18 {
                                            0 => {}
                                            _ => {
                                                let l19 = *arg0
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l20 = *arg0
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l19, l20, 1);
                                            }
                                        }
                                    }
                                    1 => {
                                        let l21 = *arg0.add(16).cast::<*mut u8>();
                                        let l22 = *arg0
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l21, l22, 1);
                                        let l23 = i32::from(
                                            *arg0
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l23 {
                                            0 => {}
                                            _ => {
                                                let l24 = *arg0
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l25 = *arg0
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l24, l25, 1);
                                            }
                                        }
                                    }
                                    _ => {
                                        let l26 = *arg0.add(16).cast::<*mut u8>();
                                        let l27 = *arg0
                                            .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l26, l27, 1);
                                        let l28 = i32::from(
                                            *arg0
                                                .add(16 + 2 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l28 {
                                            0 => {}
                                            _ => {
                                                let l29 = *arg0
                                                    .add(
                                                        16 + 3 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<*mut u8>();
                                                let l30 = *arg0
                                                    .add(
                                                        16 + 4 * ::core::mem::size_of::<*const u8>(
                                                        ),
                                                    )
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l29, l30, 1);
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                pub trait Guest {
                    /// Checks a configuration: JSON text, made from what the operator wrote under `config:`; `{}` when
                    /// nothing was written.
                    ///
                    /// Called when the action is loaded, before any alert. A configuration with issues, or a call that
                    /// traps or exceeds a limit, keeps the action from being loaded. It must not have effects, and cannot; secrets and
                    /// files can be read, paths and commands described. At most 100 issues are shown.
                    #[allow(async_fn_in_trait)]
                    fn validate(
                        config: _rt::String,
                    ) -> ::core::result::Result<(), _rt::Vec<ConfigIssue>>;
                    /// Does it, for one alert.
                    ///
                    /// `config` is a text that `validate` has accepted. The message is the action's own: it may be
                    /// dropped or kept until the call returns.
                    ///
                    /// Called again for the same job only after it ended with `transient`, or by the host's own decision after a
                    /// trap or a timeout; then what it did before may have been done already. In mode `observe` it must not have
                    /// effects.
                    #[allow(async_fn_in_trait)]
                    fn run(
                        ctx: Context,
                        config: _rt::String,
                        alert: Message,
                    ) -> ::core::result::Result<Outcome, ActionError>;
                }
                #[doc(hidden)]
                #[macro_export]
                macro_rules! __export_prelude_trigger_handler_0_1_1_cabi {
                    ($ty:ident with_types_in $($path_to_types:tt)*) => {
                        const _ : () = { #[unsafe (export_name =
                        "prelude:trigger/handler@0.1.1#validate")] unsafe extern "C" fn
                        export_validate(arg0 : * mut u8, arg1 : usize,) -> * mut u8 {
                        unsafe { $($path_to_types)*:: _export_validate_cabi::<$ty >
                        (arg0, arg1) } } #[unsafe (export_name =
                        "cabi_post_prelude:trigger/handler@0.1.1#validate")] unsafe
                        extern "C" fn _post_return_validate(arg0 : * mut u8,) { unsafe {
                        $($path_to_types)*:: __post_return_validate::<$ty > (arg0) } }
                        #[unsafe (export_name = "prelude:trigger/handler@0.1.1#run")]
                        unsafe extern "C" fn export_run(arg0 : * mut u8,) -> * mut u8 {
                        unsafe { $($path_to_types)*:: _export_run_cabi::<$ty > (arg0) } }
                        #[unsafe (export_name =
                        "cabi_post_prelude:trigger/handler@0.1.1#run")] unsafe extern "C"
                        fn _post_return_run(arg0 : * mut u8,) { unsafe {
                        $($path_to_types)*:: __post_return_run::<$ty > (arg0) } } };
                    };
                }
                #[doc(hidden)]
                pub use __export_prelude_trigger_handler_0_1_1_cabi;
                #[repr(align(8))]
                struct _RetArea(
                    [::core::mem::MaybeUninit<u8>; 32 + 6 * ::core::mem::size_of::<*const u8>()],
                );
                static mut _RET_AREA: _RetArea = _RetArea(
                    [::core::mem::MaybeUninit::uninit();
                        32 + 6 * ::core::mem::size_of::<*const u8>()],
                );
            }
        }
    }
}
mod _rt {
    #![allow(dead_code, unused_imports, clippy::all)]
    pub use alloc_crate::string::String;
    pub use alloc_crate::vec::Vec;
    use core::fmt;
    use core::marker;
    use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
    /// A type which represents a component model resource, either imported or
    /// exported into this component.
    ///
    /// This is a low-level wrapper which handles the lifetime of the resource
    /// (namely this has a destructor). The `T` provided defines the component model
    /// intrinsics that this wrapper uses.
    ///
    /// One of the chief purposes of this type is to provide `Deref` implementations
    /// to access the underlying data when it is owned.
    ///
    /// This type is primarily used in generated code for exported and imported
    /// resources.
    #[repr(transparent)]
    pub struct Resource<T: WasmResource> {
        handle: AtomicU32,
        _marker: marker::PhantomData<T>,
    }
    /// A trait which all wasm resources implement, namely providing the ability to
    /// drop a resource.
    ///
    /// This generally is implemented by generated code, not user-facing code.
    #[allow(clippy::missing_safety_doc)]
    pub unsafe trait WasmResource {
        /// Invokes the `[resource-drop]...` intrinsic.
        unsafe fn drop(handle: u32);
    }
    impl<T: WasmResource> Resource<T> {
        #[doc(hidden)]
        pub unsafe fn from_handle(handle: u32) -> Self {
            debug_assert!(handle != 0 && handle != u32::MAX);
            Self {
                handle: AtomicU32::new(handle),
                _marker: marker::PhantomData,
            }
        }
        /// Takes ownership of the handle owned by `resource`.
        ///
        /// Note that this ideally would be `into_handle` taking `Resource<T>` by
        /// ownership. The code generator does not enable that in all situations,
        /// unfortunately, so this is provided instead.
        ///
        /// Also note that `take_handle` is in theory only ever called on values
        /// owned by a generated function. For example a generated function might
        /// take `Resource<T>` as an argument but then call `take_handle` on a
        /// reference to that argument. In that sense the dynamic nature of
        /// `take_handle` should only be exposed internally to generated code, not
        /// to user code.
        #[doc(hidden)]
        pub fn take_handle(resource: &Resource<T>) -> u32 {
            resource.handle.swap(u32::MAX, Relaxed)
        }
        #[doc(hidden)]
        pub fn handle(resource: &Resource<T>) -> u32 {
            resource.handle.load(Relaxed)
        }
    }
    impl<T: WasmResource> fmt::Debug for Resource<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Resource")
                .field("handle", &self.handle)
                .finish()
        }
    }
    impl<T: WasmResource> Drop for Resource<T> {
        fn drop(&mut self) {
            unsafe {
                match self.handle.load(Relaxed) {
                    u32::MAX => {}
                    other => T::drop(other),
                }
            }
        }
    }
    pub unsafe fn bool_lift(val: u8) -> bool {
        if cfg!(debug_assertions) {
            match val {
                0 => false,
                1 => true,
                _ => panic!("invalid bool discriminant"),
            }
        } else {
            val != 0
        }
    }
    pub unsafe fn string_lift(bytes: Vec<u8>) -> String {
        if cfg!(debug_assertions) {
            String::from_utf8(bytes).unwrap()
        } else {
            unsafe { String::from_utf8_unchecked(bytes) }
        }
    }
    pub unsafe fn invalid_enum_discriminant<T>() -> T {
        if cfg!(debug_assertions) {
            panic!("invalid enum discriminant")
        } else {
            unsafe { core::hint::unreachable_unchecked() }
        }
    }
    pub unsafe fn cabi_dealloc(ptr: *mut u8, size: usize, align: usize) {
        if size == 0 {
            return;
        }
        unsafe {
            let layout = alloc::Layout::from_size_align_unchecked(size, align);
            alloc::dealloc(ptr, layout);
        }
    }
    pub use alloc_crate::alloc;
    pub fn as_i64<T: AsI64>(t: T) -> i64 {
        t.as_i64()
    }
    pub trait AsI64 {
        fn as_i64(self) -> i64;
    }
    impl<'a, T: Copy + AsI64> AsI64 for &'a T {
        fn as_i64(self) -> i64 {
            (*self).as_i64()
        }
    }
    impl AsI64 for i64 {
        #[inline]
        fn as_i64(self) -> i64 {
            self as i64
        }
    }
    impl AsI64 for u64 {
        #[inline]
        fn as_i64(self) -> i64 {
            self as i64
        }
    }
    #[cfg(target_arch = "wasm32")]
    pub fn run_ctors_once() {
        wit_bindgen::rt::run_ctors_once();
    }
    extern crate alloc as alloc_crate;
}
/// Generates `#[unsafe(no_mangle)]` functions to export the specified type as
/// the root implementation of all generated traits.
///
/// For more information see the documentation of `wit_bindgen::generate!`.
///
/// ```rust
/// # macro_rules! export{ ($($t:tt)*) => (); }
/// # trait Guest {}
/// struct MyType;
///
/// impl Guest for MyType {
///     // ...
/// }
///
/// export!(MyType);
/// ```
#[allow(unused_macros)]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_action_impl {
    ($ty:ident) => {
        prelude_trigger_guest::bindings::export!($ty with_types_in
        prelude_trigger_guest::bindings);
    };
    ($ty:ident with_types_in $($path_to_types_root:tt)*) => {
        $($path_to_types_root)*::
        exports::prelude::trigger::handler::__export_prelude_trigger_handler_0_1_1_cabi!($ty
        with_types_in $($path_to_types_root)*:: exports::prelude::trigger::handler);
        const _ : () = { #[cfg(target_arch = "wasm32")] #[unsafe (link_section =
        "component-type:wit-bindgen:0.61.1:prelude:trigger@0.1.1:action:imports and exports")]
        #[doc(hidden)] #[allow(clippy::octal_escapes)] pub static
        __WIT_BINDGEN_COMPONENT_TYPE : [u8; 2932] = *
        b"\
\0asm\x0d\0\x01\0\0\x19\x16wit-component-encoding\x04\0\x07\xf7\x15\x01A\x02\x01\
A\x17\x01B\x1f\x01r\x03\x07secondsx\x0cmicrosecondsy\x12gmt-offset-secondsz\x04\0\
\x09timestamp\x03\0\0\x01r\x02\x04names\x06numberz\x04\0\x0benumeration\x03\0\x02\
\x01p}\x01q\x07\x07integer\x01x\0\x08unsigned\x01w\0\x05float\x01u\0\x04text\x01\
s\0\x05bytes\x01\x04\0\x04time\x01\x01\0\x0benumeration\x01\x03\0\x04\0\x05value\
\x03\0\x05\x01r\x02\x04paths\x05value\x06\x04\0\x05entry\x03\0\x07\x01m\x02\x05a\
lert\x09heartbeat\x04\0\x0cmessage-kind\x03\0\x09\x01r\x02\x04names\x04texts\x04\
\0\x0anamed-text\x03\0\x0b\x01m\x02\x07enforce\x07observe\x04\0\x04mode\x03\0\x0d\
\x01p\x0c\x01kw\x01r\x0a\x06job-ids\x07triggers\x06actions\x07attempty\x0cmax-at\
temptsy\x0bdeadline-msw\x04mode\x0e\x08captures\x0f\x0aparameters\x0f\x08lease-m\
s\x10\x04\0\x07context\x03\0\x11\x01m\x03\x04done\x07skipped\x09simulated\x04\0\x06\
status\x03\0\x13\x01ks\x01k\x04\x01r\x04\x06status\x14\x07summary\x15\x07outputs\
\x0f\x0aundo-token\x16\x04\0\x07outcome\x03\0\x17\x01r\x03\x07messages\x04code\x15\
\x0eretry-after-ms\x10\x04\0\x07failure\x03\0\x19\x01q\x03\x09transient\x01\x1a\0\
\x09permanent\x01\x1a\0\x0dmisconfigured\x01\x1a\0\x04\0\x0caction-error\x03\0\x1b\
\x01r\x02\x07pointers\x07messages\x04\0\x0cconfig-issue\x03\0\x1d\x03\0\x1bprelu\
de:trigger/types@0.1.1\x05\0\x02\x03\0\0\x05value\x02\x03\0\0\x05entry\x02\x03\0\
\0\x0cmessage-kind\x01B+\x02\x03\x02\x01\x01\x04\0\x05value\x03\0\0\x02\x03\x02\x01\
\x02\x04\0\x05entry\x03\0\x02\x02\x03\x02\x01\x03\x04\0\x0cmessage-kind\x03\0\x04\
\x01ks\x01r\x03\x07messages\x06offsety\x0asuggestion\x06\x04\0\x0cinvalid-path\x03\
\0\x07\x01q\x02\x07invalid\x01\x08\0\x05other\x01s\0\x04\0\x0apath-error\x03\0\x09\
\x01m\x07\x05class\x07integer\x05float\x04text\x04time\x0benumeration\x04data\x04\
\0\x0avalue-type\x03\0\x0b\x01r\x02\x0avalue-type\x0c\x08multiple\x7f\x04\0\x09p\
ath-info\x03\0\x0d\x04\0\x07message\x03\x01\x01h\x0f\x01@\x01\x04self\x10\0\x05\x04\
\0\x14[method]message.kind\x01\x11\x01k\x01\x01j\x01\x12\x01\x0a\x01@\x02\x04sel\
f\x10\x04paths\0\x13\x04\0\x13[method]message.get\x01\x14\x01p\x01\x01j\x01\x15\x01\
\x0a\x01@\x02\x04self\x10\x04paths\0\x16\x04\0\x17[method]message.get-all\x01\x17\
\x01j\x01\x06\x01\x0a\x01@\x02\x04self\x10\x04paths\0\x18\x04\0\x18[method]messa\
ge.get-text\x01\x19\x01ps\x01j\x01\x1a\x01\x0a\x01@\x02\x04self\x10\x04paths\0\x1b\
\x04\0\x1c[method]message.get-all-text\x01\x1c\x01p\x03\x01j\x01\x1d\x01\x0a\x01\
@\x02\x04self\x10\x06prefixs\0\x1e\x04\0\x17[method]message.entries\x01\x1f\x01@\
\x01\x04self\x10\0s\x04\0\x17[method]message.to-json\x01\x20\x01j\x01\x0e\x01\x0a\
\x01@\x01\x04paths\0!\x04\0\x08describe\x01\"\x03\0\x1bprelude:trigger/idmef@0.1\
.1\x05\x04\x02\x03\0\0\x0anamed-text\x01B\x09\x02\x03\x02\x01\x05\x04\0\x0anamed\
-text\x03\0\0\x01m\x05\x05trace\x05debug\x04info\x04warn\x05error\x04\0\x05level\
\x03\0\x02\x01@\x01\x05level\x03\0\x7f\x04\0\x07enabled\x01\x04\x01p\x01\x01@\x03\
\x05level\x03\x07messages\x06fields\x05\x01\0\x04\0\x03log\x01\x06\x03\0\x19prel\
ude:trigger/log@0.1.1\x05\x06\x01B\x06\x01q\x02\x06denied\x01s\0\x05other\x01s\0\
\x04\0\x0csecret-error\x03\0\0\x01p}\x01j\x01\x02\x01\x01\x01@\x01\x04names\0\x03\
\x04\0\x06reveal\x01\x04\x03\0\x1dprelude:trigger/secrets@0.1.1\x05\x07\x01B\x14\
\x02\x03\x02\x01\x05\x04\0\x0anamed-text\x03\0\0\x01q\x03\x06exited\x01y\0\x09si\
gnalled\x01y\0\x09timed-out\0\0\x04\0\x06ending\x03\0\x02\x01r\x04\x06ending\x03\
\x06stdouts\x06stderrs\x07took-msw\x04\0\x09completed\x03\0\x04\x01r\x02\x04name\
s\x07messages\x04\0\x0cbad-argument\x03\0\x06\x01q\x03\x06denied\x01s\0\x07inval\
id\x01\x07\0\x05other\x01s\0\x04\0\x0dcommand-error\x03\0\x08\x01r\x03\x04names\x09\
type-names\x08optional\x7f\x04\0\x09parameter\x03\0\x0a\x01p\x0b\x01j\x01\x0c\x01\
\x09\x01@\x01\x04names\0\x0d\x04\0\x08describe\x01\x0e\x01p\x01\x01j\x01\x05\x01\
\x09\x01@\x02\x04names\x09arguments\x0f\0\x10\x04\0\x03run\x01\x11\x03\0\x1eprel\
ude:trigger/commands@0.1.1\x05\x08\x01B\x1b\x01q\x04\x09too-large\x01s\0\x05quot\
a\x01s\0\x0cnot-a-number\x01s\0\x05other\x01s\0\x04\0\x0bstate-error\x03\0\0\x01\
p}\x01r\x02\x05value\x02\x07versionw\x04\0\x09versioned\x03\0\x03\x01k\x04\x01j\x01\
\x05\x01\x01\x01@\x01\x03keys\0\x06\x04\0\x03get\x01\x07\x01kw\x01j\x01w\x01\x01\
\x01@\x03\x03keys\x05value\x02\x10expires-after-ms\x08\0\x09\x04\0\x03set\x01\x0a\
\x01j\x01\x08\x01\x01\x01@\x04\x03keys\x08expectedw\x05value\x02\x10expires-afte\
r-ms\x08\0\x0b\x04\0\x0fcompare-and-set\x01\x0c\x01j\x01x\x01\x01\x01@\x03\x03ke\
ys\x02byx\x10expires-after-ms\x08\0\x0d\x04\0\x09increment\x01\x0e\x01j\x01\x7f\x01\
\x01\x01@\x01\x03keys\0\x0f\x04\0\x06delete\x01\x10\x01ks\x01ps\x01j\x01\x12\x01\
\x01\x01@\x02\x06prefixs\x05after\x11\0\x13\x04\0\x04keys\x01\x14\x03\0\x1bprelu\
de:trigger/state@0.1.1\x05\x09\x02\x03\0\0\x07context\x02\x03\0\0\x07outcome\x02\
\x03\0\0\x0caction-error\x02\x03\0\0\x0cconfig-issue\x02\x03\0\x01\x07message\x01\
B\x12\x02\x03\x02\x01\x0a\x04\0\x07context\x03\0\0\x02\x03\x02\x01\x0b\x04\0\x07\
outcome\x03\0\x02\x02\x03\x02\x01\x0c\x04\0\x0caction-error\x03\0\x04\x02\x03\x02\
\x01\x0d\x04\0\x0cconfig-issue\x03\0\x06\x02\x03\x02\x01\x0e\x04\0\x07message\x03\
\0\x08\x01p\x07\x01j\0\x01\x0a\x01@\x01\x06configs\0\x0b\x04\0\x08validate\x01\x0c\
\x01i\x09\x01j\x01\x03\x01\x05\x01@\x03\x03ctx\x01\x06configs\x05alert\x0d\0\x0e\
\x04\0\x03run\x01\x0f\x04\0\x1dprelude:trigger/handler@0.1.1\x05\x0f\x04\0\x1cpr\
elude:trigger/action@0.1.1\x04\0\x0b\x0c\x01\0\x06action\x03\0\0\0G\x09producers\
\x01\x0cprocessed-by\x02\x0dwit-component\x070.258.3\x10wit-bindgen-rust\x060.61\
.1";
        };
    };
}
#[doc(inline)]
pub use __export_action_impl as export;
#[cfg(target_arch = "wasm32")]
#[unsafe(link_section = "component-type:wit-bindgen:0.61.1:prelude:trigger@0.1.1:action-with-all-of-its-exports-removed:encoded world")]
#[doc(hidden)]
#[allow(clippy::octal_escapes)]
pub static __WIT_BINDGEN_COMPONENT_TYPE: [u8; 2713] = *b"\
\0asm\x0d\0\x01\0\0\x19\x16wit-component-encoding\x04\0\x07\xfc\x13\x01A\x02\x01\
A\x10\x01B\x1f\x01r\x03\x07secondsx\x0cmicrosecondsy\x12gmt-offset-secondsz\x04\0\
\x09timestamp\x03\0\0\x01r\x02\x04names\x06numberz\x04\0\x0benumeration\x03\0\x02\
\x01p}\x01q\x07\x07integer\x01x\0\x08unsigned\x01w\0\x05float\x01u\0\x04text\x01\
s\0\x05bytes\x01\x04\0\x04time\x01\x01\0\x0benumeration\x01\x03\0\x04\0\x05value\
\x03\0\x05\x01r\x02\x04paths\x05value\x06\x04\0\x05entry\x03\0\x07\x01m\x02\x05a\
lert\x09heartbeat\x04\0\x0cmessage-kind\x03\0\x09\x01r\x02\x04names\x04texts\x04\
\0\x0anamed-text\x03\0\x0b\x01m\x02\x07enforce\x07observe\x04\0\x04mode\x03\0\x0d\
\x01p\x0c\x01kw\x01r\x0a\x06job-ids\x07triggers\x06actions\x07attempty\x0cmax-at\
temptsy\x0bdeadline-msw\x04mode\x0e\x08captures\x0f\x0aparameters\x0f\x08lease-m\
s\x10\x04\0\x07context\x03\0\x11\x01m\x03\x04done\x07skipped\x09simulated\x04\0\x06\
status\x03\0\x13\x01ks\x01k\x04\x01r\x04\x06status\x14\x07summary\x15\x07outputs\
\x0f\x0aundo-token\x16\x04\0\x07outcome\x03\0\x17\x01r\x03\x07messages\x04code\x15\
\x0eretry-after-ms\x10\x04\0\x07failure\x03\0\x19\x01q\x03\x09transient\x01\x1a\0\
\x09permanent\x01\x1a\0\x0dmisconfigured\x01\x1a\0\x04\0\x0caction-error\x03\0\x1b\
\x01r\x02\x07pointers\x07messages\x04\0\x0cconfig-issue\x03\0\x1d\x03\0\x1bprelu\
de:trigger/types@0.1.1\x05\0\x02\x03\0\0\x05value\x02\x03\0\0\x05entry\x02\x03\0\
\0\x0cmessage-kind\x01B+\x02\x03\x02\x01\x01\x04\0\x05value\x03\0\0\x02\x03\x02\x01\
\x02\x04\0\x05entry\x03\0\x02\x02\x03\x02\x01\x03\x04\0\x0cmessage-kind\x03\0\x04\
\x01ks\x01r\x03\x07messages\x06offsety\x0asuggestion\x06\x04\0\x0cinvalid-path\x03\
\0\x07\x01q\x02\x07invalid\x01\x08\0\x05other\x01s\0\x04\0\x0apath-error\x03\0\x09\
\x01m\x07\x05class\x07integer\x05float\x04text\x04time\x0benumeration\x04data\x04\
\0\x0avalue-type\x03\0\x0b\x01r\x02\x0avalue-type\x0c\x08multiple\x7f\x04\0\x09p\
ath-info\x03\0\x0d\x04\0\x07message\x03\x01\x01h\x0f\x01@\x01\x04self\x10\0\x05\x04\
\0\x14[method]message.kind\x01\x11\x01k\x01\x01j\x01\x12\x01\x0a\x01@\x02\x04sel\
f\x10\x04paths\0\x13\x04\0\x13[method]message.get\x01\x14\x01p\x01\x01j\x01\x15\x01\
\x0a\x01@\x02\x04self\x10\x04paths\0\x16\x04\0\x17[method]message.get-all\x01\x17\
\x01j\x01\x06\x01\x0a\x01@\x02\x04self\x10\x04paths\0\x18\x04\0\x18[method]messa\
ge.get-text\x01\x19\x01ps\x01j\x01\x1a\x01\x0a\x01@\x02\x04self\x10\x04paths\0\x1b\
\x04\0\x1c[method]message.get-all-text\x01\x1c\x01p\x03\x01j\x01\x1d\x01\x0a\x01\
@\x02\x04self\x10\x06prefixs\0\x1e\x04\0\x17[method]message.entries\x01\x1f\x01@\
\x01\x04self\x10\0s\x04\0\x17[method]message.to-json\x01\x20\x01j\x01\x0e\x01\x0a\
\x01@\x01\x04paths\0!\x04\0\x08describe\x01\"\x03\0\x1bprelude:trigger/idmef@0.1\
.1\x05\x04\x02\x03\0\0\x0anamed-text\x01B\x09\x02\x03\x02\x01\x05\x04\0\x0anamed\
-text\x03\0\0\x01m\x05\x05trace\x05debug\x04info\x04warn\x05error\x04\0\x05level\
\x03\0\x02\x01@\x01\x05level\x03\0\x7f\x04\0\x07enabled\x01\x04\x01p\x01\x01@\x03\
\x05level\x03\x07messages\x06fields\x05\x01\0\x04\0\x03log\x01\x06\x03\0\x19prel\
ude:trigger/log@0.1.1\x05\x06\x01B\x06\x01q\x02\x06denied\x01s\0\x05other\x01s\0\
\x04\0\x0csecret-error\x03\0\0\x01p}\x01j\x01\x02\x01\x01\x01@\x01\x04names\0\x03\
\x04\0\x06reveal\x01\x04\x03\0\x1dprelude:trigger/secrets@0.1.1\x05\x07\x01B\x14\
\x02\x03\x02\x01\x05\x04\0\x0anamed-text\x03\0\0\x01q\x03\x06exited\x01y\0\x09si\
gnalled\x01y\0\x09timed-out\0\0\x04\0\x06ending\x03\0\x02\x01r\x04\x06ending\x03\
\x06stdouts\x06stderrs\x07took-msw\x04\0\x09completed\x03\0\x04\x01r\x02\x04name\
s\x07messages\x04\0\x0cbad-argument\x03\0\x06\x01q\x03\x06denied\x01s\0\x07inval\
id\x01\x07\0\x05other\x01s\0\x04\0\x0dcommand-error\x03\0\x08\x01r\x03\x04names\x09\
type-names\x08optional\x7f\x04\0\x09parameter\x03\0\x0a\x01p\x0b\x01j\x01\x0c\x01\
\x09\x01@\x01\x04names\0\x0d\x04\0\x08describe\x01\x0e\x01p\x01\x01j\x01\x05\x01\
\x09\x01@\x02\x04names\x09arguments\x0f\0\x10\x04\0\x03run\x01\x11\x03\0\x1eprel\
ude:trigger/commands@0.1.1\x05\x08\x01B\x1b\x01q\x04\x09too-large\x01s\0\x05quot\
a\x01s\0\x0cnot-a-number\x01s\0\x05other\x01s\0\x04\0\x0bstate-error\x03\0\0\x01\
p}\x01r\x02\x05value\x02\x07versionw\x04\0\x09versioned\x03\0\x03\x01k\x04\x01j\x01\
\x05\x01\x01\x01@\x01\x03keys\0\x06\x04\0\x03get\x01\x07\x01kw\x01j\x01w\x01\x01\
\x01@\x03\x03keys\x05value\x02\x10expires-after-ms\x08\0\x09\x04\0\x03set\x01\x0a\
\x01j\x01\x08\x01\x01\x01@\x04\x03keys\x08expectedw\x05value\x02\x10expires-afte\
r-ms\x08\0\x0b\x04\0\x0fcompare-and-set\x01\x0c\x01j\x01x\x01\x01\x01@\x03\x03ke\
ys\x02byx\x10expires-after-ms\x08\0\x0d\x04\0\x09increment\x01\x0e\x01j\x01\x7f\x01\
\x01\x01@\x01\x03keys\0\x0f\x04\0\x06delete\x01\x10\x01ks\x01ps\x01j\x01\x12\x01\
\x01\x01@\x02\x06prefixs\x05after\x11\0\x13\x04\0\x04keys\x01\x14\x03\0\x1bprelu\
de:trigger/state@0.1.1\x05\x09\x04\0<prelude:trigger/action-with-all-of-its-expo\
rts-removed@0.1.1\x04\0\x0b,\x01\0&action-with-all-of-its-exports-removed\x03\0\0\
\0G\x09producers\x01\x0cprocessed-by\x02\x0dwit-component\x070.258.3\x10wit-bind\
gen-rust\x060.61.1";
#[inline(never)]
#[doc(hidden)]
pub fn __link_custom_section_describing_imports() {
    wit_bindgen::rt::maybe_link_cabi_realloc();
}
