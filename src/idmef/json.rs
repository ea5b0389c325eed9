//! IDMEF JSON in libprelude's shape.
//!
//! An object of the class tree is a JSON object whose `_self` names its class (`idmef_source_t`), a list is an array,
//! times and enumerated values are strings. As in libprelude, required strings and classes are always there, if
//! empty, and an enumerated value without a name is left out.
//!
//! Unlike libprelude's, the output is always valid JSON: control characters are escaped, bytes that are not UTF-8
//! become U+FFFD, floats that JSON has no number for are strings. A byte of additional data is a number (libprelude
//! prints a string that its own reader refuses), floats have as many digits as they need to come back the same, and
//! `/` is not escaped. Bytes that are not UTF-8 are lost: JSON is for people and programs, the wire format for
//! storage.
//!
//! The reader takes what libprelude and [`write()`] print, and what people write: names in any case of letters, `_self`
//! left out, numbers as numbers or strings, enumerated values as names or numbers, `null` for what is not set. It
//! refuses whatever it does not know, and says where that is and what it would have understood.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;
