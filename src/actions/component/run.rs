//! Running a component: one job, one sandbox, and what came of it.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Store, Trap, WasmBacktrace, component::Resource};
use wasmtime_wasi::I32Exit;

use super::{
    clock::{Clock, TICK},
    discretion::Discretion,
    engine::Admission,
    grant::{Call, Grants},
    host::v0_1::{self, ActionError, Alert, Failure, Status},
    issue::ConfigIssue,
    limits::Watch,
    net::NetworkView,
    output::{Kept, Output},
    sandbox::Sandbox,
    tape::Tape,
    trouble::Trouble,
    turns::Share,
    wants::Comparison,
};
use crate::{
    actions::{Cause, Job, Outcome, State},
    config,
    text::shorten,
};

/// Characters of a summary, a message, or the text of an output.
const LONGEST_TEXT: usize = 1024;
/// Outputs of a job that are kept.
const MOST_OUTPUTS: usize = 32;
/// Characters of a failure's code.
const LONGEST_CODE: usize = 64;
/// Characters of a line of a trace: functions have the names their author gave them.
const LONGEST_FRAME: usize = 512;
/// Bytes of a token for undoing.
const LONGEST_TOKEN: usize = 64 << 10;

/// An action that is a component: checked, compiled, linked, its configuration accepted. Cloning it is cheap.
#[derive(Clone)]
pub struct Component {
    pub(super) engine: wasmtime::Engine,
    pub(super) clock: Arc<Clock>,
    pub(super) admission: Admission,
    pub(super) action: v0_1::ActionPre<Sandbox>,
    /// What takes back what it did, if it can.
    pub(super) undo: Option<v0_1::UndoerPre<Sandbox>>,
    pub(super) file: config::ReadFile,
    pub(super) name: Arc<str>,
    pub(super) config: Arc<str>,
    pub(super) limits: config::Limits,
    pub(super) grants: Grants,
    pub(super) tape: Option<Arc<Tape>>,
    pub(super) share: Arc<Share>,
    pub(super) comparison: Arc<Comparison>,
}

/// What is asked of a component for a job.
#[derive(Clone, Copy)]
enum Deed<'d> {
    /// To do it.
    Run,
    /// To take it back.
    Undo(&'d v0_1::UndoerPre<Sandbox>, &'d [u8]),
}

/// Why a guest did not come to its own end.
struct Stopped {
    cause: Cause,
    summary: String,
    /// Where it stood, for its author.
    trace: String,
}

impl Component {
    /// Runs one job in a new sandbox, which is gone when this returns.
    ///
    /// Ends within `limits.timeout` from when there is room for it, whatever the component does. To be called on a tokio runtime with timers.
    pub async fn run(&self, job: &Job) -> Outcome {
        self.perform(job, Deed::Run).await
    }

    /// Takes back what a job did, with the token that it left; none when it left none, or did not come to its end. As
    /// [`Component::run`] otherwise.
    pub async fn undo(&self, job: &Job, token: Option<&[u8]>) -> Outcome {
        match &self.undo {
            Some(undo) => self.perform(job, Deed::Undo(undo, token.unwrap_or_default())).await,
            None => Outcome::unstarted(
                State::Failed(Cause::Misconfigured),
                "this component cannot undo what it did: it does not export prelude:trigger/undo",
            ),
        }
    }

    /// Whether it can take back what it did.
    pub fn can_undo(&self) -> bool {
        self.undo.is_some()
    }

    async fn perform(&self, job: &Job, deed: Deed<'_>) -> Outcome {
        let _admitted = self.admission.enter().await;
        let started = Instant::now();
        let discretion = Discretion::about(self.grants.words());
        let output = Output::new(&self.name, &job.id, self.limits.output, &discretion);
        let watch = Watch::new(&self.limits, &self.share);
        let trouble = Trouble::default();
        let begins_with_turn = self.share.computes();
        let call = async {
            if begins_with_turn {
                watch.next_turn().await;
            }
            let about = Call::job(job, self.limits.timeout, self.tape.as_ref());
            let mut store = self.sandbox(&watch, &output, &trouble, about);
            let context = v0_1::context(job, self.limits.timeout, self.tape.as_deref().map(Tape::job));
            let answer = match deed {
                Deed::Run => {
                    let action = self.action.instantiate_async(&mut store).await?;
                    let alert: Resource<Alert> = store.data_mut().table().push(Alert(Arc::clone(&job.message)))?;
                    action.prelude_trigger_handler().call_run(&mut store, &context, &self.config, alert).await
                }
                Deed::Undo(undo, token) => {
                    let undo = undo.instantiate_async(&mut store).await?;
                    undo.prelude_trigger_undo().call_undo(&mut store, &context, &self.config, token).await
                }
            };
            watch.count(&store);
            answer
        };
        let ended = self.within_limits(call, &watch).await;
        let computed = watch.usage().cpu > TICK;
        // One that was stopped before it had a turn to compute in tells nothing of what the next will do.
        if computed || !begins_with_turn || ended.is_ok() {
            self.share.note(computed);
        }
        if let (Some(tape), Ok(ended)) = (&self.tape, &ended) {
            tape.said(v0_1::said(ended));
        }
        let mut outcome = match ended {
            Ok(Ok(outcome)) => {
                // What was taken back is not taken back again.
                let undone_with = self.undo.is_some() && matches!(deed, Deed::Run);
                ended_well(discreet_outcome(outcome, &discretion), undone_with)
            }
            Ok(Err(error)) => ended_badly(&discreet_error(error, &discretion)),
            Err(stopped) => {
                let state = State::Failed(stopped.cause);
                Outcome { trace: stopped.trace, ..Outcome::unstarted(state, stopped.summary) }
            }
        };
        // Whatever a job made of it: what it was refused once it will be refused again.
        let discreet = |text: String| discretion.text(&text).into_owned();
        outcome.denied = trouble.refusals().into_iter().map(discreet).collect();
        if matches!(outcome.state, State::Failed(_)) {
            outcome.last_exchange = trouble.last_exchange().map(discreet);
            if !outcome.denied.is_empty() {
                outcome.state = State::Failed(Cause::Denied);
                outcome.summary.push_str(&format!(" (denied: {})", outcome.denied.join("; ")));
            }
        }
        let Kept { stdout, stderr, log } = output.finish();
        Outcome { stdout, stderr, log, took: started.elapsed(), used: Some(watch.usage()), ..outcome }
    }

