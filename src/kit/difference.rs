//! What a case expects and what came of it, and how the two differ.

use similar::{ChangeTag, TextDiff};

use super::{trial::Ran, world::World};
use crate::{
    actions::{
        Cause, Outcome, State,
        component::{
            ConfigIssue,
            tape::{Asked, Note},
        },
    },
    config::{Expect, ExpectLine, Matches},
    text::{Escaped, quote, shorten},
};

/// Characters of one problem.
const LONGEST: usize = 16 << 10;

/// All that is not as expected.
pub(super) fn differences(expect: &Expect, ran: &Ran, world: &World) -> Vec<String> {
    let (outcome, tape) = (&ran.outcome, &ran.tape);
    let mut problems: Vec<_> =
        tape.differences.iter().map(|one| compare("effect", one.expected.as_deref(), one.got.as_deref())).collect();
    let state = word(outcome.state);
    if let Some(expected) = &expect.state
        && expected != state
    {
        problems.push(format!("{}\n  the job: {}", compare("state", Some(expected), Some(state)), told(outcome)));
    }
    let mut check = |what: &str, expected: Option<&Matches>, got: &str| {
        if let Some(expected) = expected
            && !expected.matches(got)
        {
            problems.push(compare(what, Some(&expected.to_string()), Some(got)));
        }
    };
    check("status", expect.status.clone().map(Matches::Text).as_ref(), tape.said.status.unwrap_or("none"));
    check("summary", expect.summary.as_ref(), tape.said.summary.as_deref().unwrap_or(&outcome.summary));
    check("code", expect.code.clone().map(Matches::Text).as_ref(), outcome.code.as_deref().unwrap_or("none"));
    check("stdout", expect.stdout.as_ref(), &outcome.stdout);
    check("stderr", expect.stderr.as_ref(), &outcome.stderr);
    if let Some(expected) = &expect.outputs {
        let fit = outcome.outputs.len() == expected.len()
            && outcome.outputs.iter().all(|(name, text)| expected.get(name).is_some_and(|one| one.matches(text)));
        if !fit {
            let expected: String = expected.iter().map(|(name, text)| format!("{name}: {text}\n")).collect();
            let mut got: Vec<_> = outcome.outputs.iter().map(|(name, text)| format!("{name}: {text}\n")).collect();
            got.sort();
            problems.push(compare("outputs", Some(&expected), Some(&got.concat())));
        }
    }
    if let Some(expected) = &expect.token {
        problems.extend(wrong_bytes("undo token", expected.as_ref(), outcome.undo_token.as_deref()));
    }
    for (key, expected) in &expect.kept {
        let got = ran.kept.get(key).map(Vec::as_slice);
        problems.extend(wrong_bytes(&format!("state {}", quote(key)), expected.as_ref(), got));
    }
    if let Some(expected) = &expect.log {
        problems.extend(wrong_log(expected, &tape.asked));
    }
    for (path, expected) in &expect.files {
        match world.read(path) {
            Ok(got) => problems.extend(wrong_bytes(&format!("file {path}"), expected.as_ref(), got.as_deref())),
            Err(error) => problems.push(format!("file {path} cannot be read: {error}")),
        }
    }
    problems
}

/// What is wrong with bytes that must be so, or must not be there.
fn wrong_bytes(what: &str, expected: Option<&Matches>, got: Option<&[u8]>) -> Option<String> {
    let got = got.map(String::from_utf8_lossy);
    let fit = match (expected, &got) {
        (None, None) => true,
        (Some(expected), Some(got)) => expected.matches(got),
        _ => false,
    };
    let expected = expected.map(ToString::to_string);
    (!fit).then(|| compare(what, expected.as_deref(), got.as_deref()))
}

/// A line that was logged: level, message, fields.
type Line<'a> = (&'static str, &'a str, &'a [(String, String)]);

