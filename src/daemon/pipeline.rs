//! Message in, jobs out: the only place where an alert, or the silence of a sensor, is decided upon.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tracing::info;

use super::{
    Settings,
    vigil::{Links, TICK, Vigil},
};
use crate::{
    actions::Job,
    config::{Captures, Mode},
    dispatch::Dispatcher,
    idmef::Message,
    load::Loaded,
    report::Report,
    rules::{
        RuleSet, Trigger,
        damping::{Damping, Verdict},
    },
    source::Received,
};

/// One loaded configuration at work.
#[derive(Debug)]
pub struct Running {
    rules: Arc<RuleSet>,
    dispatcher: Dispatcher,
}

/// Takes messages in the order they come.
#[derive(Debug)]
pub struct Pipeline {
    running: Running,
    vigil: Vigil,
    /// What damping remembers; it outlives reloads.
    damping: Damping,
    /// Configurations that were replaced, finishing their jobs.
    retired: JoinSet<()>,
    settings: Settings,
    report: Arc<Report>,
    ids: JobIds,
}

/// Makes identifiers that differ within one run of the daemon and, for all practical purposes, between runs.
#[derive(Debug)]
struct JobIds {
    run: i64,
    next: u64,
}

impl Running {
    /// Starts a configuration. Must be called within a tokio runtime.
    pub fn start(loaded: &Loaded, settings: &Settings, report: Arc<Report>) -> Self {
        let dispatcher =
            Dispatcher::start(Arc::clone(&loaded.actions), Arc::clone(&loaded.never), settings.dispatch, report);
        Self { rules: Arc::clone(&loaded.rules), dispatcher }
    }
}

impl Pipeline {
    /// A pipeline that begins with this configuration, for messages that come over these links.
    pub fn new(running: Running, settings: Settings, report: Arc<Report>, links: Links) -> Self {
        let ids = JobIds { run: Timestamp::now().as_millisecond(), next: 0 };
        let vigil = Vigil::new(links, &running.rules, Instant::now());
        Self { running, vigil, damping: Damping::default(), retired: JoinSet::new(), settings, report, ids }
    }

    /// Runs until the last sender of messages is gone and every job has ended, or patience has.
    pub async fn run(mut self, mut messages: mpsc::Receiver<Received>, mut changes: mpsc::Receiver<Loaded>) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // In this order: time passes up to now only when no message waits.
                biased;
                Some(loaded) = changes.recv() => self.change(&loaded),
                received = messages.recv() => match received {
                    Some(received) => self.handle(&received).await,
                    None => break,
                },
                _ = tick.tick(), if self.vigil.is_active() => self.let_time_pass(Instant::now()).await,
            }
        }
        self.running.dispatcher.finish(self.settings.patience).await;
        while self.retired.join_next().await.is_some() {}
    }

    fn change(&mut self, loaded: &Loaded) {
        let dispatcher = self.running.dispatcher.succeed(
            Arc::clone(&loaded.actions),
            Arc::clone(&loaded.never),
            self.settings.dispatch,
        );
        let new = Running { rules: Arc::clone(&loaded.rules), dispatcher };
        let old = std::mem::replace(&mut self.running, new);
        self.vigil.adopt(&self.running.rules);
        self.retired.spawn(old.dispatcher.finish(self.settings.patience));
        while self.retired.try_join_next().is_some() {}
        info!("the new configuration is in force: {}", loaded.summary());
    }

    /// One message, from its bytes to its jobs.
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
        let rules = Arc::clone(&self.running.rules);
        let now = Timestamp::now();
        let matches = rules.matches(&message, now);
        self.report.examined(&message, matches.len());
        for found in matches {
            self.report.matched(&message, &found.trigger.name);
            let trigger = found.trigger;
            let (verdict, _) = self.damping.judge(&trigger.name, &trigger.damping, &message, now);
            if let Verdict::Held(held) = verdict {
                self.report.held(&message, &trigger.name, &held);
                continue;
            }
            self.act(found.trigger, &message, &found.captures).await;
        }
    }

    /// Up to this moment nothing is left to handle: whose silence has become too long?
    async fn let_time_pass(&mut self, moment: Instant) {
        let rules = Arc::clone(&self.running.rules);
        for silence in self.vigil.pass(moment, &rules) {
            self.report.fell_silent(&silence);
            self.act(silence.trigger, &silence.heartbeat, &silence.captures).await;
        }
    }

    /// Makes the jobs of a trigger that was set off.
    async fn act(&mut self, trigger: &Trigger, message: &Arc<Message>, captures: &Captures) {
        let mode = if self.settings.observe { Mode::Observe } else { trigger.mode };
        for intent in trigger.intents(message, captures) {
            let job = Job {
                id: self.ids.next(),
                trigger: Arc::clone(&trigger.name),
                action: intent.action,
                attempt: 1,
                message: Arc::clone(message),
                captures: captures.clone(),
                parameters: intent.parameters,
                target: intent.target,
            };
            match intent.refused {
                Some(why) => self.running.dispatcher.refuse(&job, why),
                None => self.running.dispatcher.submit(job, mode.max(intent.mode)).await,
            }
        }
    }

    fn is_own(&self, message: &Message) -> bool {
        self.settings.analyzerid.as_deref().is_some_and(|own| message.issuer().as_deref() == Some(own))
    }
}

impl JobIds {
    fn next(&mut self) -> Arc<str> {
        self.next += 1;
        format!("{:x}-{}", self.run, self.next).into()
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
            dispatch: dispatch::Settings { jobs_at_once: 1, queued_jobs: 1 },
            observe: false,
            patience: Duration::from_secs(10),
            analyzerid: Some("4711".to_owned()),
        };
        let report = Arc::new(Report::default());
        let running = Running::start(&loaded, &settings, Arc::clone(&report));
        let pipeline = Pipeline::new(running, settings, Arc::clone(&report), Box::new(Vec::new));
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
        let totals = report.totals();
        assert_eq!((totals.received, totals.own, totals.matched, totals.observed), (4, 2, 2, 2));
    }
}
