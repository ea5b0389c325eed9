// SPDX-License-Identifier: MIT OR Apache-2.0

//! `block` puts an alert's addresses into a set of the packet filter, for a time, through the commands it is granted.
//!
//! The operator writes the commands (`add-v4`, `add-v6`, and if wanted `check-v4`, `check-v6`, and `remove-v4`, `remove-v6` to undo); this action decides on
//! the addresses: in one form, no host that must not be blocked, no more than a few of them. README.md shows a configuration.
//!
//! Jobs may be repeated: adding what is there is no mistake. When one address of several cannot be added the job fails, and what was
//! added stays until its time is over.

mod address;
mod config;

use std::{collections::BTreeSet, net::IpAddr};

use config::Config;
use prelude_trigger_guest::{
    Alert, Context, Error, Mode, Outcome, action,
    commands::{Command, Ending},
};

/// A configuration whose commands are granted, which is asked while the daemon loads it.
#[derive(Debug, serde::Deserialize)]
#[serde(try_from = "Config")]
pub struct Ready(Config);

impl TryFrom<Config> for Ready {
    type Error = String;

    fn try_from(config: Config) -> Result<Self, String> {
        if config.at_most == 0 || config.seconds == 0 {
            return Err("`at_most` and `seconds` are 1 or more".to_owned());
        }
        for family in Family::BOTH {
            for verb in if config.check { &["add", "check"][..] } else { &["add"] } {
                gaps(&format!("{verb}-{}", family.name())).map_err(|error| error.to_string())?;
            }
        }
        // Without them everything works but undoing; one alone is a mistake.
        let removes = Family::BOTH.map(|family| gaps(&format!("remove-{}", family.name())));
        if removes.iter().any(Result::is_ok) {
            removes.into_iter().try_for_each(|gaps| gaps.map(drop)).map_err(|error| error.to_string())?;
        }
        Ok(Self(config))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    const BOTH: [Self; 2] = [Self::V4, Self::V6];

    fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V4 => "v4",
            Self::V6 => "v6",
        }
    }
}

/// The gaps of a command; an error when it is not granted, or is not one for an address.
fn gaps(command: &str) -> Result<Vec<String>, Error> {
    let gaps: Vec<_> = Command::new(command).parameters()?.into_iter().map(|gap| gap.name).collect();
    let odd = gaps.iter().find(|gap| !["address", "seconds"].contains(&gap.as_str()));
    match odd {
        Some(odd) => Err(Error::misconfigured(format!(
            "command `{command}` has a gap `{odd}`; only `address` and `seconds` can be filled"
        ))),
        None if gaps.iter().any(|gap| gap == "address") => Ok(gaps),
        None => Err(Error::misconfigured(format!("command `{command}` has no gap `address`"))),
    }
}

/// Runs a command for an address; the time is told to those that ask for it.
fn run_for(command: &str, address: IpAddr, seconds: u64) -> Result<Command, Error> {
    let mut filled = Command::new(command).argument("address", address);
    if gaps(command)?.iter().any(|gap| gap == "seconds") {
        filled = filled.argument("seconds", seconds);
    }
    Ok(filled)
}

/// Whether an address is in the set already.
fn is_blocked(address: IpAddr, seconds: u64) -> Result<bool, Error> {
    let check = format!("check-{}", Family::of(address).name());
    Ok(run_for(&check, address, seconds)?.run()?.ending == Ending::Exited(0))
}

fn add(address: IpAddr, seconds: u64) -> Result<(), Error> {
    let add = format!("add-{}", Family::of(address).name());
    let ended = run_for(&add, address, seconds)?.run()?;
    // nft's word for a table or a set that is not there: no other alert will fare better.
    if ended.ending == Ending::Exited(1) && ended.stderr.contains("No such file or directory") {
        return Err(Error::misconfigured(format!(
            "{address} has no set to be put into: {}",
            first_line(&ended.stderr)
        ))
        .code("no-set"));
    }
    if is_busy(&ended.stderr) {
        return Err(Error::transient(format!("{address}: {}", first_line(&ended.stderr))).code("busy"));
    }
    ended.success().map(drop)
}

/// What nft says first is what is wrong; below it stands where.
fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim()
}

/// What undoing needs: what this job has added.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Added {
    added: Vec<IpAddr>,
}

/// Takes an address out of its set; false when it was not there any more.
fn remove(address: IpAddr) -> Result<bool, Error> {
    let remove = format!("remove-{}", Family::of(address).name());
    let ended = run_for(&remove, address, 0)?.run()?;
    // nft's word for an element that is not there, and for a set that is not: either way nothing of it is left.
    if ended.ending == Ending::Exited(1) && ended.stderr.contains("No such file or directory") {
        return Ok(false);
    }
    if is_busy(&ended.stderr) {
        return Err(Error::transient(format!("{address}: {}", first_line(&ended.stderr))).code("busy"));
    }
    ended.success().map(|_| true)
}

