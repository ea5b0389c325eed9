//! A message and the answers it gives.

use std::{borrow::Cow, fmt, ops::ControlFlow};

use super::{
    DecodeError, Entry, Kind, Path, Scope, Value, json,
    path::{Index, Step},
    schema::{List, Type},
    scope::Within,
    tree::{Item, Object, Tree},
    wire,
};

/// One IDMEF message: an alert or a heartbeat (RFC 4765, section 4.2.1).
#[derive(Clone)]
pub struct Message {
    tree: Tree,
}

impl Message {
    /// Decodes one whole wire message: header included, fragments joined (as [`crate::source`] and libprelude do).
    ///
    /// # Errors
    /// The bytes are not exactly one IDMEF message. Never panics, whatever the bytes; memory stays within twenty
    /// times the length of `wire`.
    pub fn from_wire(wire: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self { tree: wire::decode(wire)? })
    }

    /// Decodes one message of IDMEF JSON as libprelude prints it, or as a person writes it.
    ///
    /// # Errors
    /// The text is not JSON, or not an IDMEF message: the error says line, column, and where in the message.
    pub fn from_json(json: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self { tree: json::read(json)? })
    }

    /// The message in Prelude's wire and storage format.
    pub fn to_wire(&self) -> Vec<u8> {
        let body = self.body();
        let priority = match self.kind() {
            Kind::Heartbeat => 3,
            Kind::Alert => {
                let impact =
                    body.objects("assessment").next().and_then(|assessment| assessment.objects("impact").next());
                match impact.and_then(|impact| impact.value("severity")) {
                    Some(Value::Enumeration { number: 1 | 2, .. }) => 1,
                    Some(Value::Enumeration { number: 3, .. }) => 2,
                    Some(Value::Enumeration { number: 4, .. }) => 3,
                    _ => 0,
                }
            }
        };
        let time = match body.value("create_time") {
            Some(Value::Time(time)) => Some(time),
            _ => None,
        };
        wire::encode(&self.tree, priority, time)
    }

    /// The message as IDMEF JSON on one line, in libprelude's shape; always valid JSON.
    pub fn to_json(&self) -> String {
        json::write(self.tree.root(), &Within::All)
    }

    /// What is in `scope`, as IDMEF JSON on one line: of an object that is not in it whole, only the children that its paths lead
    /// to; of a list likewise.
    pub fn to_json_within(&self, scope: &Scope) -> String {
        json::write(self.tree.root(), &scope.within())
    }

    /// Bytes of memory that it takes.
    pub fn size(&self) -> usize {
        self.tree.size()
    }

    /// Alert or heartbeat.
    pub fn kind(&self) -> Kind {
        if self.tree.root().objects("alert").next().is_some() { Kind::Alert } else { Kind::Heartbeat }
    }

    /// The first value at `path`.
    pub fn get(&self, path: &Path) -> Option<Value<'_>> {
        let mut first = None;
        let _ = visit(self.tree.root(), path.steps(), &mut |value| {
            first = Some(value);
            ControlFlow::Break(())
        });
        first
    }

    /// All values at `path`, flattened, holes skipped, in document order.
    pub fn values(&self, path: &Path) -> Vec<Value<'_>> {
        let mut values = Vec::new();
        let _ = visit(self.tree.root(), path.steps(), &mut |value| {
            values.push(value);
            ControlFlow::Continue(())
        });
        values
    }

    /// All values at or below `path`, each with its fully indexed path.
    pub fn entries(&self, path: &Path) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        collect(self.tree.root(), path.steps(), "", &Within::All, &mut entries);
        entries
    }

    /// Those of the values at or below `path` that are in `scope`.
    pub fn entries_within(&self, path: &Path, scope: &Scope) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        collect(self.tree.root(), path.steps(), "", &scope.within(), &mut entries);
        entries
    }

    /// `alert.messageid` or `heartbeat.messageid`.
    pub fn messageid(&self) -> Option<Cow<'_, str>> {
        Some(self.body().value("messageid")?.text())
    }

    /// The analyzerid of the last analyzer of the chain that has one: who issued the message.
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        self.analyzers().last()
    }

    /// The name of the analyzer that [`Self::issuer`] tells of.
    pub fn issuer_name(&self) -> Option<Cow<'_, str>> {
        let analyzers = self.body().objects("analyzer").filter(|analyzer| analyzer.value("analyzerid").is_some());
        Some(analyzers.last()?.value("name")?.text())
    }

    /// The analyzerids of the chain, newest hop first; analyzers without one are left out.
    pub fn analyzers(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.body().objects("analyzer").filter_map(|analyzer| Some(analyzer.value("analyzerid")?.text()))
    }

    /// The alert or the heartbeat.
    fn body(&self) -> Object<'_> {
        let root = self.tree.root();
        root.objects("alert").chain(root.objects("heartbeat")).next().unwrap_or(root)
    }
}

