// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is known of a granted program: its gaps before it runs, and how it ended.

use std::time::Duration;

use crate::Error;

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
