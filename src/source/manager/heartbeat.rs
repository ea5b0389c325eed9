//! Heartbeats: by them managers and Prewikka know that we are there, and who we are.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    idmef::{DecodeError, Message},
    libprelude::Identity,
};

/// The analyzer's class: Prewikka groups agents by it. prelude-manager is a `Concentrator`, prelude-correlator a
/// `Correlator`; we act on alerts.
const CLASS: &str = "Responder";

/// The analyzer's model, by which Prewikka shows us.
const MODEL: &str = "Prelude Trigger";

/// What a heartbeat says about the sensor, in libprelude's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// The first since we were started.
    Starting,
    /// Any other.
    Running,
    /// The last: we are being stopped.
    Exiting,
}

/// Makes heartbeats.
#[derive(Debug)]
pub(super) struct Heartbeats {
    analyzer: Value,
    /// Seconds.
    interval: u64,
}

impl Heartbeats {
    /// For the sensor that the profile describes, under its own name or the one given.
    pub(super) fn new(identity: &Identity, name: Option<&str>, interval: u64) -> Self {
        let mut analyzer = match serde_json::from_slice(&identity.analyzer) {
            Ok(Value::Object(analyzer)) => analyzer,
            unreadable => {
                tracing::warn!(
                    error = unreadable.err().map(tracing::field::display),
                    "libprelude describes this sensor in a way that cannot be read: heartbeats leave out the host"
                );
                serde_json::Map::new()
            }
        };
        let mut set = |key: &str, value: &str| analyzer.insert(key.to_owned(), value.into());
        set("analyzerid", &identity.analyzerid.to_string());
        if let Some(name) = name {
            set("name", name);
        }
        set("class", CLASS);
        set("model", MODEL);
        set("version", env!("CARGO_PKG_VERSION"));
        Self { analyzer: analyzer.into(), interval }
    }

    /// Who we are, in libprelude's JSON.
    pub(super) fn analyzer(&self) -> &Value {
        &self.analyzer
    }

    /// The time between two.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(self.interval)
    }

    /// The wire bytes of a heartbeat that is made now.
    pub(super) fn make(&self, condition: Condition) -> Result<Vec<u8>, DecodeError> {
        let condition = match condition {
            Condition::Starting => "starting",
            Condition::Running => "running",
            Condition::Exiting => "exiting",
        };
        let heartbeat = json!({
            "heartbeat": {
                "messageid": messageid(),
                "analyzer": [self.analyzer],
                "create_time": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string(),
                "heartbeat_interval": self.interval,
                "additional_data": [{ "type": "string", "meaning": "Analyzer status", "data": condition }],
            },
        });
        Message::from_json(heartbeat.to_string().as_bytes()).map(|message| message.to_wire())
    }
}

/// A random UUID, made by the kernel.
fn messageid() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/random/uuid") {
        Ok(uuid) => uuid.trim().to_owned(),
        // Unique enough for a message that nobody refers to.
        Err(_) => format!("{}-{}", std::process::id(), Timestamp::now().as_nanosecond()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_says_who_we_are() {
        let identity = Identity {
            analyzerid: 4711,
            server_addr: None,
            analyzer: br#"{"_self":"idmef_analyzer_t","name":"x","ostype":"Linux","node":{"_self":"idmef_node_t","name":"h"}}"#.to_vec(),
        };
        let wire = Heartbeats::new(&identity, Some("mine"), 600).make(Condition::Starting).unwrap();
        for part in ["4711", "mine", "Responder", "Prelude Trigger", "Linux", "Analyzer status", "starting", "h"] {
            assert!(wire.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
        }
        // A description that cannot be read does not keep us from being seen.
        let broken = Identity { analyzer: b"{\"name\":\"\xff".to_vec(), ..identity };
        assert!(Heartbeats::new(&broken, None, 600).make(Condition::Exiting).is_ok());
    }
}
