//! libprelude (>= 5.2), made safe: the only place where its C is called.
#![allow(unsafe_code, reason = "this room is the border to C")]

pub(crate) mod sys;
