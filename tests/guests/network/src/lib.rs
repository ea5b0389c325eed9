// SPDX-License-Identifier: MIT OR Apache-2.0

//! An action that tries what its configuration says on the network, and tells what came of it.

#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "tcp")]
mod tls;

use prelude_trigger_guest::{Alert, Context, Error, Outcome, action};

/// One thing to try.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Try {
    #[cfg(feature = "http")]
    Http(http::Request),
    /// Sends so many requests, all at once or one after the other.
    #[cfg(feature = "http")]
    Requests(http::Many),
    #[cfg(feature = "tcp")]
    Tcp(tcp::Talk),
    /// Connects so often and keeps all sockets open.
    #[cfg(feature = "tcp")]
    Sockets(tcp::Many),
    #[cfg(feature = "tcp")]
    Udp(String),
    #[cfg(feature = "tcp")]
    Listen(String),
    #[cfg(feature = "tcp")]
    Bind(String),
    #[cfg(feature = "tcp")]
    Tls(tls::Talk),
    /// Looks a name up as std does it.
    #[cfg(feature = "tcp")]
    Lookup(String),
    /// Looks a name up with wasi:sockets.
    #[cfg(feature = "dns")]
    Resolve(String),
    /// Does nothing for so many milliseconds.
    Sleep(u64),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    tries: Vec<Try>,
    /// Try already while the configuration is checked.
    #[serde(default)]
    early: bool,
}

#[derive(serde::Deserialize)]
#[serde(try_from = "Config")]
struct Checked(Config);

impl TryFrom<Config> for Checked {
    type Error = String;

    fn try_from(config: Config) -> Result<Self, String> {
        if config.early {
            for (_, told) in config.tries.iter().map(tried) {
                println!("{told}");
            }
        }
        Ok(Self(config))
    }
}

/// Whether it worked, and what came of it.
fn tried(what: &Try) -> (bool, String) {
    let told = match what {
        #[cfg(feature = "http")]
        Try::Http(request) => http::send(request),
        #[cfg(feature = "http")]
        Try::Requests(many) => http::send_many(many),
        #[cfg(feature = "tcp")]
        Try::Tcp(talk) => tcp::talk(talk),
        #[cfg(feature = "tcp")]
        Try::Sockets(many) => tcp::open(many),
        #[cfg(feature = "tcp")]
        Try::Udp(to) => tcp::udp(to),
        #[cfg(feature = "tcp")]
        Try::Listen(at) => tcp::listen(at),
        #[cfg(feature = "tcp")]
        Try::Bind(at) => tcp::bind(at),
        #[cfg(feature = "tcp")]
        Try::Tls(talk) => tls::talk(talk),
        #[cfg(feature = "tcp")]
        Try::Lookup(name) => tcp::lookup(name),
        #[cfg(feature = "dns")]
        Try::Resolve(name) => dns::resolve(name),
        Try::Sleep(milliseconds) => {
            std::thread::sleep(std::time::Duration::from_millis(*milliseconds));
            Ok("slept".to_owned())
        }
    };
    match told {
        Ok(told) => (true, told),
        Err(told) => (false, told),
    }
}

fn run(_: &Context, config: &Checked, _: &Alert) -> Result<Outcome, Error> {
    let tried: Vec<_> = config.0.tries.iter().map(tried).collect();
    let all = tried.iter().all(|(worked, _)| *worked);
    let told: Vec<_> = tried.into_iter().map(|(_, told)| told).collect();
    let told = told.join(" | ");
    if all { Ok(Outcome::done(told)) } else { Err(Error::permanent(told)) }
}

action!(Checked, run);
