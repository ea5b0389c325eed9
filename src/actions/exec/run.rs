//! One job: start the program, feed it, listen to it, end it.

use std::{
    fmt::Write as _,
    future::Future,
    io,
    os::unix::process::ExitStatusExt,
    pin::{Pin, pin},
    process::ExitStatus,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, Signal},
};
use tokio::{
    io::AsyncWriteExt,
    net::unix::pipe::Sender,
    time::{sleep, timeout},
};

use super::{
    Exec, For, Refusal,
    child::{Exit, Plan, SpawnError, Step},
    output::Tail,
    process::Process,
    program, quoted,
};
use crate::{
    actions::{Cause, Job, Outcome, State},
    config::Stdin,
    idmef::Message,
};

/// How long processes that outlive the program may hold its output open before they are killed.
const GRACE: Duration = Duration::from_millis(500);

/// How long the kernel may take to end a killed process before we stop waiting for it.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// A program that is being written cannot be executed; an upgrade takes less than this many attempts, so long apart.
const BUSY_ATTEMPTS: u32 = 10;
const BUSY_WAIT: Duration = Duration::from_millis(20);

/// How much of a program's last words the summary shows, in characters.
const SHOWN: usize = 200;

/// What the child finds in its environment before the operator's own variables.
const ENVIRONMENT: [(&str, &str); 2] = [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LANG", "C.UTF-8")];

impl Exec {
    /// Runs the program for one alert. Returns when it has ended, at the latest after the timeout, `kill_after` and a few
    /// seconds for the kernel. Dropping the future kills the program and its process group.
    ///
    /// Needs a tokio runtime with I/O and time.
    pub async fn run(&self, job: &Job) -> Outcome {
        self.run_with(job, self.arguments(&job.message, &job.captures, &job.parameters)).await
    }

    /// Whether there is an `undo`.
    pub fn can_undo(&self) -> bool {
        self.config.undo.is_some()
    }

    /// Whether there is a `check`.
    pub fn can_check(&self) -> bool {
        self.config.check.is_some()
    }

    /// Runs what undoes a job, with what the job was made with. Otherwise as [`Exec::run`].
    pub async fn undo(&self, job: &Job) -> Outcome {
        match self.undo_arguments(&job.message, &job.captures, &job.parameters) {
            Some(arguments) => self.run_with(job, arguments).await,
            None => Outcome::unstarted(State::Failed(Cause::Misconfigured), "there is no `undo` in its configuration"),
        }
    }

    /// Runs what tells whether a job's effect stands: the outcome is done when it does. Otherwise as [`Exec::run`].
    pub async fn stands(&self, job: &Job) -> Option<Outcome> {
        let arguments = self.check_arguments(&job.message, &job.captures, &job.parameters)?;
        Some(self.run_with(job, arguments).await)
    }

    async fn run_with(&self, job: &Job, arguments: Result<Vec<String>, Refusal>) -> Outcome {
        let started = Instant::now();
        let mut outcome = match arguments {
            Err(refusal) => Outcome::unstarted(State::Refused, refusal.to_string()),
            Ok(arguments) => Outcome {
                command: arguments.clone(),
                ..match self.start(&For::from(job), arguments).await {
                    Err((cause, summary)) => Outcome::unstarted(State::Failed(cause), summary),
                    Ok(running) => self.attend(running, Some(&job.message), started).await.1,
                }
            },
        };
        outcome.took = started.elapsed();
        outcome
    }

    /// Checks the program again and starts it, on a thread that may block: it stands still until the program runs, and one on a
    /// network file system can take its time.
    pub(super) async fn start(&self, told: &For, arguments: Vec<String>) -> Result<Running, (Cause, String)> {
        let exec = self.clone();
        let environment = self.environment(told);
        let feed = self.config.stdin == Stdin::Alert;
        let start = move || {
            let mut attempt = 1;
            loop {
                program::check(&exec.config.command.program, &exec.runs_as)
                    .map_err(|error| (Cause::Misconfigured, error.to_string()))?;
                let plan = Plan::new(
                    arguments.clone(),
                    environment.iter().cloned(),
                    &exec.config.directory,
                    exec.config.umask,
                    exec.switch_to.as_ref(),
                    exec.config.user.is_some() && exec.runs_as.uid != 0,
                );
                let Some(plan) = plan else {
                    return Err((
                        Cause::Misconfigured,
                        "the command or a name for its environment holds a NUL; mend the configuration".into(),
                    ));
                };
                match plan.spawn(feed) {
                    Err(error) if error.errno == Errno::TXTBSY && attempt < BUSY_ATTEMPTS => {
                        attempt += 1;
                        std::thread::sleep(BUSY_WAIT);
                    }
                    Err(error) => return Err(exec.explain(error)),
                    Ok(process) => {
                        return Running::watch(process).map_err(|error| {
                            let text = format!("{} cannot be watched: {error}", exec.name());
                            (Cause::Permanent, text)
                        });
                    }
                }
            }
        };
        // Dropping this future drops what the thread returns, which kills the group.
        match timeout(self.limits.timeout, tokio::task::spawn_blocking(start)).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err((Cause::Transient, format!("{} was not started: {error}", self.name()))),
            Err(_) => Err((
                Cause::Timeout,
                format!("{} could not be started within its timeout of {:?}", self.name(), self.limits.timeout),
            )),
        }
    }

    fn environment(&self, told: &For) -> Vec<(String, String)> {
        let fixed = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let told = [
            ("JOB_ID", told.job.to_string()),
            ("TRIGGER", told.trigger.to_string()),
            ("ACTION", told.action.to_string()),
            ("ATTEMPT", told.attempt.to_string()),
        ];
        let configured = &self.config.environment;
        fixed
            .into_iter()
            .filter(|(name, _)| !configured.contains_key(name))
            .chain(told.map(|(name, value)| (format!("PRELUDE_TRIGGER_{name}"), value)))
            .chain(configured.clone())
            .collect()
    }

    /// From the program's start to its end and what that means for a job.
    pub(super) async fn attend(
        &self,
        mut running: Running,
        alert: Option<&Message>,
        started: Instant,
    ) -> (End, Outcome) {
        let limits = &self.limits;
        let alert = running.process.stdin.take().zip(alert).map(|(pipe, alert)| (pipe, alert.to_json() + "\n"));
        let mut stdout = Tail::new(limits.output);
        let mut stderr = Tail::new(limits.output);
        let (out, err) = (running.process.stdout.take(), running.process.stderr.take());

        let end = {
            let mut streams = Streams {
                output: pin!(async { tokio::join!(stdout.fill(out), stderr.fill(err)) }),
                input: pin!(feed(alert)),
                output_ended: false,
                input_ended: false,
            };
            running.follow(&mut streams, limits, started).await
        };

        let (state, mut summary) = self.judge(&end);
        let (stdout_dropped, stderr_dropped) = (stdout.dropped(), stderr.dropped());
        let (stdout, stderr) = (stdout.text(), stderr.text());
        if state != State::Done
            && let Some(line) = last_line(&stderr).or_else(|| last_line(&stdout))
        {
            let _ = write!(summary, ", saying {}", quoted(line, SHOWN));
        }
        for (name, dropped) in [("stdout", stdout_dropped), ("stderr", stderr_dropped)] {
            if dropped > 0 {
                let kept = limits.output;
                let _ = write!(summary, "; of its {name} the last {kept} bytes were kept, {dropped} dropped");
            }
        }
        if end.left_behind {
            summary += "; processes it left behind held its output open and were killed";
        }
        (end, Outcome { stdout, stderr, took: started.elapsed(), ..Outcome::unstarted(state, summary) })
    }

    /// What an end means.
    fn judge(&self, end: &End) -> (State, String) {
        let name = self.name();
        let failed = State::Failed;
        let how = match &end.status {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => format!("with status {code}"),
                (None, Some(signal)) => format!("by signal {}", signal_name(signal)),
                (None, None) => format!("with {status}"),
            },
            Err(error) => format!("unseen ({error})"),
        };
        if end.timed_out {
            let limit = self.limits.timeout;
            return (
                failed(Cause::Timeout),
                format!("{name} took longer than its timeout of {limit:?} and ended {how}"),
            );
        }
        let (state, meaning) = match end.status.as_ref().map(ExitStatus::code) {
            Ok(Some(0)) => (State::Done, ""),
            Ok(Some(75)) => (failed(Cause::Transient), " (EX_TEMPFAIL: may work later)"),
            Ok(Some(78)) => (failed(Cause::Misconfigured), " (EX_CONFIG: its configuration is wrong)"),
            Ok(None) => (failed(Cause::Crash), ""),
            Ok(Some(_)) | Err(_) => (failed(Cause::Permanent), ""),
        };
        (state, format!("{name} ended {how}{meaning}"))
    }

    /// What a failed start means, and what to do about it.
    fn explain(&self, error: SpawnError) -> (Cause, String) {
        let SpawnError { step, errno } = error;
        let (cause, advice) = match (step, errno) {
            (Step::Execute, Errno::NOENT) => {
                (Cause::Misconfigured, "the program, or the interpreter or loader it asks for, does not exist")
            }
            (Step::Execute, Errno::ACCESS | Errno::PERM) => {
                (Cause::Misconfigured, "look at its mode, at `noexec` mounts, and at AppArmor or SELinux")
            }
            (Step::Execute, Errno::NOEXEC) => (
                Cause::Misconfigured,
                "the kernel knows no such kind of program; a script needs a first line such as `#!/bin/sh`",
            ),
            (Step::Execute, Errno::TOOBIG) => (
                Cause::Permanent,
                "arguments and environment together are too long; pass less, or read the alert from standard input",
            ),
            (Step::Execute, Errno::TXTBSY) => (Cause::Transient, "somebody has it open for writing"),
            (Step::Process, Errno::AGAIN) => {
                (Cause::Transient, "the limit of processes is reached (RLIMIT_NPROC, TasksMax= or pid_max)")
            }
            (Step::Process, Errno::MFILE | Errno::NFILE) => {
                (Cause::Transient, "the limit of open files is reached (RLIMIT_NOFILE)")
            }
            (Step::Process, _) => (Cause::Transient, "the system may be short of memory"),
            (Step::Execute, _) => (Cause::Transient, "nothing of it has run"),
            _ => (Cause::Misconfigured, "nothing of it has run"),
        };
        let name = self.name();
        let reason = io::Error::from(errno);
        (cause, format!("{name} was not started: {step} failed: {reason}: {advice}"))
    }

    fn name(&self) -> String {
        format!("`{}`", self.config.command.program.to_string_lossy().escape_debug())
    }
}

