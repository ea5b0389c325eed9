//! What holds for every file, however strange.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod damaged;

use std::{fmt::Write as _, path::Path, time::Duration};

use proptest::prelude::*;

use super::{
    complaints::Complaints,
    daemon_file,
    decode::Item,
    diagnostic::Diagnostics,
    document::{Node, Value},
    load::{self, load, load_daemon},
    source::Source,
    toml, yaml, *,
};

const MAIN: &str = "prelude-trigger.yaml";

/// Loads triggers from a text.
fn triggers(text: &str) -> (Config, Diagnostics) {
    let complaints = Complaints::default();
    let sources = [Source::new(Path::new(MAIN), 0, text.to_owned())];
    let (config, _) = load::decode(Path::new(MAIN), &sources, true, &complaints, &mut Vec::new());
    (config, complaints.into_sorted())
}

/// Loads triggers that must be fine.
fn good(text: &str) -> Config {
    let (config, said) = triggers(text);
    assert!(said.is_empty(), "{said}");
    config
}

/// Loads triggers that can be used, whatever there is to warn of.
fn usable(text: &str) -> Config {
    let (config, said) = triggers(text);
    assert!(!said.has_errors(), "{said}");
    config
}

/// Loads the daemon's file from a text.
fn daemon(text: &str) -> (Option<Daemon>, Diagnostics) {
    let complaints = Complaints::default();
    let source = Source::new(Path::new("prelude-trigger.conf"), 0, text.to_owned());
    let daemon = match toml::parse(&source) {
        Ok(node) => daemon_file::decode(Item::file(&source, &node, &complaints)),
        Err(errors) => {
            complaints.add_all(errors);
            None
        }
    };
    (daemon, complaints.into_sorted())
}

