//! The journal against a naive model of it: whatever happens in whatever order, with a disk that fails and a daemon that dies in
//! between.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use jiff::Timestamp;
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{audit::Verdict, *};
use crate::idmef::Message;

const TERMS: Terms = Terms { first: Duration::from_secs(100), then: 200, up_to: Duration::from_secs(1000) };

#[derive(Debug, Clone)]
enum Step {
    /// An alert, a target, and whether its effect is wanted for a time only.
    Decide {
        alert: u8,
        target: u8,
        leased: bool,
    },
    /// The oldest open job on a target begins, and ends so.
    Run {
        target: u8,
        how: How,
    },
    /// The job that is oldest on a target ends without having begun.
    Refuse {
        target: u8,
    },
    Pass(u16),
    Revoke {
        target: u8,
    },
    /// The daemon dies, and another one begins.
    Die,
    /// The disk fails so many times.
    Fault(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Done,
    Failed,
    Uncertain,
    Again,
    /// It is not known how it ended.
    CutOff,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let how = prop_oneof![
        4 => Just(How::Done),
        2 => Just(How::Failed),
        1 => Just(How::Uncertain),
        1 => Just(How::Again),
        1 => Just(How::CutOff),
    ];
    let step = prop_oneof![
        6 => (0_u8..12, 0_u8..2, prop::bool::weighted(0.8))
            .prop_map(|(alert, target, leased)| Step::Decide { alert, target, leased }),
        8 => (0_u8..2, how).prop_map(|(target, how)| Step::Run { target, how }),
        1 => (0_u8..2).prop_map(|target| Step::Refuse { target }),
        3 => (1_u16..150).prop_map(Step::Pass),
        1 => (0_u8..2).prop_map(|target| Step::Revoke { target }),
        1 => Just(Step::Die),
        1 => (1_usize..3).prop_map(Step::Fault),
    ];
    prop::collection::vec(step, 1..80)
}

/// Fails as often as it is told, and takes everything in its transaction with it.
struct Faulty(Arc<AtomicUsize>);

impl Change for Faulty {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        sql.execute("INSERT INTO damping VALUES ('half', 'once', 'half', 0, '{}')", [])?;
        if self.0.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            let fault = rusqlite::ffi::Error { code: rusqlite::ErrorCode::SystemIoFailure, extended_code: 10 };
            return Err(rusqlite::Error::SqliteFailure(fault, Some("disk I/O error".to_owned())));
        }
        sql.execute("DELETE FROM damping WHERE key = 'half'", []).map(drop)
    }
}

/// What the world looks like: each target has the effect, or not.
#[derive(Debug, Default)]
struct World {
    effects: BTreeMap<String, bool>,
    /// The identity of each job that was decided, and its number.
    decided: BTreeMap<(u8, u8, bool), i64>,
}

struct House {
    directory: TempDir,
    open: Option<(Journal, Closing)>,
    fault: Arc<AtomicUsize>,
    now: i64,
    world: World,
}

