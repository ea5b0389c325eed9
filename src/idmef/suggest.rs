//! "Did you mean": the nearest valid path, child or name.

use super::{
    path::{self, Fault},
    schema::{Class, MESSAGE, Type},
};

/// How far below a class a name is looked for.
const DEPTH: usize = 5;

/// How many mistakes in one path are repaired.
const MISTAKES: usize = 4;

/// The text with the fault repaired, and what else is wrong with it; none if it does not become a valid path.
pub(super) fn repaired(text: &str, fault: &Fault) -> Option<String> {
    repair(text, fault, MISTAKES)
}

fn repair(text: &str, fault: &Fault, mistakes: usize) -> Option<String> {
    let attempts = fault.repairs.iter().filter_map(|(range, better)| {
        Some((format!("{}{better}{}", text.get(..range.start)?, text.get(range.end..)?), better))
    });
    for (attempt, _) in attempts.take(mistakes) {
        match path::parse(&attempt) {
            Ok(_) if !attempt.is_empty() => return Some(attempt),
            Err(next) if mistakes > 1 => {
                if let Some(good) = repair(&attempt, &next, mistakes - 1) {
                    return Some(good);
                }
            }
            _ => {}
        }
    }
    None
}

/// What could stand instead of `name` below `class`, best first: a child spelt almost so, or the way down to a child
/// of that name.
pub(super) fn names(class: &'static Class, name: &str) -> Vec<String> {
    let similar = nearest(name, class.children.iter().map(|child| child.name)).map(str::to_owned);
    similar.into_iter().chain(below(class, name)).collect()
}

/// The way from the message down to a child called `name`.
pub(super) fn elsewhere(name: &str) -> Option<String> {
    below(&MESSAGE, name)
}

/// The candidate that is nearest to `text`, if one is near: one edit in three letters.
pub(super) fn nearest<'c>(text: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let text = text.trim().to_ascii_lowercase();
    let allowed = (text.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&text, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The shortest way from a class down to a child called `name`, however deep up to [`DEPTH`].
fn below(class: &'static Class, name: &str) -> Option<String> {
    let mut level = vec![(String::new(), class)];
    for _ in 0..DEPTH {
        let found = level.iter().find_map(|(way, class)| Some(format!("{way}{}", class.child(name)?.1.name)));
        if found.is_some() {
            return found;
        }
        let next = |(way, class): &(String, &'static Class)| {
            let way = way.clone();
            class.children.iter().filter_map(move |child| match child.kind {
                Type::Class(class) => Some((format!("{way}{}.", child.name), class)),
                _ => None,
            })
        };
        level = level.iter().flat_map(next).collect();
    }
    None
}
