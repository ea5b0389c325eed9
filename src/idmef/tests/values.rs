//! Values, times, and questions, on hand-made bytes.

use super::{super::*, alert, framed, item, object, path, texts};

fn additional_data(meaning: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    let data = [item(31, &[0, 0, 0, kind]), item(31, data)].concat();
    object(0, &[item(30, meaning), data])
}

fn address(text: &[u8]) -> Vec<u8> {
    object(5, &[item(33, text)])
}

fn example() -> Message {
    let first = object(11, &[object(10, &[address(b"192.0.2.1\0"), address(b"192.0.2.2\0")])]);
    let hole = object(11, &[item(29, b"no node\0")]);
    let last = object(11, &[object(10, &[address(b"2001:db8::1\0")]), object(9, &[item(34, &[0, 22])])]);
    Message::from_wire(&alert(&[
        item(29, b"abc\0"),
        object(18, &[item(29, b"1\0")]),
        object(18, &[item(29, b"2\0"), item(30, b"sensor\0")]),
        object(18, &[item(30, b"sshd\0")]),
        item(30, &[0x6b, 0x01, 0xaa, 0xe8, 0, 1, 0xe2, 0x40, 0, 0, 0x1c, 0x20]),
        first,
        hole,
        last,
        object(23, &[object(20, &[item(29, &[0, 0, 0, 4])]), object(22, &[item(30, &0.25_f32.to_be_bytes())])]),
        additional_data(b"Rule ID\0", 6, b"1907\0"),
        additional_data(b"a.b (c)\0", 4, &(-5_i64).to_be_bytes()),
        additional_data(b"Rule ID\0", 7, &[0, 1, 255]),
        additional_data(b"letter\0", 1, b"x"),
        additional_data(b"byte\0", 2, &[200]),
        additional_data(b"real\0", 5, &1.5_f32.to_be_bytes()),
        additional_data(b"empty\0", 6, b"\0"),
        object(0, &[item(30, b"nothing\0")]),
    ]))
    .unwrap()
}

