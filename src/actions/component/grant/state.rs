//! `state`: the action's own store, in the journal, within its quota.
//!
//! Nothing is kept by a call that may have no effect: while a configuration is checked the store is out of reach, so that no
//! configuration is right at one time and wrong at another; in mode `observe` it is read and not written.

use std::sync::Arc;

use super::{
    super::{
        tape::{self, Body, Keep, Kept, NotKept, Tape, effect},
        trouble::Trouble,
    },
    call::{Call, MOST_STATE_CALLS, MOST_STATE_WRITES},
};
use crate::{
    config::StateQuota,
    journal::store::{Quota, Store, StoreError, Stores, Versioned},
};

/// One action's store.
#[derive(Debug)]
pub(in super::super) struct State(Store);

/// What is asked of a store, with its answer's type.
pub(in super::super) trait Question: Send {
    type Answer: serde::Serialize + serde::de::DeserializeOwned + Send;

    /// As it is written down.
    fn asked(&self) -> Keep;

    fn ask(self, store: &Store) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;
}

pub(in super::super) struct Get(pub(in super::super) String);

pub(in super::super) struct Set {
    pub(in super::super) key: String,
    pub(in super::super) value: Vec<u8>,
    pub(in super::super) expected: Option<u64>,
    pub(in super::super) expires_after_ms: Option<u64>,
}

pub(in super::super) struct Increment {
    pub(in super::super) key: String,
    pub(in super::super) by: i64,
    pub(in super::super) expires_after_ms: Option<u64>,
}

pub(in super::super) struct Delete(pub(in super::super) String);

pub(in super::super) struct Keys {
    pub(in super::super) prefix: String,
    pub(in super::super) after: Option<String>,
}

impl State {
    /// The store of an action; none when none is granted.
    pub(super) fn open(granted: Option<&StateQuota>, action: &Arc<str>, stores: &Stores) -> Option<Self> {
        let granted = granted?;
        let quota = Quota { keys: granted.keys.into(), bytes: granted.size as u64 };
        Some(Self(stores.of(action, quota)))
    }

    /// Asks the store. The outer error ends the job: the tape wants something else.
    pub(in super::super) async fn ask<Q: Question>(
        &self,
        call: &mut Call,
        trouble: &Trouble,
        tape: Option<&Tape>,
        question: Q,
    ) -> wasmtime::Result<Result<Q::Answer, NotKept>> {
        let keep = question.asked();
        if let Err(problem) = may(call, trouble, keep.writes()) {
            return Ok(Err(NotKept::Other(problem)));
        }
        let live = async { question.ask(&self.0).await.map_err(|error| not_kept(&error, trouble)) };
        effect(tape, || tape::Call::State { does: keep }, live).await
    }
}

/// Whether this call may ask this once more.
fn may(call: &mut Call, trouble: &Trouble, writes: bool) -> Result<(), String> {
    if call.job.is_none() {
        return Err("there is no state while a configuration is checked".to_owned());
    }
    if writes && call.observe {
        return Err("mode observe: nothing is written".to_owned());
    }
    if !call.count_state(writes) {
        let denial = format!(
            "one job may use its state {MOST_STATE_CALLS} times, {MOST_STATE_WRITES} of them to write, and has"
        );
        trouble.refused(&denial);
        return Err(denial);
    }
    Ok(())
}

fn not_kept(error: &StoreError, trouble: &Trouble) -> NotKept {
    let text = error.to_string();
    let full = |key: &str| {
        let denial = format!("the state of this action is full: {text}");
        trouble.refused(&format!("{denial} (state: {{ {key} }} would allow more)"));
        NotKept::Quota(denial)
    };
    match error {
        StoreError::TooLarge(_) => NotKept::TooLarge(text),
        StoreError::NotANumber(_) => NotKept::NotANumber(text),
        StoreError::Keys(_) => full("keys: …"),
        StoreError::Bytes(_) => full("size: …"),
        StoreError::Unavailable(_) => NotKept::Other(text),
    }
}

impl Question for Get {
    type Answer = Option<Kept>;

    fn asked(&self) -> Keep {
        Keep::Get { key: self.0.clone() }
    }

    async fn ask(self, store: &Store) -> Result<Option<Kept>, StoreError> {
        let kept = |found: Versioned| Kept { value: Body::new(&found.value), version: found.version };
        Ok(store.get(&self.0).await?.map(kept))
    }
}

impl Question for Set {
    type Answer = Option<u64>;

    fn asked(&self) -> Keep {
        let (key, value) = (self.key.clone(), Body::new(&self.value));
        Keep::Set { key, value, expected: self.expected, expires_after_ms: self.expires_after_ms }
    }

    async fn ask(self, store: &Store) -> Result<Option<u64>, StoreError> {
        let Self { key, value, expected, expires_after_ms } = self;
        match expected {
            None => store.set(&key, value, expires_after_ms).await.map(Some),
            Some(version) => store.compare_and_set(&key, version, value, expires_after_ms).await,
        }
    }
}

impl Question for Increment {
    type Answer = i64;

    fn asked(&self) -> Keep {
        Keep::Increment { key: self.key.clone(), by: self.by, expires_after_ms: self.expires_after_ms }
    }

    async fn ask(self, store: &Store) -> Result<i64, StoreError> {
        store.increment(&self.key, self.by, self.expires_after_ms).await
    }
}

impl Question for Delete {
    type Answer = bool;

    fn asked(&self) -> Keep {
        Keep::Delete { key: self.0.clone() }
    }

    async fn ask(self, store: &Store) -> Result<bool, StoreError> {
        store.delete(&self.0).await
    }
}

impl Question for Keys {
    type Answer = Vec<String>;

    fn asked(&self) -> Keep {
        Keep::Keys { prefix: self.prefix.clone(), after: self.after.clone() }
    }

    async fn ask(self, store: &Store) -> Result<Vec<String>, StoreError> {
        store.keys(&self.prefix, self.after.as_deref()).await
    }
}
