// SPDX-License-Identifier: MIT OR Apache-2.0

//! An action made from the first release of the interface, by its own words and without the guest kit, which follows the newest.

mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit/released/0.1.0",
        world: "action",
    });
}

use bindings::{
    exports::prelude::trigger::handler::Guest,
    prelude::trigger::{
        idmef::{Message, PathError, describe},
        log::{Level, enabled, log},
        types::{ActionError, ConfigIssue, Context, Failure, Mode, NamedText, Outcome, Status},
    },
};

struct Oldest;

impl Guest for Oldest {
    fn validate(config: String) -> Result<(), Vec<ConfigIssue>> {
        if config == "{}" {
            return Ok(());
        }
        Err(vec![ConfigIssue { pointer: "/x".to_owned(), message: "there is nothing to configure".to_owned() }])
    }

    fn run(ctx: Context, _: String, alert: Message) -> Result<Outcome, ActionError> {
        let failure = |message: &str| Failure { message: message.to_owned(), code: None, retry_after_ms: Some(1000) };
        if ctx.mode != Mode::Enforce || ctx.max_attempts == 0 || !ctx.parameters.is_empty() || ctx.lease_ms.is_some() {
            return Err(ActionError::Misconfigured(failure("an unusual job")));
        }
        let Err(PathError::Invalid(wrong)) = alert.get("alert.clasification.text") else {
            return Err(ActionError::Permanent(failure("a wrong path was answered")));
        };
        let info = describe("alert.source(*).node.address(*).address");
        let text = alert.get_text("alert.classification.text").ok().flatten();
        let all = alert.get_all_text("alert.source(*).node.address(*).address").unwrap_or_default();
        let entries = alert.entries("alert.source(0)").unwrap_or_default();
        let values = alert.get_all("alert.assessment.impact.severity").unwrap_or_default();
        if enabled(Level::Info) {
            log(Level::Info, "as of old", &[NamedText { name: "job".to_owned(), text: ctx.job_id }]);
        }
        let told = format!(
            "{:?} {text:?} {} {} {:?} {} {:?} {}",
            alert.kind(),
            all.join(","),
            entries.len(),
            values.first(),
            alert.to_json().len() > 100,
            wrong.suggestion,
            info.is_ok_and(|info| info.multiple),
        );
        Ok(Outcome { status: Status::Done, summary: Some(told), outputs: Vec::new(), undo_token: None })
    }
}

bindings::export!(Oldest with_types_in bindings);
