//! What a job asked of the world, written down; and the same answers given again.
//!
//! A sandbox may have a [`Tape`]. It has none in the daemon: then [`effect`] is the effect and nothing else, and clocks and
//! random numbers are the system's. With one, every effect on the world passes through [`Tape::effect`] as a [`Call`] and its
//! answer, both plain data:
//!
//! ```text
//!  commands.run ─┬─▶ Tape::effect ─┬ recording: do it, write down what was asked and answered
//!  http, names  ─┘                 └ playing: compare with what is written, do nothing, answer what is written
//! ```
//!
//! - A tape is of one job. A [`document::Document`] is what is kept of it in a file.
//! - The addresses of a name are told as often as they are asked for. A deed, a command that is run or
//!   a request that is sent, must come in the order of the tape; in a case ([`Order::EachKind`]) in the order
//!   of its kind. What differs is a [`Difference`], and a deed that is not on the tape is not done.
//! - The clocks tell what they told then, reading by reading, and go on from there by a millisecond each. Random numbers come
//!   out of a seed. Both are the guest's only sources, so that it does the same again. Waiting takes the time it took.
//! - A deed is also what is asked of the action's store, which answers otherwise after each. In a case the store is a real one, in
//!   memory, that begins as the case says.
//! - A secret's value is never written down: a tape has its length, and whoever plays it grants a text of that length, or another.
//! - What goes over a TCP connection is not written down. A tape on which one was opened says so and cannot be played.
//! - Paths that are read, secrets and lines that are logged are noted for the reader; they need no answer.

mod body;
mod call;
pub(super) mod clocks;
pub mod document;
mod event;
mod kept;
pub(super) mod outside;
mod readings;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub use body::Body;
pub use call::{Call, Completed, Ending, Note, Response};
pub use event::Event;
use event::microseconds;
pub use kept::{Keep, Kept, NotKept};
use readings::Random;
pub use readings::Readings;

/// Notes and calls that are kept of one job.
const MOST: usize = 10_000;

/// One job's tape.
#[derive(Debug)]
pub struct Tape {
    order: Option<Order>,
    job: Particulars,
    /// When the job began.
    began: OnceLock<Instant>,
    /// Its random numbers.
    random: Random,
    inner: Mutex<Inner>,
}

/// How deeds must follow each other when a tape is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they are on the tape.
    Strict,
    /// As those of their kind are on the tape.
    EachKind,
}

/// What the guest is told of its job beyond what a job has of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    /// Mode `observe`.
    pub observe: bool,
    /// Parameters, in order.
    pub parameters: Vec<(String, String)>,
}

/// Something a job asked for, and when, counted from its beginning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    /// When.
    #[serde(serialize_with = "microseconds")]
    pub at: Duration,
    /// How long it took.
    #[serde(serialize_with = "microseconds")]
    pub took: Duration,
    /// What.
    #[serde(flatten)]
    pub what: Note,
    /// The answer, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
}

/// Something that was not as it is on the tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What is on the tape; none when nothing more is.
    pub expected: Option<String>,
    /// What the job did; none when it did not come to it.
    pub got: Option<String>,
}

/// What the guest itself said at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// `done`, `skipped` or `simulated`; none when it failed.
    pub status: Option<&'static str>,
    /// Its summary or its message.
    pub summary: Option<String>,
}

#[derive(Debug, Default)]
struct Inner {
    asked: Vec<Asked>,
    left_out: u64,
    /// Written down, or to be played.
    events: Vec<Event>,
    /// Which of the events have been played.
    played: Vec<bool>,
    differences: Vec<Difference>,
    clocks: Readings,
    seed: [u8; 32],
    said: Said,
}

/// What is left of a tape when its job has ended.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// Everything that was asked, in order.
    pub asked: Vec<Asked>,
    /// How much more was asked than was kept.
    pub left_out: u64,
    /// What was not as it is on the tape.
    pub differences: Vec<Difference>,
    /// What the guest itself said.
    pub said: Said,
    /// What goes into a file: calls and answers, clocks, the seed.
    pub events: Vec<Event>,
    /// The readings of the clocks.
    pub clocks: Readings,
    /// The seed of all random numbers.
    pub seed: [u8; 32],
}

impl Tape {
    /// A tape to write on. Random numbers come out of `seed`.
    pub fn recording(job: Particulars, seed: [u8; 32]) -> Arc<Self> {
        let inner = Inner { seed, ..Inner::default() };
        Arc::new(Self {
            order: None,
            job,
            began: OnceLock::new(),
            random: Random::new(&seed),
            inner: Mutex::new(inner),
        })
    }

    /// A tape to be played.
    pub fn playing(job: Particulars, order: Order, events: Vec<Event>, clocks: Readings, seed: [u8; 32]) -> Arc<Self> {
        let played = vec![false; events.len()];
        let inner = Inner { events, played, clocks, seed, ..Inner::default() };
        Arc::new(Self {
            order: Some(order),
            job,
            began: OnceLock::new(),
            random: Random::new(&seed),
            inner: Mutex::new(inner),
        })
    }

    /// Time since the job began.
    fn now(&self) -> Duration {
        self.began.get_or_init(Instant::now).elapsed()
    }

    /// What the guest is told of its job.
    pub(super) fn job(&self) -> &Particulars {
        &self.job
    }

    /// Whether it plays: then nothing real happens.
    pub(super) fn plays(&self) -> bool {
        self.order.is_some()
    }

