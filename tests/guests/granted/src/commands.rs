// SPDX-License-Identifier: MIT OR Apache-2.0

//! Commands, rightly and wrongly filled.

use prelude_trigger_guest::{Error, commands::Command};

/// Something to try.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// A command and what fills its gaps.
    Run(String, Vec<(String, String)>),
    /// The same so many times; how often it was run.
    Many(String, usize),
    Describe(String),
}

fn command(name: &str, arguments: &[(String, String)]) -> Command {
    arguments.iter().fold(Command::new(name), |command, (name, text)| command.argument(name, text))
}

/// For `validate`.
pub fn run_plainly(name: &str) -> String {
    match Command::new(name).run() {
        Ok(_) => "it was run".to_owned(),
        Err(error) => error.to_string(),
    }
}

impl Act {
    pub fn run(&self) -> Result<String, Error> {
        match self {
            Self::Run(name, arguments) => {
                let completed = command(name, arguments).run()?;
                Ok(format!("{:?} {:?} {:?}", completed.ending, completed.stdout, completed.stderr))
            }
            Self::Many(name, times) => {
                let mut last = String::new();
                let run = (0..*times).take_while(|_| match Command::new(name.as_str()).run() {
                    Ok(_) => true,
                    Err(error) => {
                        last = error.to_string();
                        false
                    }
                });
                let count = run.count();
                Ok(format!("{count} times, then {last}"))
            }
            Self::Describe(name) => Ok(format!("{:?}", Command::new(name.as_str()).parameters()?)),
        }
    }
}