#[test]
fn everything_that_may_be_written_is_understood() {
    let config = usable(
        r"
mode: observe
actions:
  note:
    exec:
      command: [/usr/local/bin/note, '{word} {{', alert.source(*).node.address(*).address, { verbatim: alert.log }]
      user: nobody
      groups: [adm, audio]
      umask: '027'
      directory: /tmp
      environment: { LANG: C.UTF-8 }
      stdin: none
      on_missing: skip
      allow_dash: true
      max_argument: 1KiB
    limits: { timeout: 5s, kill_after: 500ms, concurrency: 2, rate: 30/m, output: 1MiB }
  mail:
    component: mail.wasm
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    config: { to: [a, 1, 1.5, ~, true], port: 18446744073709551615 }
    limits: { cpu: 1s, memory: 1GiB, tables: 9, host_call: 1MiB }
triggers:
  - name: first
    mode: observe
    filters:
      - { path: alert.classification.text, regex: '^(?<word>\w+)' }
      - { path: alert.analyzer(-1).name, regex: sshd, match: none }
    actions: [note, mail, exec: [/bin/true], exec: [/bin/false], component: /b.wasm]
  - name: second
    silent: { for: 3 intervals, after_exit: true, expect: [b, 4711, a, b] }
    actions: [mail]
",
    );
    assert_eq!(config.mode, Mode::Observe);
    let names: Vec<_> = config.actions.iter().map(|action| &*action.name).collect();
    assert_eq!(names, ["note", "mail", "first/exec", "first/exec-2", "first/component"]);
    let [trigger, second] = config.triggers.as_slice() else { panic!("two triggers") };
    let expect = vec!["4711".into(), "a".into(), "b".into()];
    let silent = Silent { after: SilentFor::Intervals(3), after_exit: true, expect };
    assert_eq!((&trigger.silent, &second.silent), (&None, &Some(silent)));
    let used: Vec<_> = trigger.actions.iter().map(|one| &*one.action).collect();
    assert_eq!(used, ["note", "mail", "first/exec", "first/exec-2", "first/component"]);
    assert_eq!((trigger.mode, trigger.at.line, trigger.at.column), (Mode::Observe, 23, 11));
    assert_eq!(trigger.filters[1].to_string(), "alert.analyzer(-1).name regex 'sshd' (no value)");

    let ActionKind::Exec(exec) = &config.actions[0].kind else { panic!("an exec") };
    assert_eq!(
        exec.command.arguments[0],
        Template::Pieces(vec![Piece::Capture("word".into()), Piece::Verbatim(" {".into())])
    );
    assert_eq!(exec.command.arguments[1], Template::Whole("alert.source(*).node.address(*).address".parse().unwrap()));
    assert_eq!(exec.command.arguments[2], Template::verbatim("alert.log"));
    assert_eq!((exec.user.as_deref(), exec.groups.len(), exec.umask), (Some("nobody"), 2, 0o27));
    assert_eq!((exec.stdin, exec.on_missing, exec.allow_dash), (Stdin::None, OnMissing::Skip, true));
    assert_eq!((exec.max_argument, exec.directory.to_str()), (1024, Some("/tmp")));
    assert_eq!(exec.environment["LANG"], "C.UTF-8");
    let limits = &config.actions[0].limits;
    assert_eq!((limits.timeout, limits.kill_after), (Duration::from_secs(5), Duration::from_millis(500)));
    assert_eq!((limits.concurrency, limits.output), (2, 1 << 20));
    assert_eq!(limits.rate, Some(Rate { jobs: 30, per: Duration::from_mins(1) }));

    let ActionKind::Component(mail) = &config.actions[1].kind else { panic!("a component") };
    // Beside the file that names it, which has no directory here.
    assert_eq!(mail.file, Path::new("mail.wasm"));
    assert_eq!(mail.sha256.unwrap()[..2], [0xe3, 0xb0]);
    assert_eq!(mail.config.to_string(), r#"{"port":18446744073709551615,"to":["a",1,1.5,null,true]}"#);
    assert_eq!((config.actions[1].limits.tables, config.actions[1].limits.host_call), (9, 1 << 20));
    assert_eq!((config.actions[1].limits.memory, config.actions[1].limits.cpu), (1 << 30, Duration::from_secs(1)));
    let ActionKind::Component(bare) = &config.actions[4].kind else { panic!("a component") };
    assert_eq!((bare.config.to_string().as_str(), bare.sha256), ("{}", None));
}

#[test]
fn what_is_said_of_jobs_and_leases_is_understood() {
    let config = good(include_str!("../../tests/golden/config/leases-good.yaml"));
    let [block, count, shut] = config.actions.as_slice() else { panic!("three actions") };
    let minute = Duration::from_mins(1);
    assert_eq!((block.mode, count.mode), (Mode::Observe, Mode::Enforce));
    assert_eq!(block.retry, Retry { attempts: 1000, first: 5 * minute, up_to: 5 * minute });
    assert_eq!(count.retry, Retry { attempts: 5, first: Duration::from_secs(1), up_to: minute });
    assert_eq!((block.delivery, count.delivery), (Delivery::AtMostOnce, Delivery::AtLeastOnce));
    assert_eq!((block.deadline, count.deadline), (Duration::from_hours(30 * 24), Duration::from_hours(1)));
    // Its own, or else the one of all actions.
    assert_eq!(block.breaker, Some(Breaker { jobs: 5, within: minute, roll_back: 2 }));
    assert_eq!(count.breaker, Some(Breaker { jobs: 50, within: 10 * minute, roll_back: 0 }));

    let ActionKind::Exec(exec) = &block.kind else { panic!("an exec") };
    let shown: Vec<_> = exec.command_lines().map(|line| line.arguments[0].clone()).collect();
    assert_eq!(shown, ["add", "delete", "get"].map(Template::verbatim));
    let ActionKind::Exec(exec) = &count.kind else { panic!("an exec") };
    assert!(exec.undo.is_none() && exec.check.is_some());

    let [trigger] = config.triggers.as_slice() else { panic!("a trigger") };
    assert!(trigger.stop_on_failure);
    assert_eq!(trigger.breaker, Some(Breaker { jobs: 5, within: minute, roll_back: 0 }));
    let terms: Vec<_> = trigger.actions.iter().map(|one| one.lease.map(|terms| terms.to_string())).collect();
    assert_eq!(terms, [Some("1h, then x2 up to 7d".to_owned()), Some("366d".to_owned()), None]);
    // Where a trigger wants it undone, for whoever knows whether a component can.
    assert_eq!((shut.leased.as_ref().map(|at| (at.line, at.column)), &count.leased), (Some((37, 9)), &None));
}

#[test]
fn the_daemon_reads_how_long_to_keep_and_what_to_answer() {
    let (read, said) = daemon(include_str!("../../tests/golden/config/daemon-journal-good.conf"));
    let read = read.unwrap_or_else(|| panic!("{said}"));
    assert_eq!((read.state.keep_for, read.state.keep_size), (Duration::from_hours(365 * 24), 16 << 20));
    assert_eq!((read.limits.open_jobs, read.answers.send.len(), read.answers.addresses), (5, 7, true));
    assert_eq!(read.control_socket(), Path::new("/run/prelude-trigger/control"));
    assert_eq!(read.control.group.as_deref(), Some("adm"));

    let default = Daemon::default();
    assert_eq!((default.state.keep_for, default.state.keep_size), (Duration::from_hours(90 * 24), 1 << 30));
    assert_eq!(default.answers.send, [Answer::Done, Answer::Failed, Answer::Undone, Answer::Paused].into());
    assert!(!default.answers.addresses);
    assert_eq!(default.control_socket(), Path::new("/var/lib/prelude-trigger/control.sock"));
    for (text, answers) in [("\"none\"", vec![]), ("\"failed\"", vec![Answer::Failed]), ("[]", vec![])] {
        let (read, said) = daemon(&format!("[answers]\nsend = {text}\n"));
        assert_eq!(read.map(|read| read.answers.send), Some(answers.into_iter().collect()), "{said}");
    }
}

#[test]
fn arguments_are_taken_apart() {
    let path = |text: &str| Piece::Path(text.parse().unwrap());
    let text = |text: &str| Piece::Verbatim(text.to_owned());
    let cases = [
        ("plain", vec![text("plain")]),
        ("", vec![text("")]),
        ("alert", vec![text("alert")]),
        ("version", vec![text("version")]),
        ("{{}}", vec![text("{}")]),
        ("{{ {a} }}", vec![text("{ "), Piece::Capture("a".into()), text(" }")]),
        ("{{{a}}}", vec![text("{"), Piece::Capture("a".into()), text("}")]),
        ("{alert.messageid}", vec![path("alert.messageid")]),
        ("{a}{alert.messageid}ü", vec![Piece::Capture("a".into()), path("alert.messageid"), text("ü")]),
        ("{alert.additional_data('a}(b').data}", vec![path("alert.additional_data('a}(b').data")]),
        ("{alert.additional_data('a')b}').data}", vec![path("alert.additional_data('a')b}').data")]),
        (
            "{alert.additional_data('}').data}{b}",
            vec![path("alert.additional_data('}').data"), Piece::Capture("b".into())],
        ),
    ];
    for (argument, pieces) in cases {
        assert_eq!(argument.parse(), Ok(Template::Pieces(pieces)), "{argument}");
    }
    assert_eq!("alert.messageid".parse(), Ok(Template::Whole("alert.messageid".parse().unwrap())));
    for argument in [
        "{",
        "}",
        "a{b",
        "a}b",
        "{}",
        "{a b}",
        "{1}",
        "alert.nothing",
        "alert.source",
        "{alert.nothing}",
        "{alert.source(0)}",
        "{alert.additional_data('}').data",
    ] {
        let error = argument.parse::<Template>().unwrap_err();
        assert!(error.at.end <= argument.len() && argument.get(error.at.clone()).is_some(), "{argument}: {error:?}");
    }
}

#[test]
fn a_file_that_only_defaults_is_as_good_as_none() {
    assert_eq!(daemon("").0, Some(Daemon::default()));
    assert_eq!(daemon("[prelude]\n[logging]\n[state]\n[components]\n[limits]\n").0, Some(Daemon::default()));
}

#[test]
fn the_daemons_file_is_understood() {
    let (daemon, said) = daemon(
        r#"
[prelude]
profile = "trigger"
server-addr = ["192.0.2.1:4690", "unix"]
analyzer-name = "t"
heartbeat-interval = "5m"
[logging]
target = "file"
file = "/var/log/t.log"
rotation = "daily"
keep = 7
level = "debug"
format = "json"
levels = { rules = "trace", libprelude = "off" }
[state]
directory = "/var/lib/t"
[components]
pooling = false
[limits]
jobs-at-once = 1
queued-alerts = 2
queued-jobs = 3
"#,
    );
    assert!(said.is_empty(), "{said}");
    let daemon = daemon.unwrap();
    assert_eq!(daemon.prelude.server_addr, ["192.0.2.1:4690", "unix"]);
    assert_eq!(daemon.prelude.heartbeat_interval, Duration::from_mins(5));
    let path = "/var/log/t.log".into();
    assert_eq!(daemon.logging.target, LogTarget::File { path, rotation: Rotation::Daily, keep: Some(7) });
    assert_eq!(daemon.logging.levels["rules"], Level::Trace);
    assert_eq!(daemon.components, Components { pooling: false });
    assert_eq!(daemon.limits, DaemonLimits { jobs_at_once: 1, queued_alerts: 2, queued_jobs: 3, open_jobs: 100_000 });
}

#[test]
fn diagnostics_are_json_too() {
    let (_, said) = triggers("mode: observ\n");
    let json = serde_json::to_string(&said).unwrap();
    assert_eq!(
        json,
        r#"[{"severity":"error","file":"prelude-trigger.yaml","line":1,"column":7,"message":"`mode` has a wrong value","found":"the text `observ`","expected":"`enforce` or `observe`","help":"did you mean `observe`?"}]"#
    );
}

#[test]
fn colour_comes_only_when_asked_for() {
    let (_, said) = triggers("mode: observ\n");
    assert!(!said.to_string().contains('\u{1b}'));
    let mut coloured = Vec::new();
    said.render(&mut coloured, true).unwrap();
    assert!(coloured.contains(&0x1b));
}

/// A tree of words, each of which occurs once.
#[derive(Debug, Clone)]
enum Tree {
    Word(Style),
    List(bool, Vec<Tree>),
    Map(bool, Vec<Tree>),
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

fn trees() -> impl Strategy<Value = Tree> {
    let style = prop_oneof![Just(Style::Plain), Just(Style::Single), Just(Style::Double), Just(Style::Literal)];
    style.prop_map(Tree::Word).prop_recursive(5, 40, 5, |inner| {
        let children = prop::collection::vec(inner, 1..5);
        prop_oneof![
            (any::<bool>(), children.clone()).prop_map(|(flow, children)| Tree::List(flow, children)),
            (any::<bool>(), children).prop_map(|(flow, children)| Tree::Map(flow, children)),
        ]
    })
}

/// Writes a tree as YAML, with comments, blank lines and characters of several bytes between the words.
fn write(tree: &Tree, indent: usize, flow: bool, words: &mut usize, out: &mut String) {
    *words += 1;
    let word = format!("wörd{words}x");
    let margin = " ".repeat(indent);
    let noise = ["", "  # ünd ein Kommentar: [", "\n\n# §\n"][*words % 3];
    match tree {
        Tree::Word(Style::Plain) => *out += &word,
        Tree::Word(Style::Single) => write!(out, "'{word}'").unwrap(),
        Tree::Word(Style::Double) => write!(out, "\"{word}\"").unwrap(),
        Tree::Word(Style::Literal) if flow => *out += &word,
        Tree::Word(Style::Literal) => write!(out, "|\n{margin} {word}").unwrap(),
        Tree::List(inline, children) if flow || *inline => {
            *out += "[ ";
            for child in children {
                write(child, indent, true, words, out);
                *out += ", ";
            }
            *out += "]";
        }
        Tree::Map(inline, children) if flow || *inline => {
            *out += "{ ";
            for child in children {
                *words += 1;
                write!(out, "wörd{words}x: ").unwrap();
                write(child, indent, true, words, out);
                *out += ", ";
            }
            *out += "}";
        }
        Tree::List(_, children) => {
            *out += noise;
            for child in children {
                write!(out, "\n{margin}- ").unwrap();
                write(child, indent + 2, false, words, out);
            }
        }
        Tree::Map(_, children) => {
            *out += noise;
            for child in children {
                *words += 1;
                write!(out, "\n{margin}wörd{words}x: ").unwrap();
                write(child, indent + 2, false, words, out);
            }
        }
    }
}

/// Compares the place of every word with the place where a search finds it.
fn check_places(node: &Node, source: &Source) {
    match &node.value {
        Value::Text(text) => {
            let word = text.trim_end();
            let expected = source.text.find(word).unwrap_or_else(|| panic!("{word} is not in the text"));
            let written = node.site(source).text();
            // A block text stands where its `|` stands, or its first line; quotes belong to a quoted text.
            let block = written.starts_with('|') || text.ends_with('\n');
            let quote = usize::from(written.starts_with(['\'', '"']));
            if block {
                let line = node.site(source).location().line;
                let search = source.site(expected, expected + 1).location().line;
                assert!(line == search || line + 1 == search, "{word} in line {line}, not {search}");
            } else {
                assert_eq!(node.start + quote, expected, "{word} in\n{}", source.text);
                assert_eq!(node.site_within(source, 1, 2).text(), "ö", "{word}");
            }
        }
        Value::List(list) => list.iter().for_each(|node| check_places(node, source)),
        Value::Map(map) => map.iter().for_each(|(key, value)| {
            check_places(key, source);
            check_places(value, source);
        }),
        other => panic!("{other:?} was not written"),
    }
}

/// Pieces of which files are made, right ones and wrong ones.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "mode: ",
        "observe",
        "actions:",
        "triggers:",
        "- ",
        "name: ",
        "a",
        "filters: ",
        "path: ",
        "regex: ",
        "exec: ",
        "component: ",
        "limits: ",
        "timeout: ",
        "5s",
        "config: ",
        "command: ",
        "environment: ",
        "alert.source(0)",
        "alert.classification.text",
        "{alert.messageid}",
        "'(?<x>'",
        "{x}",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "\n      ",
        "&a ",
        "*a",
        "!t ",
        "!!str ",
        "|",
        ">-",
        "? ",
        "# c",
        "'",
        "\"",
        "\\",
        "~",
        "0x1F",
        "1e9",
        ".inf",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\t",
        "\r",
        "\u{feff}",
        "ü",
        "\u{85}",
        "\u{2028}",
        "<<: ",
        "\u{0}",
        "= ",
        "\"\"\"",
        "[[prelude]]",
        "[logging.levels]",
        "1979-05-27",
        "@",
    ]);
    prop::collection::vec(fragment, 0..40).prop_map(|list| list.concat())
}

