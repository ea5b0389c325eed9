//! What can be asked of the world, as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{body::Body, kept::Keep};
use crate::text::{Escaped, quote, shorten};

/// Bytes of a body that are shown.
const SHOWN: usize = 2048;

/// A call that has an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// A secret is revealed. Its value is nobody's business here: it is asked of whoever has it, and never written down.
    Reveal {
        /// Its name.
        name: String,
    },
    /// The addresses of a name are asked for.
    Resolve {
        /// The name.
        name: String,
    },
    /// A command is run.
    Run {
        /// Its name.
        command: String,
        /// What its gaps are filled with, in order.
        arguments: Vec<(String, String)>,
        /// The argument vector that came of it; not compared where it is not known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        argv: Vec<String>,
    },
    /// A request is sent.
    Request {
        /// Its method.
        method: String,
        /// Where to.
        url: String,
        /// Its fields, names in lower case.
        headers: Vec<(String, String)>,
        /// Its body, or a part of it where only that matters.
        body: Body,
    },
    /// The action's own store is asked or written.
    State {
        /// What is asked.
        does: Keep,
    },
    /// A connection is opened. What goes over it is not known.
    Connect {
        /// Where to.
        address: String,
    },
}

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Note {
    /// It was asked for, and answered.
    Call(Call),
    /// A part of the alert was read.
    Read {
        /// The path; empty for all of it.
        read: String,
    },
    /// A line was logged.
    Log {
        /// Its level.
        log: &'static str,
        /// What it says.
        message: String,
        /// What stands beside it.
        fields: Vec<(String, String)>,
    },
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// By itself.
    Exited(u32),
    /// By a signal.
    Signalled(u32),
    /// It took too long.
    TimedOut,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Completed {
    /// How it ended.
    pub ending: Ending,
    /// The end of its standard output.
    pub stdout: String,
    /// The end of its standard error.
    pub stderr: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Call {
    /// Whether it does something, rather than asking something.
    pub fn is_deed(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Request { .. } | Self::Connect { .. } | Self::State { .. })
    }

    /// A word for its kind.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Reveal { .. } => "reveal",
            Self::Resolve { .. } => "resolve",
            Self::Run { .. } => "run",
            Self::Request { .. } => "request",
            Self::Connect { .. } => "connect",
            Self::State { .. } => "state",
        }
    }

    /// Whether this, which is expected, is what was asked.
    pub(super) fn fits(&self, got: &Self) -> bool {
        match (self, got) {
            (
                Self::Run { command, arguments, argv },
                Self::Run { command: got_command, arguments: got_arguments, argv: got_argv },
            ) => {
                command == got_command
                    && sorted(arguments) == sorted(got_arguments)
                    && (argv.is_empty() || got_argv.is_empty() || argv == got_argv)
            }
            (
                Self::Request { method, url, headers, body },
                Self::Request { method: got_method, url: got_url, headers: got_headers, body: got_body },
            ) => {
                method == got_method
                    && url == got_url
                    && headers.iter().all(|header| got_headers.contains(header))
                    && body.fits(got_body)
            }
            _ => self == got,
        }
    }
}

fn sorted(arguments: &[(String, String)]) -> Vec<&(String, String)> {
    let mut sorted: Vec<_> = arguments.iter().collect();
    sorted.sort();
    sorted
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reveal { name } => write!(f, "secret {}", quote(name)),
            Self::Resolve { name } => write!(f, "the addresses of {}", quote(name)),
            Self::Run { command, arguments, argv } => {
                write!(f, "run {}", quote(command))?;
                for (name, text) in sorted(arguments) {
                    write!(f, " {}={}", Escaped(name), quote(&shorten(text, SHOWN)))?;
                }
                if argv.is_empty() { Ok(()) } else { write!(f, " ({})", crate::text::quote_all(argv)) }
            }
            Self::Request { method, url, headers, body } => {
                write!(f, "{} {}", Escaped(method), Escaped(url))?;
                for (name, value) in headers {
                    write!(f, "\n{}: {}", Escaped(name), Escaped(value))?;
                }
                match body {
                    Body::Any => Ok(()),
                    Body::Text(text) if text.is_empty() => Ok(()),
                    Body::Text(text) => {
                        text.lines().take(200).try_for_each(|line| write!(f, "\n  {}", shorten(line, SHOWN)))
                    }
                    Body::Base64(text) => write!(f, "\n  base64 {}", shorten(text, SHOWN)),
                    Body::Json(value) => write!(f, "\n  {}", shorten(&value.to_string(), SHOWN)),
                }
            }
            Self::Connect { address } => write!(f, "connect to {}", Escaped(address)),
            Self::State { does } => does.fmt(f),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call) => call.fmt(f),
            Self::Read { read } if read.is_empty() => f.write_str("read the whole alert"),
            Self::Read { read } => write!(f, "read {}", Escaped(read)),
            Self::Log { log, message, fields } => {
                write!(f, "log {log}: {}", shorten(message, SHOWN))?;
                fields
                    .iter()
                    .try_for_each(|(name, text)| write!(f, " {}={}", Escaped(name), quote(&shorten(text, SHOWN))))
            }
        }
    }
}
