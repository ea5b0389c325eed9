//! `exec:` and the commands of components: a program, its arguments, and what it is started with.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::config::{
    CommandLine, Exec, OnMissing, Stdin, Template,
    decode::{Item, Table},
    diagnostic::{Diagnostic, quote},
    document::Value,
    source::Site,
    template::{Piece, Substitution},
};
use crate::idmef;

const EXEC_KEYS: [&str; 12] = [
    "command",
    "undo",
    "check",
    "user",
    "groups",
    "umask",
    "directory",
    "environment",
    "stdin",
    "on_missing",
    "allow_dash",
    "max_argument",
];

/// What a gap in an argument may stand for in a component's command, and how to have none.
pub(super) const PARAMETERS_HELP: &str =
    "`{name}` stands for a parameter, `{{` and `}}` for braces; `{ verbatim: '…' }` passes a text as it is";

/// What fills the gaps in the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gaps {
    /// The alert, and what the trigger's filters captured.
    Alert,
    /// A component, by parameters.
    Parameters,
    /// The alert and its captures, which fill a parameter of an action.
    Parameter,
}

impl Gaps {
    fn command(self) -> &'static str {
        match self {
            Self::Alert | Self::Parameter => {
                "a list: the program and its arguments, such as `[/usr/bin/logger, alert.classification.text]`"
            }
            Self::Parameters => "a list: the program and its arguments, such as `[/usr/bin/logger, '{text}']`",
        }
    }
}

/// A capture or path in an argument, and where it stands.
pub(super) struct Mention<'a> {
    pub(super) what: Mentioned,
    pub(super) site: Site<'a>,
}

/// What an argument mentions.
pub(super) enum Mentioned {
    Capture(Arc<str>),
    Path(idmef::Path),
}

/// `exec:`, short or long.
pub(super) fn decode<'a>(item: Item<'a>, mentions: &mut Vec<Mention<'a>>) -> Option<Exec> {
    let table = match &item.node.value {
        Value::Map(_) => item.table("`exec`", &EXEC_KEYS)?,
        // The short form is the command alone.
        _ => return command(item, Gaps::Alert, mentions).map(Exec::new),
    };
    let mut exec = long(&table, Gaps::Alert, mentions);
    exec.undo = table.get("undo").and_then(|item| command(item, Gaps::Alert, mentions));
    exec.check = table.get("check").and_then(|item| command(item, Gaps::Alert, mentions));
    table.read("stdin", &mut exec.stdin, |item| item.choice(&[("alert", Stdin::Alert), ("none", Stdin::None)]));
    Some(exec)
}

/// The keys of a command's long form that every kind of command has. Where the command itself is wrong, which has been
/// complained about, the rest is read all the same.
pub(super) fn long<'a>(table: &Table<'a>, gaps: Gaps, mentions: &mut Vec<Mention<'a>>) -> Exec {
    let command = table
        .require("command", "add `command: [/path/to/program, argument]`")
        .and_then(|item| command(item, gaps, mentions));
    let nothing =
        || CommandLine { program: PathBuf::new(), program_at: table.item.site().location(), arguments: Vec::new() };
    let mut exec = Exec::new(command.unwrap_or_else(nothing));
    exec.user = table.get("user").and_then(Item::some_text).map(str::to_owned);
    if let Some(groups) = table.get("groups").and_then(|item| item.list("a list of groups")) {
        exec.groups = groups.filter_map(Item::some_text).map(str::to_owned).collect();
    }
    table.read("umask", &mut exec.umask, umask);
    table.read("directory", &mut exec.directory, Item::absolute_path);
    table.read("environment", &mut exec.environment, |item| {
        environment(item, "values of alerts reach a program as arguments, or in the alert on its standard input")
    });
    table.read("on_missing", &mut exec.on_missing, |item| {
        item.choice(&[("refuse", OnMissing::Refuse), ("skip", OnMissing::Skip), ("empty", OnMissing::Empty)])
    });
    table.read("allow_dash", &mut exec.allow_dash, Item::boolean);
    // The kernel's own limit for one argument is 128 KiB (MAX_ARG_STRLEN), with the NUL at its end.
    table.read("max_argument", &mut exec.max_argument, |item| item.size(1..=(128 << 10) - 1));
    exec
}

/// The program and its arguments.
fn command<'a>(item: Item<'a>, gaps: Gaps, mentions: &mut Vec<Mention<'a>>) -> Option<CommandLine> {
    if let Value::Text(text) = &item.node.value {
        let words: Vec<&str> = text.split_whitespace().collect();
        let help = format!("no shell takes a command line apart: write {}", quote(&format!("[{}]", words.join(", "))));
        return item.refuse(item.mismatch(gaps.command()).help(help));
    }
    let mut list = item.list(gaps.command())?;
    let Some(first) = list.next() else {
        return item.wrong(gaps.command());
    };
    let program = program(first);
    let arguments: Vec<_> = list.map(|item| argument(item, gaps, mentions)).collect();
    let (program_at, arguments) = (first.site().location(), arguments.into_iter().collect::<Option<_>>()?);
    Some(CommandLine { program: program?, program_at, arguments })
}

