//! The control room: how the command line talks to the running daemon.
//!
//! ```text
//!  status, pause, resume, ──▶ Client ── one JSON object a line ──▶ server ──▶ Steward
//!  reload, leases, jobs            (a Unix socket, each way)        who is it?   (the daemon)
//! ```
//!
//! Whoever answers is a [`Steward`]; this room knows how to ask, and who may.
//!
//! Invariants:
//! - Root, the daemon's own user and the members of one group may ask, as the kernel says who they are (`SO_PEERCRED`), whatever the
//!   permissions of the socket are.
//! - A request has at most [`LONGEST_REQUEST`] bytes, is read within a time and answered within a time, and there are only so many
//!   connections: nobody who connects can make the daemon wait or grow.
//! - A socket that somebody listens on is never replaced; one that a dead daemon left is.
//!
//! Failure modes: a request that cannot be read is answered with what is wrong with it. A client that goes away does not stop what it
//! asked for.

mod client;
mod protocol;
mod server;
mod socket;
mod who;

pub use client::{Client, ClientError};
pub use protocol::{
    Answer, Chosen, Configuration, Each, Holding, LONGEST_REQUEST, NewEnd, Refusal, RefusalKind, Request, Said, Status,
    Stock, VERSION,
};
pub use server::{Steward, serve};
pub use socket::{Socket, SocketError};
pub use who::{Allowed, UnknownGroup, Who};
