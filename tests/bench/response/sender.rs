//! A sensor: hands alerts to a manager, as fast as it takes them or at a steady rate.

use std::{
    os::fd::AsFd as _,
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

use prelude_trigger::libprelude::{Connection, Permission, Profile};
use rustix::event::{PollFd, PollFlags, poll};

/// Whose alerts go where.
#[derive(Debug, Clone)]
pub struct Sender {
    /// A profile that is registered for `idmef:w`.
    pub profile: String,
    /// The manager's address.
    pub address: String,
}

impl Sender {
    /// Sends all of them; returns when the manager has read the last, and says when the first was handed to it.
    pub fn burst(&self, messages: &[Vec<u8>]) -> u64 {
        let mut connection = self.connect();
        let begun = now();
        for message in messages {
            write(&mut connection, message);
        }
        finish(connection);
        begun
    }

    /// Sends so many a second, and says when each was handed to the manager.
    pub fn steady(&self, messages: &[Vec<u8>], rate: u32) -> Vec<u64> {
        let mut connection = self.connect();
        let begun = Instant::now();
        let moments = (0_u32..).zip(messages).map(|(number, message)| {
            let due = begun + Duration::from_secs(1) * number / rate;
            sleep(due.saturating_duration_since(Instant::now()));
            let moment = now();
            write(&mut connection, message);
            moment
        });
        let moments = moments.collect();
        finish(connection);
        moments
    }

    fn connect(&self) -> Connection {
        let profile = Profile::open(&self.profile).expect("a profile");
        Connection::connect(&self.address, &profile, Permission::Write).expect("a manager")
    }
}

/// The time, in nanoseconds since 1970.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_nanos()).expect("before 2554")
}

fn write(connection: &mut Connection, message: &[u8]) {
    let mut rest = message;
    while !rest.is_empty() {
        match connection.write(rest).expect("the manager takes it") {
            Some(count) => rest = &rest[count..],
            None => wait(connection, PollFlags::OUT),
        }
    }
}

/// The manager closes when it has read everything.
fn finish(mut connection: Connection) {
    connection.finish_sending();
    while let Ok(read) = connection.read(&mut [0; 1024]) {
        if read.is_none() {
            wait(&connection, PollFlags::IN);
        }
    }
}

fn wait(connection: &Connection, what: PollFlags) {
    let mut ready = [PollFd::from_borrowed_fd(connection.as_fd(), what)];
    let _ = poll(&mut ready, Some(&Duration::from_secs(1).try_into().expect("a second")));
}
