//! From an alert to an argument vector, or to the reason why there is none.

use crate::{
    actions::{Captures, exec::quoted},
    config::{CommandLine, Exec, OnMissing, Piece, Template},
    idmef::{self, Message},
};

/// Most values that one whole-argument path may turn into arguments.
const MAX_VALUES: usize = 256;

/// Most bytes of all arguments together, each with its terminating NUL and its pointer. Linux takes 128 KiB of arguments
/// and environment whatever the stack limit; this leaves a quarter for the environment.
const MAX_TOTAL: usize = 96 << 10;

/// How much of a value a refusal shows, in characters.
const SHOWN: usize = 60;

/// Why an alert makes no argument vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("argument {number}{line} (`{template}`): {guard}")]
pub struct Refusal {
    /// Of which of the action's command lines, in words; nothing for what it does.
    pub line: &'static str,
    /// Which argument; the program is 0.
    pub number: usize,
    /// The path or argument as the operator wrote it.
    pub template: String,
    /// The guard that refused.
    pub guard: Guard,
}

/// What guards an argument vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Guard {
    /// Nothing there to put in.
    #[error(
        "`{what}` has no value in this alert; set `on_missing: skip` (leave the argument out) or `empty` if the program can do without"
    )]
    Missing {
        /// The path or capture.
        what: String,
    },
    /// One value is needed and there are several.
    #[error(
        "`{what}` has {count} values, and braces inside an argument take exactly one; choose one with an index such as `(0)`, or make the path an argument of its own to pass them all"
    )]
    Several {
        /// The path.
        what: String,
        /// How many it has.
        count: usize,
    },
    /// More values than anyone wants as arguments.
    #[error(
        "{count} values are more than the {MAX_VALUES} that one path may add as arguments; let the program read the alert from standard input"
    )]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// An argument ends at its first NUL.
    #[error("the value {value} holds a NUL, which no argument can carry")]
    Nul {
        /// Escaped and shortened.
        value: String,
    },
    /// Longer than `max_argument`.
    #[error(
        "with {length} bytes ({value}) it is longer than `max_argument: {limit}`; raise the limit, or let the program read the alert from standard input"
    )]
    TooLong {
        /// In bytes.
        length: usize,
        /// The configured limit.
        limit: usize,
        /// Escaped and shortened.
        value: String,
    },
    /// The program would take it for an option.
    #[error(
        "the value makes it {value}, which starts with `-` and would be taken for an option; put an argument `--` before it if the program understands that, then set `allow_dash: true`"
    )]
    Dash {
        /// The argument, escaped and shortened.
        value: String,
    },
    /// Together longer than the system takes for certain.
    #[error(
        "the arguments up to here take {length} bytes, more than the {MAX_TOTAL} that are sure to fit; pass fewer values, or let the program read the alert from standard input"
    )]
    Total {
        /// In bytes, with NULs and pointers.
        length: usize,
    },
}

/// The argument vector of one of the command lines of `exec` for this alert, or for none: then no path has a value.
pub(super) fn build(
    exec: &Exec,
    line: &CommandLine,
    message: Option<&Message>,
    captures: &Captures,
) -> Result<Vec<String>, Refusal> {
    let mut vector = vec![line.program.to_string_lossy().into_owned()];
    let mut total = 0;
    for (template, number) in line.arguments.iter().zip(1..) {
        let refuse = |guard| Refusal { line: "", number, template: spelling(template), guard };
        let from = vector.len();
        match template {
            Template::Whole(path) => {
                let values = values(message, path);
                if values.len() > MAX_VALUES {
                    return Err(refuse(Guard::TooMany { count: values.len() }));
                }
                match exec.on_missing {
                    OnMissing::Refuse if values.is_empty() => {
                        let what = path.to_string();
                        return Err(refuse(Guard::Missing { what }));
                    }
                    OnMissing::Empty if values.is_empty() => vector.push(String::new()),
                    _ => {}
                }
                for value in values {
                    let text = value.text().into_owned();
                    check(exec, &text, true).map_err(refuse)?;
                    vector.push(text);
                }
            }
            Template::Pieces(pieces) => {
                if let Some(text) = join(exec, pieces, message, captures).map_err(refuse)? {
                    let substituted = pieces.iter().any(|p| !matches!(p, Piece::Verbatim(_)));
                    let leading = !matches!(pieces.first(), Some(Piece::Verbatim(_)) | None);
                    if substituted {
                        check(exec, &text, leading).map_err(refuse)?;
                    }
                    vector.push(text);
                }
            }
        }
        for argument in vector.iter().skip(from) {
            total += argument.len() + 1 + size_of::<usize>();
        }
        if total > MAX_TOTAL {
            return Err(refuse(Guard::Total { length: total }));
        }
    }
    Ok(vector)
}

fn values<'m>(message: Option<&'m Message>, path: &idmef::Path) -> Vec<idmef::Value<'m>> {
    message.map_or_else(Vec::new, |message| message.values(path))
}

/// One argument from its pieces; `None` when a missing value leaves it out.
fn join(
    exec: &Exec,
    pieces: &[Piece],
    message: Option<&Message>,
    captures: &Captures,
) -> Result<Option<String>, Guard> {
    let mut text = String::new();
    for piece in pieces {
        let (what, found) = match piece {
            Piece::Verbatim(verbatim) => {
                text.push_str(verbatim);
                continue;
            }
            Piece::Capture(name) => (name.to_string(), captures.get(name).cloned()),
            Piece::Path(path) => {
                let values = values(message, path);
                if values.len() > 1 {
                    return Err(Guard::Several { what: path.to_string(), count: values.len() });
                }
                let value = values.first().map(|value| value.text().into_owned());
                (path.to_string(), value)
            }
        };
        match (found, exec.on_missing) {
            (Some(value), _) => text.push_str(&value),
            (None, OnMissing::Refuse) => return Err(Guard::Missing { what }),
            (None, OnMissing::Skip) => return Ok(None),
            (None, OnMissing::Empty) => {}
        }
    }
    Ok(Some(text))
}

/// The guards of an argument into which a value was put; `leading` when the argument begins with one. Only `-` (U+002D)
/// is a dash here, because only that is one to `getopt`. An empty value does not help past the guard:
/// what then comes first counts.
fn check(exec: &Exec, argument: &str, leading: bool) -> Result<(), Guard> {
    let value = || quoted(argument, SHOWN);
    if argument.contains('\0') {
        return Err(Guard::Nul { value: value() });
    }
    if argument.len() > exec.max_argument {
        return Err(Guard::TooLong { length: argument.len(), limit: exec.max_argument, value: value() });
    }
    if leading && argument.starts_with('-') && !exec.allow_dash {
        return Err(Guard::Dash { value: value() });
    }
    Ok(())
}

/// A template as the operator wrote it.
fn spelling(template: &Template) -> String {
    match template {
        Template::Whole(path) => path.to_string(),
        Template::Pieces(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Verbatim(text) => {
                    let text = text.replace('{', "{{").replace('}', "}}");
                    text.escape_debug().to_string()
                }
                Piece::Path(path) => format!("{{{path}}}"),
                Piece::Capture(name) => format!("{{{name}}}"),
            })
            .collect(),
    }
}
