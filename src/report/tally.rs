//! Every event the daemon tells of, each logged and counted in one place.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use tracing::{debug, error, field::display, info, warn};

use crate::{
    actions::{Job, Outcome, State},
    idmef::Message,
    rules::{FellSilent, damping::Held},
    text::{Escaped, quote, shorten},
};

/// Lines of a component's trace that are told.
const MOST_FRAMES: usize = 16;

/// Tells what happens, and counts it.
#[derive(Debug, Default)]
pub struct Report {
    received: AtomicU64,
    own: AtomicU64,
    unreadable: AtomicU64,
    matched: AtomicU64,
    held: AtomicU64,
    jobs: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    observed: AtomicU64,
    expired: AtomicU64,
    known: AtomicU64,
    renewed: AtomicU64,
    put_off: AtomicU64,
    waiting: AtomicU64,
    denied: AtomicU64,
    abandoned: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Totals {
    /// Messages received, heartbeats included.
    pub received: u64,
    /// Of these, messages that this daemon sent itself.
    pub own: u64,
    /// Of these, messages that cannot be read as IDMEF.
    pub unreadable: u64,
    /// Pairs of a message and a trigger that it set off.
    pub matched: u64,
    /// Of these, matches that damping held back.
    pub held: u64,
    /// Jobs made.
    pub jobs: u64,
    /// Jobs that ended as done.
    pub done: u64,
    /// Jobs that ended as failed.
    pub failed: u64,
    /// Jobs that ended as refused.
    pub refused: u64,
    /// Jobs that were only observed.
    pub observed: u64,
    /// Jobs whose deadline passed before they were done.
    pub expired: u64,
    /// Jobs that were made before: the alert came twice.
    pub known: u64,
    /// Jobs that only made a lease last longer.
    pub renewed: u64,
    /// Attempts that failed and were followed by another.
    pub put_off: u64,
    /// Jobs that wait for the next start.
    pub waiting: u64,
    /// Jobs, however they ended, that asked for something and were refused it.
    pub denied: u64,
    /// Jobs that had not ended when the daemon had to stop.
    pub abandoned: u64,
}

impl Report {
    /// A message came in; nothing is known of it yet.
    pub fn received(&self) {
        self.received.fetch_add(1, Relaxed);
    }

    /// A message came back that this daemon sent.
    pub fn own_message(&self, message: &Message) {
        self.own.fetch_add(1, Relaxed);
        debug!(alert = %Name(message), "passing over a message of our own");
    }

    /// What came in cannot be read as an IDMEF message.
    pub fn unreadable(&self, from: &str, error: &dyn std::error::Error) {
        self.unreadable.fetch_add(1, Relaxed);
        warn!(from = %Escaped(from), "passing over a message that cannot be read: {}", Escaped(error));
    }

    /// A message was read; `matches` triggers will run.
    pub fn examined(&self, message: &Message, matches: usize) {
        debug!(alert = %Name(message), matches, "received");
    }

    /// A trigger matched.
    pub fn matched(&self, message: &Message, trigger: &str) {
        self.matched.fetch_add(1, Relaxed);
        info!(trigger = %Escaped(trigger), alert = %Name(message), "trigger matched");
    }

    /// A message came again, and is not counted twice.
    pub fn judged_before(&self, message: &Message, trigger: &str) {
        self.known.fetch_add(1, Relaxed);
        info!(trigger = %Escaped(trigger), alert = %Name(message), "this alert came before, and is not counted again");
    }

    /// Damping holds a match back.
    pub fn held(&self, message: &Message, trigger: &str, held: &Held) {
        self.held.fetch_add(1, Relaxed);
        info!(
            trigger = %Escaped(trigger),
            alert = %Name(message),
            key = %shorten(&held.key, 200),
            "held back by {}: {}",
            held.kind.name(),
            held.why,
        );
    }

    /// A sensor's silence has set off a trigger.
    pub fn fell_silent(&self, silence: &FellSilent<'_>) {
        self.matched.fetch_add(1, Relaxed);
        info!(
            trigger = %Escaped(&silence.trigger.name),
            sensor = %shorten(&silence.sensor, 64),
            name = silence.heartbeat.issuer_name().map(|name| display(shorten(&name, 64))),
            alert = %Name(&silence.heartbeat),
            "trigger matched: the sensor {} for {} s",
            if silence.never_heard { "is expected and was not heard" } else { "has been silent" },
            silence.quiet.as_secs(),
        );
    }

    /// A job was made.
    pub fn job_made(&self, job: &Job) {
        self.jobs.fetch_add(1, Relaxed);
        debug!(job = %job.id, trigger = %Escaped(&job.trigger), action = %Escaped(&job.action), "job made");
    }

