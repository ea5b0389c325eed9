//! Message in, decision out: the only place where an alert, or the silence of a sensor, is decided upon.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};
use tracing::{error, info};

use super::{
    Settings,
    memory::Memory,
    reload::Handover,
    vigil::{Links, TICK, Vigil},
};
use crate::{
    actions::Job,
    config::{Captures, Mode},
    dispatch::{Dispatcher, Wish},
    idmef::Message,
    journal::{Alert, Health, Journal, Note},
    load::Loaded,
    report::Report,
    rules::{RuleSet, Trigger, damping::Verdict},
    source::Received,
};

/// Takes messages in the order they come.
pub struct Pipeline {
    rules: Arc<RuleSet>,
    dispatcher: Arc<Dispatcher>,
    journal: Journal,
    health: watch::Receiver<Health>,
    vigil: Vigil,
    memory: Memory,
    settings: Settings,
    report: Arc<Report>,
}

impl Pipeline {
    /// A pipeline that begins with this configuration, for messages that come over these links.
    pub(super) fn new(
        loaded: &Loaded,
        dispatcher: Arc<Dispatcher>,
        (journal, memory): (Journal, Memory),
        settings: Settings,
        report: Arc<Report>,
        links: Links,
    ) -> Self {
        let rules = Arc::clone(&loaded.rules);
        let vigil = Vigil::new(links, &rules, Instant::now());
        Self { rules, dispatcher, health: journal.health(), journal, vigil, memory, settings, report }
    }

