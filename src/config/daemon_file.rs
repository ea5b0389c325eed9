//! `prelude-trigger.conf`: the daemon's own settings, in TOML.
//!
//! Every setting has a default, and an empty file is as good as none.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::config::{
    Answers, Control, answers, control,
    decode::{Item, Table},
    diagnostic::quote,
    document::Value,
};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Daemon {
    /// `[prelude]`
    pub prelude: Prelude,
    /// `[logging]`
    pub logging: Logging,
    /// `[state]`
    pub state: State,
    /// `[components]`
    pub components: Components,
    /// `[limits]`
    pub limits: DaemonLimits,
    /// `[answers]`
    pub answers: Answers,
    /// `[control]`
    pub control: Control,
}

/// `[prelude]`: how we stand towards the managers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prelude {
    /// `profile`: the Prelude profile we are registered under; default `prelude-trigger`.
    pub profile: String,
    /// `server-addr`: the managers' addresses, a connection for each; empty means what the Prelude profile says.
    pub server_addr: Vec<String>,
    /// `analyzer-name`: what Prewikka calls us; `None` means the profile's name.
    pub analyzer_name: Option<String>,
    /// `heartbeat-interval`: time between heartbeats, whole seconds; default 10 minutes.
    pub heartbeat_interval: Duration,
}

/// `[logging]`: what is said, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// `target`, and for a file `file`, `rotation` and `keep`; default stderr.
    pub target: LogTarget,
    /// `level`: the least important events that are logged; default info.
    pub level: Level,
    /// `[logging.levels]`: other levels for single rooms, by the room's name.
    pub levels: BTreeMap<String, Level>,
    /// `format`: text or json; default text. For journald and syslog it has no meaning.
    pub format: Format,
}

/// Where the log goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LogTarget {
    /// Standard error.
    #[default]
    Stderr,
    /// A file.
    File {
        /// `file`: its absolute path; rotation appends a date to it.
        path: PathBuf,
        /// `rotation`: when a new file is begun.
        rotation: Rotation,
        /// `keep`: how many files are kept when they are rotated; `None` keeps all.
        keep: Option<usize>,
    },
    /// The system's syslog socket.
    Syslog,
    /// systemd's journal, with one field for each part of an event.
    Journald,
}

/// When a new log file is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rotation {
    /// Never by us.
    #[default]
    Never,
    /// Every hour.
    Hourly,
    /// Every day, at midnight UTC.
    Daily,
}

/// How important an event must be to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // the names say it
pub enum Level {
    Off,
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object on a line.
    Json,
}

/// `[state]`: what outlives the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// `directory`: holds the journal and the cache of compiled components; default `/var/lib/prelude-trigger`.
    pub directory: PathBuf,
    /// `keep-for`: how long the journal keeps what has ended; default 90 days.
    pub keep_for: Duration,
    /// `keep-size`: when the journal is larger, what ended first goes before its time, in bytes; default 1 GiB.
    pub keep_size: u64,
}

/// `[components]`: how components are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// `pooling`: memory for as many components as may run at once is reserved when the daemon starts, where the machine
    /// has the addresses for it; default true.
    pub pooling: bool,
}

/// `[limits]`: bounds of the whole daemon, whatever the triggers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonLimits {
    /// `jobs-at-once`: jobs that run at the same time, all actions together; default 64.
    pub jobs_at_once: usize,
    /// `queued-alerts`: alerts received and not yet matched; when there are so many, receiving stops and the manager
    /// keeps the rest; default 1024.
    pub queued_alerts: usize,
    /// `queued-jobs`: jobs of each action that wait with their alerts in memory; the others wait in the journal alone, and are read
    /// again when their turn comes; default 4096.
    pub queued_jobs: usize,
    /// `open-jobs`: jobs that have not ended, of all actions together; when there are so many, nothing more is received, and the
    /// manager keeps the rest; default 100,000.
    pub open_jobs: usize,
}

impl Default for Prelude {
    fn default() -> Self {
        Self {
            profile: "prelude-trigger".to_owned(),
            server_addr: Vec::new(),
            analyzer_name: None,
            heartbeat_interval: Duration::from_mins(10),
        }
    }
}

