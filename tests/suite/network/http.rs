//! HTTP: what works, and what is bounded.

use std::time::{Duration, Instant};

use prelude_trigger::actions::{Cause, State};
use serde_json::{Value, json};

use super::{
    Lab, failed, limits, private, refused, run,
    servers::{Server, Tls},
    tried, with_http, worked,
};
use crate::sandbox::until;

fn get(server: &Server, path: &str) -> Value {
    json!([{ "http": { "scheme": "http", "authority": server.address.to_string(), "path": path } }])
}

#[test]
fn a_granted_origin_is_asked() {
    let server = Server::http(Tls::None);
    let lab = Lab::new(&[("web.test", &["127.0.0.1"])]);
    let grant = with_http(false, "127.0.0.1", server.port());
    assert_eq!(worked(&tried(&lab, grant.clone(), get(&server, "/hello"))), "200 hello");
    assert_eq!(worked(&tried(&lab, grant, get(&server, "/elsewhere"))), "404");

    let authority = format!("WEB.test.:{}", server.port());
    let tries = json!([{ "http": {
        "scheme": "http", "authority": authority, "path": "/echo?a=b", "method": "POST", "body": "{\"x\": 1}",
        "headers": { "content-type": "application/json", "x-mine": "yes" },
    } }]);
    let outcome = tried(&lab, private(with_http(false, "*.test", server.port())), tries);
    let told = worked(&outcome);
    for part in [
        "POST /echo?a=b HTTP/1.1",
        &format!("host: web.test:{}", server.port()),
        "content-type: application/json",
        "x-mine: yes",
        concat!("user-agent: prelude-trigger/", env!("CARGO_PKG_VERSION")),
        "content-length: 8",
        "{\"x\": 1}",
    ] {
        assert!(told.contains(part), "no {part} in {told}");
    }
    assert_eq!(lab.asked(), ["web.test"], "looked up once");
}

#[test]
fn tls_goes_by_the_name_of_the_url() {
    let server = Server::http(Tls::Good);
    let lab = Lab::new(&[("good.test", &["127.0.0.1"]), ("other.test", &["127.0.0.1"])]);
    let https = |host: &str| {
        let authority = format!("{host}:{}", server.port());
        json!([{ "http": { "scheme": "https", "authority": authority, "path": "/hello" } }])
    };
    let grant = private(with_http(true, "*.test", server.port()));
    assert_eq!(worked(&tried(&lab, grant.clone(), https("good.test"))), "200 hello");
    let outcome = tried(&lab, grant.clone(), https("other.test"));
    failed(&outcome, "TlsCertificateError");
    let told = outcome.last_exchange.unwrap();
    assert!(
        told.contains("GET https://other.test") && told.contains("the server's certificate is refused: "),
        "{told}"
    );
    let outcome = tried(&lab, grant, https("nowhere.test"));
    assert_eq!(outcome.state, State::Failed(Cause::Permanent), "{outcome:?}");
    assert!(outcome.last_exchange.unwrap().ends_with(": no address of this name is known"));
    assert_eq!(worked(&tried(&lab, with_http(true, "127.0.0.1", server.port()), https("127.0.0.1"))), "200 hello");
    for (certificate, error) in [
        (Tls::Expired, "TlsCertificateError"),
        (Tls::SelfSigned, "TlsCertificateError"),
        (Tls::None, "TlsProtocolError"),
    ] {
        let server = if certificate == Tls::None { Server::lines(certificate) } else { Server::http(certificate) };
        let authority = format!("good.test:{}", server.port());
        let tries = json!([{ "http": { "scheme": "https", "authority": authority, "path": "/hello" } }]);
        failed(&tried(&lab, private(with_http(true, "good.test", server.port())), tries), error);
    }
}

#[test]
fn a_slow_server_is_waited_for_as_long_as_was_said() {
    let (lab, server) = (Lab::new(&[]), Server::http(Tls::None));
    let grant = with_http(false, "127.0.0.1", server.port());
    for path in ["/silent", "/stops"] {
        let begun = Instant::now();
        let tries = json!([{ "http": {
            "scheme": "http", "authority": server.address.to_string(), "path": path, "timeout": 500,
        } }]);
        failed(&tried(&lab, grant.clone(), tries), "ConnectionReadTimeout");
        assert!(begun.elapsed() < Duration::from_secs(10), "{path}: {:?}", begun.elapsed());
    }
    // One that says nothing of timeouts is stopped with the job, and so is one that never comes to an end.
    for path in ["/silent", "/stops", "/drips"] {
        let begun = Instant::now();
        let outcome = run(&lab, grant.clone(), get(&server, path), limits(Duration::from_secs(1)));
        assert!(matches!(outcome.state, State::Failed(Cause::Timeout | Cause::Permanent)), "{path}: {outcome:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{path}: {:?}", begun.elapsed());
        until("the connection is closed", Duration::from_secs(10), || server.open() == 0);
    }
}

