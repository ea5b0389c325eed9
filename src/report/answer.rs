//! What was done about an alert, as an alert of our own (RFC 4765, sections 4.2.6.2 and 4.2.2.2).
//!
//! `assessment.action` says what was done, `correlation_alert.alertident` points at the alert it was done about, and the
//! additional data name the job. A failure is an alert about a failure. Source and target are left out, unless the operator
//! wants them, so that a correlator does not take an answer for one more alert about the same addresses.
//!
//! Its messageid is made of the job's number and ours: sent twice, because nobody knew whether it had arrived, it is the same.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    config::{Answer, Answers},
    idmef::{DecodeError, Message},
    journal::{JobKind, JobRow, LeaseRow, LeaseState, State},
};

/// Bytes of a text that came from elsewhere.
const LONGEST: usize = 1024;

/// A job that has ended, with what belongs to it.
#[derive(Debug, Clone)]
pub struct About {
    /// The job.
    pub job: JobRow,
    /// The message that it was made for.
    pub message: Option<Message>,
    /// Its lease.
    pub lease: Option<LeaseRow>,
}

impl About {
    /// What there is to tell; none when nothing was done that was not done before.
    pub fn answer(&self) -> Option<Answer> {
        let tried = self.job.attempt > 0;
        Some(match (self.job.kind, self.job.state) {
            (JobKind::Undo, State::Done) => Answer::Undone,
            (JobKind::Do, State::Done) if tried => Answer::Done,
            (_, State::Failed) => Answer::Failed,
            (_, State::Refused) => Answer::Refused,
            (_, State::Expired) => Answer::Expired,
            (_, State::Observed) => Answer::Observed,
            // What stood already was told when it was done; what had to be restored is the log's.
            (_, State::Done | State::Waiting | State::Running) => return None,
        })
    }

    /// The alert that tells it, as wire bytes; none when the operator does not want it. `analyzer` is who we are, in libprelude's JSON.
    ///
    /// # Errors
    /// Something in it does not fit into IDMEF.
    pub fn alert(&self, analyzer: &Value, settings: &Answers) -> Result<Option<Vec<u8>>, DecodeError> {
        let Some(answer) = self.answer().filter(|answer| settings.send.contains(answer)) else { return Ok(None) };
        let ended = self.job.ended.unwrap_or_else(Timestamp::now);
        let failed = matches!(answer, Answer::Failed | Answer::Expired);
        let mut alert = json!({
            "messageid": messageid(analyzer, "answer", self.job.id, self.job.made),
            "analyzer": [analyzer],
            "create_time": time(ended),
            "classification": { "text": self.title(answer) },
            "assessment": {
                "impact": {
                    // One that is owed and was not done is for people.
                    "severity": if failed { "medium" } else { "info" },
                    "completion": if failed { "failed" } else { "succeeded" },
                    "type": "other",
                    "description": cut(self.job.summary.as_deref().unwrap_or_default()),
                },
            },
            "additional_data": self.data(answer),
        });
        let Some(members) = alert.as_object_mut() else { return Ok(None) };
        if matches!(answer, Answer::Done)
            && let Some(assessment) = members.get_mut("assessment").and_then(Value::as_object_mut)
        {
            let action = json!([{ "category": self.category(), "description": cut(&self.what()) }]);
            assessment.insert("action".to_owned(), action);
        }
        if let Some(message) = &self.message {
            if let Some(cause) = message.messageid() {
                let issuer = message.issuer();
                let mut ident = json!({ "alertident": cut(&cause) });
                if let (Some(issuer), Some(ident)) = (issuer, ident.as_object_mut()) {
                    ident.insert("analyzerid".to_owned(), cut(&issuer).into());
                }
                let name = cut(&format!("Response of trigger {}", self.job.trigger));
                members.insert("correlation_alert".to_owned(), json!({ "name": name, "alertident": [ident] }));
            }
            if settings.addresses
                && let Ok(Value::Object(cause)) = serde_json::from_str(&message.to_json())
                && let Some(cause) = cause.get("alert").and_then(Value::as_object)
            {
                for part in ["source", "target"] {
                    if let Some(value) = cause.get(part) {
                        members.insert(part.to_owned(), value.clone());
                    }
                }
            }
        }
        let alert = json!({ "alert": alert });
        Message::from_json(alert.to_string().as_bytes()).map(|message| Some(message.to_wire()))
    }

    fn title(&self, answer: Answer) -> String {
        let how = match answer {
            Answer::Done => "done",
            Answer::Failed if self.job.kind == JobKind::Undo => "could not be undone",
            Answer::Failed => "failed",
            Answer::Refused => "refused",
            Answer::Expired => "expired",
            Answer::Observed => "only observed",
            Answer::Undone => "undone",
            Answer::Paused => "paused",
        };
        cut(&format!("Response {how}: {}", self.job.action))
    }

    fn what(&self) -> String {
        let on = self.job.target.as_deref().and_then(|target| target.split_once(':'));
        let on = on.map(|(kind, name)| format!(" on {kind} {name}")).unwrap_or_default();
        let until = match self.until() {
            Some(until) => format!(" until {until:.0}"),
            None => String::new(),
        };
        format!("{}{on}{until}", self.job.action)
    }

    fn until(&self) -> Option<Timestamp> {
        let lease = self.lease.as_ref().filter(|lease| matches!(lease.state, LeaseState::Taken | LeaseState::Held))?;
        Some(lease.until)
    }