impl Daemon {
    /// Where the command line talks to the daemon.
    pub fn control_socket(&self) -> PathBuf {
        self.control.socket.clone().unwrap_or_else(|| self.state.directory.join("control.sock"))
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("/var/lib/prelude-trigger"),
            keep_for: Duration::from_hours(90 * 24),
            keep_size: 1 << 30,
        }
    }
}

impl Default for Components {
    fn default() -> Self {
        Self { pooling: true }
    }
}

impl Default for DaemonLimits {
    fn default() -> Self {
        Self { jobs_at_once: 64, queued_alerts: 1024, queued_jobs: 4096, open_jobs: 100_000 }
    }
}

const LEVELS: [(&str, Level); 6] = [
    ("off", Level::Off),
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("info", Level::Info),
    ("debug", Level::Debug),
    ("trace", Level::Trace),
];
/// The rooms that log; `[logging.levels]` takes their names.
pub const ROOMS: [&str; 12] = [
    "actions",
    "cli",
    "config",
    "daemon",
    "dispatch",
    "idmef",
    "journal",
    "libprelude",
    "load",
    "report",
    "rules",
    "source",
];

/// Decodes the file.
pub(super) fn decode(item: Item<'_>) -> Option<Daemon> {
    let sections = &["prelude", "logging", "state", "components", "limits", "answers", "control"];
    let file = item.table("the daemon's file", sections)?;
    let mut daemon = Daemon::default();
    file.read("prelude", &mut daemon.prelude, prelude);
    file.read("logging", &mut daemon.logging, logging);
    file.read("state", &mut daemon.state, state);
    file.read("components", &mut daemon.components, |item| {
        let table = item.table("`[components]`", &["pooling"])?;
        let mut components = Components::default();
        table.read("pooling", &mut components.pooling, Item::boolean);
        Some(components)
    });
    file.read("limits", &mut daemon.limits, limits);
    file.read("answers", &mut daemon.answers, answers::decode);
    file.read("control", &mut daemon.control, control::decode);
    Some(daemon)
}

fn state(item: Item<'_>) -> Option<State> {
    let table = item.table("`[state]`", &["directory", "keep-for", "keep-size"])?;
    let (hour, years) = (Duration::from_hours(1), Duration::from_hours(3660 * 24));
    let mut state = State::default();
    table.read("directory", &mut state.directory, Item::absolute_path);
    table.read("keep-for", &mut state.keep_for, |item| item.duration(hour..=years));
    table.read("keep-size", &mut state.keep_size, |item| item.size(16 << 20..=1 << 40).map(|size| size as u64));
    Some(state)
}

fn prelude(item: Item<'_>) -> Option<Prelude> {
    let table = item.table("`[prelude]`", &["profile", "server-addr", "analyzer-name", "heartbeat-interval"])?;
    let mut prelude = Prelude::default();
    table.read("profile", &mut prelude.profile, line);
    table.read("server-addr", &mut prelude.server_addr, |item| match &item.node.value {
        Value::List(_) => Some(item.list("")?.filter_map(address).collect()),
        _ => Some(vec![address(item)?]),
    });
    prelude.analyzer_name = table.get("analyzer-name").and_then(line);
    table.read("heartbeat-interval", &mut prelude.heartbeat_interval, |item| {
        let (least, most) = (Duration::from_secs(1), Duration::from_hours(24));
        let interval = item.duration(least..=most)?;
        if interval.subsec_millis() != 0 {
            return item.wrong("whole seconds: libprelude counts no smaller time between heartbeats");
        }
        Some(interval)
    });
    Some(prelude)
}

/// A text on one line.
fn line(item: Item<'_>) -> Option<String> {
    let text = item.some_text()?;
    if text.contains(char::is_control) {
        return item.wrong("a text without line breaks and other control characters");
    }
    Some(text.to_owned())
}