/// A packet filter is changed by several programs at once, and then says that it is busy.
fn is_busy(stderr: &str) -> bool {
    stderr.contains("busy") || stderr.contains("temporarily unavailable")
}

fn list(addresses: impl IntoIterator<Item = IpAddr>) -> String {
    addresses.into_iter().map(|address| address.to_string()).collect::<Vec<_>>().join(", ")
}

fn run(job: &Context, Ready(config): &Ready, alert: &Alert) -> Result<Outcome, Error> {
    let given = job.parameters.iter().filter(|parameter| parameter.name == "address");
    let mut texts: Vec<_> = given.map(|parameter| parameter.text.clone()).collect();
    if texts.is_empty() {
        texts = alert.texts(&config.path)?;
    }
    if texts.is_empty() {
        return Ok(Outcome::skipped(format!("the alert has no address at {}", config.path)));
    }
    let (mut wanted, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for text in &texts {
        match address::blockable(text, &config.never) {
            Ok(address) => _ = wanted.insert(address),
            Err(why) => _ = refused.insert(why),
        }
    }
    let refusals = refused.iter().take(4).map(String::as_str).collect::<Vec<_>>().join("; ");
    if wanted.is_empty() {
        return Err(Error::permanent(format!("nothing was blocked: {refusals}")).code("refused"));
    }
    if wanted.len() > config.at_most {
        let many = wanted.len();
        let most = config.at_most;
        return Err(Error::permanent(format!(
            "the alert names {many} addresses, and at most {most} are blocked at once"
        ))
        .code("too-many"));
    }
    // A lease of less than a second is one of a second: 0 would mean for ever.
    let seconds = job.lease_ms.map_or(config.seconds, |lease| lease.div_ceil(1000).max(1));
    let with_refusals = |mut outcome: Outcome| {
        outcome = outcome.output("seconds", seconds.to_string());
        if refusals.is_empty() { outcome } else { outcome.output("refused", &refusals) }
    };
    if job.mode == Mode::Observe {
        return Ok(with_refusals(Outcome::simulated(format!("would block {} for {seconds} s", list(wanted)))));
    }
    let (mut added, mut there) = (Vec::new(), Vec::new());
    for address in wanted {
        if config.check && is_blocked(address, seconds)? {
            there.push(address);
        } else {
            add(address, seconds)?;
            added.push(address);
        }
    }
    let outcome = match (added.is_empty(), there.is_empty()) {
        (true, _) => Outcome::skipped(format!("{} is blocked already", list(there))),
        (false, true) => Outcome::done(format!("blocked {} for {seconds} s", list(added.iter().copied()))),
        (false, false) => Outcome::done(format!(
            "blocked {} for {seconds} s; {} was blocked already",
            list(added.iter().copied()),
            list(there)
        )),
    };
    with_refusals(outcome).undo_with(&Added { added })
}

/// Unblocks what a job has blocked, and nothing that was blocked before it.
fn undo(job: &Context, Ready(config): &Ready, token: Option<Added>) -> Result<Outcome, Error> {
    let addresses = match token {
        Some(Added { added }) => added,
        // The job did not come to its end. What it was for, if anything, is its parameter.
        None => {
            let given = job.parameters.iter().filter(|parameter| parameter.name == "address");
            given.filter_map(|parameter| address::blockable(&parameter.text, &config.never).ok()).collect()
        }
    };
    if addresses.is_empty() {
        return Ok(Outcome::skipped("this job has blocked nothing that is known"));
    }
    if job.mode == Mode::Observe {
        return Ok(Outcome::simulated(format!("would unblock {}", list(addresses))));
    }
    let (mut removed, mut gone) = (Vec::new(), Vec::new());
    for address in addresses {
        if remove(address)? { removed.push(address) } else { gone.push(address) }
    }
    Ok(match (removed.is_empty(), gone.is_empty()) {
        (true, _) => Outcome::skipped(format!("{} is not blocked any more", list(gone))),
        (false, true) => Outcome::done(format!("unblocked {}", list(removed))),
        (false, false) => {
            Outcome::done(format!("unblocked {}; {} was not blocked any more", list(removed), list(gone)))
        }
    })
}

action!(Ready, run, undo);

#[cfg(test)]
mod tests {
    use prelude_trigger_guest::{
        NamedText, Status,
        commands::Completed,
        testing::{self, Host},
    };

    use super::*;

    const SETS: [&str; 2] = ["add-v4", "add-v6"];

    fn host() -> Host {
        SETS.iter().fold(Host::new(), |host, name| host.command(name, &["address", "seconds"]))
    }

    fn alert(addresses: &[&str]) -> Alert {
        let paths: Vec<_> =
            (0..addresses.len()).map(|n| format!("alert.source({n}).node.address(0).address")).collect();
        let values: Vec<_> = paths.iter().map(String::as_str).zip(addresses.iter().copied()).collect();
        if values.is_empty() { testing::alert(r#"{"alert": {}}"#) } else { testing::alert_with(&values) }
    }

    fn block(host: &Host, job: &Context, config: &str, addresses: &[&str]) -> Result<Outcome, Error> {
        host.run(|| run(job, &testing::config(config).unwrap(), &alert(addresses)))
    }

    fn ran(host: &Host) -> Vec<String> {
        let text = |arguments: Vec<NamedText>| arguments.into_iter().map(|a| a.text).collect::<Vec<_>>().join(" ");
        host.ran().into_iter().map(|(name, arguments)| format!("{name} {}", text(arguments))).collect()
    }

    fn failed(stderr: &str) -> Completed {
        Completed { stderr: stderr.to_owned(), ..Completed::exited(1) }
    }

    #[test]
    fn each_family_has_its_set_and_each_address_is_added_once() {
        let host = host().ending("add-v4", Completed::exited(0)).ending("add-v6", Completed::exited(0));
        let addresses = ["192.0.2.7", "::ffff:192.0.2.7", "2001:DB8::7", "192.0.2.7"];
        let outcome = block(&host, &testing::job(), "{}", &addresses).unwrap();
        assert_eq!(outcome.summary.as_deref(), Some("blocked 192.0.2.7, 2001:db8::7 for 3600 s"));
        assert_eq!(ran(&host), ["add-v4 192.0.2.7 3600", "add-v6 2001:db8::7 3600"]);
        assert_eq!(outcome.undo_token.as_deref(), Some(&br#"{"added":["192.0.2.7","2001:db8::7"]}"#[..]));
    }

    fn unblock(host: Host, token: Option<Added>, parameter: Option<&str>) -> (Result<Outcome, Error>, Vec<String>) {
        let host = host.command("remove-v4", &["address"]).command("remove-v6", &["address"]);
        let host = ["remove-v4", "remove-v6"].iter().fold(host, |host, name| {
            host.ending(name, Completed::exited(0))
                .ending(name, failed("Error: Could not process rule: No such file or directory"))
        });
        let parameters = parameter.map(|text| testing::named("address", text)).into_iter().collect();
        let job = Context { parameters, ..testing::job() };
        let undone = host.run(|| undo(&job, &testing::config("{}").unwrap(), token));
        let ran = ran(&host);
        (undone, ran)
    }

    #[test]
    fn what_was_blocked_is_unblocked() {
        let blocking = host().ending("add-v4", Completed::exited(0)).ending("add-v6", Completed::exited(0));
        let outcome = block(&blocking, &testing::job(), "{}", &["192.0.2.7", "2001:db8::7"]).unwrap();
        let (undone, ran) = unblock(host(), outcome.token().unwrap(), None);
        assert_eq!(undone.unwrap().summary.as_deref(), Some("unblocked 192.0.2.7, 2001:db8::7"));
        assert_eq!(ran, ["remove-v4 192.0.2.7", "remove-v6 2001:db8::7"]);
        // The set has forgotten one of two by itself.
        let two = Added { added: vec!["192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap()] };
        let (undone, _) = unblock(host(), Some(two), None);
        assert_eq!(undone.unwrap().summary.as_deref(), Some("unblocked 192.0.2.7; 192.0.2.8 was not blocked any more"));
        // Nobody knows how the job ended: its parameter says what it was for.
        let (undone, ran) = unblock(host(), None, Some("::ffff:192.0.2.9"));
        assert_eq!((undone.unwrap().status, &*ran), (Status::Done, &["remove-v4 192.0.2.9".to_owned()][..]));
        let (undone, ran) = unblock(host(), None, None);
        assert_eq!((undone.unwrap().status, ran.len()), (Status::Skipped, 0));
    }

    #[test]
    fn what_cannot_be_unblocked_now_is_tried_again() {
        let host =
            Host::new().command("remove-v4", &["address"]).ending("remove-v4", failed("Device or resource busy"));
        let one = || Some(Added { added: vec!["192.0.2.7".parse().unwrap()] });
        // The configuration wants the other commands.
        let ready = || Ready(testing::config("{}").unwrap());
        assert!(host.run(|| undo(&testing::job(), &ready(), one())).unwrap_err().is_transient());
        let error = Host::new().run(|| undo(&testing::job(), &ready(), one())).unwrap_err();
        assert!(error.is_misconfigured() && error.to_string().contains("remove-v4"), "{error}");
        let observed = Host::new().run(|| undo(&testing::observed_job(), &ready(), one())).unwrap();
        assert_eq!(observed.summary.as_deref(), Some("would unblock 192.0.2.7"));
    }

    #[test]
    fn what_must_not_be_blocked_is_left_out_and_told() {
        let host = host().ending("add-v4", Completed::exited(0));
        let config = r#"{"never": ["198.51.100.0/24"]}"#;
        let outcome = block(&host, &testing::job(), config, &["198.51.100.9", "-x", "192.0.2.7"]).unwrap();
        assert_eq!(ran(&host), ["add-v4 192.0.2.7 3600"]);
        assert_eq!(
            outcome.outputs[1].text,
            r#""-x" is not an address; "198.51.100.9" is in a range that is never blocked"#
        );
        let error = block(&host, &testing::job(), config, &["198.51.100.9", "127.0.0.1"]).unwrap_err().to_string();
        assert!(error.starts_with("nothing was blocked: "), "{error}");
    }

    #[test]
    fn more_than_a_few_are_refused_as_a_whole() {
        let error = block(&host(), &testing::job(), r#"{"at_most": 1}"#, &["192.0.2.7", "192.0.2.8"]).unwrap_err();
        assert!(error.to_string().contains("names 2 addresses, and at most 1"), "{error}");
    }

    #[test]
    fn the_jobs_parameter_comes_before_the_path_and_its_lease_before_the_time() {
        let host = host().ending("add-v4", Completed::exited(0));
        let parameters = vec![testing::named("address", "203.0.113.1")];
        let job = Context { parameters, lease_ms: Some(1500), ..testing::job() };
        block(&host, &job, "{}", &["192.0.2.7"]).unwrap();
        assert_eq!(ran(&host), ["add-v4 203.0.113.1 2"]);
    }

    #[test]
    fn what_is_blocked_already_is_left_alone() {
        let host = host().command("check-v4", &["address"]).command("check-v6", &["address"]);
        let host = host.ending("check-v4", Completed::exited(0)).ending("check-v4", Completed::exited(1));
        let host = host.ending("add-v4", Completed::exited(0));
        let outcome = block(&host, &testing::job(), r#"{"check": true}"#, &["192.0.2.7", "192.0.2.8"]).unwrap();
        assert_eq!(ran(&host), ["check-v4 192.0.2.7", "check-v4 192.0.2.8", "add-v4 192.0.2.8 3600"]);
        assert_eq!(outcome.undo_token.as_deref(), Some(&br#"{"added":["192.0.2.8"]}"#[..]));
    }

    #[test]
    fn nothing_is_run_in_observe() {
        let outcome = block(&host(), &testing::observed_job(), "{}", &["192.0.2.7"]).unwrap();
        assert_eq!(
            (outcome.status, outcome.summary.as_deref()),
            (Status::Simulated, Some("would block 192.0.2.7 for 3600 s"))
        );
        let outcome = block(&host(), &testing::job(), "{}", &[]).unwrap();
        assert_eq!(outcome.status, Status::Skipped);
    }

    #[test]
    fn failures_are_told_apart() {
        let error = |stderr: &str| {
            let host = host().ending("add-v4", failed(stderr));
            block(&host, &testing::job(), "{}", &["192.0.2.7"]).unwrap_err()
        };
        let no_set = error("Error: No such file or directory\nadd element inet filter blocked\n         ^^^^");
        assert!(
            no_set.is_misconfigured() && no_set.to_string().contains("Error: No such file or directory"),
            "{no_set}"
        );
        assert!(error("Error: Could not process rule: Device or resource busy").is_transient());
        let other = error("Error: syntax error");
        assert!(!other.is_transient() && !other.is_misconfigured(), "{other}");
    }

    #[test]
    fn a_command_that_is_missing_or_odd_is_found_at_load() {
        let error = |host: Host| host.run(|| testing::config::<Ready>("{}").unwrap_err());
        assert!(error(Host::new()).contains("add-v4"));
        let host = Host::new().command("add-v4", &["address", "seconds"]).command("add-v6", &["host"]);
        assert!(error(host).contains("has a gap `host`"));
        let host = super::tests::host().command("remove-v4", &["address"]);
        assert!(error(host).contains("remove-v6"), "both or none");
    }
}
