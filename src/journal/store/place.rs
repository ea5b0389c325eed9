//! Where stores are, and one action's store as it is used.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::{
    super::{Change, Health, Journal, WriteError, writer},
    change::{Delete, Get, Increment, Keys, LONGEST_KEY, LONGEST_VALUE, Of, Quota, Set, StoreError, Told, Versioned},
};

/// Where the stores of all actions are: in a journal, as soon as it is named, or else in memory. Clones are the same place.
#[derive(Debug, Clone, Default)]
pub struct Stores(Arc<OnceLock<Place>>);

#[derive(Debug)]
enum Place {
    /// A journal of somebody else, who may close it: no handle of ours keeps it open.
    Journal(mpsc::WeakSender<Box<dyn writer::Entry>>, watch::Receiver<Health>),
    /// One of our own, in memory.
    Memory(Journal),
}

/// One action's store.
#[derive(Debug, Clone)]
pub struct Store {
    stores: Stores,
    action: Arc<str>,
    quota: Quota,
}

impl Stores {
    /// From now on stores are in this journal. False when there is another place already, because this was called before or
    /// something was kept: then that one stays.
    pub fn keep_in(&self, journal: &Journal) -> bool {
        self.0.set(Place::Journal(journal.queue.downgrade(), journal.health())).is_ok()
    }

    /// The store of an action.
    pub fn of(&self, action: &Arc<str>, quota: Quota) -> Store {
        Store { stores: self.clone(), action: Arc::clone(action), quota }
    }

    fn journal(&self) -> Result<Journal, StoreError> {
        let place = match self.0.get() {
            Some(place) => place,
            None => {
                let (memory, _) = Journal::in_memory().map_err(|error| StoreError::Unavailable(error.to_string()))?;
                self.0.get_or_init(|| Place::Memory(memory))
            }
        };
        match place {
            Place::Memory(journal) => Ok(journal.clone()),
            Place::Journal(queue, health) => match queue.upgrade() {
                Some(queue) => Ok(Journal { queue, health: health.clone() }),
                None => Err(unavailable(&WriteError::Closed)),
            },
        }
    }
}

impl Store {
    /// The value of a key; none when there is none.
    ///
    /// # Errors
    /// The key does not fit, or the journal is closed.
    pub async fn get(&self, key: &str) -> Result<Option<Versioned>, StoreError> {
        self.tell(Get(self.now(), fitting_key(key)?)).await
    }

    /// Writes a value; answers with its version.
    ///
    /// # Errors
    /// It does not fit, also into the quota, or the journal is closed. Then the key is as it was.
    pub async fn set(&self, key: &str, value: Vec<u8>, expires_after_ms: Option<u64>) -> Result<u64, StoreError> {
        // Without an expectation it is always written.
        self.write(key, value, None, expires_after_ms).await.map(Option::unwrap_or_default)
    }

    /// Writes a value if the key has this version, 0 for none; answers with the new one, or none if it was not written.
    ///
    /// # Errors
    /// As [`Store::set`].
    pub async fn compare_and_set(
        &self,
        key: &str,
        expected: u64,
        value: Vec<u8>,
        expires_after_ms: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        self.write(key, value, Some(expected), expires_after_ms).await
    }

    /// Adds to a number, which begins as 0; answers with the sum. Only a new key takes the time to live.
    ///
    /// # Errors
    /// What is there is not a number, or as [`Store::set`].
    pub async fn increment(&self, key: &str, by: i64, expires_after_ms: Option<u64>) -> Result<i64, StoreError> {
        self.tell(Increment { of: self.now(), key: fitting_key(key)?, by, expires_after_ms }).await
    }

    /// Forgets a key; answers whether there was one.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        self.tell(Delete(self.now(), fitting_key(key)?)).await
    }

    /// The keys that begin with a text, in the order of their bytes, after one if it is given; at most
    /// [`MOST_KEYS`](super::MOST_KEYS).
    ///
    /// # Errors
    /// A text is longer than a key can be, or the journal is closed.
    pub async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, StoreError> {
        let no_longer = |text: &str| match text.len() {
            length if length > LONGEST_KEY => {
                Err(too_large("a text that keys begin with or follow", length, LONGEST_KEY))
            }
            _ => Ok(text.to_owned()),
        };
        let after = after.map(no_longer).transpose()?;
        self.tell(Keys { of: self.now(), prefix: no_longer(prefix)?, after }).await
    }

    async fn write(
        &self,
        key: &str,
        value: Vec<u8>,
        expected: Option<u64>,
        expires_after_ms: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let key = fitting_key(key)?;
        if value.len() > LONGEST_VALUE {
            return Err(too_large("the value", value.len(), LONGEST_VALUE));
        }
        self.tell(Set { of: self.now(), key, value, expected, expires_after_ms }).await
    }

    fn now(&self) -> Of {
        Of { action: Arc::clone(&self.action), quota: self.quota, now: Timestamp::now() }
    }

    async fn tell<T: Send + 'static>(&self, change: impl Change<Answer = Told<T>>) -> Told<T> {
        let answer = self.stores.journal()?.write(change).await;
        answer.unwrap_or_else(|error| Err(unavailable(&error)))
    }
}

fn unavailable(error: &WriteError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn fitting_key(key: &str) -> Result<String, StoreError> {
    match key.len() {
        0 => Err(StoreError::TooLarge("the key is empty".to_owned())),
        length if length > LONGEST_KEY => Err(too_large("the key", length, LONGEST_KEY)),
        _ => Ok(key.to_owned()),
    }
}

fn too_large(what: &str, length: usize, most: usize) -> StoreError {
    StoreError::TooLarge(format!("{what} has {length} bytes, of at most {most}"))
}
