// SPDX-License-Identifier: MIT OR Apache-2.0

//! Files by the calls of WASI itself: what std would not do on a guest's behalf is tried, too.

use wasip2::filesystem::{
    preopens::get_directories,
    types::{Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags},
};

/// Something to try; paths are passed on as they are.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// The directories there are.
    Directories,
    /// Opens a file without following a link at its end, or following it, and reads it.
    Read(String, String),
    ReadFollowing(String, String),
    /// Creates or opens a file and writes to it.
    Write(String, String),
    WriteFollowing(String, String),
    /// Opens a file for reading, and writes to it all the same.
    WriteReadOnly(String, String),
    Truncate(String, String),
    List(String, String),
    Stat(String, String),
    StatFollowing(String, String),
    /// What the link leads to, and where it is.
    Symlink(String, String, String),
    Readlink(String, String),
    Link([String; 4]),
    LinkFollowing([String; 4]),
    Rename([String; 4]),
    Unlink(String, String),
    Mkdir(String, String),
    Rmdir(String, String),
    Touch(String, String),
    TouchSelf(String),
    SizeSelf(String),
    /// By std.
    Std(String),
}

fn directory(name: &str) -> Result<Descriptor, String> {
    let found = get_directories().into_iter().find(|(_, guest)| guest == name);
    found.map(|(descriptor, _)| descriptor).ok_or_else(|| format!("no directory {name}"))
}

fn text(code: ErrorCode) -> String {
    code.name().to_owned()
}

fn following(follow: bool) -> PathFlags {
    if follow { PathFlags::SYMLINK_FOLLOW } else { PathFlags::empty() }
}

fn open(at: &str, path: &str, follow: bool, how: OpenFlags, what: DescriptorFlags) -> Result<Descriptor, String> {
    directory(at)?.open_at(following(follow), path, how, what).map_err(text)
}

fn read(at: &str, path: &str, follow: bool) -> Result<String, String> {
    let file = open(at, path, follow, OpenFlags::empty(), DescriptorFlags::READ)?;
    let (bytes, _) = file.read(64, 0).map_err(text)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(at: &str, path: &str, follow: bool) -> Result<String, String> {
    let how = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = open(at, path, follow, OpenFlags::CREATE, how)?;
    file.write(b"written", 0).map_err(text).map(|length| length.to_string())
}

impl Act {
    pub fn run(&self) -> Result<String, String> {
        let done = |result: Result<(), ErrorCode>| result.map(|()| "done".to_owned()).map_err(text);
        match self {
            Self::Directories => Ok(get_directories().into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")),
            Self::Read(at, path) => read(at, path, false),
            Self::ReadFollowing(at, path) => read(at, path, true),
            Self::Write(at, path) => write(at, path, false),
            Self::WriteFollowing(at, path) => write(at, path, true),
            Self::WriteReadOnly(at, path) => {
                let file = open(at, path, false, OpenFlags::empty(), DescriptorFlags::READ)?;
                file.write(b"written", 0).map_err(text).map(|length| length.to_string())
            }
            Self::Truncate(at, path) => {
                open(at, path, false, OpenFlags::TRUNCATE, DescriptorFlags::WRITE).map(|_| "opened".to_owned())
            }
            Self::List(at, path) => {
                let directory = open(at, path, true, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
                let stream = directory.read_directory().map_err(text)?;
                let mut names = Vec::new();
                while let Some(entry) = stream.read_directory_entry().map_err(text)? {
                    names.push(entry.name);
                }
                names.sort();
                Ok(names.join(" "))
            }
            Self::Stat(at, path) => stat(at, path, false),
            Self::StatFollowing(at, path) => stat(at, path, true),
            Self::Symlink(at, to, path) => done(directory(at)?.symlink_at(to, path)),
            Self::Readlink(at, path) => directory(at)?.readlink_at(path).map_err(text),
            Self::Link([at, path, new_at, new]) => {
                done(directory(at)?.link_at(following(false), path, &directory(new_at)?, new))
            }
            Self::LinkFollowing([at, path, new_at, new]) => {
                done(directory(at)?.link_at(following(true), path, &directory(new_at)?, new))
            }
            Self::Rename([at, path, new_at, new]) => done(directory(at)?.rename_at(path, &directory(new_at)?, new)),
            Self::Unlink(at, path) => done(directory(at)?.unlink_file_at(path)),
            Self::Mkdir(at, path) => done(directory(at)?.create_directory_at(path)),
            Self::Rmdir(at, path) => done(directory(at)?.remove_directory_at(path)),
            Self::Touch(at, path) => {
                done(directory(at)?.set_times_at(following(false), path, NewTimestamp::Now, NewTimestamp::Now))
            }
            Self::TouchSelf(at) => done(directory(at)?.set_times(NewTimestamp::Now, NewTimestamp::Now)),
            Self::SizeSelf(at) => done(directory(at)?.set_size(0)),
            Self::Std(path) => std::fs::read_to_string(path).map_err(|error| error.kind().to_string()),
        }
    }
}

fn stat(at: &str, path: &str, follow: bool) -> Result<String, String> {
    let stat = directory(at)?.stat_at(following(follow), path).map_err(text)?;
    Ok(format!("{:?}", stat.type_))
}
