// SPDX-License-Identifier: MIT OR Apache-2.0

//! One job at a time writes. Components have no locks on files, but making a file that must not be there yet is one step for
//! everybody: who makes the lock file holds the lock.
//!
//! A job that is stopped leaves its lock behind. The daemon stops every job at its deadline, so a lock that is older than a
//! deadline and a margin belongs to nobody. To take it away is the business of one job at a time too, which holds a second
//! lock file meanwhile and looks again: or else a slow one would take away the lock of whoever was faster.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

/// How much older than a deadline a lock is before it belongs to nobody.
const MARGIN: Duration = Duration::from_secs(10);
/// The longest time between two tries.
const NAP: Duration = Duration::from_millis(20);

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock(PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        // If it stays it will belong to nobody some time.
        let _ = fs::remove_file(&self.0);
    }
}

/// Takes the lock at `path`, or none when others had it for all of `patience`. `deadline` is what a job may take at most.
pub fn take(path: &Path, patience: Duration, deadline: Duration) -> io::Result<Option<Lock>> {
    let (mut waited, mut nap) = (Duration::ZERO, Duration::from_millis(1));
    loop {
        match fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => return Ok(Some(Lock(path.to_owned()))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let oldest = deadline.saturating_add(MARGIN);
        if is_older(path, oldest) {
            take_away(path, oldest)?;
            continue;
        }
        if waited >= patience {
            return Ok(None);
        }
        thread::sleep(nap);
        waited += nap;
        nap = (nap * 2).min(NAP);
    }
}

/// Whether a file is there that was made before so long a time.
fn is_older(path: &Path, age: Duration) -> bool {
    let made = fs::metadata(path).and_then(|metadata| metadata.modified());
    made.is_ok_and(|made| SystemTime::now().duration_since(made).is_ok_and(|passed| passed > age))
}

/// Removes a lock that belongs to nobody, if it still does.
fn take_away(path: &Path, oldest: Duration) -> io::Result<()> {
    let mut taking = path.as_os_str().to_owned();
    taking.push(".old");
    let taking = PathBuf::from(taking);
    match fs::OpenOptions::new().write(true).create_new(true).open(&taking) {
        Ok(_) => {
            let _held = Lock(taking);
            if is_older(path, oldest) {
                forgive(fs::remove_file(path))?;
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Somebody was stopped between two steps of this very function.
            if is_older(&taking, oldest) {
                forgive(fs::remove_file(&taking))?;
            }
            thread::sleep(NAP);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Somebody else may have removed it.
fn forgive(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(30);
    const DEADLINE: Duration = Duration::from_secs(10);

    #[test]
    fn one_holds_it_and_the_others_wait_as_long_as_they_can() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = take(&path, SHORT, DEADLINE).unwrap().expect("the lock");
        assert!(take(&path, SHORT, DEADLINE).unwrap().is_none());
        drop(held);
        assert!(take(&path, SHORT, DEADLINE).unwrap().is_some());
        assert!(!path.exists());
    }

    #[test]
    fn a_lock_that_nobody_holds_any_more_is_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let aged = |path: &Path, seconds: u64| {
            let made = SystemTime::now() - Duration::from_secs(seconds);
            fs::File::create(path).unwrap().set_modified(made).unwrap();
        };
        aged(&path, 19);
        assert!(take(&path, SHORT, DEADLINE).unwrap().is_none(), "19 s is not yet too old");
        aged(&path, 21);
        assert!(take(&path, SHORT, DEADLINE).unwrap().is_some());
        // Also when whoever took one away was stopped.
        aged(&path, 21);
        aged(&directory.path().join("lock.old"), 21);
        assert!(take(&path, SHORT, DEADLINE).unwrap().is_some());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
