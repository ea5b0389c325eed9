//! What a component wants, compared with what it can have, before any of it runs.

use wasmtime::{
    Engine,
    component::{
        Component,
        types::{ComponentInstance, ComponentItem},
    },
};

use super::{host, interface::Interface, unused, wants::Missing, wasi};
use crate::text::Escaped;

/// Why a component cannot be linked, as its imports and exports say.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It exports no handler.
    #[error(
        "this component is not an action: it exports {}, and an action exports prelude:trigger/handler",
        list(exports)
    )]
    NotAnAction {
        /// What it exports.
        exports: Vec<String>,
    },
    /// It was built for another version of our interface.
    #[error(
        "this action wants prelude:trigger {wants}, this daemon speaks {}.{}: use a daemon that is as new as the action, or \
         an action built for this daemon",
        speaks.0, speaks.1
    )]
    Version {
        /// The version it imports or exports.
        wants: String,
        /// The major and minor version that this daemon speaks.
        speaks: (u64, u64),
    },
    /// It imports what it is not granted.
    #[error("this component wants what it is not granted: {}", Missing(imports))]
    NotGranted {
        /// Everything it imports and is not granted.
        imports: Vec<String>,
    },
}

/// Package, interface and version of an import or export such as `wasi:cli/stdin@0.2.6`.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    /// With the package, without the version.
    interface: &'a str,
    version: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn new(name: &'a str) -> Self {
        match name.split_once('@') {
            Some((interface, version)) => Self { interface, version: Some(version) },
            None => Self { interface: name, version: None },
        }
    }

    /// Major and minor version; none for a pre-release, which is compatible with nothing but itself.
    fn series(&self) -> Option<(u64, u64)> {
        let version = self.version?;
        let mut numbers = version.split('.').map(|number| number.parse::<u64>().ok());
        match (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()) {
            (Some(major), Some(minor), Some(_patch), None) => Some((major, minor)),
            _ => None,
        }
    }

    fn is_ours(&self) -> bool {
        self.interface.starts_with("prelude:trigger/")
    }
}

/// Checks that a component is an action of a version we speak, and that all it imports is granted or, as it says itself,
/// unused; answers with the imports, by their full names, for which nothing is granted.
pub(super) fn check(
    engine: &Engine,
    component: &Component,
    granted: &[Interface],
    unused: &[String],
) -> Result<Vec<String>, ImportError> {
    let component = component.component_type();
    let imports: Vec<_> = component.imports(engine).map(|(name, import)| (name, import.ty)).collect();
    let exports: Vec<_> = component.exports(engine).map(|(name, _)| name).collect();

    let names = imports.iter().map(|&(name, _)| name).chain(exports.iter().copied());
    for name in names.map(Name::new).filter(Name::is_ours) {
        if name.series() != Some(host::SPOKEN) {
            return Err(ImportError::Version {
                wants: name.version.unwrap_or("without a version").to_owned(),
                speaks: host::SPOKEN,
            });
        }
    }
    if !exports.iter().any(|name| Name::new(name).interface == "prelude:trigger/handler") {
        let exports = exports.iter().map(|&name| name.to_owned()).collect();
        return Err(ImportError::NotAnAction { exports });
    }
    let (mut lacking, mut left_out) = (Vec::new(), Vec::new());
    for (name, import) in &imports {
        let missing = missing(engine, granted, name, import);
        let Name { interface, .. } = Name::new(name);
        if !unused::says_so(unused, interface) {
            lacking.extend(missing);
        } else if missing.iter().any(|missing| missing == interface || missing == name) {
            // Of an interface that lacks functions only, all are linked: they are out of reach for want of what they work on.
            left_out.push((*name).to_owned());
        }
    }
    lacking.sort();
    lacking.dedup();
    if lacking.is_empty() { Ok(left_out) } else { Err(ImportError::NotGranted { imports: lacking }) }
}

/// What a component wants beside what every component has.
pub(super) fn wanted(engine: &Engine, component: &Component, unused: &[String]) -> Vec<String> {
    let component = component.component_type();
    let imports = component.imports(engine);
    let imports = imports.filter(|(name, _)| !unused::says_so(unused, Name::new(name).interface));
    let mut wanted: Vec<_> = imports.flat_map(|(name, import)| missing(engine, &[], name, &import.ty)).collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

/// What of an import is not granted: the import itself, or single functions of an interface.
fn missing(engine: &Engine, granted: &[Interface], full: &str, import: &ComponentItem) -> Vec<String> {
    let name = Name::new(full);
    if name.is_ours() && host::BASE.contains(&name.interface) {
        return Vec::new();
    }
    if name.is_ours() && granted.iter().any(|granted| granted.name == name.interface) {
        return Vec::new();
    }
    // A draft is in no series: it is granted with its version.
    if granted.iter().any(|granted| granted.name == full) {
        return Vec::new();
    }
    // What was granted comes first: it may widen what everyone has.
    let granted = granted.iter().chain(wasi::BASE).find(|granted| granted.name == name.interface);
    match (granted, import) {
        (Some(granted), ComponentItem::ComponentInstance(instance)) if name.series() == Some((0, 2)) => {
            granted.functions.map_or_else(Vec::new, |functions| {
                let wanted = functions_of(engine, instance);
                let missing = wanted.into_iter().filter(|function| !functions.contains(&function.as_str()));
                missing.map(|function| format!("{} ({function})", name.interface)).collect()
            })
        }
        // The version says something to the reader only where it is not the one everything else has.
        _ if name.series() == Some((0, 2)) || name.is_ours() => vec![name.interface.to_owned()],
        _ => vec![full.to_owned()],
    }
}

fn functions_of(engine: &Engine, instance: &ComponentInstance) -> Vec<String> {
    let exports = instance.exports(engine);
    exports
        .filter(|(_, export)| matches!(export.ty, ComponentItem::ComponentFunc(_)))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// "nothing", "a", "a and b", "a, b and c", shortened where it would be endless.
fn list(names: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<_> = names.iter().take(MOST).map(|name| Escaped(name).to_string()).collect();
    match shown.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) if names.len() > MOST => {
            format!("{}, {last} and {} more", rest.join(", "), names.len().saturating_sub(MOST))
        }
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
