// SPDX-License-Identifier: MIT OR Apache-2.0

//! Alerts in memory and a host that answers as it is told: an action's `run` in `cargo test`, without WebAssembly.
//!
//! ```
//! use prelude_trigger_guest::{Alert, Context, Error, Outcome, testing};
//!
//! fn run(job: &Context, _: &(), alert: &Alert) -> Result<Outcome, Error> {
//!     let from = alert.text("alert.source(0).node.address(0).address")?;
//!     Ok(match from {
//!         Some(from) => Outcome::done(format!("{}: {from}", job.trigger)),
//!         None => Outcome::skipped("nobody to blame"),
//!     })
//! }
//!
//! let alert = testing::alert(r#"{"alert": {"source": [{"node": {"address": [{"address": "192.0.2.7"}]}}]}}"#);
//! let outcome = run(&testing::job(), &(), &alert).unwrap();
//! assert_eq!(outcome.summary.as_deref(), Some("test: 192.0.2.7"));
//! ```
//!
//! Paths are answered as the daemon answers them; one that this module cannot answer so is an error, never another answer.
//! [`Host`] scripts what `secrets`, `commands` and `http` answer, has a store for `state`, and notes what they were asked.
//! This module is there outside components only.

pub(crate) mod host;
mod json;
mod message;
#[cfg(feature = "state")]
pub(crate) mod state;
#[cfg(feature = "state")]
mod store;
mod time;

pub use host::Host;
pub use message::BadAlert;
pub(crate) use message::Memory;

use crate::{Alert, Context, Mode, NamedText};

/// An alert from IDMEF JSON, as `prelude-trigger explain` reads it.
///
/// # Panics
/// The text is no IDMEF message; the panic says where the mistake is.
#[track_caller]
pub fn alert(json: &str) -> Alert {
    match try_alert(json) {
        Ok(alert) => alert,
        Err(error) => panic!("this is no IDMEF message: {error}"),
    }
}

/// An alert from IDMEF JSON, or what is wrong with it.
///
/// # Errors
/// The text is not JSON, or not IDMEF: members that IDMEF does not know are refused.
pub fn try_alert(json: &str) -> Result<Alert, BadAlert> {
    Memory::read(json).map(Alert::from)
}

/// An alert built from paths and values, in order: `alert_with(&[("alert.classification.text", "Scan")])`. Lists need an
/// index on each element but the last; their elements are counted from 0 without gaps.
///
/// # Panics
/// A path is none, or a value does not fit it.
#[track_caller]
pub fn alert_with(values: &[(&str, &str)]) -> Alert {
    match message::build(values) {
        Ok(memory) => Alert::from(memory),
        Err(error) => panic!("this is no IDMEF message: {error}"),
    }
}

/// A job's particulars: id `job-1`, trigger `test`, action `tested`, the first of three attempts, ten seconds, to be done.
pub fn job() -> Context {
    Context {
        job_id: "job-1".into(),
        trigger: "test".into(),
        action: "tested".into(),
        attempt: 1,
        max_attempts: 3,
        deadline_ms: 10_000,
        mode: Mode::Enforce,
        captures: Vec::new(),
        parameters: Vec::new(),
        lease_ms: None,
    }
}

/// The same, to be observed only.
pub fn observed_job() -> Context {
    Context { mode: Mode::Observe, ..job() }
}

/// A configuration as the daemon hands it over, or what the operator would be told.
///
/// # Errors
/// The JSON does not fit the type: where, and why.
pub fn config<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, String> {
    crate::config::parse(json).map_err(|issue| match issue.pointer.as_str() {
        "" => issue.message,
        pointer => format!("{pointer}: {}", issue.message),
    })
}

/// A named text, for captures and parameters.
pub fn named(name: &str, text: &str) -> NamedText {
    NamedText { name: name.into(), text: text.into() }
}
