//! What can only be judged when all files are read: names that must meet, and triggers that can never act.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    config::ActionKind,
    config::{
        Breaker, Filter, Location, Moment, OnMissing, Quantifier, Question, Test, TimeTest, Trigger, ValuesTest,
        action::Decoded,
        complaints::Complaints,
        conjunction,
        decode::Item,
        diagnostic::{Diagnostic, did_you_mean, one_of, quote},
        exec::Mentioned,
        trigger::DecodedTrigger,
        untyped, use_check,
    },
    idmef::{self, Kind},
};

/// For so many unknown names of actions the nearest known one is looked for.
const MAX_SUGGESTIONS: usize = 100;

/// Complains about everything in which triggers and actions do not fit together.
///
/// `declared` has the names of all actions, also of those that are not among `actions` because something is wrong
/// with them.
pub(super) fn check(
    actions: &[Decoded<'_>],
    declared: &HashSet<&str>,
    triggers: &[DecodedTrigger<'_>],
    complaints: &Complaints,
) {
    unique("action", actions.iter().map(|one| (&one.action.name, one.item)), complaints);
    unique("trigger", triggers.iter().map(|one| (&one.trigger.name, one.item)), complaints);

    let by_name: HashMap<&str, &Decoded<'_>> = actions.iter().map(|one| (&*one.action.name, one)).collect();
    let mut used = HashSet::new();
    let mut missing = 0;
    for DecodedTrigger { trigger, item, uses } in triggers {
        let kind = match &trigger.silent {
            Some(_) => {
                silence_asks_heartbeats(trigger, complaints);
                Some(Kind::Heartbeat)
            }
            None => message_kind(trigger),
        };
        let captured = captures(trigger, *item, complaints);
        if let Some(name) = captured.iter().min()
            && trigger.silent.as_ref().is_some_and(|silent| !silent.expect.is_empty())
        {
            complaints.add(
                item.error(format!("trigger {} captures {} and expects sensors", quote(&trigger.name), quote(name)))
                    .help("of a sensor that was never heard of nothing can be captured: make two triggers of it"),
            );
        }
        conjunction::check(trigger, *item, complaints);
        let mut here = HashSet::new();
        for one in uses {
            let (name, place) = (&one.used.action, &one.item);
            let Some(action) = by_name.get(&**name) else {
                if declared.contains(&**name) {
                    continue;
                }
                // Looking for the nearest of many names takes time, which many mistakes would multiply.
                missing += 1;
                let known = declared.iter().copied().filter(|_| missing <= MAX_SUGGESTIONS);
                let help = did_you_mean(name, known).unwrap_or_else(|| {
                    "declare it under `actions:`, or write the action here as `exec: […]`".to_owned()
                });
                complaints.add(place.error(format!("there is no action {}", quote(name))).help(help));
                continue;
            };
            used.insert(&**name);
            use_check::check(one, action, trigger, kind, &captured, complaints);
            let filled = action.action.parameters.iter().map(|(name, _)| Arc::clone(name));
            let captured = captured.iter().cloned().chain(filled).collect();
            if !here.insert(&**name) && action.action.parameters.is_empty() {
                complaints.add(place.warning(format!("trigger {} runs {} twice", quote(&trigger.name), quote(name))));
            }
            fits(action, trigger, *place, kind, &captured, complaints);
        }
    }
    conjunction::repeated(triggers, complaints);
    // A trigger that could not be read may use what nobody else does.
    if complaints.has_errors() {
        return;
    }
    let uses = triggers.iter().flat_map(|one| &one.uses);
    let leased: HashSet<&str> = uses.filter(|one| one.lease.is_some()).map(|one| &*one.used.action).collect();
    for one in triggers.iter().filter(|one| one.uses.iter().all(|used| used.lease.is_none())) {
        nothing_to_roll_back(one.item, "trigger", &one.trigger.name, one.trigger.breaker, complaints);
    }
    for one in actions {
        let name = &*one.action.name;
        if !leased.contains(name) {
            nothing_to_roll_back(one.item, "action", name, one.action.breaker, complaints);
        }
        if let ActionKind::Exec(exec) = &one.action.kind {
            untyped::warn(name, &one.mentions, &one.action.parameters, complaints);
            if let Some(undo) = &exec.undo
                && used.contains(name)
                && !leased.contains(name)
            {
                let (who, declare) = if name.contains('/') {
                    ("this program".to_owned(), "declare the action under `actions:`, and ")
                } else {
                    (format!("action {}", quote(name)), "")
                };
                complaints.add(
                    Diagnostic::warning_at(&undo.program_at, format!("nothing ends what {who} does")).help(format!(
                        "{declare}say where it is used how long it lasts, `for: 4h`; or remove the `undo`"
                    )),
                );
            }
        }
        if !name.contains('/') && !used.contains(name) {
            complaints.add(
                one.item
                    .warning(format!("action {} is never used", quote(name)))
                    .help("name it in the `actions:` of a trigger, or remove it"),
            );
        }
    }
}

/// Warns of a breaker that would undo leases, of which there are none.
fn nothing_to_roll_back(item: Item<'_>, what: &str, name: &str, breaker: Option<Breaker>, complaints: &Complaints) {
    if breaker.is_some_and(|breaker| breaker.roll_back > 0) {
        let message = format!("the breaker of {what} {} rolls nothing back: it has no leases", quote(name));
        let help = "say where the action is used how long it lasts, `for: 4h`, or remove `roll_back`";
        complaints.add(item.warning(message).help(help));
    }
}

/// Complains about names that are given twice.
fn unique<'a, 'n>(what: &str, named: impl Iterator<Item = (&'n Arc<str>, Item<'a>)>, complaints: &Complaints) {
    let mut first: HashMap<&str, Item<'a>> = HashMap::new();
    for (name, item) in named {
        if let Some(first) = first.get(&**name) {
            let at = first.site().location();
            complaints.add(
                item.error(format!("there are two {what}s with the name {}", quote(name)))
                    .help(format!("the first is at {at}: give one of them another name")),
            );
        } else {
            first.insert(name, item);
        }
    }
}

/// The filters that must all hold, those inside `all` among them.
fn conjuncts(filters: &[Filter]) -> Vec<&Filter> {
    let mut all = Vec::new();
    for filter in filters {
        match &filter.test {
            Test::All(inside) => all.extend(conjuncts(inside)),
            _ => all.push(filter),
        }
    }
    all
}

/// What is asked of values by the filters that must all hold.
fn asked(filters: &[Filter]) -> impl Iterator<Item = &ValuesTest> {
    conjuncts(filters).into_iter().filter_map(|filter| match &filter.test {
        Test::Values(test) => Some(test),
        _ => None,
    })
}

/// The kind of message that all filters ask about. Asking about both can never hold, since a missing value is always
/// a no.
fn message_kind(trigger: &Trigger) -> Option<Kind> {
    let mut roots = asked(&trigger.filters).filter_map(|test| test.path.root());
    let kind = roots.next()?;
    roots.all(|root| root == kind).then_some(kind)
}

/// Complains about filters of a trigger on silence that ask about alerts: it is a sensor's last heartbeat that they are asked about.
fn silence_asks_heartbeats(trigger: &Trigger, complaints: &Complaints) {
    let mut paths = Vec::new();
    all_paths(&trigger.filters, &mut paths);
    for (path, at) in paths {
        if path.root() == Some(Kind::Alert) {
            complaints.add(
                Diagnostic::at(at, format!("a sensor's last heartbeat never has {}", quote(&path.to_string())))
                    .expected("paths that begin with `heartbeat.`")
                    .help("filters of a trigger with `silent` choose sensors by their last heartbeat"),
            );
        }
    }
}

/// The paths of all filters, also those inside others, with the places of their filters.
fn all_paths<'f>(filters: &'f [Filter], paths: &mut Vec<(&'f idmef::Path, &'f Location)>) {
    for filter in filters {
        match &filter.test {
            Test::Values(test) => paths.push((&test.path, &filter.at)),
            Test::Time(TimeTest { of: Moment::Path(path), .. }) => paths.push((path, &filter.at)),
            Test::Time(_) => {}
            Test::Not(inside) => all_paths(std::slice::from_ref(inside), paths),
            Test::Any(inside) | Test::All(inside) => all_paths(inside, paths),
        }
    }
}

/// The names that a trigger's filters capture.
fn captures(trigger: &Trigger, item: Item<'_>, complaints: &Complaints) -> HashSet<Arc<str>> {
    let mut twice = |name: &str| {
        complaints.add(
            item.error(format!("two filters of trigger {} capture {}", quote(&trigger.name), quote(name)))
                .help("give one of the groups another name"),
        );
    };
    captures_of_all(&trigger.filters, &mut twice)
}

fn captures_of_all(filters: &[Filter], twice: &mut impl FnMut(&str)) -> HashSet<Arc<str>> {
    let mut captured = HashSet::new();
    for filter in filters {
        for name in captures_of(filter, twice) {
            if captured.contains(&name) {
                twice(&name);
            }
            captured.insert(name);
        }
    }
    captured
}

fn captures_of(filter: &Filter, twice: &mut dyn FnMut(&str)) -> HashSet<Arc<str>> {
    let mut twice = |name: &str| twice(name);
    match &filter.test {
        Test::All(filters) => captures_of_all(filters, &mut twice),
        // Of alternatives the first that holds captures.
        Test::Any(filters) => filters.iter().flat_map(|filter| captures_of(filter, &mut twice)).collect(),
        // A filter that holds because nothing matched has captured nothing.
        Test::Values(test) if test.quantifier != Quantifier::None => {
            let mut captured = HashSet::new();
            for question in &test.questions {
                let Question::Regex(regex) = question else { continue };
                for name in regex.capture_names().flatten() {
                    if !captured.insert(Arc::from(name)) {
                        twice(name);
                    }
                }
            }
            captured
        }
        Test::Values(_) | Test::Not(_) | Test::Time(_) => HashSet::new(),
    }
}

/// Complains if this action cannot have from this trigger what its arguments ask for.
fn fits(
    action: &Decoded<'_>,
    trigger: &Trigger,
    place: Item<'_>,
    kind: Option<Kind>,
    captured: &HashSet<Arc<str>>,
    complaints: &Complaints,
) {
    let inline = action.action.name.contains('/');
    let mut said = HashSet::new();
    for mention in &action.mentions {
        // Inside the trigger the argument itself is the place; a shared action is wrong for this trigger only.
        let site = if inline { mention.site } else { place.site() };
        match &mention.what {
            Mentioned::Capture(name) if !captured.contains(name) => {
                if !said.insert(Arc::clone(name)) {
                    continue;
                }
                let names = || captured.iter().map(|name| &**name);
                let help = match did_you_mean(name, names()) {
                    Some(help) => help,
                    None if captured.is_empty() => {
                        format!("name a group in a filter's regex: {}", quote(&format!("(?<{name}>…)")))
                    }
                    None => {
                        let mut names: Vec<&str> = names().collect();
                        names.sort_unstable();
                        format!("its filters capture {}", one_of(names))
                    }
                };
                let message = format!("no filter of trigger {} captures {}", quote(&trigger.name), quote(name));
                let mut complaint = Diagnostic::error(Some(site), message).help(help);
                if !inline {
                    let at = mention.site.location();
                    complaint = complaint.found(format!(
                        "{} in action {} at {at}",
                        quote(&format!("{{{name}}}")),
                        quote(&action.action.name)
                    ));
                }
                complaints.add(complaint);
            }
            Mentioned::Path(path) => {
                let (Some(kind), Some(root)) = (kind, path.root()) else {
                    continue;
                };
                if kind == root || !said.insert(Arc::from(path.to_string())) {
                    continue;
                }
                let what = match kind {
                    Kind::Alert => "alerts",
                    Kind::Heartbeat => "heartbeats",
                };
                let message = format!(
                    "trigger {} matches {what}, which never have {}",
                    quote(&trigger.name),
                    quote(&path.to_string())
                );
                let refused =
                    matches!(&action.action.kind, ActionKind::Exec(exec) if exec.on_missing == OnMissing::Refuse);
                complaints.add(if refused {
                    Diagnostic::error(Some(site), message)
                        .help("every job would be refused: use another action for this trigger")
                } else {
                    Diagnostic::warning(Some(site), message)
                });
            }
            Mentioned::Capture(_) => {}
        }
    }
}
