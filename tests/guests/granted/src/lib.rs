// SPDX-License-Identifier: MIT OR Apache-2.0

//! An action that tries what its configuration says with what it was granted, and prints a line about each.

#[cfg(feature = "commands")]
mod commands;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(feature = "state")]
mod state;
#[cfg(feature = "undo")]
mod undo;

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
    /// Hands this out as the undo token.
    #[cfg(feature = "undo")]
    #[serde(default)]
    token: Option<serde_json::Value>,
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
    #[cfg(feature = "state")]
    State(state::Act),
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
        #[cfg(all(feature = "state", not(feature = "commands")))]
        return Err(state::while_checked(&name));
        #[cfg(not(any(feature = "commands", feature = "state")))]
        Err(name)
    }
}

fn step(step: &Step, alert: Option<&Alert>) -> Result<String, String> {
    let text = |error: Error| error.to_string();
    let given = alert;
    let alert = || given.ok_or_else(|| "there is no alert".to_owned());
    Ok(match step {
        Step::Text(path) => format!("{:?}", alert()?.text(path).map_err(|error| error.to_string())?),
        Step::All(path) => format!("{:?}", alert()?.texts(path).map_err(|error| error.to_string())?),
        Step::Entries(path) => {
            let entries = alert()?.entries(path).map_err(|error| error.to_string())?;
            format!("{:?}", entries.iter().map(|entry| &*entry.path).collect::<Vec<_>>())
        }
        Step::Json => alert()?.json(),
        Step::Kind => format!("{:?}", alert()?.kind()),
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
        #[cfg(feature = "state")]
        Step::State(act) => act.run().map_err(text)?,
        #[allow(unreachable_patterns)]
        _ => text(Error::misconfigured("not built in")),
    })
}

fn tell(one: &Step, alert: Option<&Alert>) {
    match step(one, alert) {
        Ok(said) => println!("ok {said}"),
        Err(said) => println!("error {said}"),
    }
}

fn run(_: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    for one in &config.steps {
        tell(one, Some(alert));
    }
    if let Some(message) = &config.fail {
        return Err(Error::permanent(message));
    }
    let outcome = Outcome::done("tried");
    #[cfg(feature = "undo")]
    if let Some(token) = &config.token {
        return outcome.undo_with(token);
    }
    Ok(outcome)
}

#[cfg(not(feature = "undo"))]
action!(Config, run);
#[cfg(feature = "undo")]
action!(Config, run, undo::undo);