    /// RFC 4765's word for what was done, as far as its target tells.
    fn category(&self) -> &'static str {
        match self.job.target.as_deref().and_then(|target| target.split_once(':')) {
            Some(("address" | "host", _)) => "block-installed",
            Some(("user" | "service", _)) => "taken-offline",
            Some(_) => "other",
            None => "notification-sent",
        }
    }

    fn data(&self, answer: Answer) -> Value {
        let job = &self.job;
        let mut data = vec![
            text("Job", &job.id.to_string()),
            text("Trigger", &job.trigger),
            text("Action", &job.action),
            text("Outcome", job.state.name()),
            text("Mode", if answer == Answer::Observed { "observe" } else { "enforce" }),
            json!({ "type": "integer", "meaning": "Attempts", "data": job.attempt }),
        ];
        if let Some(target) = &job.target {
            data.push(text("Acted on", target));
        }
        if let Some(summary) = &job.summary {
            data.push(text("Said", summary));
        }
        if let Some(lease) = &self.lease {
            data.push(text("Lease", &lease.id.to_string()));
        }
        if let Some(until) = self.until() {
            data.push(text("Until", &time(until)));
        }
        data.into()
    }
}

/// The same for the same thing told again: what is told of, its number, and when that was.
pub(super) fn messageid(analyzer: &Value, what: &str, id: i64, at: Timestamp) -> String {
    let us = analyzer.get("analyzerid").map(ToString::to_string).unwrap_or_default();
    let mut sum = Sha256::new();
    for part in [what, &us, &id.to_string(), &at.as_millisecond().to_string()] {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part);
    }
    let hex = hex::encode(sum.finalize());
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

pub(super) fn text(meaning: &str, data: &str) -> Value {
    json!({ "type": "string", "meaning": meaning, "data": cut(data) })
}

pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}

/// The beginning of a text; IDMEF's strings hold no NUL.
pub(super) fn cut(text: &str) -> String {
    let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default().replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Delivery;

    fn about(kind: JobKind, state: State) -> About {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let json = br#"{"alert":{"messageid":"abc","analyzer":[{"analyzerid":"4711"}],"source":[{"node":{"address":[{"address":"192.0.2.7"}]}}]}}"#;
        About {
            job: JobRow {
                id: 7,
                kind,
                trigger: "brute-force".to_owned(),
                place: 0,
                action: "block".to_owned(),
                target: Some("address:192.0.2.7".to_owned()),
                parameters: BTreeMap::new(),
                captures: BTreeMap::new(),
                delivery: Delivery::AtLeastOnce,
                state,
                attempt: 1,
                due: at,
                deadline: at,
                made: at,
                ended: Some(at),
                summary: Some("it said \0 so".to_owned()),
                message: Some(1),
                lease: Some(3),
                after: None,
                again: None,
            },
            message: Some(Message::from_json(json).unwrap()),
            lease: Some(LeaseRow {
                id: 3,
                action: "block".to_owned(),
                target: "address:192.0.2.7".to_owned(),
                trigger: "brute-force".to_owned(),
                job: 7,
                state: LeaseState::Held,
                since: at,
                until: at,
                times: 1,
                ended: None,
                why: None,
            }),
        }
    }

    fn told(about: &About, settings: &Answers) -> Option<Value> {
        let analyzer = json!({ "analyzerid": "99", "name": "prelude-trigger" });
        let wire = about.alert(&analyzer, settings).unwrap()?;
        let told = serde_json::from_str::<Value>(&Message::from_wire(&wire).unwrap().to_json()).unwrap();
        Some(told.get("alert").unwrap().clone())
    }

    #[test]
    fn it_says_what_was_done_and_points_at_the_cause() {
        let alert = told(&about(JobKind::Do, State::Done), &Answers::default()).unwrap();
        let at = |pointer: &str| alert.pointer(pointer).unwrap_or(&Value::Null).clone();
        assert_eq!(at("/classification/text"), "Response done: block");
        assert_eq!(at("/assessment/action/0/category"), "block-installed");
        assert_eq!(at("/assessment/action/0/description"), "block on address 192.0.2.7 until 2027-01-15T08:00:00Z");
        assert_eq!(at("/correlation_alert/alertident/0/alertident"), "abc");
        assert_eq!(at("/correlation_alert/alertident/0/analyzerid"), "4711");
        assert_eq!(at("/assessment/impact/completion"), "succeeded");
        assert_eq!(at("/analyzer/0/analyzerid"), "99");
        assert!(alert.get("source").is_none());
        let again = told(&about(JobKind::Do, State::Done), &Answers { addresses: true, ..Answers::default() }).unwrap();
        assert_eq!(again.pointer("/source/0/node/address/0/address").unwrap(), "192.0.2.7");
        assert_eq!(again.get("messageid"), alert.get("messageid"));
    }

    #[test]
    fn a_failure_is_a_failure_and_what_nobody_wants_is_not_told() {
        let failed = told(&about(JobKind::Undo, State::Failed), &Answers::default()).unwrap();
        assert_eq!(failed.pointer("/classification/text").unwrap(), "Response could not be undone: block");
        assert_eq!(failed.pointer("/assessment/impact/completion").unwrap(), "failed");
        assert!(failed.pointer("/assessment/action").is_none());
        let undone = told(&about(JobKind::Undo, State::Done), &Answers::default()).unwrap();
        assert_eq!(undone.pointer("/classification/text").unwrap(), "Response undone: block");
        assert_eq!(told(&about(JobKind::Do, State::Refused), &Answers::default()), None);
        let renewed = About {
            job: JobRow { attempt: 0, ..about(JobKind::Do, State::Done).job },
            ..about(JobKind::Do, State::Done)
        };
        assert_eq!(told(&renewed, &Answers::default()), None);
        let nameless =
            About { message: Some(Message::from_json(br#"{"alert":{}}"#).unwrap()), ..about(JobKind::Do, State::Done) };
        assert!(told(&nameless, &Answers::default()).unwrap().get("correlation_alert").is_none());
    }
}
