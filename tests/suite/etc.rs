//! The files in `etc/`, which are what most operators ever read: they load as they are, and with every example taken
//! into use at once.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use prelude_trigger::config::{self, ActionKind, Daemon, Files, Loaded, LogTarget, Mode};

use crate::sandbox::Sandbox;

/// Loads both files, which must be without mistakes and warnings.
fn load(triggers: PathBuf, daemon: PathBuf) -> Loaded {
    let loaded = config::load(&Files { triggers, daemon: Some(daemon) }).unwrap_or_else(|said| panic!("{said}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded
}

/// Takes all examples of a file into use: `#` is removed where it stands alone at the beginning of a line, `##` is prose.
fn uncommented(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap();
    let line = |line: &str| match line.strip_prefix('#') {
        Some(example) if !example.starts_with('#') => format!("{example}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn the_files_load_as_they_are() {
    let loaded = load("etc/prelude-trigger.yaml".into(), "etc/prelude-trigger.conf".into());
    assert_eq!(loaded.config.mode, Mode::Observe, "what is installed first must do nothing");
    assert_eq!((loaded.config.triggers.len(), loaded.config.actions.len()), (1, 1));
    assert_eq!(loaded.daemon, Daemon::default());
    for action in &loaded.config.actions {
        let ActionKind::Exec(exec) = &action.kind else { panic!("a component may not be installed") };
        assert!(exec.command.program.exists(), "{} may not be installed", exec.command.program.display());
    }
}

#[test]
fn the_tests_in_it_pass() {
    let sandbox = Sandbox::new();
    sandbox.write("prelude-trigger.yaml", &fs::read_to_string("etc/prelude-trigger.yaml").unwrap());
    let checked = sandbox.run(&["check", "--deny-warnings"]).expect(0);
    assert!(checked.stdout.contains("; 3 tests passed"), "{}{}", checked.stdout, checked.stderr);
}

#[test]
fn every_example_loads() {
    let directory = tempfile::tempdir().unwrap();
    let write = |file: &str| {
        let target = directory.path().join(Path::new(file).file_name().unwrap());
        let list = directory.path().join("drop.txt");
        fs::write(&list, "192.0.2.0/24 ; everyone there\n").unwrap();
        let text = uncommented(file).replace("/etc/prelude-trigger/drop.txt", list.to_str().unwrap());
        fs::write(&target, text).unwrap();
        target
    };
    let loaded = load(write("etc/prelude-trigger.yaml"), write("etc/prelude-trigger.conf"));
    assert!(loaded.config.triggers.len() >= 6 && loaded.config.actions.len() >= 11 && loaded.tests.len() == 5);
    assert_eq!(loaded.daemon.prelude.server_addr.len(), 4);
    assert_eq!(loaded.daemon.prelude.heartbeat_interval, Duration::from_mins(10));
    assert!(matches!(loaded.daemon.logging.target, LogTarget::File { keep: Some(14), .. }));
    // The examples show the defaults, except where they say otherwise.
    assert_eq!(loaded.daemon.limits, Daemon::default().limits);
    assert_eq!(loaded.daemon.state, Daemon::default().state);
    assert_eq!(loaded.daemon.components, Daemon::default().components);
    assert_eq!(loaded.daemon.answers, Daemon::default().answers);
    let named = |name: &str| loaded.config.actions.iter().find(|action| &*action.name == name).unwrap();
    let rate = Some(config::Rate { jobs: 50, per: Duration::from_secs(1) });
    assert_eq!(named("lock-account").limits, config::Limits { rate, ..config::Limits::default() });
    assert_eq!(named("notice").limits, config::Limits::default());
    let said = named("page");
    let new = config::Action::new("new".into(), said.at.clone(), said.kind.clone());
    assert_eq!(
        (said.mode, said.retry, said.delivery, said.deadline),
        (new.mode, new.retry, new.delivery, new.deadline)
    );
}

#[test]
fn every_key_is_explained() {
    let triggers = fs::read_to_string("etc/prelude-trigger.yaml").unwrap();
    let daemon = fs::read_to_string("etc/prelude-trigger.conf").unwrap();
    let keys = "mode actions exec command user groups umask directory environment stdin on_missing allow_dash \
        max_argument component sha256 config limits timeout kill_after concurrency rate output cpu memory tables \
        host_call triggers name \
        filters path regex match verbatim lists glob equals in above below at_least at_most exists ignore_case not any \
        all time hours days zone of criteria grant idmef directories host http tcp dns allow_private secrets file credential commands \
        parameters tests alert now expect not silent after_exit \
        undo check retry attempts first up_to delivery deadline breaker jobs roll_back then for stop_on_failure target for_each";
    for key in keys.split_whitespace() {
        assert!(triggers.contains(&format!("{key}: ")) || triggers.contains(&format!("{key}:\n")), "{key}");
    }
    let keys = "profile server-addr analyzer-name heartbeat-interval target file level levels format rotation keep \
        directory pooling jobs-at-once queued-alerts queued-jobs keep-for keep-size open-jobs send addresses socket group";
    for key in keys.split_whitespace() {
        assert!(daemon.contains(&format!("\n#{key} = ")), "{key}");
    }
}
