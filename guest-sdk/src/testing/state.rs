// SPDX-License-Identifier: MIT OR Apache-2.0

//! The functions of `state` in tests, which answer as the daemon's do.

use super::{host::ask, store::Store};
use crate::bindings::prelude::trigger::state::{StateError, Versioned};

const LONGEST_KEY: usize = 256;
const LONGEST_VALUE: usize = 64 << 10;
const AT_ONCE: usize = 1000;

fn fitting(key: &str, value: &[u8]) -> Result<(), StateError> {
    match (key.len(), value.len()) {
        (0, _) => Err(StateError::TooLarge("the key is empty".to_owned())),
        (length, _) if length > LONGEST_KEY => Err(StateError::TooLarge(format!("the key has {length} bytes"))),
        (_, length) if length > LONGEST_VALUE => Err(StateError::TooLarge(format!("the value has {length} bytes"))),
        _ => Ok(()),
    }
}

fn with<T>(question: impl FnOnce(&mut Store) -> Result<T, StateError>) -> Result<T, StateError> {
    ask(|host| match &mut host.store {
        Some(store) => question(store),
        None => Err(StateError::Other("no state is granted (Host::state)".to_owned())),
    })
}

pub fn get(key: &str) -> Result<Option<Versioned>, StateError> {
    fitting(key, &[])?;
    with(|store| {
        let found = store.keys.get(key);
        Ok(found.map(|found| Versioned { value: found.bytes.clone(), version: found.version }))
    })
}

pub fn set(key: &str, value: &[u8], expires_after_ms: Option<u64>) -> Result<u64, StateError> {
    fitting(key, value)?;
    with(|store| {
        store.room(key)?;
        Ok(store.put(key, value, store.after(expires_after_ms)))
    })
}

pub fn compare_and_set(
    key: &str,
    expected: u64,
    value: &[u8],
    expires_after_ms: Option<u64>,
) -> Result<Option<u64>, StateError> {
    fitting(key, value)?;
    with(|store| {
        if store.keys.get(key).map_or(0, |found| found.version) != expected {
            return Ok(None);
        }
        store.room(key)?;
        Ok(Some(store.put(key, value, store.after(expires_after_ms))))
    })
}

pub fn increment(key: &str, by: i64, expires_after_ms: Option<u64>) -> Result<i64, StateError> {
    fitting(key, &[])?;
    with(|store| {
        let not = |what: &str| StateError::NotANumber(what.to_owned());
        let (there, expires) = match store.keys.get(key) {
            None => (0, store.after(expires_after_ms)),
            Some(found) => {
                let number = std::str::from_utf8(&found.bytes).ok().and_then(|text| text.parse().ok());
                (number.ok_or_else(|| not("what is there is not a number"))?, found.expires)
            }
        };
        let sum = i64::checked_add(there, by).ok_or_else(|| not("the sum would not fit 64 bits"))?;
        store.room(key)?;
        store.put(key, sum.to_string().as_bytes(), expires);
        Ok(sum)
    })
}

pub fn delete(key: &str) -> Result<bool, StateError> {
    fitting(key, &[])?;
    with(|store| Ok(store.keys.remove(key).is_some()))
}

pub fn keys(prefix: &str, after: Option<&str>) -> Result<Vec<String>, StateError> {
    with(|store| {
        let keys =
            store.keys.keys().filter(|key| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after));
        Ok(keys.take(AT_ONCE).cloned().collect())
    })
}
