//! Secrets: read when the action is loaded, told by name, and never shown.
//!
//! A secret's file must be a regular file that not everybody can read or write, and that no other group can than
//! the daemon's own or root's: a secret that others know is none. Symbolic links are followed, because that is how files of secrets
//! are commonly provided; what is judged is the file that is opened. (Access control lists show in the group's bits.)
//!
//! They are kept in ordinary memory, in which a core dump would find them.

use std::{
    collections::BTreeMap,
    env, fmt,
    fs::OpenOptions,
    io::Read,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
};

use rustix::fs::OFlags;

use super::{
    super::{discretion::Words, output::Output, trouble::Trouble},
    call::Call,
    error::{GrantError, denial_and_line},
};
use crate::{
    config::{Secret, SecretSource},
    text::{quote, shorten},
};

/// Bytes of the longest secret.
const LONGEST: usize = 64 << 10;

/// One action's secrets.
pub(in super::super) struct Secrets {
    list: BTreeMap<Arc<str>, Box<[u8]>>,
    pub(in super::super) words: Option<Words>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.list.keys()).finish()
    }
}

impl Secrets {
    /// Reads them; none when none is granted.
    pub(super) fn open(granted: &BTreeMap<Arc<str>, Secret>) -> Result<Option<Self>, GrantError> {
        let mut list = BTreeMap::new();
        for (name, secret) in granted {
            let wrong = |problem| GrantError { at: secret.at.clone(), problem };
            let bytes = read(&secret.from).map_err(|problem| wrong(format!("the secret `{name}`: {problem}")))?;
            list.insert(Arc::clone(name), bytes.into_boxed_slice());
        }
        let words = Words::new(list.iter().map(|(name, bytes)| (name, &**bytes)));
        let Some(first) = granted.values().next() else { return Ok(None) };
        let words = words.map_err(|_| GrantError {
            at: first.at.clone(),
            problem: "these secrets are too large to be kept out of the log: grant fewer or shorter ones".to_owned(),
        })?;
        Ok(Some(Self { list, words }))
    }

    /// Tells a secret, and says in the log that it did; the error is for the guest.
    pub(in super::super) fn reveal(
        &self,
        call: &mut Call,
        output: &Output,
        trouble: &Trouble,
        name: &str,
    ) -> Result<Vec<u8>, String> {
        let Some((name, bytes)) = self.list.get_key_value(name) else {
            let denial = format!("there is no secret {} for this action", quote(&shorten(name, 100)));
            trouble.refused(&denial_and_line(&denial, "secrets", name, "file: /path"));
            let names: Vec<&str> = self.list.keys().map(|name| &**name).collect();
            return Err(format!("{denial}; granted: {}", names.join(", ")));
        };
        output.discretion.told();
        output.told_secret(name, call.note_secret(name));
        Ok(bytes.to_vec())
    }
}

/// Reads a secret from its place; the error says what is wrong with it.
fn read(from: &SecretSource) -> Result<Vec<u8>, String> {
    let bytes = match from {
        SecretSource::File(file) => file_bytes(file)?,
        SecretSource::Credential(name) => {
            let Some(directory) = env::var_os("CREDENTIALS_DIRECTORY") else {
                return Err(format!(
                    "there are no credentials: $CREDENTIALS_DIRECTORY is not set; write `LoadCredential={name}:/path` in the daemon's unit"
                ));
            };
            file_bytes(&Path::new(&directory).join(name))?
        }
        SecretSource::Environment(name) => {
            let Some(value) = env::var_os(name) else {
                return Err(format!("the daemon's environment has no variable `{name}`"));
            };
            value.into_encoded_bytes()
        }
    };
    match bytes.len() {
        0 => Err("it is empty".to_owned()),
        length if length > LONGEST => Err(format!("it has more than {} KiB", LONGEST >> 10)),
        _ => Ok(bytes),
    }
}

/// The bytes of a file that others cannot read, without one line break at its end.
fn file_bytes(file: &Path) -> Result<Vec<u8>, String> {
    let shown = shorten(&file.to_string_lossy(), 200);
    let unreadable = |error: std::io::Error| format!("cannot read `{shown}`: {error}");
    // Opening a pipe would wait for whoever writes to it.
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(format!("`{shown}` is not a regular file"));
    }
    let (mode, group) = (metadata.mode() & 0o7777, metadata.gid());
    if mode & 0o007 != 0 {
        return Err(format!(
            "`{shown}` is no secret: everybody may read or change it (mode {mode:04o}); run `chmod o= {shown}`, and change the secret if others may have read it"
        ));
    }
    if mode & 0o070 != 0 && group != 0 && group != rustix::process::getegid().as_raw() {
        return Err(format!(
            "`{shown}` may be read or changed by a group that is neither the daemon's nor root's (group {group}, mode {mode:04o}); run `chmod g= {shown}`, or `chgrp` it to the daemon's group"
        ));
    }
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(3);
    let mut bytes = Vec::new();
    opened.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    Ok(bytes)
}
