//! TCP and names.

use std::time::{Duration, Instant};

use prelude_trigger::actions::{Cause, State};
use serde_json::json;

use super::{
    Lab, failed, limits, load, nothing, private, refused, run,
    servers::{Server, Tls},
    tried, with_tcp, worked,
};
use crate::sandbox::until;

#[test]
fn a_granted_address_is_connected_to() {
    let (lab, server) = (Lab::new(&[]), Server::lines(Tls::None));
    let tries = json!([{ "tcp": { "to": server.address, "send": "hello" } }]);
    assert_eq!(worked(&tried(&lab, with_tcp("127.0.0.0/8", server.port()), tries)), "you said hello");
    assert_eq!(lab.asked(), Vec::<String>::new());
}

#[test]
fn a_granted_name_is_looked_up_and_connected_to() {
    let server = Server::lines(Tls::None);
    let lab = Lab::new(&[("mail.test", &["127.0.0.1"])]);
    let to = format!("mail.test:{}", server.port());
    let tries = json!([{ "tcp": { "to": to, "send": "hello" } }]);
    assert_eq!(worked(&tried(&lab, private(with_tcp("mail.test", server.port())), tries)), "you said hello");
    assert_eq!(lab.asked(), ["mail.test"]);

    let to = format!("a.b.MAIL.test.:{}", server.port());
    let lab = Lab::new(&[("a.b.mail.test", &["127.0.0.1"])]);
    let tries = json!([{ "tcp": { "to": to, "send": "hello" } }]);
    assert_eq!(worked(&tried(&lab, private(with_tcp("*.mail.test", server.port())), tries)), "you said hello");
}

#[test]
fn what_is_not_granted_is_not_connected_to() {
    let (lab, server) = (Lab::new(&[]), Server::lines(Tls::None));
    let other = server.port() ^ 1;
    let tcp = |to: &str| json!([{ "tcp": { "to": to, "send": "hello" } }]);
    for to in [format!("127.0.0.2:{}", server.port()), format!("127.0.0.1:{other}"), format!("[::1]:{}", server.port())]
    {
        let outcome = tried(&lab, with_tcp("127.0.0.1", server.port()), tcp(&to));
        refused(&outcome, "Permission denied", &format!("connecting to {to}: the address is not granted"));
    }
    // Not a thing that wasmtime connects to.
    let mapped = tcp(&format!("[::ffff:127.0.0.1]:{}", server.port()));
    failed(&tried(&lab, with_tcp("127.0.0.1", server.port()), mapped), "nvalid argument");
    let outcome = tried(&lab, with_tcp("127.0.0.1", server.port()), tcp("elsewhere.test:25"));
    refused(&outcome, "", "looking up elsewhere.test: the name is not granted (dns: ['elsewhere.test'] would)");
    assert_eq!((server.connections(), lab.asked().len()), (0, 0));
}

#[test]
fn an_address_is_not_granted_because_a_name_might_lead_there() {
    let server = Server::lines(Tls::None);
    let lab = Lab::new(&[("mail.test", &["127.0.0.1"])]);
    let tcp = json!({ "tcp": { "to": server.address, "send": "hello" } });
    let grant = private(with_tcp("mail.test", server.port()));
    refused(&tried(&lab, grant.clone(), json!([tcp])), "Permission denied", "the address is not granted");
    assert_eq!(server.connections(), 0);
    // Once the name has led there it is; at the name's ports.
    let outcome = tried(&lab, grant.clone(), json!([{ "resolve": "mail.test" }, tcp]));
    assert_eq!(worked(&outcome), "127.0.0.1 | you said hello");
    let other = format!("127.0.0.1:{}", server.port() ^ 1);
    let outcome = tried(&lab, grant, json!([{ "resolve": "mail.test" }, { "tcp": { "to": other, "send": "hello" } }]));
    refused(&outcome, "Permission denied", "(mail.test): the port is not granted");
}

#[test]
fn a_name_that_leads_to_private_addresses_leads_nowhere() {
    let lab = Lab::new(&[
        ("metadata.test", &["169.254.169.254"]),
        ("mapped.test", &["::ffff:127.0.0.1"]),
        ("both.test", &["10.0.0.1", "9.9.9.9"]),
    ]);
    let mut grant = with_tcp("*.test", 80);
    let outcome = tried(&lab, grant.clone(), json!([{ "resolve": "metadata.test" }]));
    refused(&outcome, "access-denied", "looking up metadata.test: 169.254.169.254 is a link-local address");
    let outcome = tried(&lab, grant.clone(), json!([{ "resolve": "mapped.test" }]));
    refused(&outcome, "access-denied", "127.0.0.1 is a loopback address");
    assert_eq!(worked(&tried(&lab, grant.clone(), json!([{ "resolve": "both.test" }]))), "9.9.9.9");
    grant.tcp.extend(with_tcp("10.0.0.0/8", 80).tcp);
    assert_eq!(worked(&tried(&lab, grant, json!([{ "resolve": "both.test" }]))), "10.0.0.1 9.9.9.9");
}

