//! `limits:` of an action: every one of them is enforced, and one that would not be is a mistake.

use std::time::Duration;

use crate::config::{ActionKind, decode::Item, diagnostic::quote};

const KEYS: [&str; 9] =
    ["timeout", "kill_after", "concurrency", "rate", "output", "cpu", "memory", "tables", "host_call"];

/// At most so many within any such time; written `50/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub jobs: u32,
    /// Within this time.
    pub per: Duration,
}

/// `limits:` of an action; every one of them is enforced.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Wall-clock time of one job, default 10 s.
    pub timeout: Duration,
    /// exec: time between SIGTERM and SIGKILL, default 2 s.
    pub kill_after: Duration,
    /// Jobs of this action at once, default 4.
    pub concurrency: usize,
    /// Jobs of this action that may start within a time; default: as many as there are.
    pub rate: Option<Rate>,
    /// Bytes kept of each output stream, default 64 KiB.
    pub output: usize,
    /// component: CPU time of one job, default 500 ms.
    pub cpu: Duration,
    /// component: linear memory of one job in bytes, default 64 MiB.
    pub memory: usize,
    /// component: elements of all tables of one job, default 100,000. A component in Python or Go needs some 8,000.
    pub tables: usize,
    /// component: bytes that one call may hand from the component to the host, default 8 MiB.
    pub host_call: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            kill_after: Duration::from_secs(2),
            concurrency: 4,
            rate: None,
            output: 64 << 10,
            cpu: Duration::from_millis(500),
            memory: 64 << 20,
            tables: 100_000,
            host_call: 8 << 20,
        }
    }
}

/// `limits:` of an action; a limit that would not be enforced for this kind of action is an error.
pub(super) fn decode(item: Item<'_>, kind: Option<&ActionKind>) -> Option<Limits> {
    if item.is_null() {
        return Some(Limits::default());
    }
    let (ms, day) = (Duration::from_millis, Duration::from_hours(24));
    let table = item.table("`limits`", &KEYS)?;
    let mut limits = Limits::default();
    table.read("timeout", &mut limits.timeout, |item| item.duration(ms(10)..=day));
    table.read("kill_after", &mut limits.kill_after, |item| item.duration(ms(0)..=ms(60_000)));
    table.read("concurrency", &mut limits.concurrency, |item| item.integer(1..=1024).map(|value| value as usize));
    limits.rate = table.get("rate").and_then(Item::rate);
    table.read("output", &mut limits.output, |item| item.size(0..=16 << 20));
    table.read("cpu", &mut limits.cpu, |item| item.duration(ms(1)..=ms(600_000)));
    table.read("memory", &mut limits.memory, |item| item.size(64 << 10..=4 << 30));
    table.read("tables", &mut limits.tables, |item| item.integer(1..=10_000_000).map(|value| value as usize));
    table.read("host_call", &mut limits.host_call, |item| item.size(64 << 10..=1 << 30));
    let foreign: &[(&str, &str)] = match kind {
        Some(ActionKind::Exec(_)) => &[
            ("cpu", "`timeout` bounds the whole time of a program"),
            (
                "memory",
                "a program's memory is limited where the daemon is started, with MemoryMax= in its systemd unit",
            ),
            ("tables", "only components have tables"),
            ("host_call", "`output` bounds what is kept of a program's output"),
        ],
        Some(ActionKind::Component(_)) => &[("kill_after", "a component is stopped at once when its `timeout` ends")],
        None => &[],
    };
    for (key, help) in foreign {
        if let Some(key_item) = table.key(key) {
            let kind = if *key == "kill_after" { "programs" } else { "components" };
            key_item.complain(
                key_item.error(format!("{} limits {kind} only, and would do nothing here", quote(key))).help(*help),
            );
        }
    }
    if matches!(kind, Some(ActionKind::Component(_)))
        && limits.cpu > limits.timeout
        && let Some(cpu) = table.get("cpu")
    {
        cpu.complain(
            cpu.warning("this limit can never be reached: `timeout` ends the job before")
                .help("make `cpu` shorter than `timeout`"),
        );
    }
    Some(limits)
}
