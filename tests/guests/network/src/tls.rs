// SPDX-License-Identifier: MIT OR Apache-2.0

//! TLS over a TCP connection, at once or after a few words in the clear.

use std::net::{SocketAddr, ToSocketAddrs};

use wasip2::{
    io::streams::{InputStream, OutputStream, StreamError},
    sockets::{
        instance_network::instance_network,
        network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress},
        tcp::TcpSocket,
        tcp_create_socket::create_tcp_socket,
    },
};

mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/wasi-tls",
        world: "wasi:tls/imports",
        features: ["tls"],
        with: {
            "wasi:io/error@0.2.12": wasip2::io::error,
            "wasi:io/poll@0.2.12": wasip2::io::poll,
            "wasi:io/streams@0.2.12": wasip2::io::streams,
        },
    });
}

use bindings::wasi::tls::types::ClientHandshake;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    to: String,
    /// Whom the certificate must be for.
    name: String,
    /// What is sent in the clear first, and answered in one line.
    #[serde(default)]
    first: Option<String>,
    send: String,
}

pub fn talk(talk: &Talk) -> Result<String, String> {
    let to = talk.to.to_socket_addrs().map_err(|error| error.to_string())?.next().ok_or("no address")?;
    let (socket, input, output) = connect(to).map_err(|error| error.name().to_owned())?;
    if let Some(first) = &talk.first {
        output.blocking_write_and_flush(first.as_bytes()).map_err(failed)?;
        let answer = input.blocking_read(1024).map_err(failed)?;
        if !answer.starts_with(b"go ahead") {
            return Err(format!("not told to go ahead: {}", String::from_utf8_lossy(&answer)));
        }
    }
    let future = ClientHandshake::finish(ClientHandshake::new(&talk.name, input, output));
    future.subscribe().block();
    let (connection, input, output) =
        future.get().ok_or("not ready")?.map_err(|()| "taken before")?.map_err(|error| error.to_debug_string())?;
    output.blocking_write_and_flush(talk.send.as_bytes()).map_err(failed)?;
    let answer = input.blocking_read(1024).map_err(failed)?;
    connection.close_output();
    drop((input, output, connection, socket));
    Ok(String::from_utf8_lossy(&answer).trim().to_owned())
}

fn failed(error: StreamError) -> String {
    match error {
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
        StreamError::Closed => "closed".to_owned(),
    }
}

fn connect(to: SocketAddr) -> Result<(TcpSocket, InputStream, OutputStream), ErrorCode> {
    let (family, address) = match to {
        SocketAddr::V4(to) => {
            let [a, b, c, d] = to.ip().octets();
            let address = Ipv4SocketAddress { port: to.port(), address: (a, b, c, d) };
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(address))
        }
        SocketAddr::V6(to) => {
            let [a, b, c, d, e, f, g, h] = to.ip().segments();
            let address = (a, b, c, d, e, f, g, h);
            let address = Ipv6SocketAddress { port: to.port(), flow_info: 0, address, scope_id: to.scope_id() };
            (IpAddressFamily::Ipv6, IpSocketAddress::Ipv6(address))
        }
    };
    let socket = create_tcp_socket(family)?;
    socket.start_connect(&instance_network(), address)?;
    let (input, output) = loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            ended => break ended?,
        }
    };
    Ok((socket, input, output))
}
