//! TLS over TCP.

use prelude_trigger::config::HostPattern;
use serde_json::{Value, json};

use super::{
    Lab, failed, private, refused,
    servers::{Server, Tls},
    tried, with_tcp, worked,
};

fn tls(server: &Server, name: &str) -> Value {
    json!([{ "tls": { "to": server.address, "name": name, "first": "STARTTLS\n", "send": "hello" } }])
}

#[test]
fn a_connection_is_upgraded_for_a_granted_name_or_address() {
    let (lab, server) = (Lab::new(&[("good.test", &["127.0.0.1"])]), Server::lines(Tls::Good));
    let mut grant = with_tcp("127.0.0.1", server.port());
    assert_eq!(worked(&tried(&lab, grant.clone(), tls(&server, "127.0.0.1"))), "you said hello");
    refused(
        &tried(&lab, grant.clone(), tls(&server, "good.test")),
        "this server is not granted",
        "TLS with good.test: the server is not granted (tcp: ['good.test:PORT'] would)",
    );
    grant.dns.push(HostPattern::Exact("good.test".to_owned()));
    assert_eq!(worked(&tried(&lab, grant, tls(&server, "GOOD.test."))), "you said hello");

    let grant = private(with_tcp("good.test", server.port()));
    let to = format!("good.test:{}", server.port());
    let tries = json!([{ "tls": { "to": to, "name": "good.test", "first": "STARTTLS\n", "send": "hello" } }]);
    assert_eq!(worked(&tried(&lab, grant, tries)), "you said hello");
}

#[test]
fn a_server_has_to_show_a_good_certificate() {
    let lab = Lab::new(&[]);
    for (certificate, name, problem) in [
        (Tls::Good, "other.test", "not valid for name"),
        (Tls::Expired, "good.test", "expired"),
        (Tls::SelfSigned, "good.test", "UnknownIssuer"),
    ] {
        let server = Server::lines(certificate);
        let mut grant = with_tcp("127.0.0.1", server.port());
        grant.dns.push(HostPattern::Below("test".to_owned()));
        let outcome = tried(&lab, grant, tls(&server, name));
        failed(&outcome, "invalid peer certificate");
        assert!(outcome.summary.contains(problem), "{outcome:?}");
    }
}

#[test]
fn what_is_no_server_name_is_refused() {
    let (lab, server) = (Lab::new(&[]), Server::lines(Tls::Good));
    let grant = with_tcp("127.0.0.1", server.port());
    for name in ["", "good.test\0.evil", "2130706433", "*.test"] {
        refused(&tried(&lab, grant.clone(), tls(&server, name)), "", "TLS with");
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_told_as_such() {
    let (lab, server) = (Lab::new(&[]), Server::lines(Tls::None));
    let grant = with_tcp("127.0.0.1", server.port());
    let tries = json!([{ "tls": { "to": server.address, "name": "127.0.0.1", "send": "hello" } }]);
    failed(&tried(&lab, grant, tries), "received corrupt message");
}
