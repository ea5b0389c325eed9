// SPDX-License-Identifier: MIT OR Apache-2.0

//! The store, as its functions are.

use std::time::Duration;

use prelude_trigger_guest::{Error, state};

/// Something to try.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    Get(String),
    Set(String, String),
    SetFor(String, String, u64),
    Increment(String, i64),
    IncrementFor(String, i64, u64),
    /// Adds one so many times by comparing and setting.
    Update(String, u32),
    Delete(String),
    Keys(String),
    /// A key and a value of so many bytes.
    Size(usize, usize),
    /// Writes a value of so many bytes under new keys until it is refused, and says how often it was not.
    Flood(usize),
    /// Reads until it is refused, and says how often it was not.
    Read,
    Sleep(u64),
}

fn some<T>(limit: u32, mut one: impl FnMut(u32) -> Result<T, Error>) -> String {
    for number in 0..limit {
        if let Err(error) = one(number) {
            return format!("{number} {error}");
        }
    }
    format!("{limit}")
}

impl Act {
    pub fn run(&self) -> Result<String, Error> {
        Ok(match self {
            Self::Get(key) => match state::get_bytes(key)? {
                Some(found) => String::from_utf8_lossy(&found.value).into_owned(),
                None => "none".to_owned(),
            },
            Self::Set(key, text) => {
                state::set(key, text)?;
                "set".to_owned()
            }
            Self::SetFor(key, text, milliseconds) => {
                state::set_for(key, text, Duration::from_millis(*milliseconds))?;
                "set".to_owned()
            }
            Self::Increment(key, by) => state::increment(key, *by)?.to_string(),
            Self::IncrementFor(key, by, milliseconds) => {
                state::increment_for(key, *by, Duration::from_millis(*milliseconds))?.to_string()
            }
            Self::Update(key, times) => {
                let mut last = 0;
                for _ in 0..*times {
                    last = state::update(key, |there: Option<i64>| there.unwrap_or(0) + 1)?;
                }
                last.to_string()
            }
            Self::Delete(key) => state::delete(key)?.to_string(),
            Self::Keys(prefix) => state::keys(prefix)?.join(" "),
            Self::Size(key, value) => {
                let written = state::compare_and_set(&"k".repeat(*key), 0, &vec![b'v'; *value], None)?;
                format!("{}", written.is_some())
            }
            Self::Flood(size) => {
                some(100_000, |number| state::compare_and_set(&format!("flood {number}"), 0, &vec![b'v'; *size], None))
            }
            Self::Read => some(100_000, |_| state::get_bytes("nothing")),
            Self::Sleep(milliseconds) => {
                std::thread::sleep(Duration::from_millis(*milliseconds));
                "slept".to_owned()
            }
        })
    }
}

#[cfg(not(feature = "commands"))]
/// Writes and reads while the configuration is checked.
pub fn while_checked(key: &str) -> String {
    let (wrote, read) = (state::increment(key, 1), state::get::<i64>(key));
    format!("{wrote:?} {read:?}")
}
