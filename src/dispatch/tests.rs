#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{path::Path, time::Instant};

use super::*;
use crate::{
    actions::{Action, Job, Outcome},
    config::{
        self, ActionKind, Breaker, Captures, CommandLine, Limits, Location, Mode, Retry, Stdin, Target, Template, Terms,
    },
    idmef::Message,
    journal::{Alert, Closing, JobFilter, JobRow, LeaseState, Reader, Repeated, Scope},
};

const ROOMY: Settings = Settings { jobs_at_once: 8, queued_jobs: 100, open_jobs: 1000 };

fn command(directory: &Path, name: &str, text: &str) -> CommandLine {
    use std::os::unix::fs::PermissionsExt as _;
    let program = directory.join(name);
    std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let arguments = vec!["alert.messageid".parse().map(Template::Whole).unwrap()];
    CommandLine { program, program_at: here(), arguments }
}

fn here() -> Location {
    Location { file: Arc::from(Path::new("test.yaml")), line: 1, column: 1 }
}

/// An exec action that runs a shell script written for it, changed before it is loaded.
fn script(directory: &Path, name: &str, text: &str, change: impl FnOnce(&mut config::Action)) -> Arc<Action> {
    let exec = config::Exec { stdin: Stdin::None, ..config::Exec::new(command(directory, name, text)) };
    let mut action = config::Action::new(name.into(), here(), ActionKind::Exec(exec));
    change(&mut action);
    Arc::new(Action::exec(&action).unwrap())
}

fn limits(limits: Limits) -> impl FnOnce(&mut config::Action) {
    |action| action.limits = limits
}

fn undo_by(line: CommandLine) -> impl FnOnce(&mut config::Action) {
    |action| {
        if let ActionKind::Exec(exec) = &mut action.kind {
            exec.undo = Some(line);
        }
    }
}

fn actions(all: &[&Arc<Action>]) -> Arc<Actions> {
    Arc::new(all.iter().map(|&action| (Arc::clone(&action.name), Arc::clone(action))).collect())
}

fn job(action: &str, number: u32) -> Job {
    let message = format!("{{\"alert\":{{\"messageid\":\"m{number}\"}}}}");
    Job {
        id: "".into(),
        trigger: "test".into(),
        action: action.into(),
        attempt: 1,
        attempts: 1,
        message: Arc::new(Message::from_json(message.as_bytes()).unwrap()),
        captures: Captures::new(),
        parameters: Vec::new(),
        target: None,
    }
}

fn on(address: &str, job: Job) -> Job {
    Job { target: Target::of(config::TargetKind::Address, address), ..job }
}

fn wish(job: Job) -> Wish {
    Wish { job, mode: Mode::Enforce, refused: None, breaker: None, lease: None, after_the_last: false }
}

/// A dispatcher with a journal of its own, and what it reports.
struct House {
    dispatcher: Dispatcher,
    report: Arc<Report>,
    journal: Journal,
    closing: Option<Closing>,
    directory: Option<std::path::PathBuf>,
}

impl House {
    fn new(actions: Arc<Actions>, settings: Settings) -> Self {
        let (journal, closing) = Journal::in_memory().unwrap();
        Self::with(actions, settings, journal, closing, None)
    }

    fn on_disk(directory: &Path, actions: Arc<Actions>) -> Self {
        let (journal, closing) = Journal::open(directory).unwrap();
        Self::with(actions, ROOMY, journal, closing, Some(directory.to_owned()))
    }

    fn with(
        actions: Arc<Actions>,
        settings: Settings,
        journal: Journal,
        closing: Closing,
        directory: Option<std::path::PathBuf>,
    ) -> Self {
        let report = Arc::new(Report::default());
        let dispatcher = Dispatcher::start(actions, Arc::default(), settings, journal.clone(), Arc::clone(&report));
        dispatcher.begin_to_end_leases();
        Self { dispatcher, report, journal, closing: Some(closing), directory }
    }

    async fn submit(&self, wishes: Vec<Wish>) {
        let message = Arc::clone(&wishes[0].job.message);
        let alert = Alert::new(&message, message.to_wire().into(), Timestamp::now());
        self.dispatcher.decide(alert, wishes, Vec::new(), Timestamp::now()).await.unwrap();
    }

