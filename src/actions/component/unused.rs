//! What a component imports and, as it says itself, does not use.
//!
//! The runtimes of some languages import files and sockets whether or not the action's author ever opens one. The author
//! says so in the component's metadata (`unused`), and then the import keeps nobody from loading the component; neither does
//! it give the component anything. Behind each of these functions there is nothing: a call of one ends the job.

use wasmtime::{
    Engine,
    component::{Component, Linker, ResourceType, types::ComponentItem},
};

/// Whether `interface` (without its version) is among those that are said to be unused: by its name, or by its package's.
pub(super) fn says_so(unused: &[String], interface: &str) -> bool {
    unused.iter().any(|unused| {
        interface.strip_prefix(unused.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Puts functions that end the job where `interfaces`, full names of imports, would be.
pub(super) fn link<T: 'static>(
    linker: &mut Linker<T>,
    engine: &Engine,
    component: &Component,
    interfaces: &[String],
) -> wasmtime::Result<()> {
    let component = component.component_type();
    // An interface also exports the resources that it uses of others; those are linked where they come from.
    let mut known: Vec<ResourceType> = Vec::new();
    for (name, import) in component.imports(engine) {
        let ComponentItem::ComponentInstance(instance) = import.ty else { continue };
        let resources = instance.exports(engine).filter_map(|(item, export)| match export.ty {
            ComponentItem::Resource(resource) => Some((item, resource)),
            _ => None,
        });
        let (used, own): (Vec<_>, Vec<_>) = resources.partition(|(_, resource)| known.contains(resource));
        known.extend(own.iter().map(|(_, resource)| *resource));
        if !interfaces.iter().any(|interface| interface == name) {
            continue;
        }
        let mut linked = linker.instance(name)?;
        for (item, export) in instance.exports(engine) {
            match export.ty {
                ComponentItem::ComponentFunc(_) => {
                    let function = format!("{name} ({item})");
                    linked.func_new(item, move |_, _, _, _| {
                        Err(wasmtime::format_err!(
                            "it called {function}, which its metadata says it does not use, and which is not granted"
                        ))
                    })?;
                }
                // Nothing makes one of these.
                ComponentItem::Resource(_) if !used.iter().any(|(name, _)| *name == item) => {
                    linked.resource(item, ResourceType::host::<()>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_or_an_interface_is_named() {
        let unused = ["wasi:sockets".to_owned(), "wasi:http/types".to_owned()];
        for interface in ["wasi:sockets/tcp", "wasi:sockets/udp", "wasi:http/types"] {
            assert!(says_so(&unused, interface), "{interface}");
        }
        for interface in ["wasi:http/outgoing-handler", "wasi:sockets2/tcp", "wasi:filesystem/types"] {
            assert!(!says_so(&unused, interface), "{interface}");
        }
    }
}
