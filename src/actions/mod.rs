//! What can be done about an alert: the kinds of action behind one face.
//!
//! An action is loaded once ([`config::Action`](crate::config::Action) in, everything checked that can be
//! checked) and then run for each [`Job`]. A job ends in exactly one [`Outcome`]; running never panics and
//! never returns later than the action's timeout plus its grace period.

pub mod component;
pub mod exec;
mod job;

pub use crate::config::Captures;
pub use job::{Cause, Job, Outcome, State};
