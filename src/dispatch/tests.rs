#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{path::Path, time::Instant};

use super::*;
use crate::{
    actions::Action,
    config::{self, ActionKind, Captures, CommandLine, Limits, Location, Stdin, Template},
    idmef::Message,
};

const ROOMY: Settings = Settings { jobs_at_once: 8, queued_jobs: 100 };

/// An exec action that runs a shell script written for it.
fn script(directory: &Path, name: &str, text: &str, limits: Limits) -> Arc<Action> {
    use std::os::unix::fs::PermissionsExt as _;
    let program = directory.join(name);
    std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let at = Location { file: Arc::from(Path::new("test.yaml")), line: 1, column: 1 };
    let arguments = vec!["alert.messageid".parse().map(Template::Whole).unwrap()];
    let command = CommandLine { program, program_at: at.clone(), arguments };
    let kind = ActionKind::Exec(config::Exec { stdin: Stdin::None, ..config::Exec::new(command) });
    let action = config::Action { limits, ..config::Action::new(name.into(), at, kind) };
    Arc::new(Action::exec(&action).unwrap())
}

fn actions(all: &[&Arc<Action>]) -> Arc<Actions> {
    Arc::new(all.iter().map(|&action| (Arc::clone(&action.name), Arc::clone(action))).collect())
}

fn job(action: &str, number: u32) -> Job {
    let message = format!("{{\"alert\":{{\"messageid\":\"m{number}\"}}}}");
    Job {
        id: format!("job-{number}").into(),
        trigger: "test".into(),
        action: action.into(),
        attempt: 1,
        message: Arc::new(Message::from_json(message.as_bytes()).unwrap()),
        captures: Captures::new(),
        parameters: Vec::new(),
        target: None,
    }
}

#[tokio::test]
async fn every_job_ends_once_and_in_the_order_in_which_it_was_made() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let limits = Limits { concurrency: 1, ..Limits::default() };
    let action = script(directory.path(), "note", &format!("echo $1 >> {}", log.display()), limits);
    let report = Arc::new(Report::default());
    let dispatcher = Dispatcher::start(actions(&[&action]), Arc::default(), ROOMY, Arc::clone(&report));
    for number in 0..40 {
        dispatcher.submit(job("note", number), Mode::Enforce).await;
    }
    dispatcher.finish(Duration::from_mins(1)).await;
    let expected: Vec<_> = (0..40).map(|number| format!("m{number}")).collect();
    assert_eq!(std::fs::read_to_string(log).unwrap().lines().collect::<Vec<_>>(), expected);
    let totals = report.totals();
    assert_eq!((totals.jobs, totals.done, totals.abandoned), (40, 40, 0));
}

#[tokio::test]
async fn a_hanging_action_delays_no_other_and_is_reported_as_abandoned() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { timeout: Duration::from_mins(10), concurrency: 2, ..Limits::default() };
    let hanging = script(directory.path(), "hanging", "sleep 600", limits);
    let quick = script(directory.path(), "quick", "exit 0", Limits::default());
    let report = Arc::new(Report::default());
    let dispatcher = Dispatcher::start(actions(&[&hanging, &quick]), Arc::default(), ROOMY, Arc::clone(&report));
    for number in 0..10 {
        dispatcher.submit(job("hanging", number), Mode::Enforce).await;
        dispatcher.submit(job("quick", number), Mode::Enforce).await;
    }
    let begun = Instant::now();
    while report.totals().done < 10 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the quick action waits for the hanging one");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dispatcher.finish(Duration::from_millis(200)).await;
    let totals = report.totals();
    assert_eq!((totals.done, totals.abandoned), (10, 10));
}

