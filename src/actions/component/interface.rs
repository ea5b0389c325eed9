//! The name of an interface that is linked.

/// One interface that is linked, and which of its functions a component may import.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interface {
    /// Without its version, but for a draft.
    pub(super) name: &'static str,
    /// All, or only these.
    pub(super) functions: Option<&'static [&'static str]>,
}

/// All functions of an interface.
pub(super) const fn all(name: &'static str) -> Interface {
    Interface { name, functions: None }
}
