//! The guest kit's alerts in memory answer as the daemon does: the same values, and a refusal where they cannot.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use prelude_trigger::idmef::{self, Message, Value};
use serde_json::{Value as Json, json};

use crate::guests;

/// The program that answers by the kit's `testing`.
fn answers() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--locked", "--example", "answers", "--target-dir"])
            .arg(&target)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("guest-sdk"))
            .output()
            .expect("cargo can be started");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("debug/examples/answers")
    })
}

/// What the kit says about each alert.
fn ask(questions: &[(String, Vec<String>)]) -> Vec<Json> {
    let mut child =
        Command::new(answers()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the kit's answers");
    let mut stdin = child.stdin.take().unwrap();
    let lines: String =
        questions.iter().map(|(alert, paths)| format!("{}\n", json!({"alert": alert, "paths": paths}))).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn value(value: &Value<'_>) -> String {
    match value {
        Value::Integer(number) => format!("integer {number}"),
        Value::Unsigned(number) => format!("unsigned {number}"),
        Value::Float(number) => format!("float {}", number.to_bits()),
        Value::Text(text) => format!("text {}", String::from_utf8_lossy(text)),
        Value::Bytes(bytes) => format!("bytes {bytes:?}"),
        Value::Time(time) => format!("time {} {} {}", time.seconds, time.microseconds, time.gmt_offset),
        Value::Enumeration { name, number } => format!("enumeration {name} {number}"),
    }
}

/// What the daemon says about a path, in the kit's words.
fn expected(message: &Message, text: &str) -> Json {
    let Ok(path) = text.parse::<idmef::Path>() else {
        return json!({"described": null, "answers": null, "entries": null});
    };
    let entries: Vec<_> = message.entries(&path).iter().map(|entry| json!([entry.path, value(&entry.value)])).collect();
    let values = message.values(&path);
    let answers = (path.value_type() != idmef::ValueType::Class).then(|| {
        json!({
            "values": values.iter().map(value).collect::<Vec<_>>(),
            "first": message.get(&path).as_ref().map(value),
            "texts": values.iter().map(Value::text).collect::<Vec<_>>(),
            "first_text": message.get(&path).map(|value| value.text().into_owned()),
        })
    });
    // The guest's name of a type is the WIT package's: the same words.
    let described = format!("ValueType::{:?} {}", path.value_type(), path.is_multiple());
    json!({"described": described, "answers": answers, "entries": entries})
}

/// Paths to all that an alert has, in several spellings.
fn paths(message: &Message) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in message.entries(&"".parse().unwrap()) {
        let path = entry.path;
        let indices = |with: &str| {
            let mut text = String::new();
            let mut inside = false;
            for character in path.chars() {
                match character {
                    '(' => {
                        inside = true;
                        text.push_str(with);
                    }
                    ')' => inside = false,
                    _ if inside => {}
                    _ => text.push(character),
                }
            }
            text
        };
        paths.extend([
            indices(""),
            indices("(*)"),
            indices("(-1)"),
            indices("(1)"),
            indices("(-7)"),
            path.to_uppercase(),
        ]);
        if let Some((parent, _)) = path.rsplit_once('.') {
            paths.push(parent.to_owned());
        }
        paths.push(path);
    }
    let meanings = message.values(&"alert.additional_data(*).meaning".parse().unwrap());
    for meaning in meanings.iter().map(Value::text) {
        paths.push(format!("alert.additional_data('{meaning}').data"));
        paths.push(format!("alert.additional_data(\"{meaning}\").type"));
    }
    paths.sort();
    paths.dedup();
    paths
}

/// Paths that are none, or hardly any.
const ODD: &[&str] = &[
    "",
    "alert",
    "alert.",
    ".alert",
    "alert..messageid",
    "alert.nope",
    "alert.messageid.x",
    "alert.messageid(0)",
    "alert.classification(*).text",
    "alert.source(",
    "alert.source()",
    "alert.source(x)",
    "alert.source(0)x",
    "alert.source(01)",
    "alert.source(-0)",
    "alert.source(2147483647)",
    "alert.source(2147483648)",
    "alert.source(-2147483648)",
    "alert.source('x')",
    "alert.source( 0)",
    "alert.additional_data('x'y').data",
    "alert.additional_data('x').data('y')",
    "alert.additional_data('a.b(c)').data",
    "alert.additional_data('').data",
    "alert.additional_data('x.data",
    "heartbeat.analyzer(0).name",
    "version",
    "alert.target(0).file(0).linkage(0).file.linkage(0).file.name",
];

/// What the daemon knows and the kit refuses, as it says.
const REFUSED_BY_THE_KIT: &[&str] =
    &["alert.source(0x0).ident", "alert.source(+0).ident", "alert.source(<<).ident", "alert.source(>>).ident"];

#[test]
fn the_kit_answers_as_the_daemon_does() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alerts.jsonl");
    let mut alerts: Vec<_> = fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect();
    alerts.extend(HAND_WRITTEN.iter().map(|alert| (*alert).to_owned()));
    let messages: Vec<_> = alerts.iter().map(|alert| Message::from_json(alert.as_bytes()).expect(alert)).collect();
    let questions: Vec<_> = alerts
        .into_iter()
        .zip(&messages)
        .map(|(alert, message)| {
            let odd = ODD.iter().map(|path| (*path).to_owned());
            (alert, paths(message).into_iter().chain(odd).collect::<Vec<_>>())
        })
        .collect();
    let answers = ask(&questions);
    assert_eq!(answers.len(), questions.len());
    let mut compared = 0;
    for (((alert, paths), message), answers) in questions.iter().zip(&messages).zip(&answers) {
        assert!(answers.is_array(), "{answers}: {alert}");
        for (path, answer) in paths.iter().zip(answers.as_array().unwrap()) {
            assert_eq!(*answer, expected(message, path), "path {path} in\n{alert}");
            compared += 1;
        }
        // What JSON cannot tell apart is lost to both: the type of a value that contradicts the one beside it.
        let whole = "".parse().unwrap();
        let again = Message::from_json(message.to_json().as_bytes()).unwrap();
        let same = again.entries(&whole) == message.entries(&whole);
        assert_eq!(answers[paths.len()], same, "written and read again: {alert}");
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn what_the_kit_cannot_answer_it_refuses() {
    let paths: Vec<_> = REFUSED_BY_THE_KIT.iter().map(|path| (*path).to_owned()).collect();
    let alert = r#"{"alert": {"source": [{"ident": "a"}]}}"#;
    assert!(paths.iter().all(|path| path.parse::<idmef::Path>().is_ok()));
    let answers = ask(&[(alert.to_owned(), paths.clone())]);
    for (path, answer) in paths.iter().zip(answers[0].as_array().unwrap()) {
        assert_eq!(*answer, json!({"described": null, "answers": null, "entries": null}), "{path}");
    }
}

#[test]
fn what_the_daemon_does_not_read_the_kit_does_not_either() {
    for alert in NO_ALERTS {
        assert!(Message::from_json(alert.as_bytes()).is_err(), "{alert}");
        let answers = ask(&[((*alert).to_owned(), Vec::new())]);
        assert!(answers[0]["refused"].is_string(), "{alert}: {}", answers[0]);
    }
}

/// What fixtures do not have.
const HAND_WRITTEN: &[&str] = &[
    r#"{"alert": {}}"#,
    r#"{"heartbeat": {"heartbeat_interval": "600", "analyzer": [{"name": "a"}, {"name": "b"}]}}"#,
    r#"{"ALERT": {"messageid": "", "create_time": "2026-11-21", "assessment": {"confidence": {"rating": 2, "confidence": 0.1}, "action": [{}]}}}"#,
    r#"{"alert": {"target": [{"file": [{"fstype": "NTFS", "data_size": 18446744073709551615, "linkage": [{"category": 6}], "file_access": [{"permission": ["r", "w"]}], "checksum": [{"algorithm": "md5"}]}]}]}}"#,
    r#"{"alert": {"additional_data": [
        {"meaning": "a", "data": "x"}, {"meaning": "a", "type": "integer", "data": -5}, {"data": true},
        {"meaning": "it's", "type": "byte-string", "data": "//4="}, {"type": "byte-string", "data": "no base64!"},
        {"type": "date-time", "data": "2026-11-21T10:00:00.25-03:30"}, {"type": "date-time", "data": "yesterday"},
        {"type": "real", "data": 1e30}, {"type": "byte", "data": 200}, {"type": "character", "data": "c"},
        {"type": "integer", "data": "7"}, {"type": "boolean", "data": 1}, {"type": "xml", "data": ""}]}}"#,
    r#"{"alert": {"overflow_alert": {"program": "p", "size": 9, "buffer": "AAEC"}, "source": [{"node": {"address": [{"vlan_num": -1, "address": "a"}]}, "service": {"port": 65535, "web_service": {"arg": ["1", "2"]}}}, null, {"spoofed": "YES"}]}}"#,
    "{\"alert\": {\"classification\": {\"text\": \"\\u0000\\u202e \\\" \\\\ \\ud83d\\ude00\"}}}",
];

