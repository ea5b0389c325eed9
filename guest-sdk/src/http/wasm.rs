// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sending over wasi:http.

use std::{
    io::{self, ErrorKind},
    time::{Duration, Instant},
};

use super::{Cause, Error, Request, Response};
use crate::{
    stream,
    wasi::wasi::http::{
        outgoing_handler::handle,
        types::{
            ErrorCode, Fields, FutureIncomingResponse, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
            RequestOptions, Scheme,
        },
    },
};

pub fn send(request: &Request) -> Result<Response, Error> {
    let deadline = Instant::now() + request.timeout;
    let outgoing = outgoing(request)?;
    let body = outgoing.body().map_err(|()| Error::new(Cause::Invalid, "the host wants no body"))?;
    let future = handle(outgoing, Some(options(request.timeout))).map_err(|code| refused(request, &code))?;
    // A server may refuse a request before all of it has come: its answer says more than the broken stream.
    let written = write(body, &request.body, deadline);
    let response = match (answer(request, &future, deadline), written) {
        (Ok(response), _) => response,
        (Err(Error { cause: Cause::Timeout, .. }), Err(error)) => return Err(broken(request, &error)),
        (Err(error), _) => return Err(error),
    };
    read(request, &response, deadline)
}

fn outgoing(request: &Request) -> Result<OutgoingRequest, Error> {
    let invalid = |what: String| Error::new(Cause::Invalid, what);
    let mut headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes())).collect();
    if !request.body.is_empty() && !headers.iter().any(|(name, _)| name == "content-length") {
        headers.push(("content-length".to_owned(), request.body.len().to_string().into_bytes()));
    }
    let fields = Fields::new();
    for (name, value) in &headers {
        let field = fields.append(name, value);
        field.map_err(|error| invalid(format!("header `{}` cannot be set: {error}", name.escape_debug())))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let method = match request.method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "PATCH" => Method::Patch,
        "OPTIONS" => Method::Options,
        other => Method::Other(other.to_owned()),
    };
    let scheme = if request.url.is_https() { Scheme::Https } else { Scheme::Http };
    let set = outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(request.url.authority())))
        .and_then(|()| outgoing.set_path_with_query(Some(request.url.path())));
    set.map_err(|()| invalid(format!("the host does not take method {} and URL {}", request.method, request.url)))?;
    Ok(outgoing)
}

/// A host that has no such limits takes none; ours ends the wait anyway.
fn options(timeout: Duration) -> RequestOptions {
    let options = RequestOptions::new();
    let limit = Some(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX));
    let _ = options.set_connect_timeout(limit);
    let _ = options.set_first_byte_timeout(limit);
    let _ = options.set_between_bytes_timeout(limit);
    options
}

fn write(body: OutgoingBody, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    let closed = || io::Error::new(ErrorKind::BrokenPipe, "the connection was closed");
    let output = body.write().map_err(|()| closed())?;
    while !bytes.is_empty() {
        let written = stream::write(&output, bytes, deadline)?;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    stream::flush(&output, deadline)?;
    drop(output);
    OutgoingBody::finish(body, None).map_err(|code| io::Error::other(format!("{code:?}")))
}

fn answer(request: &Request, future: &FutureIncomingResponse, deadline: Instant) -> Result<IncomingResponse, Error> {
    loop {
        match future.get() {
            Some(Ok(Ok(response))) => return Ok(response),
            Some(Ok(Err(code))) => return Err(refused(request, &code)),
            Some(Err(())) => return Err(Error::new(Cause::Broken, "the host has lost the answer")),
            None => stream::wait(&future.subscribe(), deadline).map_err(|error| broken(request, &error))?,
        }
    }
}

fn read(request: &Request, incoming: &IncomingResponse, deadline: Instant) -> Result<Response, Error> {
    let mut response = Response::new(incoming.status());
    for (name, value) in incoming.headers().entries() {
        response.headers.push((name.to_ascii_lowercase(), String::from_utf8_lossy(&value).into_owned()));
    }
    let Ok(body) = incoming.consume() else { return Ok(response) };
    let Ok(input) = body.stream() else { return Ok(response) };
    loop {
        let room = request.at_most.saturating_sub(response.body.len());
        // One byte more than is kept shows whether there is more.
        let bytes =
            stream::read(&input, (room + 1).min(64 << 10), deadline).map_err(|error| broken(request, &error))?;
        response.cut = bytes.len() > room;
        response.body.extend_from_slice(bytes.get(..room).unwrap_or(&bytes));
        if bytes.is_empty() || response.cut {
            return Ok(response);
        }
    }
}

fn broken(request: &Request, error: &io::Error) -> Error {
    let cause = if error.kind() == ErrorKind::TimedOut { Cause::Timeout } else { Cause::Broken };
    Error::new(cause, format!("{}: {error}", request.url.authority()))
}

fn refused(request: &Request, code: &ErrorCode) -> Error {
    let (cause, text) = match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            (Cause::Denied, "the operator has not granted requests to this server".to_owned())
        }
        ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            (Cause::Unreachable, "the name cannot be resolved".to_owned())
        }
        ErrorCode::ConnectionRefused => (Cause::Unreachable, "the connection was refused".to_owned()),
        ErrorCode::DestinationUnavailable | ErrorCode::DestinationIpUnroutable => {
            (Cause::Unreachable, "the server cannot be reached".to_owned())
        }
        ErrorCode::TlsCertificateError => (Cause::Certificate, "the server's certificate is not good".to_owned()),
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            (Cause::Broken, "the server and we cannot agree on TLS".to_owned())
        }
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => (Cause::Timeout, "there was no answer in time".to_owned()),
        ErrorCode::ConnectionTerminated => (Cause::Broken, "the connection was closed".to_owned()),
        ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestBodySize(_)
        | ErrorCode::HttpRequestHeaderSize(_)
        | ErrorCode::HttpRequestHeaderSectionSize(_) => {
            (Cause::Invalid, format!("the host refuses the request: {code:?}"))
        }
        other => (Cause::Broken, format!("{other:?}")),
    };
    Error::new(cause, format!("{}: {text}", request.url.authority()))
}
