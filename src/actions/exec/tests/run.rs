//! How jobs end: well, badly, late, noisily, or not by themselves.

use rustix::process::{Pid, test_kill_process};

use super::*;
use crate::actions::{Cause, State};

const MIB: usize = 1 << 20;

/// Whether a process exists and is more than a zombie.
fn lives(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// Waits for what a kill in another task leads to.
async fn dies(pid: &str) -> bool {
    for _ in 0..200 {
        if !lives(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * rustix::param::page_size()
}

#[tokio::test]
async fn exit_statuses_become_outcomes() {
    let table = [
        ("exit 0", State::Done, "ended with status 0"),
        ("exit 1", State::Failed(Cause::Permanent), "ended with status 1"),
        ("exit 75", State::Failed(Cause::Transient), "ended with status 75 (EX_TEMPFAIL: may work later)"),
        (
            "exit 78",
            State::Failed(Cause::Misconfigured),
            "ended with status 78 (EX_CONFIG: its configuration is wrong)",
        ),
        ("exit 255", State::Failed(Cause::Permanent), "ended with status 255"),
        ("kill -SEGV $$", State::Failed(Cause::Crash), "ended by signal SIGSEGV"),
        ("kill -KILL $$", State::Failed(Cause::Crash), "ended by signal SIGKILL"),
        ("kill -40 $$", State::Failed(Cause::Crash), "ended by signal 40"),
    ];
    for (script, state, end) in table {
        let outcome = run_shell(script).await;
        assert_eq!(outcome.state, state, "{script}: {}", outcome.summary);
        assert!(outcome.summary.ends_with(&format!("/script` {end}")), "{script}: {}", outcome.summary);
    }
}

#[tokio::test]
async fn the_summary_quotes_the_last_words_on_one_line() {
    let outcome = run_shell(r"printf 'first\nError: \033[31mno\007 such table\r\n\n' >&2; echo out; exit 3").await;
    assert!(
        outcome.summary.ends_with(r#"ended with status 3, saying "Error: \x1b[31mno\x07 such table""#),
        "{}",
        outcome.summary
    );
    assert_eq!(outcome.stderr, "first\nError: \u{1b}[31mno\u{7} such table\r\n\n");
    assert_eq!(outcome.stdout, "out\n");
    assert!(run_shell("echo only out; exit 3").await.summary.ends_with(r#"status 3, saying "only out""#));
}

#[tokio::test]
async fn a_refusal_starts_nothing() {
    let scripts = Scripts::new();
    let mut exec = config(scripts.shell("echo x > ran"), vec![whole("alert.classification.text")]);
    exec.directory = scripts.0.path().to_path_buf();
    let outcome = load(exec).unwrap().run(&job(alert("-rf", &[]))).await;
    assert_eq!(outcome.state, State::Refused);
    assert!(outcome.summary.contains("would be taken for an option"), "{}", outcome.summary);
    assert!(!scripts.path("ran").exists());
}

#[tokio::test]
async fn a_program_that_was_tampered_with_since_is_not_started() {
    let scripts = Scripts::new();
    let script = scripts.shell("echo x");
    let exec = load(config(&script, vec![])).unwrap();
    let misconfigured = State::Failed(Cause::Misconfigured);
    fs::set_permissions(&script, fs::Permissions::from_mode(0o777)).unwrap();
    let outcome = exec.run(&job(alert("", &[]))).await;
    assert_eq!(outcome.state, misconfigured);
    assert!(outcome.summary.contains("could be replaced by other users"), "{}", outcome.summary);
    fs::remove_file(&script).unwrap();
    let outcome = exec.run(&job(alert("", &[]))).await;
    assert_eq!(outcome.state, misconfigured);
    assert!(outcome.summary.contains("No such file or directory"), "{}", outcome.summary);
}

#[tokio::test]
async fn a_directory_that_is_gone_is_named() {
    let scripts = Scripts::new();
    let mut exec = config("/bin/true", vec![]);
    exec.directory = scripts.0.path().to_path_buf();
    let exec = load(exec).unwrap();
    drop(scripts);
    let outcome = exec.run(&job(alert("", &[]))).await;
    assert_eq!(outcome.state, State::Failed(Cause::Misconfigured));
    assert_eq!(
        outcome.summary,
        "`/bin/true` was not started: entering its working directory failed: No such file or directory (os error 2): \
         nothing of it has run"
    );
}

#[tokio::test]
async fn a_program_being_written_is_tried_again_and_then_said_to_be_busy() {
    let scripts = Scripts::new();
    let copy = scripts.path("true");
    fs::copy("/bin/true", &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let exec = load(config(&copy, vec![])).unwrap();
    let job = job(alert("", &[]));
    let writer = fs::OpenOptions::new().append(true).open(&copy).unwrap();
    let outcome = exec.run(&job).await;
    assert_eq!(outcome.state, State::Failed(Cause::Transient));
    assert!(outcome.summary.ends_with("somebody has it open for writing"), "{}", outcome.summary);
    let run = tokio::spawn(async move { exec.run(&job).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(writer);
    assert_eq!(run.await.unwrap().state, State::Done);
}

#[tokio::test]
async fn a_flood_is_drained_and_its_end_kept() {
    let before = resident();
    let limits = Limits { output: 1000, timeout: Duration::from_mins(1), ..Limits::default() };
    let outcome =
        run_limited("head -c 1073741824 /dev/zero | tr '\\0' x; printf 'the end'; printf more >&2", limits).await;
    assert_eq!(outcome.state, State::Done);
    assert_eq!(outcome.stdout, "x".repeat(993) + "the end");
    assert_eq!(outcome.stderr, "more");
    let end = "ended with status 0; of its stdout the last 1000 bytes were kept, 1073740831 dropped";
    assert!(outcome.summary.ends_with(end), "{}", outcome.summary);
    let grown = resident().saturating_sub(before);
    // Other tests of this process take memory of their own meanwhile, but nothing like what went by here.
    assert!(grown < 512 * MIB, "memory grew by {grown} bytes");
}

#[tokio::test]
async fn an_endless_flood_ends_at_the_timeout() {
    let outcome = run_limited("exec yes", short(1500, 500)).await;
    assert_eq!(outcome.state, State::Failed(Cause::Timeout));
    assert!(outcome.took < Duration::from_secs(6), "{:?}", outcome.took);
    assert_eq!(outcome.stdout.len(), Limits::default().output);
}

#[tokio::test]
async fn a_program_need_not_read_its_input() {
    // 5 MB do not fit into a pipe: nobody waits for them to be read.
    let big = alert(&"x".repeat(5 * MIB), &[]);
    let scripts = Scripts::new();
    for script in ["exit 0", "exec <&-; sleep 0.2", "head -c 10 > /dev/null", "sleep 0.2"] {
        let exec = load(config(scripts.shell(script), vec![])).unwrap();
        let outcome = exec.run(&job(big.clone())).await;
        assert_eq!(outcome.state, State::Done, "{script}: {}", outcome.summary);
        assert!(outcome.took < Duration::from_secs(6), "{script}: {:?}", outcome.took);
    }
    let exec = load(config("/usr/bin/wc", vec![verbatim("-c")])).unwrap();
    let counted: usize = exec.run(&job(big.clone())).await.stdout.trim().parse().unwrap();
    assert_eq!(counted, big.to_json().len() + 1);
}

#[tokio::test]
async fn at_the_timeout_it_is_asked_and_then_forced() {
    let polite = run_limited("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done", short(1500, 5000)).await;
    assert_eq!(polite.state, State::Failed(Cause::Timeout));
    let end = "took longer than its timeout of 1.5s and ended with status 0";
    assert!(polite.summary.contains(end), "{}", polite.summary);
    assert_eq!(polite.stdout, "bye\n");
    assert!(polite.took < Duration::from_secs(6), "{:?}", polite.took);

    let stubborn = run_limited("trap '' TERM; echo $$; while :; do sleep 0.05; done", short(1500, 500)).await;
    assert_eq!(stubborn.state, State::Failed(Cause::Timeout));
    assert!(stubborn.summary.contains("timeout of 1.5s and ended by signal SIGKILL"), "{}", stubborn.summary);
    assert!(stubborn.took >= Duration::from_secs(2) && stubborn.took < Duration::from_secs(6));
    assert!(!lives(&stubborn.stdout));
}

#[tokio::test]
async fn the_whole_group_is_killed() {
    // The program obeys SIGTERM; its children do not.
    let script = "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.05; done) & wait";
    let outcome = run_limited(script, short(1500, 500)).await;
    assert_eq!(outcome.state, State::Failed(Cause::Timeout));
    assert!(outcome.summary.contains("ended by signal SIGTERM"), "{}", outcome.summary);
    assert!(dies(&outcome.stdout).await, "{outcome:?}");
}

#[tokio::test]
async fn processes_left_behind_do_not_hold_the_job() {
    let outcome = run_shell("sleep 300 & echo $!").await;
    assert_eq!(outcome.state, State::Done);
    assert!(outcome.took < Duration::from_secs(6), "{:?}", outcome.took);
    assert!(outcome.summary.ends_with("; processes it left behind held its output open and were killed"));
    assert!(dies(&outcome.stdout).await);

    // What they write within the grace period is not lost.
    let outcome = run_shell("(sleep 0.1; echo late) & echo early").await;
    assert_eq!(outcome.stdout, "early\nlate\n");
    assert!(outcome.summary.ends_with("ended with status 0"), "{}", outcome.summary);
}

#[tokio::test]
async fn a_helper_in_its_own_session_lives_on_and_holds_nothing_up() {
    let outcome = run_shell("setsid sleep 300 & sleep 0.1; echo $!").await;
    assert_eq!(outcome.state, State::Done);
    assert!(outcome.took < Duration::from_secs(6), "{:?}", outcome.took);
    let helper = outcome.stdout.trim();
    assert!(lives(helper));
    rustix::process::kill_process(Pid::from_raw(helper.parse().unwrap()).unwrap(), rustix::process::Signal::KILL)
        .unwrap();
}

#[tokio::test]
async fn a_dropped_job_takes_its_group_along() {
    let scripts = Scripts::new();
    let mut exec = config(scripts.shell("sleep 300 & echo $! $$ > pids.new; mv pids.new pids; wait"), vec![]);
    exec.directory = scripts.0.path().to_path_buf();
    let exec = load(exec).unwrap();
    let task = tokio::spawn(async move { exec.run(&job(alert("", &[]))).await });
    for _ in 0..1000 {
        if scripts.path("pids").exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let pids = fs::read_to_string(scripts.path("pids")).unwrap();
    let (child, leader) = pids.trim().split_once(' ').unwrap();
    assert!(lives(child) && lives(leader));
    task.abort();
    assert!(dies(child).await && dies(leader).await);
    // Nor does a zombie remain once another child has been waited for.
    run_shell("true").await;
    let leader = Pid::from_raw(leader.parse().unwrap()).unwrap();
    for _ in 0..100 {
        if test_kill_process(leader).is_err() {
            return;
        }
        run_shell("true").await;
    }
    panic!("the dropped program is still a zombie");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_jobs_run_side_by_side() {
    let exec = Arc::new(load(config("/bin/cat", vec![])).unwrap());
    let jobs: Vec<_> = (0..200)
        .map(|number| {
            let exec = Arc::clone(&exec);
            tokio::spawn(async move {
                let outcome = exec.run(&job(alert(&format!("number {number}"), &[]))).await;
                assert!(outcome.stdout.contains(&format!("number {number}\"")), "{outcome:?}");
                outcome.state
            })
        })
        .collect();
    for job in jobs {
        assert_eq!(job.await.unwrap(), State::Done);
    }
}

#[test]
fn the_end_of_a_stream_is_kept_at_whole_characters() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let tail = |text: &str, limit| {
        let mut tail = output::Tail::new(limit);
        runtime.block_on(tail.fill(Some(text.as_bytes())));
        (tail.dropped(), tail.text())
    };
    assert_eq!(tail("abc", 3), (0, "abc".into()));
    assert_eq!(tail("abcd", 3), (1, "bcd".into()));
    assert_eq!(tail("aüb", 2), (2, "b".into()));
    assert_eq!(tail("abc", 0), (3, String::new()));
    assert_eq!(tail("", 0), (0, String::new()));
}
