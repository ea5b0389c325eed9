#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{audit::Verdict, *};
use crate::idmef::Message;

const HOUR: Duration = Duration::from_hours(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn alert(messageid: &str) -> Alert {
    let json = format!(r#"{{"alert":{{"messageid":"{messageid}","analyzer":[{{"analyzerid":"4711"}}]}}}}"#);
    let message = Message::from_json(json.as_bytes()).unwrap();
    Alert::new(&message, message.to_wire().into(), at(0))
}

fn job(action: &str, target: Option<&str>) -> NewJob {
    NewJob {
        trigger: "brute-force".into(),
        place: 0,
        action: action.into(),
        target: target.map(str::to_owned),
        parameters: BTreeMap::from([("address".to_owned(), "192.0.2.7".to_owned())]),
        captures: BTreeMap::new(),
        delivery: Delivery::AtLeastOnce,
        deadline: at(86_400),
        lease: None,
        after: None,
        again: None,
        ended: None,
    }
}

fn leased(target: &str, terms: Terms) -> NewJob {
    NewJob { lease: Some(terms), ..job("block", Some(target)) }
}

fn decide(alert: Alert, jobs: Vec<NewJob>, now: Timestamp) -> Decide {
    Decide { alert, jobs, damping: Vec::new(), now }
}

fn end(job: i64, state: State, now: Timestamp) -> End {
    let attempt = Some(Attempt { number: 1, took: Duration::from_millis(3), outcome: r#"{"exit":0}"#.to_owned() });
    let next = Next::Ends(state, "it says so".to_owned());
    End { job, attempt, next, uncertain: false, token: None, now }
}

fn new(made: &Made) -> i64 {
    match made {
        Made::New { id, .. } => *id,
        other => panic!("{other:?}"),
    }
}

fn open(directory: &TempDir) -> (Journal, Closing) {
    Journal::open(directory.path()).unwrap()
}

fn close((journal, closing): (Journal, Closing)) {
    drop(journal);
    closing.join();
}

/// Queues a change; what comes back answers when it is written.
async fn submit<C: Change>(journal: &Journal, change: C) -> oneshot::Receiver<Result<C::Answer, WriteError>> {
    let (reply, answer) = oneshot::channel();
    journal.submit(change, move |answer| drop(reply.send(answer))).await.unwrap();
    answer
}

/// Decides for one leased job, and lets it be done.
fn hold(journal: &Journal, messageid: &str, terms: Terms, now: Timestamp) -> (i64, i64) {
    let made = journal.write_blocking(decide(alert(messageid), vec![leased("ip:192.0.2.7", terms)], now)).unwrap();
    let Made::New { id, lease: Some(lease), .. } = made[0] else { panic!("{made:?}") };
    assert_eq!(journal.write_blocking(Begin { job: id, attempt: 1, now }).unwrap(), Begun::Go);
    assert!(journal.write_blocking(end(id, State::Done, now)).unwrap().was_open);
    (id, lease)
}

fn lease(directory: &TempDir, id: i64) -> LeaseRow {
    let leases = Reader::open(directory.path()).unwrap().leases(true, 100).unwrap();
    leases.into_iter().find(|lease| lease.id == id).unwrap()
}

const TERMS: Terms = Terms { first: HOUR, then: 200, up_to: Duration::from_hours(5) };

#[test]
fn the_same_alert_twice_makes_no_second_job() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let jobs = || vec![job("block", Some("ip:192.0.2.7")), job("block", Some("ip:192.0.2.8")), job("mail", None)];
    let first = journal.write_blocking(decide(alert("a"), jobs(), at(0))).unwrap();
    let ids: Vec<_> = first.iter().map(new).collect();
    let again = journal.write_blocking(decide(alert("a"), jobs(), at(9))).unwrap();
    assert_eq!(again, ids.iter().map(|id| Made::Known(*id)).collect::<Vec<_>>());
    // Another alert, another trigger, another action are other jobs.
    let other = journal.write_blocking(decide(alert("b"), jobs(), at(9))).unwrap();
    assert!(other.iter().all(|made| !ids.contains(&new(made))));
    let of_another = NewJob { trigger: "other".into(), ..job("mail", None) };
    new(&journal.write_blocking(decide(alert("a"), vec![of_another], at(9))).unwrap()[0]);
    // A manager on the way adds itself, and it is the same alert.
    let relayed = br#"{"alert":{"messageid":"a","analyzer":[{"analyzerid":"1"},{"analyzerid":"4711"}]}}"#;
    let relayed = Message::from_json(relayed).unwrap();
    let relayed = Alert::new(&relayed, relayed.to_wire().into(), at(10));
    let again = journal.write_blocking(decide(relayed, jobs(), at(10))).unwrap();
    assert_eq!(again[0], Made::Known(ids[0]));
}

#[test]
fn alerts_without_messageid_are_known_by_their_bytes() {
    let of = |json: &str| {
        let message = Message::from_json(json.as_bytes()).unwrap();
        Alert::new(&message, message.to_wire().into(), at(0)).identity
    };
    let (one, other) = (r#"{"alert":{"classification":{"text":"x"}}}"#, r#"{"alert":{"classification":{"text":"y"}}}"#);
    assert_eq!(of(one), of(one));
    assert_ne!(of(one), of(other));
    assert_ne!(
        of(r#"{"alert":{"messageid":"1"}}"#),
        of(r#"{"alert":{"messageid":"1","analyzer":[{"analyzerid":"1"}]}}"#)
    );
}

#[test]
fn a_job_goes_one_way() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let id = new(&journal.write_blocking(decide(alert("a"), vec![job("mail", None)], at(0))).unwrap()[0]);
    assert_eq!(journal.write_blocking(Begin { job: id, attempt: 1, now: at(1) }).unwrap(), Begun::Go);
    let attempt = Some(Attempt { number: 1, took: HOUR, outcome: r#"{"code":"http-503"}"#.to_owned() });
    let next = Next::Again(at(60), "the server is away".to_owned());
    let put_off = End { job: id, attempt, next, uncertain: false, token: None, now: at(2) };
    assert!(journal.write_blocking(put_off).unwrap().was_open);
    let reader = Reader::open(directory.path()).unwrap();
    let row = reader.job(id).unwrap().unwrap();
    assert_eq!((row.state, row.attempt, row.due, row.ended), (State::Waiting, 1, at(60), None));
    assert_eq!(journal.write_blocking(Begin { job: id, attempt: 2, now: at(60) }).unwrap(), Begun::Go);
    assert!(journal.write_blocking(end(id, State::Done, at(61))).unwrap().was_open);
    // Over is over.
    assert!(!journal.write_blocking(end(id, State::Failed, at(62))).unwrap().was_open);
    assert_eq!(journal.write_blocking(Begin { job: id, attempt: 3, now: at(63) }).unwrap(), Begun::Over);
    let row = reader.job(id).unwrap().unwrap();
    assert_eq!((row.state, row.attempt, row.ended), (State::Done, 2, Some(at(61))));
    let told: Vec<_> = reader.audit(Some(id), None, 0, 100).unwrap().into_iter().map(|entry| entry.what).collect();
    assert_eq!(told, ["decided", "begun", "put off", "begun", "done"]);
}

#[test]
fn what_is_decided_as_over_is_never_run() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let observed = NewJob { ended: Some((State::Observed, "would block".to_owned())), ..leased("ip:192.0.2.7", TERMS) };
    let made = journal.write_blocking(decide(alert("a"), vec![observed], at(0))).unwrap();
    let Made::New { id, lease: None, .. } = made[0] else { panic!("{made:?}") };
    assert_eq!(journal.write_blocking(Begin { job: id, attempt: 1, now: at(1) }).unwrap(), Begun::Over);
    let open = journal.write_blocking(Ask(|sql: &Connection| open_refs(sql, 0, 10))).unwrap();
    assert!(open.is_empty());
}

#[test]
fn a_lease_is_held_renewed_ended_and_lasts_longer_the_next_time() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let (_, first) = hold(&journal, "a", TERMS, at(0));
    assert_eq!(lease(&directory, first).state, LeaseState::Held);
    // Wanted again: it is not done again, and lasts longer.
    let made = journal.write_blocking(decide(alert("b"), vec![leased("ip:192.0.2.7", TERMS)], at(1800))).unwrap();
    assert_eq!(made, [Made::Renewed { id: made[0].id(), lease: first, until: at(1800 + 3600) }]);
    let (jobs, next) = journal.write_blocking(EndDue { now: at(3601) }).unwrap();
    assert_eq!((jobs, next), (vec![], Some(at(5400))));
    let (jobs, next) = journal.write_blocking(EndDue { now: at(5400) }).unwrap();
    assert_eq!((jobs.len(), next), (1, None));
    assert_eq!(lease(&directory, first).state, LeaseState::Ending);
    let undo = jobs[0].id;
    let undo = journal.write_blocking(Ask(move |sql: &Connection| whole_job(sql, undo, false))).unwrap().unwrap();
    assert_eq!((undo.row.id, undo.row.kind, undo.row.lease), (jobs[0].id, JobKind::Undo, Some(first)));
    assert_eq!(undo.row.parameters["address"], "192.0.2.7");
    assert_eq!(Message::from_wire(&undo.wire).unwrap().messageid().unwrap(), "a");
    assert!(journal.write_blocking(end(jobs[0].id, State::Done, at(5401))).unwrap().was_open);
    assert_eq!(lease(&directory, first).state, LeaseState::Ended);
    // Nothing is due twice.
    assert_eq!(journal.write_blocking(EndDue { now: at(9999) }).unwrap(), (vec![], None));
    let (_, second) = hold(&journal, "c", TERMS, at(10_000));
    let again = lease(&directory, second);
    assert_eq!((again.times, again.until), (2, at(10_000 + 7200)));
}

#[test]
fn terms_grow_up_to_a_bound() {
    let hours = |times| TERMS.duration(times).as_secs() / 3600;
    assert_eq!([1, 2, 3, 4, 99].map(hours), [1, 2, 4, 5, 5]);
    let same = Terms { first: HOUR, then: 100, up_to: HOUR };
    assert_eq!(same.duration(u32::MAX), HOUR);
}

#[test]
fn a_lease_whose_job_came_to_nothing_is_void_and_one_of_which_nobody_knows_is_undone() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let take = |messageid: &str, target: &str| {
        let made = journal.write_blocking(decide(alert(messageid), vec![leased(target, TERMS)], at(0))).unwrap();
        let Made::New { id, lease: Some(lease), .. } = made[0] else { panic!("{made:?}") };
        journal.write_blocking(Begin { job: id, attempt: 1, now: at(1) }).unwrap();
        (id, lease)
    };
    let (job, void) = take("a", "ip:192.0.2.1");
    journal.write_blocking(end(job, State::Failed, at(2))).unwrap();
    assert_eq!(lease(&directory, void).state, LeaseState::Void);
    let (job, unknown) = take("b", "ip:192.0.2.2");
    journal.write_blocking(End { uncertain: true, ..end(job, State::Failed, at(2)) }).unwrap();
    assert_eq!(lease(&directory, unknown).state, LeaseState::Ending);
    let open = journal.write_blocking(Ask(|sql: &Connection| open_refs(sql, 0, 10))).unwrap();
    assert_eq!(open.iter().map(|job| job.kind).collect::<Vec<_>>(), [JobKind::Undo]);
}

#[test]
fn two_jobs_that_want_the_same_effect_do_it_once() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let make = |messageid: &str| {
        let made =
            journal.write_blocking(decide(alert(messageid), vec![leased("ip:192.0.2.1", TERMS)], at(0))).unwrap();
        let Made::New { id, lease: Some(lease), .. } = made[0] else { panic!("{made:?}") };
        (id, lease)
    };
    // The second is decided before the first has been done.
    let ((first, lease_id), (second, same)) = (make("a"), make("b"));
    assert_eq!(lease_id, same);
    assert_eq!(journal.write_blocking(Begin { job: first, attempt: 1, now: at(1) }).unwrap(), Begun::Go);
    journal.write_blocking(end(first, State::Done, at(2))).unwrap();
    assert_eq!(journal.write_blocking(Begin { job: second, attempt: 1, now: at(3) }).unwrap(), Begun::Stands(lease_id));
    let row = Reader::open(directory.path()).unwrap().job(second).unwrap().unwrap();
    assert_eq!(row.state, State::Done);
    // When the first comes to nothing, the second does it.
    let make = |messageid: &str| {
        let made =
            journal.write_blocking(decide(alert(messageid), vec![leased("ip:192.0.2.9", TERMS)], at(0))).unwrap();
        let Made::New { id, lease: Some(lease), .. } = made[0] else { panic!("{made:?}") };
        (id, lease)
    };
    let ((first, lease_id), (second, _)) = (make("c"), make("d"));
    journal.write_blocking(Begin { job: first, attempt: 1, now: at(1) }).unwrap();
    journal.write_blocking(end(first, State::Failed, at(2))).unwrap();
    // Somebody still wants it.
    assert_eq!(lease(&directory, lease_id).state, LeaseState::Taken);
    assert_eq!(journal.write_blocking(Begin { job: second, attempt: 1, now: at(3) }).unwrap(), Begun::Go);
    journal.write_blocking(end(second, State::Done, at(4))).unwrap();
    assert_eq!(lease(&directory, lease_id).state, LeaseState::Held);
}

#[test]
fn an_undo_that_fails_is_kept_and_can_be_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let (_, id) = hold(&journal, "a", TERMS, at(0));
    let undo = EndLeases { leases: vec![id, 999], why: "asked for".to_owned(), now: at(5) };
    let jobs = journal.write_blocking(undo.clone()).unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(journal.write_blocking(undo.clone()).unwrap(), []);
    journal.write_blocking(end(jobs[0].id, State::Failed, at(6))).unwrap();
    assert_eq!(lease(&directory, id).state, LeaseState::Failed);
    let again = journal.write_blocking(undo).unwrap();
    assert_eq!(again.len(), 1);
    journal.write_blocking(end(again[0].id, State::Done, at(7))).unwrap();
    assert_eq!(lease(&directory, id).state, LeaseState::Ended);
    // It was ended by hand: the next time counts as the first.
    assert_eq!(lease(&directory, hold(&journal, "b", TERMS, at(8)).1).times, 1);
}

#[test]
fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open(&directory);
    let (_, held) = hold(&opened.0, "a", TERMS, at(0));
    let remember = Remember {
        trigger: "t".to_owned(),
        kind: "once".to_owned(),
        key: "192.0.2.7".to_owned(),
        expires: at(50),
        data: "{}".to_owned(),
    };
    let decision = Decide { damping: vec![remember.clone()], ..decide(alert("b"), vec![job("mail", None)], at(0)) };
    let waiting = new(&opened.0.write_blocking(decision).unwrap()[0]);
    close(opened);
    let (journal, _closing) = open(&directory);
    let jobs = journal.write_blocking(Ask(|sql: &Connection| open_refs(sql, 0, 10))).unwrap();
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [waiting]);
    assert_eq!(lease(&directory, held).until, at(3600));
    assert_eq!(journal.write_blocking(Ask(damping)).unwrap(), [remember]);
    assert_eq!(journal.write_blocking(Forget { now: at(50) }).unwrap(), 1);
}

