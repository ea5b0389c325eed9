//! `[control]` of `prelude-trigger.conf`: the socket over which the command line talks to the running daemon.

use std::path::PathBuf;

use super::decode::Item;

const KEYS: [&str; 2] = ["socket", "group"];

/// `[control]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Control {
    /// `socket`: where it is; `None` means `control.sock` in the state directory.
    pub socket: Option<PathBuf>,
    /// `group`: whose members may talk to the daemon, beside root and the daemon's own user; `None`: nobody else.
    pub group: Option<String>,
}

/// Reads the section.
pub(super) fn decode(item: Item<'_>) -> Option<Control> {
    let table = item.table("`[control]`", &KEYS)?;
    let socket = table.get("socket").and_then(socket);
    let group = table.get("group").and_then(Item::some_text).map(str::to_owned);
    Some(Control { socket, group })
}

/// A path that fits into the address of a Unix socket (`sun_path`: 108 bytes with the NUL at its end).
fn socket(item: Item<'_>) -> Option<PathBuf> {
    let path = item.absolute_path()?;
    if path.as_os_str().len() > 107 {
        return item.wrong("a path of at most 107 bytes, which is what fits into the address of a socket");
    }
    Some(path)
}
