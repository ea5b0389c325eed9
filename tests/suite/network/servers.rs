//! Servers on the loopback interface that behave as badly as they are asked to.

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    runtime::Runtime,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// What its certificate is like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    None,
    Good,
    Expired,
    SelfSigned,
}

/// A server that ends with the test.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Speaks HTTP; the path says how.
    pub fn http(tls: Tls) -> Self {
        Self::start("127.0.0.1:0", tls, false)
    }

    /// Answers lines with lines. `STARTTLS` begins TLS.
    pub fn lines(tls: Tls) -> Self {
        Self::start("127.0.0.1:0", tls, true)
    }

    pub fn start(at: &str, tls: Tls, lines: bool) -> Self {
        let listener = StdListener::bind(at).expect("a free port");
        listener.set_nonblocking(true).expect("not blocking");
        let address = listener.local_addr().expect("an address");
        let (connections, open) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (count, now) = (Arc::clone(&connections), Arc::clone(&open));
        let acceptor = acceptor(tls);
        let task = RUNTIME.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let mut tasks = tokio::task::JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, SeqCst);
                now.fetch_add(1, SeqCst);
                let (acceptor, now) = (acceptor.clone(), Arc::clone(&now));
                tasks.spawn(async move {
                    let _ = match (acceptor, lines) {
                        (None, false) => serve(&mut stream).await,
                        (None, true) => answer(&mut stream).await.map(|_| ()),
                        (Some(acceptor), false) => match acceptor.accept(stream).await {
                            Ok(mut stream) => serve(&mut stream).await,
                            Err(error) => Err(error),
                        },
                        (Some(acceptor), true) => begin_tls(stream, acceptor).await,
                    };
                    now.fetch_sub(1, SeqCst);
                });
            }
        });
        Self { address, connections, open, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    /// How many connections there are now.
    pub fn open(&self) -> usize {
        self.open.load(SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The authority that everyone trusts here.
static AUTHORITY: LazyLock<CertifiedIssuer<'static, KeyPair>> = LazyLock::new(|| {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, "authority of the tests");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
});

pub fn authority() -> CertificateDer<'static> {
    AUTHORITY.der().clone()
}

fn acceptor(tls: Tls) -> Option<TlsAcceptor> {
    if tls == Tls::None {
        return None;
    }
    let names = ["good.test", "a.wild.test", "127.0.0.1"].map(str::to_owned);
    let mut params = CertificateParams::new(names).expect("parameters");
    if tls == Tls::Expired {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = match tls {
        Tls::SelfSigned => params.self_signed(&key),
        _ => params.signed_by(&key, &AUTHORITY),
    };
    let chain = vec![certificate.expect("a certificate").der().clone()];
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .expect("a configuration");
    Some(TlsAcceptor::from(Arc::new(config)))
}

async fn begin_tls(mut stream: tokio::net::TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
    if answer(&mut stream).await? {
        let mut stream = acceptor.accept(stream).await?;
        answer(&mut stream).await?;
    }
    Ok(())
}

/// Answers lines; true when TLS is to begin.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<bool> {
    let mut line = vec![0; 4096];
    loop {
        let length = stream.read(&mut line).await?;
        let text = String::from_utf8_lossy(&line[..length]).trim().to_owned();
        match text.as_str() {
            "" if length == 0 => return Ok(false),
            "STARTTLS" => {
                stream.write_all(b"go ahead\n").await?;
                return Ok(true);
            }
            "hold" => while stream.read(&mut line).await? > 0 {},
            other => stream.write_all(format!("you said {other}\n").as_bytes()).await?,
        }
        stream.flush().await?;
    }
}

/// One request, one answer.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut part = vec![0; 64 << 10];
    let head = loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut part).await? {
            0 => return Ok(()),
            length => request.extend_from_slice(&part[..length]),
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).into_owned();
    let length =
        text.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap_or(0));
    while request.len() < head + length {
        match stream.read(&mut part).await? {
            0 => break,
            length => request.extend_from_slice(&part[..length]),
        }
    }
    let path = text.split(' ').nth(1).unwrap_or("/").to_owned();
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let whole = |body: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    match path {
        "/hello" => stream.write_all(whole("hello").as_bytes()).await?,
        "/echo" => {
            let body = String::from_utf8_lossy(&request[head..]).into_owned();
            stream.write_all(whole(&format!("{text}{body}")).as_bytes()).await?;
        }
        "/count" => stream.write_all(whole(&format!("{} bytes came", request.len() - head)).as_bytes()).await?,
        "/redirect" => {
            let answer = format!("HTTP/1.1 302 Found\r\nlocation: {query}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await?;
        }
        "/silent" | "/nothing" => {}
        "/stops" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.").await?;
        }
        "/drips" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(b".").await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            let much = vec![b'e'; 64 << 10];
            loop {
                stream.write_all(&much).await?;
            }
        }
        "/much" => {
            let bytes: usize = query.parse().unwrap_or(0);
            stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n").as_bytes()).await?;
            stream.write_all(&vec![b'm'; bytes]).await?;
        }
        "/big-head" => {
            let field = "x".repeat(100 << 10);
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\nbig: {field}\r\ncontent-length: 0\r\n\r\n").as_bytes())
                .await?;
        }
        "/endless-head" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nbig: ").await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
            }
        }
        "/many-fields" => {
            let fields: String = (0..1000).map(|n| format!("f{n}: v\r\n")).collect();
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{fields}content-length: 0\r\n\r\n").as_bytes()).await?;
        }
        "/cut" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.").await?,
        "/other" => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await?,
        _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await?,
    }
    stream.flush().await?;
    if path == "/cut" || path == "/nothing" || path == "/other" {
        return stream.shutdown().await;
    }
    // Who asked closes; a server that never does must not keep anyone.
    while stream.read(&mut part).await? > 0 {}
    Ok(())
}
