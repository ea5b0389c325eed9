// SPDX-License-Identifier: MIT OR Apache-2.0

//! Paths that are checked when an action is compiled.

use super::classes::{Class, Field, Kind, MESSAGE};

/// An IDMEF path to a value, checked at compile time; a `&'static str`.
///
/// ```
/// use prelude_trigger_guest::path;
///
/// assert_eq!(path!("alert.source(0).node.address(-1).address"), "alert.source(0).node.address(-1).address");
/// const RULE: &str = path!("alert.additional_data('Rule ID').data");
/// ```
///
/// A misspelt one does not compile:
///
/// ```compile_fail
/// prelude_trigger_guest::path!("alert.clasification.text");
/// ```
///
/// Nor does one to a class, which has no value, or with an index where there is no list:
///
/// ```compile_fail
/// prelude_trigger_guest::path!("alert.source(0)");
/// ```
///
/// ```compile_fail
/// prelude_trigger_guest::path!("alert.classification(0).text");
/// ```
#[macro_export]
macro_rules! path {
    ($path:literal) => {
        const {
            $crate::__private::check_path($path);
            $path
        }
    };
}

/// Stops the compiler at a text that is not a path to a value. Knows names in small letters and decimal indices only.
pub const fn check_path(path: &str) {
    let text = path.as_bytes();
    let (mut class, mut at) = (&MESSAGE, 0);
    loop {
        let start = at;
        while at < text.len() && text[at] != b'.' && text[at] != b'(' {
            at += 1;
        }
        let Some(field) = find(class, text, start, at) else {
            panic!("this is not an IDMEF path: the class has no child of this name");
        };
        if at < text.len() && text[at] == b'(' {
            assert!(field.many, "this is not an IDMEF path: there is only one of these, and it takes no index");
            at = index(text, at + 1, same(field.name.as_bytes(), b"additional_data", 0, 15));
        }
        match (&field.kind, at == text.len()) {
            (Kind::Class(below), false) => class = below,
            (Kind::Class(_), true) => panic!("this IDMEF path leads to a class, which has no value"),
            (_, false) => panic!("this is not an IDMEF path: a value has no children"),
            (_, true) => return,
        }
        assert!(text[at] == b'.', "this is not an IDMEF path: a dot is missing after an index");
        at += 1;
    }
}

const fn find(class: &'static Class, text: &[u8], start: usize, end: usize) -> Option<&'static Field> {
    let mut place = 0;
    while place < class.fields.len() {
        if same(class.fields[place].name.as_bytes(), text, start, end) {
            return Some(&class.fields[place]);
        }
        place += 1;
    }
    None
}

const fn same(name: &[u8], text: &[u8], start: usize, end: usize) -> bool {
    if name.len() != end - start {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        if name[at] != text[start + at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Where the index ends that begins at `at`, after its parenthesis.
const fn index(text: &[u8], mut at: usize, keyed: bool) -> usize {
    assert!(at < text.len(), "this is not an IDMEF path: a parenthesis is not closed");
    let quote = text[at];
    if quote == b'\'' || quote == b'"' {
        assert!(keyed, "this is not an IDMEF path: only `additional_data` takes a key");
        at += 1;
        while at + 1 < text.len() {
            if text[at] == quote && text[at + 1] == b')' && (at + 2 == text.len() || text[at + 2] == b'.') {
                return at + 2;
            }
            at += 1;
        }
        panic!("this is not an IDMEF path: a key is not closed");
    }
    if quote == b'*' {
        at += 1;
    } else {
        if quote == b'-' {
            at += 1;
        }
        let first = at;
        while at < text.len() && text[at].is_ascii_digit() {
            at += 1;
        }
        assert!(at > first, "this is not an IDMEF path: an index is a number, `*`, or a key in quotes");
        assert!(at == first + 1 || text[first] != b'0', "this is not an IDMEF path: an index has a leading zero");
        assert!(at - first < 10, "this is not an IDMEF path: an index is too large");
    }
    assert!(at < text.len() && text[at] == b')', "this is not an IDMEF path: a parenthesis is not closed");
    at + 1
}

#[cfg(test)]
mod tests {
    use super::check_path;

    #[test]
    fn good_paths_pass() {
        for path in [
            "alert.messageid",
            "alert.source(*).node.address(12).address",
            "alert.additional_data(\"a.b('c')\").data",
            "alert.target.file(0).linkage(0).file.linkage(-1).name",
            "heartbeat.heartbeat_interval",
            "version",
        ] {
            check_path(path);
        }
    }

    #[test]
    fn others_do_not() {
        for path in [
            "",
            "alert",
            "alert.",
            "alert.source(0)",
            "alert.source(0.node.name",
            "alert.source(x).node.name",
            "alert.source(007).node.name",
            "alert.source(9999999999).node.name",
            "alert.source(-).node.name",
            "alert.source('x').node.name",
            "alert.source(0)node.name",
            "alert.messageid.x",
            "alert.messageid(0)",
            "alert.additional_data('x).data",
            "Alert.messageid",
        ] {
            assert!(std::panic::catch_unwind(|| check_path(path)).is_err(), "{path}");
        }
    }
}