#[test]
fn questions_have_answers() {
    let message = example();
    for (question, answers) in [
        ("alert.messageid", &["abc"][..]),
        ("alert.create_time", &["2026-11-21T16:30:00.123456+02:00"]),
        ("alert.source.node.address.address", &["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        ("alert.source(*).node.address(0).address", &["192.0.2.1", "2001:db8::1"]),
        ("alert.source(0).node.address(-1).address", &["192.0.2.2"]),
        ("alert.source(-1).node.address.address", &["2001:db8::1"]),
        ("alert.source(-3).node.address(1).address", &["192.0.2.2"]),
        ("alert.source(1).node.address.address", &[]),
        ("alert.source(3).ident", &[]),
        ("alert.source(-4).ident", &[]),
        ("alert.source(2147483647).ident", &[]),
        ("alert.source(-2147483648).ident", &[]),
        ("alert.source.ident", &["no node"]),
        ("alert.source.spoofed", &["unknown", "unknown", "unknown"]),
        ("alert.source.service.port", &["22"]),
        ("alert.assessment.impact.severity", &["high"]),
        ("alert.assessment.impact.completion", &[]),
        ("alert.assessment.impact.type", &["other"]),
        ("alert.assessment.confidence.confidence", &["0.250000"]),
        ("alert.additional_data('Rule ID').data", &["1907", "AAH/"]),
        ("alert.additional_data('rule id').data", &[]),
        ("alert.additional_data('a.b (c)').data", &["-5"]),
        ("alert.additional_data.data", &["1907", "-5", "AAH/", "x", "200", "1.500000", ""]),
        ("alert.additional_data(-1).data", &[]),
        ("alert.classification.text", &[]),
        ("alert.source", &[]),
        ("alert", &[]),
        ("", &[]),
        ("heartbeat.messageid", &[]),
        ("version", &[]),
    ] {
        assert_eq!(texts(&message, question), answers, "{question}");
        let first = message.get(&path(question)).map(|value| value.text().into_owned());
        assert_eq!(first.as_deref(), answers.first().copied(), "{question}");
    }
    assert_eq!(message.kind(), Kind::Alert);
    assert_eq!(message.messageid().as_deref(), Some("abc"));
    assert_eq!(message.issuer().as_deref(), Some("2"));
    assert_eq!(message.analyzers().collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn values_have_types() {
    let message = example();
    for (question, answer) in [
        ("alert.messageid", Value::Text(b"abc")),
        ("alert.source(2).service.port", Value::Unsigned(22)),
        ("alert.assessment.impact.severity", Value::Enumeration { name: "high", number: 4 }),
        ("alert.assessment.confidence.confidence", Value::Float(0.25)),
        ("alert.additional_data(1).data", Value::Integer(-5)),
        ("alert.additional_data(2).data", Value::Bytes(&[0, 1, 255])),
        ("alert.additional_data(3).data", Value::Text(b"x")),
        ("alert.additional_data(4).data", Value::Unsigned(200)),
        ("alert.additional_data(6).data", Value::Text(b"")),
    ] {
        assert_eq!(message.get(&path(question)), Some(answer), "{question}");
    }
}

#[test]
fn entries_are_fully_indexed_and_each_leads_to_its_value() {
    let message = example();
    let entries = message.entries(&path(""));
    for entry in &entries {
        let path: Path = entry.path.parse().unwrap();
        assert!(!path.is_multiple(), "{}", entry.path);
        assert_eq!(message.values(&path), std::slice::from_ref(&entry.value), "{}", entry.path);
    }
    let paths = |text| message.entries(&path(text)).into_iter().map(|entry| entry.path).collect::<Vec<_>>();
    assert_eq!(
        paths("alert.source(-1).node"),
        [
            "alert.source(2).node.category",
            "alert.source(2).node.address(0).category",
            "alert.source(2).node.address(0).address"
        ]
    );
    assert_eq!(paths("alert.additional_data('a.b (c)').data"), ["alert.additional_data(1).data"]);
    assert_eq!(paths("alert.messageid"), ["alert.messageid"]);
    assert_eq!(paths("heartbeat"), Vec::<String>::new());
    assert_eq!(paths("alert"), paths(""));
}

#[test]
fn hostile_values_are_kept_as_they_are() {
    for (bytes, shown) in [
        (&b"a\0b"[..], "a\0b"),
        (b"\xff\xfe", "\u{fffd}\u{fffd}"),
        (b"\x1b[31m\n", "\x1b[31m\n"),
        (b"{alert.messageid}", "{alert.messageid}"),
    ] {
        let message = Message::from_wire(&alert(&[item(29, &[bytes, b"\0"].concat())])).unwrap();
        assert_eq!(message.get(&path("alert.messageid")), Some(Value::Text(bytes)));
        assert_eq!(message.messageid().as_deref(), Some(shown));
        let json: serde_json::Value = serde_json::from_str(&message.to_json()).unwrap();
        assert_eq!(json["alert"]["messageid"], shown);
    }
}

#[test]
fn numbers_without_a_name_are_no_value_but_are_sent_on() {
    for number in [0, 5, -1, i32::MAX, i32::MIN] {
        let impact = object(20, &[item(29, &number.to_be_bytes())]);
        let message = Message::from_wire(&alert(&[object(23, &[impact])])).unwrap();
        assert_eq!(message.get(&path("alert.assessment.impact.severity")), None);
        assert!(!message.to_json().contains("severity"));
        assert!(message.to_wire().windows(9).any(|window| window == item(29, &number.to_be_bytes())));
    }
}

#[test]
fn what_libprelude_always_sets_is_set() {
    let access = object(17, &[object(15, &[object(12, &[]), object(16, &[])])]);
    let message = Message::from_wire(&alert(&[access])).unwrap();
    assert_eq!(texts(&message, "alert.target.decoy"), ["unknown"]);
    assert_eq!(texts(&message, "alert.target.file.file_access.user_id.type"), ["original-user"]);
    assert!(texts(&message, "alert.target.file.category").is_empty(), "0 has no name there");
    let again = Message::from_wire(&message.to_wire()).unwrap();
    assert_eq!(again, message);
}

#[test]
fn a_heartbeat_is_no_alert() {
    let body = [object(28, &[item(29, b"hb\0"), item(32, &[0, 0, 2, 88])]), item(254, &[])].concat();
    let message = Message::from_wire(&framed(&body)).unwrap();
    assert_eq!(message.kind(), Kind::Heartbeat);
    assert_eq!(texts(&message, "heartbeat.heartbeat_interval"), ["600"]);
    assert!(message.entries(&path("alert")).is_empty());
    assert_eq!(message.issuer(), None);
    assert_eq!(message.to_wire().get(2), Some(&3), "heartbeats have high priority");
}

#[test]
fn times_are_printed_and_read() {
    for (seconds, microseconds, gmt_offset, text) in [
        (1_795_271_400, 123_456, 7200, "2026-11-21T16:30:00.123456+02:00"),
        (0, 0, 0, "1970-01-01T00:00:00.000000+00:00"),
        (0, 1, -3600, "1969-12-31T23:00:00.000001-01:00"),
        (1_795_271_400, 0, -19_800, "2026-11-21T09:00:00.000000-05:30"),
        (1_795_271_400, 0, -1800, "2026-11-21T14:00:00.000000-00:30"),
        (u32::MAX, 999_999, 3600, "2106-02-07T07:28:15.999999+01:00"),
    ] {
        let time = Time { seconds, microseconds, gmt_offset };
        assert_eq!(time.to_string(), text);
        assert_eq!(text.parse(), Ok(time));
    }
    for (seconds, microseconds, gmt_offset) in [(u32::MAX, u32::MAX, i32::MAX), (0, 0, i32::MIN), (u32::MAX, 0, -1)] {
        let _ = Time { seconds, microseconds, gmt_offset }.to_string();
    }
    let utc = |seconds, microseconds| Ok(Time { seconds, microseconds, gmt_offset: 0 });
    for (text, time) in [
        ("2026-11-21", utc(1_795_219_200, 0)),
        ("2026-11-21T14:30:00", utc(1_795_271_400, 0)),
        ("2026-11-21 14:30:00Z", utc(1_795_271_400, 0)),
        ("2026-11-21T14:30:00.5Z", utc(1_795_271_400, 500_000)),
        ("2026-11-21T14:30:00,000001Z", utc(1_795_271_400, 1)),
        ("2026-02-30", Err(TimeError::Calendar)),
        ("2026-11-21T24:00:00", Err(TimeError::Calendar)),
        ("1969-12-31", Err(TimeError::Range)),
        ("2107-01-01", Err(TimeError::Range)),
        ("", Err(TimeError::Form)),
        ("yesterday", Err(TimeError::Form)),
        ("2026-11-21T", Err(TimeError::Form)),
        ("2026-11-21T14:30", Err(TimeError::Form)),
        ("2026-11-21T14:30:00.1234567", Err(TimeError::Form)),
        ("2026-11-21T14:30:00+2", Err(TimeError::Form)),
        ("2026-11-21T14:30:00Z ", Err(TimeError::Form)),
        ("+026-11-21", Err(TimeError::Form)),
        ("２０２６-11-21", Err(TimeError::Form)),
    ] {
        assert_eq!(text.parse::<Time>(), time, "{text}");
    }
}