fn wrong_log(expected: &[ExpectLine], asked: &[Asked]) -> Option<String> {
    let got: Vec<Line<'_>> = asked
        .iter()
        .filter_map(|asked| match &asked.what {
            Note::Log { log, message, fields } => Some((*log, message.as_str(), fields.as_slice())),
            _ => None,
        })
        .collect();
    let fits = |expected: &ExpectLine, (level, message, fields): &Line<'_>| {
        expected.level.as_ref().is_none_or(|expected| expected == level)
            && expected.message.matches(message)
            && expected.fields.as_ref().is_none_or(|expected| {
                expected.len() == fields.len()
                    && fields.iter().all(|(name, text)| expected.get(name).is_some_and(|one| one.matches(text)))
            })
    };
    if expected.len() == got.len() && expected.iter().zip(&got).all(|(expected, got)| fits(expected, got)) {
        return None;
    }
    let expected: String = expected
        .iter()
        .map(|line| {
            let fields = line.fields.iter().flatten().map(|(name, text)| format!(" {name}={text}")).collect::<String>();
            format!("{}: {}{fields}\n", line.level.as_deref().unwrap_or("any level"), line.message)
        })
        .collect();
    let got: String = got
        .iter()
        .map(|(level, message, fields)| {
            let fields = fields.iter().map(|(name, text)| format!(" {name}={text}")).collect::<String>();
            format!("{level}: {message}{fields}\n")
        })
        .collect();
    Some(compare("log", Some(&expected), Some(&got)))
}

/// What is wrong with the issues of a configuration.
pub(super) fn wrong_issues(expected: &[(String, Matches)], got: &[ConfigIssue]) -> Vec<String> {
    let fits = |(pointer, message): &(String, Matches), issue: &ConfigIssue| {
        *pointer == issue.pointer && message.matches(&issue.message)
    };
    let fit = expected.iter().all(|expected| got.iter().any(|issue| fits(expected, issue)))
        && got.iter().all(|issue| expected.iter().any(|expected| fits(expected, issue)));
    if fit {
        return Vec::new();
    }
    let expected: String = expected.iter().map(|(pointer, message)| format!("{pointer}: {message}\n")).collect();
    let got: String = got.iter().map(|issue| format!("{}: {}\n", issue.pointer, issue.message)).collect();
    vec![compare("issues", Some(&expected), Some(&got))]
}

/// What was expected and what came: in a line where that is enough, else line by line.
pub(super) fn compare(what: &str, expected: Option<&str>, got: Option<&str>) -> String {
    let show = |text: Option<&str>| {
        text.map_or_else(|| "nothing".to_owned(), |text| quote(&shorten(text.trim_end_matches('\n'), 512)))
    };
    let text = match (expected, got) {
        (Some(expected), Some(got)) if expected.trim_end().contains('\n') || got.trim_end().contains('\n') => {
            let diff = TextDiff::from_lines(expected, got);
            let lines: String = diff
                .iter_all_changes()
                .map(|change| {
                    let sign = match change.tag() {
                        ChangeTag::Delete => '-',
                        ChangeTag::Insert => '+',
                        ChangeTag::Equal => ' ',
                    };
                    format!("\n  {sign} {}", Escaped(change.value().trim_end_matches('\n')))
                })
                .collect();
            format!("{what} (- expected, + got):{lines}")
        }
        _ => format!("{what}: expected {}, got {}", show(expected), show(got)),
    };
    text.chars().take(LONGEST).collect()
}

/// The end of a job in a line, with what helps to understand it.
pub(super) fn told(outcome: &Outcome) -> String {
    let mut text = format!("{}: {}", outcome.state, shorten(&outcome.summary, 1024));
    if let Some(why) = &outcome.last_exchange {
        text.push_str(&format!("\n  last HTTP exchange: {why}"));
    }
    for (name, said) in [("stderr", &outcome.stderr), ("trace", &outcome.trace)] {
        if !said.is_empty() {
            text.push_str(&format!("\n  {name}: {}", said.trim_end().replace('\n', "\n    ")));
        }
    }
    text
}

/// The word of cases for a state of a job.
pub fn word(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::Observed => "observed",
        State::Expired => "expired",
        State::Refused => "refused",
        State::Failed(Cause::Transient) => "transient",
        State::Failed(Cause::Permanent) => "permanent",
        State::Failed(Cause::Misconfigured) => "misconfigured",
        State::Failed(Cause::Timeout) => "timeout",
        State::Failed(Cause::Crash) => "crash",
        State::Failed(Cause::OutOfMemory) => "out-of-memory",
        State::Failed(Cause::Denied) => "denied",
    }
}
