// SPDX-License-Identifier: MIT OR Apache-2.0

//! Running the programs that the operator has granted (`grant: { commands: … }`), by name.

use std::time::Duration;

use crate::{Error, NamedText};

/// A command with what goes into its gaps. The operator wrote the argument vector; there is no shell.
///
/// ```no_run
/// # fn run() -> Result<(), prelude_trigger_guest::Error> {
/// use prelude_trigger_guest::commands::Command;
///
/// Command::new("block").argument("address", "192.0.2.7").run()?.success()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    name: String,
    arguments: Vec<NamedText>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this exit status.
    Exited(u32),
    /// By a signal of this number.
    Signalled(u32),
    /// It took too long and was stopped.
    TimedOut,
}

/// What is known of a program that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// How it ended.
    pub ending: Ending,
    /// The end of its standard output.
    pub stdout: String,
    /// The end of its standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// A gap of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type as the operator wrote it, for example `ip`.
    pub type_name: String,
    /// Whether it may be left open.
    pub optional: bool,
}

impl Command {
    /// The command of this name, with all its gaps open.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: Vec::new() }
    }

    /// Fills a gap.
    #[must_use]
    pub fn argument(mut self, name: impl Into<String>, text: impl ToString) -> Self {
        self.arguments.push(NamedText { name: name.into(), text: text.to_string() });
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// Nothing was run: the command is not granted (misconfigured), an argument does not fit its gap's type (permanent: another
    /// alert may bring one that does), or the program cannot be started (transient). How a program ended is no error here;
    /// see [`Completed::success`].
    pub fn run(&self) -> Result<Completed, Error> {
        #[cfg(target_arch = "wasm32")]
        return wasm::run(&self.name, &self.arguments);
        #[cfg(not(target_arch = "wasm32"))]
        return crate::testing::host::command(&self.name, &self.arguments);
    }

    /// The gaps of this command.
    ///
    /// # Errors
    /// It is not granted.
    pub fn parameters(&self) -> Result<Vec<Parameter>, Error> {
        #[cfg(target_arch = "wasm32")]
        return wasm::describe(&self.name);
        #[cfg(not(target_arch = "wasm32"))]
        return crate::testing::host::parameters(&self.name);
    }
}

impl Completed {
    /// A program that ended by itself with this exit status; for tests.
    pub fn exited(status: u32) -> Self {
        let (stdout, stderr) = (String::new(), String::new());
        Self { ending: Ending::Exited(status), stdout, stderr, took: Duration::ZERO }
    }

    /// Itself, if the program ended with status 0.
    ///
    /// # Errors
    /// Transient if it took too long or was ended by a signal, permanent if it ended with another status; with the last line of
    /// its standard error.
    pub fn success(self) -> Result<Self, Error> {
        let said = self.stderr.lines().rev().find(|line| !line.trim().is_empty());
        let said = said.map(|line| format!(": {}", line.trim())).unwrap_or_default();
        match self.ending {
            Ending::Exited(0) => Ok(self),
            Ending::Exited(status) => {
                Err(Error::permanent(format!("the command ended with status {status}{said}")).code("exit-status"))
            }
            Ending::Signalled(signal) => {
                Err(Error::transient(format!("signal {signal} ended the command{said}")).code("signal"))
            }
            Ending::TimedOut => Err(Error::transient(format!("the command took too long{said}")).code("timeout")),
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::{Completed, Duration, Ending, Error, NamedText, Parameter};
    use crate::bindings::prelude::trigger::commands::{self as host, CommandError};

    pub fn run(name: &str, arguments: &[NamedText]) -> Result<Completed, Error> {
        let completed = host::run(name, arguments).map_err(|error| refused(name, error))?;
        let ending = match completed.ending {
            host::Ending::Exited(status) => Ending::Exited(status),
            host::Ending::Signalled(signal) => Ending::Signalled(signal),
            host::Ending::TimedOut => Ending::TimedOut,
        };
        let took = Duration::from_millis(completed.took_ms);
        Ok(Completed { ending, stdout: completed.stdout, stderr: completed.stderr, took })
    }

    pub fn describe(name: &str) -> Result<Vec<Parameter>, Error> {
        let parameters = host::describe(name).map_err(|error| refused(name, error))?.into_iter();
        Ok(parameters
            .map(|host::Parameter { name, type_name, optional }| Parameter { name, type_name, optional })
            .collect())
    }

    fn refused(name: &str, error: CommandError) -> Error {
        match error {
            CommandError::Denied(reason) => Error::misconfigured(format!("command `{name}`: {reason}")).code("command"),
            CommandError::Invalid(argument) => {
                Error::permanent(format!("command `{name}`, {}: {}", argument.name, argument.message)).code("argument")
            }
            CommandError::Other(reason) => Error::transient(format!("command `{name}`: {reason}")).code("command"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_program_ended_decides_on_the_error() {
        let ended = |ending| Completed { ending, stderr: "first\n  last \n\n".into(), ..Completed::exited(0) };
        assert!(ended(Ending::Exited(0)).success().is_ok());
        let text = |ending| ended(ending).success().unwrap_err().to_string();
        assert_eq!(text(Ending::Exited(2)), "the command ended with status 2: last");
        assert_eq!(text(Ending::Signalled(9)), "signal 9 ended the command: last");
        assert!(ended(Ending::TimedOut).success().unwrap_err().is_transient());
        assert!(!ended(Ending::Exited(1)).success().unwrap_err().is_transient());
    }
}
