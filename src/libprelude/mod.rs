//! libprelude (5.2 or newer), made safe: the only room that calls its C.
//!
//! What is used of it is little: the sensor's profile and configuration ([`Profile`], [`Identity`]), the connection
//! to a manager with its TLS ([`Connection`]), and its log ([`init()`]). The bytes that managers send are only decrypted
//! here; taking them apart, and writing messages of our own, is done in safe Rust.
//!
//! Invariants:
//! - Every C handle is a newtype that frees what it holds, and is neither `Send` nor `Sync`: libprelude counts
//!   references without atomics.
//! - An [`Error`] is copied out of libprelude at once: its text lives in the thread that failed.
//! - No panic crosses into C, and no C pointer leaves this room.
//! - [`init()`] has run before any other call.
//!
//! Failure modes that are libprelude's own and that callers must know: [`Connection::connect`] blocks for as long as
//! the manager lets it (there is no timeout for connecting or for the TLS handshake), and libprelude ignores SIGPIPE
//! for the whole process (Rust programs do so anyway; a child that wants it must set it back).

#![allow(unsafe_code, reason = "this room is the border to C")]

mod buffer;
mod client;
mod connection;
#[cfg(test)]
mod encode;
mod error;
mod identity;
mod init;
mod log;
#[cfg(test)]
pub(crate) mod oracle;
mod profile;
pub(crate) mod sys;

pub use connection::{Connection, Permission};
pub use error::{Error, ErrorKind};
pub use identity::Identity;
pub use init::init;
pub use profile::{Profile, ProfileError};
