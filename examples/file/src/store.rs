// SPDX-License-Identifier: MIT OR Apache-2.0

//! The file: one line more, and a new one when it is time.
//!
//! All of this happens under the lock. A line that a stopped job wrote half of is ended, so that it spoils no other; that job
//! fails, and is tried again with a line of its own.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::config::{Period, Rotate, Target};

/// What became of the file that was there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The name it has now.
    pub rotated: Option<String>,
    /// How many old ones were removed.
    pub removed: usize,
}

/// Appends a line. A file that is new begins with `head`.
pub fn append(target: &Target, rotate: Rotate, sync: bool, head: &str, line: &str) -> io::Result<Stored> {
    let path = target.file();
    let mut stored = Stored::default();
    if is_due(&path, rotate, line.len())? {
        let name = free_name(target)?;
        fs::rename(&path, target.directory.join(&name))?;
        stored.rotated = Some(name);
        stored.removed = remove_oldest(target, rotate.keep)?;
    }
    let mut file = fs::OpenOptions::new().read(true).append(true).create(true).open(&path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut text = String::new();
    if length == 0 {
        text.push_str(head);
    } else if !ends_a_line(&mut file)? {
        text.push('\n');
    }
    text.push_str(line);
    if let Err(error) = file.write_all(text.as_bytes()) {
        // The disk is full: half a line helps nobody.
        let _ = file.set_len(length);
        return Err(error);
    }
    if sync {
        file.sync_all()?;
    }
    Ok(stored)
}

fn ends_a_line(file: &mut fs::File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Whether a new file is to be begun before so many bytes more.
fn is_due(path: &PathBuf, rotate: Rotate, more: usize) -> io::Result<bool> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let full = metadata.len().saturating_add(u64::try_from(more).unwrap_or(u64::MAX)) > rotate.bytes;
    let over = rotate.every.is_some_and(|period| {
        let written = metadata.modified().unwrap_or(UNIX_EPOCH);
        number(period, written) < number(period, SystemTime::now())
    });
    Ok(metadata.len() > 0 && (full || over))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// The hours or days from 1970 to a time.
fn number(period: Period, time: SystemTime) -> u64 {
    seconds(time) / if period == Period::Hour { 3600 } else { 86_400 }
}

/// A time in UTC, in a form whose alphabetical order is that of time.
fn stamp(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}-{minute:02}-{second:02}Z", days + 1)
}

/// A name for the file that is put aside: of this second, and the first that is free.
fn free_name(target: &Target) -> io::Result<String> {
    let now = stamp(seconds(SystemTime::now()));
    for count in 0..10_000 {
        let name = format!("{}.{now}.{count:04}{}", target.stem, target.extension);
        if !fs::exists(target.directory.join(&name))? {
            return Ok(name);
        }
    }
    Err(io::Error::other("ten thousand files were put aside within a second"))
}

/// Whether a name is one that [`free_name`] gives.
fn is_old(target: &Target, name: &str) -> bool {
    let middle = name.strip_prefix(&target.stem).and_then(|rest| rest.strip_suffix(&target.extension));
    let shape: Option<String> =
        middle.map(|middle| middle.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect());
    shape.as_deref() == Some(".0000-00-00T00-00-00Z.0000")
}

/// Removes the oldest files that were put aside, beyond `keep`.
fn remove_oldest(target: &Target, keep: usize) -> io::Result<usize> {
    let mut old = Vec::new();
    for entry in fs::read_dir(&target.directory)? {
        if let Ok(name) = entry?.file_name().into_string() {
            if is_old(target, &name) {
                old.push(name);
            }
        }
    }
    old.sort();
    let beyond = old.len().saturating_sub(keep);
    for name in &old[..beyond] {
        fs::remove_file(target.directory.join(name))?;
    }
    Ok(beyond)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn target(directory: &Path) -> Target {
        Target::try_from(directory.join("alerts.csv").to_str().unwrap().to_owned()).unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(stamp(0), "1970-01-01T00-00-00Z");
        assert_eq!(stamp(951_782_399), "2000-02-28T23-59-59Z");
        assert_eq!(stamp(951_782_400), "2000-02-29T00-00-00Z");
        assert_eq!(stamp(1_795_304_106), "2026-11-21T23-35-06Z");
        assert_eq!(stamp(4_107_542_400), "2100-03-01T00-00-00Z");
    }

    #[test]
    fn files_are_put_aside_when_full_and_the_oldest_removed() {
        let directory = tempfile::tempdir().unwrap();
        let target = target(directory.path());
        fs::write(directory.path().join("alerts.old.csv"), "mine").unwrap();
        let rotate = Rotate { bytes: 10, every: None, keep: 2 };
        for count in 0..4 {
            let stored = append(&target, rotate, true, "head\n", &format!("line{count}\n")).unwrap();
            assert_eq!(stored.rotated.is_some(), count > 0, "{count}");
        }
        let names = names(directory.path());
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(fs::read_to_string(target.file()).unwrap(), "head\nline3\n");
        assert_eq!(fs::read_to_string(directory.path().join(&names[0])).unwrap(), "head\nline1\n");
        assert!(names.contains(&"alerts.old.csv".to_owned()));
    }

    #[test]
    fn a_new_day_begins_a_new_file() {
        let directory = tempfile::tempdir().unwrap();
        let target = target(directory.path());
        let rotate = Rotate { every: Some(Period::Day), ..Rotate::default() };
        append(&target, rotate, false, "", "a\n").unwrap();
        assert_eq!(append(&target, rotate, false, "", "b\n").unwrap(), Stored::default());
        let yesterday = SystemTime::now() - Duration::from_secs(86_400);
        fs::File::options().append(true).open(target.file()).unwrap().set_modified(yesterday).unwrap();
        assert!(append(&target, rotate, false, "", "c\n").unwrap().rotated.is_some());
        assert_eq!(fs::read_to_string(target.file()).unwrap(), "c\n");
    }

    #[test]
    fn half_a_line_is_ended() {
        let directory = tempfile::tempdir().unwrap();
        let target = target(directory.path());
        fs::write(target.file(), "head\nhalf of a l").unwrap();
        append(&target, Rotate::default(), true, "head\n", "whole\n").unwrap();
        assert_eq!(fs::read_to_string(target.file()).unwrap(), "head\nhalf of a l\nwhole\n");
    }

    #[test]
    fn only_its_own_old_files_are_old() {
        let target = target(Path::new("/data"));
        assert!(is_old(&target, "alerts.2026-11-21T21-55-06Z.0000.csv"));
        for name in [
            "alerts.csv",
            "alerts.2026.csv",
            "alerts.csv.lock",
            "other.2026-11-21T21-55-06Z.0000.csv",
            "alerts.2026-11-21T21-55-06Z.0000.csv.gz",
        ] {
            assert!(!is_old(&target, name), "{name}");
        }
    }
}
