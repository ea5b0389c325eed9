// SPDX-License-Identifier: MIT OR Apache-2.0

//! Answers, and what they mean for a job.

use std::time::Duration;

use crate::Error;

/// What a server answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// For example 200.
    pub status: u16,
    /// In the order they came; names in small letters.
    pub headers: Vec<(String, String)>,
    /// As much of the body as was asked for.
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub cut: bool,
}

/// The longest wait a server may ask for that is passed on.
const LONGEST_WAIT: u64 = 24 * 60 * 60;

impl Response {
    /// An answer without headers and body; for tests.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), cut: false }
    }

    /// Adds a header; for tests.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Sets the body; for tests.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; what is not UTF-8 is replaced by U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How many seconds the server asks to wait (`Retry-After`); a date is not understood.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.min(LONGEST_WAIT)))
    }

    /// The job's error that this answer stands for: 401, 403 and 407 are the configuration's, 408, 425, 429 and those from 500
    /// up may pass, all others will not.
    pub fn failure(&self) -> Error {
        let said = self.text();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = match said.char_indices().nth(200) {
            Some((end, _)) => format!(": {}…", said.get(..end).unwrap_or_default()),
            None if said.is_empty() => String::new(),
            None => format!(": {said}"),
        };
        let message = format!("the server answered {}{}{said}", self.status, meaning(self.status));
        let error = match self.status {
            401 | 403 | 407 => Error::misconfigured(message),
            408 | 425 | 429 | 500.. => Error::transient(message),
            300..=399 => Error::misconfigured(match self.header("location") {
                Some(place) => format!("{message}; it sends us to {}, where we do not go unasked", shorten(place)),
                None => message,
            }),
            _ => Error::permanent(message),
        };
        let error = error.code(format!("http-{}", self.status));
        match self.retry_after() {
            Some(wait) => error.retry_after(wait),
            None => error,
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

fn meaning(status: u16) -> &'static str {
    match status {
        301 | 302 | 303 | 307 | 308 => " (moved)",
        400 => " (bad request)",
        401 => " (not authenticated)",
        403 => " (forbidden)",
        404 => " (not found)",
        405 => " (method not allowed)",
        409 => " (conflict)",
        413 => " (too large)",
        422 => " (not understood)",
        429 => " (too many requests)",
        500 => " (internal error)",
        502 => " (bad gateway)",
        503 => " (not available)",
        504 => " (gateway timeout)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::prelude::trigger::types::ActionError;

    #[test]
    fn the_status_decides_on_the_error() {
        for (status, kind) in [
            (301, "misconfigured"),
            (400, "permanent"),
            (401, "misconfigured"),
            (403, "misconfigured"),
            (404, "permanent"),
            (408, "transient"),
            (425, "transient"),
            (429, "transient"),
            (500, "transient"),
            (503, "transient"),
        ] {
            let found = match Response::new(status).failure().into() {
                ActionError::Transient(_) => "transient",
                ActionError::Permanent(_) => "permanent",
                ActionError::Misconfigured(_) => "misconfigured",
            };
            assert_eq!(found, kind, "{status}");
        }
    }

    #[test]
    fn what_the_server_said_is_told_on_one_line_and_not_in_full() {
        let busy =
            Response::new(503).with_header("Retry-After", "7").with_body(format!("busy\r\n\tnow {}", "x".repeat(999)));
        let error = busy.failure();
        assert!(error.to_string().starts_with("the server answered 503 (not available): busy now xxx"), "{error}");
        assert!(error.to_string().len() < 300);
        let ActionError::Transient(failure) = error.into() else { panic!("not transient") };
        assert_eq!((failure.code.as_deref(), failure.retry_after_ms), (Some("http-503"), Some(7000)));
        let date = Response::new(429).with_header("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT");
        assert_eq!(date.retry_after(), None);
        assert_eq!(Response::new(429).with_header("retry-after", "99999999").retry_after().unwrap().as_secs(), 86_400);
    }
}
