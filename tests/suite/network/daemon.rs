//! The network as an operator grants it, with the real resolver and the real authorities, in processes of their own.

use base64::Engine as _;

use super::servers::{Server, Tls, authority};
use crate::{
    guests,
    sandbox::{Ran, Sandbox, text},
};

const ALERT: &str = "{\"alert\": {\"messageid\": \"m\", \"classification\": {\"text\": \"anything\"}}}\n";

/// One alert for one action with this grant, which tries this.
fn run(grant: &str, tries: &str, authorities: Option<&str>) -> Ran {
    let sandbox = Sandbox::new();
    sandbox.write(
        "prelude-trigger.yaml",
        &format!(
            "actions:
  tried:
    component: {}
    config: {{ tries: {tries} }}
    grant: {grant}
triggers:
  - {{ name: all, filters: [{{ path: alert.messageid, regex: m }}], actions: [tried] }}
",
            text(guests::network())
        ),
    );
    let alerts = sandbox.write("alerts", ALERT);
    let file = sandbox.write("authorities.pem", authorities.unwrap_or_default());
    let mut command = sandbox.command(&["run", "--input", text(&alerts)]);
    if authorities.is_some() {
        command.env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR");
    }
    // No proxy is used, whatever the environment says.
    command.env("http_proxy", "http://127.0.0.1:9").env("https_proxy", "http://127.0.0.1:9");
    command.output().expect("the binary runs").into()
}

fn pem() -> String {
    let text = base64::prelude::BASE64_STANDARD.encode(authority());
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[test]
fn what_the_configuration_grants_is_had_and_nothing_else() {
    let (web, line, secure) = (Server::http(Tls::None), Server::lines(Tls::None), Server::http(Tls::Good));
    let (web_port, line_port, secure_port) = (web.port(), line.port(), secure.port());
    let grant = format!(
        "{{ http: ['http://localhost:{web_port}', 'https://127.0.0.0/8:{secure_port}'], tcp: ['127.0.0.1:{line_port}'], \
         dns: ['*.example.net'], allow_private: true }}"
    );
    let tries = format!(
        "[{{ http: {{ scheme: http, authority: 'localhost:{web_port}', path: /hello }} }}, \
         {{ http: {{ scheme: https, authority: '127.0.0.1:{secure_port}', path: /hello }} }}, \
         {{ tcp: {{ to: '127.0.0.1:{line_port}', send: ahoy }} }}]"
    );
    let ran = run(&grant, &tries, Some(&pem())).expect(0);
    assert!(ran.stderr.contains("200 hello | 200 hello | you said ahoy"), "{}", ran.stderr);

    let tries = format!("[{{ http: {{ scheme: http, authority: '127.0.0.1:{web_port}', path: /hello }} }}]");
    let ran = run(&grant, &tries, None);
    let denial = format!("requesting http://127.0.0.1:{web_port}: it is not granted");
    assert!(ran.stderr.contains("denied") && ran.stderr.contains(&denial), "{}", ran.stderr);
    assert_eq!((web.connections(), line.connections(), secure.connections()), (1, 1, 1));
}

#[test]
fn without_an_authority_the_guest_is_told_what_to_install() {
    let server = Server::http(Tls::Good);
    let port = server.port();
    let grant = format!("{{ http: ['https://127.0.0.1:{port}'], tcp: ['127.0.0.1:1'], dns: [example.net] }}");
    let tries = format!("[{{ http: {{ scheme: https, authority: '127.0.0.1:{port}', path: /hello }} }}]");
    let ran = run(&grant, &tries, Some(""));
    assert!(
        ran.stderr.contains("no certificate authority is known") && ran.stderr.contains("ca-certificates"),
        "{}",
        ran.stderr
    );
}
