//! The promise of `wit/`: what was released stays as it is, and what was built for it still loads and runs.

use std::{fs, path::Path};

use prelude_trigger::{
    actions::{
        State,
        component::{Component, ImportError, LoadError},
    },
    config::{self, Location},
};
use serde_json::{Value, json};
use wit_component::semver_check;
use wit_parser::Resolve;

use crate::{
    component::{ENGINE, job},
    guests,
};

const RELEASED: &str = "wit/released";

/// Whether every action that was built for the package in `old` can be run by a host of the package in `new`.
fn compatible(old: &Path, new: &Path) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let mut push =
        |path: &Path| resolve.push_dir(path).map(|(package, _)| package).map_err(|error| format!("{error:#}"));
    let (old, new) = (push(old)?, push(new)?);
    let worlds: Vec<_> = resolve.packages[old].worlds.iter().map(|(name, id)| (name.clone(), *id)).collect();
    assert!(!worlds.is_empty(), "a release without a world");
    for (name, old_world) in worlds {
        let Some(new_world) = resolve.packages[new].worlds.get(&name) else {
            return Err(format!("there is no world `{name}` any more"));
        };
        semver_check(resolve.clone(), old_world, *new_world).map_err(|error| format!("world `{name}`: {error:#}"))?;
    }
    Ok(())
}

/// Major, minor and patch, from a name such as `0.1.0`.
fn version(text: &str) -> [u64; 3] {
    let numbers: Vec<u64> = text.split('.').map(|number| number.parse().expect(text)).collect();
    numbers.try_into().expect("three numbers")
}

/// The version a package says it has.
fn declared(package: &Path) -> String {
    let world = fs::read_to_string(package.join("world.wit")).unwrap();
    let line = world.lines().find_map(|line| line.strip_prefix("package prelude:trigger@")).expect("a package");
    line.trim_end_matches(';').to_owned()
}

#[test]
fn nothing_that_was_released_changes() {
    let now = version(&declared(Path::new("wit")));
    let mut releases: Vec<_> = fs::read_dir(RELEASED).unwrap().map(|entry| entry.unwrap().path()).collect();
    releases.sort_by_key(|path| version(path.file_name().unwrap().to_str().unwrap()));
    assert!(!releases.is_empty());
    for (number, old) in releases.iter().enumerate() {
        let name = old.file_name().unwrap().to_str().unwrap();
        assert_eq!(declared(old), name, "a release lies in the directory of another");
        let series = |version: [u64; 3]| [version[0], version[1]];
        if version(name) == now {
            let files = |directory: &Path| -> Vec<(String, String)> {
                let mut files: Vec<_> = fs::read_dir(directory)
                    .unwrap()
                    .map(|entry| entry.unwrap().path())
                    .filter(|path| path.extension().is_some_and(|ending| ending == "wit"))
                    .map(|path| (path.file_name().unwrap().display().to_string(), fs::read_to_string(&path).unwrap()))
                    .collect();
                files.sort();
                files
            };
            assert_eq!(files(old), files(Path::new("wit")), "{name} is released: what is new gets another version");
        }
        for new in releases[number + 1..].iter().map(|path| &**path).chain([Path::new("wit")]) {
            // A release that is the present package is the same to the letter.
            let other = version(name) != version(&declared(new));
            if other && series(version(name)) == series(version(&declared(new))) {
                compatible(old, new)
                    .unwrap_or_else(|why| panic!("{} breaks what {name} promised: {why}", new.display()));
            }
        }
    }
}

