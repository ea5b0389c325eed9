//! Commands: the host's side of `prelude:trigger/commands`, through the contract of `exec`.
//!
//! The program is checked when the action is loaded and before each start. What a component passes is checked against the
//! types that the operator gave the gaps, put into its one spelling, and then meets the guards of every argument. A
//! program takes no longer than its own timeout and what is left of its job's time, and it is killed with its job.
//! Each run is one line in the log, with the exact argument vector.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{
    super::{
        discretion::Discretion,
        tape::{self, Tape, effect},
        trouble::Trouble,
    },
    call::{Call, MOST_COMMANDS},
    error::{GrantError, denial_and_line},
};
use crate::{
    actions::{
        Captures,
        exec::{Completed, Ending, Exec, For},
    },
    config::{self, Limits, OnMissing, ParameterType},
    text::{quote, quote_all, shorten},
};

/// The longest a stopped program has between SIGTERM and SIGKILL.
const KILL_AFTER: Duration = Duration::from_secs(2);
/// Characters of an argument vector in the log.
const LONGEST_SHOWN: usize = 4096;

/// One action's commands.
#[derive(Debug)]
pub(in super::super) struct Commands(BTreeMap<Arc<str>, Command>);

#[derive(Debug)]
struct Command {
    exec: Exec,
    parameters: Vec<(Arc<str>, ParameterType)>,
    /// Whether gaps may be left open.
    optional: bool,
    timeout: Duration,
}

/// A gap of a command: its name, its type as the operator wrote it, and whether it may be left open.
pub(in super::super) struct Gap {
    pub(in super::super) name: String,
    pub(in super::super) type_name: String,
    pub(in super::super) optional: bool,
}

/// Why a command was not run; each text is for the guest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum NotRun {
    Denied(String),
    Invalid {
        /// Of the gap.
        name: String,
        message: String,
    },
    Other(String),
}

/// What is known of a command that was run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) struct Ran {
    pub(in super::super) ending: Ending,
    #[serde(default)]
    pub(in super::super) stdout: String,
    #[serde(default)]
    pub(in super::super) stderr: String,
    #[serde(default)]
    pub(in super::super) took_ms: u64,
}

fn no_such(name: &str) -> String {
    format!("there is no command {} for this action", quote(&shorten(name, 100)))
}

impl Commands {
    /// Checks them; none when none is granted.
    pub(super) fn open(
        granted: &BTreeMap<Arc<str>, config::Command>,
        limits: &Limits,
    ) -> Result<Option<Self>, GrantError> {
        let mut commands = BTreeMap::new();
        for (name, command) in granted {
            let limits = Limits { timeout: command.timeout, kill_after: KILL_AFTER, ..limits.clone() };
            let exec = Exec::check(&command.exec, &limits, &command.at)
                .map_err(|(at, problem)| GrantError { at, problem: format!("the command `{name}`: {problem}") })?;
            let command = Command {
                exec,
                parameters: command.parameters.clone(),
                optional: command.exec.on_missing != OnMissing::Refuse,
                timeout: command.timeout,
            };
            commands.insert(Arc::clone(name), command);
        }
        Ok(if commands.is_empty() { None } else { Some(Self(commands)) })
    }

    fn find(&self, name: &str) -> Result<(&str, &Command), NotRun> {
        self.0.get_key_value(name).map(|(name, command)| (&**name, command)).ok_or_else(|| {
            let names: Vec<&str> = self.0.keys().map(|name| &**name).collect();
            NotRun::Denied(format!("{}; granted: {}", no_such(name), names.join(", ")))
        })
    }

    /// The command that is to be run. One that is not granted is a denial.
    fn get(&self, trouble: &Trouble, name: &str) -> Result<(&str, &Command), NotRun> {
        self.find(name).inspect_err(|_| {
            trouble.refused(&denial_and_line(&no_such(name), "commands", name, "command: [/path/to/program]"));
        })
    }

    /// The gaps of a command. To ask for one that is not granted is no denial: an action may do without.
    pub(in super::super) fn describe(&self, name: &str) -> Result<Vec<Gap>, NotRun> {
        let (_, command) = self.find(name)?;
        let gap = |(name, kind): &(Arc<str>, ParameterType)| Gap {
            name: name.to_string(),
            type_name: kind.to_string(),
            optional: command.optional,
        };
        Ok(command.parameters.iter().map(gap).collect())
    }

    /// Runs a command to its end. Dropping the future kills it. The outer error ends the job: the tape wants something else.
    pub(in super::super) async fn run(
        &self,
        call: &mut Call,
        trouble: &Trouble,
        discretion: &Discretion,
        tape: Option<&Tape>,
        name: &str,
        arguments: Vec<(String, String)>,
    ) -> wasmtime::Result<Result<Ran, NotRun>> {
        let ready = match self.ready(call, trouble, discretion, name, arguments) {
            Ok(ready) => ready,
            Err(error) => return Ok(Err(error)),
        };
        let asked = || tape::Call::Run {
            command: ready.name.to_owned(),
            arguments: ready.filled.iter().map(|(name, text)| (name.to_string(), text.clone())).collect(),
            argv: ready.vector.clone(),
        };
        effect(tape, asked, ready.run(call.left(), discretion)).await
    }

