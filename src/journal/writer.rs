//! The one thread that writes.

use std::{io, sync::Arc, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{mpsc, watch};
use tracing::{error, info};

use super::{Change, Health, WriteError, open, open::Opened};

/// Changes that may wait. While the disk is full they are in memory only: not more than a sync is worth.
const QUEUE: usize = 512;
/// Changes that share a sync.
const BATCH: usize = 512;
/// How long the writer waits before it tries again what did not work; doubled each time up to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) type Queue = mpsc::Sender<Box<dyn Entry>>;

/// A change on its way, with whoever waits for the answer.
pub(super) trait Entry: Send {
    /// Writes it; its answer is kept until [`Entry::answer`].
    fn apply(&mut self, sql: &Connection) -> rusqlite::Result<()>;
    /// It cannot be written, for a reason of its own.
    fn refuse(&mut self, reason: String);
    /// It is on the disk, or refused: tells whoever waits.
    fn answer(self: Box<Self>);
}

struct Pending<C: Change, F> {
    change: C,
    answer: Option<Result<C::Answer, WriteError>>,
    then: F,
}

impl<C: Change, F: FnOnce(Result<C::Answer, WriteError>) + Send> Entry for Pending<C, F> {
    fn apply(&mut self, sql: &Connection) -> rusqlite::Result<()> {
        self.answer = Some(Ok(self.change.apply(sql)?));
        Ok(())
    }

    fn refuse(&mut self, reason: String) {
        self.answer = Some(Err(WriteError::Refused(reason)));
    }

    fn answer(self: Box<Self>) {
        if let Some(answer) = self.answer {
            (self.then)(answer);
        }
    }
}

/// A change as the queue takes it, and what is to be done with its answer.
pub(super) fn entry<C: Change>(
    change: C,
    then: impl FnOnce(Result<C::Answer, WriteError>) + Send + 'static,
) -> Box<dyn Entry> {
    Box::new(Pending { change, answer: None, then })
}

/// Starts the thread, which ends when the last sender of the queue is gone.
pub(super) fn start(opened: Opened, health: watch::Sender<Health>) -> io::Result<(Queue, thread::JoinHandle<()>)> {
    let (queue, entries) = mpsc::channel(QUEUE);
    let writer = Writer { opened, health };
    let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(entries))?;
    Ok((queue, thread))
}

struct Writer {
    opened: Opened,
    health: watch::Sender<Health>,
}

impl Writer {
    fn run(mut self, mut entries: mpsc::Receiver<Box<dyn Entry>>) {
        let mut batch: Vec<Box<dyn Entry>> = Vec::with_capacity(BATCH);
        while let Some(first) = entries.blocking_recv() {
            batch.push(first);
            while batch.len() < BATCH
                && let Ok(more) = entries.try_recv()
            {
                batch.push(more);
            }
            self.write(&mut batch);
            batch.drain(..).for_each(Entry::answer);
        }
        // The next start finds an empty WAL; without this it finds a full one, and loses nothing by it.
        let _ = self.opened.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    /// Writes a batch, however often it takes.
    fn write(&mut self, batch: &mut [Box<dyn Entry>]) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.try_write(batch) {
            self.tell(&error);
            if open::is_damage(&error) {
                match self.opened.begin_anew() {
                    Ok(()) => continue,
                    Err(error) => error!("{error}"),
                }
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.health.send_if_modified(|health| {
            let recovered = *health != Health::Fine;
            if recovered {
                info!("the journal can be written again");
                *health = Health::Fine;
            }
            recovered
        });
    }

    fn try_write(&mut self, batch: &mut [Box<dyn Entry>]) -> rusqlite::Result<()> {
        let mut transaction = self.opened.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for entry in batch {
            // What is wrong with one change is undone, and the others stay.
            let savepoint = transaction.savepoint()?;
            match entry.apply(&savepoint) {
                Ok(()) => savepoint.commit()?,
                Err(error) if is_its_own(&error) => {
                    error!("the journal refuses a change: {error}; please report it");
                    entry.refuse(error.to_string());
                    // Dropped, the savepoint is rolled back.
                }
                Err(error) => return Err(error),
            }
        }
        transaction.commit()
    }

    fn tell(&self, error: &rusqlite::Error) {
        let reason: Arc<str> = error.to_string().into();
        self.health.send_if_modified(|health| {
            let news = !matches!(health, Health::Stuck(known) if *known == reason);
            if news {
                error!("cannot write the journal: {reason}; nothing more is received until it can be written");
                *health = Health::Stuck(reason);
            }
            news
        });
    }
}

/// Whether a change itself is to blame, and not the disk.
fn is_its_own(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::ApiMisuse | ErrorCode::TooBig
        ),
        // Not from SQLite: a value that does not convert, a row that is missing.
        None => true,
    }
}
