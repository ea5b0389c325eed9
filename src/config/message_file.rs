//! An alert or heartbeat that is written out in YAML, member by member as in IDMEF JSON.
//!
//! It is written as JSON and read by the one reader of IDMEF JSON. Each value gets a line of its own, so that the line of a
//! mistake tells where it stands in the operator's file.

use super::{
    decode::Item,
    diagnostic::{Diagnostic, quote},
    document::{Node, Value},
};
use crate::idmef::Message;

/// Reads a message. The members may be those of an alert, or `alert` or `heartbeat` alone, as a line of a recording has it.
pub(super) fn decode(item: Item<'_>) -> Option<Message> {
    let Value::Map(map) = &item.node.value else {
        return item.wrong("a mapping with the members of an alert, as in IDMEF JSON");
    };
    let whole = map.iter().any(|(key, _)| ["alert", "heartbeat"].iter().any(|name| key.value == text(name)));
    let mut lines = Lines { item, json: String::new(), nodes: Vec::new() };
    if !whole {
        lines.line("{\"alert\":", item.node);
    }
    lines.value(item.node)?;
    if !whole {
        lines.json.push('}');
    }
    Message::from_json(lines.json.as_bytes()).map_or_else(
        |error| {
            let node = error.place.and_then(|(line, _)| lines.nodes.get(line - 1)).copied().unwrap_or(item.node);
            let site = node.site(item.source);
            item.refuse(Diagnostic::error(Some(site), format!("this is not an IDMEF message: {}", error.message)))
        },
        Some,
    )
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// JSON in which every name and every value begins a line; what closes a list or an object ends one, since the reader looks
/// that far before it complains.
struct Lines<'a> {
    item: Item<'a>,
    json: String,
    /// What each line says.
    nodes: Vec<&'a Node>,
}

impl<'a> Lines<'a> {
    fn line(&mut self, json: &str, node: &'a Node) {
        if !self.nodes.is_empty() {
            self.json.push('\n');
        }
        self.json.push_str(json);
        self.nodes.push(node);
    }

    fn value(&mut self, node: &'a Node) -> Option<()> {
        let scalar = match &node.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Float(value) if value.is_finite() => serde_json::Value::from(*value).to_string(),
            Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Value::List(list) => {
                self.line("[", node);
                for (number, element) in list.iter().enumerate() {
                    self.comma(number);
                    self.value(element)?;
                }
                self.json.push(']');
                return Some(());
            }
            Value::Map(map) => {
                self.line("{", node);
                for (number, (key, value)) in map.iter().enumerate() {
                    let Value::Text(name) = &key.value else {
                        return self.refuse(key, "the name of a member");
                    };
                    self.comma(number);
                    self.line(&format!("{}:", serde_json::Value::from(name.as_str())), key);
                    self.value(value)?;
                }
                self.json.push('}');
                return Some(());
            }
            Value::Float(_) | Value::Date | Value::Tagged(_) => return self.refuse(node, "a value of IDMEF JSON"),
        };
        self.line(&scalar, node);
        Some(())
    }

    fn comma(&mut self, number: usize) {
        if number > 0 {
            self.json.push(',');
        }
    }

    fn refuse(&self, node: &Node, expected: &str) -> Option<()> {
        let site = node.site(self.item.source);
        let message = format!("{} has no place in a message", quote(site.text()));
        self.item
            .refuse(Diagnostic::error(Some(site), message).found(node.describe(self.item.source)).expected(expected))
    }
}