#[test]
fn a_name_that_leads_elsewhere_the_next_time_does_not_lead_there() {
    let server = Server::lines(Tls::None);
    let lab = Lab::new(&[("rebind.test", &["9.9.9.9"]), ("rebind.test", &["127.0.0.1"])]);
    let to = format!("rebind.test:{}", server.port());
    let tries = json!([{ "lookup": "rebind.test" }, { "tcp": { "to": to, "send": "hello" } },
                       { "tcp": { "to": server.address, "send": "hello" } }]);
    let outcome = tried(&lab, with_tcp("rebind.test", server.port()), tries);
    refused(&outcome, "9.9.9.9 | ", "looking up rebind.test: 127.0.0.1 is a loopback address");
    assert!(outcome.summary.contains("the address is not granted"), "{outcome:?}");
    assert_eq!((server.connections(), lab.asked().len()), (0, 2));
}

#[test]
fn nothing_listens_nothing_binds_and_nothing_goes_over_udp() {
    let server = Server::lines(Tls::None);
    let (lab, grant) = (Lab::new(&[]), with_tcp("127.0.0.1", server.port()));
    let outcome = tried(&lab, grant.clone(), json!([{ "udp": server.address }]));
    refused(&outcome, "Permission denied", "opening a UDP socket: only TCP connections can be granted");
    let outcome = tried(&lab, grant.clone(), json!([{ "listen": "127.0.0.1:8080" }]));
    refused(&outcome, "Permission denied", "binding to 127.0.0.1:8080: a component cannot choose its own address");
    let outcome = tried(&lab, grant.clone(), json!([{ "listen": "0.0.0.0:0" }]));
    refused(&outcome, "Permission denied", "listening at 0.0.0.0:");
    let outcome = tried(&lab, grant.clone(), json!([{ "bind": format!("127.0.0.1:{}", server.port()) }]));
    refused(&outcome, "access-denied", "a component cannot choose its own address");
    assert_eq!(worked(&tried(&lab, grant, json!([{ "bind": "0.0.0.0:0" }]))), "bound");
}

#[test]
fn only_so_many_sockets_are_open_at_once() {
    let server = Server::lines(Tls::None);
    let (lab, grant) = (Lab::new(&[]), with_tcp("127.0.0.1", server.port()));
    let many = |count: usize, one_by_one: bool| json!([{ "sockets": { "to": server.address, "count": count, "one_by_one": one_by_one } }]);
    assert_eq!(worked(&tried(&lab, grant.clone(), many(64, false))), "64 open");
    let outcome = tried(&lab, grant.clone(), many(1000, false));
    refused(&outcome, "64 are open, and then", "a job may have 64 open at once");
    assert_eq!(worked(&tried(&lab, grant, many(200, true))), "0 open", "what is closed does not count");
    until("all connections are closed", Duration::from_secs(10), || server.open() == 0);
}

#[test]
fn lookups_are_bounded_in_time_and_number() {
    let lab = Lab::new(&[("slow.test", &[])]);
    let begun = Instant::now();
    let grant = with_tcp("*.test", 25);
    let outcome = run(&lab, grant.clone(), json!([{ "resolve": "slow.test" }]), limits(Duration::from_secs(2)));
    assert!(matches!(outcome.state, State::Failed(Cause::Timeout | Cause::Permanent)), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(15));

    let lab = Lab::new(&[("fast.test", &["9.9.9.9"])]);
    let outcome = tried(&lab, grant, json!(vec![json!({ "resolve": "fast.test" }); 65]));
    refused(&outcome, "9.9.9.9 | ", "a job may look up 64 times");
    assert_eq!(lab.asked().len(), 64);
}

#[test]
fn what_nobody_knows_is_told() {
    let lab = Lab::new(&[]);
    failed(&tried(&lab, with_tcp("*.test", 25), json!([{ "resolve": "unknown.test" }])), "name-unresolvable");
    let outcome = tried(&lab, with_tcp("*.test", 25), json!([{ "resolve": "0x7f.1" }]));
    refused(&outcome, "invalid-argument", "looking up 0x7f.1: an address is written as four decimal numbers");
    assert_eq!(worked(&tried(&lab, nothing(), json!([{ "resolve": "192.0.2.1" }]))), "192.0.2.1");
    assert_eq!(lab.asked(), ["unknown.test"]);
}

#[test]
fn a_job_ends_in_time_and_takes_its_connections_along() {
    let server = Server::lines(Tls::None);
    let (lab, grant) = (Lab::new(&[]), with_tcp("127.0.0.1", server.port()));
    let begun = Instant::now();
    let tries = json!([{ "tcp": { "to": server.address, "send": "hold" } }]);
    let outcome = run(&lab, grant, tries, limits(Duration::from_secs(2)));
    assert_eq!(outcome.state, State::Failed(Cause::Timeout), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(server.connections(), 1);
    until("the connection is closed", Duration::from_secs(10), || server.open() == 0);
}

#[test]
fn there_is_no_network_while_a_configuration_is_checked() {
    let (lab, server) = (Lab::new(&[("mail.test", &["127.0.0.1"])]), Server::lines(Tls::None));
    let config = json!({ "early": true, "tries": [
        { "tcp": { "to": server.address, "send": "hello" } },
        { "resolve": "mail.test" },
        { "http": { "scheme": "http", "authority": format!("127.0.0.1:{}", server.port()) } },
    ] });
    let mut grant = with_tcp("127.0.0.1", server.port());
    grant.http.extend(super::with_http(false, "127.0.0.1", server.port()).http);
    load(&lab, grant, config, limits(Duration::from_secs(20))).expect("the configuration is good");
    assert_eq!((server.connections(), lab.asked().len()), (0, 0));
}
