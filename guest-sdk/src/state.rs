// SPDX-License-Identifier: MIT OR Apache-2.0

//! A small store of the action's own, which outlives jobs, restarts and crashes (`grant: { state: { keys: 1000, size: 1MiB } }`).
//!
//! Values are of any type that serde knows, and are kept as JSON; what [`increment`] counts is read by `get::<i64>`. What has been
//! written is on disk. Other jobs of the same action may run at the same time: [`increment`] and [`update`] lose nothing of what
//! they do.
//!
//! ```
//! use std::time::Duration;
//!
//! use prelude_trigger_guest::{Alert, Context, Error, Outcome, state, testing::{self, Host}};
//!
//! /// Tells of each address once an hour.
//! fn run(_: &Context, _: &(), alert: &Alert) -> Result<Outcome, Error> {
//!     let from = alert.text("alert.source(0).node.address(0).address")?.unwrap_or_default();
//!     let times = state::increment_for(&format!("seen {from}"), 1, Duration::from_secs(3600))?;
//!     Ok(if times == 1 { Outcome::done(format!("told of {from}")) } else { Outcome::skipped(format!("{times} times")) })
//! }
//!
//! let host = Host::new().state(&[]);
//! let alert = testing::alert_with(&[("alert.source(0).node.address(0).address", "192.0.2.7")]);
//! host.run(|| {
//!     assert_eq!(run(&testing::job(), &(), &alert).unwrap().summary.as_deref(), Some("told of 192.0.2.7"));
//!     assert_eq!(run(&testing::job(), &(), &alert).unwrap().summary.as_deref(), Some("2 times"));
//! });
//! assert_eq!(host.kept("seen 192.0.2.7").as_deref(), Some("2"));
//! host.pass(Duration::from_secs(3600));
//! assert_eq!(host.kept("seen 192.0.2.7"), None);
//! ```
//!
//! A key is 1 to 256 bytes, a value at most 64 KiB. In mode `observe` what writes fails, and while a configuration is checked
//! everything does. An error's code is `state`, `state-quota`, `state-too-large` or `state-not-a-number`.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::Error;
#[cfg(target_arch = "wasm32")]
use crate::bindings::prelude::trigger::state as host;
pub use crate::bindings::prelude::trigger::state::{StateError, Versioned};
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::state as host;

/// How often [`update`] tries when others write the same key.
const TRIES: u32 = 100;
/// Keys that are told at once.
const AT_ONCE: usize = 1000;

/// The value of a key, or none when there is none.
///
/// # Errors
/// What is there does not fit the type, the key is none, or the store cannot be had.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Error> {
    let found = host::get(key).map_err(|error| told(key, &error))?;
    found.map(|found| parse(key, &found.value)).transpose()
}

/// Writes a value.
///
/// # Errors
/// It does not fit the store, or the store cannot be had; then the key is as it was.
pub fn set<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<(), Error> {
    write(key, &json(key, value)?, None)
}

/// Writes a value that is forgotten after this time.
///
/// # Errors
/// As [`set`].
pub fn set_for<T: Serialize + ?Sized>(key: &str, value: &T, time: Duration) -> Result<(), Error> {
    write(key, &json(key, value)?, Some(time))
}

/// Changes a value: `change` is told what is there, and what it returns is written, if nobody has written in between; else it is
/// asked again. Answers with what was written. What is written is kept until it is deleted.
///
/// ```
/// # use prelude_trigger_guest::{state, testing::Host};
/// # Host::new().state(&[]).run(|| {
/// let add = |name: &'static str| move |names: Option<Vec<String>>| {
///     let mut names = names.unwrap_or_default();
///     names.push(name.to_owned());
///     names
/// };
/// state::update("names", add("alice"))?;
/// assert_eq!(state::update("names", add("bob"))?, ["alice", "bob"]);
/// # Ok::<_, prelude_trigger_guest::Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// As [`get`] and [`set`]; transient when others were always faster.
pub fn update<T: Serialize + DeserializeOwned>(key: &str, change: impl FnMut(Option<T>) -> T) -> Result<T, Error> {
    try_update(key, None, change)
}

/// As [`update`]; what is written is forgotten after this time.
///
/// # Errors
/// As there.
pub fn update_for<T: Serialize + DeserializeOwned>(
    key: &str,
    time: Duration,
    change: impl FnMut(Option<T>) -> T,
) -> Result<T, Error> {
    try_update(key, Some(time), change)
}

fn try_update<T: Serialize + DeserializeOwned>(
    key: &str,
    time: Option<Duration>,
    mut change: impl FnMut(Option<T>) -> T,
) -> Result<T, Error> {
    for _ in 0..TRIES {
        let found = host::get(key).map_err(|error| told(key, &error))?;
        let version = found.as_ref().map_or(0, |found| found.version);
        let value = change(found.map(|found| parse(key, &found.value)).transpose()?);
        let written = host::compare_and_set(key, version, &json(key, &value)?, time.map(milliseconds));
        if written.map_err(|error| told(key, &error))?.is_some() {
            return Ok(value);
        }
    }
    Err(Error::transient(format!("state `{key}`: others were faster {TRIES} times")).code("state"))
}

/// Adds to a number, which begins as 0; answers with the sum.
///
/// # Errors
/// What is there is no number, the sum is none that fits, or as [`set`].
pub fn increment(key: &str, by: i64) -> Result<i64, Error> {
    host::increment(key, by, None).map_err(|error| told(key, &error))
}

