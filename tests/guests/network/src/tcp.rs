// SPDX-License-Identifier: MIT OR Apache-2.0

//! TCP as std does it.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket},
};

use wasip2::sockets::{
    instance_network::instance_network,
    network::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress},
    tcp_create_socket::create_tcp_socket,
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    to: String,
    send: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    to: String,
    count: usize,
    /// Each is closed before the next is opened.
    #[serde(default)]
    one_by_one: bool,
}

fn told(error: std::io::Error) -> String {
    error.to_string()
}

pub fn talk(talk: &Talk) -> Result<String, String> {
    let mut stream = TcpStream::connect(&talk.to).map_err(told)?;
    stream.write_all(talk.send.as_bytes()).map_err(told)?;
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).map_err(told)?;
    Ok(String::from_utf8_lossy(&answer[..length]).trim().to_owned())
}

pub fn open(many: &Many) -> Result<String, String> {
    let mut open = Vec::new();
    for n in 0..many.count {
        match TcpStream::connect(&many.to) {
            Ok(_) if many.one_by_one => {}
            Ok(stream) => open.push(stream),
            Err(error) => return Err(format!("{n} are open, and then: {error}")),
        }
    }
    Ok(format!("{} open", open.len()))
}

pub fn udp(to: &str) -> Result<String, String> {
    let socket = UdpSocket::bind("0.0.0.0:0").map_err(told)?;
    socket.send_to(b"hello", to).map_err(told)?;
    Ok("sent".to_owned())
}

pub fn listen(at: &str) -> Result<String, String> {
    let listener = TcpListener::bind(at).map_err(told)?;
    Ok(format!("listening at {:?}", listener.local_addr()))
}

/// Binds a socket without listening, which std cannot do.
pub fn bind(at: &str) -> Result<String, String> {
    let at: std::net::SocketAddrV4 = at.parse().map_err(|error| format!("{error}"))?;
    let [a, b, c, d] = at.ip().octets();
    let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: at.port(), address: (a, b, c, d) });
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).map_err(|error| error.name().to_owned())?;
    socket.start_bind(&instance_network(), address).map_err(|error| error.name().to_owned())?;
    socket.finish_bind().map_err(|error| error.name().to_owned())?;
    Ok("bound".to_owned())
}

pub fn lookup(name: &str) -> Result<String, String> {
    let addresses: Vec<_> = (name, 0).to_socket_addrs().map_err(told)?.map(|at| at.ip().to_string()).collect();
    Ok(addresses.join(" "))
}
