//! What is granted, as a component finds it: everything that the operator wrote, and nothing else.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use prelude_trigger::{
    actions::{
        Cause, Outcome, State,
        component::{Capability, Component, ImportError, LoadError},
    },
    config::{self, ActionKind, Files},
};
use serde_json::{Value, json};

use crate::{
    component::{Captured, ENGINE, job},
    guests,
};

/// Loads the guest with these of its features and a grant, from a configuration as an operator writes it.
fn load_with(features: &str, grant: &str, config: Value, limits: &str) -> Result<Component, LoadError> {
    let directory = tempfile::tempdir().unwrap();
    let triggers = directory.path().join("prelude-trigger.yaml");
    let daemon = directory.path().join("prelude-trigger.conf");
    fs::write(&daemon, "").unwrap();
    let component = guests::granted(features);
    let text = format!(
        "actions:\n  tested:\n    component: {}\n    config: {config}\n    grant: {grant}\n    limits: {limits}\n\
         triggers:\n  - name: all\n    filters: [{{ path: alert.messageid, regex: . }}]\n    actions: [tested]\n",
        component.display()
    );
    fs::write(&triggers, &text).unwrap();
    let loaded =
        config::load(&Files { triggers, daemon: Some(daemon) }).unwrap_or_else(|said| panic!("{said}\n{text}"));
    let action = loaded.config.actions.first().unwrap();
    let ActionKind::Component(component) = &action.kind else { panic!("a component") };
    Component::load(&ENGINE, action, component)
}

fn load(features: &str, grant: &str, steps: Value) -> Result<Component, LoadError> {
    load_with(features, grant, json!({ "steps": steps }), "{ timeout: 20s }")
}

/// What became of each step.
async fn tried(features: &str, grant: &str, steps: Value) -> (Outcome, Vec<String>) {
    let outcome = load(features, grant, steps).unwrap_or_else(|error| panic!("{error}")).run(&job()).await;
    let lines = outcome.stdout.lines().map(str::to_owned).collect();
    (outcome, lines)
}

