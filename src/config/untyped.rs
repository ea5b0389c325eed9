//! Text of an alert that reaches a program's arguments without a type: an attacker may have written it.
//!
//! The guards of every argument hold for it, so that it is one argument and no option. What the program makes of it is another
//! matter, which a type decides: an address is nothing but an address. Numbers, times and enumerations are what they are. Who means
//! any text says so, with a parameter of type `text`.

use std::sync::Arc;

use super::{
    ParameterType,
    complaints::Complaints,
    diagnostic::{Diagnostic, quote},
    exec::{Mention, Mentioned},
};
use crate::idmef::{self, ValueType};

/// Warns once of an action's `exec` into whose arguments such text comes.
pub(super) fn warn(
    name: &str,
    mentions: &[Mention<'_>],
    declared: &[(Arc<str>, ParameterType)],
    complaints: &Complaints,
) {
    let untyped = |mention: &&Mention<'_>| match &mention.what {
        Mentioned::Capture(name) => declared.iter().all(|(declared, _)| declared != name),
        Mentioned::Path(path) => matches!(path.value_type(), ValueType::Text | ValueType::Data),
    };
    let Some(first) = mentions.iter().find(untyped) else { return };
    let (shown, parameter, kind) = match &first.what {
        Mentioned::Capture(name) => (format!("{{{name}}}"), name.to_string(), "{ regex: '…' }"),
        Mentioned::Path(path) => (path.to_string(), last_name(path).to_owned(), likely_type(path)),
    };
    let declare = quote(&format!("parameters: {{ {parameter}: {kind} }}"));
    // One that is written in a trigger has no parameters, and a name that nobody gave it.
    let (who, declare) = if name.contains('/') {
        ("this program".to_owned(), format!("declare the action under `actions:` with {declare}"))
    } else {
        (format!("the program of action {}", quote(name)), format!("declare {declare}"))
    };
    let mark = if shown.contains('\'') { '"' } else { '\'' };
    let (gap, fill) = (quote(&format!("{{{parameter}}}")), quote(&format!("{parameter}: {mark}{shown}{mark}")));
    complaints.add(
        Diagnostic::warning(Some(first.site), format!("{who} is passed whatever text is in {}", quote(&shown))).help(
            format!(
                "{declare}, write {gap} here, and fill it with {fill} in the trigger; the type `text` says that any text is meant"
            ),
        ),
    );
}

/// What stands at the end of a path.
fn last_name(path: &idmef::Path) -> &'static str {
    path.names().last().unwrap_or("text")
}

/// The type that a value of this path most likely should have.
fn likely_type(path: &idmef::Path) -> &'static str {
    match path.names().collect::<Vec<_>>().as_slice() {
        [.., "address", "address"] => "ip",
        [.., "user_id", "name"] => "user",
        [.., "node", "name"] => "host",
        _ => "{ regex: '…' }",
    }
}