/// As [`increment`]; a number that begins now is forgotten after this time, however often it is added to.
///
/// # Errors
/// As there.
pub fn increment_for(key: &str, by: i64, time: Duration) -> Result<i64, Error> {
    host::increment(key, by, Some(milliseconds(time))).map_err(|error| told(key, &error))
}

/// Forgets a key; answers whether there was one.
///
/// # Errors
/// The key is none, or the store cannot be had.
pub fn delete(key: &str) -> Result<bool, Error> {
    host::delete(key).map_err(|error| told(key, &error))
}

/// All keys that begin with a text, in the order of their bytes.
///
/// # Errors
/// The text is longer than a key, or the store cannot be had.
pub fn keys(prefix: &str) -> Result<Vec<String>, Error> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let more = host::keys(prefix, all.last().map(String::as_str)).map_err(|error| told(prefix, &error))?;
        let last = more.len() < AT_ONCE;
        all.extend(more);
        if last {
            return Ok(all);
        }
    }
}

/// The bytes of a key and their version, or none when there is none: for what is no JSON, and with [`compare_and_set`].
///
/// # Errors
/// The key is none, or the store cannot be had.
pub fn get_bytes(key: &str) -> Result<Option<Versioned>, Error> {
    host::get(key).map_err(|error| told(key, &error))
}

/// Writes bytes if the key has this version, 0 for none, to be forgotten after a time or never; answers with the new version, or
/// none if the key has another one.
///
/// # Errors
/// As [`set`].
pub fn compare_and_set(key: &str, version: u64, value: &[u8], time: Option<Duration>) -> Result<Option<u64>, Error> {
    host::compare_and_set(key, version, value, time.map(milliseconds)).map_err(|error| told(key, &error))
}

fn write(key: &str, value: &[u8], time: Option<Duration>) -> Result<(), Error> {
    host::set(key, value, time.map(milliseconds)).map(drop).map_err(|error| told(key, &error))
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn parse<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value)
        .map_err(|error| Error::permanent(format!("state `{key}` is not what was expected: {error}")).code("state"))
}

fn json<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value)
        .map_err(|error| Error::permanent(format!("state `{key}` cannot be written as JSON: {error}")).code("state"))
}

fn told(key: &str, error: &StateError) -> Error {
    match error {
        StateError::TooLarge(text) => Error::permanent(format!("state `{key}`: {text}")).code("state-too-large"),
        StateError::Quota(text) => Error::permanent(format!("state `{key}`: {text}")).code("state-quota"),
        StateError::NotANumber(text) => Error::permanent(format!("state `{key}`: {text}")).code("state-not-a-number"),
        StateError::Other(text) => Error::transient(format!("state `{key}`: {text}")).code("state"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Host;

    #[test]
    fn values_are_kept_and_forgotten() {
        let host = Host::new().state(&[("names", r#"["alice"]"#), ("seen", "41")]);
        host.run(|| {
            assert_eq!(get::<Vec<String>>("names").unwrap().unwrap(), ["alice"]);
            assert_eq!(increment("seen", 1).unwrap(), 42);
            assert_eq!(get::<i64>("seen").unwrap(), Some(42));
            set_for("short", &1, Duration::from_secs(5)).unwrap();
            assert_eq!(increment_for("window", 1, Duration::from_secs(9)).unwrap(), 1);
            host.pass(Duration::from_secs(5));
            assert_eq!(increment_for("window", 1, Duration::from_secs(9)).unwrap(), 2);
            assert_eq!(get::<i64>("short").unwrap(), None);
            host.pass(Duration::from_secs(4));
            assert_eq!(get::<i64>("window").unwrap(), None, "the time to live is that of the beginning");
            assert_eq!(keys("s").unwrap(), ["seen"]);
            assert!(delete("seen").unwrap() && !delete("seen").unwrap());
            let error = get::<u64>("names").unwrap_err();
            assert!(error.has_code("state") && !error.is_transient(), "{error}");
        });
        assert_eq!(host.kept("names").as_deref(), Some(r#"["alice"]"#));
    }

    #[test]
    fn what_others_write_is_not_lost() {
        let host = Host::new().state(&[]);
        host.run(|| {
            let mut asked = 0;
            let sum = update("sum", |there: Option<i64>| {
                asked += 1;
                if asked == 1 {
                    set("sum", &10).unwrap();
                }
                there.unwrap_or(0) + 1
            });
            assert_eq!((sum.unwrap(), asked), (11, 2));
            let error = update("never", |_: Option<i64>| increment("never", 1).unwrap()).unwrap_err();
            assert!(error.is_transient() && error.to_string().contains("100 times"), "{error}");
            let there = get_bytes("sum").unwrap().unwrap();
            assert_eq!(compare_and_set("sum", there.version + 1, b"0", None).unwrap(), None);
            assert!(compare_and_set("sum", there.version, b"0", None).unwrap().is_some());
        });
    }

    #[test]
    fn refusals_have_codes() {
        Host::new().state(&[]).at_most_keys(1).run(|| {
            assert!(set("", &1).unwrap_err().has_code("state-too-large"));
            assert!(set("k", &"v".repeat(1 << 16)).unwrap_err().has_code("state-too-large"));
            set("text", "no number").unwrap();
            assert!(increment("text", 1).unwrap_err().has_code("state-not-a-number"));
            assert!(increment("more", 1).unwrap_err().has_code("state-quota"));
        });
        let error = set("k", &1).unwrap_err();
        assert!(error.is_transient() && error.to_string().contains("no state is granted"), "{error}");
    }
}