#[tokio::test]
async fn a_full_lane_makes_the_sender_wait() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { timeout: Duration::from_mins(10), concurrency: 1, ..Limits::default() };
    let hanging = script(directory.path(), "hanging", "sleep 600", limits);
    let settings = Settings { jobs_at_once: 8, queued_jobs: 3 };
    let dispatcher = Dispatcher::start(actions(&[&hanging]), Arc::default(), settings, Arc::default());
    let mut taken = 0;
    while taken < 20
        && tokio::time::timeout(Duration::from_millis(300), dispatcher.submit(job("hanging", taken), Mode::Enforce))
            .await
            .is_ok()
    {
        taken += 1;
    }
    // One runs, one is in the runner's hand, three wait.
    assert!((4..=5).contains(&taken), "{taken} jobs were taken");
    dispatcher.finish(Duration::ZERO).await;
}

#[tokio::test]
async fn a_lane_is_full_by_the_size_of_its_messages_too() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { timeout: Duration::from_mins(10), concurrency: 1, ..Limits::default() };
    let hanging = script(directory.path(), "hanging", "sleep 600", limits);
    let dispatcher = Dispatcher::start(actions(&[&hanging]), Arc::default(), ROOMY, Arc::default());
    let text = "x".repeat(33 << 20);
    let json = format!(r#"{{"alert":{{"messageid":"m","classification":{{"text":"{text}"}}}}}}"#);
    let message = Arc::new(Message::from_json(json.as_bytes()).unwrap());
    let large = || Job { message: Arc::clone(&message), ..job("hanging", 1) };
    let submit = || tokio::time::timeout(Duration::from_millis(300), dispatcher.submit(large(), Mode::Enforce));
    assert!(submit().await.is_ok());
    assert!(submit().await.is_err(), "66 MiB of messages wait in one lane");
    dispatcher.finish(Duration::ZERO).await;
}

#[tokio::test]
async fn observing_runs_nothing_and_says_what_would_be_done() {
    let directory = tempfile::tempdir().unwrap();
    let mark = directory.path().join("mark");
    let action = script(directory.path(), "note", &format!("touch {}", mark.display()), Limits::default());
    let report = Arc::new(Report::default());
    let dispatcher = Dispatcher::start(actions(&[&action]), Arc::default(), ROOMY, Arc::clone(&report));
    dispatcher.submit(job("note", 1), Mode::Observe).await;
    dispatcher.submit(job("unheard-of", 2), Mode::Enforce).await;
    dispatcher.finish(Duration::from_secs(10)).await;
    assert!(!mark.exists());
    let totals = report.totals();
    assert_eq!((totals.observed, totals.refused, totals.done), (1, 1, 0));
}

#[tokio::test]
async fn jobs_over_the_rate_wait_and_a_new_configuration_does_not_forget() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let rate = Some(config::Rate { jobs: 5, per: Duration::from_millis(1500) });
    let limits = Limits { concurrency: 8, rate, ..Limits::default() };
    let limited = script(directory.path(), "limited", &format!("echo $1 >> {}", log.display()), limits);
    let free = script(directory.path(), "free", "exit 0", Limits::default());
    let report = Arc::new(Report::default());
    // One place for all: a lane that waits for its turn must leave it to the others.
    let settings = Settings { jobs_at_once: 1, queued_jobs: 100 };
    let begun = Instant::now();
    let first = Dispatcher::start(actions(&[&limited, &free]), Arc::default(), settings, Arc::clone(&report));
    for number in 0..7 {
        first.submit(job("limited", number), Mode::Enforce).await;
    }
    while report.totals().done < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let second = first.succeed(actions(&[&limited, &free]), Arc::default(), settings);
    let first = tokio::spawn(first.finish(Duration::from_mins(1)));
    for number in 7..10 {
        second.submit(job("limited", number), Mode::Enforce).await;
    }
    second.submit(job("free", 10), Mode::Enforce).await;
    while report.totals().done < 6 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let free_after = begun.elapsed();
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 5, "after {free_after:?}");
    assert!(free_after < Duration::from_millis(1500), "the free action waited {free_after:?}");
    first.await.unwrap();
    second.finish(Duration::from_mins(1)).await;
    assert!(begun.elapsed() >= Duration::from_millis(1500), "ten jobs after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(20), "ten jobs after {:?}", begun.elapsed());
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 10);
}
