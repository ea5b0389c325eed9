//! Asking the running daemon: what the verbs that need one have in common.

use clap::Args;
use serde_json::json;

use super::{
    Exit, Files, Format, looking,
    output::{self, GOOD},
};
use crate::{
    control::{Answer, Client, ClientError, Each, RefusalKind, Request},
    text::Escaped,
};

/// How an answer is printed.
#[derive(Debug, Clone, Args)]
pub(super) struct Shape {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// Asks the daemon on the socket that its file names, and waits for the answer; tells why there is none.
pub(super) fn daemon(files: &Files, request: &Request) -> Result<Answer, Exit> {
    let socket = looking::daemon_file(files)?.control_socket();
    Client::connect(&socket).and_then(|client| client.ask(request)).map_err(|error| {
        output::complain(&error);
        match error {
            ClientError::Refused(refusal) if matches!(refusal.kind, RefusalKind::Unknown | RefusalKind::Failed) => {
                Exit::NotFine
            }
            _ => Exit::Environment,
        }
    })
}

/// Asks for something about jobs or leases, and prints what became of each.
pub(super) fn each(files: &Files, request: &Request, what: &str, format: Format) -> Result<Exit, Exit> {
    let Answer::Each(each) = daemon(files, request)? else { return Err(unexpected()) };
    for one in &each {
        match format {
            Format::Json => anstream::println!("{}", json!(one)),
            Format::Text => tell(what, one),
        }
    }
    if each.is_empty() && format == Format::Text {
        anstream::println!("no such {what}s");
    }
    Ok(if each.iter().all(|one| one.fine) { Exit::Fine } else { Exit::NotFine })
}

fn tell(what: &str, one: &Each) {
    if one.fine {
        anstream::println!("{GOOD}{what} {}{GOOD:#} {}", one.id, Escaped(&one.said));
    } else {
        output::complain(format_args!("{what} {} {}", one.id, one.said));
    }
}

/// An answer to another question.
pub(super) fn unexpected() -> Exit {
    output::complain("the daemon answers another question than it was asked: is it of the same version?");
    Exit::Environment
}
