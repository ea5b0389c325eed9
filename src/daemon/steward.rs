//! Answers what is asked over the control socket.
//!
//! Whatever changes something is in the audit trail before it is done, with who asked for it. While the journal cannot be
//! written nothing can be changed, and whoever asks is told at once; only a pause holds all the same.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    reload::{Reloader, closed},
    vigil::Links,
};
use crate::{
    control::{self, Answer, Chosen, Each, NewEnd, Refusal, RefusalKind, Request, Status, Stock, Who},
    dispatch::Dispatcher,
    journal::{
        Ask, Asked, Health, Journal, LeaseFilter, LeaseRow, LeaseState, OpenRef, Repeated, Scope, count_open,
        found_leases,
    },
    load::{self, Loaded},
    report::Report,
    text::{nearest, shorten},
};

/// How long the journal is waited for when it is only asked how things stand, and when it cannot be written.
const GLANCE: Duration = Duration::from_secs(2);
/// Characters of a reason at the most.
const LONGEST_WHY: usize = 500;

/// What the steward needs of the daemon.
pub(super) struct Steward<F> {
    dispatcher: Arc<Dispatcher>,
    journal: Journal,
    report: Arc<Report>,
    reloader: Arc<Reloader<F>>,
    links: Mutex<Links>,
    since: Timestamp,
    observe: bool,
    state: PathBuf,
}

impl<F> control::Steward for Steward<F>
where
    F: Fn() -> Result<Loaded, load::Failure> + Send + Sync + 'static,
{
    async fn answer(&self, request: Request, who: &Who) -> Result<Answer, Refusal> {
        if matches!(request, Request::Status | Request::Pause { .. }) {
            return self.carry_out(request, who).await;
        }
        let refuse = |message: String| Err(Refusal::new(RefusalKind::Failed, message));
        if let Health::Stuck(why) = &*self.journal.health().borrow() {
            return refuse(format!(
                "nothing was done: the journal cannot be written ({why}); ask again when `status` says that it is fine"
            ));
        }
        tokio::select! {
            answer = self.carry_out(request, who) => answer,
            why = stays_stuck(self.journal.health()) => refuse(format!(
                "it has not been done, and may yet be: the journal cannot be written ({why}); look at `status`"
            )),
        }
    }
}

