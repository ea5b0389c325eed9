//! The network of a job with a tape.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use super::{
    super::net::{Answer, ExchangeError, LookupError, Outside, Request, Response, Way},
    Tape,
    body::Body,
    call::{Call, Response as Written},
};

/// The real network, or none, with everything that is asked of it on a tape.
#[derive(Debug)]
pub(in super::super) struct Taped {
    pub(in super::super) tape: Arc<Tape>,
    pub(in super::super) real: Arc<dyn Outside>,
}

impl Outside for Taped {
    fn resolve(&self, name: String) -> Answer<Result<Vec<IpAddr>, LookupError>> {
        let (tape, real) = (Arc::clone(&self.tape), Arc::clone(&self.real));
        Box::pin(async move {
            let call = Call::Resolve { name: name.clone() };
            let live = async { real.resolve(name).await.map_err(|error| word_of_lookup(&error)) };
            let answer = tape.effect(call, live).await.unwrap_or_else(|_| Err("unknown".to_owned()));
            answer.map_err(|error| match error.strip_prefix("unavailable: ") {
                Some(text) => LookupError::Unavailable(text.to_owned()),
                None => LookupError::Unknown(error),
            })
        })
    }

    fn exchange(&self, request: Request, way: Way) -> Answer<Result<Response, ExchangeError>> {
        let (tape, real) = (Arc::clone(&self.tape), Arc::clone(&self.real));
        Box::pin(async move {
            let call = Call::Request {
                method: request.method.clone(),
                url: request.url.clone(),
                headers: texts(&request.headers),
                body: Body::new(&request.body),
            };
            let live = async {
                real.exchange(request, way).await.map(|answer| written(&answer)).map_err(|error| word(&error))
            };
            let answer = tape.effect(call, live).await;
            match answer {
                Ok(Ok(answer)) => {
                    read(&answer).ok_or_else(|| ExchangeError::Protocol("the tape has no body".to_owned()))
                }
                Ok(Err(word)) => Err(error(&word)),
                Err(difference) => Err(ExchangeError::Protocol(difference.to_string())),
            }
        })
    }

    fn trust(&self) -> Answer<Result<Arc<rustls::ClientConfig>, String>> {
        self.real.trust()
    }

    fn connecting(&self, to: SocketAddr) -> Result<(), String> {
        self.tape.connecting(to)
    }
}

fn texts(headers: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned())).collect()
}

fn written(answer: &Response) -> Written {
    Written { status: answer.status, headers: texts(&answer.headers), body: Body::new(&answer.body) }
}

fn read(answer: &Written) -> Option<Response> {
    let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
    Some(Response { status: answer.status, headers: headers.collect(), body: answer.body.bytes()? })
}

fn word_of_lookup(error: &LookupError) -> String {
    match error {
        LookupError::Unknown(text) => text.clone(),
        LookupError::Unavailable(text) => format!("unavailable: {text}"),
    }
}

/// An error in the words of wasi:http, which cases use, too.
fn word(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Refused => "connection-refused".to_owned(),
        ExchangeError::Unreachable(text) => format!("destination-unavailable: {text}"),
        ExchangeError::ConnectTimeout => "connection-timeout".to_owned(),
        ExchangeError::ReadTimeout => "connection-read-timeout".to_owned(),
        ExchangeError::Certificate(text) => format!("TLS-certificate-error: {text}"),
        ExchangeError::Tls(text) | ExchangeError::NoTrust(text) => format!("TLS-protocol-error: {text}"),
        ExchangeError::LongHead => "HTTP-response-header-section-size".to_owned(),
        ExchangeError::LongBody => "HTTP-response-body-size".to_owned(),
        ExchangeError::Incomplete => "HTTP-response-incomplete".to_owned(),
        ExchangeError::Protocol(text) => format!("HTTP-protocol-error: {text}"),
    }
}

fn error(word: &str) -> ExchangeError {
    let (word, text) = word.split_once(": ").unwrap_or((word, ""));
    let text = text.to_owned();
    match word {
        "connection-refused" => ExchangeError::Refused,
        "destination-unavailable" => ExchangeError::Unreachable(text),
        "connection-timeout" => ExchangeError::ConnectTimeout,
        "connection-read-timeout" => ExchangeError::ReadTimeout,
        "TLS-certificate-error" => ExchangeError::Certificate(text),
        "TLS-protocol-error" => ExchangeError::Tls(text),
        "HTTP-response-header-section-size" => ExchangeError::LongHead,
        "HTTP-response-body-size" => ExchangeError::LongBody,
        "HTTP-response-incomplete" => ExchangeError::Incomplete,
        _ => ExchangeError::Protocol(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_case_is_one_and_comes_back_as_it_was() {
        for name in crate::config::HTTP_ERRORS {
            assert_eq!(word(&error(name)).trim_end_matches(": "), name);
        }
    }
}
