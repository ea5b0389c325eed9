//! What stands in a file where it should not, and must not be shown: a secret itself, under `secrets:` of a grant, where the
//! place it is kept in was asked for.
//!
//! Found before anything is decoded, so that no message about the same line shows it either. What cannot be seen here: a secret in
//! a file that is not even YAML.

#[cfg(test)]
mod tests;

use crate::config::{
    document::{Node, Value},
    source::Source,
};

/// The keys below which a secret's place stands.
pub(super) const SECRET_KEYS: [&str; 3] = ["file", "credential", "environment"];

/// Has a source hide the values that are no places of secrets: of `secrets:` in every `grant:`, and at the top, where a file holds
/// a grant alone.
pub(super) fn hide(source: &Source, root: &Node) {
    let mut hidden = Vec::new();
    // A value, and whether it is a grant.
    let mut left = vec![(root, true)];
    while let Some((node, is_grant)) = left.pop() {
        match &node.value {
            Value::List(list) => left.extend(list.iter().map(|node| (node, false))),
            Value::Map(map) => {
                for (key, value) in map {
                    match &key.value {
                        Value::Text(key) if is_grant && key == "secrets" => secrets(value, &mut hidden),
                        key => left.push((value, *key == Value::Text("grant".to_owned()))),
                    }
                }
            }
            _ => {}
        }
    }
    source.hide(hidden);
}

/// What is hidden of the value of `secrets:`.
fn secrets(node: &Node, hidden: &mut Vec<(usize, usize)>) {
    let Value::Map(entries) = &node.value else { return add(node, hidden) };
    for (_, entry) in entries {
        let Value::Map(places) = &entry.value else {
            add(entry, hidden);
            continue;
        };
        for (key, value) in places {
            if !matches!(&key.value, Value::Text(key) if SECRET_KEYS.contains(&key.as_str())) {
                add(value, hidden);
            }
        }
    }
}

/// Hides a value, and all that is in it: lists and mappings are known by where they begin.
fn add(node: &Node, hidden: &mut Vec<(usize, usize)>) {
    match &node.value {
        Value::Null => {}
        Value::List(list) => list.iter().for_each(|node| add(node, hidden)),
        Value::Map(map) => map.iter().flat_map(|(key, value)| [key, value]).for_each(|node| add(node, hidden)),
        _ if node.start < node.end => hidden.push((node.start, node.end)),
        _ => {}
    }
}
