//! What is measured: components, the job they are given, and the numbers that come of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        Job, Outcome,
        component::{Component, Engine},
    },
    config::{self, Captures, Limits, Location},
    idmef::Message,
};

const ALERT: &str = r#"{"alert": {"messageid": "abc", "classification": {"text": "Brute Force attack"},
    "source": [{"node": {"address": [{"address": "192.0.2.1"}]}}]}}"#;

/// A component and its configuration.
#[derive(Clone)]
pub struct Subject {
    pub name: String,
    pub file: PathBuf,
    pub config: serde_json::Value,
}

/// The test guest reading one value, and what is in the directories.
pub fn all(directories: &[PathBuf]) -> Vec<Subject> {
    let mut subjects = vec![hostile("Rust", r#"{"read": "alert.classification.text"}"#)];
    for directory in directories {
        let mut files: Vec<_> =
            fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in files.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "wasm")) {
            let config = fs::read_to_string(file.with_extension("json")).unwrap_or_else(|_| "{}".to_owned());
            let config = serde_json::from_str(&config).expect("JSON");
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            subjects.push(Subject { name, file, config });
        }
    }
    subjects
}

/// The test guest, which does what it is told.
pub fn hostile(name: &str, act: &str) -> Subject {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let file = BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release", "--locked", "--target", "wasm32-wasip2", "--target-dir"])
            .arg(&target)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/hostile"))
            .status();
        assert!(built.expect("cargo").success(), "the guest cannot be built");
        target.join("wasm32-wasip2/release/hostile.wasm")
    });
    let config = serde_json::from_str(&format!(r#"{{"act": {act}}}"#)).expect("JSON");
    Subject { name: name.to_owned(), file: file.clone(), config }
}

impl Subject {
    pub fn load(&self, engine: &Engine, limits: Limits) -> Result<Component, String> {
        let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
        let component = config::Component {
            file: self.file.clone(),
            file_at: at.clone(),
            sha256: None,
            config: self.config.clone(),
            config_at: at.clone(),
            grant: config::Grant::default(),
        };
        let kind = config::ActionKind::Component(component.clone());
        let action = config::Action { limits, ..config::Action::new("bench".into(), at, kind) };
        Component::load(engine, &action, &component).map_err(|error| error.to_string())
    }
}

/// Limits that a large interpreter keeps to.
pub fn limits() -> Limits {
    Limits { cpu: Duration::from_secs(5), timeout: Duration::from_secs(20), memory: 256 << 20, ..Limits::default() }
}

pub fn job() -> Job {
    Job {
        id: "job".into(),
        trigger: "bench".into(),
        action: "bench".into(),
        attempt: 1,
        attempts: 1,
        message: Arc::new(Message::from_json(ALERT.as_bytes()).expect("a message")),
        captures: Captures::new(),
        parameters: Vec::new(),
        target: None,
    }
}

pub fn runtime(threads: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime")
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// How long things took, sorted.
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// The time that so many of a thousand do not exceed.
    pub fn at(&self, thousandths: usize) -> Duration {
        self.0[(self.0.len() * thousandths / 1000).min(self.0.len() - 1)]
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Does something over and over for a while, on this task.
pub async fn repeat<T>(patience: Duration, mut act: impl AsyncFnMut() -> T) -> Times {
    for _ in 0..20 {
        act().await;
    }
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < patience && times.len() < 200_000 {
        let started = Instant::now();
        act().await;
        times.push(started.elapsed());
    }
    Times::new(times)
}

pub fn microseconds(time: Duration) -> String {
    format!("{:8.1} µs", time.as_secs_f64() * 1e6)
}

/// What the process takes of the machine's memory, in bytes.
pub fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/statm").expect("statm");
    let pages: usize = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("pages");
    pages * rustix::param::page_size()
}

pub fn shown(outcome: &Outcome) -> String {
    format!("{}: {}", outcome.state, outcome.summary)
}