#[test]
fn one_daemon_at_a_time_and_none_that_is_older() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open(&directory);
    assert!(matches!(Journal::open(directory.path()), Err(OpenError::InUse(_))));
    close(opened);
    let file = directory.path().join(open::FILE);
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = Journal::open(directory.path()).unwrap_err().to_string();
    assert!(refused.contains("has version 99"), "{refused}");
    assert!(Reader::open(directory.path()).unwrap_err().to_string().contains("has version 99"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().filter(|e| name(e).contains("damaged")).count(), 0);
}

#[test]
fn root_leaves_nothing_in_another_users_directory() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(directory.path(), Some(65_534), None).unwrap();
    let refused = Journal::open(directory.path()).unwrap_err().to_string();
    assert!(refused.contains("who could not use what root leaves there"), "{refused}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    std::os::unix::fs::chown(directory.path(), Some(0), None).unwrap();
    fs::create_dir(directory.path().join("journal.lock")).unwrap();
    let refused = Journal::open(directory.path()).unwrap_err().to_string();
    assert!(refused.contains("cannot use") && refused.contains("journal.lock in the state directory"), "{refused}");
}

#[test]
fn an_older_file_is_taken_to_the_newest_version_with_what_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open(&directory);
    let waiting = new(&opened.0.write_blocking(decide(alert("a"), vec![job("mail", None)], at(0))).unwrap()[0]);
    close(opened);
    // What the second version added.
    let sql = Connection::open(directory.path().join(open::FILE)).unwrap();
    sql.execute_batch(
        "DROP INDEX audit_configured; DROP INDEX lease_ended; DROP TABLE notice; PRAGMA user_version = 1",
    )
    .unwrap();
    drop(sql);
    let (journal, _closing) = open(&directory);
    let pause = PauseRow { scope: Scope::All, since: at(1), why: "a drill".to_owned() };
    assert!(journal.write_blocking(Pause(pause)).unwrap());
    assert_eq!(journal.write_blocking(Ask(notices)).unwrap().len(), 1);
    let jobs = journal.write_blocking(Ask(|sql: &Connection| open_refs(sql, 0, 10))).unwrap();
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [waiting]);
}

