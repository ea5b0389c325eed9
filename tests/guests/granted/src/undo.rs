// SPDX-License-Identifier: MIT OR Apache-2.0

//! Undoing, well and badly, as the token says.

use prelude_trigger_guest::{Context, Error, Outcome};
use serde_json::Value;

use super::{Config, Step};

/// A token: steps that are tried, and how it ends.
#[derive(serde::Deserialize)]
struct Token {
    #[serde(default)]
    steps: Vec<Step>,
    end: String,
}

pub fn undo(job: &Context, _: &Config, token: Option<Value>) -> Result<Outcome, Error> {
    let Some(token) = token else { return Ok(Outcome::skipped("there is no token")) };
    let token: Token = serde_json::from_value(token).map_err(|error| Error::permanent(error.to_string()))?;
    for step in &token.steps {
        super::tell(step, None);
    }
    match token.end.as_str() {
        "skip" => Ok(Outcome::skipped("nothing is left")),
        "trap" => panic!("cannot undo"),
        #[allow(clippy::empty_loop)]
        "hang" => loop {},
        "sleep" => {
            std::thread::sleep(std::time::Duration::from_secs(3600));
            Ok(Outcome::done("slept"))
        }
        "fill" => Ok(Outcome::done(vec![1_u8; 1 << 30].len().to_string())),
        "transient" => Err(Error::transient("not now").code("later")),
        "exit" => std::process::exit(3),
        "token" => Outcome::done("undone").undo_with("again"),
        end => Ok(Outcome::done(format!("undone: {end}, attempt {} of {}", job.attempt, job.job_id))),
    }
}