/// A manager's address as libprelude writes it: `host`, `host:port`, `unix` or `unix:/path`.
fn address(item: Item<'_>) -> Option<String> {
    let expected = "an address such as `manager.example.com`, `192.0.2.1:4690` or `unix:/run/prelude-manager/socket`";
    let Value::Text(text) = &item.node.value else {
        return item.wrong(expected);
    };
    if text.contains("||") || text.contains("&&") {
        return item.refuse(item.mismatch(expected).help(
            "give a list: `server-addr = [\"a.example.com\", \"b.example.com\"]`; every manager in it is connected to",
        ));
    }
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return item.wrong(expected);
    }
    if text.starts_with("unix") {
        let path = text.strip_prefix("unix:");
        return match path {
            Some(path) if !path.starts_with('/') => item.wrong("`unix:` and an absolute path"),
            None if text == "unix" => Some(text.clone()),
            None if text.starts_with("unix/") => item.wrong("`unix:` and an absolute path"),
            _ => Some(text.clone()),
        };
    }
    // An IPv6 address with a port stands in brackets; without brackets all its colons are its own.
    let port = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((_, "")) => None,
            Some((_, after)) => Some(after.strip_prefix(':').unwrap_or("")),
            None => return item.wrong(expected),
        },
        None if text.matches(':').count() == 1 => text.split_once(':').map(|(_, port)| port),
        None => None,
    };
    if port.is_some_and(|port| port.parse::<u16>().ok().is_none_or(|port| port == 0)) {
        return item.wrong("a port from 1 to 65535 after the `:`");
    }
    Some(text.clone())
}

fn logging(item: Item<'_>) -> Option<Logging> {
    let table = item.table("`[logging]`", &["target", "file", "level", "levels", "format", "rotation", "keep"])?;
    let mut logging = Logging { target: log_target(&table).unwrap_or_default(), ..Logging::default() };
    table.read("level", &mut logging.level, |item| item.choice(&LEVELS));
    table.read("format", &mut logging.format, |item| item.choice(&[("text", Format::Text), ("json", Format::Json)]));
    table.read("levels", &mut logging.levels, |item| {
        let rooms = item.table("`[logging.levels]`", &ROOMS)?;
        let level = |room: &str| Some((room.to_owned(), rooms.get(room)?.choice(&LEVELS)?));
        Some(ROOMS.into_iter().filter_map(level).collect())
    });
    Some(logging)
}

/// `target` with the keys that belong to a file, and only to a file.
fn log_target(table: &Table<'_>) -> Option<LogTarget> {
    #[derive(Clone, Copy, PartialEq)]
    enum Name {
        Stderr,
        File,
        Syslog,
        Journald,
    }
    let names =
        [("stderr", Name::Stderr), ("file", Name::File), ("syslog", Name::Syslog), ("journald", Name::Journald)];
    let name = match table.get("target") {
        Some(item) => item.choice(&names)?,
        None => Name::Stderr,
    };
    if name != Name::File {
        for key in ["file", "rotation", "keep"] {
            if let Some(item) = table.key(key) {
                item.complain(
                    item.error(format!("{} has no meaning without `target = \"file\"`", quote(key)))
                        .help("add `target = \"file\"`, or remove it"),
                );
            }
        }
    }
    Some(match name {
        Name::Stderr => LogTarget::Stderr,
        Name::Syslog => LogTarget::Syslog,
        Name::Journald => LogTarget::Journald,
        Name::File => {
            let path = table
                .require("file", "add `file = \"/var/log/prelude-trigger/prelude-trigger.log\"`")
                .and_then(Item::absolute_path);
            let mut rotation = Rotation::default();
            table.read("rotation", &mut rotation, |item| {
                item.choice(&[("never", Rotation::Never), ("hourly", Rotation::Hourly), ("daily", Rotation::Daily)])
            });
            let keep = table.get("keep").and_then(|item| item.integer(1..=10_000)).map(|keep| keep as usize);
            let never = table.get("rotation").is_none_or(|item| item.node.value == Value::Text("never".to_owned()));
            if never && let Some(item) = table.key("keep") {
                item.complain(
                    item.error("`keep` has no meaning without rotation")
                        .help("add `rotation = \"daily\"`, or remove it"),
                );
            }
            LogTarget::File { path: path?, rotation, keep }
        }
    })
}

fn limits(item: Item<'_>) -> Option<DaemonLimits> {
    let table = item.table("`[limits]`", &["jobs-at-once", "queued-alerts", "queued-jobs", "open-jobs"])?;
    let mut limits = DaemonLimits::default();
    let count = |most: u32| move |item: Item<'_>| item.integer(1..=most).map(|count| count as usize);
    table.read("jobs-at-once", &mut limits.jobs_at_once, count(4096));
    table.read("queued-alerts", &mut limits.queued_alerts, count(1_000_000));
    table.read("queued-jobs", &mut limits.queued_jobs, count(1_000_000));
    table.read("open-jobs", &mut limits.open_jobs, count(10_000_000));
    Some(limits)
}
