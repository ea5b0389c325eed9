//! `grant:` as the operator writes it.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    Directory, Grant, Host, Origin, Peer, Secret, SecretSource, StateQuota, command,
    network::{self, Mistake},
};
use crate::{
    config::{
        confidential::SECRET_KEYS,
        decode::{Item, Table},
        diagnostic::{Diagnostic, quote},
        document::Value,
        exec,
        spelling::name,
    },
    idmef,
};

const KEYS: [&str; 10] =
    ["idmef", "environment", "directories", "http", "tcp", "dns", "allow_private", "secrets", "commands", "state"];
const DIRECTORY_KEYS: [&str; 2] = ["host", "mode"];

const DIRECTORIES: &str =
    "a mapping of the component's directories to the host's, such as `{ /data: { host: /var/lib/x, mode: rw } }`";
const SECRETS: &str =
    "a mapping of names to places, such as `{ password: { file: /etc/prelude-trigger/secrets/smtp } }`";

/// Decodes `grant:`; nothing after it grants nothing.
pub(in crate::config) fn decode(item: Item<'_>) -> Option<Grant> {
    if item.is_null() {
        return Some(Grant::default());
    }
    let table = item.table("`grant`", &KEYS)?;
    let mut grant = Grant { at: Some(item.site().location()), ..Grant::default() };
    // Keys whose contents are all commented out grant nothing.
    let given = |key| table.get(key).filter(|item| !item.is_null());
    grant.idmef = given("idmef").and_then(paths);
    if let Some(environment) = given("environment") {
        let help = "a component reads values of alerts from the alert";
        grant.environment = exec::environment(environment, help).unwrap_or_default();
    }
    grant.directories = given("directories").and_then(directories).unwrap_or_default();
    if let Some(http) = given("http") {
        grant.http = list(http, network::ORIGIN, network::origin, |item, (tls, host, ports)| Origin {
            tls,
            peer: Peer { host, ports, at: item.site().location() },
        });
    }
    if let Some(tcp) = given("tcp") {
        grant.tcp = list(tcp, network::PEER, network::peer, |item, (host, ports)| Peer {
            host,
            ports,
            at: item.site().location(),
        });
    }
    if let Some(dns) = given("dns") {
        grant.dns = list(dns, network::PATTERN, network::pattern, |_, pattern| pattern);
    }
    if let Some(private) = given("allow_private") {
        grant.allow_private = private.boolean().unwrap_or_default();
        useless_permission(&grant, &table);
    }
    grant.secrets = given("secrets").map(secrets).unwrap_or_default();
    grant.commands = given("commands").map(command::decode).unwrap_or_default();
    grant.state = given("state").and_then(state);
    Some(grant)
}

/// `state:`, a store and how much may be in it.
fn state(item: Item<'_>) -> Option<StateQuota> {
    let table = item.table("`state`", &["keys", "size"])?;
    let mut quota = StateQuota { keys: 1000, size: 1 << 20, at: item.site().location() };
    table.read("keys", &mut quota.keys, |item| item.integer(1..=100_000));
    table.read("size", &mut quota.size, |item| item.size(1 << 10..=64 << 20));
    Some(quota)
}

/// `idmef:`, paths to classes and to values.
pub(in crate::config) fn paths(item: Item<'_>) -> Option<Vec<idmef::Path>> {
    let list = item.list("a list of IDMEF paths, such as `[alert.source, alert.classification]`")?;
    Some(list.filter_map(Item::idmef_path).collect())
}

/// A list of texts with a grammar of their own.
fn list<'a, R, T>(
    item: Item<'a>,
    expected: &str,
    read: impl Fn(&str) -> Result<R, Mistake>,
    make: impl Fn(Item<'a>, R) -> T,
) -> Vec<T> {
    let whole = format!("a list; each element {expected}");
    let Some(list) = item.list(&whole) else {
        return Vec::new();
    };
    let one = |item: Item<'a>| {
        if let Value::List(_) = item.node.value {
            // `[::1]:25` without quotes.
            return item.refuse(item.mismatch(expected).help("`[` begins a list: put the text in quotes"));
        }
        let text = item.text()?;
        match read(text) {
            Ok(read) => Some(make(item, read)),
            Err(Mistake { message, at, help }) => {
                let site = item.node.site_within(item.source, at.start, at.len());
                item.refuse(Diagnostic::error(Some(site), message).expected(expected).maybe_help(help))
            }
        }
    };
    list.filter_map(one).collect()
}

/// A permission about names where no name is granted means nothing.
fn useless_permission(grant: &Grant, table: &Table<'_>) {
    let by_name = |peer: &Peer| matches!(peer.host, Host::Name(_));
    let names = grant.http.iter().any(|origin| by_name(&origin.peer)) || grant.tcp.iter().any(by_name);
    if grant.allow_private
        && !names
        && let Some(key) = table.key("allow_private")
    {
        key.complain(
            key.warning(
                "`allow_private` does nothing here: it is about names under `http` and `tcp`, and there is none",
            )
            .help("addresses and ranges that are granted as such may be private without it: remove it"),
        );
    }
}

