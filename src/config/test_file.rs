//! `tests:`: alerts, and what must come of them; `prelude-trigger check` tries them.
//!
//! ```yaml
//! - name: a brute force attack is blocked        # optional
//!   alert: samples/brute-force.json              # a recording beside this file, or the alert itself as a mapping
//!   now: 2026-11-21T03:00:00Z                    # optional: when it is looked at
//!   expect:                                      # the triggers that match, and their jobs: all of them
//!     ssh-brute-force:
//!       - mail-admin                             # this action, whatever its arguments
//!       - block: [/usr/sbin/nft, add, …]         # this action with exactly these arguments
//!       - exec: refused                          # an action written in the trigger, whose job a guard refuses
//!   not: [other]                                 # the triggers that must not match; without it, all others
//! ```
//!
//! What is written here is checked at every load, and alerts that are written out are read. Recordings are not: the
//! daemon has no need of them.

use std::{cell::Cell, collections::HashSet, sync::Arc};

use super::{
    Expectation, ExpectedAction, ExpectedJob, ExpectedTrigger, ExpectedTriggers, Others, TestAlert, TriggerTest,
    decode::Item,
    diagnostic::{did_you_mean, quote},
    document::Value,
    filter::moment,
    message_file,
};

const KEYS: [&str; 5] = ["name", "alert", "now", "expect", "not"];
const EXPECT: &str =
    "a mapping of triggers to their actions, such as `{ ssh-brute-force: [block] }`, or `{}` for nothing";
const ACTIONS: &str = "a list of the trigger's actions, such as `[block, mail-admin]`";
const ACTION: &str = "the name of an action, `exec` or `component` for one written in the trigger; \
    with its arguments: `block: [/usr/sbin/nft, …]`; if a guard must refuse it: `block: refused`";
/// For so many unknown names the nearest known one is looked for.
const MAX_SUGGESTIONS: usize = 100;

/// The names a test may use.
pub(super) struct Known<'k> {
    triggers: &'k HashSet<&'k str>,
    /// Triggers that no message sets off.
    actions: &'k HashSet<&'k str>,
    unknown: Cell<usize>,
}

impl<'k> Known<'k> {
    pub(super) fn new(triggers: &'k HashSet<&'k str>, actions: &'k HashSet<&'k str>) -> Self {
        Self { triggers, actions, unknown: Cell::new(0) }
    }

    /// Looking for the nearest of many names takes time, which many mistakes would multiply.
    fn nearest(&self, written: &str, names: &HashSet<&str>) -> Option<String> {
        self.unknown.set(self.unknown.get() + 1);
        did_you_mean(written, names.iter().copied().filter(|_| self.unknown.get() <= MAX_SUGGESTIONS))
    }

    fn trigger(&self, item: Item<'_>, name: &str) -> Option<Arc<str>> {
        if self.triggers.contains(name) {
            return Some(name.into());
        }
        let help = self.nearest(name, self.triggers);
        item.refuse(item.error(format!("there is no trigger {}", quote(name))).maybe_help(help))
    }

    fn action(&self, item: Item<'_>, name: &str) -> Option<ExpectedAction> {
        let kind = match name {
            "exec" => Some("exec"),
            "component" => Some("component"),
            _ => None,
        };
        if kind.is_none() && !self.actions.contains(name) {
            let help = self.nearest(name, self.actions);
            return item.refuse(item.error(format!("there is no action {}", quote(name))).maybe_help(help));
        }
        Some(ExpectedAction { name: name.into(), inline: kind.is_some(), job: ExpectedJob::Any })
    }
}

/// Decodes the tests of one file; `others` are the triggers that must not match unless a test says otherwise.
pub(super) fn decode(item: Item<'_>, known: &Known<'_>, others: &Others) -> Vec<TriggerTest> {
    let Some(list) = item.list("a list of tests, each with `alert:` and `expect:`") else {
        return Vec::new();
    };
    list.filter_map(|item| test(item, known, others)).collect()
}

