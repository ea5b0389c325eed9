//! The commands a component may run: programs with gaps, and a type for each gap.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::Command;
use crate::config::{
    OnMissing, ParameterType, Stdin,
    decode::{Item, Table},
    diagnostic::{did_you_mean, one_of, quote},
    document::Value,
    exec::{self, Gaps, Mentioned, PARAMETERS_HELP},
    parameter_file::{self, parameters},
    spelling::name,
};

const KEYS: [&str; 11] = [
    "command",
    "parameters",
    "timeout",
    "user",
    "groups",
    "umask",
    "directory",
    "environment",
    "on_missing",
    "allow_dash",
    "max_argument",
];
const COMMANDS: &str = "a mapping of names to commands, such as `{ add: { command: [/usr/sbin/nft, add, element, '{address}'], parameters: { address: ip } } }`";
/// What a command takes unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Decodes `commands:`.
pub(super) fn decode(item: Item<'_>) -> BTreeMap<Arc<str>, Command> {
    let mut commands = BTreeMap::new();
    for (key, text, value) in item.entries(COMMANDS).unwrap_or_default() {
        let name = name(key, text);
        let command = match &value.node.value {
            Value::List(_) => {
                let help = "write `{ command: [/path/to/program, '{name}'], parameters: { name: ip } }`";
                value.refuse(value.mismatch("a mapping with `command` and `parameters`").help(help))
            }
            _ => value.table("a command", &KEYS).map(|table| command(key, &table)),
        };
        if let (Some(name), Some(command)) = (name, command) {
            commands.insert(name, command);
        }
    }
    commands
}

/// One command.
fn command<'a>(key: Item<'a>, table: &Table<'a>) -> Command {
    let mut mentions = Vec::new();
    let mut exec = exec::long(table, Gaps::Parameters, &mut mentions);
    exec.stdin = Stdin::None;
    let mut timeout = TIMEOUT;
    let day = Duration::from_hours(24);
    table.read("timeout", &mut timeout, |item| item.duration(Duration::from_millis(10)..=day));
    let declared = table.get("parameters").filter(|item| !item.is_null()).map(parameters).unwrap_or_default();

    for one in declared.iter().filter(|one| matches!(one.kind, Some(ParameterType::Text))) {
        one.value.complain(
            one.value
                .warning(format!("{} may be any text, which an attacker may have written", quote(&one.name)))
                .help("a narrower type keeps what is passed to what is meant: `ip`, `user`, `{ enum: [a, b] }`, `{ regex: '[a-z0-9-]{1,32}' }`"),
        );
    }

    let mut mentioned = HashSet::new();
    for mention in &mentions {
        let (message, help) = match &mention.what {
            Mentioned::Capture(name) => {
                mentioned.insert(Arc::clone(name));
                if declared.iter().any(|one| one.name == *name) {
                    continue;
                }
                let names = || declared.iter().map(|one| &*one.name);
                let help = did_you_mean(name, names()).unwrap_or_else(|| {
                    let declare = format!("declare it: {}", quote(&format!("parameters: {{ {name}: ip }}")));
                    if declared.is_empty() { declare } else { format!("there is {}; or {declare}", one_of(names())) }
                });
                (format!("there is no parameter {}", quote(name)), help)
            }
            Mentioned::Path(path) => (
                format!(
                    "a component's command takes nothing from the alert, and {} is a path",
                    quote(&path.to_string())
                ),
                format!("the component reads the alert and passes what it wants by parameters: {PARAMETERS_HELP}"),
            ),
        };
        key.complain(crate::config::Diagnostic::error(Some(mention.site), message).help(help));
    }
    // Where the arguments could not be read nobody knows what they mention.
    if exec.command.program != Path::new("") {
        parameter_file::all_used(&declared, &mentioned, "no argument of the command");
    }
    if exec.on_missing != OnMissing::Refuse
        && declared.is_empty()
        && let Some(on_missing) = table.key("on_missing")
    {
        on_missing.complain(on_missing.warning("`on_missing` does nothing for a command without parameters"));
    }
    let parameters = declared.into_iter().filter_map(|one| Some((one.name, one.kind?))).collect();
    Command { exec, parameters, timeout, at: key.site().location() }
}
