//! Whether what a trigger fills in fits the parameters of its action.

use std::{collections::HashSet, sync::Arc};

use super::{
    Action, ActionKind, Exec, ParameterType, Piece, Template, Trigger,
    action::Decoded,
    complaints::Complaints,
    decode::Item,
    diagnostic::{Diagnostic, did_you_mean, one_of, quote},
    exec::{Mention, Mentioned},
    use_file::{DecodedUse, Filled, may_be_many},
};
use crate::idmef;

/// Complains about parameters that are unknown, left open, or filled with what can never be of their type.
pub(super) fn check(
    used: &DecodedUse<'_>,
    action: &Decoded<'_>,
    trigger: &Trigger,
    asked: Option<idmef::Kind>,
    captured: &HashSet<Arc<str>>,
    complaints: &Complaints,
) {
    let declared = &action.action.parameters;
    let name = quote(&action.action.name);
    for (filled, (parameter, template)) in used.filled.iter().zip(&used.used.parameters) {
        let Some((_, kind)) = declared.iter().find(|(name, _)| name == parameter) else {
            let names = || declared.iter().map(|(name, _)| &**name);
            let message = format!("action {name} has no parameter {}", quote(parameter));
            let help = match did_you_mean(parameter, names()) {
                Some(help) => help,
                None if declared.is_empty() => "it has none: name it alone".to_owned(),
                None => format!("it has {}", one_of(names())),
            };
            complaints.add(filled.key.error(message).help(help));
            continue;
        };
        fits(filled, kind, template, trigger, captured, complaints);
        for mention in &filled.mentions {
            if let Mentioned::Path(path) = &mention.what {
                other_kind(path, asked, trigger, mention, complaints);
            }
        }
        if may_be_many(template) && used.used.for_each.as_ref() != Some(parameter) {
            complaints.add(
                filled
                    .value
                    .error(format!("this may have several values, and {} takes one", quote(parameter)))
                    .help(format!(
                        "write `for_each: {parameter}` beside the action for a job for each value, or choose one with an index such as (0)"
                    )),
            );
        }
    }
    let open: Vec<String> = declared
        .iter()
        .filter(|(name, _)| !used.used.parameters.iter().any(|(filled, _)| filled == name))
        .map(|(name, kind)| format!("{name} ({kind})"))
        .collect();
    // Of one that is written in the trigger it has been told that it has none.
    if !open.is_empty() && !action.action.name.contains('/') {
        let example = declared.iter().map(|(name, _)| format!("{name}: …")).collect::<Vec<_>>().join(", ");
        complaints.add(
            used.item
                .error(format!("action {name} has parameters that are not filled: {}", open.join(", ")))
                .help(format!("write {}", quote(&format!("- {}: {{ {example} }}", action.action.name)))),
        );
    }
    if let Some(item) = used.lease {
        can_be_undone(item, &action.action, complaints);
    }
    if let (Some(item), Some(parameter)) = (used.for_each, &used.used.for_each)
        && let Some((_, template)) = used.used.parameters.iter().find(|(name, _)| name == parameter)
        && !matches!(template, Template::Whole(_))
    {
        complaints.add(
            item.error(format!("{} has one value only", quote(parameter)))
                .help("`for_each` is for a parameter that is, whole, a path: `{ address: 'alert.source(*).node.address(*).address' }`"),
        );
    }
}

/// A lease is on a target, and is ended by what undoes. Of a component only its loader knows whether it can.
fn can_be_undone(item: Item<'_>, action: &Action, complaints: &Complaints) {
    let name = quote(&action.name);
    if action.target.is_none() {
        complaints.add(
            item.error(format!("action {name} has no `target`, and it would not be known what its effect stands on"))
                .help(format!("say at {} which parameter is acted on: `target: address`", action.at)),
        );
    }
    if let ActionKind::Exec(Exec { undo: None, .. }) = &action.kind {
        complaints.add(
            item.error(format!("action {name} has no `undo`, and nothing would end its effect"))
                .help(format!("write at {} what undoes it: `exec: {{ command: […], undo: […] }}`", action.at)),
        );
    }
}

fn fits(
    filled: &Filled<'_>,
    kind: &ParameterType,
    template: &Template,
    trigger: &Trigger,
    captured: &HashSet<Arc<str>>,
    complaints: &Complaints,
) {
    for mention in &filled.mentions {
        match &mention.what {
            Mentioned::Capture(name) if !captured.contains(name) => {
                let message = format!("no filter of trigger {} captures {}", quote(&trigger.name), quote(name));
                let help = did_you_mean(name, captured.iter().map(|name| &**name));
                let help = help.unwrap_or_else(|| {
                    format!("name a group in a filter's regex: {}", quote(&format!("(?<{name}>…)")))
                });
                complaints.add(Diagnostic::error(Some(mention.site), message).help(help));
            }
            Mentioned::Capture(_) | Mentioned::Path(_) => {}
        }
    }
    // A text without gaps is known now.
    if let Template::Pieces(pieces) = template
        && let [Piece::Verbatim(text)] = pieces.as_slice()
        && let Err(expected) = kind.check(text)
    {
        complaints.add(
            filled
                .value
                .error(format!("{} is no value for {}", quote(text), quote(&kind.to_string())))
                .expected(expected.trim_start_matches("expected ")),
        );
    }
}

/// A trigger on alerts has no values of heartbeats, and the other way round.
fn other_kind(
    path: &idmef::Path,
    asked: Option<idmef::Kind>,
    trigger: &Trigger,
    mention: &Mention<'_>,
    complaints: &Complaints,
) {
    if let (Some(asked), Some(root)) = (asked, path.root())
        && asked != root
    {
        let message = format!("trigger {} never has {}", quote(&trigger.name), quote(&path.to_string()));
        complaints.add(
            Diagnostic::error(Some(mention.site), message)
                .help("every job would be refused: alerts have no heartbeat's values, and the other way round"),
        );
    }
}
