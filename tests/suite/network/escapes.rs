//! Ways out that were tried, and what became of them.

use prelude_trigger::{
    actions::component::{ImportError, LoadError},
    config::{Grant, Limits},
};
use serde_json::{Value, json};

use super::{
    Lab, failed, load, private, refused,
    servers::{Server, Tls},
    tried, with_http, worked,
};

fn request(scheme: &str, authority: &str) -> Value {
    json!([{ "http": { "scheme": scheme, "authority": authority, "path": "/hello" } }])
}

/// `http` is granted for `web.test` and for `*.below.test`, at the server's port.
fn granted(server: &Server) -> Grant {
    let mut grant = with_http(false, "web.test", server.port());
    grant.http.extend(with_http(false, "*.below.test", server.port()).http);
    grant
}

#[test]
fn no_other_scheme_host_or_port_is_asked() {
    let server = Server::http(Tls::None);
    let lab = Lab::new(&[
        ("web.test", &["127.0.0.1"]),
        ("other.test", &["127.0.0.1"]),
        ("below.test", &["127.0.0.1"]),
        ("xbelow.test", &["127.0.0.1"]),
        ("web.test.evil.test", &["127.0.0.1"]),
        ("localhost", &["127.0.0.1"]),
    ]);
    let grant = private(granted(&server));
    let port = server.port();
    assert_eq!(worked(&tried(&lab, grant.clone(), request("http", &format!("web.test:{port}")))), "200 hello");
    let (connections, asked) = (server.connections(), lab.asked().len());

    for (scheme, authority) in [
        ("https", format!("web.test:{port}")),
        ("http", format!("web.test:{}", port ^ 1)),
        ("http", "web.test".to_owned()),
        ("http", format!("other.test:{port}")),
        ("http", format!("below.test:{port}")),
        ("http", format!("xbelow.test:{port}")),
        ("http", format!("web.test.evil.test:{port}")),
        ("http", format!("localhost:{port}")),
        ("http", format!("127.0.0.1:{port}")),
        ("http", format!("[::1]:{port}")),
        ("http", format!("[::ffff:127.0.0.1]:{port}")),
        ("http", format!("[::ffff:7f00:1]:{port}")),
        ("http", format!("0.0.0.0:{port}")),
        ("http", "169.254.169.254".to_owned()),
    ] {
        let outcome = tried(&lab, grant.clone(), request(scheme, &authority));
        refused(&outcome, "HttpRequestDenied", &format!("requesting {scheme}://"));
        assert!(outcome.summary.contains("it is not granted (http: ['"), "{authority}: {outcome:?}");
    }
    for scheme in ["ftp", "file", "gopher", "unix", "ws"] {
        let outcome = tried(&lab, grant.clone(), request(scheme, &format!("web.test:{port}")));
        refused(&outcome, "HttpProtocolError", &format!("requesting {scheme}://…: only http and https can be granted"));
    }
    assert_eq!((server.connections(), lab.asked().len()), (connections, asked), "nothing was asked or connected to");
}

#[test]
fn no_spelling_leads_to_an_address_that_is_not_granted() {
    let server = Server::http(Tls::None);
    let lab = Lab::new(&[("web.test", &["127.0.0.1"])]);
    let grant = private(granted(&server));
    let port = server.port();
    for host in ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.01", "017700000001"] {
        let outcome = tried(&lab, grant.clone(), request("http", &format!("{host}:{port}")));
        refused(&outcome, "HttpRequestUriInvalid", "an address is written as four decimal numbers");
    }
    for (authority, problem) in [
        (format!("web.test:{port}@127.0.0.1:{port}"), "a URL with a user in it"),
        (format!("web.test@127.0.0.1:{port}"), "a URL with a user in it"),
        (format!("127.0.0.1@web.test:{port}"), "a URL with a user in it"),
        (format!("web.test..:{port}"), "this is no host name"),
        (format!("-web.test:{port}"), "this is no host name"),
        ("web.test:".to_owned(), "this is no port"),
        ("web.test:00080".to_owned(), "this is no port"),
    ] {
        let outcome = tried(&lab, grant.clone(), request("http", &authority));
        refused(&outcome, "HttpRequestUriInvalid", problem);
    }
    // What is no authority at all is told to the component, and goes nowhere.
    for authority in [
        "web.test:80:81",
        "web.test:99999",
        "web.test/",
        "web%2etest",
        "web.test\\@evil.test",
        "web.test#@evil.test",
        "[::1",
    ] {
        let outcome = tried(&lab, grant.clone(), request("http", authority));
        assert!(!outcome.summary.contains("200"), "{authority}: {outcome:?}");
    }
    // The same name, spelt in other ways.
    for authority in [format!("WEB.TEST:{port}"), format!("web.test.:{port}")] {
        assert_eq!(worked(&tried(&lab, grant.clone(), request("http", &authority))), "200 hello", "{authority}");
    }
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_path_is_no_way_to_another_host() {
    let server = Server::http(Tls::None);
    let lab = Lab::new(&[("web.test", &["127.0.0.1"])]);
    let grant = private(granted(&server));
    for path in ["http://evil.test/", "//evil.test/\r\nhost: evil.test", "/a b", "*", "evil.test:80", "@evil.test/"] {
        let tries =
            json!([{ "http": { "scheme": "http", "authority": format!("web.test:{}", server.port()), "path": path } }]);
        let outcome = tried(&lab, grant.clone(), tries);
        failed(&outcome, "");
    }
    let tries = json!([{ "http": {
        "scheme": "http", "authority": format!("web.test:{}", server.port()), "path": "//evil.test/echo" } }]);
    assert_eq!(worked(&tried(&lab, grant.clone(), tries)), "404", "a path of the same server");
    let tries = json!([{ "http": {
        "scheme": "http", "authority": format!("web.test:{}", server.port()), "method": "CONNECT", "path": "/" } }]);
    refused(&tried(&lab, grant, tries), "HttpRequestDenied", "a tunnel cannot be granted");
}