fn name(entry: &std::io::Result<fs::DirEntry>) -> String {
    entry.as_ref().unwrap().file_name().into_string().unwrap()
}

#[test]
fn a_damaged_file_is_set_aside_and_what_can_be_read_is_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open(&directory);
    for number in 0..400 {
        opened.0.write_blocking(decide(alert(&format!("m{number}")), vec![job("mail", None)], at(number))).unwrap();
    }
    let (_, held) = hold(&opened.0, "a", TERMS, at(0));
    close(opened);
    let file = directory.path().join(open::FILE);
    let mut bytes = fs::read(&file).unwrap();
    let sound = bytes.clone();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&file, &bytes).unwrap();
    let opened = open(&directory);
    let aside = fs::read_dir(directory.path()).unwrap().find(|entry| name(entry).contains("damaged")).unwrap().unwrap();
    assert_eq!(fs::read(aside.path()).unwrap()[middle..middle + 8192], bytes[middle..middle + 8192]);
    let jobs = opened.0.write_blocking(Ask(|sql: &Connection| open_refs(sql, 0, 1000))).unwrap();
    assert!(jobs.len() > 100, "{}", jobs.len());
    assert_eq!(lease(&directory, held).state, LeaseState::Held);
    close(opened);
    // What is no database at all leaves nothing, and the daemon starts.
    fs::write(&file, "this is not a database, and long enough to be looked at as one. ".repeat(100)).unwrap();
    close(open(&directory));
    assert!(sound.len() > 8192);
}