    async fn one(&self, job: Job) {
        self.submit(vec![wish(job)]).await;
    }

    async fn end(self) -> crate::report::Totals {
        let ended = tokio::time::timeout(Duration::from_mins(1), self.dispatcher.all_ended()).await;
        ended.expect("jobs that never end");
        self.report.totals()
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{what}: {:?}", self.report.totals());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn reader(&self) -> Reader {
        Reader::open(self.directory.as_deref().unwrap()).unwrap()
    }

    fn jobs(&self) -> Vec<JobRow> {
        let mut jobs = self.reader().jobs(&JobFilter { limit: 1000, ..JobFilter::default() }).unwrap();
        jobs.reverse();
        jobs
    }

    /// The process dies: nothing is finished, and what runs is killed.
    async fn dies(mut self) {
        self.dispatcher.finish(Duration::ZERO).await;
        let Self { dispatcher, journal, .. } = &mut self;
        let _ = (&dispatcher, &journal);
        let closing = self.closing.take().unwrap();
        drop(self);
        tokio::task::spawn_blocking(move || closing.join()).await.unwrap();
    }
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_job_ends_once_and_in_the_order_in_which_it_was_made() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let one = limits(Limits { concurrency: 1, ..Limits::default() });
    let action = script(directory.path(), "note", &format!("echo $1 >> {}", log.display()), one);
    let house = House::new(actions(&[&action]), ROOMY);
    for number in 0..40 {
        house.one(job("note", number)).await;
    }
    // The same alert again is no job.
    house.one(job("note", 7)).await;
    let totals = house.end().await;
    assert_eq!(lines(&log), (0..40).map(|number| format!("m{number}")).collect::<Vec<_>>());
    assert_eq!((totals.jobs, totals.done, totals.known), (40, 40, 1));
}

#[tokio::test]
async fn a_hanging_action_delays_no_other_and_is_reported_as_abandoned() {
    let directory = tempfile::tempdir().unwrap();
    let two = limits(Limits { timeout: Duration::from_mins(10), concurrency: 2, ..Limits::default() });
    let hanging = script(directory.path(), "hanging", "sleep 600", two);
    let quick = script(directory.path(), "quick", "exit 0", |_| {});
    // More hang than are kept in memory.
    let house = House::new(actions(&[&hanging, &quick]), Settings { queued_jobs: 3, ..ROOMY });
    for number in 0..20 {
        house.submit(vec![wish(job("hanging", number)), wish(job("quick", number))]).await;
    }
    house.until("the quick action waits for the hanging one", |house| house.report.totals().done == 20).await;
    let waiting = house.dispatcher.finish(Duration::from_millis(200)).await;
    let totals = house.report.totals();
    assert_eq!((totals.done, totals.abandoned, waiting), (20, 2, 18));
}

#[tokio::test]
async fn jobs_that_are_not_in_memory_are_read_again_in_their_order() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let one = limits(Limits { concurrency: 1, ..Limits::default() });
    let action = script(directory.path(), "note", &format!("echo $1 >> {}", log.display()), one);
    let house = House::new(actions(&[&action]), Settings { queued_jobs: 1, ..ROOMY });
    for number in 0..30 {
        house.one(on("192.0.2.7", job("note", number))).await;
    }
    assert_eq!(house.end().await.done, 30);
    assert_eq!(lines(&log), (0..30).map(|number| format!("m{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn too_many_open_jobs_make_the_sender_wait() {
    let directory = tempfile::tempdir().unwrap();
    let one = limits(Limits { timeout: Duration::from_mins(10), concurrency: 1, ..Limits::default() });
    let hanging = script(directory.path(), "hanging", "sleep 600", one);
    let house = House::new(actions(&[&hanging]), Settings { open_jobs: 5, ..ROOMY });
    let mut taken = 0;
    while taken < 20 && tokio::time::timeout(Duration::from_millis(300), house.one(job("hanging", taken))).await.is_ok()
    {
        taken += 1;
    }
    assert_eq!(taken, 5);
    // A decision that alone is more than that is taken when nothing else is left.
    let house = House::new(actions(&[&hanging]), Settings { open_jobs: 5, ..ROOMY });
    let many: Vec<_> = (0..9).map(|number| wish(on(&format!("192.0.2.{number}"), job("hanging", 1)))).collect();
    tokio::time::timeout(Duration::from_secs(10), house.submit(many)).await.unwrap();
    house.dispatcher.finish(Duration::ZERO).await;
}

#[tokio::test]
async fn observing_runs_nothing_and_says_what_would_be_done() {
    let directory = tempfile::tempdir().unwrap();
    let mark = directory.path().join("mark");
    let action = script(directory.path(), "note", &format!("touch {}", mark.display()), |_| {});
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&action]));
    house.submit(vec![Wish { mode: Mode::Observe, ..wish(job("note", 1)) }]).await;
    house.one(job("unheard-of", 2)).await;
    house.submit(vec![Wish { refused: Some("no value".to_owned()), ..wish(job("note", 3)) }]).await;
    house.dispatcher.all_ended().await;
    assert!(!mark.exists());
    let totals = house.report.totals();
    assert_eq!((totals.observed, totals.refused, totals.done), (1, 2, 0));
    let states: Vec<_> = house.jobs().into_iter().map(|job| (job.state, job.summary.unwrap())).collect();
    assert_eq!(states[0].0, State::Observed);
    assert!(states[0].1.starts_with("would /"), "{states:?}");
    assert_eq!(states[1], (State::Refused, "no such action is configured".to_owned()));
    assert_eq!(states[2], (State::Refused, "no value".to_owned()));
}