impl PartialEq for Message {
    /// Whether both say the same, to the last bit that can be sent.
    fn eq(&self, other: &Self) -> bool {
        self.to_wire() == other.to_wire()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("kind", &self.kind()).field("messageid", &self.messageid()).finish()
    }
}

/// The items of `object` that one step of a path means.
fn select<'t, 's>(object: Object<'t>, step: &'s Step) -> impl Iterator<Item = (usize, Item<'t>)> + use<'t, 's> {
    let items = object.items(step.place).enumerate();
    let (skip, take, key) = match &step.index {
        Index::Single | Index::All => (0, usize::MAX, None),
        Index::Key(key) => (0, usize::MAX, Some(key)),
        Index::At(index) => match usize::try_from(*index) {
            Ok(index) => (index, 1, None),
            Err(_) => match items.clone().count().checked_sub(index.unsigned_abs() as usize) {
                Some(index) => (index, 1, None),
                None => (0, 0, None),
            },
        },
    };
    items.skip(skip).take(take).filter(move |(_, item)| match (key, item) {
        (Some(key), Item::Object(object)) => object.value("meaning") == Some(Value::Text(key.as_bytes())),
        _ => true,
    })
}

/// Hands every value at the end of the steps to `each`, until that breaks.
fn visit<'t>(
    object: Object<'t>,
    steps: &[Step],
    each: &mut impl FnMut(Value<'t>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let Some((step, steps)) = steps.split_first() else { return ControlFlow::Continue(()) };
    let Some(child) = object.class.children.get(usize::from(step.place)) else { return ControlFlow::Continue(()) };
    for (_, item) in select(object, step) {
        if let Item::Object(object) = item {
            visit(object, steps, each)?;
        } else if let Some(value) = item.value(child) {
            each(value)?;
        }
    }
    ControlFlow::Continue(())
}

/// Collects the values at the end of the steps and below, as far as they are within. `way` leads to `object`. A tree's depth is
/// bounded, and so is this recursion.
fn collect<'t>(object: Object<'t>, steps: &[Step], way: &str, within: &Within<'_>, entries: &mut Vec<Entry<'t>>) {
    let below: Vec<Step>;
    let (selected, steps) = if let Some((step, steps)) = steps.split_first() {
        (std::slice::from_ref(step), steps)
    } else {
        let places = (0..).zip(object.class.children);
        below = places.map(|(place, _)| Step { place, index: Index::All }).collect();
        (below.as_slice(), steps)
    };
    for step in selected {
        let Some(child) = object.class.children.get(usize::from(step.place)) else { continue };
        for (number, item) in select(object, step) {
            let Some(within) = within.item(step.place, number, || object.items(step.place).count(), &item) else {
                continue;
            };
            let dot = if way.is_empty() { "" } else { "." };
            let path = match child.list {
                List::Single => format!("{way}{dot}{}", child.name),
                List::Many | List::Keyed => format!("{way}{dot}{}({number})", child.name),
            };
            match (item, child.kind) {
                (Item::Object(object), Type::Class(_)) => collect(object, steps, &path, &within, entries),
                _ => entries.extend(item.value(child).map(|value| Entry { path, value })),
            }
        }
    }
}
