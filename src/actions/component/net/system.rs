//! The real network: this system's resolver, sockets and certificate authorities.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, OnceLock},
    thread,
};

use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1, header};
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Semaphore, oneshot},
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::io::TokioIo;

use super::{
    outside::{Answer, ExchangeError, LookupError, Outside, Request, Response, Way},
    trust,
};
use crate::text::shorten;

/// Lookups that wait for the system's resolver at once. Each has a thread, which cannot be stopped: one that nobody waits
/// for any more goes on until the resolver gives up, and is counted until then.
const LOOKUPS: usize = 64;
/// Fields of the head of an answer.
const MOST_FIELDS: usize = 128;
/// Least that hyper takes for the longest head.
const LEAST_HEAD: usize = 8 << 10;

type Trust = Result<Arc<rustls::ClientConfig>, String>;

/// The network of this system.
#[derive(Debug)]
pub struct System {
    lookups: Arc<Semaphore>,
    /// Who is trusted, once that was asked.
    trust: Arc<OnceLock<Trust>>,
}

impl Default for System {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS)), trust: Arc::default() }
    }
}

impl System {
    /// Trusts these certificate authorities instead of the system's.
    pub fn trusting(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        Self { trust: Arc::new(OnceLock::from(trust::trusting(authorities))), ..Self::default() }
    }
}

impl Outside for System {
    fn resolve(&self, name: String) -> Answer<Result<Vec<IpAddr>, LookupError>> {
        let permit = Arc::clone(&self.lookups).try_acquire_owned();
        Box::pin(async move {
            let unavailable = |problem: String| LookupError::Unavailable(problem);
            let permit = permit.map_err(|_| unavailable(format!("{LOOKUPS} lookups are under way")))?;
            let (sender, answer) = oneshot::channel();
            // A thread of its own, and not one of the runtime's: at its end the runtime would wait for it.
            let lookup = move || {
                let addresses = (name.as_str(), 0).to_socket_addrs();
                let _ = sender.send(addresses.map(|all| all.map(|at| at.ip()).collect()));
                drop(permit);
            };
            let started = thread::Builder::new().name("component-lookup".to_owned()).spawn(lookup);
            started.map_err(|error| unavailable(format!("no thread to ask it: {error}")))?;
            match answer.await {
                Ok(Ok(addresses)) => Ok(addresses),
                Ok(Err(error)) => Err(unresolved(&error)),
                Err(_) => Err(unavailable("its thread ended".to_owned())),
            }
        })
    }

    fn exchange(&self, request: Request, way: Way) -> Answer<Result<Response, ExchangeError>> {
        let trust = self.trust();
        Box::pin(async move {
            let request = assemble(request, &way)?;
            let deadline = Instant::now() + way.connect_timeout;
            let stream = connect(&way.addresses, deadline).await?;
            let Some(server) = &way.tls else { return converse(stream, request, &way).await };
            let trust = trust.await.map_err(ExchangeError::NoTrust)?;
            let server = ServerName::try_from(server.clone())
                .map_err(|_| ExchangeError::Tls("its name is none that a certificate can have".to_owned()))?;
            let handshake = timeout_at(deadline, TlsConnector::from(trust).connect(server, stream)).await;
            let stream = handshake.map_err(|_| ExchangeError::ConnectTimeout)?.map_err(|error| untrusted(&error))?;
            converse(stream, request, &way).await
        })
    }

    fn trust(&self) -> Answer<Trust> {
        let trust = Arc::clone(&self.trust);
        Box::pin(async move {
            if let Some(known) = trust.get() {
                return known.clone();
            }
            // Reads some hundred files, once.
            let read = tokio::task::spawn_blocking(move || trust.get_or_init(trust::system).clone()).await;
            read.unwrap_or_else(|error| Err(format!("the certificate authorities cannot be read: {error}")))
        })
    }
}

