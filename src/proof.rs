//! The `tests:` of a configuration, run: which triggers match an alert, and which jobs that makes, beside what was expected.
//!
//! Nothing is run but the filters. Matching, substitution and guards are those of the daemon; a mode changes nothing, for a
//! job that would only be observed is the same job. Each message is looked at at the moment that the test names, or else
//! when it says that it was made, or else now.
//!
//! A recording goes by one message at a time, and of a test that fails only the first [`MOST_FAILURES`] messages are kept,
//! so that neither may be larger than memory. A recording that cannot be read fails its test.

use std::{fs::File, path::Path, sync::Arc};

use jiff::Timestamp;

use crate::{
    actions::Plan,
    config::{
        Diagnostic, Expectation, ExpectedAction, ExpectedJob, ExpectedTrigger, ExpectedTriggers, TestAlert, TriggerTest,
    },
    idmef::Message,
    load::Loaded,
    rules::{
        self, Explanation, Match,
        damping::{Damping, Held, Verdict},
    },
    source::recording::{Content, Position, Recording},
};

/// Messages of one test that are told about; the others are counted.
pub const MOST_FAILURES: usize = 10;

/// One test that has been run.
#[derive(Debug)]
pub struct Proof<'l> {
    /// The test.
    pub test: &'l TriggerTest,
    /// How many messages were looked at.
    pub messages: u64,
    /// Those of which something else came than expected, the first of them.
    pub failures: Vec<Failure<'l>>,
    /// How many there were besides.
    pub more: u64,
    /// Why it could not be run to its end.
    pub broken: Option<Diagnostic>,
    /// Every test begins with nothing remembered.
    damping: Damping,
}

/// A message of which something else came than expected.
#[derive(Debug)]
pub struct Failure<'l> {
    /// Its number, from one.
    pub number: u64,
    /// Where in its recording it begins.
    pub position: Option<Position>,
    /// Its own identification.
    pub messageid: Option<String>,
    /// What is different, one trigger at a time: expected ones in alphabetical order, then others as they are configured.
    pub differences: Vec<Difference<'l>>,
}

/// What is different about one trigger.
#[derive(Debug)]
pub enum Difference<'l> {
    /// It does not match.
    Silent {
        /// What was expected of it.
        expected: &'l ExpectedTrigger,
        /// What its filters say.
        explanation: Explanation<'l>,
    },
    /// It matches, and damping holds it back.
    Held {
        /// What was expected of it.
        expected: &'l ExpectedTrigger,
        /// Its name.
        trigger: Arc<str>,
        /// Why.
        held: Held,
    },
    /// It matches, and must not.
    Unexpected {
        /// Its name.
        trigger: Arc<str>,
        /// The jobs it makes.
        jobs: Vec<Planned>,
    },
    /// It matches, and makes other jobs.
    Jobs {
        /// Its name.
        trigger: Arc<str>,
        /// Jobs that are not made.
        missing: Vec<&'l ExpectedAction>,
        /// Jobs that are made and not expected.
        unexpected: Vec<Planned>,
    },
}

/// A job as it would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its action.
    pub action: Arc<str>,
    /// `exec` or `component`.
    pub kind: &'static str,
    /// What it would do.
    pub plan: Plan,
}

/// Runs all tests of a configuration.
pub fn run(loaded: &Loaded) -> Vec<Proof<'_>> {
    loaded.tests.iter().map(|test| Proof::of(test, loaded)).collect()
}

impl<'l> Proof<'l> {
    fn of(test: &'l TriggerTest, loaded: &'l Loaded) -> Self {
        let (failures, damping) = (Vec::new(), Damping::default());
        let mut proof = Self { test, messages: 0, failures, more: 0, broken: None, damping };
        proof.broken = match &test.alert {
            TestAlert::Inline(message) => {
                proof.add(loaded, message, None);
                None
            }
            TestAlert::File { file, at } => {
                let file = file.as_path();
                let broken = |why: String| Diagnostic::at(at, format!("{}: {why}", file.display()));
                proof.read(file, loaded).err().map(broken)
            }
        };
        if proof.broken.is_none()
            && let Expectation::InTurn(list) = &test.expect
            && proof.messages != list.len() as u64
        {
            let (expected, found) = (list.len(), proof.messages);
            let message = format!("`expect` has a list for {expected} messages, and the recording holds {found}");
            proof.broken = Some(Diagnostic::at(&test.at, message));
        }
        proof
    }