/// A change that the disk has no room for, as long as it is full.
struct NoRoom(Arc<std::sync::atomic::AtomicBool>);

impl Change for NoRoom {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        sql.execute("INSERT INTO damping VALUES ('t', 'once', 'half', 0, '{}')", [])?;
        if self.0.load(std::sync::atomic::Ordering::SeqCst) {
            let full = rusqlite::ffi::Error { code: rusqlite::ErrorCode::DiskFull, extended_code: 13 };
            return Err(rusqlite::Error::SqliteFailure(full, Some("database or disk is full".to_owned())));
        }
        sql.execute("DELETE FROM damping WHERE key = 'half'", []).map(drop)
    }
}

#[tokio::test]
async fn a_full_disk_holds_everything_up_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, closing) = open(&directory);
    let full = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let mut answers = Vec::new();
    for number in 0..100 {
        let decision = decide(alert(&format!("m{number}")), vec![job("mail", None)], at(number));
        answers.push(submit(&journal, decision).await);
        if number == 50 {
            drop(submit(&journal, NoRoom(Arc::clone(&full))).await);
        }
    }
    let mut health = journal.health();
    let stuck = health.wait_for(|health| *health != Health::Fine).await.unwrap().clone();
    assert!(matches!(stuck, Health::Stuck(why) if why.contains("full")));
    // What comes after is not answered, and not half there.
    assert!(answers[99].try_recv().is_err());
    let reader = Reader::open(directory.path()).unwrap();
    let there = reader.jobs(&JobFilter { limit: 1000, ..JobFilter::default() }).unwrap().len();
    assert!(there <= 51, "{there}");
    full.store(false, std::sync::atomic::Ordering::SeqCst);
    let mut ids = Vec::new();
    for answer in answers {
        ids.push(new(&answer.await.unwrap().unwrap()[0]));
    }
    assert!(ids.is_sorted());
    health.wait_for(|health| *health == Health::Fine).await.unwrap();
    assert_eq!(reader.jobs(&JobFilter { limit: 1000, ..JobFilter::default() }).unwrap().len(), 100);
    assert!(journal.write(Ask(damping)).await.unwrap().is_empty());
    drop((journal, health));
    tokio::task::spawn_blocking(|| closing.join()).await.unwrap();
}

