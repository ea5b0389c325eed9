// SPDX-License-Identifier: MIT OR Apache-2.0

//! `account` locks the accounts that an alert names, through the commands it is granted.
//!
//! `look-up` asks the account database, and its answer decides: no superuser, no system account, nobody on the list. Then
//! `lock` is run. README.md shows a configuration.
//!
//! Jobs may be repeated: locking what is locked is no mistake. When one account of several cannot be locked the job fails, and
//! those that were locked stay so.

mod config;
mod passwd;

use std::collections::BTreeSet;

use config::Config;
use passwd::shown;
use prelude_trigger_guest::{
    Alert, Context, Error, Mode, Outcome, action,
    commands::{Command, Ending},
};

const LOOK_UP: &str = "look-up";
const LOCK: &str = "lock";

/// A configuration that makes sense and whose commands are granted, which is asked while the daemon loads it.
#[derive(Debug, serde::Deserialize)]
#[serde(try_from = "Config")]
pub struct Ready(Config);

impl TryFrom<Config> for Ready {
    type Error = String;

    fn try_from(config: Config) -> Result<Self, String> {
        if config.at_most == 0 {
            return Err("`at_most` is 1 or more".to_owned());
        }
        if config.uids.from == 0 || config.uids.from > config.uids.to {
            return Err("`uids` begin at 1 or above, and end where they begin or later".to_owned());
        }
        for name in [LOOK_UP, LOCK] {
            let gaps = Command::new(name).parameters().map_err(|error| error.to_string())?;
            let gaps: Vec<_> = gaps.iter().map(|gap| gap.name.as_str()).collect();
            if gaps != ["user"] {
                return Err(format!("command `{name}` needs one gap, `user`, and has: {}", gaps.join(", ")));
            }
        }
        Ok(Self(config))
    }
}

/// Asks the account database; an error of the inner kind says why this account is left alone.
fn look_up(config: &Config, name: &str) -> Result<Result<(), String>, Error> {
    let ended = Command::new(LOOK_UP).argument("user", name).run()?;
    match ended.ending {
        Ending::Exited(0) if !ended.stdout.trim().is_empty() => Ok(passwd::lockable(config, name, &ended.stdout)),
        // 2 is getent's word for a name that nobody has.
        Ending::Exited(0..=2) => Ok(Err(format!("{} is not an account", shown(name)))),
        _ => ended.success().map(|_| Ok(())),
    }
}

fn lock(name: &str) -> Result<(), Error> {
    let ended = Command::new(LOCK).argument("user", name).run()?;
    // usermod cannot have the database while somebody else changes it (10), and says so.
    if ended.ending != Ending::Exited(0)
        && (ended.stderr.contains("try again later") || ended.ending == Ending::Exited(10))
    {
        return Err(Error::transient(format!("{name} was not locked: the account database is in use")).code("busy"));
    }
    if ended.stderr.contains("Permission denied") {
        let what = ended.stderr.lines().next().unwrap_or_default();
        return Err(Error::misconfigured(format!("{name} was not locked: {what}; as whom does the command run?"))
            .code("permission"));
    }
    ended.success().map(drop)
}