    /// A job has ended.
    ///
    /// Its own words were logged when it said them. What a stopped component was doing was not: its author will ask. One that
    /// was denied something and ended well all the same is worth a warning: it may have left out what mattered.
    pub fn job_ended(&self, job: &Job, outcome: &Outcome) {
        let outputs: Vec<_> = outcome.outputs.iter().map(|(name, text)| format!("{name}={}", quote(text))).collect();
        let outputs = Some(outputs.join(" ")).filter(|outputs| !outputs.is_empty());
        // The summary of one that failed says it.
        let failed = matches!(outcome.state, State::Failed(_));
        let denied = Some(outcome.denied.join("; ")).filter(|denied| !denied.is_empty());
        if denied.is_some() {
            self.denied.fetch_add(1, Relaxed);
        }
        let denied = denied.filter(|_| !failed).map(|denied| display(Escaped(denied).to_string()));
        let exchange = outcome.last_exchange.as_ref();
        let exchange = exchange.map(|why| format!(" (last HTTP exchange: {})", Escaped(why))).unwrap_or_default();
        let milliseconds = |time: Duration| display(format!("{:.1}ms", time.as_secs_f64() * 1e3));
        macro_rules! tell {
            ($level:ident) => {
                $level!(
                    job = %job.id,
                    trigger = %Escaped(&job.trigger),
                    action = %Escaped(&job.action),
                    target = job.target.as_ref().map(|target| display(Escaped(target.to_string()))),
                    alert = %Name(&job.message),
                    took = milliseconds(outcome.took),
                    cpu = outcome.used.map(|used| milliseconds(used.cpu)),
                    memory = outcome.used.map(|used| display(format!("{}KiB", used.memory >> 10))),
                    code = outcome.code,
                    retry_after = outcome.retry_after.map(|time| display(format!("{}s", time.as_secs_f64()))),
                    outputs,
                    denied,
                    "{}: {}{exchange}",
                    outcome.state,
                    Escaped(&outcome.summary),
                )
            };
        }
        let counter = match outcome.state {
            State::Done => &self.done,
            State::Observed => &self.observed,
            State::Refused => &self.refused,
            State::Failed(_) => &self.failed,
            State::Expired => &self.expired,
        };
        counter.fetch_add(1, Relaxed);
        match outcome.state {
            State::Done | State::Observed if denied.is_none() => tell!(info),
            _ => tell!(warn),
        }
        for line in outcome.trace.lines().take(MOST_FRAMES) {
            info!(job = %job.id, action = %Escaped(&job.action), "{}", Escaped(line));
        }
    }

    /// An attempt failed, and another follows.
    pub fn job_put_off(&self, job: &Job, outcome: &Outcome, wait: Duration) {
        self.put_off.fetch_add(1, Relaxed);
        warn!(
            job = %job.id,
            trigger = %Escaped(&job.trigger),
            action = %Escaped(&job.action),
            target = job.target.as_ref().map(|target| display(Escaped(target.to_string()))),
            alert = %Name(&job.message),
            attempt = job.attempt,
            "{}: {}; trying again in {:.1} s",
            outcome.state,
            Escaped(&outcome.summary),
            wait.as_secs_f64(),
        );
    }

    /// A job was made before: its alert came twice.
    pub fn job_known(&self, job: &Job, number: i64) {
        self.known.fetch_add(1, Relaxed);
        info!(
            job = number,
            trigger = %Escaped(&job.trigger),
            action = %Escaped(&job.action),
            alert = %Name(&job.message),
            "this alert came before, and this job was made then",
        );
    }

    /// What a job would do stands, and now lasts until then.
    pub fn lease_renewed(&self, job: &Job, lease: i64, until: jiff::Timestamp) {
        self.renewed.fetch_add(1, Relaxed);
        info!(
            job = %job.id,
            trigger = %Escaped(&job.trigger),
            action = %Escaped(&job.action),
            target = job.target.as_ref().map(|target| display(Escaped(target.to_string()))),
            alert = %Name(&job.message),
            lease,
            "done already: lease {lease} lasts until {until:.0}",
        );
    }

    /// What a job would do was done by another while it waited.
    pub fn job_stands(&self, job: &Job, lease: i64) {
        self.done.fetch_add(1, Relaxed);
        info!(
            job = %job.id,
            trigger = %Escaped(&job.trigger),
            action = %Escaped(&job.action),
            target = job.target.as_ref().map(|target| display(Escaped(target.to_string()))),
            alert = %Name(&job.message),
            lease,
            "done: what it would do stands already, under lease {lease}",
        );
    }

    /// A job that came after another one was not run.
    pub fn job_stopped(&self, number: i64, action: &str) {
        self.refused.fetch_add(1, Relaxed);
        warn!(job = number, action = %Escaped(action), "refused: what it comes after did not succeed");
    }

    /// Jobs that have not ended are left to the next start.
    pub fn handed_over(&self, jobs: usize) {
        self.waiting.fetch_add(jobs as u64, Relaxed);
    }

    /// Jobs have not begun, and never will: the daemon had to stop, and its journal ends with it.
    pub fn never_run(&self, jobs: usize) {
        self.abandoned.fetch_add(jobs as u64, Relaxed);
        if jobs > 0 {
            error!(
                "stopped before {jobs} jobs began, and nobody will do them: a journal in a state directory (--state-dir) keeps them"
            );
        }
    }