const NO_ALERTS: &[&str] = &[
    "",
    "[]",
    "{}",
    r#"{"alert": {}, "heartbeat": {}}"#,
    r#"{"alert": {"nope": 1}}"#,
    r#"{"alert": {"messageid": 1}}"#,
    r#"{"alert": {"messageid": "a", "MessageID": "b"}}"#,
    r#"{"alert": {"source": {}}}"#,
    r#"{"alert": {"create_time": "yesterday"}}"#,
    r#"{"alert": {"assessment": {"impact": {"severity": "urgent"}}}}"#,
    r#"{"alert": {"source": [{"service": {"port": 65536}}]}}"#,
    r#"{"alert": {"tool_alert": {}, "correlation_alert": {}}}"#,
    r#"{"_self": "idmef_alert_t", "alert": {}}"#,
    r#"{"alert": {}} x"#,
];

#[test]
fn the_examples_say_what_they_are_and_what_configuration_they_take() {
    for (name, key) in [("notice", "text"), ("mail", "server"), ("webhook", "url"), ("jabber", "jid")] {
        let bytes = fs::read(guests::example(name)).unwrap();
        let mut sections = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            if let wasmparser::Payload::CustomSection(section) = payload.unwrap()
                && section.name() == "prelude:action"
            {
                sections.push(serde_json::from_slice::<Json>(section.data()).unwrap());
            }
        }
        let [metadata] = sections.as_slice() else { panic!("{name} has {} sections", sections.len()) };
        assert_eq!(metadata["name"], name);
        let required = metadata["config-schema"]["required"].as_array().unwrap();
        assert!(required.contains(&json!(key)), "{name}: {required:?}");
    }
}
