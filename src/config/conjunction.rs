//! Filters that can never all hold, and triggers that ask what another one asks.
//!
//! All filters of a trigger must hold for the same message. Told is only what is certain: see [`possible`]. What one
//! filter can never be by itself has been told where it was read.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Weekday;

use super::{
    Filter, Mode, Quantifier, Question, Test, TimeTest, Trigger, ValuesTest,
    complaints::Complaints,
    decode::Item,
    diagnostic::{Diagnostic, quote},
    possible,
    source::Site,
    time_test::MINUTES,
    trigger::DecodedTrigger,
};
use crate::idmef;

/// So many filters of one trigger are compared with each other; alternatives count each by itself.
const MOST: usize = 200;
/// All days of a week.
const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// What is asked of values, and the filter that asks it.
type Asked<'f> = (&'f ValuesTest, &'f Filter);

/// What must hold, taken apart.
#[derive(Default, Clone)]
struct Wanted<'f> {
    /// Some value, or all, must say yes.
    yes: Vec<Asked<'f>>,
    /// No value may say yes.
    no: Vec<Asked<'f>>,
    /// The moment must lie within this, or must not.
    times: Vec<(&'f TimeTest, bool, &'f Filter)>,
    /// One of these must hold.
    any: Vec<&'f [Filter]>,
}

impl<'f> Wanted<'f> {
    fn of(filters: &'f [Filter]) -> Self {
        let mut wanted = Self::default();
        for filter in filters {
            wanted.add(filter, true, filter);
        }
        wanted
    }

    /// Adds `filter`, or that it does not hold; `whole` is what the operator wrote.
    fn add(&mut self, filter: &'f Filter, holds: bool, whole: &'f Filter) {
        match (&filter.test, holds) {
            (Test::Not(inside), holds) => self.add(inside, !holds, whole),
            (Test::All(filters), true) | (Test::Any(filters), false) => {
                // What stands inside is what the operator wrote, unless the negation stands outside.
                for filter in filters {
                    self.add(filter, holds, if holds { filter } else { whole });
                }
            }
            (Test::Any(filters), true) => self.any.push(filters),
            (Test::Time(time), holds) => self.times.push((time, holds, whole)),
            (Test::Values(test), true) if test.quantifier == Quantifier::None => self.no.push((test, whole)),
            (Test::Values(test), true) => self.yes.push((test, whole)),
            (Test::Values(test), false) if test.quantifier == Quantifier::Any => self.no.push((test, whole)),
            // Either may be so: nothing certain.
            (Test::Values(_) | Test::All(_), false) => {}
        }
    }

    fn too_many(&self) -> bool {
        self.yes.len() + self.no.len() + self.times.len() > MOST
    }