#[test]
fn what_would_break_old_actions_is_noticed() {
    let changed = |file: &str, from: &str, to: &str| {
        let directory = tempfile::tempdir().unwrap();
        for entry in fs::read_dir("wit").unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "wit") {
                fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
            }
        }
        let path = directory.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        compatible(Path::new("wit/released/0.1.0"), directory.path())
    };
    for (file, from, to) in [
        // A function that goes, gets another argument, or answers otherwise.
        ("idmef.wit", "to-json: func() -> string;", ""),
        ("idmef.wit", "kind: func() -> message-kind;", "kind: func(more: bool) -> message-kind;"),
        ("log.wit", "enabled: func(level: level) -> bool;", "enabled: func(level: level) -> option<bool>;"),
        // A type that grows, loses or renames something.
        ("types.wit", "attempt: u32,", "attempt: u64,"),
        ("types.wit", "trigger: string,", "trigger: string, rule: string,"),
        ("types.wit", "observe,", "observe, rehearse,"),
        ("types.wit", "skipped,", "omitted,"),
        ("idmef.wit", "other(string),", "other(string), denied(string),"),
        // A handler that must do more than old ones do.
        ("handler.wit", "validate: func(", "prepare: func();\n  validate: func("),
        // An interface, or a world, that goes.
        ("world.wit", "  import log;\n", ""),
        ("world.wit", "world action {", "world security-action {"),
    ] {
        assert!(changed(file, from, to).is_err(), "{file}: {from} -> {to}");
    }
    let more = "interface more { more: func(); }\n\n/// A component that does something";
    for (file, from, to) in [
        ("log.wit", "enabled: func(", "flush: func();\n  enabled: func("),
        ("world.wit", "/// A component that does something", more),
        ("world.wit", "  import log;\n", "  import log;\n  import undo-nothing: func();\n"),
    ] {
        assert_eq!(changed(file, from, to), Ok(()), "{file}: {from} -> {to}");
    }
}

fn load(bytes: &[u8], config: Value) -> Result<Component, LoadError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let at = Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 };
    let component = config::Component {
        file: file.path().to_owned(),
        file_at: at.clone(),
        sha256: None,
        config,
        config_at: at.clone(),
        grant: config::Grant::default(),
    };
    let kind = config::ActionKind::Component(component.clone());
    let action = config::Action::new("oldest".into(), at, kind);
    Component::load(&ENGINE, &action, &component)
}

/// The component with every `@0.1.0` of our package made another version, which is as long.
fn with_version(bytes: &[u8], version: &str) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    let mut count = 0;
    while let Some(found) = bytes[at..].windows(16).position(|part| part.starts_with(b"prelude:trigger/")) {
        at += found + 16;
        let rest = bytes[at..].iter().take(16).position(|&byte| byte == b'@').map(|length| at + length + 1);
        if let Some(start) = rest.filter(|&start| bytes[start..].starts_with(b"0.1.0")) {
            bytes[start..start + 5].copy_from_slice(version.as_bytes());
            count += 1;
        }
    }
    assert!(count > 3, "{count} versions");
    bytes
}

#[tokio::test]
async fn an_action_for_the_first_release_still_runs() {
    let bytes = fs::read(guests::oldest()).unwrap();
    // 0.1.9 is a later patch than any: what is asked of it is there already.
    for version in ["0.1.0", "0.1.9"] {
        let component =
            load(&with_version(&bytes, version), json!({})).unwrap_or_else(|error| panic!("{version}: {error}"));
        let outcome = component.run(&job()).await;
        assert_eq!(outcome.state, State::Done, "{outcome:?}");
        for expected in [
            r#"MessageKind::Alert Some("Brute Force attack") 192.0.2.1,192.0.2.2,192.0.2.1"#,
            r#"name: "high""#,
            r#"true Some("alert.classification.text") true"#,
        ] {
            assert!(outcome.summary.contains(expected), "{}\n{expected}", outcome.summary);
        }
        assert_eq!(outcome.log, ["info: as of old job=job-1"]);
    }
    let error = load(&bytes, json!({"x": 1})).unwrap_err();
    assert!(error.to_string().contains("/x: there is nothing to configure"), "{error}");
    let error = load(&with_version(&bytes, "0.2.0"), json!({})).unwrap_err();
    assert!(matches!(&error, LoadError::Imports(ImportError::Version { wants, .. }) if wants == "0.2.0"), "{error}");
}
