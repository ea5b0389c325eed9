//! What `grant:` becomes, and what can be said of every text in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::{
    Diagnostics, OnMissing, Stdin, Template, complaints::Complaints, decode::Item, source::Source, yaml,
};

fn grant(text: &str) -> (Option<Grant>, Diagnostics) {
    let complaints = Complaints::default();
    let source = Source::new(Path::new("x.yaml"), 0, text.to_owned());
    let grant = match yaml::parse(&source) {
        Ok(node) => decode(Item::file(&source, &node, &complaints)),
        Err(errors) => {
            complaints.add_all(errors);
            None
        }
    };
    (grant, complaints.into_sorted())
}

#[test]
fn every_grant_is_understood() {
    let (grant, said) = grant(
        r"
idmef: [Alert.Source, alert.classification.text]
environment: { LANG: C.UTF-8 }
directories: { /data: { host: /var/lib//x/./data/, mode: rw }, /etc: /var/lib/etc }
http: ['https://API.example.com.']
tcp: ['192.0.2.0/24:6379', '*.example.com:6660-6669']
dns: ['*.Example.com']
allow_private: true
secrets: { password: { file: /run/smtp }, key: { credential: k.pem }, token: { environment: TOKEN } }
commands:
  add:
    command: [/usr/sbin/nft, add, '{{ {address} timeout {seconds}s }}', { verbatim: '{x}' }, '{address}']
    parameters: { seconds: integer, address: ip, level: { enum: [low, high] }, name: { regex: 'a|b' } }
    timeout: 5s
    user: nobody
    on_missing: skip
",
    );
    // Two parameters that no argument mentions, and nothing else.
    assert_eq!(said.count(), (2, 0), "{said}");
    let grant = grant.unwrap();
    let idmef: Vec<_> = grant.idmef.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(idmef, ["alert.source(*)", "alert.classification.text"]);
    assert_eq!(grant.environment["LANG"], "C.UTF-8");
    let directories: Vec<_> =
        grant.directories.iter().map(|one| (one.host.to_str().unwrap(), &*one.guest, one.writable)).collect();
    assert_eq!(directories, [("/var/lib/x/data", "/data", true), ("/var/lib/etc", "/etc", false)]);
    assert_eq!(grant.http[0].to_string(), "https://api.example.com");
    let tcp: Vec<_> = grant.tcp.iter().map(ToString::to_string).collect();
    assert_eq!(tcp, ["192.0.2.0/24:6379", "*.example.com:6660-6669"]);
    assert_eq!(grant.dns, [HostPattern::Below("example.com".to_owned())]);
    assert!(grant.allow_private);
    assert_eq!(grant.secrets["password"].from, SecretSource::File("/run/smtp".into()));
    assert_eq!(grant.secrets["key"].from, SecretSource::Credential("k.pem".to_owned()));
    assert_eq!(grant.secrets["token"].from, SecretSource::Environment("TOKEN".to_owned()));
    assert_eq!(grant.secrets["token"].at.line, 9);
    let add = &grant.commands["add"];
    assert_eq!(add.exec.command.program, Path::new("/usr/sbin/nft"));
    assert_eq!(add.exec.command.arguments[2], Template::verbatim("{x}"));
    assert_eq!((add.exec.stdin, add.exec.on_missing), (Stdin::None, OnMissing::Skip));
    assert_eq!((add.exec.user.as_deref(), add.timeout), (Some("nobody"), Duration::from_secs(5)));
    let parameters: Vec<_> = add.parameters.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    assert_eq!(parameters, ["seconds: integer", "address: ip", "level: enum [low, high]", "name: regex 'a|b'"]);
}

#[test]
fn nothing_is_granted_by_default() {
    for text in ["", "~", "{}"] {
        let (grant, said) = grant(text);
        let grant = grant.unwrap();
        assert!(said.is_empty(), "{said}");
        assert!(grant.idmef.is_none() && grant.commands.is_empty() && grant.secrets.is_empty() && grant.tcp.is_empty());
    }
}

/// Fragments that are nearly a grant.
fn nearly() -> impl Strategy<Value = String> {
    let key = "(idmef|environment|directories|http|tcp|dns|allow_private|secrets|commands|x)";
    let word = "[a-z./*:@0-9{}\\[\\],' é-]{0,12}";
    let inner = "(host|mode|file|credential|command|parameters|timeout|enum|regex)";
    proptest::collection::vec(
        prop_oneof![
            (key, word).prop_map(|(key, word)| format!("{key}: [{word}]\n")),
            (key, word).prop_map(|(key, word)| format!("{key}: '{}'\n", word.replace('\'', ""))),
            (key, word, inner, word).prop_map(|(key, a, inner, b)| format!(
                "{key}: {{ '{}': {{ {inner}: [{b}] }} }}\n",
                a.replace('\'', "")
            )),
            (key, word, inner, word).prop_map(|(key, a, inner, b)| {
                format!("{key}:\n  '{}':\n    {inner}: '{}'\n", a.replace('\'', ""), b.replace('\'', ""))
            }),
        ],
        0..4,
    )
    .prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn no_text_makes_decoding_panic(text in prop_oneof![any::<String>(), nearly()]) {
        let (_, said) = grant(&text);
        for one in &said {
            prop_assert!(!one.message.chars().any(char::is_control), "{}", one.message);
        }
    }
}
