// SPDX-License-Identifier: MIT OR Apache-2.0

//! `service` stops or restarts a unit, through the command it is granted.
//!
//! Every unit it can touch is written in the configuration: a value in an alert chooses among them, and never becomes the
//! name of one. What `change` does, stop or restart or anything else, is the operator's. README.md shows a configuration.

mod config;

use std::collections::BTreeSet;

use config::{Config, Unit};
use prelude_trigger_guest::{
    Alert, Context, Error, Mode, Outcome, action,
    commands::{Command, Ending},
};

const CHANGE: &str = "change";
const IS_DONE: &str = "is-done";

/// A configuration that makes sense and whose command is granted, which is asked while the daemon loads it.
#[derive(Debug, serde::Deserialize)]
#[serde(try_from = "Config")]
pub struct Ready(Config);

impl TryFrom<Config> for Ready {
    type Error = String;

    fn try_from(config: Config) -> Result<Self, String> {
        if config.unit.is_some() != config.units.is_empty() {
            return Err("one of `unit` and `units` is needed, and not both".to_owned());
        }
        let never = || config.never.iter().map(String::as_str);
        if let Some(unit) = config.unit.iter().chain(config.units.values()).find(|unit| unit.is_among(never())) {
            return Err(format!("`{}` is in `never`, and cannot be touched", unit.as_ref()));
        }
        for name in if config.ask { &[CHANGE, IS_DONE][..] } else { &[CHANGE] } {
            let gaps = Command::new(*name).parameters().map_err(|error| error.to_string())?;
            if gaps.iter().map(|gap| gap.name.as_str()).ne(["unit"]) {
                return Err(format!("command `{name}` needs one gap, `unit`"));
            }
        }
        Ok(Self(config))
    }
}

/// The units that an alert leads to.
fn units<'a>(config: &'a Config, alert: &Alert) -> Result<BTreeSet<&'a Unit>, Error> {
    match &config.unit {
        Some(unit) => Ok([unit].into()),
        None => Ok(alert.texts(&config.path)?.iter().filter_map(|value| config.units.get(value)).collect()),
    }
}

/// Whether there is nothing left to do for a unit.
fn is_done(unit: &Unit) -> Result<bool, Error> {
    Ok(Command::new(IS_DONE).argument("unit", unit.as_ref()).run()?.ending == Ending::Exited(0))
}

fn change(unit: &Unit) -> Result<(), Error> {
    let name = unit.as_ref();
    let ended = Command::new(CHANGE).argument("unit", name).run()?;
    let said = ended.stderr.lines().next().unwrap_or_default();
    match ended.ending {
        // LSB's word for what is not installed, and systemctl's for a unit that is not loaded.
        Ending::Exited(5) => Err(Error::misconfigured(format!("there is no {name}: {said}")).code("no-unit")),
        Ending::Exited(1 | 4) if said.contains("Access denied") || said.contains("authentication required") => {
            Err(Error::misconfigured(format!("{name}: {said}; as whom does the command run?")).code("permission"))
        }
        _ => ended.success().map(drop),
    }
}

fn run(job: &Context, Ready(config): &Ready, alert: &Alert) -> Result<Outcome, Error> {
    let wanted = units(config, alert)?;
    if wanted.is_empty() {
        return Ok(Outcome::skipped(format!("no value at {} stands for a unit", config.path)));
    }
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for unit in wanted {
        if config.ask && is_done(unit)? {
            left.push(unit.as_ref());
            continue;
        }
        if job.mode == Mode::Enforce {
            change(unit)?;
            if config.ask && !is_done(unit)? {
                let what = format!("{} was told to, and it did not happen", unit.as_ref());
                return Err(Error::transient(what).code("not-done"));
            }
        }
        done.push(unit.as_ref());
    }
    let what = format!("command `{CHANGE}` for {}", done.join(", "));
    Ok(match (done.is_empty(), job.mode) {
        (true, _) => Outcome::skipped(format!("{}: there was nothing left to do", left.join(", "))),
        (false, Mode::Observe) => Outcome::simulated(format!("would run {what}")),
        (false, Mode::Enforce) => Outcome::done(format!("ran {what}")).output("units", done.join(", ")),
    })
}

action!(Ready, run);

#[cfg(test)]
mod tests {
    use prelude_trigger_guest::{
        Status,
        commands::Completed,
        testing::{self, Host},
    };

    use super::*;

    const UNITS: &str =
        r#"{"units": {"http": "nginx.service", "https": "nginx.service", "smtp": "postfix@-.service"}}"#;

    const ASKING: &str = r#"{"units": {"http": "nginx.service"}, "ask": true}"#;

    fn host() -> Host {
        Host::new().command(CHANGE, &["unit"])
    }