#[test]
fn a_redirect_is_not_followed() {
    let (server, evil) = (Server::http(Tls::None), Server::http(Tls::None));
    let lab = Lab::new(&[("web.test", &["127.0.0.1"])]);
    let path = format!("/redirect?http://127.0.0.1:{}/hello", evil.port());
    let authority = format!("web.test:{}", server.port());
    let tries = json!([{ "http": { "scheme": "http", "authority": authority, "path": path, "tell": ["location"] } }]);
    let outcome = tried(&lab, private(granted(&server)), tries);
    assert_eq!(worked(&outcome), format!("302 location=http://127.0.0.1:{}/hello", evil.port()));
    // A component that follows it is refused like any other.
    let outcome = tried(&lab, private(granted(&server)), request("http", &evil.address.to_string()));
    refused(&outcome, "HttpRequestDenied", "it is not granted");
    assert_eq!(evil.connections(), 0);
}

#[test]
fn a_name_that_leads_to_a_private_address_is_not_asked() {
    let server = Server::http(Tls::None);
    let port = server.port();
    for (address, kind) in [
        ("127.0.0.1", "127.0.0.1 is a loopback address"),
        ("::1", "[::1] is a loopback address"),
        ("::ffff:127.0.0.1", "127.0.0.1 is a loopback address"),
        ("::127.0.0.1", "127.0.0.1 is a loopback address"),
        ("0.0.0.0", "0.0.0.0 is an unspecified address"),
        ("10.1.2.3", "10.1.2.3 is a private address"),
        ("169.254.169.254", "169.254.169.254 is a link-local address"),
        ("100.64.0.1", "100.64.0.1 is an address of a carrier's private network"),
        ("fe80::1", "[fe80::1] is a link-local address"),
        ("fd00::1", "[fd00::1] is a private address"),
        ("64:ff9b::7f00:1", "[64:ff9b::7f00:1] is an address that leads to a special IPv4 address"),
        ("2002:7f00:1::", "[2002:7f00:1::] is an address that leads to a special IPv4 address"),
        ("224.0.0.1", "224.0.0.1 is a multicast address"),
        ("255.255.255.255", "255.255.255.255 is the broadcast address"),
    ] {
        let lab = Lab::new(&[("web.test", &[address])]);
        let outcome = tried(&lab, granted(&server), request("http", &format!("web.test:{port}")));
        refused(&outcome, "DestinationIpProhibited", kind);
        assert!(lab.went().is_empty(), "{address}: {:?}", lab.went());
    }
    // Of several addresses the public ones are taken.
    let lab = Lab::new(&[("web.test", &["127.0.0.1", "9.9.9.9", "10.0.0.1"])]);
    let outcome = tried(&lab, granted(&server), request("http", &format!("web.test:{port}")));
    assert_eq!(worked(&outcome), format!("200 http://web.test:{port}/hello went to [9.9.9.9:{port}]"));
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_name_that_changes_between_lookup_and_connection_changes_nothing() {
    let server = Server::http(Tls::None);
    let port = server.port();
    let names: &[(&str, &[&str])] = &[("web.test", &["9.9.9.9"]), ("web.test", &["127.0.0.1"])];
    let lab = Lab::new(names);
    let once = request("http", &format!("web.test:{port}"));
    let outcome = tried(&lab, granted(&server), once.clone());
    assert_eq!(worked(&outcome), format!("200 http://web.test:{port}/hello went to [9.9.9.9:{port}]"));
    assert_eq!(lab.asked().len(), 1, "one lookup for one request");
    // Between two requests of one job.
    let lab = Lab::new(names);
    let outcome = tried(&lab, granted(&server), json!([once[0], once[0]]));
    refused(&outcome, "went to [9.9.9.9:", "127.0.0.1 is a loopback address");
    assert!(outcome.summary.contains("DestinationIpProhibited"), "{outcome:?}");
    assert_eq!((lab.went().len(), server.connections()), (1, 0));
}

#[test]
fn what_is_not_granted_is_not_linked() {
    let lab = Lab::new(&[]);
    let load = |grant: Grant| match load(&lab, grant, json!({ "tries": [] }), Limits::default()) {
        Err(LoadError::Imports(ImportError::NotGranted { imports })) => imports,
        other => panic!("{other:?}"),
    };
    let all = super::nothing();
    let names = ["wasi:sockets/instance-network", "wasi:sockets/ip-name-lookup", "wasi:sockets/network"];
    let tcp = [
        "wasi:sockets/tcp",
        "wasi:sockets/tcp-create-socket",
        "wasi:sockets/udp",
        "wasi:sockets/udp-create-socket",
        "wasi:tls/types@0.2.0-draft",
    ];
    let http = ["wasi:http/outgoing-handler", "wasi:http/types"];
    assert_eq!(load(Grant::default()), [&http[..], &names[..], &tcp[..]].concat());
    assert_eq!(load(Grant { http: all.http.clone(), ..Grant::default() }), [&names[..], &tcp[..]].concat());
    assert_eq!(load(Grant { tcp: all.tcp.clone(), ..Grant::default() }), http);
    assert_eq!(load(Grant { dns: all.dns.clone(), ..Grant::default() }), [&http[..], &tcp[..]].concat());
}
