//! `filters:`: what the operator writes, made into [`Filter`]s.
//!
//! ```yaml
//! - { path: P, regex: R }                     # or glob, equals, in, above, below, at_least, at_most; several: all of
//!                                             # them must hold for the same value
//! - { path: P, exists: false }
//! - { path: P, not: { in: corporate } }       # no value says yes, or there is none
//! - { any: [filter, filter] }                 # or all
//! - { not: filter }
//! - { time: { hours: 07:00-20:00, days: mon-fri, zone: Europe/Paris } }
//! - { criteria: "alert.assessment.impact.severity >= medium && ! alert.target" }
//! ```

use std::{collections::HashMap, sync::Arc};

use super::{
    Filter, Quantifier, Question, Relation, Set, Test, ValuesTest, criteria_file,
    decode::{Item, Table},
    diagnostic::{one_of, quote},
    document::Value,
    expression_file::{Expressions, GLOB},
    list_file::Lists,
    possible,
    template::leaf_below,
    time_file,
    value_file::{bound, element, equal},
};
use crate::idmef::{self, ValueType};

const KEYS: [&str; 17] = [
    "path",
    "regex",
    "glob",
    "equals",
    "in",
    "above",
    "below",
    "at_least",
    "at_most",
    "exists",
    "not",
    "match",
    "ignore_case",
    "any",
    "all",
    "time",
    "criteria",
];
/// What is asked of values; the order in which it is asked and shown.
const QUESTIONS: [&str; 8] = ["equals", "in", "glob", "above", "at_least", "below", "at_most", "regex"];
/// The keys of `not:` beside a path.
const NOT_KEYS: [&str; 9] = ["regex", "glob", "equals", "in", "above", "below", "at_least", "at_most", "ignore_case"];
const WITHOUT_PATH: [&str; 5] = ["any", "all", "not", "time", "criteria"];
/// How deep filters may stand inside filters.
const DEEPEST: usize = 32;

/// What many filters share.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) expressions: Expressions,
    pub(super) lists: Lists,
    /// Sets that were written out, and lists with the case of letters ignored, so that equal ones are one.
    folded: HashMap<String, Arc<Set>>,
}