impl<F> Steward<F>
where
    F: Fn() -> Result<Loaded, load::Failure> + Send + Sync + 'static,
{
    async fn carry_out(&self, request: Request, who: &Who) -> Result<Answer, Refusal> {
        match request {
            Request::Status => Ok(Answer::Status(Box::new(self.status().await))),
            Request::Pause { scope, why } => self.pause(scope, why.as_deref(), who).await,
            Request::Resume { scope } => self.resume(scope, who).await,
            Request::Reload { undo } => {
                self.note(who, "reload", (&[], &[]), json!({ "undo": undo })).await?;
                self.reloader.reload(undo).await
            }
            Request::Retry { jobs } => self.retry(jobs, who).await,
            Request::Extend { lease, end } => self.extend(lease, end, who).await,
            Request::Revoke { leases, why } => {
                let held = [LeaseState::Held, LeaseState::Failed];
                let chosen = self.chosen(&leases, &[LeaseState::Taken, LeaseState::Ending]).await?;
                self.follow_up("revoke", chosen, &held, why.as_deref(), who).await
            }
            Request::Restore { leases, why } => {
                let chosen = self.chosen(&leases, &[LeaseState::Taken]).await?;
                self.follow_up("restore", chosen, &[LeaseState::Held], why.as_deref(), who).await
            }
        }
    }

    /// The steward of a daemon that begins with this configuration.
    pub(super) fn new(
        loaded: &Loaded,
        reloader: Arc<Reloader<F>>,
        journal: Journal,
        report: Arc<Report>,
        links: Links,
        observe: bool,
    ) -> Self {
        Self {
            dispatcher: Arc::clone(&reloader.dispatcher),
            journal,
            report,
            reloader,
            links: Mutex::new(links),
            since: Timestamp::now(),
            observe,
            state: loaded.daemon.state.directory.clone(),
        }
    }

    async fn status(&self) -> Status {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner)();
        let stuck = match &*self.journal.health().borrow() {
            Health::Fine => None,
            Health::Stuck(why) => Some(why.to_string()),
        };
        let stock = timeout(GLANCE, self.journal.write(Ask(count_open))).await.ok().and_then(Result::ok);
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            since: self.since,
            observe: self.observe,
            links: links.into_iter().map(|link| (link.name.to_string(), link.connected)).collect(),
            totals: self.report.totals(),
            stock: stock.map(|open| Stock {
                waiting: open.waiting,
                running: open.running,
                taken: open.taken,
                held: open.held,
                ending: open.ending,
                failed: open.failed,
            }),
            stuck,
            state: self.state.clone(),
            paused: self.dispatcher.pauses(),
            configuration: self.reloader.current().configuration,
        }
    }

    async fn pause(&self, scope: Scope, why: Option<&str>, who: &Who) -> Result<Answer, Refusal> {
        self.known(&scope)?;
        let why = reason(why, who);
        let pause = || self.dispatcher.pauses().into_iter().find(|pause| pause.scope == scope);
        let before = pause().is_some();
        let asked = asked(who, "pause", (&[], &[]), json!({ "what": scope.to_string(), "why": why.clone() }));
        let (journal, dispatcher, paused) = (self.journal.clone(), Arc::clone(&self.dispatcher), scope.clone());
        // In this order, but at once: a pause does not wait for a disk that is full. In a task of its own: it is written down when
        // that is possible, whether somebody waits for it or not.
        let pausing =
            tokio::spawn(async move { tokio::join!(journal.submit(asked, drop), dispatcher.pause(paused, why)) });
        tokio::select! {
            done = pausing => {
                let (noted, new) = done.map_err(|error| Refusal::new(RefusalKind::Failed, error.to_string()))?;
                noted.map_err(closed)?;
                Ok(Answer::Paused { new: new.map_err(closed)?, pause: pause(), unwritten: None })
            }
            why = stays_stuck(self.journal.health()) => {
                Ok(Answer::Paused { new: !before, pause: pause(), unwritten: Some(why) })
            }
        }
    }

    async fn resume(&self, scope: Scope, who: &Who) -> Result<Answer, Refusal> {
        let paused = |scope: &Scope| self.dispatcher.pauses().iter().any(|pause| pause.scope == *scope);
        if !paused(&scope) {
            self.known(&scope)?;
        }
        self.note(who, "resume", (&[], &[]), json!({ "what": scope.to_string() })).await?;
        let since = self.dispatcher.resume_paused(&scope).await.map_err(closed)?;
        Ok(Answer::Resumed { since, left: self.dispatcher.pauses() })
    }

    async fn retry(&self, jobs: Vec<i64>, who: &Who) -> Result<Answer, Refusal> {
        self.note(who, "retry", (&jobs, &[]), json!({})).await?;
        let mut each = Vec::with_capacity(jobs.len());
        for id in jobs {
            let (fine, said, job) = match self.dispatcher.repeat(id).await.map_err(closed)? {
                Repeated::As(OpenRef { id: new, .. }) => (true, format!("is repeated as job {new}"), Some(new)),
                Repeated::Before(new) => (false, format!("was repeated before, as job {new}: repeat that one"), None),
                Repeated::Stands(new) => {
                    (true, format!("need not be run: what it would do stands; job {new} renewed its lease"), Some(new))
                }
                Repeated::Unknown => (false, "is not in the journal".to_owned(), None),
                Repeated::Not(state) => {
                    let why = "only what a trigger asked for and that failed, was refused or expired is repeated";
                    (false, format!("is {}: {why}", state.name()), None)
                }
                Repeated::Forgotten => (false, "cannot be repeated: its alert is no longer kept".to_owned(), None),
            };
            each.push(Each { id, fine, said, job });
        }
        Ok(Answer::Each(each))
    }

    async fn extend(&self, id: i64, end: NewEnd, who: &Who) -> Result<Answer, Refusal> {
        let lease = self.chosen(&Chosen::Ids(vec![id]), &[]).await?.pop().and_then(|(_, lease)| lease);
        let Some(lease) = lease else { return Ok(Answer::Each(vec![unknown(id)])) };
        let until = match end {
            NewEnd::Later(longer) => lease.until.checked_add(longer).unwrap_or(Timestamp::MAX),
            NewEnd::At(time) => time,
        };
        let not = |said: String| Ok(Answer::Each(vec![Each { id, fine: false, said, job: None }]));
        if until <= Timestamp::now() {
            return not(format!("cannot end at {until:.0}, which is past: `leases revoke {id}` ends it now"));
        }
        self.note(who, "extend", (&[], &[id]), json!({ "until": until.as_millisecond() })).await?;
        if !self.dispatcher.extend_lease(id, until).await.map_err(closed)? {
            return not(format!("is {}: only what stands can last longer", lease.state.name()));
        }
        let said = format!("lasts until {until:.0}, and would have ended at {:.0}", lease.until);
        Ok(Answer::Each(vec![Each { id, fine: true, said, job: None }]))
    }

    /// Ends leases, or does again what they say that stands.
    async fn follow_up(
        &self,
        verb: &'static str,
        chosen: Vec<(i64, Option<LeaseRow>)>,
        possible: &[LeaseState],
        why: Option<&str>,
        who: &Who,
    ) -> Result<Answer, Refusal> {
        let why = reason(why, who);
        let mut each = Vec::with_capacity(chosen.len());
        let named: Vec<i64> = chosen.iter().filter_map(|(id, lease)| lease.is_some().then_some(*id)).collect();
        if !named.is_empty() {
            self.note(who, verb, (&[], &named), json!({ "why": why })).await?;
        }
        for (id, lease) in chosen {
            let Some(lease) = lease else {
                each.push(unknown(id));
                continue;
            };
            let jobs = match (possible.contains(&lease.state), verb) {
                (false, _) => Vec::new(),
                (true, "revoke") => self.dispatcher.end_leases(vec![id], why.clone()).await.map_err(closed)?,
                (true, _) => self.dispatcher.restore_leases(vec![id], why.clone()).await.map_err(closed)?,
            };
            each.push(match (jobs.first(), lease.state, verb) {
                (Some(job), _, "revoke") => done(id, format!("is being undone by job {}", job.id), job.id),
                (Some(job), ..) => done(id, format!("is done again by job {}", job.id), job.id),
                (None, LeaseState::Taken, _) => {
                    not_done(id, format!("is being taken by job {}: try again when that has ended", lease.job))
                }
                (None, LeaseState::Ending, "revoke") => match self.dispatcher.hasten_undo(id).await.map_err(closed)? {
                    Some(job) => done(id, format!("is being undone: job {job} is tried again at once"), job),
                    None => not_done(id, "is ending".to_owned()),
                },
                (None, LeaseState::Held, "restore") => not_done(id, "is being restored already".to_owned()),
                (None, state, _) => not_done(id, format!("is {}", state.name())),
            });
        }
        Ok(Answer::Each(each))
    }

    /// The leases that are meant; none for a number that no lease has. Those of an action or on a target are those that stand, or
    /// are in one of these states.
    async fn chosen(&self, chosen: &Chosen, also: &[LeaseState]) -> Result<Vec<(i64, Option<LeaseRow>)>, Refusal> {
        let live = [&[LeaseState::Held, LeaseState::Failed], also].concat();
        let filter = match chosen {
            Chosen::Ids(ids) if ids.is_empty() => return Ok(Vec::new()),
            Chosen::Ids(ids) => LeaseFilter { ids: ids.clone(), ..LeaseFilter::default() },
            Chosen::Action(action) => {
                LeaseFilter { action: Some(action.clone()), states: live, ..LeaseFilter::default() }
            }
            Chosen::Target(target) => {
                LeaseFilter { target: Some(target.clone()), states: live, ..LeaseFilter::default() }
            }
            Chosen::All => LeaseFilter { states: vec![LeaseState::Held], ..LeaseFilter::default() },
        };
        let question = Ask(move |sql: &Connection| found_leases(sql, &filter));
        let found = self.journal.write(question).await.map_err(closed)?;
        Ok(match chosen {
            Chosen::Ids(ids) => {
                ids.iter().map(|id| (*id, found.iter().find(|lease| lease.id == *id).cloned())).collect()
            }
            _ => found.into_iter().map(|lease| (lease.id, Some(lease))).collect(),
        })
    }

    /// Whether there is such an action or trigger.
    fn known(&self, scope: &Scope) -> Result<(), Refusal> {
        let current = self.reloader.current();
        let (what, name, names) = match scope {
            Scope::All => return Ok(()),
            Scope::Action(name) => ("action", name, current.actions),
            Scope::Trigger(name) => ("trigger", name, current.triggers),
        };
        if names.iter().any(|known| **known == **name) {
            return Ok(());
        }
        let near = nearest(name, names.iter().map(|name| &**name));
        let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        Err(Refusal::new(RefusalKind::Unknown, format!("no {what} is called {}{hint}", shorten(name, 100))))
    }

    /// Notes in the audit trail who asks for what. It is written before what follows: the journal writes in the order of calls.
    async fn note(
        &self,
        who: &Who,
        verb: &'static str,
        (jobs, leases): (&[i64], &[i64]),
        particulars: Value,
    ) -> Result<(), Refusal> {
        self.journal.submit(asked(who, verb, (jobs, leases), particulars), drop).await.map_err(closed)
    }
}

