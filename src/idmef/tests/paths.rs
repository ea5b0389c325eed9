//! The grammar, its errors, and its suggestions.

use proptest::prelude::*;

use super::{
    super::{schema::MESSAGE, *},
    path,
};

#[test]
fn what_libprelude_reads_is_read() {
    for (text, canonical) in [
        ("", ""),
        ("alert", "alert"),
        ("heartbeat.create_time", "heartbeat.create_time"),
        ("version", "version"),
        ("Alert.SOURCE.Node.Address.address", "alert.source(*).node.address(*).address"),
        ("alert.source(*).ident", "alert.source(*).ident"),
        ("alert.source(<<).ident", "alert.source(*).ident"),
        ("alert.source(>>).ident", "alert.source(*).ident"),
        ("alert.source(0).ident", "alert.source(0).ident"),
        ("alert.source(-1).ident", "alert.source(-1).ident"),
        ("alert.source(+1)", "alert.source(1)"),
        ("alert.source(0x1F)", "alert.source(31)"),
        ("alert.source(-0x2)", "alert.source(-2)"),
        ("alert.classification(*).text", "alert.classification.text"),
        ("alert.additional_data(\"Rule ID\").data", "alert.additional_data('Rule ID').data"),
        ("alert.additional_data('').data", "alert.additional_data('').data"),
        ("alert.target.file.linkage.file.linkage", "alert.target(*).file(*).linkage(*).file.linkage(*)"),
    ] {
        assert_eq!(path(text).to_string(), canonical, "{text}");
    }
}

#[test]
fn keys_may_hold_anything() {
    for key in ["http.user_agent (x)", "it's", "say \"no\"", ").", "')x", "*", "0", "a'b\"c", "\u{202e}\n", "('x')"] {
        let quoted = if key.contains('\'') { format!("(\"{key}\")") } else { format!("('{key}')") };
        let text = format!("alert.additional_data{quoted}.data");
        let parsed = path(&text);
        assert_eq!(parsed.to_string().parse::<Path>().unwrap(), parsed, "{key}");
        let bare = path(&format!("alert.additional_data{quoted}"));
        assert!(bare.is_multiple());
        assert_ne!(bare, parsed);
    }
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    for (text, message, offset, suggestion) in [
        ("alert.clasification.text", "class `alert` has no child `clasification`", 6, "alert.classification.text"),
        ("alert.source.address", "class `source` has no child `address`", 13, "alert.source.node.address"),
        ("alert.source.severity", "class `source` has no child `severity`", 13, "alert.assessment.impact.severity"),
        (
            "source.address",
            "a path starts with `alert` or `heartbeat`, not with `source`",
            0,
            "alert.source.node.address",
        ),
        (
            "alrt.sorce.nod.adress",
            "a path starts with `alert` or `heartbeat`, not with `alrt`",
            0,
            "alert.source.node.address",
        ),
        ("alert.classification.text.foo", "`text` is a value and has no child `foo`", 26, "alert.classification.text"),
        (
            "alert.classification(0).text",
            "`classification` stands at most once and takes no index",
            21,
            "alert.classification.text",
        ),
        ("alert.source('x').ident", "`source` takes no key, only `additional_data` does", 13, "alert.source(*).ident"),
        (
            "alert.additional_data(Rule ID).data",
            "`Rule ID` is no index of `additional_data`: expected a number, `*`, or a key in quotes",
            22,
            "alert.additional_data('Rule ID').data",
        ),
        (
            "alert.source(010).ident",
            "`010` is no index of `source`: libprelude would read the leading zero as octal",
            13,
            "alert.source(10).ident",
        ),
        (
            "alert.source(1x)",
            "`1x` is no index of `source`: expected a number, `*`, or a key in quotes",
            13,
            "alert.source(*)",
        ),
        (
            "alert.source(99999999999)",
            "`99999999999` is no index of `source`: the number is too large",
            13,
            "alert.source(*)",
        ),
        ("alert.source(0.node", "the index of `source` is not closed: `)` is missing", 12, "alert.source(0).node"),
        (
            "alert.source(0)x.node",
            "expected `.` or the end after the index of `source`, found `x`",
            15,
            "alert.source(0).node",
        ),
        ("alert..source", "a name is missing", 6, "alert.source"),
        ("alert.source.", "a name is missing", 13, "alert.source"),
    ] {
        let error = text.parse::<Path>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!((error.offset, error.suggestion.as_deref()), (offset, Some(suggestion)), "{text}");
    }
    for (text, message) in [
        ("alert.so\rurce(0", "the index of `so\\rurce` is not closed: `)` is missing"),
        ("alert.a\0(0)\u{b}", "expected `.` or the end after the index of `a\\0`, found `\\u{b}`"),
    ] {
        assert_eq!(text.parse::<Path>().unwrap_err().message, message);
    }
    for text in [".", "(", "foo", "alert.foo.bar", "alert.source(0)(1)"] {
        text.parse::<Path>().unwrap_err();
    }
}