    /// The daemon had to stop before this job ended.
    pub fn job_abandoned(&self, job: &Job) {
        self.abandoned.fetch_add(1, Relaxed);
        error!(
            job = %job.id,
            trigger = %Escaped(&job.trigger),
            action = %Escaped(&job.action),
            alert = %Name(&job.message),
            "stopped before this job ended; look whether its effect happened",
        );
    }

    /// The counts so far.
    pub fn totals(&self) -> Totals {
        Totals {
            received: self.received.load(Relaxed),
            own: self.own.load(Relaxed),
            unreadable: self.unreadable.load(Relaxed),
            matched: self.matched.load(Relaxed),
            held: self.held.load(Relaxed),
            jobs: self.jobs.load(Relaxed),
            done: self.done.load(Relaxed),
            failed: self.failed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            observed: self.observed.load(Relaxed),
            expired: self.expired.load(Relaxed),
            known: self.known.load(Relaxed),
            renewed: self.renewed.load(Relaxed),
            put_off: self.put_off.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            denied: self.denied.load(Relaxed),
            abandoned: self.abandoned.load(Relaxed),
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages, {} matches, {} jobs: {} done, {} failed, {} refused, {} observed",
            self.received, self.matched, self.jobs, self.done, self.failed, self.refused, self.observed
        )?;
        for (count, what) in [
            (self.expired, "expired"),
            (self.known, "known already"),
            (self.renewed, "only renewed a lease"),
            (self.put_off, "attempts put off"),
            (self.waiting, "jobs wait for the next start"),
            (self.denied, "jobs that were denied something"),
            (self.abandoned, "jobs cut off"),
            (self.unreadable, "unreadable messages"),
            (self.own, "messages of our own"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// By what an operator finds a message again: its messageid.
struct Name<'m>(&'m Message);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.messageid() {
            Some(id) => f.write_str(&shorten(&id, 64)),
            None => f.write_str("without-messageid"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;
    use crate::actions::{Cause, Usage};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A report of one job, as JSON log lines.
    fn told(outcome: &Outcome) -> Vec<serde_json::Value> {
        let message = Message::from_json(br#"{"alert": {"messageid": "abc"}}"#).unwrap();
        let job = Job {
            id: "job-1".into(),
            trigger: "t".into(),
            action: "a".into(),
            attempt: 1,
            attempts: 1,
            message: Arc::new(message),
            captures: std::collections::BTreeMap::default(),
            parameters: Vec::new(),
            target: None,
        };
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || Report::default().job_ended(&job, outcome));
        let lines = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_job_that_has_ended_tells_what_is_known_and_nothing_else() {
        let lines = told(&Outcome::unstarted(State::Refused, "no"));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!((&lines[0]["message"], &lines[0]["level"]), (&"refused: no".into(), &"WARN".into()));
        for absent in ["code", "retry_after", "outputs", "cpu", "memory"] {
            assert!(lines[0].get(absent).is_none(), "{lines:?}");
        }
        let lines = told(&Outcome {
            code: Some("http-503".to_owned()),
            retry_after: Some(Duration::from_millis(1500)),
            outputs: vec![("id".to_owned(), "x y".to_owned()), ("n".to_owned(), "2".to_owned())],
            trace: "0: a\n1: b\n".repeat(100),
            used: Some(Usage { cpu: Duration::from_micros(1500), memory: 2 << 20, instructions: None }),
            ..Outcome::unstarted(State::Failed(Cause::Transient), "busy")
        });
        assert_eq!(lines.len(), 1 + MOST_FRAMES);
        assert_eq!(lines[0]["message"], "failed (transient): busy");
        for (field, text) in [
            ("code", "http-503"),
            ("retry_after", "1.5s"),
            ("outputs", "id='x y' n=2"),
            ("cpu", "1.5ms"),
            ("memory", "2048KiB"),
        ] {
            assert_eq!(lines[0][field], text, "{lines:?}");
        }
        assert_eq!((&lines[1]["message"], &lines[2]["message"]), (&"0: a".into(), &"1: b".into()));
    }

    #[test]
    fn a_job_that_was_denied_something_is_a_warning_although_it_is_done() {
        let denied = vec!["a is not granted".to_owned(), "b\x1b[2J".to_owned()];
        let lines = told(&Outcome { denied: denied.clone(), ..Outcome::unstarted(State::Done, "told") });
        assert_eq!((&lines[0]["message"], &lines[0]["level"]), (&"done: told".into(), &"WARN".into()));
        assert_eq!(lines[0]["denied"], "a is not granted; b\\x1b[2J");
        // The summary of one that failed has it already; why there was no answer it has not.
        let lines = told(&Outcome {
            denied,
            last_exchange: Some("GET http://a: no answer in time".to_owned()),
            ..Outcome::unstarted(State::Failed(Cause::Denied), "no (denied: …)")
        });
        assert!(lines[0].get("denied").is_none(), "{lines:?}");
        assert_eq!(
            lines[0]["message"],
            "failed (denied): no (denied: …) (last HTTP exchange: GET http://a: no answer in time)"
        );
    }
}
