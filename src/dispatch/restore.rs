//! Jobs as the journal kept them, made ready to run again.

use std::sync::Arc;

use crate::{
    actions::Job,
    config::{Target, TargetKind},
    idmef::{DecodeError, Message},
    journal::OpenJob,
};

/// The job that a row tells of, with its message.
pub(super) fn job(open: &OpenJob) -> Result<Job, DecodeError> {
    let row = &open.row;
    Ok(Job {
        id: row.id.to_string().into(),
        trigger: row.trigger.as_str().into(),
        action: row.action.as_str().into(),
        attempt: row.attempt,
        attempts: row.attempt,
        message: Arc::new(Message::from_wire(&open.wire)?),
        captures: row.captures.iter().map(|(name, text)| (name.as_str().into(), text.clone())).collect(),
        parameters: row.parameters.iter().map(|(name, text)| (name.as_str().into(), text.clone())).collect(),
        target: row.target.as_deref().and_then(target),
    })
}

/// A target from its `kind:name`.
pub(super) fn target(text: &str) -> Option<Target> {
    let (kind, name) = text.split_once(':')?;
    let kinds = [TargetKind::Address, TargetKind::User, TargetKind::Host, TargetKind::Service];
    kinds.into_iter().filter_map(|of| Target::of(of, name)).find(|target| target.kind() == kind)
}
