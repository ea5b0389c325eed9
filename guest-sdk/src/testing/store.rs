// SPDX-License-Identifier: MIT OR Apache-2.0

//! The store of the host in tests: what is in it.

use std::{collections::BTreeMap, time::Duration};

use crate::bindings::prelude::trigger::state::StateError;

/// What is kept.
#[derive(Default)]
pub struct Store {
    pub(super) keys: BTreeMap<String, Value>,
    version: u64,
    now: Duration,
    most_keys: Option<usize>,
}

/// A value, and how long it is kept.
pub struct Value {
    pub(super) bytes: Vec<u8>,
    pub(super) version: u64,
    pub(super) expires: Option<Duration>,
}

impl Store {
    pub(super) fn begin(&mut self, key: &str, value: &str) {
        self.put(key, value.as_bytes(), None);
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        let now = self.now;
        self.keys.retain(|_, value| value.expires.is_none_or(|expires| expires > now));
    }

    pub(super) fn limit(&mut self, keys: usize) {
        self.most_keys = Some(keys);
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.keys.get(key).map(|value| String::from_utf8_lossy(&value.bytes).into_owned())
    }

    pub(super) fn put(&mut self, key: &str, value: &[u8], expires: Option<Duration>) -> u64 {
        self.version += 1;
        self.keys.insert(key.to_owned(), Value { bytes: value.to_vec(), version: self.version, expires });
        // What expires at once is not there any more.
        let version = self.version;
        self.pass(Duration::ZERO);
        version
    }

    pub(super) fn room(&self, key: &str) -> Result<(), StateError> {
        match self.most_keys {
            Some(most) if !self.keys.contains_key(key) && self.keys.len() >= most => {
                Err(StateError::Quota(format!("the test allows {most} keys")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn after(&self, milliseconds: Option<u64>) -> Option<Duration> {
        milliseconds.map(|time| self.now.saturating_add(Duration::from_millis(time)))
    }
}
