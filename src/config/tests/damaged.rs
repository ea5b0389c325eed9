//! Good files and good texts, damaged by the word: nothing panics, nothing takes long, what is said points into the text, and what is
//! understood is understood again when it is written down.

use std::fs;

use rustix::time::{ClockId, clock_gettime};

use super::*;
use crate::{
    config::{
        criteria::{self, Criteria, Relation, RelationKind},
        quantity,
    },
    text::damage::{damaged, damaged_or_random},
};

/// Every file with this ending that the project ships or tests with.
fn files(ending: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directories = ["etc", "etc/recipes", "etc/triggers.d", "tests/golden", "tests/golden/config"];
    let files = directories.iter().filter_map(|directory| fs::read_dir(root.join(directory)).ok()).flatten();
    let files = files.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    // It takes all the time and room that a file may take; the golden test has it.
    files.retain(|file| !file.ends_with("syntax-too-many.yaml"));
    // One of them is not UTF-8.
    let texts: Vec<_> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    assert!(!texts.is_empty(), "{ending}: {files:?}");
    texts
}

/// Criteria that are understood.
fn criteria_samples() -> Vec<String> {
    [
        "alert.assessment.impact.severity >= medium && ! alert.correlation_alert",
        r#"alert.classification.text ~* '^(login|su)\b.*[^a-z]$' || alert.source(0).node.address(-1).address == "192.0.2.7""#,
        r"!! (alert.classification.text <>* 'a*[!b-d]\?' & alert.target(*).service.port != 22) | heartbeat",
        r"alert.additional_data('a (b) c').data == ('x' || r'y\z' && ('\x41\u00e9\U0001f600' || w))",
        "alert.create_time >= '2026-11-21T10:00:00Z' && alert.create_time < 2026-11-21T12:00:00+02:00",
        "alert.source.ident !substr* 'a' && alert.source.ident substr b\n\t|| alert.source.ident !=* c",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn template_samples() -> Vec<String> {
    [
        "alert.source(*).node.address(*).address",
        "--from={alert.source(0).node.address(0).address}:{word}{{}}",
        r#"{alert.additional_data('a}b').data} {heartbeat.analyzer(-1).name} {alert.additional_data("it's").data}"#,
        "plain, {{ and }}, and {alert.messageid}",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn quantity_samples() -> Vec<String> {
    ["500ms", "5s", "10 min", "4h", "7 days", "64KiB", "1 mb", "2GiB", "50/s", "3 per hour", "18446744073709551615ms"]
        .map(str::to_owned)
        .to_vec()
}

/// A criteria in a spelling of its own.
fn written(criteria: &Criteria) -> String {
    let list = |list: &[Criteria], between: &str, inside: fn(&Criteria) -> String| {
        list.iter().map(inside).collect::<Vec<_>>().join(between)
    };
    match criteria {
        Criteria::Not(inside) => format!("! {}", closed(inside)),
        Criteria::Any(parts) => list(parts, " || ", |part| match part {
            Criteria::Any(_) => closed(part),
            _ => written(part),
        }),
        Criteria::All(parts) => list(parts, " && ", closed),
        Criteria::Criterion(criterion) => match &criterion.relation {
            None => criterion.path.value.clone(),
            Some((relation, value)) => {
                let value = value.value.replace('\\', r"\x5c").replace('\'', r"\x27");
                format!("{} {} '{value}'", criterion.path.value, spelling(*relation))
            }
        },
    }
}

/// Whether all its paths are some.
fn has_paths(criteria: &Criteria) -> bool {
    match criteria {
        Criteria::Criterion(criterion) => criterion.path.value.parse::<crate::idmef::Path>().is_ok(),
        Criteria::Not(inside) => has_paths(inside),
        Criteria::Any(parts) | Criteria::All(parts) => parts.iter().all(has_paths),
    }
}

/// The same in parentheses, where it is more than one criterion.
fn closed(criteria: &Criteria) -> String {
    let open = written(criteria);
    if matches!(criteria, Criteria::Criterion(_)) { open } else { format!("({open})") }
}

fn spelling(relation: Relation) -> String {
    let kind = match relation.kind {
        RelationKind::Equals if relation.negated => "=",
        RelationKind::Equals => "==",
        RelationKind::Glob => "<>",
        RelationKind::Regex => "~",
        RelationKind::Above => ">",
        RelationKind::AtLeast => ">=",
        RelationKind::Below => "<",
        RelationKind::AtMost => "<=",
    };
    format!("{}{kind}{}", if relation.negated { "!" } else { "" }, if relation.ignore_case { "*" } else { "" })
}

/// An argument as it would be written.
fn spelled(template: &Template) -> String {
    match template {
        Template::Whole(path) => path.to_string(),
        Template::Pieces(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Verbatim(text) => text.replace('{', "{{").replace('}', "}}"),
                Piece::Path(path) => format!("{{{path}}}"),
                Piece::Capture(name) => format!("{{{name}}}"),
            })
            .collect(),
    }
}

/// What was said is about places in the text, and is said again.
fn says_where(said: &Diagnostics, text: &str, file: &str) {
    is_presentable(said, text);
    let lines: Vec<&str> = text.split('\n').collect();
    for at in said.into_iter().filter_map(|one| one.at.as_ref()).filter(|at| at.file.ends_with(file)) {
        let line = lines[at.line as usize - 1];
        assert!(at.column as usize <= line.chars().count() + 1, "{at} is behind the end of {line:?}");
    }
}

/// Runs something that must not take long for the size of a text. Other threads' time does not count: the machine may be busy.
fn in_time<T>(text: &str, run: impl FnOnce() -> T) -> T {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    let result = run();
    let took = now().saturating_sub(start);
    assert!(took < Duration::from_secs(5), "{took:?} for {} bytes: {text:?}", text.len());
    result
}

proptest! {
    #[test]
    fn damaged_triggers_are_refused_with_a_place(text in damaged_or_random(files("yaml"))) {
        let (config, said) = in_time(&text, || triggers(&text));
        says_where(&said, &text, MAIN);
        let (again, said_again) = triggers(&text);
        prop_assert_eq!(said.to_string(), said_again.to_string());
        prop_assert_eq!(config.triggers.len(), again.triggers.len());
    }

    #[test]
    fn a_damaged_daemon_file_is_refused_with_a_place(text in damaged_or_random(files("conf"))) {
        let (_, said) = in_time(&text, || daemon(&text));
        says_where(&said, &text, "prelude-trigger.conf");
    }

    #[test]
    fn a_damaged_list_is_refused_with_a_place(text in damaged_or_random(files("list"))) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("damaged.list");
        fs::write(&file, &text).unwrap();
        let config = format!("lists: {{ some: {{ file: '{}' }} }}\n", file.display());
        let (_, said) = in_time(&text, || triggers(&config));
        let lines: Vec<&str> = text.split('\n').collect();
        prop_assert!(!said.to_string().contains(|letter: char| letter.is_control() && letter != '\n'));
        for at in said.into_iter().filter_map(|one| one.at.as_ref()).filter(|at| *at.file == *file) {
            let line = lines[at.line as usize - 1];
            prop_assert!(at.column as usize <= line.chars().count() + 1, "{} is behind the end of {:?}", at, line);
        }
    }

    #[test]
    fn damaged_criteria_are_refused_with_a_place(text in damaged_or_random(criteria_samples())) {
        match in_time(&text, || criteria::parse(&text)) {
            // An index that is never closed would swallow the parentheses.
            Ok(parsed) if has_paths(&parsed) => {
                let once = written(&parsed);
                let again = criteria::parse(&once).map_err(|error| TestCaseError::fail(format!("{once}: {error:?}")))?;
                prop_assert_eq!(written(&again), once);
            }
            Ok(_) => {}
            Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error),
        }
        if let Err(said) = in_time(&text, || parse_criteria(Path::new(MAIN), &text)) {
            says_where(&said, &text, MAIN);
        }
    }

    #[test]
    fn damaged_arguments_are_refused_with_a_place(text in damaged_or_random(template_samples())) {
        match in_time(&text, || Template::parse(&text)) {
            Ok((template, places)) => {
                prop_assert_eq!(places.len(), template.substitutions().count());
                prop_assert!(places.iter().all(|place| text.get(place.clone()).is_some_and(|part| !part.is_empty())));
                // In braces no key can have in it what ends one there.
                let again = spelled(&template);
                if !template.substitutions().any(|one| matches!(one, Substitution::Path(path) if path.to_string().contains(")}"))) {
                    prop_assert_eq!(again.parse::<Template>(), Ok(template));
                }
            }
            Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error),
        }
    }

    #[test]
    fn damaged_quantities_are_guessed_at(text in prop_oneof![damaged_or_random(quantity_samples()), "[0-9]{0,21} ?[a-zA-Z/]{0,5}"]) {
        match quantity::duration(&text) {
            Ok(duration) => prop_assert_eq!(quantity::duration(&quantity::show_duration(duration)), Ok(duration)),
            Err(guess) => prop_assert!(guess.is_none_or(|guess| guess.len() <= text.len() + 2)),
        }
        match quantity::size(&text) {
            Ok(size) => prop_assert_eq!(quantity::size(&quantity::show_size(size)), Ok(size)),
            Err(guess) => prop_assert!(guess.is_none_or(|guess| guess.len() <= text.len() + 3)),
        }
        let _ = quantity::rate(&text);
        if let Some(number) = Number::parse(&text) {
            prop_assert!(number.compare(number).is_eq(), "{}", text);
        }
    }

    #[test]
    fn damaged_elements_of_lists_are_understood_or_not(
        text in damaged(["192.0.2.0/24", "2001:db8::/32", "10.0.0.1-10.0.0.9", "::ffff:192.0.2.7", "root"].map(str::to_owned).to_vec()),
    ) {
        match in_time(&text, || Element::parse(&text)) {
            Ok(element) => prop_assert_eq!(Element::parse(&text).unwrap(), element),
            Err(error) => prop_assert!(!error.to_string().contains(char::is_control), "{}", error),
        }
    }
}
