//! `action new`: a directory for a new action.
//!
//! What all languages have in common, what the language has for itself, the WIT package and, for Rust, the guest kit's
//! sources are embedded by `build.rs`. In the first two, names and contents, `{{name}}`, `{{module}}` and `{{type}}` are replaced;
//! a name that ends in `.in` loses that, and what begins with `#!` may be executed. Nothing is ever overwritten.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Group, name and contents of every embedded file.
const EMBEDDED: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
/// The directory of what all languages have in common.
const COMMON: &str = "common";
/// Longest name of an action, in bytes.
const LONGEST_NAME: usize = 48;

/// Why a directory was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// The name would not do for a file, an identifier and a package at once.
    #[error(
        "{} is not a name for an action: use lower-case letters, digits and single `-` between them, beginning with a letter, at \
         most {LONGEST_NAME} in all, such as `tell-soc`",
        crate::text::quote(.0)
    )]
    Name(String),
    /// There is something already.
    #[error("{} is there already, and nothing is overwritten: choose another name, or `--directory`", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}: {error}", file.display())]
    Write {
        /// Which.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// The languages there are templates for, in alphabetical order.
pub fn languages() -> Vec<&'static str> {
    let languages: BTreeSet<_> = EMBEDDED
        .iter()
        .filter(|(group, ..)| *group == "template")
        .filter_map(|(_, name, _)| name.split_once('/'))
        .map(|(language, _)| language)
        .filter(|language| *language != COMMON)
        .collect();
    languages.into_iter().collect()
}

/// Makes `directory` for an action called `name`; answers with the files that were written, in order.
pub fn new(language: &str, name: &str, directory: &Path) -> Result<Vec<PathBuf>, NewError> {
    if !is_name(name) {
        return Err(NewError::Name(name.to_owned()));
    }
    let files = files(language, name);
    match fs::create_dir(directory) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // One that was made for the purpose will do.
            if !fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none()) {
                return Err(NewError::Exists(directory.to_owned()));
            }
        }
        Err(error) => return Err(NewError::Write { file: directory.to_owned(), error }),
    }
    for (file, text) in &files {
        let file = directory.join(file);
        write(&file, text).map_err(|error| NewError::Write { file, error })?;
    }
    Ok(files.into_iter().map(|(file, _)| file).collect())
}

fn is_name(name: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(part)
}

/// All files of a new action: what the language has for itself goes before what all have in common.
fn files(language: &str, name: &str) -> Vec<(PathBuf, String)> {
    let fill = |text: &str| {
        let word = |part: &str| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_ascii_uppercase() + rest
        };
        let camel: String = name.split('-').map(word).collect();
        text.replace("{{name}}", name).replace("{{module}}", &name.replace('-', "_")).replace("{{type}}", &camel)
    };
    let mut files = Vec::new();
    for (group, path, text) in EMBEDDED {
        let parts = (*group, path.split_once('/'));
        let (path, text) = match parts {
            ("template", Some((of, path))) if of == language || of == COMMON => {
                let path = path.strip_suffix(".in").unwrap_or(path);
                (PathBuf::from(fill(path)), fill(text))
            }
            ("wit", _) => (Path::new("wit").join(path), (*text).to_owned()),
            ("sdk", _) if language == "rust" => {
                (Path::new("vendor/prelude-trigger-guest").join(path), (*text).to_owned())
            }
            _ => continue,
        };
        let own = parts.1.is_some_and(|(of, _)| of == language);
        match files.iter_mut().find(|(known, _): &&mut (PathBuf, String)| *known == path) {
            Some(known) if own => known.1 = text,
            Some(_) => {}
            None => files.push((path, text)),
        }
    }
    files.sort();
    files
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    let mode = if text.starts_with("#!") { 0o777 } else { 0o666 };
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn names_that_do_for_everything() {
        for good in ["a", "tell-soc", "a1-2b"] {
            assert!(is_name(good), "{good}");
        }
        let long = "a".repeat(49);
        for bad in ["", "-a", "a-", "a--b", "A", "1a", "a_b", "a b", "../a", "ä", "a\n", long.as_str()] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn every_language_has_all_it_needs_and_no_placeholder_is_left() {
        assert!(languages().contains(&"rust") && !languages().contains(&COMMON));
        for language in languages() {
            let files = files(language, "tell-soc");
            let has = |name: &str| files.iter().any(|(path, _)| path == Path::new(name));
            for name in ["Makefile", "README.md", "action.yaml", "wit/world.wit", "tests/says-who.yaml"] {
                assert!(has(name), "{language} has no {name}");
            }
            for (path, text) in files.iter().filter(|(path, _)| !path.starts_with("vendor")) {
                for placeholder in ["{{name}}", "{{module}}", "{{type}}"] {
                    assert!(!text.contains(placeholder), "{placeholder} in {}", path.display());
                    assert!(!path.to_string_lossy().contains(placeholder), "{}", path.display());
                }
            }
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a");
        fs::create_dir(&target).unwrap();
        let files = new("rust", "a", &target).expect("an empty directory will do");
        assert!(files.contains(&PathBuf::from("src/lib.rs")), "{files:?}");
        assert!(matches!(new("rust", "a", &target), Err(NewError::Exists(_))));
        assert!(matches!(new("rust", "a", &directory.path().join("none/a")), Err(NewError::Write { .. })));
    }
}