    /// Whether everything came as expected.
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.broken.is_none()
    }

    fn read(&mut self, file: &Path, loaded: &'l Loaded) -> Result<(), String> {
        let recording = File::open(file).map_err(|error| format!("cannot read the recorded alerts: {error}"))?;
        for recorded in Recording::new(recording) {
            let recorded = recorded.map_err(|error| error.to_string())?;
            let message = recorded.decode().map_err(|error| {
                let cut = matches!(recorded.content, Content::Json(_)) && error.message.contains("EOF while parsing");
                let help =
                    if cut { "; a message of IDMEF JSON stands on one line: `jq -c .` makes one of many" } else { "" };
                format!("{}: {error}{help}", recorded.position)
            })?;
            self.add(loaded, &message, Some(recorded.position));
        }
        if self.messages == 0 {
            return Err("there is no message in it".to_owned());
        }
        Ok(())
    }

    /// Looks at the next message.
    fn add(&mut self, loaded: &'l Loaded, message: &Message, position: Option<Position>) {
        self.messages += 1;
        let expected = match &self.test.expect {
            Expectation::Each(expected) => expected,
            Expectation::InTurn(list) => {
                let place = usize::try_from(self.messages - 1).unwrap_or(usize::MAX);
                // Their number is told at the end.
                let Some(expected) = list.get(place) else { return };
                expected
            }
        };
        let differences = differences(loaded, &mut self.damping, self.test, expected, message);
        if differences.is_empty() {
            return;
        }
        if self.failures.len() == MOST_FAILURES {
            self.more += 1;
            return;
        }
        let messageid = message.messageid().map(|id| id.to_string());
        self.failures.push(Failure { number: self.messages, position, messageid, differences });
    }
}

fn differences<'l>(
    loaded: &'l Loaded,
    damping: &mut Damping,
    test: &TriggerTest,
    expected: &'l ExpectedTriggers,
    message: &Message,
) -> Vec<Difference<'l>> {
    let now = test.now.or_else(|| rules::moment_of(message)).unwrap_or_else(Timestamp::now);
    let mut held = Vec::new();
    let mut found = loaded.rules.matches(message, now);
    found.retain(|one| match damping.judge(&one.trigger.name, &one.trigger.damping, message, now) {
        (Verdict::Through, _) => true,
        (Verdict::Held(why), _) => {
            held.push((Arc::clone(&one.trigger.name), why));
            false
        }
    });
    let matches = |name: &str| found.iter().any(|one| *one.trigger.name == *name);
    let mut silent: Vec<_> = expected.keys().filter(|name| !matches(name)).collect();
    let mut differences = Vec::new();
    for (trigger, held) in held {
        if let Some(expected) = expected.get(&trigger) {
            silent.retain(|name| **name != trigger);
            differences.push(Difference::Held { expected, trigger, held });
        }
    }
    if !silent.is_empty() {
        let explained = loaded.rules.explain_some(message, now, |trigger| silent.contains(&&trigger.name));
        for mut explanation in explained {
            let Some(expected) = expected.get(&explanation.trigger.name) else { continue };
            // No message sets off a trigger on silence: what is expected is what comes of the silence after this one.
            let Some(captures) = explanation.matched.take() else {
                differences.push(Difference::Silent { expected, explanation });
                continue;
            };
            let trigger = explanation.trigger;
            let (missing, unexpected) =
                compare(&expected.actions, planned(loaded, &Match { trigger, captures }, message));
            if !missing.is_empty() || !unexpected.is_empty() {
                differences.push(Difference::Jobs { trigger: Arc::clone(&trigger.name), missing, unexpected });
            }
        }
    }
    for one in &found {
        let trigger = Arc::clone(&one.trigger.name);
        let jobs = || planned(loaded, one, message);
        match expected.get(&trigger) {
            Some(expected) => {
                let (missing, unexpected) = compare(&expected.actions, jobs());
                if !missing.is_empty() || !unexpected.is_empty() {
                    differences.push(Difference::Jobs { trigger, missing, unexpected });
                }
            }
            None if test.others.contains(&trigger) => {
                differences.push(Difference::Unexpected { trigger, jobs: jobs() });
            }
            None => {}
        }
    }
    differences
}

/// The jobs of a match.
fn planned(loaded: &Loaded, found: &Match<'_>, message: &Message) -> Vec<Planned> {
    let jobs = loaded.planned(found.trigger, message, &found.captures).into_iter();
    jobs.map(|job| Planned { action: job.intent.action, kind: job.kind, plan: job.plan }).collect()
}

/// What is expected and not there, and what is there and not expected.
fn compare(expected: &[ExpectedAction], mut jobs: Vec<Planned>) -> (Vec<&ExpectedAction>, Vec<Planned>) {
    // Those that say most choose first: `[block, block: [a, b]]` is no different from the other order.
    let mut order: Vec<&ExpectedAction> = expected.iter().collect();
    order.sort_by_key(|action| action.job == ExpectedJob::Any);
    let mut missing = Vec::new();
    for action in order {
        match jobs.iter().position(|job| means(action, job)) {
            Some(place) => drop(jobs.remove(place)),
            None => missing.push(action),
        }
    }
    (missing, jobs)
}

/// Whether an expectation and a job go together.
fn means(expected: &ExpectedAction, job: &Planned) -> bool {
    // No action of the operator's has a `/` in its name: those written in triggers have.
    let action = if expected.inline {
        job.action.contains('/') && *expected.name == *job.kind
    } else {
        *expected.name == *job.action
    };
    action
        && match (&expected.job, &job.plan) {
            (ExpectedJob::Any, plan) => !matches!(plan, Plan::Refused(_)),
            (ExpectedJob::Arguments(expected), Plan::Exec(arguments)) => expected == arguments,
            (ExpectedJob::Refused, plan) => matches!(plan, Plan::Refused(_)),
            (ExpectedJob::Arguments(_), _) => false,
        }
}
