//! From a match to what is to be done about it: which action, with which parameters, on which target.

use std::{collections::HashMap, sync::Arc};

use crate::{
    config::{self, Captures, Mode, ParameterType, Piece, Target, TargetParameter, Template, Terms},
    idmef::Message,
    text::{quote, shorten},
};

use super::Trigger;

/// How much of a value a refusal shows, in characters.
const SHOWN: usize = 60;

/// One job that a match asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The action.
    pub action: Arc<str>,
    /// What fills its parameters, each of its type and in its one spelling; in order of their declaration.
    pub parameters: Vec<(Arc<str>, String)>,
    /// What it acts on.
    pub target: Option<Target>,
    /// Whether it is to be run: the strictest of the modes of the action, its trigger and the configuration.
    pub mode: Mode,
    /// For how long its effect is wanted; none: nothing ends it.
    pub lease: Option<Terms>,
    /// Why there is no such job: a parameter has no value, or one that is not of its type.
    pub refused: Option<String>,
}

/// A trigger's use of an action, ready to be asked.
#[derive(Debug)]
pub(super) struct Use {
    used: config::Use,
    /// The types of its parameters, in order of their declaration.
    declared: Vec<(Arc<str>, ParameterType)>,
    target: Option<TargetParameter>,
    /// The strictest of all that speak about it.
    mode: Mode,
}

impl Use {
    pub(super) fn compile(used: &config::Use, mode: Mode, actions: &HashMap<&str, &config::Action>) -> Self {
        let action = actions.get(&*used.action);
        Self {
            used: used.clone(),
            declared: action.map(|action| action.parameters.clone()).unwrap_or_default(),
            target: action.and_then(|action| action.target.clone()),
            mode: action.map_or(mode, |action| mode.max(action.mode)),
        }
    }

    fn intents(&self, message: &Message, captures: &Captures, intents: &mut Vec<Intent>) {
        let found: Vec<_> =
            self.declared.iter().map(|(name, kind)| self.values(name, kind, message, captures)).collect();
        let each = self.used.for_each.as_ref().and_then(|each| self.declared.iter().position(|(name, _)| name == each));
        let Some(each) = each else {
            return intents.push(self.intent(found.iter().map(|values| values.first().cloned())));
        };
        let values = found.get(each).map(Vec::as_slice).unwrap_or_default();
        let at_most = usize::try_from(self.used.at_most).unwrap_or(usize::MAX);
        for value in values.iter().take(at_most) {
            let chosen = |(place, values): (usize, &Vec<_>)| {
                if place == each { Some(value.clone()) } else { values.first().cloned() }
            };
            intents.push(self.intent(found.iter().enumerate().map(chosen)));
        }
        if values.len() > at_most {
            let (name, left) = (&self.used.for_each, values.len() - at_most);
            let why = format!(
                "`{}` has {} values, and `at_most: {at_most}` leaves out {left} of them",
                name.as_deref().unwrap_or_default(),
                values.len()
            );
            intents.push(Intent { refused: Some(why), ..self.intent(std::iter::empty()) });
        }
    }

    fn intent(&self, values: impl Iterator<Item = Option<Result<String, String>>>) -> Intent {
        let mut intent = Intent {
            action: Arc::clone(&self.used.action),
            parameters: Vec::new(),
            target: None,
            mode: self.mode,
            lease: self.used.lease,
            refused: None,
        };
        for ((name, _), value) in self.declared.iter().zip(values) {
            match value {
                Some(Ok(text)) => intent.parameters.push((Arc::clone(name), text)),
                Some(Err(why)) => {
                    intent.refused.get_or_insert(format!("parameter `{name}`: {why}"));
                }
                None => {}
            }
        }
        intent.target = self.target.as_ref().and_then(|target| {
            let (_, text) = intent.parameters.iter().find(|(name, _)| *name == target.parameter)?;
            Target::of(target.kind, text)
        });
        intent
    }

    /// The values of a parameter for this message, at least one; each in its spelling, or why it is none. Values that mean the same
    /// are one.
    fn values(
        &self,
        name: &str,
        kind: &ParameterType,
        message: &Message,
        captures: &Captures,
    ) -> Vec<Result<String, String>> {
        let many = self.used.for_each.as_deref() == Some(name);
        let Some((_, template)) = self.used.parameters.iter().find(|(filled, _)| **filled == *name) else {
            return vec![Err("it is not filled".to_owned())];
        };
        let texts = match template {
            Template::Whole(path) => {
                let values = message.values(path);
                match values.len() {
                    0 => return vec![Err(format!("`{path}` has no value in this alert"))],
                    count if count > 1 && !many => {
                        return vec![Err(format!(
                            "`{path}` has {count} values, and it takes one; write `for_each: {name}`, or choose one with an index"
                        ))];
                    }
                    _ => values.iter().map(|value| value.text().into_owned()).collect(),
                }
            }
            Template::Pieces(pieces) => match join(pieces, message, captures) {
                Ok(text) => vec![text],
                Err(why) => return vec![Err(why)],
            },
        };
        let mut seen = Vec::with_capacity(texts.len());
        for text in texts {
            let checked =
                kind.check(&text).map_err(|expected| format!("{expected}, found {}", quote(&shorten(&text, SHOWN))));
            if !seen.contains(&checked) {
                seen.push(checked);
            }
        }
        seen
    }
}

/// One text from its pieces.
fn join(pieces: &[Piece], message: &Message, captures: &Captures) -> Result<String, String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Verbatim(verbatim) => text.push_str(verbatim),
            Piece::Capture(name) => match captures.get(name) {
                Some(captured) => text.push_str(captured),
                None => return Err(format!("nothing was captured for `{{{name}}}`")),
            },
            Piece::Path(path) => match message.values(path).as_slice() {
                [value] => text.push_str(&value.text()),
                [] => return Err(format!("`{path}` has no value in this alert")),
                values => return Err(format!("`{path}` has {} values, and braces take one", values.len())),
            },
        }
    }
    Ok(text)
}

impl Trigger {
    /// Whether it wants an effect for a time only, and does not only observe.
    pub fn takes_leases(&self) -> bool {
        self.uses.iter().any(|one| one.used.lease.is_some() && one.mode != Mode::Observe)
    }

    /// The jobs that this trigger asks for when this message sets it off, in order.
    pub fn intents(&self, message: &Message, captures: &Captures) -> Vec<Intent> {
        let mut intents = Vec::with_capacity(self.uses.len());
        for one in &self.uses {
            one.intents(message, captures, &mut intents);
        }
        intents
    }
}

#[cfg(test)]
mod tests;
