// SPDX-License-Identifier: MIT OR Apache-2.0

//! HTTP requests.

use std::collections::BTreeMap;

use wasip2::{
    http::{
        outgoing_handler::handle,
        types::{
            Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
            RequestOptions, Scheme,
        },
    },
    io::streams::StreamError,
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default)]
    method: Option<String>,
    scheme: String,
    authority: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    /// The body is this many bytes instead.
    #[serde(default)]
    bytes: usize,
    /// Milliseconds for connecting, for the first byte and between bytes.
    #[serde(default)]
    timeout: Option<u64>,
    /// Tells these headers of the answer, too.
    #[serde(default)]
    tell: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    request: Request,
    count: usize,
    /// Sends all before it reads an answer.
    #[serde(default)]
    at_once: bool,
}

pub fn send(request: &Request) -> Result<String, String> {
    receive(start(request)?, &request.tell)
}

pub fn send_many(many: &Many) -> Result<String, String> {
    if many.at_once {
        let started: Vec<_> = (0..many.count).map(|_| start(&many.request)).collect::<Result<_, _>>()?;
        // All of them are there before any is read.
        for future in &started {
            future.subscribe().block();
        }
        for (n, future) in started.into_iter().enumerate() {
            receive(future, &[]).map_err(|error| format!("{n} were answered, and then: {error}"))?;
        }
    } else {
        for n in 0..many.count {
            send(&many.request).map_err(|error| format!("{n} were answered, and then: {error}"))?;
        }
    }
    Ok(format!("{} answered", many.count))
}

fn start(request: &Request) -> Result<FutureIncomingResponse, String> {
    let headers = Fields::new();
    for (name, value) in &request.headers {
        headers.append(name, value.as_bytes()).map_err(|error| format!("header {name}: {error:?}"))?;
    }
    let outgoing = OutgoingRequest::new(headers);
    let method = request.method.clone().unwrap_or_else(|| "GET".to_owned());
    let method = match method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "CONNECT" => Method::Connect,
        other => Method::Other(other.to_owned()),
    };
    outgoing.set_method(&method).map_err(|()| "method")?;
    let scheme = match request.scheme.as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    outgoing.set_scheme(Some(&scheme)).map_err(|()| "the scheme is refused")?;
    outgoing.set_authority(Some(&request.authority)).map_err(|()| "the authority is refused")?;
    outgoing.set_path_with_query(request.path.as_deref()).map_err(|()| "the path is refused")?;
    let options = RequestOptions::new();
    if let Some(milliseconds) = request.timeout {
        let nanoseconds = Some(milliseconds * 1_000_000);
        let _ = options.set_connect_timeout(nanoseconds);
        let _ = options.set_first_byte_timeout(nanoseconds);
        let _ = options.set_between_bytes_timeout(nanoseconds);
    }
    let content = match &request.body {
        Some(body) => body.clone().into_bytes(),
        None => vec![b'x'; request.bytes],
    };
    if content.is_empty() {
        return handle(outgoing, Some(options)).map_err(|error| format!("{error:?}"));
    }
    let body = outgoing.body().map_err(|()| "no body")?;
    let future = handle(outgoing, Some(options)).map_err(|error| format!("{error:?}"))?;
    let stream = body.write().map_err(|()| "no stream")?;
    for chunk in content.chunks(4096) {
        // Who does not want more of it says so in the answer.
        if stream.blocking_write_and_flush(chunk).is_err() {
            drop(stream);
            return Ok(future);
        }
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))?;
    Ok(future)
}

fn receive(future: FutureIncomingResponse, tell: &[String]) -> Result<String, String> {
    let response: IncomingResponse = loop {
        match future.get() {
            None => future.subscribe().block(),
            Some(ended) => break ended.map_err(|()| "taken before")?.map_err(|error| format!("{error:?}"))?,
        }
    };
    let mut told = response.status().to_string();
    for name in tell {
        let values = response.headers().get(name);
        let values: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
        told.push_str(&format!(" {name}={}", values.join(",")));
    }
    let body = response.consume().map_err(|()| "no body")?;
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut read = Vec::new();
    loop {
        match stream.blocking_read(1 << 20) {
            Ok(bytes) => read.extend(bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return Err(format!("{told} {}", error.to_debug_string())),
        }
    }
    drop(stream);
    drop(IncomingBody::finish(body));
    let shown = String::from_utf8_lossy(&read);
    match read.len() {
        0 => {}
        1..=400 => told.push_str(&format!(" {}", shown.trim())),
        length => told.push_str(&format!(" {length} bytes")),
    }
    Ok(told)
}