/// Nothing that is said may reach outside the text or make a terminal do something.
fn is_presentable(said: &Diagnostics, text: &str) {
    let shown = said.to_string();
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    let lines = u32::try_from(text.split('\n').count()).unwrap();
    for one in said {
        let Some(at) = &one.at else {
            assert!(shown.contains("mistakes more than the first"), "{shown}");
            continue;
        };
        assert!((1..=lines).contains(&at.line) && at.column >= 1, "{at} in {text:?}");
    }
}

proptest! {
    #[test]
    fn every_word_stands_where_a_search_finds_it(tree in trees()) {
        let mut text = String::from("# Kommentar: ä\n");
        text += "root: ";
        write(&tree, 1, false, &mut 0, &mut text);
        text += "\n";
        let source = Source::new(Path::new(MAIN), 0, text);
        let root = yaml::parse(&source).unwrap_or_else(|error| panic!("{error:?}\n{}", source.text));
        let Value::Map(map) = &root.value else { panic!("a mapping") };
        check_places(&map[0].1, &source);
    }

    #[test]
    fn no_text_makes_loading_panic(text in prop_oneof![any::<String>(), "\\PC{0,200}", fragments()]) {
        let (_, said) = triggers(&text);
        is_presentable(&said, &text);
        let (_, said) = daemon(&text);
        is_presentable(&said, &text);
    }

    #[test]
    fn no_argument_makes_parsing_panic(text in prop_oneof![any::<String>(), "[{}a-c.(')\"é]{0,30}", "alert\\.[a-z.(){}*0-9']{0,30}"]) {
        if let Err(error) = text.parse::<Template>() {
            prop_assert!(error.at.end <= text.len(), "{error:?}");
        }
    }
}

