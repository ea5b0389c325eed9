#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::config::TargetKind;

const SOURCES: &str = "alert.source(*).node.address(*).address";

fn alert(sources: &[&str]) -> Message {
    let nodes: Vec<_> = sources
        .iter()
        .map(|address| format!(r#"{{"node":{{"address":[{{"address":{}}}]}}}}"#, serde_json::json!(address)))
        .collect();
    Message::from_json(format!(r#"{{"alert":{{"messageid":"m","source":[{}]}}}}"#, nodes.join(",")).as_bytes()).unwrap()
}

fn block(address: &str, for_each: bool, at_most: u32) -> Use {
    Use {
        used: config::Use {
            action: "block".into(),
            parameters: vec![
                ("address".into(), address.parse().unwrap()),
                ("why".into(), "for {messageid}".parse().unwrap()),
            ],
            for_each: for_each.then(|| "address".into()),
            at_most,
            lease: None,
        },
        declared: vec![("address".into(), ParameterType::Ip), ("why".into(), ParameterType::Text)],
        target: Some(TargetParameter { parameter: "address".into(), kind: TargetKind::Address }),
        mode: Mode::Enforce,
    }
}

#[test]
fn the_strictest_mode_and_the_time_of_the_lease_are_handed_on() {
    let at = config::Location { file: std::path::Path::new("test.yaml").into(), line: 1, column: 1 };
    let program = config::CommandLine { program: "/bin/true".into(), program_at: at.clone(), arguments: Vec::new() };
    let kind = config::ActionKind::Exec(config::Exec::new(program));
    let hour = std::time::Duration::from_hours(1);
    let lease = Some(Terms { first: hour, then: 200, up_to: 24 * hour });
    let used = config::Use { lease, ..block("alert.source(0).node.address(0).address", false, 1).used };
    for (outside, inside, strictest) in [
        (Mode::Enforce, Mode::Enforce, Mode::Enforce),
        (Mode::Observe, Mode::Enforce, Mode::Observe),
        (Mode::Enforce, Mode::Observe, Mode::Observe),
    ] {
        let action = config::Action { mode: inside, ..config::Action::new("block".into(), at.clone(), kind.clone()) };
        let used = Use::compile(&used, outside, &HashMap::from([("block", &action)]));
        let mut intents = Vec::new();
        used.intents(&alert(&["192.0.2.7"]), &Captures::new(), &mut intents);
        assert_eq!((intents[0].mode, intents[0].lease), (strictest, lease));
    }
}

fn intents(block: &Use, sources: &[&str]) -> Vec<(Option<String>, Option<String>)> {
    let captures = Captures::from([("messageid".into(), "m".to_owned())]);
    let mut intents = Vec::new();
    block.intents(&alert(sources), &captures, &mut intents);
    for intent in &intents {
        if intent.refused.is_none() {
            assert_eq!(intent.parameters[1], ("why".into(), "for m".to_owned()));
        }
    }
    intents.into_iter().map(|intent| (intent.target.map(|target| target.to_string()), intent.refused)).collect()
}

fn on(address: &str) -> (Option<String>, Option<String>) {
    (Some(format!("address:{address}")), None)
}

#[test]
fn for_each_makes_a_job_for_each_value_that_means_something_else() {
    let block = block(SOURCES, true, 5);
    assert_eq!(
        intents(&block, &["192.0.2.1", "2001:DB8::1", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8:0::1"]),
        [on("192.0.2.1"), on("2001:db8::1")]
    );
    let found = intents(&block, &["192.0.2.1", "evil; rm -rf /", "192.0.2.2"]);
    assert_eq!(found[0], on("192.0.2.1"));
    assert_eq!(found[1].1.as_deref(), Some("parameter `address`: expected an IP address, found 'evil; rm -rf /'"));
    assert_eq!(found[2], on("192.0.2.2"));
    let found = intents(&block, &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0].1.as_ref().unwrap().contains("has no value in this alert"), "{found:?}");
}

#[test]
fn what_at_most_leaves_out_is_said() {
    let block = block(SOURCES, true, 2);
    let found = intents(&block, &["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
    assert_eq!(found[..2], [on("192.0.2.1"), on("192.0.2.2")]);
    assert_eq!(found[2].1.as_deref(), Some("`address` has 4 values, and `at_most: 2` leaves out 2 of them"));
    assert_eq!(found.len(), 3);
}

#[test]
fn one_job_takes_one_value() {
    let block = block(SOURCES, false, 1);
    assert_eq!(intents(&block, &["192.0.2.1"]), [on("192.0.2.1")]);
    let found = intents(&block, &["192.0.2.1", "192.0.2.2"]);
    assert!(found[0].1.as_ref().unwrap().contains("has 2 values, and it takes one"), "{found:?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn what_hides_an_address_is_none() {
    let block = block(SOURCES, true, 9);
    for text in [
        "192.0.2.1%eth0",
        "192.0.2.001",
        "192.0.2.1/24",
        " 192.0.2.1",
        "0x7f000001",
        "fe80::1%1",
        "-192.0.2.1",
        "192.0.2.1\n",
    ] {
        let found = intents(&block, &[text]);
        assert!(found[0].1.is_some() && found[0].0.is_none(), "{text:?}: {found:?}");
    }
}