    fn service(host: &Host, job: &Context, config: &str, services: &[&str]) -> Result<Outcome, Error> {
        let paths: Vec<_> = (0..services.len()).map(|n| format!("alert.target({n}).service.name")).collect();
        let values: Vec<_> = paths.iter().map(String::as_str).zip(services.iter().copied()).collect();
        let alert = if values.is_empty() { testing::alert(r#"{"alert": {}}"#) } else { testing::alert_with(&values) };
        host.run(|| run(job, &testing::config(config).unwrap(), &alert))
    }

    fn ran(host: &Host) -> Vec<String> {
        host.ran().iter().map(|(name, arguments)| format!("{name} {}", arguments[0].text)).collect()
    }

    #[test]
    fn a_value_chooses_and_never_becomes_a_unit() {
        let host = host().ending(CHANGE, Completed::exited(0));
        let alert = ["http", "https", "ssh.service", "nginx.service", "-x", "$(reboot)", "HTTP"];
        let outcome = service(&host, &testing::job(), UNITS, &alert).unwrap();
        assert_eq!(ran(&host), ["change nginx.service"]);
        assert_eq!(outcome.summary.as_deref(), Some("ran command `change` for nginx.service"));
        let outcome = service(&host, &testing::job(), UNITS, &["ftp"]).unwrap();
        assert_eq!(outcome.status, Status::Skipped);
    }

    #[test]
    fn one_unit_may_be_meant_whatever_the_alert_says() {
        let host = host().ending(CHANGE, Completed::exited(0));
        service(&host, &testing::job(), r#"{"unit": "cups.socket"}"#, &[]).unwrap();
        assert_eq!(ran(&host), ["change cups.socket"]);
    }

    #[test]
    fn essential_units_cannot_even_be_written_down() {
        let error = |config: &str| host().run(|| testing::config::<Ready>(config).unwrap_err());
        for unit in [
            "prelude-trigger.service",
            "prelude-manager.service",
            "ssh.service",
            "sshd.service",
            "systemd-journald.service",
            "dbus.service",
            "dbus-broker.service",
            "getty@tty1.service",
            "NetworkManager.service",
        ] {
            let text = error(&format!(r#"{{"unit": "{unit}"}}"#));
            assert!(text.contains("is never touched"), "{text}");
        }
        for unit in [
            "nginx",
            "",
            ".service",
            "-x.service",
            "a b.service",
            "../x.service",
            "a\\nb.service",
            "multi-user.target",
            "a;b.service",
            "$(id).service",
        ] {
            assert!(!error(&format!(r#"{{"unit": "{unit}"}}"#)).is_empty());
        }
        assert!(error(r#"{"unit": "db.service", "never": ["db.*"]}"#).contains("is in `never`"));
        assert!(error("{}").contains("one of `unit` and `units`"));
        assert!(error(r#"{"unit": "a.service", "units": {"a": "b.service"}}"#).contains("not both"));
        let none = Host::new().run(|| testing::config::<Ready>(UNITS).unwrap_err());
        assert!(none.contains("change"), "{none}");
    }

    #[test]
    fn what_is_done_is_not_done_again_and_what_did_not_happen_is_told() {
        let asking = || host().command(IS_DONE, &["unit"]);
        let there = asking().ending(IS_DONE, Completed::exited(0));
        assert_eq!(service(&there, &testing::job(), ASKING, &["http"]).unwrap().status, Status::Skipped);
        assert_eq!(ran(&there), ["is-done nginx.service"]);
        let host = asking().ending(IS_DONE, Completed::exited(3)).ending(CHANGE, Completed::exited(0));
        let host = host.ending(IS_DONE, Completed::exited(3));
        assert!(service(&host, &testing::job(), ASKING, &["http"]).unwrap_err().is_transient());
        let host = asking().ending(IS_DONE, Completed::exited(3));
        let outcome = service(&host, &testing::observed_job(), ASKING, &["http"]).unwrap();
        assert_eq!(outcome.summary.as_deref(), Some("would run command `change` for nginx.service"));
        assert_eq!(ran(&host), ["is-done nginx.service"]);
    }

    #[test]
    fn failures_are_told_apart() {
        let error = |status: u32, stderr: &str| {
            let ended = Completed { stderr: stderr.to_owned(), ..Completed::exited(status) };
            service(&host().ending(CHANGE, ended), &testing::job(), UNITS, &["http"]).unwrap_err()
        };
        assert!(error(5, "Failed to stop nginx.service: Unit nginx.service not loaded.").is_misconfigured());
        assert!(error(4, "Failed to stop nginx.service: Access denied").is_misconfigured());
        assert!(!error(1, "Job for nginx.service failed").is_misconfigured());
    }
}