/// A change that contradicts what is there.
struct Contradiction;

impl Change for Contradiction {
    type Answer = ();

    fn apply(&self, sql: &Connection) -> rusqlite::Result<()> {
        sql.execute("INSERT INTO damping VALUES ('t', 'once', 'half', 0, '{}')", [])?;
        sql.execute("INSERT INTO attempt (job, number, began) VALUES (4711, 1, 0)", []).map(drop)
    }
}

#[tokio::test]
async fn a_change_that_is_wrong_leaves_the_others_alone() {
    let (journal, _closing) = Journal::in_memory().unwrap();
    let before = submit(&journal, decide(alert("a"), vec![job("mail", None)], at(0))).await;
    let wrong = submit(&journal, Contradiction).await;
    let after = submit(&journal, decide(alert("b"), vec![job("mail", None)], at(0))).await;
    new(&before.await.unwrap().unwrap()[0]);
    assert!(matches!(wrong.await.unwrap(), Err(WriteError::Refused(_))));
    new(&after.await.unwrap().unwrap()[0]);
    assert!(journal.write(Ask(damping)).await.unwrap().is_empty());
}

#[test]
fn what_is_old_goes_and_what_is_open_stays() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let (_, held) = hold(&journal, "held", TERMS, at(0));
    let waiting = new(&journal.write_blocking(decide(alert("open"), vec![job("mail", None)], at(0))).unwrap()[0]);
    for number in 0..50 {
        let decision = decide(alert(&format!("m{number}")), vec![job("mail", None)], at(number));
        let id = new(&journal.write_blocking(decision).unwrap()[0]);
        journal.write_blocking(end(id, State::Done, at(number))).unwrap();
    }
    let keep = Keep { since: at(40), size: u64::MAX };
    let pruned = journal.write_blocking(Prune(keep)).unwrap();
    assert_eq!((pruned.jobs, pruned.leases, pruned.more), (40, 0, false));
    let reader = Reader::open(directory.path()).unwrap();
    let left = reader.jobs(&JobFilter { limit: 100, ..JobFilter::default() }).unwrap();
    assert_eq!(left.len(), 12);
    assert!(left.iter().any(|job| job.id == waiting));
    assert_eq!(lease(&directory, held).state, LeaseState::Held);
    assert!(matches!(reader.verify().unwrap(), Verdict::Sound { entries: 20, .. }));
    // However little room there may be, what is open stays.
    while journal.write_blocking(Prune(Keep { since: at(0), size: 0 })).unwrap().more {}
    let left = reader.jobs(&JobFilter { limit: 100, ..JobFilter::default() }).unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_file_that_is_too_large_is_made_as_small_as_it_may_be() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let text = "x".repeat(20_000);
    for number in 0..300 {
        let json = format!(r#"{{"alert":{{"messageid":"m{number}","classification":{{"text":"{text}"}}}}}}"#);
        let message = Message::from_json(json.as_bytes()).unwrap();
        let alert = Alert::new(&message, message.to_wire().into(), at(0));
        let id = new(&journal.write_blocking(decide(alert, vec![job("mail", None)], at(number))).unwrap()[0]);
        journal.write_blocking(end(id, State::Done, at(number))).unwrap();
    }
    let size = |pragma: &'static str| {
        journal
            .write_blocking(Ask(move |sql: &Connection| sql.query_row(pragma, [], |row| row.get::<_, i64>(0))))
            .unwrap()
    };
    let bytes = || size("PRAGMA page_count") * size("PRAGMA page_size");
    assert!(bytes() > 6_000_000, "{}", bytes());
    let keep = Keep { since: at(0), size: 1 << 20 };
    let rounds = (0..1000).take_while(|_| journal.write_blocking(Prune(keep)).unwrap().more).count();
    assert!(rounds < 100, "{rounds}");
    assert!(bytes() <= 1 << 20, "{}", bytes());
}

