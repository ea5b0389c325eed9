//! `exec:` actions: a program started from an argument vector, never by a shell.
//!
//! What an attacker writes into an alert reaches a program in two places only: inside the argument that
//! the operator wrote for it, and on standard input. The rules that keep it there:
//!
//! * **Arguments** ([`arguments`]) are put together after the command has been split into a list. A value
//!   never makes a second argument (but a path that is a whole argument makes one for each of its values),
//!   never an option (no leading `-` unless the operator allows it) and never holds a NUL. A value
//!   that breaks a rule refuses the job; nothing is mended silently. [`Exec::arguments`] is pure, and
//!   `explain` prints exactly what [`Exec::run`] executes.
//! * **The program** ([`program`]) is an absolute path. Nobody but root, the daemon's user and the user it runs
//!   as may be able to replace it; that is checked at load and again before every start.
//! * **The process** ([`child`]) inherits nothing: a fresh environment, no descriptor but the three standard ones,
//!   default signal dispositions, its own session and process group, its own umask and directory, no core dumps. With
//!   `user:` it takes that user's uid and gid and only the named `groups:`, loses every capability (unless the user is
//!   root), and can gain no privilege afterwards (`no_new_privs`), so `sudo` does not work there; it does work where no `user:` is set, which is how an
//!   unprivileged daemon runs a privileged helper.
//! * **The job** ([`run`]) ends with the program. Its output is drained, and the last
//!   [`Limits::output`] bytes of each stream are kept. At the timeout
//!   the process group gets SIGTERM, and SIGKILL after [`Limits::kill_after`].
//!   After a normal end, whoever of the group still holds the output open has half a second to finish;
//!   then what is left of the group is killed. A helper that is meant to live on calls `setsid`, which takes it out of the group.
//!   A job whose future is dropped takes its group along.
//!
//! The same contract holds for the commands that a component may run ([`command`]): its parameters stand where captures
//! would, there is no alert on standard input, and the end is told to the component.
//!
//! What this cannot do: stop a program that has left its process group (only a control group can; the systemd unit's
//! `KillMode=mixed` does when the daemon stops), signal one that has become another user without the daemon having `CAP_KILL`,
//! or know that a program understands `--`.
//!
//! | exit status | outcome |
//! |---|---|
//! | 0 | done |
//! | 75 (`EX_TEMPFAIL`) | failed, transient |
//! | 78 (`EX_CONFIG`) | failed, misconfigured |
//! | any other | failed, permanent |
//! | death by a signal | failed, crash |
//!
//! Needs Linux 5.3 (`pidfd_open`).

mod arguments;
mod child;
mod command;
mod identity;
mod output;
mod process;
mod program;
mod run;

use std::{path::PathBuf, sync::Arc};

pub use arguments::{Guard, Refusal};
pub(super) use command::{Completed, Ending, For};
pub use identity::IdentityError;
pub use program::ProgramError;

use crate::{
    actions::Captures,
    config::{self, CommandLine, Limits, Location, Piece, Template},
    idmef::Message,
    text::shorten,
};
use identity::Identity;

/// An exec action that was checked and can run.
#[derive(Debug, Clone)]
pub struct Exec {
    /// As the operator wrote it.
    config: config::Exec,
    limits: Limits,
    /// Whom it runs as; `None` when it keeps what the daemon is.
    switch_to: Option<Identity>,
    /// Whom it runs as in either case.
    runs_as: Identity,
}

