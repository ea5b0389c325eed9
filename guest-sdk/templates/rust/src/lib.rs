//! `{{name}}`: says what happened and who did it, in the daemon's log.

mod config;

use config::Config;
use prelude_trigger_guest::{Alert, Context, Error, Mode, Outcome, action, info};

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    let Some(what) = alert.text("alert.classification.text")? else {
        return Ok(Outcome::skipped("the alert does not say what happened"));
    };
    let addresses = alert.texts("alert.source(*).node.address(*).address")?;
    let who = if addresses.is_empty() { "unknown".to_owned() } else { addresses.join(", ") };
    let sentence = format!("{what} from {who}");
    if job.mode == Mode::Observe {
        return Ok(Outcome::simulated(format!("would say {sentence}")));
    }
    info!("{}: {sentence}", config.prefix);
    Ok(Outcome::done(sentence).output("addresses", addresses.len().to_string()))
}

action!(Config, run);