#[tokio::test]
async fn jobs_over_the_rate_wait_and_a_new_configuration_does_not_forget() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let rate = Some(config::Rate { jobs: 5, per: Duration::from_millis(1500) });
    let slow = limits(Limits { concurrency: 8, rate, ..Limits::default() });
    let limited = script(directory.path(), "limited", &format!("echo $1 >> {}", log.display()), slow);
    let free = script(directory.path(), "free", "exit 0", |_| {});
    // One place for all: a lane that waits for its turn must leave it to the others.
    let begun = Instant::now();
    let house = House::new(actions(&[&limited, &free]), Settings { jobs_at_once: 1, ..ROOMY });
    for number in 0..7 {
        house.one(job("limited", number)).await;
    }
    house.until("five are allowed", |house| house.report.totals().done == 5).await;
    house.dispatcher.adopt(actions(&[&limited, &free]), Arc::default()).await;
    for number in 7..10 {
        house.one(job("limited", number)).await;
    }
    house.one(job("free", 10)).await;
    house.until("the free action waits", |house| house.report.totals().done == 6).await;
    let free_after = begun.elapsed();
    assert_eq!(lines(&log).len(), 5, "after {free_after:?}");
    assert!(free_after < Duration::from_millis(1500), "the free action waited {free_after:?}");
    house.end().await;
    assert!(begun.elapsed() >= Duration::from_millis(1500), "ten jobs after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(20), "ten jobs after {:?}", begun.elapsed());
    assert_eq!(lines(&log).len(), 10);
}

#[tokio::test]
async fn what_fails_for_now_is_tried_again_and_nothing_else_is() {
    let directory = tempfile::tempdir().unwrap();
    let count = directory.path().join("count");
    // 75 is EX_TEMPFAIL.
    let text = format!("echo x >> {0}; [ $(wc -l < {0}) -ge 3 ] || exit 75", count.display());
    let retry = Retry { attempts: 5, first: Duration::from_millis(100), up_to: Duration::from_millis(200) };
    let third = script(directory.path(), "third", &text, |action| action.retry = retry);
    let never = script(directory.path(), "never", "exit 75", |action| action.retry = Retry { attempts: 2, ..retry });
    let wrong = script(directory.path(), "wrong", "exit 1", |action| action.retry = retry);
    let late = script(directory.path(), "late", "exit 75", |action| {
        action.retry = Retry { attempts: 99, ..retry };
        action.deadline = Duration::from_secs(1);
    });
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&third, &never, &wrong, &late]));
    for name in ["third", "never", "wrong", "late"] {
        house.one(job(name, 1)).await;
    }
    house.dispatcher.all_ended().await;
    let jobs: HashMap<_, _> = house.jobs().into_iter().map(|job| (job.action.clone(), job)).collect();
    assert_eq!((jobs["third"].state, jobs["third"].attempt), (State::Done, 3));
    assert_eq!((jobs["never"].state, jobs["never"].attempt), (State::Failed, 2));
    assert_eq!((jobs["wrong"].state, jobs["wrong"].attempt), (State::Failed, 1));
    assert_eq!(jobs["late"].state, State::Failed);
    assert!(jobs["late"].summary.as_ref().unwrap().contains("its deadline comes before"), "{:?}", jobs["late"]);
    assert!((3..30).contains(&jobs["late"].attempt), "{:?}", jobs["late"]);
    let audit = house.reader().audit(Some(jobs["third"].id), None, 0, 100).unwrap();
    let told: Vec<_> = audit.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(told, ["decided", "begun", "put off", "begun", "put off", "begun", "done"]);
}