#[test]
fn an_answer_is_bounded() {
    let (lab, server) = (Lab::new(&[]), Server::http(Tls::None));
    let grant = with_http(false, "127.0.0.1", server.port());
    for (path, error) in [
        ("/endless", "HttpResponseBodySize"),
        ("/much?9000000", "HttpResponseBodySize"),
        ("/big-head", "HttpResponseHeaderSectionSize"),
        ("/endless-head", "HttpResponseHeaderSectionSize"),
        ("/many-fields", "HttpResponseHeaderSectionSize"),
        ("/cut", "HttpResponseIncomplete"),
        ("/nothing", "HttpResponseIncomplete"),
        ("/other", "HttpProtocolError"),
    ] {
        let outcome = tried(&lab, grant.clone(), get(&server, path));
        assert_eq!(outcome.state, State::Failed(Cause::Permanent), "{path}: {outcome:?}");
        failed(&outcome, error);
    }
    assert_eq!(worked(&tried(&lab, grant.clone(), get(&server, "/much?8388608"))), "200 8388608 bytes");
    // Sixteen megabytes may lie unread, no more.
    let request = &get(&server, "/much?8000000")[0]["http"];
    let many = json!([{ "requests": { "request": request, "count": 3, "at_once": true } }]);
    failed(&tried(&lab, grant.clone(), many), "HttpResponseBodySize");
    let many = json!([{ "requests": { "request": request, "count": 3 } }]);
    assert_eq!(worked(&tried(&lab, grant, many)), "3 answered", "what was read does not count");
}

#[test]
fn a_request_is_bounded() {
    let (lab, server) = (Lab::new(&[]), Server::http(Tls::None));
    let grant = with_http(false, "127.0.0.1", server.port());
    let post = |bytes: usize| {
        json!([{ "http": {
            "scheme": "http", "authority": server.address.to_string(), "path": "/count", "method": "POST", "bytes": bytes,
        } }])
    };
    assert_eq!(worked(&tried(&lab, grant.clone(), post(4 << 20))), format!("200 {} bytes came", 4 << 20));
    let before = server.connections();
    failed(&tried(&lab, grant, post((4 << 20) + 1)), "HttpRequestBodySize");
    assert_eq!(server.connections(), before, "nothing is sent of it");
}

#[test]
fn only_so_many_requests_are_sent() {
    let (lab, server) = (Lab::new(&[]), Server::http(Tls::None));
    let grant = with_http(false, "127.0.0.1", server.port());
    let request = &get(&server, "/hello")[0]["http"];
    let many = |count: usize, at_once: bool| json!([{ "requests": { "request": request, "count": count, "at_once": at_once } }]);
    assert_eq!(worked(&tried(&lab, grant.clone(), many(20, true))), "20 answered");
    let outcome = tried(&lab, grant, many(257, false));
    refused(&outcome, "256 were answered, and then: ErrorCode::ConnectionLimitReached", "a job may send 256");
    assert_eq!(server.connections(), 20 + 256);
}

#[test]
fn nobody_listening_is_told() {
    let lab = Lab::new(&[]);
    let port = {
        let server = Server::http(Tls::None);
        server.port()
    };
    let authority = format!("127.0.0.1:{port}");
    until("the port is free", Duration::from_secs(5), || std::net::TcpListener::bind(&authority).is_ok());
    let tries = json!([{ "http": { "scheme": "http", "authority": authority, "path": "/" } }]);
    let outcome = tried(&lab, with_http(false, "127.0.0.1", port), tries);
    failed(&outcome, "ConnectionRefused");
    let told = format!("GET http://{authority}: the connection was refused");
    assert_eq!(outcome.last_exchange, Some(told));
}

#[test]
fn the_fields_of_a_connection_are_not_the_component_s() {
    let (lab, server) = (Lab::new(&[]), Server::http(Tls::None));
    let grant = with_http(false, "127.0.0.1", server.port());
    for name in ["host", "Host", "connection", "transfer-encoding", "upgrade", "proxy-authorization", "keep-alive"] {
        let tries = json!([{ "http": {
            "scheme": "http", "authority": server.address.to_string(), "path": "/echo", "headers": { name: "evil.test" },
        } }]);
        failed(&tried(&lab, grant.clone(), tries), "HeaderError::Forbidden");
    }
    let tries = json!([{ "http": {
        "scheme": "http", "authority": server.address.to_string(), "path": "/echo", "headers": { "user-agent": "mine/1" },
    } }]);
    let outcome = tried(&lab, grant, tries);
    assert!(
        worked(&outcome).contains("user-agent: mine/1") && !outcome.summary.contains("prelude-trigger/"),
        "{outcome:?}"
    );
}