/// A program that runs, and the end of everything in its group when it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    group: Group,
    exit: Exit,
    /// Dropped last, when its group has been killed.
    process: Process,
}

/// The process group a program leads. It exists until its leader is reaped: until then the number cannot
/// belong to anybody else.
#[derive(Debug)]
struct Group(Option<Pid>);

/// How a program ended.
pub(super) struct End {
    pub(super) status: io::Result<ExitStatus>,
    pub(super) timed_out: bool,
    left_behind: bool,
}

/// Both directions of a program's standard streams, moved on beside whatever is waited for.
struct Streams<'a, O, I> {
    output: Pin<&'a mut O>,
    input: Pin<&'a mut I>,
    output_ended: bool,
    input_ended: bool,
}

impl Running {
    fn watch(process: Process) -> io::Result<Self> {
        let group = Group(Some(process.pid));
        Ok(Self { group, exit: Exit::of(process.pid)?, process })
    }

    async fn follow<O, I>(
        &mut self,
        streams: &mut Streams<'_, O, I>,
        limits: &crate::config::Limits,
        started: Instant,
    ) -> End
    where
        O: Future<Output = ((), ())>,
        I: Future<Output = ()>,
    {
        let exit = &self.exit;
        let left = limits.timeout.saturating_sub(started.elapsed());
        let timed_out = streams.beside(timeout(left, exit.seen())).await.is_err();
        if timed_out {
            self.group.signal(Signal::TERM);
            let _ = streams.beside(timeout(limits.kill_after, exit.seen())).await;
        }
        let patience = if timed_out {
            let since = started.elapsed().saturating_sub(limits.timeout);
            limits.kill_after.saturating_sub(since)
        } else {
            GRACE
        };
        streams.output_end_within(patience).await;
        let left_behind = !timed_out && !streams.output_ended;
        self.group.signal(Signal::KILL);
        // Whoever holds the pipe now has left the group; it is not waited for.
        let gone = streams.beside(timeout(LAST_WAIT, exit.seen())).await;
        streams.output_end_within(GRACE / 5).await;
        let status = match gone {
            Ok(_) => {
                let status = self.process.reap();
                self.group.reaped();
                status
            }
            Err(_) => Err(io::Error::other(format!(
                "it has not died {LAST_WAIT:?} after SIGKILL; it hangs in the kernel, or runs as another user and the daemon lacks CAP_KILL"
            ))),
        };
        End { status, timed_out, left_behind }
    }
}

