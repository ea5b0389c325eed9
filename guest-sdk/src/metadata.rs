// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a component says of itself in the custom section `prelude:action`: one JSON object with `name`, `version`, `authors`,
//! `licence`, `description`, and `config-schema` where there is a build script (see [`build`](crate::build)).
//!
//! Made at compile time of what cargo knows of the package, so that it cannot be another version's.

/// The package as cargo describes it: name, version, authors, licence, description.
pub type Package = [&'static str; 5];

/// The JSON's length.
pub const fn length(given: Option<&str>, package: Package) -> usize {
    json::<0>(given, package).at
}

/// The JSON itself.
pub const fn section<const N: usize>(given: Option<&str>, package: Package) -> [u8; N] {
    json(given, package).bytes
}

/// Writes up to `N` bytes and counts all.
struct Writer<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Writer<N> {
    const fn byte(mut self, byte: u8) -> Self {
        if self.at < N {
            self.bytes[self.at] = byte;
        }
        self.at += 1;
        self
    }

    const fn verbatim(mut self, text: &str) -> Self {
        let mut at = 0;
        while at < text.len() {
            self = self.byte(text.as_bytes()[at]);
            at += 1;
        }
        self
    }

    /// A part of a text as a JSON string.
    const fn string(mut self, text: &[u8], start: usize, end: usize) -> Self {
        self = self.byte(b'"');
        let mut at = start;
        while at < end {
            self = match text[at] {
                b'"' | b'\\' => self.byte(b'\\').byte(text[at]),
                // Control characters, which nothing in a manifest needs.
                0..=31 => self.byte(b' '),
                byte => self.byte(byte),
            };
            at += 1;
        }
        self.byte(b'"')
    }

    const fn member(self, name: &str, text: &str) -> Self {
        if text.is_empty() {
            return self;
        }
        self.verbatim(name).string(text.as_bytes(), 0, text.len())
    }
}

const fn json<const N: usize>(given: Option<&str>, package: Package) -> Writer<N> {
    let writer = Writer { bytes: [0; N], at: 0 };
    if let Some(given) = given {
        return writer.verbatim(given);
    }
    let [name, version, authors, licence, description] = package;
    let mut writer = writer.verbatim("{\"name\":").string(name.as_bytes(), 0, name.len());
    writer = writer.member(",\"version\":", version).verbatim(",\"authors\":[");
    // cargo puts colons between them.
    let authors = authors.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < authors.len() {
        at += 1;
        if at == authors.len() || authors[at] == b':' {
            if start > 0 {
                writer = writer.byte(b',');
            }
            writer = writer.string(authors, start, at);
            start = at + 1;
            at = start;
        }
    }
    writer = writer.verbatim("]").member(",\"licence\":", licence);
    writer.member(",\"description\":", description).verbatim("}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_becomes_json() {
        const PACKAGE: Package = ["mail", "1.2.3", "A. Author <a@example.com>:B", "MIT", "says \"hello\" \\ grüßt"];
        const JSON: [u8; length(None, PACKAGE)] = section(None, PACKAGE);
        let json: serde_json::Value = serde_json::from_slice(&JSON).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "name": "mail", "version": "1.2.3", "authors": ["A. Author <a@example.com>", "B"], "licence": "MIT",
                "description": "says \"hello\" \\ grüßt",
            })
        );
        const BARE: Package = ["mail", "1.2.3", "", "", ""];
        const SHORT: [u8; length(None, BARE)] = section(None, BARE);
        assert_eq!(SHORT, *br#"{"name":"mail","version":"1.2.3","authors":[]}"#);
    }

    #[test]
    fn what_a_build_script_wrote_is_taken_as_it_is() {
        const JSON: [u8; 2] = section(Some("{}"), ["", "", "", "", ""]);
        assert_eq!(JSON, *b"{}");
    }
}
