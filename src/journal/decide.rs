//! Decisions: the jobs that a message asks for, written together or not at all.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Alert, Change, Remember,
    alert::sum,
    audit::{self, Entry},
    chain, lease,
    state::State,
};
use crate::config::{Delivery, Terms};

/// A job as a decision makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The trigger that matched.
    pub trigger: Arc<str>,
    /// Where it stands among the trigger's jobs for this alert, from 0.
    pub place: u32,
    /// The action.
    pub action: Arc<str>,
    /// What it acts on, as `kind:value`; none when the action has no target.
    pub target: Option<String>,
    /// The action's parameters, as texts.
    pub parameters: BTreeMap<String, String>,
    /// What the filters captured.
    pub captures: BTreeMap<String, String>,
    /// What becomes of it when the daemon dies.
    pub delivery: Delivery,
    /// When it is given up.
    pub deadline: Timestamp,
    /// For how long its effect is wanted; none: for ever.
    pub lease: Option<Terms>,
    /// The job of the same decision, by its index, that must be done before this one begins.
    pub after: Option<usize>,
    /// The job that it repeats, because somebody asked for it.
    pub again: Option<i64>,
    /// Why nothing is to be run: the job ends as it is made, as refused or observed.
    pub ended: Option<(State, String)>,
}

/// What became of a job that a decision asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It is a job.
    New {
        /// Its number.
        id: i64,
        /// The lease that it takes.
        lease: Option<i64>,
        /// The job that must be done before it begins.
        after: Option<i64>,
        /// Why it has ended already.
        ended: Option<(State, String)>,
    },
    /// It has been made before: the alert came twice.
    Known(i64),
    /// What it would do is done already, and now lasts until then.
    Renewed {
        /// The job, which has ended as done.
        id: i64,
        /// The lease.
        lease: i64,
        /// When it ends.
        until: Timestamp,
    },
}

/// Writes down what was decided about a message: all its jobs, and what damping remembers, together or not at all.
#[derive(Debug, Clone)]
pub struct Decide {
    /// The message.
    pub alert: Alert,
    /// The jobs, in order.
    pub jobs: Vec<NewJob>,
    /// What damping is to remember.
    pub damping: Vec<Remember>,
    /// When it was decided.
    pub now: Timestamp,
}

impl Made {
    /// The number of the job, also when it was made before.
    pub fn id(&self) -> i64 {
        match self {
            Self::New { id, .. } | Self::Renewed { id, .. } | Self::Known(id) => *id,
        }
    }
}

impl NewJob {
    /// What the job is known by: its alert, the trigger, the action and the target.
    pub fn identity(&self, alert: &Alert) -> [u8; 32] {
        let target = self.target.as_deref().unwrap_or_default();
        let place = if self.target.is_some() { 0 } else { self.place };
        // Without a target, a trigger that names an action twice means it.
        sum(&[
            &alert.identity,
            self.trigger.as_bytes(),
            self.action.as_bytes(),
            target.as_bytes(),
            &place.to_be_bytes(),
            // Asked for twice, it is repeated once.
            &self.again.unwrap_or_default().to_be_bytes(),
            // What was only observed has not been done.
            &[u8::from(matches!(self.ended, Some((State::Observed, _))))],
        ])
    }