/// Why an exec action cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[error("action `{action}`: {problem}")]
pub struct LoadError {
    /// The action's name.
    pub action: Arc<str>,
    /// Where the mistake stands.
    pub at: Location,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

/// What can be wrong with an exec action's configuration.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The action is of another kind.
    #[error("this is not an exec action")]
    NotExec,
    /// The program is missing, or others could replace it.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// `user:` or `groups:`.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// `directory:`.
    #[error("working directory `{}` {problem}", directory.display())]
    Directory {
        /// As configured.
        directory: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A verbatim argument that no program can be given.
    #[error("argument {number} holds a NUL, which no argument can carry")]
    Argument {
        /// Which argument; the program is 0.
        number: usize,
    },
    /// `environment:`.
    #[error("environment variable {name:?} {problem}")]
    Environment {
        /// The variable's name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Exec {
    /// Checks everything that can be known before an alert is at hand: the program and whoever could replace it, the
    /// user and groups, the working directory, the environment.
    pub fn load(action: &config::Action) -> Result<Self, LoadError> {
        let config::ActionKind::Exec(exec) = &action.kind else {
            let (action, at) = (Arc::clone(&action.name), action.at.clone());
            return Err(LoadError { action, at, problem: Problem::NotExec });
        };
        Self::check(exec, &action.limits, &action.at).map_err(|(at, problem)| {
            let action = Arc::clone(&action.name);
            LoadError { action, at, problem }
        })
    }

    /// The same for a program that is not an action of its own, but a command that another action may run.
    pub(super) fn check(exec: &config::Exec, limits: &Limits, at: &Location) -> Result<Self, (Location, Problem)> {
        let elsewhere = |problem| (at.clone(), problem);
        let daemon = Identity::current();
        let switch_to =
            daemon.switch(exec.user.as_deref(), &exec.groups).map_err(|problem| elsewhere(problem.into()))?;
        let runs_as = switch_to.clone().unwrap_or(daemon);
        for line in exec.command_lines() {
            program::check(&line.program, &runs_as).map_err(|problem| (line.program_at.clone(), problem.into()))?;
            for (template, number) in line.arguments.iter().zip(1..) {
                check_argument(template, number).map_err(|problem| (line.program_at.clone(), problem))?;
            }
        }
        check_directory(&exec.directory, &runs_as).map_err(elsewhere)?;
        for (name, value) in &exec.environment {
            check_variable(name, value).map_err(elsewhere)?;
        }
        Ok(Self { config: exec.clone(), limits: limits.clone(), switch_to, runs_as })
    }

    /// The exact argument vector for this alert, the program first. Pure: the same answer for `explain` and for the job.
    ///
    /// What an action declares as a parameter is filled by the trigger, whatever its filters capture by the same name. What could not
    /// be undone, or not be checked, is refused before it is done.
    pub fn arguments(
        &self,
        message: &Message,
        captures: &Captures,
        parameters: &[(Arc<str>, String)],
    ) -> Result<Vec<String>, Refusal> {
        let of = |line| move |refusal| Refusal { line, ..refusal };
        self.undo_arguments(message, captures, parameters).transpose().map_err(of(" of `undo`"))?;
        self.check_arguments(message, captures, parameters).transpose().map_err(of(" of `check`"))?;
        self.filled(&self.config.command, message, captures, parameters)
    }

    /// The argument vector of what undoes a job, from what the job was made with; none if nothing does.
    pub fn undo_arguments(
        &self,
        message: &Message,
        captures: &Captures,
        parameters: &[(Arc<str>, String)],
    ) -> Option<Result<Vec<String>, Refusal>> {
        Some(self.filled(self.config.undo.as_ref()?, message, captures, parameters))
    }

    /// The argument vector of what tells whether a job's effect stands, from what the job was made with; none if nothing does.
    pub fn check_arguments(
        &self,
        message: &Message,
        captures: &Captures,
        parameters: &[(Arc<str>, String)],
    ) -> Option<Result<Vec<String>, Refusal>> {
        Some(self.filled(self.config.check.as_ref()?, message, captures, parameters))
    }

    fn filled(
        &self,
        line: &CommandLine,
        message: &Message,
        captures: &Captures,
        parameters: &[(Arc<str>, String)],
    ) -> Result<Vec<String>, Refusal> {
        if parameters.is_empty() {
            return arguments::build(&self.config, line, Some(message), captures);
        }
        let mut filled = captures.clone();
        filled.extend(parameters.iter().cloned());
        arguments::build(&self.config, line, Some(message), &filled)
    }
}

fn check_directory(directory: &std::path::Path, runs_as: &Identity) -> Result<(), Problem> {
    let wrong = |problem: String| Problem::Directory { directory: directory.to_path_buf(), problem };
    if !directory.is_absolute() {
        return Err(wrong("is not absolute: write it from `/` on".into()));
    }
    let metadata = std::fs::metadata(directory)
        .map_err(|error| wrong(format!("cannot be used: {error}; create it, or name another")))?;
    if !metadata.is_dir() {
        return Err(wrong("is not a directory".into()));
    }
    if !runs_as.may_execute(&metadata) {
        return Err(wrong(format!("cannot be entered by {runs_as}: change its owner or mode, or name another")));
    }
    Ok(())
}

fn check_argument(template: &Template, number: usize) -> Result<(), Problem> {
    let has_nul = |piece: &Piece| matches!(piece, Piece::Verbatim(text) if text.contains('\0'));
    match template {
        Template::Pieces(pieces) if pieces.iter().any(has_nul) => Err(Problem::Argument { number }),
        _ => Ok(()),
    }
}

fn check_variable(name: &str, value: &str) -> Result<(), Problem> {
    let wrong = |problem| Problem::Environment { name: name.to_owned(), problem };
    if name.is_empty() || name.contains('=') {
        Err(wrong("is not a name: it is empty or holds a `=`"))
    } else if name.contains('\0') || value.contains('\0') {
        Err(wrong("holds a NUL, which no environment can carry"))
    } else if name.starts_with("PRELUDE_TRIGGER_") {
        Err(wrong("starts with PRELUDE_TRIGGER_, which is kept for what the daemon tells about the job; rename it"))
    } else {
        Ok(())
    }
}

/// Text from outside for one line: escaped, in quotes, cut at `limit` characters.
fn quoted(text: &str, limit: usize) -> String {
    format!("\"{}\"", shorten(text, limit))
}

#[cfg(test)]
mod tests;
