//! The operator's files: what may stand in them, and what to say when something else does.
//!
//! [`load()`] turns files into a [`Loaded`] configuration or into all their mistakes as [`Diagnostics`]; every
//! verb of the command line goes through it. The way of a file:
//!
//! ```text
//!  source ──▶ yaml | toml ──▶ document ──▶ decode: action, trigger, daemon_file ──▶ check ──▶ Loaded
//!   text       syntax          tree with     schema                                names
//!                              positions                                           that meet
//! ```
//!
//! - What is loaded is plain data with every text already parsed: a [`idmef::Path`](crate::idmef::Path), a
//!   regular expression, a [`Template`]. Nothing later needs to doubt it.
//! - A mistake never hides another: everything is decoded as far as it can be, and one run tells all.
//! - No file can make loading panic or take memory without end: files are at most 16 MiB, documents four million
//!   values, nesting 128, expressions 8 KiB each and 1 MiB when compiled.
//! - A key that means nothing is an error, and so is a limit that would not be enforced.
//!
//! To add a key, add it to the table of keys of its mapping, read it beside the others, and write its mistakes
//! down as a golden file in `tests/golden/config`.

mod action;
mod answers;
mod breaker;
mod case;
mod check;
mod complaints;
mod confidential;
mod conjunction;
mod control;
mod criteria;
mod criteria_file;
mod daemon_file;
mod damping;
mod damping_file;
mod decode;
mod delivery;
mod diagnostic;
mod document;
mod escape;
mod exec;
mod expression;
mod expression_file;
mod filter;
mod filter_file;
mod grant;
mod limits;
mod list_file;
mod load;
mod message_file;
mod never;
mod never_file;
mod parameter;
mod parameter_file;
mod place;
mod possible;
mod quantity;
mod set;
mod silence;
mod silence_file;
mod source;
mod spelling;
mod target;
mod template;
mod terms;
mod test_file;
#[cfg(test)]
mod tests;
mod time_file;
mod time_test;
mod toml;
mod trigger;
mod trigger_test;
mod types;
mod untyped;
mod use_check;
mod use_file;
mod value_file;
mod yaml;

pub use answers::{Answer, Answers};
pub use breaker::Breaker;
pub use case::{
    Case, CaseAlert, CaseJob, Expect, ExpectLine, Given, GivenBody, GivenDirectory, GivenEnding, GivenExchange,
    GivenResponse, GivenRun, HTTP_ERRORS, Matches, STATES, nowhere, parse_grant, read_action, read_case, read_config,
    read_grant,
};
pub use control::Control;
#[cfg(test)]
pub(crate) use criteria_file::filter_of;
pub use criteria_file::parse_criteria;
pub use daemon_file::{
    Components, Daemon, DaemonLimits, Format, Level, LogTarget, Logging, Prelude, ROOMS, Rotation, State,
};
pub use damping::{Clock, Damping, Quiet, Threshold};
pub use delivery::{Delivery, Retry};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use expression::{Expression, ExpressionError, MAX_COMPILED, MAX_LENGTH};
pub use filter::{Bound, Equal, Filter, Glob, Number, Quantifier, Question, Relation, Test, ValuesTest, moment};
pub use grant::{Command, Directory, Grant, Host, HostPattern, Origin, Peer, Secret, SecretSource, StateQuota};
pub use limits::{Limits, Rate};
pub use load::{DEFAULT_DAEMON, DEFAULT_TRIGGERS, Files, Loaded, ReadFile, load, load_daemon};
pub use never::Never;
pub use parameter::ParameterType;
pub use place::place;
pub use quantity::{parse_duration, parse_size};
pub use set::{Element, ElementError, Set};
pub use silence::{Silent, SilentFor};
pub use target::{Target, TargetKind};
pub use template::{Captures, Piece, Substitution, Template, TemplateError};
pub use terms::Terms;
pub use time_test::{Days, Hours, Moment, TimeTest};
pub use trigger_test::{
    Expectation, ExpectedAction, ExpectedJob, ExpectedTrigger, ExpectedTriggers, Others, TestAlert, TriggerTest,
};
pub use types::*;