#[tokio::test]
async fn what_has_not_begun_by_its_deadline_is_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let slow = script(directory.path(), "slow", "sleep 1", |action| {
        action.limits.concurrency = 1;
        action.deadline = Duration::from_millis(1500);
    });
    let house = House::new(actions(&[&slow]), ROOMY);
    for number in 0..5 {
        house.one(job("slow", number)).await;
    }
    let begun = Instant::now();
    let totals = house.end().await;
    assert_eq!((totals.done, totals.expired), (2, 3));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_waits_behind_jobs_that_hang_is_given_up_in_time() {
    let directory = tempfile::tempdir().unwrap();
    let hanging = script(directory.path(), "hanging", "sleep 600", |action| {
        action.limits = Limits { timeout: Duration::from_mins(10), concurrency: 2, ..Limits::default() };
        action.deadline = Duration::from_secs(1);
    });
    let house = House::new(actions(&[&hanging]), ROOMY);
    for number in 0..50 {
        house.one(job("hanging", number)).await;
    }
    house.until("they are given up", |house| house.report.totals().expired == 48).await;
    house.dispatcher.finish(Duration::ZERO).await;
}

#[tokio::test]
async fn a_failure_stops_what_comes_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let good = script(directory.path(), "good", &format!("sleep 0.2; echo good >> {}", log.display()), |_| {});
    let bad = script(directory.path(), "bad", &format!("echo bad >> {}; exit 1", log.display()), |_| {});
    let last = script(directory.path(), "last", &format!("echo last >> {}", log.display()), |_| {});
    let house = House::new(actions(&[&good, &bad, &last]), ROOMY);
    let after = |name, number| Wish { after_the_last: true, ..wish(job(name, number)) };
    house.submit(vec![wish(job("good", 1)), after("last", 1)]).await;
    house.until("what comes after is run", |house| house.report.totals().done == 2).await;
    assert_eq!(lines(&log), ["good", "last"]);
    house.submit(vec![wish(job("bad", 2)), after("good", 2), after("last", 2)]).await;
    let totals = house.end().await;
    assert_eq!((totals.done, totals.failed, totals.refused), (2, 1, 2));
    assert_eq!(lines(&log), ["good", "last", "bad"]);
}

#[tokio::test]
async fn a_lease_is_undone_at_its_end_and_what_stands_is_not_done_again() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let note = |word: &str| format!("sleep 0.05; echo {word} $1 >> {}", log.display());
    let undo = command(directory.path(), "undo", &note("undo"));
    let block = script(directory.path(), "block", &note("do"), undo_by(undo));
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&block]));
    let terms = Terms { first: Duration::from_millis(1500), then: 100, up_to: Duration::from_millis(1500) };
    let leased = |number| Wish { lease: Some(terms), ..wish(on("192.0.2.7", job("block", number))) };
    house.submit(vec![leased(1)]).await;
    house.submit(vec![leased(2)]).await;
    house.until("it is done", |house| house.report.totals().done == 2).await;
    house.submit(vec![leased(3)]).await;
    house.until("it is renewed", |house| house.report.totals().renewed == 1).await;
    assert_eq!(lines(&log), ["do m1"]);
    house.until("it is undone", |_| lines(&log).len() == 2).await;
    assert_eq!(lines(&log), ["do m1", "undo m1"]);
    house.until("the lease ends", |house| house.reader().leases(true, 10).unwrap()[0].state == LeaseState::Ended).await;
    house.submit(vec![leased(4)]).await;
    house.until("it is done anew", |_| lines(&log).len() == 3).await;
    let leases = house.reader().leases(false, 10).unwrap();
    assert_eq!(leases.len(), 1);
}

