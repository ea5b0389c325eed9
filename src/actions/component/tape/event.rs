//! A call and its answer, as a tape has them.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::call::Call;

/// A call and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, counted from the beginning of the job.
    #[serde(serialize_with = "microseconds", deserialize_with = "from_microseconds", default)]
    pub at: Duration,
    /// How long it took.
    #[serde(serialize_with = "microseconds", deserialize_with = "from_microseconds", default)]
    pub took: Duration,
    /// What was asked.
    pub call: Call,
    /// What was answered.
    pub answer: Value,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn microseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

fn from_microseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_micros)
}