impl Group {
    /// A group that has become another user's cannot be signalled; the wait that follows finds out.
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0 {
            let _ = rustix::process::kill_process_group(pid, signal);
        }
    }

    fn reaped(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

impl<O, I> Streams<'_, O, I>
where
    O: Future<Output = ((), ())>,
    I: Future<Output = ()>,
{
    /// Waits for `what` while the streams flow.
    async fn beside<F: Future>(&mut self, what: F) -> F::Output {
        let mut what = pin!(what);
        loop {
            tokio::select! {
                biased;
                result = what.as_mut() => return result,
                _ = self.output.as_mut(), if !self.output_ended => self.output_ended = true,
                () = self.input.as_mut(), if !self.input_ended => self.input_ended = true,
            }
        }
    }

    async fn output_end_within(&mut self, patience: Duration) {
        let mut patience = pin!(sleep(patience));
        while !self.output_ended {
            tokio::select! {
                biased;
                _ = self.output.as_mut() => self.output_ended = true,
                () = self.input.as_mut(), if !self.input_ended => self.input_ended = true,
                () = patience.as_mut() => return,
            }
        }
    }
}

/// Hands over the alert and closes the pipe. A program that does not read it is none of our business.
async fn feed(alert: Option<(Sender, String)>) {
    if let Some((mut pipe, alert)) = alert {
        let _ = pipe.write_all(alert.as_bytes()).await;
    }
}

/// The last line with something in it.
fn last_line(text: &str) -> Option<&str> {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty())
}

/// `SIGSEGV`, or the number where we know no name.
fn signal_name(signal: i32) -> String {
    let name = match Signal::from_named_raw(signal) {
        Some(Signal::HUP) => "SIGHUP",
        Some(Signal::INT) => "SIGINT",
        Some(Signal::QUIT) => "SIGQUIT",
        Some(Signal::ILL) => "SIGILL",
        Some(Signal::TRAP) => "SIGTRAP",
        Some(Signal::ABORT) => "SIGABRT",
        Some(Signal::BUS) => "SIGBUS",
        Some(Signal::FPE) => "SIGFPE",
        Some(Signal::KILL) => "SIGKILL",
        Some(Signal::USR1) => "SIGUSR1",
        Some(Signal::SEGV) => "SIGSEGV",
        Some(Signal::USR2) => "SIGUSR2",
        Some(Signal::PIPE) => "SIGPIPE",
        Some(Signal::ALARM) => "SIGALRM",
        Some(Signal::TERM) => "SIGTERM",
        Some(Signal::XCPU) => "SIGXCPU",
        Some(Signal::XFSZ) => "SIGXFSZ",
        Some(Signal::SYS) => "SIGSYS",
        _ => return signal.to_string(),
    };
    name.to_owned()
}