    /// Its file, as it was read.
    pub fn file(&self) -> &config::ReadFile {
        &self.file
    }

    /// What it wants and what it is granted.
    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    /// Has the component check its configuration; the error is why it was stopped and its standard error.
    ///
    /// Has a thread and a runtime of its own, so that it can be called from anywhere.
    pub(super) fn check_config(&self) -> Result<Vec<ConfigIssue>, (String, String)> {
        let discretion = Discretion::about(self.grants.words());
        let output = Output::new(&self.name, &Arc::from("validate"), self.limits.output, &discretion);
        let watch = Watch::new(&self.limits, &self.share);
        let trouble = Trouble::default();
        let call = async {
            let mut store = self.sandbox(&watch, &output, &trouble, Call::validate());
            // To check a configuration must have no effects.
            store.data_mut().network().0.close();
            let action = self.action.instantiate_async(&mut store).await?;
            action.prelude_trigger_handler().call_validate(&mut store, &self.config).await
        };
        let ended = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("component-validate".to_owned()).spawn_scoped(scope, || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                Ok::<_, std::io::Error>(runtime.block_on(async {
                    let _admitted = self.admission.enter().await;
                    self.within_limits(call, &watch).await
                }))
            });
            thread
                .and_then(|thread| thread.join().unwrap_or_else(|_| Err(std::io::Error::other("its thread panicked"))))
        });
        let kept = output.finish();
        match ended {
            Ok(Ok(Ok(()))) => Ok(Vec::new()),
            Ok(Ok(Err(issues))) if issues.is_empty() => {
                let message = "refused, without a word about what is wrong".to_owned();
                Ok(vec![ConfigIssue { pointer: String::new(), message }])
            }
            Ok(Ok(Err(issues))) => {
                let issues = issues.into_iter().map(ConfigIssue::from);
                Ok(issues
                    .map(|issue| ConfigIssue { message: discretion.text(&issue.message).into(), ..issue })
                    .collect())
            }
            Ok(Err(stopped)) => Err((stopped.summary, kept.stderr + &stopped.trace)),
            Err(error) => Err((format!("no thread or runtime to run it: {error}"), kept.stderr)),
        }
    }

    /// A sandbox of this action's.
    fn sandbox(&self, watch: &Arc<Watch>, output: &Arc<Output>, trouble: &Trouble, call: Call) -> Store<Sandbox> {
        Sandbox::store(&self.engine, &self.limits, &self.grants, watch, output, trouble, call)
    }

    /// Waits for a call, for as long as its limits allow.
    async fn within_limits<T>(
        &self,
        call: impl Future<Output = wasmtime::Result<T>>,
        watch: &Arc<Watch>,
    ) -> Result<T, Stopped> {
        let _running = self.clock.running();
        match tokio::time::timeout(self.limits.timeout, watch.metered(call)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Stopped::new(&error, watch, &self.limits)),
            Err(_) => Err(Stopped {
                cause: Cause::Timeout,
                summary: format!("stopped: it took longer than {} (limits: timeout)", show(self.limits.timeout)),
                trace: String::new(),
            }),
        }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("name", &self.name).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Stopped {
    fn new(error: &wasmtime::Error, watch: &Watch, limits: &config::Limits) -> Self {
        let trace = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        // The first line says that this is a trace.
        let trace = trace.lines().skip(1).map(|line| shorten(line.trim(), LONGEST_FRAME) + "\n").collect();
        let (cause, summary) = if let Some(I32Exit(status)) = error.downcast_ref() {
            (Cause::Crash, format!("it left through wasi:cli/exit with status {status} and without an outcome"))
        } else if watch.cpu_exceeded() {
            let limit = show(limits.cpu);
            (Cause::Timeout, format!("stopped: it used more than {limit} of CPU time (limits: cpu)"))
        } else if watch.memory_exceeded() {
            let limit = limits.memory >> 10;
            (Cause::OutOfMemory, format!("it wanted more than {limit} KiB of memory (limits: memory) and gave up"))
        } else if watch.tables_exceeded() {
            let limit = limits.tables;
            (Cause::OutOfMemory, format!("it wanted more than {limit} elements in tables (limits: tables) and gave up"))
        } else if let Some(trap) = error.downcast_ref::<Trap>() {
            let trap = trap.to_string();
            (Cause::Crash, format!("trapped: {}", trap.strip_prefix("wasm trap: ").unwrap_or(&trap)))
        } else {
            let cause = error.root_cause().to_string();
            // The error has no type of its own; a test tells when its words change.
            if cause.contains("too much data is being copied") {
                let limit = limits.host_call >> 10;
                (Cause::Crash, format!("stopped: it handed over more than {limit} KiB in one call (limits: host_call)"))
            } else {
                (Cause::Crash, format!("stopped: {}", shorten(&cause, LONGEST_TEXT)))
            }
        };
        Self { cause, summary, trace }
    }
}