#[test]
fn a_change_in_the_audit_trail_shows() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open(&directory);
    for number in 0..5 {
        hold(&opened.0, &format!("m{number}"), Terms { then: 100, ..TERMS }, at(number * 10_000));
        opened.0.write_blocking(EndDue { now: at(number * 10_000 + 9000) }).unwrap();
    }
    close(opened);
    let sound = Reader::open(directory.path()).unwrap().verify().unwrap();
    assert!(matches!(sound, Verdict::Sound { entries, .. } if entries > 20), "{sound:?}");
    let file = directory.path().join(open::FILE);
    for (number, change) in [
        (7, "UPDATE audit SET detail = detail || char(32) WHERE number = 7"),
        (9, "UPDATE audit SET at = at + 1 WHERE number = 9"),
        (11, "DELETE FROM audit WHERE number = 11"),
        (1, "UPDATE anchor SET sum = randomblob(32)"),
        (6, "UPDATE audit SET job = coalesce(job, 0) + 1 WHERE number = 6"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        fs::copy(&file, copy.path().join(open::FILE)).unwrap();
        Connection::open(copy.path().join(open::FILE)).unwrap().execute_batch(change).unwrap();
        assert_eq!(Reader::open(copy.path()).unwrap().verify().unwrap(), Verdict::Broken { number }, "{change}");
    }
}