#[test]
fn ten_thousand_triggers_load_quickly() {
    let mut text =
        String::from("actions:\n  note: { exec: [/usr/bin/logger, alert.classification.text] }\ntriggers:\n");
    for number in 0..10_000 {
        let path = "alert.source(*).node.address(*).address";
        write!(
            text,
            "  - name: trigger-{number}\n    filters:\n      - {{ path: alert.classification.text, regex: '(?i)^attack {number} on \\w+' }}\n      \
             - {{ path: {path}, regex: '^192[.]0[.]2[.]{number}$' }}\n    actions: [note]\n"
        )
        .unwrap();
    }
    let start = std::time::Instant::now();
    let config = usable(&text);
    let took = start.elapsed();
    assert_eq!(config.triggers.len(), 10_000);
    // A second is the goal for an optimised build; anything that grows with the square of the file takes minutes.
    println!("10,000 triggers, {} KiB: {took:?}", text.len() >> 10);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn files_that_cannot_be_read_are_named_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let huge = directory.path().join("huge.yaml");
    std::fs::File::create(&huge).unwrap().set_len(source::MAX_BYTES + 1).unwrap();
    let cases = [
        (huge.as_path(), "is larger than 16 MiB\n  help: spread the triggers over several files in triggers.d"),
        // Endless, and of no length until it is read.
        (Path::new("/dev/zero"), "is larger than 16 MiB"),
        (Path::new("/dev/null/x"), "Not a directory"),
        (
            Path::new("/nonexistent/\u{1b}[2J"),
            "the file `/nonexistent/\\x1b[2J` does not exist\n  help: name the right file with `--config FILE`",
        ),
        (directory.path(), "is a directory\n  expected: a file"),
    ];
    for (file, expected) in cases {
        let files = Files { triggers: file.to_owned(), daemon: Some("/dev/null".into()) };
        let said = load(&files).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }
    let said = load_daemon(Some(Path::new("/nonexistent"))).unwrap_err().to_string();
    assert!(said.ends_with("help: name the right file with `--daemon-config FILE`"), "{said}");
}

