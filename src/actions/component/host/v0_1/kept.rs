//! `state`, linked only where it is granted. What it means is decided in [`grant`](super::super::super::grant).

use super::{
    super::super::{
        grant::{Delete, Get, Increment, Keys, Question, Set},
        sandbox::Sandbox,
        tape::NotKept,
    },
    bindings::state,
};

impl From<NotKept> for state::StateError {
    fn from(error: NotKept) -> Self {
        match error {
            NotKept::TooLarge(text) => Self::TooLarge(text),
            NotKept::Quota(text) => Self::Quota(text),
            NotKept::NotANumber(text) => Self::NotANumber(text),
            NotKept::Other(text) => Self::Other(text),
        }
    }
}

type Answer<T> = wasmtime::Result<Result<T, state::StateError>>;

impl Sandbox {
    async fn keep<Q: Question>(&mut self, question: Q) -> Answer<Q::Answer> {
        let Some(granted) = self.grants.state.clone() else {
            return Err(wasmtime::format_err!("this interface is not granted"));
        };
        let tape = self.tape.clone();
        let answer = granted.ask(&mut self.call, &self.trouble, tape.as_deref(), question).await?;
        Ok(answer.map_err(Into::into))
    }
}

impl state::Host for Sandbox {
    async fn get(&mut self, key: String) -> Answer<Option<state::Versioned>> {
        let found = self.keep(Get(key)).await?;
        // What was bytes comes back as bytes, unless a tape was changed by hand.
        let versioned = |kept: crate::actions::component::tape::Kept| state::Versioned {
            value: kept.value.bytes().unwrap_or_default(),
            version: kept.version,
        };
        Ok(found.map(|found| found.map(versioned)))
    }

    async fn set(&mut self, key: String, value: Vec<u8>, expires_after_ms: Option<u64>) -> Answer<u64> {
        let written = self.keep(Set { key, value, expected: None, expires_after_ms }).await?;
        Ok(written.map(Option::unwrap_or_default))
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        expected: u64,
        value: Vec<u8>,
        expires_after_ms: Option<u64>,
    ) -> Answer<Option<u64>> {
        self.keep(Set { key, value, expected: Some(expected), expires_after_ms }).await
    }

    async fn increment(&mut self, key: String, by: i64, expires_after_ms: Option<u64>) -> Answer<i64> {
        self.keep(Increment { key, by, expires_after_ms }).await
    }

    async fn delete(&mut self, key: String) -> Answer<bool> {
        self.keep(Delete(key)).await
    }

    async fn keys(&mut self, prefix: String, after: Option<String>) -> Answer<Vec<String>> {
        self.keep(Keys { prefix, after }).await
    }
}
