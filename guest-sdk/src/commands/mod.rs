// SPDX-License-Identifier: MIT OR Apache-2.0

//! Running the programs that the operator has granted (`grant: { commands: … }`), by name.

pub(crate) mod completed;

pub use completed::{Completed, Ending, Parameter};

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

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::time::Duration;

    use super::{Completed, Ending, Error, NamedText, Parameter};
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
