//! `wasi:tls`: a client's TLS over a connection that the component already has, so that no component needs cryptography of
//! its own. The certificate must be for a server that is granted.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
};
use tokio_rustls::TlsConnector;
use wasmtime_wasi_tls::{Error, TlsProvider, TlsStream, TlsTransport};

use super::{
    address::Host,
    session::{SOCKETS, Session},
};
use crate::text::shorten;

/// Speaks TLS for one sandbox.
pub(super) struct Provider(pub(super) Arc<Session>);

/// A connection, and the permit that counts it.
struct Stream {
    stream: tokio_rustls::client::TlsStream<Box<dyn TlsTransport>>,
    _counted: OwnedSemaphorePermit,
}

impl TlsProvider for Provider {
    fn connect(
        &self,
        server_name: String,
        transport: Box<dyn TlsTransport>,
    ) -> Pin<Box<dyn Future<Output = Result<Box<dyn TlsStream>, Error>> + Send>> {
        let session = Arc::clone(&self.0);
        Box::pin(async move {
            let server = server(&session, &server_name)?;
            let counted = Arc::clone(&session.tls).try_acquire_owned();
            let counted =
                counted.map_err(|_| Error::msg(format!("a job may have {SOCKETS} TLS connections at once")))?;
            let trust = session.network.outside.trust().await.map_err(Error::msg)?;
            let handshake = TlsConnector::from(trust).connect(server, transport);
            let ended = tokio::time::timeout(session.timeout, handshake).await;
            let stream = ended.map_err(|_| Error::msg("the TLS handshake took too long"))?.map_err(Error::msg)?;
            Ok(Box::new(Stream { stream, _counted: counted }) as Box<dyn TlsStream>)
        })
    }
}

/// The server's name as its certificate has to have it, if this may be spoken to.
fn server(session: &Session, name: &str) -> Result<ServerName<'static>, Error> {
    let host = Host::parse(name).map_err(|problem| {
        session.deny(&format!("TLS with {}: {problem}", shorten(name, 72)));
        Error::msg(problem)
    })?;
    if !session.check(|| format!("TLS with {host}"), session.network.policy.may_speak_tls(&host)) {
        return Err(Error::msg("this server is not granted"));
    }
    match host {
        Host::Address(address) => Ok(ServerName::from(address)),
        Host::Name(name) => ServerName::try_from(name.as_str().to_owned())
            .map_err(|_| Error::msg("this name is none that a certificate can have")),
    }
}

impl TlsStream for Stream {}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