/// `directories:`, what the component sees of the host's files.
fn directories(item: Item<'_>) -> Option<Vec<Directory>> {
    let mut found: Vec<(Directory, Item<'_>)> = Vec::new();
    for (key, guest, value) in item.entries(DIRECTORIES)? {
        let guest_path = guest_path(key, guest);
        let (host, writable) = match &value.node.value {
            Value::Map(_) => {
                let Some(table) = value.table("a directory", &DIRECTORY_KEYS) else { continue };
                let host = table.require("host", "add `host: /path/on/this/host`").and_then(host_path);
                let mut writable = false;
                table.read("mode", &mut writable, |item| item.choice(&[("ro", false), ("rw", true)]));
                (host, writable)
            }
            _ => (host_path(value), false),
        };
        let (Some(guest), Some(host)) = (guest_path, host) else { continue };
        let directory = Directory { host, guest, writable, at: key.site().location() };
        overlaps(&directory, key, &found);
        found.push((directory, key));
    }
    Some(found.into_iter().map(|(directory, _)| directory).collect())
}

/// Complains about directories that hide each other, or that contradict each other.
fn overlaps(new: &Directory, key: Item<'_>, before: &[(Directory, Item<'_>)]) {
    for (old, _) in before {
        let line = old.at.line;
        let (inner, outer) = if new.guest.len() > old.guest.len() { (new, old) } else { (old, new) };
        if Path::new(&inner.guest).starts_with(&outer.guest) {
            key.complain(
                key.error(format!("{} lies inside {} for the component", quote(&inner.guest), quote(&outer.guest)))
                    .help(format!("the other is in line {line}: give the component two directories beside each other")),
            );
        } else if new.writable != old.writable {
            let (fixed, free) = if new.writable { (old, new) } else { (new, old) };
            if fixed.host.starts_with(&free.host) {
                key.complain(
                    key.warning(format!("{} is granted read-only and can be changed all the same", quote(&fixed.guest)))
                        .help(format!(
                            "on this host it lies inside {}, which is granted as {} with `mode: rw`; the other is in line {line}",
                            quote(&free.host.to_string_lossy()),
                            quote(&free.guest)
                        )),
                );
            }
        }
    }
}

/// Where the component sees a directory.
fn guest_path(key: Item<'_>, text: &str) -> Option<String> {
    let expected = "the path of a directory as the component sees it, such as `/data`";
    if !text.starts_with('/') {
        let guess = format!("/{}", text.trim_start_matches("./"));
        let mistake = key.error(format!("{} is not an absolute path", quote(text))).expected(expected);
        return key.refuse(mistake.help(format!("did you mean {}?", quote(&guess))));
    }
    if text.chars().any(char::is_control) {
        return key.refuse(key.error(format!("{} has a control character in it", quote(text))).expected(expected));
    }
    let plain: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let plain = format!("/{}", plain.join("/"));
    if plain != text {
        let mistake = key.error(format!("{} has more in it than names", quote(text))).expected(expected);
        return key.refuse(mistake.help(format!("did you mean {}?", quote(&plain))));
    }
    Some(plain)
}

/// A directory of the host.
fn host_path(item: Item<'_>) -> Option<PathBuf> {
    let path = item.absolute_path()?;
    if path.components().any(|part| part == Component::ParentDir) {
        return item.refuse(
            item.error(format!("{} leads up again", quote(&path.to_string_lossy())))
                .expected("a path without `..`")
                .help("write the path that is meant, as `realpath` prints it"),
        );
    }
    // One spelling: no `.`, no slashes that mean nothing.
    Some(path.components().collect())
}

/// `secrets:`, names and where each is kept.
fn secrets(item: Item<'_>) -> BTreeMap<Arc<str>, Secret> {
    let mut found = BTreeMap::new();
    for (key, text, value) in item.entries(SECRETS).unwrap_or_default() {
        let name = name(key, text);
        if let Value::Text(_) = value.node.value {
            value.complain(
                value
                    .error(format!("{} stands in the configuration", quote(text)))
                    .expected("`{ file: /path }`, `{ credential: NAME }` or `{ environment: NAME }`")
                    .help("put the secret in a file that others cannot read, and name the file"),
            );
            continue;
        }
        let Some(table) = value.table("a secret", &SECRET_KEYS) else { continue };
        let from = source(value, &table);
        if let (Some(name), Some(from)) = (name, from) {
            found.insert(name, Secret { from, at: key.site().location() });
        }
    }
    found
}

/// The one place a secret comes from.
fn source(item: Item<'_>, table: &Table<'_>) -> Option<SecretSource> {
    let mut given = SECRET_KEYS.iter().filter_map(|key| Some((*key, table.get(key)?)));
    let Some((kind, place)) = given.next() else {
        if !matches!(&item.node.value, Value::Map(map) if map.is_empty()) {
            // Its keys are unknown ones, which has been said.
            return None;
        }
        return item.refuse(
            item.error("this secret comes from nowhere")
                .expected("one of `file: /path`, `credential: NAME` and `environment: NAME`"),
        );
    };
    if let Some((other, second)) = given.next() {
        return second.refuse(
            second
                .error(format!("this secret comes from two places, {} and {}", quote(kind), quote(other)))
                .help("remove one of the two"),
        );
    }
    match kind {
        "file" => place.absolute_path().map(SecretSource::File),
        "credential" => {
            let text = place.some_text()?;
            if text.contains('/')
                || matches!(text, "." | "..")
                || text.len() > 255
                || text.chars().any(char::is_control)
            {
                let help = "it is the name before the colon in systemd's `LoadCredential=NAME:/path`";
                return place.refuse(place.mismatch("the plain name of a credential").help(help));
            }
            Some(SecretSource::Credential(text.to_owned()))
        }
        _ => {
            let text = place.some_text()?;
            if !exec::is_identifier(text) {
                let help = text.strip_prefix('$').map(|name| format!("did you mean {}?", quote(name)));
                return place
                    .refuse(place.mismatch("the name of an environment variable of the daemon").maybe_help(help));
            }
            Some(SecretSource::Environment(text.to_owned()))
        }
    }
}
