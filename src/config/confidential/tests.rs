//! What is hidden of a file, and that the rest is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::Path;

use crate::config::{source::Source, yaml};

/// The lines as they are shown.
fn shown(text: &str) -> Vec<String> {
    let source = Source::new(Path::new("f"), 0, text.to_owned());
    yaml::parse(&source).unwrap();
    let starts = text.lines().scan(0, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some(start)
    });
    starts.map(|start| source.site(start, start).shown_line().0.into_owned()).collect()
}

#[test]
fn a_secret_is_hidden_and_its_place_is_not() {
    let text = "\
actions:
  a: { component: /a.wasm, grant: { tcp: [a:1], secrets: { plain: hunter2, ok: { file: /a } } } }
  b:
    grant:
      secrets:
        number: 12345
        list: [hunter2, hunter3]
        vault: { value: hunter2, environment: TOKEN }
        folded: |
          hunter2
          hunter3
        'quoted': 'hunter 2'
        none:
  c: { grant: { secrets: hunter2 } }
  d: { config: { secrets: { to: be shown } } }
";
    let lines = shown(text);
    assert_eq!(
        lines[1],
        "  a: { component: /a.wasm, grant: { tcp: [a:1], secrets: { plain: [not shown], ok: { file: /a } } } }"
    );
    assert_eq!(lines[7], "        vault: { value: [not shown], environment: TOKEN }");
    assert_eq!(lines[14], "  d: { config: { secrets: { to: be shown } } }");
    let all = lines.join("\n");
    assert!(!all.contains("hunter") && !all.contains("12345") && !all.contains("hunter 2"), "{all}");
    assert_eq!(shown("secrets: { plain: hunter2 }\nidmef: []\n"), ["secrets: { plain: [not shown] }", "idmef: []"]);
}

#[test]
fn the_place_of_a_mistake_stays_marked() {
    let text = "{ secrets: { a: hunter2, b: { vault: x } }, tpc: [] }";
    let source = Source::new(Path::new("f"), 0, text.to_owned());
    yaml::parse(&source).unwrap();
    for (at, marked) in [("tpc", "tpc"), ("hunter2", "[not shown]"), ("secrets", "secrets")] {
        let start = text.find(at).unwrap();
        let (line, from, to) = source.site(start, start + at.len()).shown_line();
        assert_eq!(line.get(from..to), Some(marked), "{line}");
    }
    let start = text.find("nter2").unwrap();
    let (line, from, to) = source.site(start, start + 2).shown_line();
    assert_eq!(line.get(from..to), Some("[not shown]"), "{line}");
}