#[test]
fn paths_are_bounded() {
    let error = format!("alert.additional_data('{}').data", "k".repeat(1000)).parse::<Path>().unwrap_err();
    assert_eq!(error.to_string(), "an IDMEF path has at most 1024 bytes, this one has 1030");
    let error = format!("alert.{}", "é".repeat(700)).parse::<Path>().unwrap_err();
    assert_eq!(error.offset, 1024);
    let error = format!("alert.x{}", "é".repeat(700)).parse::<Path>().unwrap_err();
    assert_eq!(error.offset, 1023, "the beginning of a character");
    let error = format!("alert.target.file{}", ".linkage.file".repeat(20)).parse::<Path>().unwrap_err();
    assert_eq!(error.to_string(), "an IDMEF path has at most 31 elements");
}

#[test]
fn paths_know_what_they_lead_to() {
    for (text, kind, multiple, root) in [
        ("", ValueType::Class, false, None),
        ("version", ValueType::Text, false, None),
        ("alert", ValueType::Class, false, Some(Kind::Alert)),
        ("alert.source", ValueType::Class, true, Some(Kind::Alert)),
        ("alert.source(0).spoofed", ValueType::Enumeration, false, Some(Kind::Alert)),
        ("alert.source(0).service.port", ValueType::Integer, false, Some(Kind::Alert)),
        ("alert.assessment.confidence.confidence", ValueType::Float, false, Some(Kind::Alert)),
        ("alert.additional_data('k').data", ValueType::Data, true, Some(Kind::Alert)),
        ("heartbeat.create_time", ValueType::Time, false, Some(Kind::Heartbeat)),
        ("heartbeat.analyzer.name", ValueType::Text, true, Some(Kind::Heartbeat)),
    ] {
        let parsed = path(text);
        assert_eq!((parsed.value_type(), parsed.is_multiple(), parsed.root()), (kind, multiple, root), "{text}");
    }
    let severity = path("alert.assessment.impact.severity").enumeration().unwrap();
    assert_eq!((severity.number_of("HIGH"), severity.name_of(4), severity.name_of(5)), (Some(4), Some("high"), None));
    assert!(path("alert.messageid").enumeration().is_none());
}

/// Every name of the class tree and every sign of the grammar, put together by chance.
fn nearly_a_path() -> impl Strategy<Value = String> {
    let mut words: Vec<_> = MESSAGE.children.iter().map(|child| child.name).collect();
    words.extend(["alert", "source", "node", "address", "additional_data", "linkage", "file", "arg", "adress"]);
    words.extend(["(", ")", "(0)", "(-1)", "(*)", "('k')", "(\"", "'", ".", "..", "0x", "é", "\0", " ", "(<<)"]);
    prop::collection::vec(prop_oneof![3 => prop::sample::select(words), 2 => Just(".")], 0..12)
        .prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_text_panics_and_every_path_survives_printing(text in prop_oneof![nearly_a_path(), any::<String>()]) {
        match text.parse::<Path>() {
            Ok(parsed) => prop_assert_eq!(parsed.to_string().parse::<Path>().unwrap(), parsed),
            Err(error) => {
                prop_assert!(error.offset <= text.len());
                if let Some(better) = error.suggestion {
                    better.parse::<Path>().unwrap();
                }
            }
        }
    }
}
