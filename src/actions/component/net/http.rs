//! `wasi:http`: requests to the origins that are granted, each over a connection of its own to an address that was checked.
//!
//! Where a request goes is decided before anything is done: by scheme, host and port. A host's name is looked up once, what it
//! led to is checked, and it is those addresses that are connected to, so that a name that leads elsewhere a moment later
//! changes nothing. No redirect is followed: a component that follows one sends another request, which is checked like the
//! first. No proxy is used, whatever the daemon's environment says.
//!
//! The answer is read whole before the component sees its head; it is bounded, and so is what lies unread.
//!
//! Of an exchange that failed a component is told one of `wasi:http`'s codes. Why it failed is noted for the job's outcome.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method,
    header::{self, CONTENT_LENGTH, USER_AGENT},
    uri::Scheme,
};
use http_body_util::{BodyExt, Full, Limited};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::{
    address::{Host, plain},
    outside::{ExchangeError, Request, Response, Way},
    policy::Target,
    session::{NoAddress, Session},
};
use crate::text::shorten;

/// Bytes of a request's body.
const LONGEST_REQUEST: usize = 4 << 20;
/// Bytes of an answer's head and of its body.
const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_BODY: usize = 8 << 20;
/// Bytes that a component can write to a request's body before it has to wait.
const CHUNK: usize = 16 << 10;
/// Timeouts for a component that sets none; the job's is the longest in any case.
const CONNECT: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_mins(1);
/// What a request says it comes from.
const AGENT: &str = concat!("prelude-trigger/", env!("CARGO_PKG_VERSION"));

/// What `wasi:http` asks of us, for one sandbox.
#[derive(Debug, Default)]
pub(super) struct Hooks(pub(super) Option<Arc<Session>>);

type Sent = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let session = self.0.clone();
        Box::new(async move {
            let session = session.ok_or(Error::HttpRequestDenied)?;
            let response = send(&session, request, &options.unwrap_or_default()).await?;
            let nothing_left: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(async { Ok(()) });
            Ok((response, nothing_left))
        })
    }

    fn is_supported_scheme(&mut self, scheme: &Scheme) -> bool {
        let supported = *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS;
        if let (false, Some(session)) = (supported, &self.0) {
            let scheme = shorten(scheme.as_str(), 32);
            session.deny(&format!("requesting {scheme}://…: only http and https can be granted"));
        }
        supported
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }
}

