// SPDX-License-Identifier: MIT OR Apache-2.0

//! A request, put together piece by piece.

use std::time::Duration;

use super::url::Url;

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
}
