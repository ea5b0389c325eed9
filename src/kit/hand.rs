//! `action run`: finds everything a job by hand needs, runs it, and writes or plays a tape.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;

use super::{
    case, difference, engine,
    record::{self, Before},
    trial::{Ran, Trial, TrialError},
};
use crate::{
    actions::component::{
        self, EngineError, Inspection,
        tape::{
            Body, Particulars, Tape,
            document::{JobOf, redact},
        },
    },
    config::{self, ActionKind},
    text::{nearest, quote},
};

/// What was asked for on the command line.
#[derive(Debug, Clone, Default)]
pub struct Hand {
    /// A component's file or the name of an action.
    pub what: String,
    /// The triggers' file.
    pub triggers: PathBuf,
    /// The state directory, if one was named.
    pub state: Option<PathBuf>,
    /// Where the alert is.
    pub alert: Option<PathBuf>,
    /// The configuration as JSON.
    pub config_json: Option<String>,
    /// The configuration in a file.
    pub config_file: Option<PathBuf>,
    /// The grants in a file.
    pub grants: Option<PathBuf>,
    /// The action whose configuration and grants are taken.
    pub action: Option<String>,
    /// The token of what is to be undone, instead of an alert.
    pub undo: Option<Vec<u8>>,
    /// Mode `observe`.
    pub observe: bool,
    /// Captures.
    pub captures: BTreeMap<String, String>,
    /// Parameters.
    pub parameters: Vec<(String, String)>,
    /// Where to write a tape.
    pub record: Option<PathBuf>,
    /// The tape to play.
    pub replay: Option<PathBuf>,
    /// Secrets on the tape.
    pub secrets: BTreeMap<String, Vec<u8>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Done {
    /// The job.
    pub ran: Ran,
    /// How it differed from its tape.
    pub differences: Vec<String>,
}

/// Why there was no job, or no tape of it.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// What was asked for cannot be.
    #[error("{0}")]
    Asked(String),
    /// A file of the operator's has mistakes.
    #[error("{0}")]
    Mistakes(config::Diagnostics),
    /// The component does not load.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The host is not as it must be.
    #[error("{0}")]
    Environment(String),
}

impl From<EngineError> for HandError {
    fn from(error: EngineError) -> Self {
        Self::Environment(error.to_string())
    }
}

/// Runs one job.
pub fn run(hand: &Hand) -> Result<Done, HandError> {
    if let Some(tape) = &hand.replay {
        return replay(hand, tape);
    }
    let trial = trial(hand)?;
    let before = match &hand.record {
        Some(_) => Some(Before::new(&trial).map_err(HandError::Asked)?),
        None => None,
    };
    let secrets: Vec<_> = record::secrets(&trial.grant).into_values().collect();
    let mut ran = trial.run(&engine(hand.state.as_deref())?)?;
    // What is shown and what is written down are the same, and neither tells a secret.
    redact(&mut ran.tape, &secrets);
    if let (Some(before), Some(file)) = (before, &hand.record) {
        let document = before.document(&ran);
        let text = serde_json::to_string_pretty(&document).map_err(|error| HandError::Asked(error.to_string()))?;
        write_private(file, &text)
            .map_err(|error| HandError::Environment(format!("cannot write the tape {}: {error}", file.display())))?;
    }
    Ok(Done { ran, differences: Vec::new() })
}

/// Looks into a component; compares it with what an action of the triggers' file is granted, if one is named.
pub fn inspect(
    component: &Path,
    state: Option<&Path>,
    triggers: &Path,
    named: Option<&str>,
) -> Result<Inspection, HandError> {
    let grant = match named {
        None => config::Grant::default(),
        Some(name) => {
            let hand = Hand { triggers: triggers.to_owned(), ..Hand::default() };
            action(&hand, name)?.1.grant
        }
    };
    let found = component::inspect(&engine(state)?, component, &grant);
    found.map_err(|error| TrialError::Load { file: component.to_owned(), error: Box::new(error) }.into())
}