/// What somebody asks for, as the audit trail has it; the log has it at once.
fn asked(who: &Who, verb: &'static str, (jobs, leases): (&[i64], &[i64]), particulars: Value) -> Asked {
    tracing::info!(by = %who, "asked to {verb}");
    Asked {
        verb,
        uid: who.uid,
        user: who.name.clone(),
        jobs: jobs.to_vec(),
        leases: leases.to_vec(),
        particulars: match particulars {
            Value::Object(particulars) => particulars,
            _ => Map::new(),
        },
        now: Timestamp::now(),
    }
}

/// Returns why the journal cannot be written, when that has been so for a moment.
async fn stays_stuck(mut health: watch::Receiver<Health>) -> String {
    loop {
        if health.wait_for(|health| *health != Health::Fine).await.is_err() {
            // There is no journal any more: who waits for it is told.
            return std::future::pending().await;
        }
        sleep(GLANCE).await;
        if let Health::Stuck(why) = &*health.borrow_and_update() {
            return why.to_string();
        }
    }
}

/// Why, as it is written down: with who says so.
fn reason(why: Option<&str>, who: &Who) -> String {
    match why {
        Some(why) => format!("{} (asked by {who})", shorten(why, LONGEST_WHY)),
        None => format!("asked by {who}"),
    }
}

fn unknown(id: i64) -> Each {
    not_done(id, "is not in the journal".to_owned())
}

fn done(id: i64, said: String, job: i64) -> Each {
    Each { id, fine: true, said, job: Some(job) }
}

fn not_done(id: i64, said: String) -> Each {
    Each { id, fine: false, said, job: None }
}
