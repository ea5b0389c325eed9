// SPDX-License-Identifier: MIT OR Apache-2.0

//! `webhook` tells a web service about an alert, over HTTP.
//!
//! It needs the server in `grant.http`, and the secrets that its configuration names. README.md shows configurations.
//! What is said of a request names the server only: some services put the password into the path.

mod body;
mod config;

use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use config::{Auth, Config, Crowdsec, Format, Target};
use hmac::{Hmac, Mac as _};
use prelude_trigger_guest::{
    Alert, Context, Error, Mode, Outcome, action,
    http::{Request, Response, Url},
    secrets,
};

/// What is left of a job's time to say how it ended.
const RESERVE: Duration = Duration::from_millis(250);

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    let deadline = Instant::now() + Duration::from_millis(job.deadline_ms).saturating_sub(RESERVE);
    let method = config.method.name();
    let Some(body) = body::write(config, job, alert)? else {
        return Ok(Outcome::skipped("the alert has no source address to decide on"));
    };
    if job.mode == Mode::Observe {
        let server = match &config.url {
            Target::Url(url) => url.authority(),
            Target::Secret(secret) => &format!("the server in secret `{}`", secret.secret),
        };
        let length = body.bytes.len();
        return Ok(Outcome::simulated(format!("would have sent {length} bytes to {server} by {method}")));
    }
    let mut url = url(&config.url)?;
    let mut request = Request::new(method, &url);
    if let Format::Crowdsec(crowdsec) = &config.format {
        let token = log_in(crowdsec, &url, deadline)?;
        url = at(&url, "/v1/alerts")?;
        request = Request::new(method, &url).header("authorization", format!("Bearer {token}"));
    }
    // A name that the operator has written wins over the format's.
    if !config.headers.keys().any(|name| name.0.eq_ignore_ascii_case("content-type")) {
        request = request.header("content-type", body.media_type);
    }
    request = request.header("idempotency-key", key(&job.job_id)).header("user-agent", "prelude-trigger-webhook/0.1");
    for (name, value) in &config.headers {
        request = request.header(&name.0, &value.0);
    }
    request = signed(authenticated(request, config.auth.as_ref())?, config, &body.bytes)?;
    let response = request.body(body.bytes).timeout(left(deadline)).at_most(4096).send()?;
    let server = url.authority();
    if response.is_success() {
        let summary = format!("{server} answered {} to {method}", response.status);
        return Ok(Outcome::done(summary).output("status", response.status.to_string()));
    }
    if matches!(config.format, Format::Thehive(_))
        && response.status == 400
        && response.text().contains("already exist")
    {
        return Ok(Outcome::done(format!("{server} has it already")));
    }
    Err(response.failure())
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn url(target: &Target) -> Result<Url, Error> {
    match target {
        Target::Url(url) => Ok(url.clone()),
        Target::Secret(name) => {
            let secret = secrets::reveal(&name.secret)?;
            // Without the text itself, which is the secret.
            secret
                .text()?
                .trim()
                .parse()
                .map_err(|error| Error::misconfigured(format!("secret `{}`: {error}", name.secret)))
        }
    }
}

/// A path below the one that the server's URL has.
fn at(url: &Url, path: &str) -> Result<Url, Error> {
    let base = url.path().trim_end_matches('/');
    url.with_path(&format!("{base}{path}")).map_err(|error| Error::misconfigured(error.to_string()))
}

/// A secret as a header; one with a line break in it is not sent anywhere.
fn header(text: &str) -> Result<&str, Error> {
    match text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        true => Ok(text),
        false => Err(Error::misconfigured("a secret has characters that a header cannot have").code("secret")),
    }
}

fn authenticated(request: Request, auth: Option<&Auth>) -> Result<Request, Error> {
    Ok(match auth {
        None => request,
        Some(Auth::Bearer(name)) => {
            request.header("authorization", format!("Bearer {}", header(secrets::reveal(name)?.text()?)?))
        }
        Some(Auth::Basic(basic)) => {
            let password = secrets::reveal(&basic.password)?;
            let both = BASE64_STANDARD.encode(format!("{}:{}", basic.user, password.text()?));
            request.header("authorization", format!("Basic {both}"))
        }
        Some(Auth::Header(secret)) => request.header(&secret.name.0, header(secrets::reveal(&secret.secret)?.text()?)?),
    })
}

fn signed(request: Request, config: &Config, body: &[u8]) -> Result<Request, Error> {
    let Some(sign) = &config.sign else { return Ok(request) };
    let key = secrets::reveal(&sign.secret)?;
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.bytes())
        .map_err(|_| Error::misconfigured(format!("secret `{}` cannot be a key", sign.secret)))?;
    mac.update(body);
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(request.header(&sign.header.0, format!("sha256={digest}")))
}

/// A job's id as a header.
fn key(job: &str) -> String {
    job.chars().filter(char::is_ascii_graphic).take(200).collect()
}

/// A token for CrowdSec's local API.
fn log_in(crowdsec: &Crowdsec, url: &Url, deadline: Instant) -> Result<String, Error> {
    #[derive(serde::Deserialize)]
    struct Answer {
        token: String,
    }
    let password = secrets::reveal(&crowdsec.password)?;
    let body = serde_json::json!({ "machine_id": crowdsec.machine, "password": password.text()?, "scenarios": [] });
    let response = Request::post(&at(url, "/v1/watchers/login")?)
        .header("content-type", "application/json")
        .body(body.to_string())
        .timeout(left(deadline))
        .send()?;
    let odd = |response: &Response| {
        let message = format!("{} answered {} to the login, and gave no token", url.authority(), response.status);
        Error::transient(message).code("no-token")
    };
    if !response.is_success() {
        return Err(response.failure());
    }
    let answer: Answer = serde_json::from_slice(&response.body).map_err(|_| odd(&response))?;
    header(&answer.token).map(str::to_owned).map_err(|_| odd(&response))
}

action!(Config, run);

#[cfg(test)]
mod tests;