#[test]
fn more_mistakes_than_anybody_reads_are_counted() {
    let (_, said) = triggers(&format!("triggers: [{}]", "5, ".repeat(30_000)));
    assert_eq!(said.count(), (10_001, 0));
    let first = said.iter().next().unwrap();
    assert_eq!(first.message, "there are 20000 mistakes more than the first 10000, which are shown");
    assert_eq!(said.iter().last().unwrap().at.as_ref().unwrap().column, 30_009);
}

#[test]
fn anchors_and_tags_do_not_belong_to_the_place() {
    let places = |text: &str| {
        let source = Source::new(Path::new(MAIN), 0, text.to_owned());
        let Node { value: Value::Map(map), .. } = yaml::parse(&source).unwrap() else { panic!("a mapping") };
        let text = |node: &Node| source.text[node.start..].chars().next();
        map.iter().map(|(_, value)| text(value)).collect::<Option<String>>().unwrap()
    };
    assert_eq!(
        places("k: &a\n  x: y\nl: &b # c\n  - z\nm: !t &c   # c\n  q\nn: &d\n- w\no: *a\np: &e [r]\nq: &f 's'\n"),
        "x-!-*['"
    );
    let (_, said) = triggers("actions: { a: { exec: { command: [/bin/true], umask: &m 0o77 } } }");
    assert!(!said.has_errors(), "{said}");
}
