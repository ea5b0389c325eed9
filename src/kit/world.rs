//! What an action finds when it is tried: the granted places, made anew in a directory of their own that goes away.
//!
//! Nothing real is left in a grant once it is furnished: secrets are files with the given values, directories are copies, and
//! every command is `/bin/false`, which no tape lets anyone run.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{
    actions::component::tape::Body,
    config::{self, SecretSource},
};

/// Contents of directories, by the guest's path of the directory and the file's path below it.
pub type Files = BTreeMap<String, BTreeMap<String, Body>>;

/// Bytes of files that are copied onto a tape, and how many files.
const MOST_BYTES: u64 = 4 << 20;
const MOST_FILES: usize = 1000;

/// A directory with everything that was made.
#[derive(Debug)]
pub struct World {
    root: PathBuf,
    /// The guest's path of each directory, and where it is.
    directories: Vec<(String, PathBuf)>,
}

impl World {
    /// Makes what a grant names, and lets the grant name it.
    pub fn furnish(grant: &mut config::Grant, secrets: &BTreeMap<String, Vec<u8>>, files: &Files) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("prelude-trigger.{}.{number}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&root)?;
        let mut world = Self { root: root.canonicalize()?, directories: Vec::new() };
        for (number, (name, secret)) in grant.secrets.iter_mut().enumerate() {
            let file = world.root.join(format!("secret{number}"));
            let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            // One line break at the end is no part of a secret.
            let value = secrets.get(&**name).map(Vec::as_slice).unwrap_or_default();
            io::Write::write_all(&mut open, &[value, b"\n"].concat())?;
            secret.from = SecretSource::File(file);
        }
        for (number, directory) in grant.directories.iter_mut().enumerate() {
            let host = world.root.join(format!("directory{number}"));
            fs::create_dir(&host)?;
            for (name, body) in files.get(&directory.guest).into_iter().flatten() {
                let name = Path::new(name);
                if !name.components().all(|part| matches!(part, Component::Normal(_))) {
                    return Err(io::Error::other(format!("{} leads out of its directory", name.display())));
                }
                let file = host.join(name);
                if let Some(parent) = file.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::write(file, body.bytes().unwrap_or_default())?;
            }
            world.directories.push((directory.guest.clone(), host.clone()));
            directory.host = host;
        }
        for command in grant.commands.values_mut() {
            let exec = &mut command.exec;
            exec.command.program = PathBuf::from("/bin/false");
            (exec.user, exec.groups, exec.directory) = (None, Vec::new(), PathBuf::from("/"));
        }
        Ok(world)
    }

    /// The contents of a file, by the guest's path; none when there is no such file.
    pub fn read(&self, guest: &str) -> io::Result<Option<Vec<u8>>> {
        let Some((below, host)) = self
            .directories
            .iter()
            .filter_map(|(directory, host)| Some((Path::new(guest).strip_prefix(directory).ok()?, host)))
            .min_by_key(|(below, _)| below.as_os_str().len())
        else {
            return Ok(None);
        };
        match fs::read(host.join(below)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // What cannot be removed is a temporary file too many.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// What is in the directories that are granted, for a tape.
pub fn contents(grant: &config::Grant) -> Result<Files, String> {
    let mut left = (MOST_BYTES, MOST_FILES);
    let mut files = Files::new();
    for directory in &grant.directories {
        let mut found = BTreeMap::new();
        collect(&directory.host, Path::new(""), &mut found, &mut left)
            .map_err(|error| format!("cannot copy {} onto the tape: {error}", directory.host.display()))?;
        files.insert(directory.guest.clone(), found);
    }
    Ok(files)
}

fn collect(root: &Path, below: &Path, found: &mut BTreeMap<String, Body>, left: &mut (u64, usize)) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(root, &name, found, left)?;
        } else if kind.is_file() {
            let too_much = || io::Error::other(format!("it holds more than {MOST_FILES} files or {MOST_BYTES} bytes"));
            left.0 = left.0.checked_sub(entry.metadata()?.len()).ok_or_else(too_much)?;
            left.1 = left.1.checked_sub(1).ok_or_else(too_much)?;
            let text = name.to_str().ok_or_else(|| io::Error::other("a name in it is not UTF-8"))?;
            found.insert(text.to_owned(), Body::new(&fs::read(entry.path())?));
        }
    }
    Ok(())
}
