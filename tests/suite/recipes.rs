//! The recipes in `etc/recipes`: each loads by itself, its tests pass, and every trigger is shown matching and not matching.
//!
//! Components are those of the examples, built here; programs and secrets are stand-ins, for no machine has all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use prelude_trigger::config::{self, Expectation, Files};
use serde_json::Value;

use crate::{
    guests,
    sandbox::{Sandbox, text},
};

const COMPONENTS: [&str; 4] = ["block", "jabber", "mail", "webhook"];
const PROGRAMS: [&str; 7] = [
    "/usr/sbin/nft",
    "/usr/sbin/usermod",
    "/usr/bin/systemctl",
    "/usr/bin/tcpdump",
    "/usr/bin/systemd-cat",
    "/usr/bin/pkill",
    "/usr/bin/logger",
];
const SECRETS: [&str; 6] = ["controller", "crowdsec", "jabber", "slack-url", "smtp", "thehive"];

fn recipes() -> Vec<PathBuf> {
    let entries = fs::read_dir("etc/recipes").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
}

/// A sandbox with the recordings and stand-ins, whose programs write their name and arguments into `ran`.
fn kitchen() -> Sandbox {
    let sandbox = Sandbox::new();
    let ran = sandbox.path("ran");
    for program in PROGRAMS {
        let name = program.rsplit('/').next().unwrap();
        let script = format!("(flock 9; echo \"{name} $*\" >&9) 9>>'{}'", ran.display());
        sandbox.script(&format!("bin/{name}"), &script);
    }
    for secret in SECRETS {
        let file = sandbox.write(&format!("secrets/{secret}"), "https://hooks.slack.com/services/x");
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    for sample in fs::read_dir("etc/recipes/samples").unwrap() {
        let sample = sample.unwrap();
        let name = format!("samples/{}", sample.file_name().to_str().unwrap());
        sandbox.write(&name, &fs::read_to_string(sample.path()).unwrap());
    }
    sandbox
}

/// A recipe with everything that it names where the sandbox has it.
fn served(sandbox: &Sandbox, recipe: &str) -> String {
    let mut recipe = recipe.replace("/etc/prelude-trigger/secrets", text(&sandbox.path("secrets")));
    for name in COMPONENTS {
        let installed = format!("/usr/local/lib/prelude-trigger/actions/{name}.wasm");
        if recipe.contains(&installed) {
            recipe = recipe.replace(&installed, text(guests::example(name)));
        }
    }
    for program in PROGRAMS {
        let stand_in = sandbox.path("bin").join(program.rsplit('/').next().unwrap());
        recipe = recipe.replace(&format!("[{program},"), &format!("[{},", stand_in.display()));
    }
    recipe
}

#[test]
fn there_is_one_for_each_purpose() {
    let numbers: Vec<_> =
        recipes().iter().map(|path| path.file_name().unwrap().to_str().unwrap()[..3].to_owned()).collect();
    let expected: Vec<_> = (1..=14).map(|number| format!("{number:02}-")).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn each_loads_by_itself_and_keeps_what_it_says() {
    let sandbox = kitchen();
    for path in recipes() {
        let recipe = served(&sandbox, &fs::read_to_string(&path).unwrap());
        let triggers = sandbox.write("prelude-trigger.yaml", &recipe);
        let checked = sandbox.run(&["check", "--deny-warnings", "--format", "json"]);
        assert_eq!(checked.code, 0, "{}: {}{}", path.display(), checked.stdout, checked.stderr);
        let said: Value = serde_json::from_str(&checked.stdout).unwrap();
        assert!(said["tests"]["passed"].as_u64().unwrap() >= 2 && said["tests"]["failed"] == 0, "{said}");
        covered(&path.display().to_string(), &Files { triggers, daemon: Some(sandbox.path("prelude-trigger.conf")) });
    }
}

/// Every trigger but those on silence, which no test can be about, matches in a test and does not in another message.
fn covered(recipe: &str, files: &Files) {
    let loaded = config::load(files).unwrap_or_else(|said| panic!("{said}"));
    let (mut matches, mut rests) = (BTreeSet::new(), BTreeSet::new());
    for expect in loaded.tests.iter().map(|test| &test.expect) {
        let all: Vec<_> = match expect {
            Expectation::Each(expected) => vec![expected],
            Expectation::InTurn(list) => list.iter().collect(),
        };
        for trigger in &loaded.config.triggers {
            for expected in &all {
                let names = if expected.contains_key(&*trigger.name) { &mut matches } else { &mut rests };
                names.insert(trigger.name.to_string());
            }
        }
    }
    for trigger in loaded.config.triggers.iter().filter(|trigger| trigger.silent.is_none()) {
        assert!(matches.contains(&*trigger.name), "{recipe}: no test shows {} matching", trigger.name);
        assert!(rests.contains(&*trigger.name), "{recipe}: no test shows {} not matching", trigger.name);
        assert!(trigger.mode == config::Mode::Observe, "{recipe}: {} acts before anybody has looked", trigger.name);
    }
}

#[test]
fn all_of_them_load_together_in_triggers_d() {
    let sandbox = kitchen();
    sandbox.write("prelude-trigger.yaml", "mode: observe\n");
    for entry in fs::read_dir("etc/recipes/samples").unwrap() {
        let entry = entry.unwrap();
        let name = format!("triggers.d/samples/{}", entry.file_name().to_str().unwrap());
        sandbox.write(&name, &fs::read_to_string(entry.path()).unwrap());
    }
    for path in recipes() {
        let recipe = served(&sandbox, &fs::read_to_string(&path).unwrap());
        sandbox.write(&format!("triggers.d/{}", path.file_name().unwrap().to_str().unwrap()), &recipe);
    }
    // The never-lists are added up: what one recipe protects is safe from all. No test may fall to that.
    let checked = sandbox.run(&["check", "--deny-warnings"]).expect(0);
    assert!(checked.stdout.contains("16 triggers (1 on silence)"), "{}", checked.stdout);
}

#[test]
fn what_they_would_do_is_done_when_they_are_let() {
    let sandbox = kitchen();
    let run = |name: &str, input: &str| {
        let recipe = fs::read_to_string(format!("etc/recipes/{name}.yaml")).unwrap();
        let recipe = served(&sandbox, &recipe).replace("    mode: observe", "    mode: enforce");
        sandbox.write("prelude-trigger.yaml", &recipe);
        let _ = fs::remove_file(sandbox.path("ran"));
        let ran = sandbox.run(&["run", "--input", text(&sandbox.path(input))]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        let lines = fs::read_to_string(sandbox.path("ran")).unwrap_or_default();
        let mut counted: BTreeMap<String, u32> = BTreeMap::new();
        for line in lines.lines() {
            *counted.entry(line.to_owned()).or_default() += 1;
        }
        counted
    };
    let one = |line: &str| BTreeMap::from([(line.to_owned(), 1)]);
    assert_eq!(
        run("02-block-failed-logins", "samples/ssh-guessing.jsonl"),
        one("nft add element inet filter blocked4 { 203.0.113.9 }")
    );
    assert_eq!(run("02-block-failed-logins", "samples/ssh-administrator.jsonl"), BTreeMap::new());
    let blocked = run("01-block-brute-force", "samples/brute-force-again.jsonl");
    let expected = ["198.51.100.7", "203.0.113.9"]
        .map(|address| (format!("nft add element inet filter blocked4 {{ {address} timeout 14400s }}"), 1));
    assert_eq!(blocked, BTreeMap::from(expected));
    let ended = run("13-end-session", "samples/su-refused.jsonl");
    let expected = [
        "logger --priority auth.crit --tag prelude-trigger -- ben is refused to become root on www.example.com",
        "pkill --signal HUP --terminal pts/3",
    ];
    assert_eq!(ended, BTreeMap::from(expected.map(|line| (line.to_owned(), 1))));
}