    /// Runs until the last sender of messages is gone and everything is decided, or the journal is closed.
    pub(super) async fn run(mut self, mut messages: mpsc::Receiver<Received>, mut changes: mpsc::Receiver<Handover>) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // What cannot be written down is not received: the manager keeps it.
            let stuck = *self.health.borrow() != Health::Fine;
            tokio::select! {
                // In this order: time passes up to now only when no message waits.
                biased;
                Some(handover) = changes.recv() => self.change(handover).await,
                received = messages.recv(), if !stuck => match received {
                    Some(received) => self.handle(&received).await,
                    None => break,
                },
                _ = tick.tick() => self.look_round(stuck).await,
                changed = self.health.changed(), if stuck => if changed.is_err() { return },
            }
        }
        self.note().await;
    }

    /// Takes over, between two messages: no lease can be taken between looking for those that forbid it and the new rules.
    async fn change(&mut self, Handover { loaded, taken }: Handover) {
        match self.dispatcher.orphans(&loaded.actions).await {
            Ok(orphans) if orphans.is_empty() => {}
            Ok(orphans) => return drop(taken.send(Err(orphans))),
            // The daemon stops.
            Err(_) => return,
        }
        self.dispatcher.adopt(Arc::clone(&loaded.actions), Arc::clone(&loaded.never)).await;
        // Before anything is decided by it: the journal writes in the order of calls.
        let configured = loaded.as_configured(self.settings.observe);
        if let Err(error) = self.journal.submit(configured, drop).await {
            error!("that another configuration is in force could not be written: {error}");
        }
        self.rules = Arc::clone(&loaded.rules);
        self.vigil.adopt(&self.rules);
        info!("the new configuration is in force: {}", loaded.summary());
        // Whoever asked may have gone away.
        let _ = taken.send(Ok(()));
    }

    async fn look_round(&mut self, stuck: bool) {
        if stuck {
            return;
        }
        if self.vigil.is_active() {
            self.let_time_pass(Instant::now()).await;
        }
        self.note().await;
    }

    /// One message, from its bytes to its decision.
    async fn handle(&mut self, received: &Received) {
        self.let_time_pass(received.at).await;
        self.report.received();
        let message = match received.decode() {
            Ok(message) => Arc::new(message),
            Err(error) => return self.report.unreadable(&received.from, &error),
        };
        if self.is_own(&message) {
            return self.report.own_message(&message);
        }
        self.vigil.hear(&message, &received.from);
        let rules = Arc::clone(&self.rules);
        let now = Timestamp::now();
        let matches = rules.matches(&message, now);
        self.report.examined(&message, matches.len());
        if matches.is_empty() {
            return;
        }
        let alert = Alert::new(&message, received.wire.as_slice().into(), now);
        let mut wishes = Vec::new();
        for found in matches {
            self.report.matched(&message, &found.trigger.name);
            match self.memory.judge(found.trigger, &message, || alert.identity, now) {
                None => self.report.judged_before(&message, &found.trigger.name),
                Some(Verdict::Held(held)) => self.report.held(&message, &found.trigger.name, &held),
                Some(Verdict::Through) => self.wish(found.trigger, &message, &found.captures, &mut wishes),
            }
        }
        if !wishes.is_empty() {
            self.decide(alert, wishes, now).await;
        }
    }

    /// Up to this moment nothing is left to handle: whose silence has become too long?
    async fn let_time_pass(&mut self, moment: Instant) {
        let rules = Arc::clone(&self.rules);
        for silence in self.vigil.pass(moment, &rules) {
            self.report.fell_silent(&silence);
            let now = Timestamp::now();
            let alert = Alert::of_silence(&silence.heartbeat, silence.heartbeat.to_wire().into(), now);
            let mut wishes = Vec::new();
            self.wish(silence.trigger, &silence.heartbeat, &silence.captures, &mut wishes);
            self.decide(alert, wishes, now).await;
        }
    }

    /// The jobs of a trigger that was set off.
    fn wish(&self, trigger: &Trigger, message: &Arc<Message>, captures: &Captures, wishes: &mut Vec<Wish>) {
        for (place, intent) in trigger.intents(message, captures).into_iter().enumerate() {
            let job = Job {
                id: "".into(),
                trigger: Arc::clone(&trigger.name),
                action: intent.action,
                attempt: 1,
                attempts: 1,
                message: Arc::clone(message),
                captures: captures.clone(),
                parameters: intent.parameters,
                target: intent.target,
            };
            wishes.push(Wish {
                job,
                mode: if self.settings.observe { Mode::Observe } else { intent.mode },
                refused: intent.refused,
                breaker: trigger.breaker,
                lease: intent.lease,
                after_the_last: trigger.stop_on_failure && place > 0,
            });
        }
    }

    async fn decide(&mut self, alert: Alert, wishes: Vec<Wish>, now: Timestamp) {
        if let Err(error) = self.dispatcher.decide(alert, wishes, self.memory.unwritten(), now).await {
            error!("a decision could not be written: {error}");
        }
    }

    /// Writes what damping remembers.
    async fn note(&mut self) {
        if self.memory.is_written() {
            return;
        }
        // Only the order matters; what cannot be written is told by the journal.
        let note = Note(self.memory.unwritten());
        let _ = self.journal.submit(note, drop).await;
    }

    fn is_own(&self, message: &Message) -> bool {
        self.settings.analyzerid.as_deref().is_some_and(|own| message.issuer().as_deref() == Some(own))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::{config, dispatch, load};

    fn alert(analyzers: &str) -> Received {
        let json =
            format!(r#"{{"alert":{{"messageid":"m","analyzer":[{analyzers}],"classification":{{"text":"x"}}}}}}"#);
        Received::new(Message::from_json(json.as_bytes()).unwrap().to_wire(), "test".into())
    }

    #[tokio::test]
    async fn what_we_issued_ourselves_is_passed_over_whoever_relays_it() {
        let directory = tempfile::tempdir().unwrap();
        let triggers = directory.path().join("triggers.yaml");
        let daemon = directory.path().join("daemon.conf");
        std::fs::write(&daemon, "").unwrap();
        std::fs::write(
            &triggers,
            "mode: observe\nactions: { note: { exec: [/bin/true] } }\ntriggers:\n  - name: t\n    \
             filters: [{ path: alert.classification.text, regex: x }]\n    actions: [note]\n",
        )
        .unwrap();
        let files = load::Files { config: config::Files { triggers, daemon: Some(daemon) }, state: None };
        let loaded = load::load(&files, &load::Shared::default()).unwrap();
        let settings = Settings {
            dispatch: dispatch::Settings { jobs_at_once: 1, queued_jobs: 1, open_jobs: 10 },
            observe: false,
            patience: Duration::from_secs(10),
            analyzerid: Some("4711".to_owned()),
            answers: config::Answers::default(),
            retention: None,
        };
        let report = Arc::new(Report::default());
        let (journal, _closing) = Journal::in_memory().unwrap();
        let (actions, never) = (Arc::clone(&loaded.actions), Arc::clone(&loaded.never));
        let dispatcher = Dispatcher::start(actions, never, settings.dispatch, journal.clone(), Arc::clone(&report));
        let dispatcher = Arc::new(dispatcher);
        let kept = (journal, Memory::default());
        let report_too = Arc::clone(&report);
        let pipeline = Pipeline::new(&loaded, Arc::clone(&dispatcher), kept, settings, report_too, Box::new(Vec::new));
        let (sender, messages) = mpsc::channel(8);
        let (_change, changes) = mpsc::channel(1);
        for analyzers in [
            r#"{"analyzerid":"1"},{"analyzerid":"4711"}"#,
            // The issuer is the last with an id; a program without one may stand behind it.
            r#"{"analyzerid":"1"},{"analyzerid":"4711"},{"name":"sshd"}"#,
            r#"{"analyzerid":"4711"},{"analyzerid":"1"}"#,
            r#"{"name":"sshd"}"#,
        ] {
            sender.send(alert(analyzers)).await.unwrap();
        }
        drop(sender);
        pipeline.run(messages, changes).await;
        dispatcher.all_ended().await;
        let totals = report.totals();
        assert_eq!((totals.received, totals.own, totals.matched, totals.observed), (4, 2, 2, 2));
    }
}