fn private(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

// ---- Files

/// A directory `rw`, a directory `ro` and, beside them, what is not granted.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let at = |name: &str| tree.path().join(name);
    for directory in ["rw/sub", "ro/sub", "outside/sub"] {
        fs::create_dir_all(at(directory)).unwrap();
    }
    for (file, text) in
        [("rw/file", "inside"), ("ro/file", "fixed"), ("ro/sub/file", "fixed"), ("outside/file", "outside")]
    {
        fs::write(at(file), text).unwrap();
    }
    symlink("/etc/passwd", at("rw/to-passwd")).unwrap();
    symlink("../outside/file", at("rw/to-outside")).unwrap();
    symlink("../outside", at("rw/to-directory")).unwrap();
    symlink("file", at("rw/to-file")).unwrap();
    symlink("sub/../../outside/file", at("rw/by-detour")).unwrap();
    symlink("../outside/new", at("rw/to-nothing")).unwrap();
    symlink("/", at("rw/to-root")).unwrap();
    symlink("circle", at("rw/circle")).unwrap();
    symlink("../outside/file", at("ro/to-outside")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(at("rw/fifo")).status().unwrap();
    assert!(fifo.success());
    tree
}

/// Tries each step in a sandbox with the two directories.
async fn files(tree: &Path, steps: &[Value]) -> Vec<String> {
    let grant = format!("{{ directories: {{ /rw: {{ host: {0}/rw, mode: rw }}, /ro: {0}/ro }} }}", tree.display());
    let steps: Vec<_> = steps.iter().map(|act| json!({ "file": act })).collect();
    let (outcome, lines) = tried("files", &grant, json!(steps)).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    assert_eq!(lines.len(), steps.len(), "{outcome:?}");
    lines
}

#[tokio::test]
async fn no_path_leads_out_of_a_directory() {
    let tree = tree();
    let attempts = [
        // What is meant to work.
        (json!("directories"), "ok /rw /ro"),
        (json!({"read": ["/rw", "file"]}), "ok inside"),
        (json!({"read": ["/rw", "./sub/../file"]}), "ok inside"),
        (json!({"read-following": ["/rw", "to-file"]}), "ok inside"),
        (json!({"write": ["/rw", "sub/new"]}), "ok 7"),
        (json!({"std": "/rw/sub/new"}), "ok written"),
        (json!({"list": ["/ro", "."]}), "ok file sub to-outside"),
        // Up and away.
        (json!({"read": ["/rw", "../outside/file"]}), "error not-permitted"),
        (json!({"read": ["/rw", "sub/../../outside/file"]}), "error not-permitted"),
        (json!({"read": ["/rw", "/etc/passwd"]}), "error not-permitted"),
        (json!({"read": ["/rw", "//etc/passwd"]}), "error not-permitted"),
        (json!({"read": ["/rw", ""]}), "error no-entry"),
        (json!({"list": ["/rw", ".."]}), "error not-permitted"),
        (json!({"list": ["/rw", "../"]}), "error not-permitted"),
        (json!({"list": ["/rw", "sub/../.."]}), "error not-permitted"),
        (json!({"stat": ["/rw", "../outside/file"]}), "error not-permitted"),
        (json!({"write": ["/rw", "../outside/new"]}), "error not-permitted"),
        (json!({"mkdir": ["/rw", "../outside/new"]}), "error not-permitted"),
        (json!({"rmdir": ["/rw", "../outside/sub"]}), "error not-permitted"),
        (json!({"unlink": ["/rw", "../outside/file"]}), "error not-permitted"),
        (json!({"touch": ["/rw", "../outside/file"]}), "error not-permitted"),
        (json!({"rename": ["/rw", "file", "/rw", "../outside/file"]}), "error not-permitted"),
        (json!({"rename": ["/rw", "../outside/file", "/rw", "mine"]}), "error not-permitted"),
        (json!({"link": ["/rw", "../outside/file", "/rw", "mine"]}), "error not-permitted"),
        (json!({"link": ["/rw", "file", "/rw", "../outside/mine"]}), "error not-permitted"),
        (json!({"std": "/etc/passwd"}), "error"),
        (json!({"std": "/rw/../outside/file"}), "error"),
        // Links that were there.
        (json!({"read": ["/rw", "to-outside"]}), "error loop"),
        (json!({"read-following": ["/rw", "to-outside"]}), "error not-permitted"),
        (json!({"read-following": ["/rw", "to-passwd"]}), "error not-permitted"),
        (json!({"read-following": ["/rw", "by-detour"]}), "error not-permitted"),
        (json!({"read": ["/rw", "to-directory/file"]}), "error not-permitted"),
        (json!({"read": ["/rw", "to-root/etc/passwd"]}), "error not-permitted"),
        (json!({"list": ["/rw", "to-directory"]}), "error not-permitted"),
        (json!({"list": ["/rw", "to-directory/"]}), "error not-permitted"),
        (json!({"list": ["/rw", "to-root"]}), "error not-permitted"),
        (json!({"read-following": ["/rw", "to-outside/"]}), "error not-permitted"),
        (json!({"read-following": ["/rw", "circle"]}), "error loop"),
        (json!({"write-following": ["/rw", "to-nothing"]}), "error not-permitted"),
        (json!({"write": ["/rw", "to-nothing"]}), "error loop"),
        (json!({"stat-following": ["/rw", "to-outside"]}), "error not-permitted"),
        (json!({"mkdir": ["/rw", "to-directory/new"]}), "error not-permitted"),
        (json!({"unlink": ["/rw", "to-directory/file"]}), "error not-permitted"),
        (json!({"rename": ["/rw", "file", "/rw", "to-directory/file"]}), "error not-permitted"),
        (json!({"link-following": ["/rw", "to-outside", "/rw", "mine"]}), "error"),
        (json!({"readlink": ["/rw", "to-passwd"]}), "error not-permitted"),
        (json!({"std": "/rw/to-directory/file"}), "error"),
        // Links of the guest's own.
        (json!({"symlink": ["/rw", "/etc", "mine"]}), "error not-permitted"),
        (json!({"symlink": ["/rw", "../outside/file", "mine"]}), "ok done"),
        (json!({"read-following": ["/rw", "mine"]}), "error not-permitted"),
        (json!({"symlink": ["/rw", "../outside", "sub/up"]}), "ok done"),
        (json!({"read": ["/rw", "sub/up/file"]}), "error"),
        (json!({"symlink": ["/rw", "../../outside", "sub/upper"]}), "ok done"),
        (json!({"read": ["/rw", "sub/upper/file"]}), "error not-permitted"),
        // What becomes an escape only where it is moved to: a link that stays inside at first.
        (json!({"mkdir": ["/rw", "deep"]}), "ok done"),
        (json!({"mkdir": ["/rw", "deep/er"]}), "ok done"),
        (json!({"symlink": ["/rw", "../../..", "deep/er/link"]}), "ok done"),
        (json!({"rename": ["/rw", "deep/er/link", "/rw", "link"]}), "ok done"),
        (json!({"list": ["/rw", "link"]}), "error not-permitted"),
        (json!({"read": ["/rw", "link/outside/file"]}), "error not-permitted"),
        // A link in one directory that leads to the other.
        (json!({"symlink": ["/rw", "../ro", "other"]}), "ok done"),
        (json!({"write": ["/rw", "other/new"]}), "error not-permitted"),
        // Slashes at the end.
        (json!({"read": ["/rw", "file/"]}), "error not-directory"),
        (json!({"read": ["/rw", "file/."]}), "error not-directory"),
        (json!({"read": ["/rw", "file/.."]}), "error not-directory"),
    ];
    let said = files(tree.path(), &attempts.iter().map(|(act, _)| act.clone()).collect::<Vec<_>>()).await;
    let mut wrong = Vec::new();
    for ((act, expected), said) in attempts.iter().zip(&said) {
        println!("| `{act}` | {said} |");
        if !said.starts_with(expected) {
            wrong.push(format!("{act}: {said}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(fs::read_to_string(tree.path().join("outside/file")).unwrap(), "outside");
    let outside = fs::read_dir(tree.path().join("outside")).unwrap().count();
    assert_eq!(outside, 2, "something was made outside");
    assert_eq!(fs::read_dir(tree.path().join("ro")).unwrap().count(), 3);
}

#[tokio::test]
async fn nothing_is_changed_through_a_directory_that_is_read_only() {
    let tree = tree();
    let before = fs::metadata(tree.path().join("ro/file")).unwrap().modified().unwrap();
    let attempts = [
        (json!({"read": ["/ro", "file"]}), "ok fixed"),
        (json!({"write": ["/ro", "new"]}), "error not-permitted"),
        (json!({"write": ["/ro", "file"]}), "error not-permitted"),
        (json!({"write-read-only": ["/ro", "file"]}), "error"),
        (json!({"truncate": ["/ro", "file"]}), "error not-permitted"),
        (json!({"touch": ["/ro", "file"]}), "error not-permitted"),
        (json!({"touch-self": "/ro"}), "error not-permitted"),
        (json!({"size-self": "/ro"}), "error"),
        (json!({"unlink": ["/ro", "file"]}), "error not-permitted"),
        (json!({"mkdir": ["/ro", "new"]}), "error not-permitted"),
        (json!({"rmdir": ["/ro", "sub"]}), "error not-permitted"),
        (json!({"symlink": ["/ro", "file", "link"]}), "error not-permitted"),
        (json!({"rename": ["/ro", "file", "/ro", "other"]}), "error not-permitted"),
        (json!({"link": ["/ro", "file", "/ro", "other"]}), "error not-permitted"),
        // From the one into the other: with a hard link in a writable directory the file itself could be changed.
        (json!({"rename": ["/ro", "file", "/rw", "mine"]}), "error not-permitted"),
        (json!({"rename": ["/rw", "file", "/ro", "file"]}), "error not-permitted"),
        (json!({"link": ["/ro", "file", "/rw", "mine"]}), "error not-permitted"),
        (json!({"link": ["/rw", "file", "/ro", "mine"]}), "error not-permitted"),
        (json!({"write": ["/rw", "file"]}), "ok 7"),
        (json!({"write-read-only": ["/rw", "file"]}), "error"),
        (json!({"rename": ["/rw", "file", "/rw", "sub/file"]}), "ok done"),
        (json!({"link": ["/rw", "sub/file", "/rw", "file"]}), "ok done"),
        (json!({"touch": ["/rw", "file"]}), "ok done"),
        (json!({"unlink": ["/rw", "file"]}), "ok done"),
    ];
    let said = files(tree.path(), &attempts.iter().map(|(act, _)| act.clone()).collect::<Vec<_>>()).await;
    let mut wrong = Vec::new();
    for ((act, expected), said) in attempts.iter().zip(&said) {
        println!("| `{act}` | {said} |");
        if !said.starts_with(expected) {
            wrong.push(format!("{act}: {said}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(fs::read_to_string(tree.path().join("ro/file")).unwrap(), "fixed");
    assert_eq!(fs::metadata(tree.path().join("ro/file")).unwrap().modified().unwrap(), before);
    assert_eq!(fs::read_dir(tree.path().join("ro")).unwrap().count(), 3);
}

#[test]
fn a_directory_that_gives_away_the_house_is_not_granted() {
    let tree = tree();
    let at = |name: &str| tree.path().join(name).display().to_string();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("component-cache");
    // The engine makes its cache.
    std::sync::LazyLock::force(&ENGINE);
    symlink("/etc", tree.path().join("alias")).unwrap();
    let guest = guests::granted("files");
    // Where this is built among temporary files, the state is found there first.
    let in_temporary =
        if cache.starts_with(std::env::temp_dir()) { "the daemon's state" } else { "the daemon's configuration" };
    for (host, mode, expected) in [
        ("/".to_owned(), "ro", "belongs to the system"),
        ("/etc".to_owned(), "ro", "belongs to the system"),
        ("/usr".to_owned(), "ro", "belongs to the system"),
        (at("alias"), "ro", "is /etc, and belongs to the system"),
        ("/proc/self".to_owned(), "ro", "the kernel and its devices"),
        ("/proc/sys".to_owned(), "ro", "the kernel and its devices"),
        ("/dev/shm".to_owned(), "rw", "the kernel and its devices"),
        (cache.display().to_string(), "ro", "the daemon's state"),
        (cache.parent().unwrap().display().to_string(), "rw", "the daemon's state"),
        (std::env::temp_dir().display().to_string(), "rw", in_temporary),
        (guest.parent().unwrap().display().to_string(), "rw", "the component itself"),
        (at("none"), "ro", "cannot be granted: No such file"),
        (at("rw/file"), "ro", "is not a directory"),
    ] {
        let grant = format!("{{ directories: {{ /data: {{ host: {host}, mode: {mode} }} }} }}");
        let error = load("files", &grant, json!([])).err().unwrap_or_else(|| panic!("{host} was granted"));
        assert!(matches!(error, LoadError::Grant(_)), "{host}: {error}");
        assert!(error.to_string().contains(expected), "{host}: {error}");
    }
}

#[tokio::test]
async fn a_pipe_in_a_directory_is_not_opened() {
    let tree = tree();
    symlink("fifo", tree.path().join("rw/to-fifo")).unwrap();
    let grant = format!("{{ directories: {{ /rw: {{ host: {}/rw, mode: rw }} }} }}", tree.path().display());
    let steps = json!([
        {"file": {"read": ["/rw", "fifo"]}},
        {"file": {"read-following": ["/rw", "to-fifo"]}},
        {"file": {"read": ["/rw", "file"]}},
        {"file": {"read": ["/rw", "nothing"]}},
    ]);
    let begun = Instant::now();
    let (outcome, lines) = tried("files", &grant, steps).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{outcome:?}");
    assert_eq!(lines, ["error access", "error access", "ok inside", "error no-entry"]);
    let denied = |name: &str| format!("opening {name}: it is neither a file nor a directory");
    assert_eq!(outcome.denied, [denied("fifo"), denied("to-fifo")]);
    // Nobody waits at its end: a writer that does not wait finds no reader.
    let writer = rustix::fs::open(
        tree.path().join("rw/fifo"),
        rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK,
        rustix::fs::Mode::empty(),
    );
    assert_eq!(writer.unwrap_err(), rustix::io::Errno::NXIO);
}

// ---- Environment and alert

#[tokio::test]
async fn variables_are_those_that_were_granted() {
    let grant = "{ environment: { LANG: C.UTF-8, EMPTY: '' } }";
    let (_, lines) = tried("", grant, json!([{"variable": "LANG"}, {"variable": "EMPTY"}, {"variable": "PATH"}])).await;
    assert_eq!(lines, [r#"ok "C.UTF-8""#, r#"ok """#, "error environment variable not found"]);
}

#[tokio::test]
async fn only_what_was_granted_of_the_alert_can_be_read() {
    let steps = json!([
        {"text": "alert.classification.text"},
        {"all": "alert.source(*).node.address(*).address"},
        {"text": "alert.source(-1).node.address(0).address"},
        {"text": "alert.target(0).node.name"},
        {"text": "alert.messageid"},
        {"all": "alert.target(*).user.user_id(*).name"},
        {"entries": "alert"},
        {"entries": "alert.target"},
        {"entries": "alert.source(1)"},
        "json",
        "kind",
        {"describe": "alert.target(*).node.name"},
        {"text": "alert.clasification.text"},
    ]);
    let grant = "{ idmef: [alert.source, alert.classification.text] }";
    let (outcome, lines) = tried("", grant, steps.clone()).await;
    let denied = |path: &str| {
        let asked = path.strip_suffix("(*)").unwrap_or(path);
        format!(
            "error path `{asked}`: `{path}` is not granted to this action; granted: alert.source(*), alert.classification.text"
        )
    };
    assert_eq!(
        lines,
        [
            r#"ok Some("Brute Force attack")"#.to_owned(),
            r#"ok ["192.0.2.1", "192.0.2.2", "192.0.2.1"]"#.to_owned(),
            r#"ok Some("192.0.2.1")"#.to_owned(),
            denied("alert.target(0).node.name"),
            denied("alert.messageid"),
            denied("alert.target(*).user.user_id(*).name"),
            lines[6].clone(),
            denied("alert.target(*)"),
            lines[8].clone(),
            lines[9].clone(),
            "ok MessageKind::Alert".to_owned(),
            "ok true".to_owned(),
            lines[12].clone(),
        ],
    );
    assert!(
        lines[6].contains("alert.classification.text") && lines[6].contains("alert.source(1).node.address(0).address")
    );
    assert!(!lines[6].contains("target") && !lines[6].contains("messageid"), "{}", lines[6]);
    assert!(lines[8].contains("alert.source(1)") && !lines[8].contains("alert.source(0)"), "{}", lines[8]);
    assert!(lines[9].contains("Brute Force") && !lines[9].contains("gateway.example"), "{}", lines[9]);
    assert!(lines[12].contains("no child `clasification`"), "{}", lines[12]);
    // What it was refused is told although it is done.
    assert_eq!(outcome.state, State::Done);
    assert_eq!(outcome.summary, "tried");
    let denied = |path: &str| format!("`{path}` is not granted to this action (idmef: ['{path}'] would)");
    assert_eq!(
        outcome.denied,
        [
            denied("alert.target(0).node.name"),
            denied("alert.messageid"),
            denied("alert.target(*).user.user_id(*).name"),
            denied("alert.target(*)")
        ]
    );

    // A job that failed says so in its summary.
    let component =
        load_with("", grant, json!({"steps": [{"text": "alert.messageid"}], "fail": "no id"}), "{ timeout: 20s }")
            .unwrap();
    let outcome = component.run(&job()).await;
    assert_eq!(outcome.state, State::Failed(Cause::Denied));
    assert_eq!(
        outcome.summary,
        "no id (denied: `alert.messageid` is not granted to this action (idmef: ['alert.messageid'] would))"
    );

    let (_, lines) = tried("", "{ idmef: [] }", steps).await;
    assert!(lines[0].ends_with("granted: nothing"), "{}", lines[0]);
    assert_eq!(lines[9], r#"ok {"_self": "idmef_message_t"}"#);
}

// ---- Secrets

#[tokio::test]
async fn a_secret_is_told_by_name_and_never_said() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("smtp");
    private(&file, "pa$$ \u{7}word\n", 0o600);
    let grant = format!("{{ secrets: {{ password: {{ file: {} }}, short: {{ file: {0} }} }} }}", file.display());
    let steps = json!([
        {"secret": {"length": "password"}},
        {"secret": {"tell": "password"}},
        {"secret": {"after": ["password", 4090]}},
        {"secret": {"fail": "password"}},
        {"secret": {"length": "pasword"}},
    ]);
    let component =
        load_with("secrets", &grant, json!({"steps": steps, "fail": "pa$$ \u{7}word"}), "{ timeout: 20s }").unwrap();
    let log = Captured::default();
    let outcome = log.during(component.run(&job())).await;
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "ok 10");
    let hidden = |text: &str| text.replace("[secret short]", "[secret password]");
    assert_eq!(hidden(lines[1]), "ok printed <[secret password]>");
    assert_eq!(hidden(lines[lines.len() - 2]), "error failed with <[secret password]>");
    assert!(lines[lines.len() - 1].contains("there is no secret pasword for this action; granted: password, short"));
    assert_eq!(hidden(outcome.stderr.lines().next().unwrap()), "in parts <[secret password]>");
    assert_eq!(outcome.state, State::Failed(Cause::Denied));
    assert!(hidden(&outcome.summary).starts_with("[secret password] (denied: "), "{}", outcome.summary);
    assert_eq!(
        outcome.denied,
        ["there is no secret pasword for this action (secrets: { pasword: { file: /path } } would)"]
    );
    let log = log.text();
    assert_eq!(log.matches("was told the secret password").count(), 1, "{log}");
    assert!(hidden(&log).contains("logged <[secret password]>"), "{log}");
    let all = format!("{log}{outcome:?}{component:?}");
    for part in ["pa$$", r"\x07word", "\u{7}"] {
        assert!(!all.contains(part), "{part} in {all}");
    }
}

#[test]
fn a_secret_that_others_know_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    private(&at("everybody"), "secret", 0o604);
    private(&at("changed"), "secret", 0o602);
    private(&at("empty"), "\n", 0o600);
    private(&at("large"), &"x".repeat((64 << 10) + 1), 0o600);
    private(&at("good"), &"x".repeat(64 << 10), 0o640);
    assert!(std::process::Command::new("mkfifo").args(["-m", "600"]).arg(at("pipe")).status().unwrap().success());
    let load = |from: &str| load("secrets", &format!("{{ secrets: {{ s: {from} }} }}"), json!([]));
    for (name, expected) in [
        ("everybody", "everybody may read or change it (mode 0604)"),
        ("changed", "everybody may read or change it (mode 0602)"),
        ("empty", "it is empty"),
        ("large", "more than 64 KiB"),
        ("pipe", "is not a regular file"),
        ("none", "No such file"),
        (".", "is not a regular file"),
    ] {
        let error = load(&format!("{{ file: {} }}", at(name).display())).unwrap_err().to_string();
        assert!(error.starts_with("the secret `s`: ") && error.contains(expected), "{name}: {error}");
    }
    load(&format!("{{ file: {} }}", at("good").display())).unwrap();
    let error = load("{ credential: none }").unwrap_err().to_string();
    assert!(error.contains("CREDENTIALS_DIRECTORY"), "{error}");
    let error = load("{ environment: NO_SUCH_VARIABLE }").unwrap_err().to_string();
    assert!(error.contains("the daemon's environment has no variable `NO_SUCH_VARIABLE`"), "{error}");
    load("{ environment: PATH }").unwrap();
    if rustix::process::geteuid().is_root() {
        private(&at("group"), "secret", 0o640);
        std::os::unix::fs::chown(at("group"), None, Some(12345)).unwrap();
        let error = load(&format!("{{ file: {} }}", at("group").display())).unwrap_err().to_string();
        assert!(error.contains("a group that is neither the daemon's nor root's (group 12345"), "{error}");
    }
}

// ---- Commands

/// A directory with a program that shows its arguments and its environment.
fn program(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("program");
    private(&program, &format!("#!/bin/sh\n{text}\n"), 0o755);
    (directory, program)
}

#[tokio::test]
async fn commands_are_run_as_the_operator_wrote_them() {
    let (_directory, program) = program(r#"printf '<%s>' "$@"; echo "$PRELUDE_TRIGGER_JOB_ID $TEST" >&2; exit $1"#);
    let grant = format!(
        "{{ commands: {{ show: {{ command: [{}, '{{status}}', 'a={{address}}', '{{name}}', {{ verbatim: '{{x}}' }}], \
         parameters: {{ status: {{ enum: ['0', '3'] }}, address: ip, name: user }}, environment: {{ TEST: tested }} }}, \
         optional: {{ command: [{0}, '0', '{{port}}'], parameters: {{ port: port }}, on_missing: skip }}, \
         plain: {{ command: [{0}, '0'] }} }} }}",
        program.display()
    );
    let run = |name: &str, arguments: Value| json!({"command": {"run": [name, arguments]}});
    let fill = |address: &str, name: &str| json!([["status", "3"], ["address", address], ["name", name]]);
    let steps = json!([
        run("show", fill("::ffff:192.0.2.1", "ro.ot")),
        run("optional", json!([["port", "+25"]])),
        run("optional", json!([])),
        run("show", fill("192.0.2.1; reboot", "root")),
        run("show", fill("192.0.2.1", "-rf")),
        run("show", fill("192.0.2.1", "a b")),
        run("show", json!([["status", "3"], ["address", "192.0.2.1"]])),
        run("show", json!([["status", "3"], ["address", "192.0.2.1"], ["address", "192.0.2.2"], ["name", "x"]])),
        run("show", json!([["x", "y"]])),
        run("/bin/sh", json!([])),
        {"command": {"describe": "show"}},
        {"command": {"many": ["plain", 100]}},
    ]);
    let component = load("commands", &grant, steps).unwrap();
    let log = Captured::default();
    let outcome = log.during(component.run(&job())).await;
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    for (line, expected) in lines.iter().zip([
        r#"ok Exited(3) "<3><a=192.0.2.1><ro.ot><{x}>" "job-1 tested\n""#,
        r#"ok Exited(0) "<0><25>" "job-1 \n""#,
        r#"ok Exited(0) "<0>" "job-1 \n""#,
        "expected an IP address, found '192.0.2.1; reboot'",
        "expected the name of a user: letters, digits, `_`, `.` and `-`, found -rf",
        "expected the name of a user",
        "left open: expected the name of a user",
        "filled twice",
        "the command has no such gap; its gaps: status, address, name",
        "there is no command /bin/sh for this action; granted: optional, plain, show",
        r#"type_name: "enum [0, 3]", optional: false"#,
        "61 times, then command `plain`: one job may run 64 commands",
    ]) {
        assert!(line.contains(expected), "{line}\nexpected {expected}");
    }
    let log = log.text();
    let vector = format!("ran show: {} 3 a=192.0.2.1 ro.ot '{{x}}': ", program.display());
    assert!(log.contains(&vector) && log.contains("ended with status 3"), "{log}");
    assert_eq!(log.matches(": ran ").count(), 64, "{log}");
}

#[tokio::test]
async fn a_command_ends_with_its_time_or_with_its_job() {
    let (directory, program) =
        program("echo begun > \"$(dirname \"$0\")/$1\"; sleep 3; echo ended >> \"$(dirname \"$0\")/$1\"");
    let grant = |timeout: &str| {
        format!(
            "{{ commands: {{ slow: {{ command: [{}, '{{name}}'], parameters: {{ name: user }}, timeout: {timeout} }} }} }}",
            program.display()
        )
    };
    let steps = |name: &str| json!({"steps": [{"command": {"run": ["slow", [["name", name]]]}}]});
    // By its own timeout, and by what is left of the job's: either way the component hears of it.
    for (name, timeout, limits) in [("own", "500ms", "{ timeout: 20s }"), ("jobs", "10s", "{ timeout: 2s }")] {
        let component = load_with("commands", &grant(timeout), steps(name), limits).unwrap();
        let begun = Instant::now();
        let outcome = component.run(&job()).await;
        assert!(outcome.stdout.starts_with("ok TimedOut"), "{outcome:?}");
        assert_eq!(outcome.state, State::Done);
        assert!(begun.elapsed() < Duration::from_millis(2900), "{outcome:?}");
        // Waiting costs the guest nothing.
        assert!(outcome.used.unwrap().cpu < Duration::from_millis(250), "{outcome:?}");
    }
    // A job that is given up takes its command along, and the log still says what was run.
    let component = load_with("commands", &grant("10s"), steps("dropped"), "{ timeout: 20s }").unwrap();
    let log = Captured::default();
    let dropped =
        log.during(async { tokio::time::timeout(Duration::from_millis(1500), component.run(&job())).await.is_err() });
    assert!(dropped.await);
    assert!(log.text().contains("killed with its job"), "{}", log.text());
    tokio::time::sleep(Duration::from_secs(3)).await;
    for name in ["own", "jobs", "dropped"] {
        assert_eq!(fs::read_to_string(directory.path().join(name)).unwrap(), "begun\n", "{name}");
    }
}

#[test]
fn a_command_is_checked_when_it_is_loaded() {
    let (directory, program) = program("touch \"$(dirname \"$0\")/was-run\"");
    let grant = format!("{{ commands: {{ act: {{ command: [{}] }} }} }}", program.display());
    // Not even a component's own check of its configuration may run it.
    let error = load_with("commands", &grant, json!({"steps": [], "validate": "act"}), "{ timeout: 20s }").unwrap_err();
    assert!(error.to_string().contains("no command is run while a configuration is checked"), "{error}");
    assert!(!directory.path().join("was-run").exists());

    fs::set_permissions(&program, fs::Permissions::from_mode(0o777)).unwrap();
    let error = load("commands", &grant, json!([])).unwrap_err();
    assert!(matches!(error, LoadError::Grant(_)), "{error}");
    assert!(error.to_string().starts_with("the command `act`: program `"), "{error}");
    assert!(error.to_string().contains("could be replaced by other users"), "{error}");
    let error = load("commands", "{ commands: { act: { command: [/no/such/program] } } }", json!([])).unwrap_err();
    assert!(error.to_string().contains("cannot be used"), "{error}");
}

// ---- What is wanted and what is granted

#[test]
fn a_component_gets_what_is_both_wanted_and_granted() {
    for (features, lacking) in [
        ("files", "`grant: { directories: { /data: /path/on/this/host } }` would grant it"),
        ("secrets", "prelude:trigger/secrets (`grant: { secrets: { name: { file: /path } } }` would grant it)"),
        ("commands", "prelude:trigger/commands (`grant: { commands:"),
    ] {
        let error = load(features, "{}", json!([])).unwrap_err();
        assert!(matches!(error, LoadError::Imports(ImportError::NotGranted { .. })), "{error}");
        assert!(error.to_string().contains(lacking), "{error}");
    }
    let grant = "{ secrets: { s: { environment: PATH } }, http: ['https://example.com'] }";
    let component = load("secrets", grant, json!([])).unwrap();
    let unused: Vec<_> = component.comparison().unused().map(|want| want.capability).collect();
    assert_eq!(unused, [Capability::Http]);
    let wants = Component::wants(&ENGINE, &guests::granted("secrets")).unwrap();
    assert_eq!(wants, ["prelude:trigger/secrets"]);
}