/// The first element of a command.
fn program(item: Item<'_>) -> Option<PathBuf> {
    let text = item.some_text()?;
    if text.contains(['{', '}'])
        || Template::parse(text).is_ok_and(|(template, _)| matches!(template, Template::Whole(_)))
    {
        return item.refuse(
            item.error("the program cannot come out of an alert")
                .found(item.node.describe(item.source))
                .expected("the absolute path of a program, without `{` and `}`"),
        );
    }
    if !Path::new(text).is_absolute() {
        return item.refuse(
            item.error(format!("the program {} is not an absolute path", quote(text)))
                .expected("a path that begins with `/`, such as `/usr/bin/logger`")
                .help("no PATH is searched: `command -v NAME` in a shell tells where a program is"),
        );
    }
    if text.ends_with('/') {
        return item.wrong("a program, not a directory");
    }
    Some(PathBuf::from(text))
}

/// One argument after the program.
/// One argument of a command, or what fills a parameter.
pub(super) fn argument<'a>(item: Item<'a>, gaps: Gaps, mentions: &mut Vec<Mention<'a>>) -> Option<Template> {
    if let Value::Map(map) = &item.node.value
        && map.iter().any(|(key, _)| key.value == Value::Text("verbatim".to_owned()))
    {
        let table = item.table("an argument", &["verbatim"])?;
        return table.get("verbatim")?.text().map(Template::verbatim);
    }
    let text = match &item.node.value {
        Value::Integer(_) if gaps == Gaps::Parameter => item.site().text(),
        _ => item.text()?,
    };
    let (template, places) = match Template::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let site = item.node.site_within(item.source, error.at.start, error.at.len());
            let complaint = match gaps {
                Gaps::Alert | Gaps::Parameter => Diagnostic::error(Some(site), error.message).maybe_help(error.help),
                Gaps::Parameters => {
                    let message = format!("{} is no argument of a command: {}", quote(text), error.message);
                    Diagnostic::error(Some(site), message).help(PARAMETERS_HELP)
                }
            };
            return item.refuse(complaint);
        }
    };
    for (substitution, place) in template.substitutions().zip(places) {
        let site = item.node.site_within(item.source, place.start, place.len());
        let what = match substitution {
            Substitution::Capture(name) => Mentioned::Capture(Arc::clone(name)),
            Substitution::Path(path) => Mentioned::Path(path.clone()),
        };
        mentions.push(Mention { what, site });
    }
    if let (Template::Pieces(pieces), Gaps::Alert) = (&template, gaps) {
        warn_of_many_values(item, pieces);
    }
    Some(template)
}

/// A path inside an argument has room for one value only.
fn warn_of_many_values(item: Item<'_>, pieces: &[Piece]) {
    for piece in pieces {
        let Piece::Path(path) = piece else {
            continue;
        };
        if path.is_multiple() {
            let path = path.to_string();
            item.complain(
                item.warning(format!("{} may have several values, and only one fits inside an argument", quote(&path)))
                    .help("jobs for alerts with several values are refused: give an index such as (0), or make the path an argument of its own, which becomes one argument for each value"),
            );
        }
    }
}

/// `umask:`, octal as in a shell, which YAML reads as a text (`077`, `'077'`) or, written `0o077`, as a number.
fn umask(item: Item<'_>) -> Option<u32> {
    let expected = "an octal mask from '000' to '777', such as '077'";
    let written = item.site().text().trim_matches(['\'', '"']);
    let digits = match &item.node.value {
        Value::Text(text) => text.strip_prefix("0o").unwrap_or(text),
        Value::Integer(_) => match written.strip_prefix("0o") {
            Some(digits) => digits,
            None if written == "0" => written,
            None => {
                let help = format!(
                    "without a leading zero it is not octal: did you mean {}?",
                    quote(&format!("'{written:0>3}'"))
                );
                return item.refuse(item.mismatch(expected).help(help));
            }
        },
        _ => return item.wrong(expected),
    };
    match u32::from_str_radix(digits, 8) {
        Ok(mask) if mask <= 0o777 && digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(mask),
        _ => item.wrong(expected),
    }
}

/// `environment:`, names and values; `help` says how values of alerts get where variables go.
pub(super) fn environment(item: Item<'_>, help: &str) -> Option<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for (key, name, value) in item.entries("a mapping of names to values, such as `{ LANG: C.UTF-8 }`")? {
        if !is_identifier(name) {
            key.complain(
                key.error(format!("{} is not the name of an environment variable", quote(name)))
                    .expected("letters, digits and `_`, not beginning with a digit"),
            );
            continue;
        }
        if let Some(text) = value.text() {
            if text.contains('{') {
                value.complain(
                    value.warning(format!("nothing is substituted in the value of {}", quote(name))).help(help),
                );
            }
            variables.insert(name.to_owned(), text.to_owned());
        }
    }
    Some(variables)
}

/// Letters, digits and `_`, not beginning with a digit.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    begins && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