fn run(job: &Context, Ready(config): &Ready, alert: &Alert) -> Result<Outcome, Error> {
    let given = job.parameters.iter().filter(|parameter| parameter.name == "user");
    let mut names: BTreeSet<_> = given.map(|parameter| parameter.text.clone()).collect();
    if names.is_empty() {
        names = alert.texts(&config.path)?.into_iter().collect();
    }
    if names.is_empty() {
        return Ok(Outcome::skipped(format!("the alert names nobody at {}", config.path)));
    }
    // Before anything is run: a flood of names is not looked up either.
    if names.len() > config.at_most {
        let (many, most) = (names.len(), config.at_most);
        return Err(Error::permanent(format!(
            "the alert names {many} accounts, and at most {most} are locked at once"
        ))
        .code("too-many"));
    }
    let (mut wanted, mut refused) = (Vec::new(), Vec::new());
    for name in &names {
        if !passwd::is_name(name) {
            refused.push(format!("{} is not the name of an account", shown(name)));
        } else if name == "root" || config.never.contains(name) {
            refused.push(format!("{} is never locked", shown(name)));
        } else if let Err(why) = look_up(config, name)? {
            refused.push(why);
        } else {
            wanted.push(name.as_str());
        }
    }
    let refusals = refused.join("; ");
    if wanted.is_empty() {
        return Err(Error::permanent(format!("nobody was locked: {refusals}")).code("refused"));
    }
    let who = wanted.join(", ");
    let mut outcome = if job.mode == Mode::Observe {
        Outcome::simulated(format!("would lock {who}"))
    } else {
        for name in &wanted {
            lock(name)?;
        }
        Outcome::done(format!("locked {who}"))
    };
    if !refusals.is_empty() {
        outcome = outcome.output("refused", refusals);
    }
    Ok(outcome)
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

    fn host() -> Host {
        Host::new().command(LOOK_UP, &["user"]).command(LOCK, &["user"])
    }

    fn found(host: Host, name: &str, uid: u32) -> Host {
        let stdout = format!("{name}:x:{uid}:100::/home/{name}:/bin/sh\n");
        host.ending(LOOK_UP, Completed { stdout, ..Completed::exited(0) })
    }

    fn account(host: &Host, job: &Context, config: &str, names: &[&str]) -> Result<Outcome, Error> {
        let paths: Vec<_> = (0..names.len()).map(|n| format!("alert.target({n}).user.user_id(0).name")).collect();
        let values: Vec<_> = paths.iter().map(String::as_str).zip(names.iter().copied()).collect();
        let alert = if values.is_empty() { testing::alert(r#"{"alert": {}}"#) } else { testing::alert_with(&values) };
        host.run(|| run(job, &testing::config(config).unwrap(), &alert))
    }

    fn ran(host: &Host) -> Vec<String> {
        host.ran().iter().map(|(name, arguments)| format!("{name} {}", arguments[0].text)).collect()
    }

    #[test]
    fn who_is_found_and_may_be_is_locked() {
        let host = found(host(), "alice", 1000);
        let host = found(host, "svc", 998).ending(LOCK, Completed::exited(0));
        let outcome = account(&host, &testing::job(), "{}", &["svc", "alice", "alice", "root", "-x"]).unwrap();
        assert_eq!(ran(&host), ["look-up alice", "look-up svc", "lock alice"]);
        assert_eq!(outcome.summary.as_deref(), Some("locked alice"));
        let refused = &outcome.outputs[0].text;
        for who in [r#""-x" is not the name"#, r#""root" is never locked"#, r#""svc" has the number 998"#] {
            assert!(refused.contains(who), "{refused}");
        }
    }

    #[test]
    fn nobody_is_locked_who_must_not_be() {
        let refused = |host: Host, config: &str, name: &str| {
            let error = account(&host, &testing::job(), config, &[name]).unwrap_err().to_string();
            assert!(ran(&host).iter().all(|ran| ran.starts_with("look-up")), "{:?}", ran(&host));
            error
        };
        assert!(refused(found(host(), "toor", 0), "{}", "toor").contains("superuser"));
        assert!(refused(host(), r#"{"never": ["boss"]}"#, "boss").contains("never locked"));
        assert!(refused(host().ending(LOOK_UP, Completed::exited(2)), "{}", "ghost").contains("is not an account"));
        assert!(refused(host(), "{}", "$(reboot)").contains("is not the name"));
        assert!(refused(found(host(), "bob", 1000), "{}", "alice").contains("is called"));
    }

    #[test]
    fn floods_of_names_are_not_even_looked_up() {
        let host = host();
        let error = account(&host, &testing::job(), r#"{"at_most": 2}"#, &["a", "b", "c"]).unwrap_err();
        assert!(error.to_string().contains("names 3 accounts"), "{error}");
        assert!(ran(&host).is_empty());
    }

    #[test]
    fn the_parameter_comes_first_and_observing_locks_nobody() {
        let host = found(host(), "carol", 1001);
        let job = Context { parameters: vec![testing::named("user", "carol")], ..testing::observed_job() };
        let outcome = account(&host, &job, "{}", &["alice"]).unwrap();
        assert_eq!((outcome.status, outcome.summary.as_deref()), (Status::Simulated, Some("would lock carol")));
        assert_eq!(ran(&host), ["look-up carol"]);
        assert_eq!(account(&host, &testing::job(), "{}", &[]).unwrap().status, Status::Skipped);
    }

    #[test]
    fn failures_are_told_apart() {
        let error = |status: u32, stderr: &str| {
            let ended = Completed { stderr: stderr.to_owned(), ..Completed::exited(status) };
            let host = found(host(), "alice", 1000).ending(LOCK, ended);
            account(&host, &testing::job(), "{}", &["alice"]).unwrap_err()
        };
        assert!(error(1, "usermod: cannot lock /etc/passwd; try again later.").is_transient());
        assert!(error(1, "usermod: Permission denied.").is_misconfigured());
        assert!(!error(6, "usermod: user 'alice' does not exist").is_transient());
    }

    #[test]
    fn commands_that_are_missing_or_odd_are_found_at_load() {
        let error = |host: Host, config: &str| host.run(|| testing::config::<Ready>(config).unwrap_err());
        assert!(error(Host::new(), "{}").contains("look-up"));
        assert!(
            error(Host::new().command(LOOK_UP, &["user"]).command(LOCK, &["user", "shell"]), "{}")
                .contains("needs one gap")
        );
        assert!(error(host(), r#"{"uids": {"from": 0, "to": 10}}"#).contains("begin at 1"));
    }
}
