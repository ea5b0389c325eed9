// SPDX-License-Identifier: MIT OR Apache-2.0

//! From an alert to a body. JSON is built as JSON and never pasted together, so nothing in an alert can end a string.

use std::net::IpAddr;

use prelude_trigger_guest::{
    Alert, Context, Error, Value as Idmef, path,
    template::{Values, distinct, visible},
};
use serde_json::{Value, json};

use crate::config::{Body, Config, Crowdsec, Format, Ntfy, Thehive};

/// The longest text, in characters, and the largest body, in bytes.
const LONGEST: usize = 16_000;
const LARGEST: usize = 4 << 20;

/// As many addresses as one alert can have decisions or observables for.
const MOST_ADDRESSES: usize = 50;

/// A body and what it is.
#[derive(Debug)]
pub struct Written {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Makes the body; none when the alert has nothing that the format is about.
pub fn write(config: &Config, job: &Context, alert: &Alert) -> Result<Option<Written>, Error> {
    let severity = alert.text(path!("alert.assessment.impact.severity"))?;
    let values = Values::new(job, alert).name("severity", severity.as_deref().unwrap_or("unrated"));
    let title = || {
        let title = config.title.filled(&values)?.unwrap_or_else(|| format!("Alert for trigger {}", job.trigger));
        Ok::<_, Error>(visible(&title, 200))
    };
    let text = || {
        let lines: Vec<_> = config.text.lines(&values)?.iter().map(|line| visible(line, 2000)).collect();
        Ok::<_, Error>(lines.join("\n").chars().take(LONGEST).collect::<String>())
    };
    let number = match severity.as_deref() {
        Some("info") => 1,
        Some("low") => 2,
        Some("high") => 4,
        _ => 3,
    };
    let json = match &config.format {
        Format::Plain => {
            let bytes = text()?.into_bytes();
            return Ok(Some(Written { media_type: "text/plain; charset=utf-8", bytes }));
        }
        Format::Alert => return bounded(alert.json()),
        Format::Slack => json!({ "text": slack(&format!("{}\n{}", title()?, text()?)) }),
        Format::Json(body) => filled(body, &values)?,
        Format::Ntfy(ntfy) => ntfy_message(ntfy, &title()?, &text()?, number),
        Format::Thehive(hive) => hive_alert(hive, job, alert, &title()?, &text()?, number)?,
        Format::Crowdsec(crowdsec) => match crowdsec_alerts(crowdsec, job, alert, &title()?)? {
            Some(alerts) => alerts,
            None => return Ok(None),
        },
    };
    bounded(json.to_string())
}

fn bounded(json: String) -> Result<Option<Written>, Error> {
    if json.len() > LARGEST {
        return Err(Error::permanent(format!("the body would have {} bytes, of at most {LARGEST}", json.len())));
    }
    Ok(Some(Written { media_type: "application/json", bytes: json.into_bytes() }))
}

/// JSON with values in its texts. A text of which all values are missing is null.
fn filled(body: &Body, values: &Values<'_>) -> Result<Value, Error> {
    Ok(match body {
        Body::Fixed(value) => value.clone(),
        Body::List(items) => items.iter().map(|item| filled(item, values)).collect::<Result<_, _>>()?,
        Body::Object(members) => {
            let member = |(key, body): &(String, Body)| Ok::<_, Error>((key.clone(), filled(body, values)?));
            Value::Object(members.iter().map(member).collect::<Result<_, _>>()?)
        }
        Body::Text(text) => match text.lines(values)? {
            none if none.is_empty() => Value::Null,
            lines => Value::String(lines.join("\n")),
        },
    })
}

/// Slack reads `<…>` as links and mentions: `<!channel>` wakes everyone up.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// ntfy's priorities go from 1 to 5, 3 being the usual one.
fn ntfy_message(ntfy: &Ntfy, title: &str, text: &str, severity: u8) -> Value {
    let priority = if severity == 4 { 5 } else { severity.max(2) };
    json!({ "topic": ntfy.topic, "title": title, "message": text, "priority": priority, "tags": ntfy.tags })
}

/// The different values that are addresses of hosts.
fn addresses(texts: Vec<String>) -> Vec<IpAddr> {
    distinct(texts).iter().filter_map(|text| text.parse().ok()).take(MOST_ADDRESSES).collect()
}

fn hive_alert(
    hive: &Thehive,
    job: &Context,
    alert: &Alert,
    title: &str,
    text: &str,
    severity: u8,
) -> Result<Value, Error> {
    let observable =
        |address: IpAddr, tag: &str| json!({ "dataType": "ip", "data": address.to_string(), "tags": [tag] });
    let sources = addresses(alert.texts(path!("alert.source(*).node.address(*).address"))?);
    let targets = addresses(alert.texts(path!("alert.target(*).node.address(*).address"))?);
    let observables: Vec<_> = sources
        .iter()
        .map(|address| observable(*address, "source"))
        .chain(
            targets.iter().filter(|address| !sources.contains(address)).map(|address| observable(*address, "target")),
        )
        .collect();
    // TheHive takes one alert of a type, a source and a reference once: the job's id makes another attempt harmless.
    let mut json = json!({
        "type": hive.r#type, "source": hive.source, "sourceRef": job.job_id, "title": title, "description": text,
        "severity": severity, "tlp": hive.tlp, "pap": hive.pap, "tags": hive.tags, "observables": observables,
    });
    if let Some(Idmef::Time(time)) = alert.get(path!("alert.create_time"))? {
        json["date"] = (time.seconds * 1000 + i64::from(time.microseconds / 1000)).into();
    }
    Ok(json)
}

fn crowdsec_alerts(crowdsec: &Crowdsec, job: &Context, alert: &Alert, title: &str) -> Result<Option<Value>, Error> {
    let sources = addresses(alert.texts(path!("alert.source(*).node.address(*).address"))?);
    if sources.is_empty() {
        return Ok(None);
    }
    let duration = match job.lease_ms {
        Some(lease) => format!("{}s", lease.div_ceil(1000)),
        None => crowdsec.duration.0.clone(),
    };
    let begun = alert.text(path!("alert.create_time"))?.unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    let ended = alert.text(path!("alert.detect_time"))?.unwrap_or_else(|| begun.clone());
    let scenario = format!("prelude/{}", visible(&job.trigger, 100));
    let alert = |address: &IpAddr| {
        let address = address.to_string();
        json!({
            "scenario": scenario, "scenario_hash": "", "scenario_version": "", "message": title,
            "events_count": 1, "events": [], "start_at": begun, "stop_at": ended,
            "capacity": 0, "leakspeed": "0", "simulated": false, "remediation": true,
            "source": { "scope": "Ip", "value": address, "ip": address },
            "decisions": [{
                "origin": "prelude-trigger", "type": crowdsec.decision, "scope": "Ip", "value": address,
                "duration": duration, "scenario": scenario,
            }],
        })
    };
    Ok(Some(sources.iter().map(alert).collect()))
}
