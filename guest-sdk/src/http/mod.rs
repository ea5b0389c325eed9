// SPDX-License-Identifier: MIT OR Apache-2.0

//! HTTP requests, blocking, with a time limit and a bound on what is read.
//!
//! The operator grants the servers: `grant: { http: ['https://api.example.com'] }`. TLS is the host's.
//!
//! ```no_run
//! use std::time::Duration;
//! use prelude_trigger_guest::http::{Request, Url};
//!
//! # fn run() -> Result<(), prelude_trigger_guest::Error> {
//! let url: Url = "https://api.example.com/v1/blocks".parse().unwrap();
//! let response = Request::post(&url)
//!     .header("content-type", "application/json")
//!     .body(r#"{"address": "192.0.2.7"}"#)
//!     .timeout(Duration::from_secs(5))
//!     .send()?;
//! if response.status != 201 {
//!     return Err(response.failure());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Redirections are answers like others: nobody follows them.

pub(crate) mod error;
pub(crate) mod request;
pub(crate) mod response;
mod url;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use error::{Cause, Error};
pub use request::Request;
pub use response::Response;
pub use url::{Url, UrlError};

impl Request {
    /// Sends it and waits for the answer.
    ///
    /// # Errors
    /// There was no answer. An answer of any status is none.
    pub fn send(&self) -> Result<Response, Error> {
        #[cfg(target_arch = "wasm32")]
        return wasm::send(self);
        #[cfg(not(target_arch = "wasm32"))]
        return crate::testing::host::http(self);
    }
}
