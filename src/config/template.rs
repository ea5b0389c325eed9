//! One exec argument as the operator wrote it: verbatim text with IDMEF paths and captures in it.
//!
//! The grammar (design: substitution) is decided when the file is loaded, never when an alert is at hand:
//! an argument that is, whole, a valid IDMEF path to a value is that path; `{…}` inside an argument is a
//! path or the name of a regex capture; `{{` and `}}` are braces; everything else is verbatim.

use std::{collections::BTreeMap, sync::Arc};

use crate::idmef;

/// What the named groups of a trigger's filters captured, by name.
pub type Captures = BTreeMap<Arc<str>, String>;

/// One argument, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// The whole argument is this path: it becomes one argument for each value.
    Whole(idmef::Path),
    /// Pieces that make one argument together; a text without braces is one verbatim piece.
    Pieces(Vec<Piece>),
}

/// A part of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Itself.
    Verbatim(String),
    /// The value at this path; it must have one value only.
    Path(idmef::Path),
    /// The text a filter's named group captured.
    Capture(Arc<str>),
}