    /// Groups of filters that can never all hold, each as small as is found.
    fn contradictions(&self) -> Vec<Vec<&'f Filter>> {
        if self.too_many() {
            return Vec::new();
        }
        let others = [self.kinds(), self.absence(), self.moments()];
        self.values().into_iter().chain(others.into_iter().flatten()).collect()
    }

    /// A message is an alert or a heartbeat.
    fn kinds(&self) -> Option<Vec<&'f Filter>> {
        let mut roots = self.yes.iter().filter_map(|(test, filter)| Some((test.path.root()?, *filter)));
        let (kind, first) = roots.next()?;
        let (_, other) = roots.find(|(root, _)| *root != kind)?;
        Some(vec![first, other])
    }

    /// Values that must say yes to some and no to others: at most one group for each path.
    fn values(&self) -> Vec<Vec<&'f Filter>> {
        let mut groups = Vec::new();
        let mut by_path: HashMap<&idmef::Path, Vec<Asked<'f>>> = HashMap::new();
        for one in &self.yes {
            by_path.entry(&one.0.path).or_default().push(*one);
        }
        // In the order of the file.
        let mut seen = Vec::new();
        for (first, _) in &self.yes {
            if seen.contains(&&first.path) {
                continue;
            }
            seen.push(&first.path);
            let yes = by_path.get(&first.path).map_or(&[][..], Vec::as_slice);
            let no: Vec<_> = self.no.iter().filter(|(test, _)| test.path == first.path).copied().collect();
            if yes.len() + no.len() < 2 {
                continue;
            }
            let found = if first.path.is_multiple() {
                // Of several values each filter may mean another one, unless it means all of them.
                let (all, any): (Vec<Asked<'f>>, Vec<Asked<'f>>) =
                    yes.iter().partition(|(test, _)| test.quantifier == Quantifier::All);
                let one = any.iter().find_map(|one| never(&first.path, &[all.as_slice(), &[*one]].concat(), &no));
                one.or_else(|| never(&first.path, &all, &no))
            } else {
                never(&first.path, yes, &no)
            };
            groups.extend(found);
        }
        groups
    }

    /// Something below what must not be there.
    fn absence(&self) -> Option<Vec<&'f Filter>> {
        self.no.iter().filter(|(test, _)| test.questions.is_empty()).find_map(|(absent, filter)| {
            let above = format!("{}.", absent.path);
            let below = self.yes.iter().find(|(test, _)| test.path.to_string().starts_with(&above));
            below.map(|(_, below)| vec![*filter, *below])
        })
    }

    /// No minute of the week is left.
    fn moments(&self) -> Option<Vec<&'f Filter>> {
        for (place, (first, _, _)) in self.times.iter().enumerate() {
            let same = |other: &TimeTest| other.of == first.of && other.zone == first.zone;
            if self.times.iter().take(place).any(|(earlier, ..)| same(earlier)) {
                continue;
            }
            let tests: Vec<_> = self.times.iter().filter(|(time, ..)| same(time)).collect();
            // Of a moment that is not told all say no.
            if tests.len() < 2 || !tests.iter().any(|(_, within, _)| *within) {
                continue;
            }
            let left =
                |day: Weekday, minute: u16| tests.iter().all(|(time, within, _)| time.holds_at(day, minute) == *within);
            if !WEEK.iter().any(|day| (0..MINUTES).any(|minute| left(*day, minute))) {
                return Some(tests.iter().map(|(_, _, filter)| *filter).collect());
            }
        }
        None
    }
}

/// The filters of which no value can say what all want: two of them if two are enough.
fn never<'f>(path: &idmef::Path, yes: &[Asked<'f>], no: &[Asked<'f>]) -> Option<Vec<&'f Filter>> {
    let ask = |yes: &[Asked<'f>], no: &[Asked<'f>]| {
        let yes: Vec<&Question> = yes.iter().flat_map(|(test, _)| &test.questions).collect();
        let no: Vec<&[Question]> = no.iter().map(|(test, _)| test.questions.as_slice()).collect();
        possible::never(path, &yes, &no)
    };
    // Where no value must say yes, there may be none; and what can never be by itself has been told.
    if yes.is_empty() || !ask(yes, no) || yes.iter().any(|one| ask(&[*one], &[])) {
        return None;
    }
    let both = yes.iter().enumerate().find_map(|(place, one)| {
        let two = yes.iter().skip(place + 1).find(|two| ask(&[*one, **two], &[]));
        let two = two.or_else(|| no.iter().find(|two| ask(&[*one], &[**two])));
        two.map(|two| vec![one.1, two.1])
    });
    both.or_else(|| Some(yes.iter().chain(no).map(|(_, filter)| *filter).collect()))
}

/// Complains about a trigger that can never match, and about alternatives of it that never can.
pub(super) fn check(trigger: &Trigger, item: Item<'_>, complaints: &Complaints) {
    let wanted = Wanted::of(&trigger.filters);
    let mut contradictions = wanted.contradictions();
    // Of the filters of a trigger on silence it has been told that they ask about heartbeats only.
    contradictions.retain(|filters| trigger.silent.is_none() || !both_kinds(filters));
    for filters in &contradictions {
        complaints.add(cannot_match(trigger, item, filters));
    }
    if wanted.too_many() || !contradictions.is_empty() {
        return;
    }
    for alternatives in wanted.any.iter().filter(|alternatives| alternatives.len() <= MOST) {
        let never: Vec<_> = alternatives
            .iter()
            .filter_map(|one| {
                let mut wanted = Wanted { any: Vec::new(), ..wanted.clone() };
                wanted.add(one, true, one);
                wanted.contradictions().into_iter().next()
            })
            .collect();
        if never.len() == alternatives.len() {
            // One reason is enough: none of the others would do either.
            never.into_iter().take(1).for_each(|filters| complaints.add(cannot_match(trigger, item, &filters)));
            return;
        }
        for filters in never {
            let at = last(&filters, item);
            let message = format!("in trigger {} this alternative can never hold", quote(&trigger.name));
            complaints.add(
                Diagnostic::warning(Some(at), message)
                    .found(shown(&filters))
                    .help("all filters outside of `any` must hold, too: mend one of them, or remove the alternative"),
            );
        }
    }
}

fn cannot_match(trigger: &Trigger, item: Item<'_>, filters: &[&Filter]) -> Diagnostic {
    let help = if both_kinds(filters) {
        "a message is an alert or a heartbeat, never both: make two triggers of it"
    } else {
        "all filters of a trigger must hold; for either of them write `any: […]`"
    };
    Diagnostic::error(Some(last(filters, item)), format!("trigger {} can never match", quote(&trigger.name)))
        .found(shown(filters))
        .help(help)
}

fn both_kinds(filters: &[&Filter]) -> bool {
    let mut kinds = filters.iter().filter_map(|filter| root(filter));
    kinds.next().is_some_and(|first| kinds.any(|kind| kind != first))
}

fn root(filter: &Filter) -> Option<idmef::Kind> {
    match &filter.test {
        Test::Values(test) => test.path.root(),
        _ => None,
    }
}

/// The filters with the lines in which they stand.
fn shown(filters: &[&Filter]) -> String {
    let filters: Vec<_> =
        filters.iter().map(|one| format!("{} in line {}", quote(&one.to_string()), one.at.line)).collect();
    filters.join(" and ")
}

/// Where the last of them stands; all stand in the file of their trigger.
fn last<'a>(filters: &[&Filter], item: Item<'a>) -> Site<'a> {
    let last = filters.iter().map(|filter| (filter.at.line, filter.at.column)).max();
    let Some((line, column)) = last else { return item.site() };
    let start = item.source.offset(line.saturating_sub(1) as usize, column.saturating_sub(1) as usize);
    let rest = item.source.text.get(start..).unwrap_or_default();
    let length = rest.find(|letter: char| letter.is_whitespace() || ",]}".contains(letter)).unwrap_or(rest.len());
    item.source.site(start, start + length)
}