fn replay(hand: &Hand, file: &Path) -> Result<Done, HandError> {
    let tape = case::read_tape(file).map_err(HandError::Asked)?;
    if let Some(unknown) = hand.secrets.keys().find(|name| !tape.secrets.contains_key(*name)) {
        return Err(HandError::Asked(format!("there is no secret {} on the tape", quote(unknown))));
    }
    let component = match component_file(&hand.what) {
        Some(file) => file,
        None => action(hand, &hand.what)?.1.file,
    };
    let limits = config::Limits {
        timeout: std::time::Duration::from_mins(1),
        cpu: std::time::Duration::from_secs(30),
        ..config::Limits::default()
    };
    let (trial, _world) = case::of_tape(&tape, component, limits, &hand.secrets).map_err(HandError::Asked)?;
    let ran = trial.run(&engine(hand.state.as_deref())?)?;
    let mut differences: Vec<_> = ran
        .tape
        .differences
        .iter()
        .map(|one| difference::compare("effect", one.expected.as_deref(), one.got.as_deref()))
        .collect();
    let now = record::outcome(&ran.outcome);
    for key in ["state", "summary", "code", "outputs"] {
        let (then, now) = (tape.outcome.get(key), now.get(key));
        if then != now {
            let text = |value: Option<&serde_json::Value>| value.map(ToString::to_string);
            differences.push(difference::compare(key, text(then).as_deref(), text(now).as_deref()));
        }
    }
    Ok(Done { ran, differences })
}

/// Whether a word names a file.
fn component_file(what: &str) -> Option<PathBuf> {
    let path = Path::new(what);
    let file = what.contains('/') || path.extension().is_some_and(|ending| ending == "wasm") || path.is_file();
    file.then(|| path.to_owned())
}

fn trial(hand: &Hand) -> Result<Trial, HandError> {
    let file = component_file(&hand.what);
    let named = match (&hand.action, &file) {
        (Some(name), _) => Some(name.as_str()),
        (None, None) => Some(hand.what.as_str()),
        (None, Some(_)) => None,
    };
    let (name, mut component, limits) = match named {
        Some(name) => {
            let (action, component) = action(hand, name)?;
            (action.name.to_string(), component, action.limits)
        }
        None => {
            let stem = file.as_deref().and_then(Path::file_stem).unwrap_or_default().to_string_lossy().into_owned();
            let component = config::Component {
                file: PathBuf::new(),
                file_at: config::nowhere(),
                sha256: None,
                config: json!({}),
                config_at: config::nowhere(),
                grant: config::Grant::default(),
            };
            let limits = config::Limits { cpu: std::time::Duration::from_secs(5), ..config::Limits::default() };
            (stem, component, limits)
        }
    };
    if let Some(file) = file {
        component.file = file;
    }
    if let Some(text) = &hand.config_json {
        component.config = serde_json::from_str(text)
            .map_err(|error| HandError::Asked(format!("--config-json is not JSON: {error}")))?;
    }
    if let Some(file) = &hand.config_file {
        component.config = config::read_config(file).map_err(HandError::Mistakes)?;
    }
    if let Some(file) = &hand.grants {
        component.grant = config::read_grant(file).map_err(HandError::Mistakes)?;
    }
    let message = match (&hand.alert, &hand.undo) {
        (Some(alert), _) => case::read_alert(alert).map_err(HandError::Asked)?,
        // Who undoes something gets no alert.
        (None, Some(_)) => case::no_alert().map_err(HandError::Asked)?,
        (None, None) => return Err(HandError::Asked("which alert? --alert FILE".to_owned())),
    };
    let job = JobOf {
        id: "by-hand".to_owned(),
        trigger: "by-hand".to_owned(),
        action: name,
        attempt: 1,
        observe: hand.observe,
        captures: hand.captures.clone(),
        parameters: hand.parameters.clone(),
        undo: hand.undo.as_deref().map(Body::new),
    };
    let particulars = Particulars { observe: job.observe, parameters: job.parameters.clone() };
    Ok(Trial {
        component: component.file,
        config: component.config,
        grant: component.grant,
        limits,
        message: Arc::new(message),
        job,
        state: BTreeMap::new(),
        tape: Tape::recording(particulars, seed().map_err(|error| HandError::Environment(error.to_string()))?),
    })
}

/// An action of the triggers' file that is a component.
fn action(hand: &Hand, name: &str) -> Result<(config::Action, config::Component), HandError> {
    let files = config::Files { triggers: hand.triggers.clone(), daemon: None };
    let loaded = config::load(&files).map_err(HandError::Mistakes)?;
    let names = loaded.config.actions.iter().map(|action| &*action.name);
    match loaded.config.actions.iter().find(|action| *action.name == *name) {
        Some(config::Action { kind: ActionKind::Exec(_), .. }) => {
            Err(HandError::Asked(format!("the action {} is an `exec`, not a component", quote(name))))
        }
        Some(action @ config::Action { kind: ActionKind::Component(component), .. }) => {
            Ok((action.clone(), component.clone()))
        }
        None => {
            let near = nearest(name, names).map(|near| format!("; did you mean {}?", quote(near))).unwrap_or_default();
            Err(HandError::Asked(format!("no action in {} is called {}{near}", hand.triggers.display(), quote(name))))
        }
    }
}

fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}

/// A tape is nobody's business but its owner's.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    io::Write::write_all(&mut file, b"\n")
}