/// An outcome without the secrets that the action was told.
fn discreet_outcome(outcome: v0_1::Outcome, discretion: &Discretion) -> v0_1::Outcome {
    let discreet = |text: String| discretion.text(&text).into_owned();
    let output = |output: v0_1::NamedText| v0_1::NamedText { name: discreet(output.name), text: discreet(output.text) };
    v0_1::Outcome {
        summary: outcome.summary.map(discreet),
        outputs: outcome.outputs.into_iter().take(MOST_OUTPUTS).map(output).collect(),
        ..outcome
    }
}

/// An error without the secrets that the action was told.
fn discreet_error(error: ActionError, discretion: &Discretion) -> ActionError {
    let discreet = |text: String| discretion.text(&text).into_owned();
    let failure =
        |failure: Failure| Failure { message: discreet(failure.message), code: failure.code.map(discreet), ..failure };
    match error {
        ActionError::Transient(inner) => ActionError::Transient(failure(inner)),
        ActionError::Permanent(inner) => ActionError::Permanent(failure(inner)),
        ActionError::Misconfigured(inner) => ActionError::Misconfigured(failure(inner)),
    }
}

/// What becomes of a job the action says it did; its token is kept only where it can be of use.
fn ended_well(outcome: v0_1::Outcome, keep_token: bool) -> Outcome {
    let (state, default) = match outcome.status {
        Status::Done => (State::Done, "done"),
        Status::Skipped => (State::Done, "nothing to do"),
        Status::Simulated => (State::Observed, "simulated"),
    };
    let mut summary = shorten(outcome.summary.as_deref().unwrap_or(default), LONGEST_TEXT);
    if outcome.status == Status::Skipped && outcome.summary.is_some() {
        summary.insert_str(0, "nothing to do: ");
    }
    let outputs = outcome.outputs.iter().take(MOST_OUTPUTS);
    let outputs = outputs.map(|output| (shorten(&output.name, 64), shorten(&output.text, LONGEST_TEXT))).collect();
    let mut undo_token = outcome.undo_token.filter(|_| keep_token);
    if let Some(token) = undo_token.take_if(|token| token.len() > LONGEST_TOKEN) {
        summary.push_str(&format!(
            " (cannot be undone: its undo token has {} bytes, of at most {LONGEST_TOKEN})",
            token.len()
        ));
    }
    Outcome { outputs, undo_token, ..Outcome::unstarted(state, summary) }
}

/// What becomes of a job the action says it could not do.
fn ended_badly(error: &ActionError) -> Outcome {
    let (cause, Failure { message, code, retry_after_ms }) = match error {
        ActionError::Transient(failure) => (Cause::Transient, failure),
        ActionError::Permanent(failure) => (Cause::Permanent, failure),
        ActionError::Misconfigured(failure) => (Cause::Misconfigured, failure),
    };
    let retry_after = retry_after_ms.filter(|_| cause == Cause::Transient).map(Duration::from_millis);
    Outcome {
        code: code.as_deref().map(|code| shorten(code, LONGEST_CODE)),
        retry_after: retry_after.map(|time| time.min(Outcome::LONGEST_RETRY)),
        ..Outcome::unstarted(State::Failed(cause), shorten(message, LONGEST_TEXT))
    }
}

/// A duration as the configuration spells it.
fn show(duration: Duration) -> String {
    match duration.as_millis() {
        milliseconds if milliseconds % 1000 == 0 => format!("{} s", milliseconds / 1000),
        milliseconds => format!("{milliseconds} ms"),
    }
}
