//! What matches have in common: the values at the paths of `per`, as one text.

use crate::idmef::{Message, Path};

/// Keys that one message can have; of an alert with more combinations, only the first of them count.
const MOST: usize = 64;
/// Longest key, in bytes; what is longer is told apart by its sum.
const LONGEST: usize = 512;

/// The keys of a message: one for each combination of values.
///
/// Without paths there is one key, which all messages share. A message that has no value at one of the paths has no key:
/// it shares its bucket with nobody.
pub(super) fn keys(message: &Message, per: &[Path]) -> Vec<String> {
    let mut keys = vec![String::new()];
    for path in per {
        let mut values: Vec<String> = message.values(path).iter().map(|value| value.text().into_owned()).collect();
        values.sort_unstable();
        values.dedup();
        keys = keys.iter().flat_map(|key| values.iter().map(move |value| join(key, value))).take(MOST).collect();
    }
    for key in &mut keys {
        if key.len() > LONGEST {
            *key = format!("sha256:{}", sum(key));
        }
    }
    keys
}

/// Two texts as one that no other two make.
fn join(key: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace(',', "\\,");
    if key.is_empty() { value } else { format!("{key},{value}") }
}

fn sum(key: &str) -> String {
    use sha2::{Digest as _, Sha256};
    hex::encode(Sha256::digest(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn keys_of(json: &str, per: &[&str]) -> Vec<String> {
        let per: Vec<Path> = per.iter().map(|path| path.parse().unwrap()).collect();
        keys(&Message::from_json(json.as_bytes()).unwrap(), &per)
    }

    const ADDRESSES: &str = r#"{"alert":{"source":[{"node":{"address":[{"address":"b"},{"address":"a"},{"address":"a"}]}}],"classification":{"text":"x,y"}}}"#;

    #[test]
    fn a_key_for_each_combination_and_none_where_a_value_is_missing() {
        let address = "alert.source(*).node.address(*).address";
        assert_eq!(keys_of(ADDRESSES, &[]), [""]);
        assert_eq!(keys_of(ADDRESSES, &[address]), ["a", "b"]);
        assert_eq!(keys_of(ADDRESSES, &["alert.classification.text", address]), [r"x\,y,a", r"x\,y,b"]);
        assert_eq!(keys_of(ADDRESSES, &[address, "alert.target(0).node.name"]), Vec::<String>::new());
    }

    #[test]
    fn keys_are_bounded_in_number_and_length() {
        let many: Vec<_> = (0..300).map(|number| format!(r#"{{"address":"{number:03}"}}"#)).collect();
        let json = format!(r#"{{"alert":{{"source":[{{"node":{{"address":[{}]}}}}]}}}}"#, many.join(","));
        assert_eq!(keys_of(&json, &["alert.source(*).node.address(*).address"]).len(), MOST);
        let long = format!(r#"{{"alert":{{"classification":{{"text":"{}"}}}}}}"#, "x".repeat(5000));
        let key = keys_of(&long, &["alert.classification.text"]).remove(0);
        assert!(key.len() < 100 && key.starts_with("sha256:"), "{key}");
    }
}