    /// Makes it a row; `after` is the row that must be done first.
    pub(super) fn make(
        &self,
        sql: &Connection,
        alert: &Alert,
        after: Option<i64>,
        now: Timestamp,
    ) -> rusqlite::Result<Made> {
        let identity = self.identity(alert);
        let known = sql
            .prepare_cached("SELECT id FROM job WHERE identity = ?1")?
            .query_row([&identity[..]], |row| row.get(0))
            .optional()?;
        if let Some(known) = known {
            return Ok(Made::Known(known));
        }
        let before = match after {
            Some(after) => chain::state(sql, after)?,
            None => None,
        };
        let (after, ended) = match (&self.ended, before) {
            (Some(ended), _) => (None, Some(ended.clone())),
            (None, Some(before)) if before.stops() => (None, Some((State::Refused, before.why()))),
            (None, Some(before)) if before.state.is_terminal() => (None, None),
            (None, _) => (after, None),
        };
        let wants_lease = self.lease.as_ref().filter(|_| ended.is_none());
        let held = match (wants_lease, &self.target) {
            (Some(terms), Some(target)) => lease::renew(sql, &self.action, target, terms, now)?,
            _ => None,
        };
        let message = alert.row(sql)?;
        let (state, summary) = match (&ended, &held) {
            (Some((state, why)), _) => (*state, Some(why.clone())),
            (None, Some((lease, until))) => {
                (State::Done, Some(format!("what lease {lease} did still stands; it is renewed until {until:.0}")))
            }
            (None, None) => (State::Waiting, None),
        };
        let id = sql
            .prepare_cached(
                "INSERT INTO job (identity, message, lease, kind, trigger, place, action, target, parameters, captures, \
                 delivery, state, attempt, due, deadline, made, ended, summary, after, terms, again) \
                 VALUES (?1, ?2, ?3, 'do', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?12, ?14, ?15, ?16, ?17, ?18)",
            )?
            .insert(params![
                &identity[..],
                message,
                held.map(|(lease, _)| lease),
                &*self.trigger,
                self.place,
                &*self.action,
                self.target,
                json(&self.parameters),
                json(&self.captures),
                self.delivery.name(),
                state.name(),
                now.as_millisecond(),
                self.deadline.as_millisecond(),
                state.is_terminal().then(|| now.as_millisecond()),
                summary,
                after,
                self.lease.map(written_terms),
                self.again,
            ])?;
        audit::append(
            sql,
            now,
            &Entry {
                what: "decided",
                job: Some(id),
                lease: held.map(|(lease, _)| lease),
                detail: serde_json::json!({
                    "message": { "issuer": alert.issuer, "messageid": alert.messageid, "sha256": hex::encode(sum(&[&alert.wire])) },
                    "trigger": &*self.trigger, "action": &*self.action, "target": self.target,
                    "parameters": self.parameters, "state": state.name(), "summary": summary,
                }),
            },
        )?;
        if let Some((lease, until)) = held {
            return Ok(Made::Renewed { id, lease, until });
        }
        let lease = match (wants_lease, &self.target) {
            (Some(terms), Some(target)) => Some(lease::take(sql, id, &self.action, target, &self.trigger, terms, now)?),
            _ => None,
        };
        Ok(Made::New { id, lease, after: after.filter(|_| ended.is_none()), ended })
    }
}

/// Terms, as a column holds them: milliseconds, percent, milliseconds.
fn written_terms(terms: Terms) -> String {
    format!("{} {} {}", terms.first.as_millis(), terms.then, terms.up_to.as_millis())
}

/// Terms, read.
pub(super) fn read_terms(text: &str) -> Option<Terms> {
    let mut parts = text.split(' ');
    let mut next = || parts.next()?.parse::<u64>().ok();
    let (first, then, up_to) = (next()?, next()?, next()?);
    Some(Terms {
        first: Duration::from_millis(first),
        then: u32::try_from(then).ok()?,
        up_to: Duration::from_millis(up_to),
    })
}

fn json(texts: &BTreeMap<String, String>) -> String {
    // A map of texts is always JSON.
    serde_json::to_string(texts).unwrap_or_else(|_| "{}".to_owned())
}

impl Change for Decide {
    type Answer = Vec<Made>;

    fn apply(&self, sql: &Connection) -> rusqlite::Result<Vec<Made>> {
        for remember in &self.damping {
            remember.apply(sql)?;
        }
        let mut made: Vec<Made> = Vec::with_capacity(self.jobs.len());
        for job in &self.jobs {
            let after = job.after.and_then(|index| made.get(index)).map(Made::id);
            made.push(job.make(sql, &self.alert, after, self.now)?);
        }
        Ok(made)
    }
}
