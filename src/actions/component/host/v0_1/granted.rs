//! `secrets` and `commands`, linked only where something of theirs is granted. What they mean is decided in
//! [`grant`](super::super::super::grant); here it is put into WIT's words.

use std::sync::Arc;

use super::{
    super::super::{
        grant::{Ending, Gap, NotRun},
        sandbox::Sandbox,
        tape::{self, effect},
    },
    bindings::{commands, secrets, types},
};

/// The interfaces are linked only for actions that have something of them.
fn not_linked() -> wasmtime::Error {
    wasmtime::format_err!("this interface is not granted")
}

impl secrets::Host for Sandbox {
    async fn reveal(&mut self, name: String) -> wasmtime::Result<Result<Vec<u8>, secrets::SecretError>> {
        let granted = self.grants.secrets.clone().ok_or_else(not_linked)?;
        let tape = self.tape.clone();
        let revealed = granted.reveal(&mut self.call, &self.output, &self.trouble, &name);
        let asked = || tape::Call::Reveal { name };
        let answer = effect(tape.as_deref(), asked, std::future::ready(revealed)).await?;
        Ok(answer.map_err(secrets::SecretError::Denied))
    }
}

impl From<NotRun> for commands::CommandError {
    fn from(error: NotRun) -> Self {
        match error {
            NotRun::Denied(text) => Self::Denied(text),
            NotRun::Invalid { name, message } => Self::Invalid(commands::BadArgument { name, message }),
            NotRun::Other(text) => Self::Other(text),
        }
    }
}

impl commands::Host for Sandbox {
    fn describe(&mut self, name: String) -> wasmtime::Result<Result<Vec<commands::Parameter>, commands::CommandError>> {
        let granted = self.grants.commands.as_ref().ok_or_else(not_linked)?;
        let gaps = granted.describe(&name);
        Ok(gaps.map_err(Into::into).map(|gaps| {
            let parameter =
                |gap: Gap| commands::Parameter { name: gap.name, type_name: gap.type_name, optional: gap.optional };
            gaps.into_iter().map(parameter).collect()
        }))
    }

    async fn run(
        &mut self,
        name: String,
        arguments: Vec<types::NamedText>,
    ) -> wasmtime::Result<Result<commands::Completed, commands::CommandError>> {
        let granted = self.grants.commands.clone().ok_or_else(not_linked)?;
        let tape = self.tape.clone();
        let arguments = arguments.into_iter().map(|argument| (argument.name, argument.text)).collect();
        let discretion = Arc::clone(&self.output.discretion);
        let ran = granted.run(&mut self.call, &self.trouble, &discretion, tape.as_deref(), &name, arguments).await?;
        Ok(ran.map_err(Into::into).map(|ran| commands::Completed {
            ending: match ran.ending {
                Ending::Exited(status) => commands::Ending::Exited(status),
                Ending::Signalled(signal) => commands::Ending::Signalled(signal),
                Ending::TimedOut => commands::Ending::TimedOut,
            },
            stdout: ran.stdout,
            stderr: ran.stderr,
            took_ms: ran.took_ms,
        }))
    }
}