fn test(item: Item<'_>, known: &Known<'_>, others: &Others) -> Option<TriggerTest> {
    let table = item.table("a test", &KEYS)?;
    let name = table.get("name").and_then(Item::some_text).map(Into::into);
    let now = match table.get("now") {
        Some(item) => moment(item.text()?).map_or_else(
            || item.wrong("a time with its zone, such as `2026-11-21T03:00:00Z` or `2026-11-21T03:00:00+01:00`"),
            |now| Some(Some(now)),
        ),
        None => Some(None),
    };
    let alert = table
        .require("alert", "name a recording, `alert: samples/alert.json`, or write the alert here as a mapping")
        .and_then(alert);
    let not = table.get("not").map(|item| not(item, known));
    let expect = match table.get("expect") {
        None if not.is_some() => Some(Expectation::Each(ExpectedTriggers::new())),
        _ => table
            .require("expect", "say what matches, `expect: { TRIGGER: [ACTION] }`, or `expect: {}` if nothing does")
            .and_then(|item| expectation(item, known)),
    };
    let (expect, not) = (expect?, not.map_or(Some(None), |not| not.map(Some))?);
    // Of several messages a trigger may match one and must not match another.
    if let Some(Others::These(names)) = &not
        && let Some(name) = names.iter().find(|name| expect.all().all(|triggers| triggers.contains_key(*name)))
        && let Some(key) = table.key("not")
    {
        return key.refuse(
            key.error(format!("trigger {} is expected to match, and not to match", quote(name)))
                .help("remove it from `expect` or from `not`"),
        );
    }
    let others = not.unwrap_or_else(|| others.clone());
    Some(TriggerTest { name, at: item.site().location(), alert: alert?, now: now?, expect, others })
}

fn alert(item: Item<'_>) -> Option<TestAlert> {
    match &item.node.value {
        Value::Text(_) => Some(TestAlert::File { file: item.beside()?, at: item.site().location() }),
        Value::Map(_) => message_file::decode(item).map(|message| TestAlert::Inline(Box::new(message))),
        _ => item.wrong("the name of a recording, or an alert: a mapping as in IDMEF JSON"),
    }
}

/// `not:` of a test.
fn not(item: Item<'_>, known: &Known<'_>) -> Option<Others> {
    if item.node.value == Value::Text("all".to_owned()) {
        return Some(Others::All);
    }
    let list = item.list("a list of triggers, such as `[web-scan]`, or `all`")?;
    let names: Vec<_> = list.map(|item| known.trigger(item, item.some_text()?)).collect();
    names.into_iter().collect::<Option<HashSet<_>>>().map(|names| Others::These(Arc::new(names)))
}

/// `expect:` of a test.
fn expectation(item: Item<'_>, known: &Known<'_>) -> Option<Expectation> {
    match &item.node.value {
        Value::List(list) if list.is_empty() => item.wrong(EXPECT),
        Value::List(_) => {
            let list: Vec<_> = item.list(EXPECT)?.map(|item| triggers(item, known)).collect();
            list.into_iter().collect::<Option<_>>().map(Expectation::InTurn)
        }
        _ => triggers(item, known).map(Expectation::Each),
    }
}

fn triggers(item: Item<'_>, known: &Known<'_>) -> Option<ExpectedTriggers> {
    let entries = item.entries(EXPECT)?;
    let trigger = |(key, name, value): (Item<'_>, &str, Item<'_>)| {
        let name = known.trigger(key, name);
        let actions = actions(value, known);
        Some((name?, ExpectedTrigger { at: key.site().location(), actions: actions? }))
    };
    let triggers: Vec<_> = entries.into_iter().map(trigger).collect();
    triggers.into_iter().collect()
}

fn actions(item: Item<'_>, known: &Known<'_>) -> Option<Vec<ExpectedAction>> {
    let list = item.list(ACTIONS)?;
    if list.len() == 0 {
        return item.refuse(
            item.error("a trigger that matches has at least one action")
                .expected(ACTIONS)
                .help("to say that it must not match, leave it out here, or name it under `not`"),
        );
    }
    let actions: Vec<_> = list.map(|item| action(item, known)).collect();
    actions.into_iter().collect()
}

fn action(item: Item<'_>, known: &Known<'_>) -> Option<ExpectedAction> {
    if let Value::Text(_) = &item.node.value {
        return known.action(item, item.some_text()?);
    }
    let entries = item.entries(ACTION)?;
    let [(key, name, value)] = *entries.as_slice() else {
        return item.wrong(ACTION);
    };
    let action = known.action(key, name);
    let job = match &value.node.value {
        Value::Text(text) if text == "refused" => Some(ExpectedJob::Refused),
        Value::List(_) => {
            let arguments: Vec<_> = value.list("")?.map(|item| item.text().map(str::to_owned)).collect();
            arguments.into_iter().collect::<Option<_>>().map(ExpectedJob::Arguments)
        }
        _ => value.wrong("the program and its arguments as a list, or `refused`"),
    };
    Some(ExpectedAction { job: job?, ..action? })
}