impl Reader {
    /// A list of filters; one without any is complained about by `empty`.
    pub(super) fn filters(&mut self, item: Item<'_>, empty: impl FnOnce(Item<'_>)) -> Vec<Filter> {
        self.filters_at(item, empty, 0)
    }

    fn filters_at(&mut self, item: Item<'_>, empty: impl FnOnce(Item<'_>), depth: usize) -> Vec<Filter> {
        let Some(list) = item.list("a list of filters, such as `- { path: alert.classification.text, regex: '…' }`")
        else {
            return Vec::new();
        };
        if list.len() == 0 {
            empty(item);
        }
        list.filter_map(|item| self.filter(item, depth)).collect()
    }

    /// One filter.
    fn filter(&mut self, item: Item<'_>, depth: usize) -> Option<Filter> {
        if depth > DEEPEST {
            return item.refuse(item.error(format!("filters stand inside each other more than {DEEPEST} deep")));
        }
        let table = item.table("a filter", &KEYS)?;
        let test = match table.get("path") {
            Some(path) => self.values(&table, path)?,
            None => self.without_path(item, &table, depth)?,
        };
        Some(Filter { at: item.site().location(), test })
    }

    fn without_path(&mut self, item: Item<'_>, table: &Table<'_>, depth: usize) -> Option<Test> {
        let asked: Vec<&str> = WITHOUT_PATH.into_iter().filter(|key| table.key(key).is_some()).collect();
        let [key] = asked.as_slice() else {
            return match asked.as_slice() {
                [] => table.require("path", "add `path: …`, such as `path: alert.classification.text`").and(None),
                [first, second, ..] => item.refuse(
                    item.error(format!("a filter has both {} and {}", quote(first), quote(second)))
                        .help("make two filters of it: all filters of a list must hold"),
                ),
                [_] => None,
            };
        };
        let stray = QUESTIONS.into_iter().chain(["exists", "match", "ignore_case"]).find_map(|key| table.key(key));
        if let Some(stray) = stray {
            return stray.refuse(
                stray
                    .error(format!("this asks about values, and the filter has no {}", quote("path")))
                    .help(format!("put it into a filter of its own, with its path; {} takes filters", quote(key))),
            );
        }
        let value = table.get(key)?;
        match *key {
            "any" | "all" => {
                let empty = |item: Item<'_>| {
                    item.complain(item.error("there is no filter in it").expected("at least one filter"));
                };
                let filters = self.filters_at(value, empty, depth + 1);
                if filters.is_empty() {
                    return None;
                }
                Some(if *key == "any" { Test::Any(filters) } else { Test::All(filters) })
            }
            "not" => self.filter(value, depth + 1).map(|filter| Test::Not(Box::new(filter))),
            "time" => time_file::decode(value).map(Test::Time),
            _ => criteria_file::decode(value, &mut self.expressions),
        }
    }

    /// A filter with a path.
    fn values(&mut self, table: &Table<'_>, path_item: Item<'_>) -> Option<Test> {
        for key in ["any", "all", "time", "criteria"] {
            if let Some(stray) = table.key(key) {
                return stray.refuse(
                    stray
                        .error(format!("{} stands beside {}", quote(key), quote("path")))
                        .help("make two filters of it: all filters of a list must hold"),
                );
            }
        }
        let path = value_path(path_item, table.key("exists").is_some());
        let mut quantifier = Quantifier::default();
        table.read("match", &mut quantifier, |item| {
            item.choice(&[("any", Quantifier::Any), ("all", Quantifier::All), ("none", Quantifier::None)])
        });
        let questions = self.questions(table, path.as_ref());
        let asked = QUESTIONS.iter().any(|key| table.key(key).is_some());
        let negated = table.get("not").map(|item| self.negated(item, path.as_ref()));
        let exists = table.get("exists").map(Item::boolean);
        let (path, questions) = (path?, questions?);
        match (exists, negated) {
            (Some(exists), None) if !asked => {
                if let Some(key) = table.key("match").or(table.key("ignore_case")) {
                    key.complain(key.error("this means nothing beside `exists`").help("remove it"));
                }
                let test = Test::Values(ValuesTest { path, questions: Vec::new(), quantifier: Quantifier::Any });
                if exists? { Some(test) } else { Some(negate(path_item, test)) }
            }
            (Some(_), _) => {
                let key = table.key("exists")?;
                key.refuse(
                    key.error("a value that is asked something exists anyway")
                        .help("a path without a value makes every question a no: remove `exists`"),
                )
            }
            (None, Some(negated)) if !asked => {
                if quantifier != Quantifier::Any
                    && let Some(key) = table.key("match")
                {
                    key.complain(
                        key.error("`match` and `not` in one filter can be read in two ways")
                            .help("`not: { … }` holds when no value says yes; write two filters for anything else"),
                    );
                }
                let test = ValuesTest { path, questions: negated?, quantifier: Quantifier::Any };
                Some(negate(path_item, Test::Values(test)))
            }
            (None, Some(_)) => {
                let key = table.key("not")?;
                key.refuse(
                    key.error("`not` stands beside another question to the same values")
                        .help("make two filters of it: all filters of a list must hold"),
                )
            }
            (None, None) if questions.is_empty() => {
                if !asked {
                    table.item.complain(
                        table
                            .item
                            .error("this filter asks nothing")
                            .expected(one_of(["regex", "equals", "in", "glob", "at_least", "exists", "not"]))
                            .help("add `regex: '…'`, for example"),
                    );
                }
                None
            }
            (None, None) => {
                let first = QUESTIONS.iter().find_map(|key| table.get(key)).unwrap_or(path_item);
                can_hold(first, &path, &questions, quantifier);
                Some(Test::Values(ValuesTest { path, questions, quantifier }))
            }
        }
    }

    /// `not:` beside a path: questions about its values.
    fn negated(&mut self, item: Item<'_>, path: Option<&idmef::Path>) -> Option<Vec<Question>> {
        let table = item.table("`not` beside a path", &NOT_KEYS)?;
        let questions = self.questions(&table, path)?;
        if questions.is_empty() && !QUESTIONS.iter().any(|key| table.key(key).is_some()) {
            return item
                .refuse(item.error("`not` asks nothing").expected("a question, such as `not: { in: corporate }`"));
        }
        if let Some(path) = path
            && !questions.is_empty()
            && possible::never(path, &questions.iter().collect::<Vec<_>>(), &[])
        {
            item.complain(item.warning("no value can say yes to this, so the filter always holds"));
        }
        Some(questions)
    }

    /// The questions of a mapping; none when one of them is wrong, and without a path they are only looked at.
    fn questions(&mut self, table: &Table<'_>, path: Option<&idmef::Path>) -> Option<Vec<Question>> {
        let mut ignore_case = false;
        table.read("ignore_case", &mut ignore_case, Item::boolean);
        let asked: Vec<_> = QUESTIONS.into_iter().filter_map(|key| Some((key, table.get(key)?))).collect();
        if let Some(key) = table.key("ignore_case")
            && !asked.iter().any(|(key, _)| ["glob", "equals", "in"].contains(key))
        {
            let mut complaint = key.error("`ignore_case` means nothing here");
            if table.key("regex").is_some() {
                complaint = complaint.help("a regular expression ignores case when it begins with `(?i)`");
            }
            key.complain(complaint);
        }
        let questions: Vec<_> =
            asked.into_iter().map(|(key, item)| self.question(key, item, path, ignore_case)).collect();
        questions.into_iter().collect()
    }

    fn question(
        &mut self,
        key: &str,
        item: Item<'_>,
        path: Option<&idmef::Path>,
        ignore_case: bool,
    ) -> Option<Question> {
        match key {
            "regex" => self.expressions.read(item).map(Question::Regex),
            "glob" => {
                let text = item.text()?;
                self.expressions
                    .glob(text, ignore_case)
                    .map_or_else(|| item.wrong(GLOB), |glob| Some(Question::Glob(glob)))
            }
            "equals" => equal(item, path?, ignore_case).map(Question::Equals),
            "in" => self.set(item, path?, ignore_case).map(Question::In),
            "above" => bound(item, path?).map(|bound| Question::Order(Relation::Above, bound)),
            "below" => bound(item, path?).map(|bound| Question::Order(Relation::Below, bound)),
            "at_least" => bound(item, path?).map(|bound| Question::Order(Relation::AtLeast, bound)),
            _ => bound(item, path?).map(|bound| Question::Order(Relation::AtMost, bound)),
        }
    }

    /// `in:`: the name of a list, or elements.
    fn set(&mut self, item: Item<'_>, path: &idmef::Path, ignore_case: bool) -> Option<Arc<Set>> {
        if let Value::Text(name) = &item.node.value {
            let set = self.lists.named(item, name)?;
            if !ignore_case {
                return Some(set);
            }
            let folded = self.folded.entry(name.clone()).or_insert_with(|| Arc::new(set.ignoring_case()));
            return Some(Arc::clone(folded));
        }
        let list =
            item.list("the name of a list under `lists:`, or a list of values such as `[root, 192.0.2.0/24]`")?;
        if list.len() == 0 {
            return item.refuse(item.error("nothing is in an empty list, so this filter can never hold"));
        }
        let elements: Vec<_> = list.map(|item| element(item, path)).collect();
        let elements: Vec<_> = elements.into_iter().collect::<Option<_>>()?;
        let elements = elements.iter().map(|(text, element)| (text.as_str(), element.clone()));
        Some(Arc::new(Set::new(None, ignore_case, elements)))
    }
}