#[tokio::test]
async fn what_a_dead_daemon_left_is_taken_up() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let text = format!("echo $0 $1 >> {0}; [ $(wc -l < {0}) -ge 3 ] || sleep 600", log.display());
    let long = Limits { timeout: Duration::from_mins(20), concurrency: 1, ..Limits::default() };
    let again = script(directory.path(), "again", &text, limits(long.clone()));
    let once = script(directory.path(), "once", &text, |action| {
        action.limits = long;
        action.delivery = Delivery::AtMostOnce;
    });
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&again, &once]));
    for number in [1, 2] {
        house.submit(vec![wish(job("again", number)), wish(job("once", number))]).await;
    }
    house.until("both run", |_| lines(&log).len() == 2).await;
    house.dies().await;
    let house = House::on_disk(&state, actions(&[&again, &once]));
    assert_eq!(house.dispatcher.resume().await.unwrap(), 3);
    house.dispatcher.all_ended().await;
    let jobs = house.jobs();
    let of = |action: &str, place: usize| jobs.iter().filter(|job| job.action == action).nth(place).unwrap();
    assert_eq!((of("again", 0).state, of("again", 0).attempt), (State::Done, 2));
    assert_eq!((of("again", 1).state, of("again", 1).attempt), (State::Done, 1));
    assert_eq!((of("once", 0).state, of("once", 0).attempt), (State::Failed, 1));
    assert!(of("once", 0).summary.as_ref().unwrap().contains("at most once"), "{:?}", of("once", 0));
    assert_eq!(of("once", 1).state, State::Done);
    // Two before, and one of either kind that waited, and one that was run again.
    assert_eq!(lines(&log).len(), 5, "{:?}", lines(&log));
}

#[tokio::test]
async fn what_waits_for_an_action_that_is_gone_is_refused_and_what_is_owed_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let undo = command(directory.path(), "undo", &format!("echo undo >> {}", log.display()));
    let block = script(directory.path(), "block", "exit 0", undo_by(undo));
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&block]));
    let terms = Terms { first: Duration::from_millis(500), then: 100, up_to: Duration::from_millis(500) };
    house.submit(vec![Wish { lease: Some(terms), ..wish(on("192.0.2.7", job("block", 1))) }]).await;
    house.until("it is done", |house| house.report.totals().done == 1).await;
    house.dispatcher.adopt(actions(&[]), Arc::default()).await;
    house
        .until("its time is over", |house| house.reader().leases(true, 1).unwrap()[0].state == LeaseState::Ending)
        .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    house.dispatcher.adopt(actions(&[&block]), Arc::default()).await;
    house.until("it is undone", |_| lines(&log).len() == 1).await;
}

#[test]
fn what_is_kept_of_an_attempt_is_bounded() {
    let attempt = attempt::Attempt {
        number: 1,
        kind: crate::journal::JobKind::Do,
        deadline: None,
        count: 2,
        job: None,
        action_name: "a".into(),
        action: None,
    };
    let state = crate::actions::State::Failed(crate::actions::Cause::Permanent);
    let outcome = Outcome { stdout: "é".repeat(100_000), stderr: "end".to_owned(), ..Outcome::unstarted(state, "x") };
    let written = attempt::tried(&attempt, &outcome);
    assert!(written.outcome.len() < 20_000, "{}", written.outcome.len());
    let said: serde_json::Value = serde_json::from_str(&written.outcome).unwrap();
    assert_eq!((&said["stderr"], &said["state"]), (&"end".into(), &"failed (permanent)".into()));
}