    /// An effect: done and written down, or not done and answered from the tape. The error says what is on the tape instead.
    pub async fn effect<T: Serialize + DeserializeOwned>(
        &self,
        call: Call,
        live: impl Future<Output = T>,
    ) -> Result<T, Difference> {
        let at = self.now();
        if matches!(call, Call::Reveal { .. }) {
            self.note(Note::Call(call));
            return Ok(live.await);
        }
        // A case has a store of its own: what it begins with and ends with is said, and not the calls between.
        let own_store = matches!(call, Call::State { .. }) && self.order == Some(Order::EachKind);
        if let Some(order) = self.order.filter(|_| !own_store) {
            return self.answer(call, order, at);
        }
        let answer = live.await;
        let took = self.now().saturating_sub(at);
        let value = serde_json::to_value(&answer).unwrap_or_default();
        let event = Event { at, took, call: call.clone(), answer: value };
        let mut inner = self.inner();
        inner.note(Asked { at, took, what: Note::Call(call), answer: Some(event.answer.clone()) });
        if inner.events.len() < MOST && !own_store {
            inner.events.push(event);
        }
        Ok(answer)
    }

    /// Notes something that needs no answer.
    pub fn note(&self, what: Note) {
        let at = self.now();
        self.inner().note(Asked { at, took: Duration::ZERO, what, answer: None });
    }

    /// Notes what the guest said at the end.
    pub(super) fn said(&self, said: Said) {
        self.inner().said = said;
    }

    /// The job has ended: what it asked, and what it did not come to although it is on the tape.
    pub fn end(&self) -> Ended {
        let mut inner = self.inner();
        if self.order.is_some() {
            let left: Vec<_> = inner
                .events
                .iter()
                .zip(&inner.played)
                .filter(|(event, played)| !**played && event.call.is_deed())
                .map(|(event, _)| Difference { expected: Some(event.call.to_string()), got: None })
                .collect();
            inner.differences.extend(left);
        }
        let Inner { asked, left_out, events, differences, clocks, seed, said, .. } = std::mem::take(&mut *inner);
        Ended { asked, left_out, differences, said, events, clocks, seed }
    }

    /// A connection is about to be opened: written down, or refused, as nobody answers on a tape.
    fn connecting(&self, to: SocketAddr) -> Result<(), String> {
        let at = self.now();
        let call = Call::Connect { address: to.to_string() };
        let mut inner = self.inner();
        inner.note(Asked { at, took: Duration::ZERO, what: Note::Call(call.clone()), answer: None });
        if self.plays() {
            inner.differences.push(Difference { expected: None, got: Some(call.to_string()) });
            return Err(format!("connecting to {to}: there are no connections when a tape or a case is played"));
        }
        if inner.events.len() < MOST {
            inner.events.push(Event { at, took: Duration::ZERO, call, answer: Value::Null });
        }
        Ok(())
    }

    fn answer<T: DeserializeOwned>(&self, mut call: Call, order: Order, at: Duration) -> Result<T, Difference> {
        if let Call::Run { argv, .. } = &mut call {
            // It is that of a stand-in.
            argv.clear();
        }
        let mut inner = self.inner();
        let deed = call.is_deed();
        // The next deed that could be meant; or any answer to the same question.
        let candidates = inner.events.iter().zip(&inner.played).enumerate();
        let found = candidates
            .filter(|(_, (event, played))| {
                if deed {
                    !**played && event.call.is_deed() && (order == Order::Strict || event.call.kind() == call.kind())
                } else {
                    event.call == call
                }
            })
            .map(|(index, (event, _))| (index, event.clone()))
            .next();
        let problem = match &found {
            Some((index, event)) if event.call.fits(&call) => {
                if let Some(played) = inner.played.get_mut(*index) {
                    *played = true;
                }
                match serde_json::from_value(event.answer.clone()) {
                    Ok(answer) => {
                        let answered = Some(event.answer.clone());
                        inner.note(Asked { at, took: Duration::ZERO, what: Note::Call(call), answer: answered });
                        return Ok(answer);
                    }
                    Err(error) => {
                        let expected = Some(format!("{}, with an answer: {error}", event.call));
                        Difference { expected, got: Some(call.to_string()) }
                    }
                }
            }
            Some((_, event)) => Difference { expected: Some(event.call.to_string()), got: Some(call.to_string()) },
            None => Difference { expected: None, got: Some(call.to_string()) },
        };
        inner.note(Asked { at, took: Duration::ZERO, what: Note::Call(call), answer: None });
        if inner.differences.len() < MOST {
            inner.differences.push(problem.clone());
        }
        Err(problem)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An effect of a sandbox that may have a tape. The error is a difference from the tape, and ends the job.
pub(super) async fn effect<T: Serialize + DeserializeOwned>(
    tape: Option<&Tape>,
    call: impl FnOnce() -> Call,
    live: impl Future<Output = T>,
) -> wasmtime::Result<T> {
    match tape {
        None => Ok(live.await),
        Some(tape) => tape.effect(call(), live).await.map_err(|difference| wasmtime::format_err!("{difference}")),
    }
}

impl Inner {
    fn note(&mut self, asked: Asked) {
        if self.asked.len() < MOST {
            self.asked.push(asked);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.expected, &self.got) {
            (Some(expected), Some(got)) => write!(f, "expected: {expected}; got: {got}"),
            (Some(expected), None) => write!(f, "expected, and it never came: {expected}"),
            (None, Some(got)) => write!(f, "not expected: {got}"),
            (None, None) => f.write_str("nothing differs"),
        }
    }
}
