// SPDX-License-Identifier: MIT OR Apache-2.0

//! From an alert to a mail. Everything in an alert may have been chosen by an attacker: what goes into a header is one line
//! without control characters, is cut, and is encoded by the MIME library; no header, address or file name is made of it.

use mail_builder::{MessageBuilder, headers::raw::Raw};
use prelude_trigger_guest::{
    Alert, Context, Error, path,
    template::{Values, visible},
};

use crate::config::{Config, Mailbox, Mailboxes};

/// The longest subject and the longest line of the text, in characters.
const LONGEST_SUBJECT: usize = 200;
const LONGEST_LINE: usize = 2000;

/// As many lines as a text has, and as many bytes of an alert as are attached.
const MOST_LINES: usize = 200;
const LARGEST_ALERT: usize = 2 << 20;

/// A mail as it is handed over.
pub struct Mail {
    /// For the operator.
    pub subject: String,
    /// The same at every attempt, so that a mail that arrives twice can be told.
    pub id: String,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

/// Makes the mail about an alert.
pub fn write(config: &Config, job: &Context, alert: &Alert) -> Result<Mail, Error> {
    let severity = alert.text(path!("alert.assessment.impact.severity"))?;
    let values = Values::new(job, alert).name("severity", severity.as_deref().unwrap_or("unrated"));
    let subject = config.subject.filled(&values)?.unwrap_or_else(|| format!("Alert for trigger {}", job.trigger));
    let subject = visible(&subject, LONGEST_SUBJECT);
    let mut lines: Vec<_> =
        config.text.lines(&values)?.iter().take(MOST_LINES).map(|line| visible(line, LONGEST_LINE)).collect();
    lines.push(String::new());
    let id = id(config, job);
    let mut mail = MessageBuilder::new()
        .from(named(&config.from))
        .to(list(&config.to))
        .subject(subject.as_str())
        .message_id(id.as_str())
        // RFC 3834: nobody answers that they are on holiday.
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .text_body(lines.join("\r\n"));
    if !config.cc.0.is_empty() {
        mail = mail.cc(list(&config.cc));
    }
    if config.attach_alert {
        let json = alert.json();
        if json.len() <= LARGEST_ALERT {
            mail = mail.attachment("application/json", "alert.json", json.into_bytes());
        }
    }
    let bytes =
        mail.write_to_vec().map_err(|error| Error::permanent(format!("the mail cannot be written: {error}")))?;
    Ok(Mail { subject, id, bytes })
}

fn id(config: &Config, job: &Context) -> String {
    let plain = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_');
    let part = |text: &str| text.chars().filter(plain).take(100).collect::<String>();
    let domain = config.from.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    format!("{}.{}@{domain}", part(&job.job_id), part(&job.action))
}

fn named(mailbox: &Mailbox) -> (String, String) {
    (mailbox.name.clone().unwrap_or_default(), mailbox.address.clone())
}

fn list(mailboxes: &Mailboxes) -> Vec<(String, String)> {
    mailboxes.0.iter().map(named).collect()
}
