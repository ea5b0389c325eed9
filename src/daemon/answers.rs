//! Answering back: what became of jobs, and what is paused, told to Prelude as alerts of our own.
//!
//! What is to be told is read from the journal, and noted there when it has left: so it is told after a crash, too, and while no
//! manager is connected it waits. One that has left just before the daemon died is sent twice, with the same messageid.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};
use tracing::{error, warn};

use crate::{
    config::{Answer, Answers},
    idmef::Message,
    journal::{AnswerOnlySince, Answered, Ask, Journal, Noticed, WriteError, notices, unanswered},
    report::{About, notice},
};

/// How many are sent at once.
const AT_ONCE: u32 = 100;
/// How often somebody looks, even when nothing seems to have ended.
const LOOK: Duration = Duration::from_secs(2);
/// How long a message may take to leave.
const LEAVE: Duration = Duration::from_secs(10);
/// What ended longer ago is not told any more.
const NEWS: Duration = Duration::from_hours(24);

/// A way to send.
pub struct Post {
    /// Who we are, in libprelude's JSON.
    pub analyzer: Value,
    /// Sends a message; what comes back answers when it has left. None when nobody takes it now.
    pub send: Box<dyn Fn(Vec<u8>) -> Option<oneshot::Receiver<()>> + Send + Sync>,
}

/// Tells for as long as there is a journal; `ended` is rung when a job has ended.
pub(super) async fn run(journal: Journal, post: Post, settings: Answers, ended: Arc<Notify>) {
    loop {
        let told = match tell_pauses(&journal, &post, &settings).await {
            Ok(()) => tell(&journal, &post, &settings).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(true) => {}
            Ok(false) => drop(timeout(LOOK, ended.notified()).await),
            Err(WriteError::Closed) => return,
            Err(error) => {
                error!("what is to be told could not be told to Prelude: {error}");
                drop(timeout(LOOK, ended.notified()).await);
            }
        }
    }
}

/// Tells what was paused, and what goes on.
async fn tell_pauses(journal: &Journal, post: &Post, settings: &Answers) -> Result<(), WriteError> {
    let (mut told, mut leaving) = (Vec::new(), Vec::new());
    for found in journal.write(Ask(notices)).await? {
        if !settings.send.contains(&Answer::Paused) {
            told.push(found.id);
            continue;
        }
        match notice(&found, &post.analyzer) {
            Err(error) => {
                error!("that {} is paused or goes on cannot be told to Prelude: {error}", found.scope);
                told.push(found.id);
            }
            Ok(wire) => match (post.send)(wire) {
                Some(left) => leaving.push((found.id, left)),
                // Nobody takes it now.
                None => break,
            },
        }
    }
    told.extend(have_left(leaving).await);
    if told.is_empty() { Ok(()) } else { journal.write(Noticed(told)).await }
}

/// Those of what is sent that have left in time.
async fn have_left(leaving: Vec<(i64, oneshot::Receiver<()>)>) -> Vec<i64> {
    let mut left = Vec::with_capacity(leaving.len());
    for (id, receipt) in leaving {
        if let Ok(Ok(())) = timeout(LEAVE, receipt).await {
            left.push(id);
        }
    }
    left
}

/// Tells what became of jobs; whether there may be more at once.
pub(super) async fn tell(journal: &Journal, post: &Post, settings: &Answers) -> Result<bool, WriteError> {
    let since = Timestamp::now().checked_sub(NEWS).unwrap_or(Timestamp::MIN);
    let found = journal.write(Ask(|sql: &Connection| unanswered(sql, AT_ONCE))).await?;
    let full = found.len() >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    if found.iter().any(|(job, _)| job.row.ended.is_some_and(|ended| ended < since)) {
        let forgotten = journal.write(AnswerOnlySince(since)).await?;
        warn!("{forgotten} jobs ended more than a day ago, and Prelude is not told of them any more");
        return Ok(true);
    }
    let (mut told, mut leaving) = (Vec::new(), Vec::new());
    for (job, lease) in found {
        let id = job.row.id;
        let about = About { message: Message::from_wire(&job.wire).ok(), job: job.row, lease };
        match about.alert(&post.analyzer, settings) {
            Ok(None) => told.push(id),
            Err(error) => {
                error!(job = id, "what became of it cannot be told to Prelude: {error}");
                told.push(id);
            }
            Ok(Some(wire)) => match (post.send)(wire) {
                Some(left) => leaving.push((id, left)),
                // Nobody takes it now.
                None => break,
            },
        }
    }
    let all = full && !(told.is_empty() && leaving.is_empty());
    told.extend(have_left(leaving).await);
    let progress = !told.is_empty();
    if progress {
        journal.write(Answered(told)).await?;
    }
    Ok(all && progress)
}