    /// Everything that must hold before a command is run.
    fn ready(
        &self,
        call: &mut Call,
        trouble: &Trouble,
        discretion: &Discretion,
        name: &str,
        arguments: Vec<(String, String)>,
    ) -> Result<Ready<'_>, NotRun> {
        let (name, command) = self.get(trouble, name)?;
        let filled = command.fill(arguments)?;
        let vector = command.exec.vector(&filled).map_err(|refusal| {
            let gap = command.parameters.iter().find(|(gap, _)| refusal.template.contains(&format!("{{{gap}}}")));
            let name = gap.map(|(gap, _)| gap.to_string()).unwrap_or_default();
            NotRun::Invalid { name, message: refusal.to_string() }
        })?;
        let Some(told) = call.job.clone() else {
            return Err(NotRun::Other("no command is run while a configuration is checked".to_owned()));
        };
        let shown = shorten(&discretion.text(&quote_all(&vector)), LONGEST_SHOWN);
        if call.observe {
            tracing::info!(target: "action", action = %told.action, job = %told.job, "would run {name}: {shown}");
            return Err(NotRun::Other(format!("mode observe: nothing is run; it would have been {shown}")));
        }
        if !call.count_command() {
            let denial = format!("one job may run {MOST_COMMANDS} commands, and has");
            trouble.refused(&denial);
            return Err(NotRun::Other(denial));
        }
        Ok(Ready { name, command, filled, vector, shown, told })
    }
}

/// A command that may be run.
struct Ready<'c> {
    name: &'c str,
    command: &'c Command,
    filled: Captures,
    vector: Vec<String>,
    /// The vector as it is logged.
    shown: String,
    told: For,
}

impl Ready<'_> {
    async fn run(&self, left: Duration, discretion: &Discretion) -> Result<Ran, NotRun> {
        let (timeout, kill_after) = times(self.command.timeout, left);
        let mut line = Line { ready: self, started: Instant::now(), ended: false };
        // On a task of its own, so that the time it takes to read what the program writes is not charged to the guest.
        // Dropping the set ends the task, which kills the program.
        let mut task = JoinSet::new();
        let (exec, vector, told) = (self.command.exec.clone(), self.vector.clone(), self.told.clone());
        task.spawn(async move { exec.run_vector(vector, &told, timeout, kill_after).await });
        let ended = match task.join_next().await {
            Some(Ok(ended)) => ended.map_err(|error| error.to_string()),
            Some(Err(error)) => Err(format!("its task ended early: {error}")),
            None => Err("it has no task".to_owned()),
        };
        match ended {
            Ok(Completed { ending, summary, stdout, stderr, took }) => {
                line.end(&discretion.text(&summary));
                Ok(Ran { ending, stdout, stderr, took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX) })
            }
            Err(problem) => {
                line.end(&problem);
                Err(NotRun::Other(problem))
            }
        }
    }
}

impl Command {
    /// Checks what fills the gaps, and gives each text its one spelling.
    fn fill(&self, arguments: Vec<(String, String)>) -> Result<Captures, NotRun> {
        let invalid = |name: &str, message: String| NotRun::Invalid { name: shorten(name, 100), message };
        let mut filled = Captures::new();
        for (name, text) in arguments {
            let Some((name, kind)) = self.parameters.iter().find(|(known, _)| **known == *name) else {
                let names: Vec<&str> = self.parameters.iter().map(|(name, _)| &**name).collect();
                let there = if names.is_empty() { "it has none".to_owned() } else { names.join(", ") };
                return Err(invalid(&name, format!("the command has no such gap; its gaps: {there}")));
            };
            let passed = kind
                .check(&text)
                .map_err(|expected| invalid(name, format!("{expected}, found {}", quote(&shorten(&text, 100)))))?;
            if filled.insert(Arc::clone(name), passed).is_some() {
                return Err(invalid(name, "filled twice".to_owned()));
            }
        }
        for (name, kind) in self.parameters.iter().filter(|_| !self.optional) {
            if !filled.contains_key(name) {
                return Err(invalid(name, format!("left open: expected {}", kind.expected())));
            }
        }
        Ok(filled)
    }
}

/// How long a program may take, and how long it then has to end by itself. Where the job's time ends first, some of it is
/// kept back, so that the component hears of it while it can still say something.
fn times(allowed: Duration, left: Duration) -> (Duration, Duration) {
    let reserve = (left / 5).min(Duration::from_secs(1));
    let usable = left.saturating_sub(reserve);
    if allowed.saturating_add(KILL_AFTER) <= usable {
        (allowed, KILL_AFTER)
    } else {
        (allowed.min(usable), reserve / 2)
    }
}

/// One run's line in the log, which is written however the run ends.
struct Line<'c> {
    ready: &'c Ready<'c>,
    started: Instant,
    ended: bool,
}

impl Line<'_> {
    fn end(&mut self, how: &str) {
        self.ended = true;
        let Ready { name, shown, told, .. } = self.ready;
        let took = self.started.elapsed().as_millis();
        tracing::info!(
            target: "action", action = %told.action, job = %told.job,
            "ran {name}: {shown}: {} ({took} ms)", shorten(how, LONGEST_SHOWN)
        );
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end("killed with its job");
        }
    }
}
