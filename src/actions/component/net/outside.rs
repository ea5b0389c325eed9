//! Where the network begins: every effect a component has on it, but for what goes over a TCP connection, is one of the
//! calls of [`Outside`], over plain data that can be written down and played back.
//!
//! Whoever implements it need not know what is granted. What reaches it has been checked, and what it answers is checked
//! again: an answer can no more lead a component to an address that it may not reach than a name server can.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// An answer that is waited for; who does not wait for it any more drops it, and nothing goes on behind his back.
pub type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The world outside of the sandboxes.
pub trait Outside: fmt::Debug + Send + Sync {
    /// The addresses of a name: of a host name in lower case, without a dot at its end.
    fn resolve(&self, name: String) -> Answer<Result<Vec<IpAddr>, LookupError>>;

    /// Sends a request to one of these addresses and to no other, and reads the whole answer.
    fn exchange(&self, request: Request, way: Way) -> Answer<Result<Response, ExchangeError>>;

    /// Whom TLS connections trust; the error says what is missing.
    fn trust(&self) -> Answer<Result<Arc<rustls::ClientConfig>, String>>;

    /// A TCP connection that is granted is about to be opened there; the error forbids it, and says why.
    fn connecting(&self, _to: SocketAddr) -> Result<(), String> {
        Ok(())
    }
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its method, such as `GET`.
    pub method: String,
    /// Scheme, host, port if it is not the scheme's own, path and query.
    pub url: String,
    /// Its fields, in order, names in lower case; without those that the connection is for, `host` among them.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body; empty where there is none.
    pub body: Vec<u8>,
}

/// How a request is to reach its server. No part of what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// To be tried in this order.
    pub addresses: Vec<SocketAddr>,
    /// What to put into the field `host`.
    pub authority: String,
    /// The name or address that the server's certificate must be for; none where there is no TLS.
    pub tls: Option<String>,
    /// For having a connection, TLS included.
    pub connect_timeout: Duration,
    /// From there to the head of the answer.
    pub first_byte_timeout: Duration,
    /// From one part of the body to the next.
    pub between_bytes_timeout: Duration,
    /// Bytes of the answer's head.
    pub longest_head: usize,
    /// Bytes of its body.
    pub longest_body: usize,
}

/// The whole of an HTTP response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Its status, such as 200.
    pub status: u16,
    /// Its fields, in order, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why a name led nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum LookupError {
    /// The resolver knows no address of it.
    #[error("no address is known: {0}")]
    Unknown(String),
    /// The resolver could not be asked, or did not answer; may work later.
    #[error("the resolver did not answer: {0}")]
    Unavailable(String),
}

/// Why there is no answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ExchangeError {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// There is no way there.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// No connection in time.
    #[error("no connection in time")]
    ConnectTimeout,
    /// No answer in time, or it stopped in the middle.
    #[error("no answer in time")]
    ReadTimeout,
    /// The server's certificate is not good: another's, expired, of an unknown authority.
    #[error("the server's certificate is refused: {0}")]
    Certificate(String),
    /// No TLS with this server.
    #[error("no TLS with this server: {0}")]
    Tls(String),
    /// No TLS from here.
    #[error("{0}")]
    NoTrust(String),
    /// The head of the answer is too long.
    #[error("the head of the answer is longer than it may be")]
    LongHead,
    /// The body of the answer is too long.
    #[error("the body of the answer is longer than it may be")]
    LongBody,
    /// The connection ended too soon.
    #[error("the connection ended before the answer did")]
    Incomplete,
    /// What came is no HTTP.
    #[error("this is not HTTP: {0}")]
    Protocol(String),
}