/// Complains about triggers that ask the same. Those of another mode may be a rehearsal of other actions.
pub(super) fn repeated(triggers: &[DecodedTrigger<'_>], complaints: &Complaints) {
    let mut first: BTreeMap<(Mode, Vec<String>), &DecodedTrigger<'_>> = BTreeMap::new();
    for one in triggers {
        // All fields are named: one that is added later may make a difference.
        let Trigger { name, at: _, mode, silent, filters, damping, breaker, stop_on_failure, actions } = &one.trigger;
        // A trigger of whose filters none could be read has been complained about.
        if filters.is_empty() {
            continue;
        }
        let mut key: Vec<String> = filters.iter().map(Filter::to_string).collect();
        key.sort_unstable();
        let earlier = *first.entry((*mode, key)).or_insert(one);
        // Of two with the same name it has been told.
        if std::ptr::eq(earlier, one) || *name == earlier.trigger.name {
            continue;
        }
        if *silent != earlier.trigger.silent
            || *damping != earlier.trigger.damping
            || *breaker != earlier.trigger.breaker
            || *stop_on_failure != earlier.trigger.stop_on_failure
            || !same(filters, &earlier.trigger.filters)
        {
            continue;
        }
        let message =
            format!("trigger {} has the same filters as trigger {}", quote(name), quote(&earlier.trigger.name));
        let mut complaint = one.item.warning(message);
        if let Some(action) = actions.iter().find(|action| earlier.trigger.actions.contains(action)) {
            complaint = complaint.found(format!("both run {}, which runs twice for each alert", quote(&action.action)));
        }
        let at = earlier.item.site().location();
        complaints
            .add(complaint.help(format!("the first is at {at}: one trigger with the actions of both does the same")));
    }
}

/// Whether both lists hold the same filters, in whatever order. Equal texts are not enough: of a long list only the
/// beginning is shown.
fn same(one: &[Filter], other: &[Filter]) -> bool {
    let mut rest: Vec<&Filter> = other.iter().collect();
    one.len() == other.len()
        && one.iter().all(|filter| match rest.iter().position(|other| *other == filter) {
            Some(place) => {
                rest.swap_remove(place);
                true
            }
            None => false,
        })
}
