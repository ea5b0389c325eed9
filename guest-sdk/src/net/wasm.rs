// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connections over wasi:sockets, and TLS over wasi:tls.

use std::{
    fmt,
    io::{self, ErrorKind},
    net::IpAddr,
    time::Instant,
};

use crate::{
    stream,
    wasi::wasi::{
        io::streams::{InputStream, OutputStream},
        sockets::{
            instance_network::instance_network,
            ip_name_lookup::resolve_addresses,
            network::{
                ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, Network,
            },
            tcp::TcpSocket,
            tcp_create_socket::create_tcp_socket,
        },
        tls::types::{ClientConnection, ClientHandshake},
    },
};

/// The streams are children of the socket and go first.
pub struct Stream {
    input: InputStream,
    output: OutputStream,
    tls: Option<ClientConnection>,
    _socket: TcpSocket,
    deadline: Instant,
}

impl Stream {
    pub fn connect(host: &str, port: u16, deadline: Instant) -> io::Result<Self> {
        let network = instance_network();
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in addresses(&network, host, deadline)? {
            match connect(&network, address, port, deadline) {
                Ok((socket, input, output)) => {
                    return Ok(Self { input, output, tls: None, _socket: socket, deadline });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub fn tls(self, name: &str) -> io::Result<Self> {
        let Self { input, output, _socket, deadline, .. } = self;
        let future = ClientHandshake::finish(ClientHandshake::new(name, input, output));
        let (connection, input, output) = loop {
            match future.get() {
                Some(Ok(Ok(streams))) => break streams,
                Some(Ok(Err(error))) => return Err(stream::failed(&error.to_debug_string())),
                Some(Err(())) => return Err(io::Error::other("the host gave the streams to someone else")),
                None => stream::wait(&future.subscribe(), deadline)?,
            }
        };
        Ok(Self { input, output, tls: Some(connection), _socket, deadline })
    }

    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = stream::read(&self.input, buffer.len(), self.deadline)?;
        let (into, _) = buffer.split_at_mut(bytes.len().min(buffer.len()));
        into.copy_from_slice(bytes.get(..into.len()).unwrap_or_default());
        Ok(into.len())
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        stream::write(&self.output, bytes, self.deadline)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        stream::flush(&self.output, self.deadline)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("tls", &self.is_tls()).finish_non_exhaustive()
    }
}

/// The addresses of a name; an address is its own, and nobody is asked.
fn addresses(network: &Network, host: &str, deadline: Instant) -> io::Result<Vec<IpAddr>> {
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Ok(vec![address]);
    }
    let answers = resolve_addresses(network, host).map_err(error)?;
    let mut addresses = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => addresses.push(IpAddr::from([a, b, c, d])),
            Ok(Some(IpAddress::Ipv6((a, b, c, d, e, f, g, h)))) => {
                addresses.push(IpAddr::from([a, b, c, d, e, f, g, h]))
            }
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => stream::wait(&answers.subscribe(), deadline)?,
            Err(code) => return Err(error(code)),
        }
    }
}

fn connect(
    network: &Network,
    address: IpAddr,
    port: u16,
    deadline: Instant,
) -> io::Result<(TcpSocket, InputStream, OutputStream)> {
    let (family, address) = match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) }))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            let address = (a, b, c, d, e, f, g, h);
            (
                IpAddressFamily::Ipv6,
                IpSocketAddress::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 }),
            )
        }
    };
    let socket = create_tcp_socket(family).map_err(error)?;
    socket.start_connect(network, address).map_err(error)?;
    loop {
        match socket.finish_connect() {
            Ok((input, output)) => return Ok((socket, input, output)),
            Err(ErrorCode::WouldBlock) => stream::wait(&socket.subscribe(), deadline)?,
            Err(code) => return Err(error(code)),
        }
    }
}

fn error(code: ErrorCode) -> io::Error {
    let (kind, text) = match code {
        ErrorCode::AccessDenied => (ErrorKind::PermissionDenied, "the operator has not granted this connection"),
        ErrorCode::NameUnresolvable | ErrorCode::PermanentResolverFailure => {
            (ErrorKind::NotFound, "there is no such name")
        }
        ErrorCode::TemporaryResolverFailure => (ErrorKind::NotFound, "the name cannot be looked up now"),
        ErrorCode::Timeout => (ErrorKind::TimedOut, "there was no answer in time"),
        ErrorCode::ConnectionRefused => (ErrorKind::ConnectionRefused, "the connection was refused"),
        ErrorCode::ConnectionReset => (ErrorKind::ConnectionReset, "the other side has reset the connection"),
        ErrorCode::ConnectionAborted => (ErrorKind::ConnectionAborted, "the connection was aborted"),
        ErrorCode::RemoteUnreachable => (ErrorKind::HostUnreachable, "the server cannot be reached"),
        ErrorCode::InvalidArgument => (ErrorKind::InvalidInput, "this is not a name or an address"),
        other => return io::Error::other(other.name()),
    };
    io::Error::new(kind, text)
}
