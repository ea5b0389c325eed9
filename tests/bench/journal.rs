//! How many decisions and jobs the journal takes in a second, on a disk and in memory, in one run.
//!
//! `cargo bench --bench journal -- [DIRECTORY]`: the journal is made in that directory, or else below the target directory, which
//! should be on a disk and not in memory. Every answer means: on the disk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on panics"
)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use prelude_trigger::{
    idmef::Message,
    journal::{Alert, Attempt, Begin, Decide, Delivery, End, Journal, NewJob, Next, State},
};
use tokio::sync::oneshot;

/// Alerts that are decided upon, each with one job.
const ALERTS: u32 = 20_000;
/// Jobs that are run, so many at once.
const JOBS: i64 = 10_000;
const AT_ONCE: i64 = 64;

fn decision(number: u32) -> Decide {
    let json = format!(
        r#"{{"alert":{{"messageid":"m{number}","analyzer":[{{"analyzerid":"4711","name":"sshd","model":"OpenSSH"}}],
        "create_time":"2026-11-22T10:00:00Z","classification":{{"text":"Remote Login"}},
        "source":[{{"node":{{"address":[{{"address":"192.0.2.7"}}]}}}}],"target":[{{"node":{{"name":"web1.example"}}}}],
        "assessment":{{"impact":{{"severity":"medium","completion":"failed"}}}}}}}}"#
    );
    let message = Message::from_json(json.as_bytes()).unwrap();
    let job = NewJob {
        trigger: "brute-force".into(),
        place: 0,
        action: "block".into(),
        target: Some(format!("address:192.0.2.{}", number % 250)),
        parameters: BTreeMap::from([("address".to_owned(), "192.0.2.7".to_owned())]),
        captures: BTreeMap::new(),
        delivery: Delivery::AtLeastOnce,
        deadline: Timestamp::MAX,
        lease: None,
        after: None,
        again: None,
        ended: None,
    };
    let now = Timestamp::now();
    Decide { alert: Alert::new(&message, message.to_wire().into(), now), jobs: vec![job], damping: Vec::new(), now }
}

/// Alerts a second that are decided upon, one after another, as the pipeline does it.
async fn decide(journal: &Journal) -> f64 {
    let decisions: Vec<_> = (0..ALERTS).map(decision).collect();
    let begun = Instant::now();
    let mut last = None;
    for decision in decisions {
        let (reply, answer) = oneshot::channel();
        journal.submit(decision, move |made| drop(reply.send(made))).await.unwrap();
        last = Some(answer);
    }
    last.unwrap().await.unwrap().unwrap();
    f64::from(ALERTS) / begun.elapsed().as_secs_f64()
}

/// Jobs a second that begin and end, each waiting for the disk at both, so many at once.
async fn run(journal: &Journal) -> f64 {
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..AT_ONCE {
        let journal = journal.clone();
        tasks.spawn(async move {
            for job in (1..=JOBS).filter(|job| job % AT_ONCE == task) {
                let now = Timestamp::now();
                journal.write(Begin { job, attempt: 1, now }).await.unwrap();
                let outcome = r#"{"state":"done","summary":"block-address ended with status 0"}"#.to_owned();
                let attempt = Some(Attempt { number: 1, took: Duration::from_millis(3), outcome });
                let next = Next::Ends(State::Done, "block-address ended with status 0".to_owned());
                let end = End { job, attempt, next, uncertain: false, token: None, now };
                assert!(journal.write(end).await.unwrap().was_open);
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    f64::from(u32::try_from(JOBS).unwrap()) / begun.elapsed().as_secs_f64()
}

/// How many small syncs a second the disk does by itself: what one sync for each decision would allow.
fn syncs(directory: &Path) -> f64 {
    use std::io::Write as _;
    let path = directory.join("syncs");
    let mut file = std::fs::File::create(&path).unwrap();
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    let _ = std::fs::remove_file(path);
    f64::from(count) / begun.elapsed().as_secs_f64()
}

fn main() {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let parent = given.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")));
    std::fs::create_dir_all(&parent).unwrap();
    let directory = tempfile::tempdir_in(&parent).unwrap();
    let runtime = Arc::new(tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap());
    println!("fdatasync of 4 KiB, one after another: {:.0}/s", syncs(directory.path()));
    let opened = [
        ("on the disk", Journal::open(&directory.path().join("state")).unwrap()),
        ("in memory", Journal::in_memory().unwrap()),
    ];
    for (name, (journal, closing)) in opened {
        let decided = runtime.block_on(decide(&journal));
        let ran = runtime.block_on(run(&journal));
        println!("{name}: {decided:.0} alerts decided/s, {ran:.0} jobs begun and ended/s");
        drop(journal);
        closing.join();
    }
}