impl House {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let open = Some(Journal::open(directory.path()).unwrap());
        Self { directory, open, fault: Arc::default(), now: 0, world: World::default() }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + self.now).unwrap()
    }

    /// Writes a change, in one transaction with whatever fails.
    fn write<C: Change>(&self, change: C) -> C::Answer {
        let (journal, _) = self.open.as_ref().unwrap();
        let (reply, answer) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            journal.submit(Faulty(Arc::clone(&self.fault)), drop).await.unwrap();
            journal.submit(change, move |answer| reply.send(answer).unwrap()).await.unwrap();
            journal.submit(Faulty(Arc::clone(&self.fault)), drop).await.unwrap();
        });
        answer.recv().unwrap().expect("a change that the journal refuses")
    }

    fn reader(&self) -> Reader {
        Reader::open(self.directory.path()).unwrap()
    }

    /// The oldest open job on a target: the only one that the dispatcher would start.
    fn oldest(&self, target: &str) -> Option<JobRow> {
        let open = self.write(Ask(|sql: &Connection| open_refs(sql, 0, 1000)));
        let first = open.into_iter().find(|job| job.target.as_deref() == Some(target))?;
        self.reader().job(first.id).unwrap()
    }

    fn decide(&mut self, alert: u8, target: u8, leased: bool) {
        let json = format!(r#"{{"alert":{{"messageid":"m{alert}","analyzer":[{{"analyzerid":"1"}}]}}}}"#);
        let message = Message::from_json(json.as_bytes()).unwrap();
        let action = if leased { "leased" } else { "plain" };
        let job = NewJob {
            trigger: "t".into(),
            place: 0,
            action: action.into(),
            target: Some(format!("ip:{target}-{leased}")),
            parameters: BTreeMap::new(),
            captures: BTreeMap::new(),
            delivery: Delivery::AtLeastOnce,
            deadline: Timestamp::MAX,
            lease: leased.then_some(TERMS),
            after: None,
            again: None,
            ended: None,
        };
        let alert_row = Alert::new(&message, message.to_wire().into(), self.now());
        let made = self.write(Decide { alert: alert_row, jobs: vec![job], damping: Vec::new(), now: self.now() });
        match self.world.decided.get(&(alert, target, leased)) {
            Some(known) => assert_eq!(made[0], Made::Known(*known)),
            None => {
                assert!(!matches!(made[0], Made::Known(_)), "{made:?}");
                self.world.decided.insert((alert, target, leased), made[0].id());
            }
        }
    }

    fn run(&mut self, target: &str, how: How) {
        let Some(job) = self.oldest(target) else { return };
        let number = job.attempt + 1;
        match self.write(Begin { job: job.id, attempt: number, now: self.now() }) {
            Begun::Go => {}
            // What is said to stand does.
            Begun::Stands(_) => return assert!(self.world.effects[target], "{target}: {job:?}"),
            Begun::Late(_) => return,
            Begun::Over => panic!("an open job is over: {job:?}"),
        }
        let effect = job.kind != JobKind::Undo;
        match how {
            How::Done | How::Uncertain | How::CutOff => drop(self.world.effects.insert(target.to_owned(), effect)),
            How::Failed | How::Again => {}
        }
        let next = match how {
            How::CutOff => return self.die(),
            How::Done => Next::Ends(State::Done, "done".to_owned()),
            How::Again => Next::Again(self.now(), "later".to_owned()),
            // An undo is tried until it works.
            _ if job.kind == JobKind::Undo => Next::Again(self.now(), "later".to_owned()),
            How::Failed | How::Uncertain => Next::Ends(State::Failed, "failed".to_owned()),
        };
        let attempt = Some(Attempt { number, took: Duration::ZERO, outcome: "{}".to_owned() });
        let end = End { job: job.id, attempt, next, uncertain: how == How::Uncertain, token: None, now: self.now() };
        assert!(self.write(end).was_open);
    }

    fn refuse(&mut self, target: &str) {
        let Some(job) = self.oldest(target).filter(|job| job.kind == JobKind::Do) else { return };
        let next = Next::Ends(State::Refused, "no".to_owned());
        let end = End { job: job.id, attempt: None, next, uncertain: false, token: None, now: self.now() };
        assert!(self.write(end).was_open);
    }

    fn die(&mut self) {
        self.fault.store(0, SeqCst);
        let (journal, closing) = self.open.take().unwrap();
        drop(journal);
        closing.join();
        self.open = Some(Journal::open(self.directory.path()).unwrap());
    }

    /// What must be so at every moment.
    fn check(&self) {
        let leases = self.reader().leases(true, 1000).unwrap();
        let open = self.write(Ask(|sql: &Connection| open_refs(sql, 0, 1000)));
        let mut live = BTreeMap::new();
        for lease in &leases {
            let of_target = || open.iter().filter(|job| job.target.as_deref() == Some(lease.target.as_str()));
            match lease.state {
                LeaseState::Taken => assert!(of_target().any(|job| job.kind == JobKind::Do), "nobody does {lease:?}"),
                LeaseState::Held => assert!(self.world.effects[&lease.target], "{lease:?}"),
                LeaseState::Ending => {
                    assert!(of_target().any(|job| job.kind == JobKind::Undo), "nobody undoes {lease:?}");
                }
                LeaseState::Ended | LeaseState::Void => {}
                LeaseState::Failed => panic!("{lease:?}"),
            }
            if matches!(lease.state, LeaseState::Taken | LeaseState::Held) {
                assert!(live.insert(lease.target.clone(), lease.id).is_none(), "two live leases: {leases:?}");
            }
        }
        // Every effect that is to end has somebody who knows of it.
        for (target, there) in &self.world.effects {
            if *there && target.ends_with("true") {
                let owed = leases.iter().any(|lease| {
                    lease.target == *target
                        && matches!(lease.state, LeaseState::Taken | LeaseState::Held | LeaseState::Ending)
                });
                assert!(owed, "the effect on {target} is forgotten: {leases:?}");
            }
        }
    }

    /// Everything that is open ends, and every time passes.
    fn finish(mut self) {
        for _ in 0..400 {
            let targets: Vec<_> =
                (0..2).flat_map(|target| [true, false].map(|leased| format!("ip:{target}-{leased}"))).collect();
            for target in targets {
                self.run(&target, How::Done);
            }
            self.now += 100;
            self.write(EndDue { now: self.now() });
            self.check();
            if self.write(Ask(|sql: &Connection| open_refs(sql, 0, 1))).is_empty()
                && self.reader().leases(false, 1).unwrap().is_empty()
            {
                break;
            }
        }
        let effects = &self.world.effects;
        assert!(effects.iter().all(|(target, there)| !(*there && target.ends_with("true"))), "{effects:?}");
        assert!(matches!(self.reader().verify().unwrap(), Verdict::Sound { .. }));
        assert!(self.write(Ask(damping)).is_empty());
        let jobs = self.reader().jobs(&JobFilter { limit: 10_000, ..JobFilter::default() }).unwrap();
        assert!(jobs.iter().all(|job| job.state.is_terminal()), "{jobs:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_effect_is_forgotten_whatever_happens(steps in steps()) {
        let mut house = House::new();
        for step in steps {
            match step {
                Step::Decide { alert, target, leased } => house.decide(alert, target, leased),
                Step::Run { target, how } => {
                    house.run(&format!("ip:{target}-true"), how);
                    house.run(&format!("ip:{target}-false"), how);
                }
                Step::Refuse { target } => house.refuse(&format!("ip:{target}-true")),
                Step::Pass(seconds) => {
                    house.now += i64::from(seconds);
                    house.write(EndDue { now: house.now() });
                }
                Step::Revoke { target } => {
                    let target = format!("ip:{target}-true");
                    let held = house.write(Ask(|sql: &Connection| live_leases(sql, None)));
                    let leases = held.iter().filter(|lease| lease.target == target).map(|lease| lease.id).collect();
                    house.write(EndLeases { leases, why: "asked for".to_owned(), now: house.now() });
                }
                Step::Die => house.die(),
                Step::Fault(times) => house.fault.store(times, SeqCst),
            }
            house.check();
        }
        house.fault.store(0, SeqCst);
        house.finish();
    }
}

/// A week, minute by minute: offences, renewals, escalation, and what is undone when.
#[test]
fn in_a_week_every_lease_ends_when_it_should() {
    let (journal, _closing) = Journal::in_memory().unwrap();
    let hours = |hours: u64| Duration::from_secs(3600 * hours);
    let terms = Terms { first: hours(1), then: 200, up_to: hours(24) };
    let minute = |minute: i64| Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap();
    // Minutes at which the same target offends.
    let offences = [0, 30, 300, 1000, 3000, 3001, 8000];
    let mut times = Vec::new();
    for now in 0..=7 * 24 * 60_i64 {
        if offences.contains(&now) {
            let json = format!(r#"{{"alert":{{"messageid":"m{now}"}}}}"#);
            let message = Message::from_json(json.as_bytes()).unwrap();
            let job = NewJob {
                trigger: "t".into(),
                place: 0,
                action: "block".into(),
                target: Some("address:192.0.2.7".to_owned()),
                parameters: BTreeMap::new(),
                captures: BTreeMap::new(),
                delivery: Delivery::AtLeastOnce,
                deadline: Timestamp::MAX,
                lease: Some(terms),
                after: None,
                again: None,
                ended: None,
            };
            let alert = Alert::new(&message, message.to_wire().into(), minute(now));
            let decide = Decide { alert, jobs: vec![job], damping: Vec::new(), now: minute(now) };
            if let Made::New { id, .. } = journal.write_blocking(decide).unwrap()[0] {
                times.push((now, "done"));
                journal.write_blocking(Begin { job: id, attempt: 1, now: minute(now) }).unwrap();
                end(&journal, id, minute(now));
            }
        }
        let (undo, _) = journal.write_blocking(EndDue { now: minute(now) }).unwrap();
        for job in undo {
            times.push((now, "undone"));
            end(&journal, job.id, minute(now));
        }
    }
    // One hour, renewed after half of it; then two, four, eight, and sixteen hours.
    let expected = [
        (0, "done"),
        (90, "undone"),
        (300, "done"),
        (300 + 120, "undone"),
        (1000, "done"),
        (1000 + 240, "undone"),
        (3000, "done"),
        (3001 + 480, "undone"),
        (8000, "done"),
        (8000 + 960, "undone"),
    ];
    assert_eq!(times, expected);
}

fn end(journal: &Journal, job: i64, now: Timestamp) {
    let attempt = Some(Attempt { number: 1, took: Duration::ZERO, outcome: "{}".to_owned() });
    let next = Next::Ends(State::Done, "done".to_owned());
    journal.write_blocking(End { job, attempt, next, uncertain: false, token: None, now }).unwrap();
}
