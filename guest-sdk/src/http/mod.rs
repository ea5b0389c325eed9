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

mod response;
mod url;
#[cfg(target_arch = "wasm32")]
mod wasm;

use std::{fmt, time::Duration};

pub use response::Response;
pub use url::{Url, UrlError};

/// What is asked of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// `GET`, `POST` or another.
    pub method: String,
    /// Whom, and for what.
    pub url: Url,
    /// In this order; a name may stand more than once.
    pub headers: Vec<(String, String)>,
    /// The body; may be empty.
    pub body: Vec<u8>,
    /// The longest this may take in all.
    pub timeout: Duration,
    /// How many bytes of the answer's body are kept.
    pub at_most: usize,
}

impl Request {
    /// A request without headers and body, for 10 seconds, and 64 KiB of an answer.
    pub fn new(method: impl Into<String>, url: &Url) -> Self {
        Self {
            method: method.into(),
            url: url.clone(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(10),
            at_most: 64 << 10,
        }
    }

    /// A request of method `GET`.
    pub fn get(url: &Url) -> Self {
        Self::new("GET", url)
    }

    /// A request of method `POST`.
    pub fn post(url: &Url) -> Self {
        Self::new("POST", url)
    }

    /// A request of method `PUT`.
    pub fn put(url: &Url) -> Self {
        Self::new("PUT", url)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the time limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many bytes of the answer's body are kept; the rest is not read.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.at_most = bytes;
        self
    }

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

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The operator has not granted this server.
    Denied,
    /// The request itself is wrong, for example a header that may not be set.
    Invalid,
    /// The name is unknown, or nobody answers there.
    Unreachable,
    /// The server's certificate is not good.
    Certificate,
    /// It took too long.
    Timeout,
    /// The connection broke, or what came was not HTTP.
    Broken,
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Why.
    pub cause: Cause,
    message: String,
}

impl Error {
    /// An error with a text for the operator.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// What is not granted, what is wrong with the request and a bad certificate are for the operator to mend; the rest may pass.
impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        let message = error.message;
        match error.cause {
            Cause::Denied => Self::misconfigured(message).code("not-granted"),
            Cause::Invalid => Self::misconfigured(message).code("request"),
            Cause::Certificate => Self::misconfigured(message).code("certificate"),
            Cause::Unreachable => Self::transient(message).code("unreachable"),
            Cause::Timeout => Self::transient(message).code("timeout"),
            Cause::Broken => Self::transient(message).code("connection"),
        }
    }
}
