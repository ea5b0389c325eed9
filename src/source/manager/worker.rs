//! The threads of a link: workers that connect and hold sessions, and the watch over all links.

use std::{
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use super::{
    HANGING,
    heartbeat::Condition,
    link::{Failure, Link, Need, Role},
    session,
};
use crate::libprelude::{Connection, Permission, Profile};

/// Waiting times after so many failures in a row; from then on [`PAUSE`]. A manager that restarts is back in a second or
/// two, and keeps nothing for us until we are.
const QUICK_PAUSES: [(usize, Duration); 2] = [(40, Duration::from_millis(25)), (140, Duration::from_millis(100))];

/// Waiting time between attempts, changed by up to a seventh so that several readers do not come at once.
const PAUSE: Duration = Duration::from_millis(700);

/// Waiting time when the manager refuses us or the profile cannot be used: somebody has to register it, and every attempt
/// is an error in the manager's log.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);

/// How often the watch looks.
const WATCH: Duration = Duration::from_millis(250);

/// Starts a worker, which takes the lead.
pub(super) fn spawn(link: &Arc<Link>) -> std::io::Result<()> {
    let number = link.enlist();
    let worker = Arc::clone(link);
    let spawned = thread::Builder::new().name("manager".to_owned()).spawn(move || {
        // Also when the worker panics, the link goes on.
        let _ended = Ending { link: &worker, number };
        work(&worker, number);
    });
    if spawned.is_err() {
        link.ended(number);
    }
    spawned.map(drop)
}

/// Starts the thread that sees to it that every link that is not connected is being tried.
pub(super) fn spawn_watch(links: Vec<Arc<Link>>) -> std::io::Result<()> {
    let watch = move || {
        loop {
            thread::sleep(WATCH);
            let mut watched = false;
            for link in &links {
                let Some(need) = link.need() else { continue };
                watched = true;
                match need {
                    Need::None => continue,
                    Need::Worker => {}
                    Need::WorkerBesideOneThatHangs => tracing::warn!(
                        manager = %link.name(),
                        "connecting to the manager takes longer than {HANGING:?}; trying once more beside it"
                    ),
                }
                if let Err(error) = spawn(link) {
                    tracing::error!(manager = %link.name(), %error, "cannot start a thread to connect to the manager");
                }
            }
            if !watched {
                return;
            }
        }
    };
    thread::Builder::new().name("manager-watch".to_owned()).spawn(watch).map(drop)
}

/// What a worker does.
fn work(link: &Link, number: u64) {
    let mut failures = 0;
    while link.begin_attempt(number) {
        match connect(link) {
            Ok(mut connection) => match link.take(number, connection.peer_analyzerid()) {
                Role::Hold(sender) => {
                    let condition = if link.is_first_connection() { Condition::Starting } else { Condition::Running };
                    let ended = session::run(link, &mut connection, &sender, condition);
                    connection.close();
                    drop(sender);
                    link.release(ended);
                    failures = 0;
                }
                Role::Surplus(sender) => {
                    session::finish(link, &mut connection, &sender);
                    return connection.close();
                }
                Role::Stopped => return,
            },
            Err(failure) => {
                let pause = pause(failures, !matches!(failure, Failure::Other(_)));
                failures += 1;
                link.failed(number, failure);
                link.pause(number, pause);
            }
        }
    }
}

/// Connects to the first address that answers. May never return.
fn connect(link: &Link) -> Result<Connection, Failure> {
    let profile = Profile::open(link.profile()).map_err(Failure::Profile)?;
    let addresses =
        link.address.resolve().map_err(|error| Failure::Other(format!("cannot look up {}: {error}", link.name())))?;
    let mut failure = Failure::Other(format!("{} has no address", link.name()));
    for address in addresses {
        match Connection::connect(&address, &profile, Permission::ReadWrite) {
            Ok(connection) => return Ok(connection),
            Err(error) => failure = Failure::from(error),
        }
    }
    Err(failure)
}

/// How long to wait after a failure that came after so many others in a row.
fn pause(failures: usize, hopeless: bool) -> Duration {
    if hopeless {
        return REFUSED_PAUSE;
    }
    if let Some(&(_, quick)) = QUICK_PAUSES.iter().find(|(until, _)| failures < *until) {
        return quick;
    }
    let random = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    PAUSE * (6000 + random % 2000) / 7000
}

/// Says that a worker has ended, however it ended.
struct Ending<'a> {
    link: &'a Link,
    number: u64,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.link.ended(self.number);
    }
}