fn negate(item: Item<'_>, test: Test) -> Test {
    Test::Not(Box::new(Filter { at: item.site().location(), test }))
}

/// The path of a filter, which must lead to a value unless it is only asked whether there is anything.
fn value_path(item: Item<'_>, class_too: bool) -> Option<idmef::Path> {
    let path = item.idmef_path()?;
    if class_too || path.value_type() != ValueType::Class {
        return Some(path);
    }
    let text = item.text()?;
    let help = leaf_below(text).map(|leaf| format!("did you mean {}?", quote(&leaf)));
    item.refuse(
        item.error(format!("{} is a class and has no value to ask about", quote(text)))
            .expected("a path to a value")
            .maybe_help(help),
    )
}

/// Complains about questions that no value of the path can all say yes to.
fn can_hold(item: Item<'_>, path: &idmef::Path, questions: &[Question], quantifier: Quantifier) {
    // With `match: none` it is a filter that always holds where there is a value.
    if quantifier == Quantifier::None && questions.is_empty() {
        return;
    }
    if let Some(list) = path.enumeration()
        && !list.names.iter().any(|name| questions.iter().all(|question| question.asks(name)))
    {
        let mut complaint = match questions {
            [Question::Regex(_)] => {
                item.error(format!("this expression matches no value that {} can have", quote(&path.to_string())))
            }
            _ => item.error(format!("no value that {} can have says yes to this", quote(&path.to_string()))),
        };
        complaint = complaint.expected(format!("what fits {}", one_of(list.names.iter().copied())));
        item.complain(complaint);
        return;
    }
    if let Some(contradiction) = contradiction(path, questions) {
        let mut complaint = item.error("this filter can never hold").found(contradiction);
        if let Some((least, most)) = path.range()
            && questions.iter().any(|question| possible::never(path, &[question], &[]))
        {
            complaint = complaint.expected(format!("what fits a whole number from {least} to {most}"));
        }
        item.complain(complaint);
    }
}

/// Two questions of which a value can answer only one with yes, or all of them.
fn contradiction(path: &idmef::Path, questions: &[Question]) -> Option<String> {
    let pairs = || {
        let after = |place| questions.iter().skip(place + 1);
        questions.iter().enumerate().flat_map(move |(place, one)| after(place).map(move |two| (one, two)))
    };
    let two = pairs().find(|(one, two)| possible::never(path, &[one, two], &[]));
    two.map(|(one, two)| format!("{one} and {two}")).or_else(|| {
        let all: Vec<&Question> = questions.iter().collect();
        let shown: Vec<_> = questions.iter().map(Question::to_string).collect();
        possible::never(path, &all, &[]).then(|| shown.join(" and "))
    })
}