/// One request and its answer.
async fn send(
    session: &Arc<Session>,
    request: http::Request<WasiBody>,
    options: &RequestOptions,
) -> Result<http::Response<WasiBody>, Error> {
    let (head, body) = request.into_parts();
    let target = target(session, &head.uri)?;
    if !session.check(|| format!("requesting {}", target.origin()), session.network.policy.may_request(&target)) {
        return Err(Error::HttpRequestDenied);
    }
    if head.method == Method::CONNECT {
        session.deny(&format!("CONNECT {}: a tunnel cannot be granted", target.origin()));
        return Err(Error::HttpRequestDenied);
    }
    if !session.count_request() {
        return Err(Error::ConnectionLimitReached);
    }
    let _turn = session.requests_at_once.acquire().await;
    let asked = format!("{} {}", shorten(head.method.as_str(), 16), target.origin());
    let failed = |why: &dyn std::fmt::Display| session.exchanged(Some(&format!("{asked}: {why}")));
    let addresses = addresses(session, &target, &failed).await?;
    let body =
        Limited::new(body, LONGEST_REQUEST).collect().await.map_err(too_long).inspect_err(|error| failed(error))?;
    let body = body.to_bytes();
    let within = |wanted: Option<Duration>, default: Duration| wanted.unwrap_or(default).min(session.timeout);
    let way = Way {
        addresses,
        authority: target.authority(),
        tls: target.tls.then(|| target.server()),
        connect_timeout: within(options.connect_timeout, CONNECT),
        first_byte_timeout: within(options.first_byte_timeout, READ),
        between_bytes_timeout: within(options.between_bytes_timeout, READ),
        longest_head: LONGEST_HEAD,
        longest_body: LONGEST_BODY,
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers: Vec<_> = head
        .headers
        .iter()
        // How long the body is shows from the body; the other fields of a connection a component cannot set at all.
        .filter(|(name, _)| **name != CONTENT_LENGTH && **name != header::HOST)
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    if !head.headers.contains_key(USER_AGENT) {
        headers.push((USER_AGENT.as_str().to_owned(), AGENT.into()));
    }
    let url = format!("{}{path}", target.url());
    let request = Request { method: head.method.as_str().to_owned(), url, headers, body: body.into() };
    let answer = session.network.outside.exchange(request, way).await.map_err(|error| {
        failed(&error);
        told(error)
    })?;
    let response = hand_over(session, answer).inspect_err(|error| failed(error))?;
    session.exchanged(None);
    Ok(response)
}

/// Where a request goes.
fn target(session: &Session, uri: &http::Uri) -> Result<Target, Error> {
    let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
    let refused = |problem: &str| {
        session.deny(&format!("requesting {}: {problem}", shorten(authority.as_str(), 72)));
        Error::HttpRequestUriInvalid
    };
    if authority.as_str().contains('@') {
        return Err(refused("a URL with a user in it can be misread, and is not used"));
    }
    let host = match Host::parse(authority.host()).map_err(refused)? {
        Host::Address(address) => Host::Address(plain(address)),
        name @ Host::Name(_) => name,
    };
    let tls = uri.scheme() == Some(&Scheme::HTTPS);
    let port = match (authority.as_str().strip_prefix(authority.host()), authority.port_u16()) {
        (Some(""), _) => Some(if tls { 443 } else { 80 }),
        (Some(rest), port) => port.filter(|port| rest == format!(":{port}")),
        (None, _) => None,
    };
    let port = port.ok_or_else(|| refused("this is no port"))?;
    Ok(Target { tls, host, port })
}

/// The addresses a request may go to.
async fn addresses(
    session: &Session,
    target: &Target,
    failed: &(dyn Fn(&dyn std::fmt::Display) + Sync),
) -> Result<Vec<SocketAddr>, Error> {
    let addresses = match &target.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => {
            let addresses = session.look_up(name).await.map_err(|problem| match problem {
                NoAddress::Unavailable => {
                    failed(&"the resolver did not answer");
                    Error::DnsTimeout
                }
                NoAddress::Denied => Error::HttpRequestDenied,
                NoAddress::Unknown | NoAddress::Invalid => {
                    failed(&"no address of this name is known");
                    Error::DnsError { rcode: Some("name not found".to_owned()), info_code: None }
                }
            })?;
            session.network.policy.destinations(target, &addresses).map_err(|denial| {
                session.deny(&denial);
                Error::DestinationIpProhibited
            })?
        }
    };
    Ok(addresses.into_iter().map(|address| SocketAddr::new(address, target.port)).collect())
}

/// The answer as the component gets it, counted until it has been read.
fn hand_over(session: &Session, answer: Response) -> Result<http::Response<WasiBody>, Error> {
    let length = answer.body.len();
    let kilobytes = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
    let unread = Arc::clone(&session.unread).try_acquire_many_owned(kilobytes);
    let unread = unread.map_err(|_| Error::HttpResponseBodySize(u64::try_from(length).ok()))?;
    let body = Full::<Bytes>::from(answer.body).map_frame(move |frame| {
        let _ = &unread;
        frame
    });
    let mut response = http::Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = http::StatusCode::from_u16(answer.status).map_err(|_| Error::HttpProtocolError)?;
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::HttpProtocolError)?;
        let value = HeaderValue::from_bytes(value).map_err(|_| Error::HttpProtocolError)?;
        // An append can only fail where there are some thirty thousand fields.
        response.headers_mut().try_append(name, value).map_err(|_| Error::HttpResponseHeaderSectionSize(None))?;
    }
    Ok(response)
}

/// Why a body cannot be sent.
fn too_long(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(_) => Error::HttpRequestBodySize(u64::try_from(LONGEST_REQUEST).ok()),
    }
}

/// An error as the component is told it.
fn told(error: ExchangeError) -> Error {
    let longest = |bytes: usize| u32::try_from(bytes).ok();
    match error {
        ExchangeError::Refused => Error::ConnectionRefused,
        ExchangeError::Unreachable(_) => Error::DestinationUnavailable,
        ExchangeError::ConnectTimeout => Error::ConnectionTimeout,
        ExchangeError::ReadTimeout => Error::ConnectionReadTimeout,
        ExchangeError::Certificate(_) => Error::TlsCertificateError,
        ExchangeError::Tls(_) => Error::TlsProtocolError,
        ExchangeError::NoTrust(problem) => Error::InternalError(Some(problem)),
        ExchangeError::LongHead => Error::HttpResponseHeaderSectionSize(longest(LONGEST_HEAD)),
        ExchangeError::LongBody => Error::HttpResponseBodySize(u64::try_from(LONGEST_BODY).ok()),
        ExchangeError::Incomplete => Error::HttpResponseIncomplete,
        ExchangeError::Protocol(_) => Error::HttpProtocolError,
    }
}
