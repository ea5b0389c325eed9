//! What the program finds when it starts: exactly what it was given.

use proptest::{prelude::*, test_runner::TestRunner};
use rustix::io::FdFlags;

use super::*;
use crate::actions::State;

/// Runs the program and expects it to end well.
async fn output_of(exec: config::Exec) -> String {
    let outcome = load(exec).unwrap().run(&job(alert("Login failed", &["192.0.2.1"]))).await;
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    outcome.stdout
}

/// A line of `/proc/self/status`, which shows a process what the kernel knows of it.
async fn status_line(name: &str, change: impl FnOnce(&mut config::Exec)) -> String {
    let mut exec = config("/bin/grep", vec![verbatim(&format!("^{name}:")), verbatim("/proc/self/status")]);
    change(&mut exec);
    output_of(exec).await.split(':').next_back().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_environment_is_exactly_what_was_promised() {
    let mut exec = config("/usr/bin/env", vec![]);
    exec.environment = BTreeMap::from([("LANG".into(), "de_DE.UTF-8".into()), ("TOKEN".into(), "a=b c".into())]);
    let text = output_of(exec).await;
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "LANG=de_DE.UTF-8",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "PRELUDE_TRIGGER_ACTION=act",
            "PRELUDE_TRIGGER_ATTEMPT=2",
            "PRELUDE_TRIGGER_JOB_ID=job-7",
            "PRELUDE_TRIGGER_TRIGGER=ssh",
            "TOKEN=a=b c",
        ]
    );
}

#[tokio::test]
async fn the_alert_is_one_line_of_json_on_standard_input() {
    let text = output_of(config("/bin/cat", vec![])).await;
    assert_eq!(text.matches('\n').count(), 1);
    assert!(text.ends_with('\n'));
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["alert"]["classification"]["text"], "Login failed");
    let mut silent = config("/bin/cat", vec![]);
    silent.stdin = Stdin::None;
    assert_eq!(output_of(silent).await, "");
}

#[tokio::test]
async fn no_descriptor_but_the_standard_ones_is_open() {
    // Neither a descriptor without close-on-exec, such as a C library may leave behind, …
    let leaked = fs::File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&leaked, FdFlags::empty()).unwrap();
    let text = output_of(config("/bin/ls", vec![verbatim("/proc/self/fd")])).await;
    // … nor any other; 3 is the directory that `ls` reads.
    assert_eq!(text, "0\n1\n2\n3\n");
}

#[tokio::test]
async fn it_leads_a_session_of_its_own() {
    let text = output_of(config("/bin/cat", vec![verbatim("/proc/self/stat")])).await;
    let fields: Vec<_> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    let pid = text.split_whitespace().next().unwrap();
    // state, parent, process group, session, terminal
    assert_eq!((fields[2], fields[3], fields[4]), (pid, pid, "0"));
}

#[tokio::test]
async fn signals_are_default_and_none_is_blocked() {
    // As libprelude leaves SIGPIPE, and as `nohup` leaves SIGHUP: the standard library's own start-up has ignored SIGPIPE.
    for name in ["SigIgn", "SigBlk"] {
        assert_eq!(status_line(name, |_| {}).await, "0000000000000000", "{name}");
    }
    // A pipeline whose reader goes away ends at once instead of printing errors.
    let outcome = run_shell("yes | head -n 1; echo ${PIPESTATUS:-}").await;
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("y\n\n", ""));
}

#[tokio::test]
async fn umask_directory_and_core_limit_are_set() {
    assert_eq!(status_line("Umask", |_| {}).await, "0077");
    assert_eq!(status_line("Umask", |exec| exec.umask = 0o022).await, "0022");
    let scripts = Scripts::new();
    let mut exec = config("/bin/pwd", vec![]);
    assert_eq!(output_of(exec.clone()).await, "/\n");
    exec.directory = scripts.0.path().to_path_buf();
    assert_eq!(output_of(exec).await.trim_end(), scripts.0.path().to_str().unwrap());
    let limits = output_of(config("/bin/grep", vec![verbatim("core"), verbatim("/proc/self/limits")])).await;
    assert_eq!(limits.split_whitespace().collect::<Vec<_>>(), ["Max", "core", "file", "size", "0", "0", "bytes"]);
}

#[tokio::test]
async fn user_and_groups_are_taken_on_and_privileges_given_up() {
    if !is_root() {
        return; // becoming somebody else takes root
    }
    let nobody = |exec: &mut config::Exec| {
        exec.user = Some("nobody".into());
        exec.groups = vec!["daemon".into()];
    };
    assert_eq!(status_line("Uid", nobody).await, "65534 65534 65534 65534");
    assert_eq!(status_line("Gid", nobody).await, "65534 65534 65534 65534");
    assert_eq!(status_line("Groups", nobody).await, "1");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(status_line(set, nobody).await, "0000000000000000", "{set}");
    }
    assert_eq!(status_line("NoNewPrivs", nobody).await, "1");
    assert_eq!(status_line("Groups", |exec| exec.user = Some("nobody".into())).await, "");
    assert_eq!(status_line("NoNewPrivs", |_| {}).await, "0");
    let mut id = config("/usr/bin/id", vec![]);
    nobody(&mut id);
    assert_eq!(output_of(id).await, "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup),1(daemon)\n");
    // A set-user-id program stays what its caller is.
    let scripts = Scripts::new();
    let id = scripts.path("id");
    fs::copy("/usr/bin/id", &id).unwrap();
    fs::set_permissions(&id, fs::Permissions::from_mode(0o4755)).unwrap();
    let mut set_user_id = config(id, vec![verbatim("-u")]);
    set_user_id.user = Some("nobody".into());
    assert_eq!(output_of(set_user_id).await, "65534\n");
}

#[tokio::test]
async fn no_shell_runs_what_the_kernel_would_not() {
    let scripts = Scripts::new();
    let exec = load(config(scripts.write("no-first-line", "echo a shell ran this\n"), vec![])).unwrap();
    let outcome = exec.run(&job(alert("", &[]))).await;
    assert_eq!(outcome.state, State::Failed(crate::actions::Cause::Misconfigured));
    assert_eq!(outcome.stdout, "");
    assert_eq!(
        outcome.summary,
        format!(
            "`{}` was not started: executing it failed: Exec format error (os error 8): the kernel knows no such kind of \
             program; a script needs a first line such as `#!/bin/sh`",
            scripts.path("no-first-line").display()
        )
    );
}

/// What a real process received, asked from the kernel, is what [`Exec::arguments`] said.
#[test]
fn the_vector_that_is_shown_is_the_vector_that_is_executed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
    let strategy = (any::<String>(), proptest::collection::vec("[^-\0]\\PC{0,20}[\n'\" ;|&$]?", 0..4));
    let template = vec![
        verbatim("/proc/self/cmdline"),
        whole("alert.source(*).node.address(*).address"),
        Template::Pieces(vec![Piece::Verbatim("<".into()), path("alert.classification.text")]),
    ];
    let result = runner.run(&strategy, |(text, addresses)| {
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let mut exec = config("/bin/cat", template.clone());
        exec.on_missing = OnMissing::Skip;
        let exec = load(exec).unwrap();
        let job = job(alert(&text, &addresses));
        let Ok(vector) = exec.arguments(&job.message, &job.captures, &[]) else { return Ok(()) };
        let outcome = runtime.block_on(exec.run(&job));
        // `cat` fails on the files it does not find; its own command line is what it prints.
        let shown: Vec<&str> = outcome.stdout.split_terminator('\0').collect();
        prop_assert_eq!(shown, vector);
        Ok(())
    });
    result.unwrap();
}