#[tokio::test]
async fn a_breaker_pauses_what_has_too_many_jobs_and_rolls_back() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let undo = command(directory.path(), "undo", &format!("echo undo $1 >> {}", log.display()));
    let block = script(directory.path(), "block", &format!("echo do $1 >> {}", log.display()), |action| {
        undo_by(undo)(action);
        action.breaker = Some(Breaker { jobs: 5, within: Duration::from_mins(10), roll_back: 2 });
    });
    let other = script(directory.path(), "other", "exit 0", |_| {});
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&block, &other]));
    let terms = Terms { first: Duration::from_hours(1), then: 100, up_to: Duration::from_hours(1) };
    let leased = |number: u32| {
        let on = on(&format!("192.0.2.{number}"), job("block", number));
        Wish { lease: Some(terms), ..wish(on) }
    };
    for number in 1..=5 {
        house.submit(vec![leased(number)]).await;
    }
    house.until("five are let through", |house| house.report.totals().done == 5).await;
    for number in 6..=8 {
        house.submit(vec![leased(number), wish(job("other", number))]).await;
    }
    house.dispatcher.all_ended().await;
    let totals = house.report.totals();
    assert_eq!(totals.refused, 3);
    let mut undone: Vec<_> = lines(&log).into_iter().filter(|line| line.starts_with("undo")).collect();
    undone.sort();
    assert_eq!(undone, ["undo m4", "undo m5"]);
    let refused: Vec<_> = house.jobs().into_iter().filter(|job| job.state == State::Refused).collect();
    assert!(refused[0].summary.as_ref().unwrap().contains("its breaker trips"), "{refused:?}");
    assert!(refused[1].summary.as_ref().unwrap().starts_with("action block is paused since"), "{refused:?}");
    // It stays so over a restart, until somebody resumes it; then what was refused can be asked for.
    house.dies().await;
    let house = House::on_disk(&state, actions(&[&block, &other]));
    house.dispatcher.resume().await.unwrap();
    assert_eq!(house.dispatcher.pauses().len(), 1);
    house.submit(vec![leased(9)]).await;
    house.dispatcher.all_ended().await;
    assert_eq!(house.report.totals().refused, 1);
    let scope = Scope::Action("block".to_owned());
    assert!(house.dispatcher.resume_paused(&scope).await.unwrap().is_some());
    assert!(house.dispatcher.resume_paused(&scope).await.unwrap().is_none());
    let Repeated::As(again) = house.dispatcher.repeat(refused[1].id).await.unwrap() else { panic!("not repeated") };
    assert_eq!(house.dispatcher.repeat(refused[1].id).await.unwrap(), Repeated::Before(again.id));
    house.dispatcher.all_ended().await;
    let again = house.reader().job(again.id).unwrap().unwrap();
    assert_eq!((again.state, again.again), (State::Done, Some(refused[1].id)));
    assert!(again.lease.is_some());
    assert_eq!(house.dispatcher.repeat(again.id).await.unwrap(), Repeated::Not(State::Done));
    assert_eq!(house.dispatcher.repeat(4711).await.unwrap(), Repeated::Unknown);
}

#[tokio::test]
async fn what_does_not_stand_any_more_is_done_again() {
    let directory = tempfile::tempdir().unwrap();
    let (log, stands) = (directory.path().join("log"), directory.path().join("stands"));
    let undo = command(directory.path(), "undo", &format!("rm {}", stands.display()));
    let check = command(directory.path(), "check", &format!("test -e {}", stands.display()));
    let text = format!("touch {}; echo do >> {}", stands.display(), log.display());
    let block = script(directory.path(), "block", &text, |action| {
        undo_by(undo)(action);
        if let ActionKind::Exec(exec) = &mut action.kind {
            exec.check = Some(check);
        }
    });
    let state = directory.path().join("state");
    let house = House::on_disk(&state, actions(&[&block]));
    let terms = Terms { first: Duration::from_hours(1), then: 100, up_to: Duration::from_hours(1) };
    house.submit(vec![Wish { lease: Some(terms), ..wish(on("192.0.2.7", job("block", 1))) }]).await;
    house.dispatcher.all_ended().await;
    house.dispatcher.look_what_stands().await.unwrap();
    house.dispatcher.all_ended().await;
    assert_eq!(lines(&log).len(), 1);
    std::fs::remove_file(&stands).unwrap();
    house.dispatcher.look_what_stands().await.unwrap();
    house.dispatcher.all_ended().await;
    assert_eq!(lines(&log).len(), 2);
    assert!(stands.exists());
    // The never-list grows: the lease on what it protects now ends.
    let protects = config::Never { addresses: vec!["192.0.2.0/24".parse().unwrap()], ..config::Never::default() };
    house
        .dispatcher
        .adopt(actions(&[&block]), Arc::new(NeverList::new(&protects, &crate::rules::Own::default())))
        .await;
    house.dispatcher.all_ended().await;
    assert!(!stands.exists());
    assert_eq!(house.reader().leases(true, 1).unwrap()[0].state, LeaseState::Ended);
}