#[test]
fn there_is_a_word_for_a_journal_that_is_not_there() {
    let refused = Reader::open(Path::new("/nonexistent")).unwrap_err().to_string();
    assert!(refused.starts_with("there is no journal in /nonexistent"), "{refused}");
    let refused = Journal::open(Path::new("/proc/self")).unwrap_err().to_string();
    assert!(refused.starts_with("cannot use the state directory /proc/self"), "{refused}");
}

#[test]
fn what_waits_for_another_begins_after_it_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _closing) = open(&directory);
    let chain = |messageid: &str| {
        let jobs = vec![
            job("block", Some("ip:192.0.2.7")),
            NewJob { after: Some(0), ..job("mail", None) },
            NewJob { after: Some(1), lease: Some(TERMS), ..job("lock", Some("user:eve")) },
        ];
        let made = journal.write_blocking(decide(alert(messageid), jobs, at(0))).unwrap();
        made.iter().map(Made::id).collect::<Vec<_>>()
    };
    let ids = chain("a");
    let ended = journal.write_blocking(end(ids[0], State::Done, at(1))).unwrap();
    assert_eq!(ended.released, [(ids[1], "mail".to_owned())]);
    let ended = journal.write_blocking(end(ids[1], State::Failed, at(2))).unwrap();
    assert_eq!((ended.released.len(), ended.refused), (0, vec![(ids[2], "lock".to_owned())]));
    let reader = Reader::open(directory.path()).unwrap();
    let last = reader.job(ids[2]).unwrap().unwrap();
    assert_eq!(last.state, State::Refused);
    assert_eq!(lease(&directory, last.lease.unwrap()).state, LeaseState::Void);
    // The first fails: neither of the others begins.
    let ids = chain("b");
    let ended = journal.write_blocking(end(ids[0], State::Expired, at(1))).unwrap();
    assert_eq!(ended.refused.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids[1..]);
    // It is refused as it is decided.
    let refused =
        NewJob { ended: Some((State::Refused, "protected".to_owned())), ..job("block", Some("ip:192.0.2.1")) };
    let jobs = vec![refused, NewJob { after: Some(0), ..job("mail", None) }];
    let made = journal.write_blocking(decide(alert("c"), jobs, at(3))).unwrap();
    assert!(
        matches!(&made[1], Made::New { ended: Some((State::Refused, why)), .. } if why.contains("stops on failure")),
        "{made:?}"
    );
}
