// SPDX-License-Identifier: MIT OR Apache-2.0

//! `jabber` tells people, and rooms, on Jabber (XMPP) about an alert.
//!
//! It needs the server in `grant.tcp`, and the secret `password`. README.md shows a configuration.

mod config;
mod sasl;
mod xml;
mod xmpp;

use std::time::{Duration, Instant};

use config::{Config, Security};
use prelude_trigger_guest::{
    Alert, Context, Error, Mode, Outcome, action, net, path, secrets,
    template::{Values, visible},
};
use xmpp::{Link, Said, Session};

/// What is left of a job's time to say how it ended.
const RESERVE: Duration = Duration::from_millis(250);

/// The longest line, in characters, and as many lines as are sent.
const LONGEST_LINE: usize = 1000;
const MOST_LINES: usize = 40;

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    let audience: Vec<_> = config.to.0.iter().chain(&config.room).map(ToString::to_string).collect();
    if audience.is_empty() {
        return Err(Error::misconfigured("there is neither `to` nor `room`: there is nobody to tell"));
    }
    let text = text(config, job, alert)?;
    let audience = audience.join(", ");
    if job.mode == Mode::Observe {
        return Ok(Outcome::simulated(format!("would have told {audience}: {text}")));
    }
    let deadline = Instant::now() + Duration::from_millis(job.deadline_ms).saturating_sub(RESERVE);
    let host = config.server.as_ref().map_or(config.jid.domain.as_str(), |server| &server.host);
    let usual = if config.security == Security::Tls { 5223 } else { 5222 };
    let port = config.server.as_ref().and_then(|server| server.port).unwrap_or(usual);
    let stream = net::Stream::connect(host, port, deadline);
    let stream = stream.map_err(|error| net::failure(&format!("connecting to {host}:{port}"), &error))?;
    let (told, refused) = tell(config, job, stream, host, &text)?;
    let summary = match refused.as_slice() {
        [] => format!("told {audience}"),
        refused => format!("told {told}; refused: {}", visible(&refused.join("; "), 400)),
    };
    Ok(Outcome::done(summary))
}

fn text(config: &Config, job: &Context, alert: &Alert) -> Result<String, Error> {
    let severity = alert.text(path!("alert.assessment.impact.severity"))?;
    let values = Values::new(job, alert).name("severity", severity.as_deref().unwrap_or("unrated"));
    let lines = config.text.lines(&values)?;
    let lines: Vec<_> = lines.iter().take(MOST_LINES).map(|line| visible(line, LONGEST_LINE)).collect();
    match lines.is_empty() {
        true => Ok(format!("Alert for trigger {}", visible(&job.trigger, 200))),
        false => Ok(lines.join("\n")),
    }
}

/// Tells everyone over a connection that has just been made: how many took it, and who did not. An error when nobody did.
fn tell<L: Link>(
    config: &Config,
    job: &Context,
    link: L,
    host: &str,
    text: &str,
) -> Result<(usize, Vec<String>), Error> {
    let link = match config.security {
        Security::Starttls => xmpp::starttls(link, &config.jid, host)?,
        Security::Tls => {
            link.tls(&config.jid.domain).map_err(|error| net::failure(&format!("TLS with {host}"), &error))?
        }
    };
    let password = secrets::reveal("password")?;
    let mut session = Session::log_in(link, &config.jid, password.text()?, host)?;
    prelude_trigger_guest::debug!("logged in as {}", session.me());
    let (mut told, mut refused, mut first) = (0, Vec::new(), None);
    let mut count = |said| match said {
        Said::Taken => told += 1,
        Said::Refused(error) => {
            refused.push(error.to_string());
            // One that may be told later makes it worth another attempt.
            if first.as_ref().is_none_or(|known: &Error| !known.is_transient() && error.is_transient()) {
                first = Some(error);
            }
        }
    };
    for jid in &config.to.0 {
        count(session.tell(jid, &job.job_id, text)?);
    }
    if let Some(room) = &config.room {
        let password = config.room_password.as_deref().map(secrets::reveal).transpose()?;
        let password = password.as_ref().map(|password| password.text()).transpose()?;
        count(session.tell_room(room, &config.nick, password, &job.job_id, text)?);
    }
    session.close();
    match first {
        Some(error) if told == 0 => Err(error),
        _ => Ok((told, refused)),
    }
}

action!(Config, run);

#[cfg(test)]
mod tests;
