// SPDX-License-Identifier: MIT OR Apache-2.0

//! An action that tries what its configuration says with what it was granted, and prints a line about each.

#[cfg(feature = "commands")]
mod commands;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "secrets")]
mod secrets;

use prelude_trigger_guest::{Alert, Context, Error, Outcome, action};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    steps: Vec<Step>,
    /// Fails at the end with this message.
    #[serde(default)]
    fail: Option<String>,
    #[serde(default)]
    #[allow(dead_code)]
    validate: Option<Validate>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Step {
    Text(String),
    All(String),
    Entries(String),
    Json,
    Kind,
    Describe(String),
    Variable(String),
    #[cfg(feature = "files")]
    File(files::Act),
    #[cfg(feature = "secrets")]
    Secret(secrets::Act),
    #[cfg(feature = "commands")]
    Command(commands::Act),
}

/// Does while the configuration is checked what must not be done then.
#[derive(serde::Deserialize)]
#[serde(try_from = "String")]
struct Validate;

impl TryFrom<String> for Validate {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        #[cfg(feature = "commands")]
        return Err(commands::run_plainly(&name));
        #[cfg(not(feature = "commands"))]
        Err(name)
    }
}

fn step(step: &Step, alert: &Alert) -> Result<String, String> {
    let text = |error: Error| error.to_string();
    Ok(match step {
        Step::Text(path) => format!("{:?}", alert.text(path).map_err(|error| error.to_string())?),
        Step::All(path) => format!("{:?}", alert.texts(path).map_err(|error| error.to_string())?),
        Step::Entries(path) => {
            let entries = alert.entries(path).map_err(|error| error.to_string())?;
            format!("{:?}", entries.iter().map(|entry| &*entry.path).collect::<Vec<_>>())
        }
        Step::Json => alert.json(),
        Step::Kind => format!("{:?}", alert.kind()),
        Step::Describe(path) => {
            format!("{:?}", prelude_trigger_guest::Path::describe(path).map_err(|error| error.to_string())?.multiple)
        }
        Step::Variable(name) => format!("{:?}", std::env::var(name).map_err(|error| error.to_string())?),
        #[cfg(feature = "files")]
        Step::File(act) => act.run()?,
        #[cfg(feature = "secrets")]
        Step::Secret(act) => act.run().map_err(text)?,
        #[cfg(feature = "commands")]
        Step::Command(act) => act.run().map_err(text)?,
        #[allow(unreachable_patterns)]
        _ => text(Error::misconfigured("not built in")),
    })
}

fn run(_: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    for one in &config.steps {
        match step(one, alert) {
            Ok(said) => println!("ok {said}"),
            Err(said) => println!("error {said}"),
        }
    }
    match &config.fail {
        Some(message) => Err(Error::permanent(message)),
        None => Ok(Outcome::done("tried")),
    }
}

action!(Config, run);
