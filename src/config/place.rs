//! Where in a file that was loaded a part of a value stands: for mistakes that come to light later, such as those a component
//! finds in its configuration.

use crate::config::{
    Location,
    document::{Node, Value},
    source::Source,
    yaml,
};

/// The place of `pointer` (a JSON pointer, RFC 6901) in the value that stands at `at`: of the value it leads to, or of its
/// key if `key`; of the nearest value above where it leads nowhere. The file is read once more; one that cannot be,
/// or has changed, gives `at` itself.
pub fn place(at: &Location, pointer: &str, key: bool) -> Location {
    find(at, pointer, key).unwrap_or_else(|| at.clone())
}

fn find(at: &Location, pointer: &str, key: bool) -> Option<Location> {
    if pointer.is_empty() || !at.file.is_file() {
        return None;
    }
    let source = Source::read(&at.file, 0).ok()?;
    let document = yaml::parse(&source).ok()?;
    let offset = source.offset(at.line.saturating_sub(1) as usize, at.column.saturating_sub(1) as usize);
    // An anchored value stands where its anchor stands, and begins behind it.
    let mut node = beginning_at(&document, offset)?;
    let mut place = node;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match &node.value {
            Value::Map(map) => map.iter().find(|(name, _)| name.value == Value::Text(part.clone())),
            Value::List(list) => match part.parse::<usize>().ok().and_then(|number| list.get(number)) {
                Some(element) => {
                    (node, place) = (element, element);
                    continue;
                }
                None => None,
            },
            _ => None,
        };
        let Some((name, value)) = next else { break };
        (node, place) = (value, if key { name } else { value });
    }
    Some(place.site(&source).location())
}

/// The outermost list or mapping that begins at a byte.
fn beginning_at(node: &Node, offset: usize) -> Option<&Node> {
    if node.start == offset && matches!(node.value, Value::List(_) | Value::Map(_)) {
        // A mapping begins where its first key does: the value of that key is further inside.
        return Some(node);
    }
    match &node.value {
        Value::List(list) => list.iter().find_map(|node| beginning_at(node, offset)),
        Value::Map(map) => map.iter().find_map(|(_, value)| beginning_at(value, offset)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_pointer_leads_to_a_line_and_a_column() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("triggers.yaml");
        std::fs::write(&file, "actions:\n  a:\n    component: x\n    config:\n      to: x\n      servers:\n        - { port: 25 }\n        - { port: 26, 'a/b': 1 }\n  b: { component: y, config: { to: [1, 2] } }\n").unwrap();
        let at = |line, column| Location { file: file.as_path().into(), line, column };
        let found = |at: &Location, pointer: &str, key| {
            let found = place(at, pointer, key);
            (found.line, found.column)
        };
        let block = at(5, 7);
        assert_eq!(found(&block, "", false), (5, 7));
        assert_eq!(found(&block, "/to", false), (5, 11));
        assert_eq!(found(&block, "/to", true), (5, 7));
        assert_eq!(found(&block, "/servers/1/port", false), (8, 19));
        assert_eq!(found(&block, "/servers/1/a~1b", true), (8, 23));
        assert_eq!(found(&block, "/servers/7/port", false), (7, 9), "the nearest above");
        assert_eq!(found(&block, "/none", false), (5, 7));
        assert_eq!(found(&at(9, 30), "/to/1", false), (9, 40));
        assert_eq!(found(&at(40, 1), "/to", false), (40, 1), "another file by now");
        let gone = Location { file: directory.path().join("gone").into(), line: 1, column: 1 };
        assert_eq!(place(&gone, "/to", false), gone);
    }
}