/// Why getaddrinfo has no address. Its codes do not reach us, only what they mean, in the words of glibc or musl: for
/// `EAI_AGAIN`, trying again later may help.
fn unresolved(error: &io::Error) -> LookupError {
    let problem = shorten(&error.to_string(), 200);
    if problem.contains("Temporary failure") || problem.contains("Try again") {
        LookupError::Unavailable(problem)
    } else {
        LookupError::Unknown(problem)
    }
}

/// The request as hyper sends it.
fn assemble(request: Request, way: &Way) -> Result<http::Request<Full<bytes::Bytes>>, ExchangeError> {
    let invalid = |error: http::Error| ExchangeError::Protocol(format!("the request cannot be sent: {error}"));
    let url: http::Uri = request.url.parse().map_err(|error: http::uri::InvalidUri| invalid(error.into()))?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut built =
        http::Request::builder().method(request.method.as_str()).uri(path).header(header::HOST, way.authority.as_str());
    for (name, value) in &request.headers {
        built = built.header(name.as_str(), value.as_slice());
    }
    built.body(Full::from(request.body)).map_err(invalid)
}

/// A connection to the first address that takes one; each gets its share of the time that is left.
async fn connect(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, ExchangeError> {
    let mut last = ExchangeError::Unreachable("there is no address to connect to".to_owned());
    for (at, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let share = deadline.saturating_duration_since(Instant::now()) / u32::try_from(left).unwrap_or(u32::MAX);
        match timeout(share, TcpStream::connect(at)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => last = ExchangeError::Refused,
            Ok(Err(error)) => last = ExchangeError::Unreachable(error.to_string()),
            Err(_) => last = ExchangeError::ConnectTimeout,
        }
    }
    Err(last)
}

/// Sends a request over a new connection and reads the answer. The connection is gone when this returns.
async fn converse<S>(
    stream: S,
    request: http::Request<Full<bytes::Bytes>>,
    way: &Way,
) -> Result<Response, ExchangeError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let handshake = http1::Builder::new()
        .max_buf_size(way.longest_head.max(LEAST_HEAD))
        .max_headers(MOST_FIELDS)
        .handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(|error| broken(&error))?;
    let answer = async {
        let head = timeout(way.first_byte_timeout, sender.send_request(request)).await;
        let head = head.map_err(|_| ExchangeError::ReadTimeout)?.map_err(|error| broken(&error))?;
        read(head, way).await
    };
    // It is the connection that does the work; how it fails is told to whoever waits for the answer.
    let never = async {
        let _ = connection.await;
        std::future::pending::<std::convert::Infallible>().await
    };
    tokio::select! {
        answer = answer => answer,
        never = never => match never {},
    }
}

/// The whole of an answer whose head is there.
async fn read(response: http::Response<Incoming>, way: &Way) -> Result<Response, ExchangeError> {
    let (head, mut incoming) = response.into_parts();
    let headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    if headers.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum::<usize>() > way.longest_head {
        return Err(ExchangeError::LongHead);
    }
    let mut body = Vec::new();
    loop {
        match timeout(way.between_bytes_timeout, incoming.frame()).await {
            Err(_) => return Err(ExchangeError::ReadTimeout),
            Ok(None) => return Ok(Response { status: head.status.as_u16(), headers, body }),
            Ok(Some(Err(error))) => return Err(broken(&error)),
            Ok(Some(Ok(frame))) => {
                // What is no data are trailers, which nobody asked for.
                let Ok(data) = frame.into_data() else { continue };
                if body.len().saturating_add(data.len()) > way.longest_body {
                    return Err(ExchangeError::LongBody);
                }
                body.extend_from_slice(&data);
            }
        }
    }
}

fn broken(error: &hyper::Error) -> ExchangeError {
    if error.is_parse_too_large() {
        ExchangeError::LongHead
    } else if error.is_parse() {
        ExchangeError::Protocol(shorten(&error.to_string(), 200))
    } else {
        ExchangeError::Incomplete
    }
}

/// Why a TLS handshake failed.
fn untrusted(error: &io::Error) -> ExchangeError {
    let problem = shorten(&error.to_string(), 200);
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => ExchangeError::Certificate(problem),
        _ => ExchangeError::Tls(problem),
    }
}
