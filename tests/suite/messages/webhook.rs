//! `webhook`, against an HTTP server over TLS and without.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::{
    Daemon, NASTY, ended,
    servers::{Authority, free_port},
};
use crate::{guests, sandbox::text};

/// A server that answers every request alike, and keeps them.
struct Http {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Http {
    fn new(tls: Option<(&Authority, &str)>, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let config = tls.map(|(authority, name)| {
            let (certificate, key) = authority.issue(name);
            let certificate = CertificateDer::from_pem_file(certificate).unwrap();
            let key = PrivateKeyDer::from_pem_file(key).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
            Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
        });
        let kept = Arc::clone(&requests);
        // It ends with the process of the tests: nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
                let served = match &config {
                    None => serve(stream, answer),
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        serve(StreamOwned::new(connection, stream), answer)
                    }
                };
                kept.lock().unwrap().extend(served.ok());
            }
        });
        Self { port, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Hears one request and answers it.
fn serve(stream: impl Read + Write, answer: &str) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        let end = line == "\r\n";
        head.push_str(&line);
        if end {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let stream = reader.get_mut();
    stream.write_all(answer.as_bytes())?;
    stream.flush()?;
    Ok(head + &String::from_utf8_lossy(&body))
}

const FINE: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

/// A daemon that tells this server.
fn daemon(authority: &Authority, url: &str, more: &str) -> Daemon {
    let daemon = Daemon::new(authority).secret("token", "t0ken\n");
    let token = daemon.sandbox.path("token");
    daemon.configure(
        guests::example("webhook"),
        &format!(
            "config:\n  url: {url}/in\n  {more}\ngrant:\n  http: ['{url}']\n  allow_private: true\n  \
             secrets: {{ token: {{ file: {} }} }}\nlimits: {{ timeout: 5s }}\n",
            text(&token)
        ),
    );
    daemon
}

#[test]
fn an_alert_is_posted_over_tls_with_a_signature() {
    let authority = Authority::new();
    let server = Http::new(Some((&authority, "localhost")), FINE);
    let more = "auth: { bearer: token }\n  sign: { secret: token }\n  format: { json: { what: '{alert.classification.text}' } }";
    let ran = daemon(&authority, &format!("https://localhost:{}", server.port), more).alert(NASTY).expect(0);
    ended(&ran, "done", "answered 202 to POST");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    for expected in
        ["post /in http/1.1", "authorization: bearer t0ken", "x-signature-256: sha256=", "idempotency-key: "]
    {
        assert!(head.contains(expected), "no {expected:?} in\n{head}");
    }
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["what"], serde_json::from_str::<String>(&format!("\"{NASTY}\"")).unwrap());
}

#[test]
fn a_large_alert_goes_as_a_whole() {
    let authority = Authority::new();
    let server = Http::new(None, FINE);
    let daemon = daemon(&authority, &format!("http://localhost:{}", server.port), "format: alert");
    ended(&daemon.alert(&"y".repeat(1 << 20)).expect(0), "done", "answered 202");
    let body = server.requests()[0].split_once("\r\n\r\n").unwrap().1.to_owned();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["alert"]["classification"]["text"].as_str().unwrap().len(), 1 << 20);
}

#[test]
fn how_the_server_answers_decides_on_the_outcome() {
    let authority = Authority::new();
    for (answer, how, what) in [
        (
            "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy",
            "transient",
            "answered 503 (not available): busy",
        ),
        ("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "misconfigured", "answered 401"),
        ("HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n", "permanent", "answered 422"),
        ("HTTP/1.1 302 Go\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", "misconfigured", "192.0.2.1"),
        ("220 mx.example ESMTP\r\n", "transient", "localhost"),
    ] {
        let server = Http::new(None, answer);
        let ran = daemon(&authority, &format!("http://localhost:{}", server.port), "format: plain").alert("Scan");
        assert!(ran.stderr.contains(how) && ran.stderr.contains(what), "no {how:?} and {what:?} in\n{}", ran.stderr);
    }
}

#[test]
fn a_server_that_cannot_be_trusted_or_reached() {
    let authority = Authority::new();
    let outcome = |daemon: &Daemon, how: &str| {
        let ran = daemon.alert("Scan");
        assert!(ran.stderr.contains(how), "not {how}:\n{}", ran.stderr);
    };
    let stranger = Authority::new();
    let unknown = Http::new(Some((&stranger, "localhost")), FINE);
    outcome(&daemon(&authority, &format!("https://localhost:{}", unknown.port), "format: plain"), "certificate");
    let other = Http::new(Some((&authority, "elsewhere.example")), FINE);
    outcome(&daemon(&authority, &format!("https://localhost:{}", other.port), "format: plain"), "certificate");
    outcome(&daemon(&authority, &format!("http://localhost:{}", free_port()), "format: plain"), "transient");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://localhost:{}", silent.local_addr().unwrap().port());
    outcome(&daemon(&authority, &silent, "format: plain"), "transient");
    assert!(unknown.requests().is_empty() && other.requests().is_empty());
}

#[test]
fn what_is_not_granted_or_only_observed_is_not_sent() {
    let authority = Authority::new();
    let (server, granted) = (Http::new(None, FINE), free_port());
    let daemon = daemon(&authority, &format!("http://localhost:{granted}"), "format: plain");
    let file = daemon.sandbox.path("prelude-trigger.yaml");
    let written = fs::read_to_string(&file).unwrap();
    fs::write(&file, written.replace(&format!(":{granted}/in"), &format!(":{}/in", server.port))).unwrap();
    let ran = daemon.alert("Scan");
    assert!(ran.stderr.contains("not granted"), "{}", ran.stderr);
    fs::write(&file, written.replace(&granted.to_string(), &server.port.to_string())).unwrap();
    daemon.run(&["run", "--observe", "--input"], "Scan").expect(0);
    assert!(server.requests().is_empty());
    daemon.alert("Scan").expect(0);
    assert_eq!(server.requests().len(), 1);
}
