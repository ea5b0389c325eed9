//! "Did you mean": what a name that is no child of its class could have been meant for.

use super::schema::{Class, MESSAGE, Type};
use crate::text::nearest;

/// How far below a class a name is looked for.
const DEPTH: usize = 5;

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
