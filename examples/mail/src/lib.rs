// SPDX-License-Identifier: MIT OR Apache-2.0

//! `mail` sends a mail about an alert, over SMTP.
//!
//! It needs the server in `grant.tcp`, and the secret `password` if it is to log in. README.md shows a configuration.

mod config;
mod message;
mod smtp;

use std::time::{Duration, Instant};

use config::{Config, Security};
use prelude_trigger_guest::{Alert, Context, Error, Mode, Outcome, action, net, secrets, template::visible};
use smtp::{Delivery, Link, Session};

/// What is left of a job's time to say how it ended.
const RESERVE: Duration = Duration::from_millis(250);

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    let host = config.server.host.as_str();
    let port = config.server.port.unwrap_or(if config.security == Security::Tls { 465 } else { 587 });
    let to: Vec<_> = config.to.0.iter().chain(&config.cc.0).map(|mailbox| mailbox.address.as_str()).collect();
    if to.is_empty() {
        return Err(Error::misconfigured("`to` is empty: there is nobody to write to"));
    }
    let mail = message::write(config, job, alert)?;
    if job.mode == Mode::Observe {
        return Ok(Outcome::simulated(format!("would have mailed {} with subject `{}`", to.join(", "), mail.subject)));
    }
    let deadline = Instant::now() + Duration::from_millis(job.deadline_ms).saturating_sub(RESERVE);
    let stream = net::Stream::connect(host, port, deadline);
    let stream = stream.map_err(|error| net::failure(&format!("connecting to {host}:{port}"), &error))?;
    let delivery = deliver(config, host, stream, &to, &mail.bytes)?;
    let mut summary = format!("mailed {} of {} recipients: {}", delivery.accepted, to.len(), mail.subject);
    if !delivery.refused.is_empty() {
        summary = format!("{summary}; refused: {}", visible(&delivery.refused.join("; "), 400));
    }
    Ok(Outcome::done(summary).output("message-id", mail.id).output("server-said", delivery.said))
}

/// Hands a mail over a connection that has just been made.
fn deliver<L: Link>(config: &Config, host: &str, link: L, to: &[&str], mail: &[u8]) -> Result<Delivery, Error> {
    let name = config.certificate_name.as_deref().unwrap_or(host.trim_matches(['[', ']']));
    let mut session = match config.security {
        Security::None => Session::greet(link, host, &config.hello)?,
        Security::Starttls => Session::greet(link, host, &config.hello)?.starttls(name, &config.hello)?,
        Security::Tls => {
            let link = link.tls(name).map_err(|error| net::failure(&format!("TLS with {host}"), &error))?;
            Session::greet(link, host, &config.hello)?
        }
    };
    if let Some(user) = &config.user {
        session.login(user, secrets::reveal("password")?.text()?)?;
    }
    let delivery = session.send(&config.from.address, to, mail)?;
    session.quit();
    Ok(delivery)
}

action!(Config, run);

#[cfg(test)]
mod tests;
