//! The network of components: what is granted works, and everything else is refused and told.
//!
//! A guest of the tests tries what its configuration says against servers on the loopback interface. Names are answered
//! by a [`Lab`], which also says where requests went that were meant for public addresses.

mod daemon;
mod escapes;
mod http;
mod servers;
mod tcp;
mod tls;

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use prelude_trigger::{
    actions::{
        Cause, Outcome, State,
        component::{
            Answer, Component, ExchangeError, LoadError, LookupError, Outside, Request, Response, System, Way,
        },
    },
    config::{self, Grant, Host, HostPattern, Limits, Location, Origin, Peer},
};
use serde_json::{Value, json};

use crate::{
    component::{ENGINE, job},
    guests,
};

/// A world with names of its own.
#[derive(Debug)]
pub struct Lab {
    system: System,
    names: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    /// The names that were asked for.
    asked: Mutex<Vec<String>>,
    /// Where requests went.
    went: Mutex<Vec<Vec<SocketAddr>>>,
}

impl Lab {
    /// Each name with its answers, one after the other; the last is given again and again.
    pub fn new(names: &[(&str, &[&str])]) -> Arc<Self> {
        let mut all = HashMap::<String, VecDeque<Vec<IpAddr>>>::new();
        for (name, addresses) in names {
            let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
            all.entry((*name).to_owned()).or_default().push_back(addresses);
        }
        Arc::new(Self {
            system: System::trusting([servers::authority()]),
            names: Mutex::new(all),
            asked: Mutex::default(),
            went: Mutex::default(),
        })
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub fn went(&self) -> Vec<Vec<SocketAddr>> {
        self.went.lock().unwrap().clone()
    }
}

impl Outside for Lab {
    fn resolve(&self, name: String) -> Answer<Result<Vec<IpAddr>, LookupError>> {
        let answer = match self.names.lock().unwrap().get_mut(&name) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        };
        self.asked.lock().unwrap().push(name);
        Box::pin(async move {
            match answer {
                // A server that does not answer.
                Some(addresses) if addresses.is_empty() => std::future::pending().await,
                Some(addresses) => Ok(addresses),
                None => Err(LookupError::Unknown("not in this lab".to_owned())),
            }
        })
    }

    fn exchange(&self, request: Request, way: Way) -> Answer<Result<Response, ExchangeError>> {
        self.went.lock().unwrap().push(way.addresses.clone());
        if way.addresses.iter().all(|address| address.ip().is_loopback()) {
            return self.system.exchange(request, way);
        }
        let body = format!("{} went to {:?}", request.url, way.addresses).into_bytes();
        Box::pin(async move { Ok(Response { status: 200, headers: Vec::new(), body }) })
    }

    fn trust(&self) -> Answer<Result<Arc<rustls::ClientConfig>, String>> {
        self.system.trust()
    }
}

fn at() -> Location {
    Location { file: Path::new("prelude-trigger.yaml").into(), line: 1, column: 1 }
}

/// A peer as one writes it, but for its ports.
fn peer(host: &str, ports: std::ops::RangeInclusive<u16>) -> Peer {
    let range = host.parse().ok().or_else(|| host.parse::<IpAddr>().ok().map(Into::into));
    let host = match (range, host.strip_prefix("*.")) {
        (Some(range), _) => Host::Range(range),
        (None, Some(domain)) => Host::Name(HostPattern::Below(domain.to_owned())),
        (None, None) => Host::Name(HostPattern::Exact(host.to_owned())),
    };
    Peer { host, ports, at: at() }
}

/// A grant that links every interface, and leads nowhere.
pub fn nothing() -> Grant {
    Grant {
        http: vec![Origin { tls: true, peer: peer("nowhere.invalid", 1..=1) }],
        tcp: vec![peer("nowhere.invalid", 1..=1)],
        dns: vec![HostPattern::Exact("nowhere.invalid".to_owned())],
        ..Grant::default()
    }
}

pub fn with_tcp(host: &str, port: u16) -> Grant {
    let mut grant = nothing();
    grant.tcp.push(peer(host, port..=port));
    grant
}

pub fn with_http(tls: bool, host: &str, port: u16) -> Grant {
    let mut grant = nothing();
    grant.http.push(Origin { tls, peer: peer(host, port..=port) });
    grant
}

pub fn private(grant: Grant) -> Grant {
    Grant { allow_private: true, ..grant }
}

pub fn limits(timeout: Duration) -> Limits {
    Limits { timeout, cpu: Duration::from_secs(20), memory: 256 << 20, ..Limits::default() }
}

pub fn load(lab: &Arc<Lab>, grant: Grant, config: Value, limits: Limits) -> Result<Component, LoadError> {
    load_file(guests::network(), lab, grant, config, limits)
}

fn load_file(file: &Path, lab: &Arc<Lab>, grant: Grant, config: Value, limits: Limits) -> Result<Component, LoadError> {
    let outside = Arc::clone(lab) as Arc<dyn Outside>;
    let component =
        config::Component { file: file.to_owned(), file_at: at(), sha256: None, config, config_at: at(), grant };
    let kind = config::ActionKind::Component(component.clone());
    let action = config::Action { limits, ..config::Action::new("tested".into(), at(), kind) };
    Component::load(&ENGINE.with_network(outside), &action, &component)
}

/// Runs one job on a runtime of its own that ends with it: what went on after it would be seen as a panic or never.
pub fn run(lab: &Arc<Lab>, grant: Grant, tries: Value, limits: Limits) -> Outcome {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> =
        LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));
    let component = load(lab, grant, json!({ "tries": tries }), limits).expect("loaded");
    RUNTIME.block_on(component.run(&job()))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_grant_is_enough_for_a_guest_that_wants_no_more() {
    let lab = Lab::new(&[("web.test", &["9.9.9.9"])]);
    let all = nothing();
    let web = HostPattern::Exact("web.test".to_owned());
    for (feature, grant, tries, told) in [
        ("dns", Grant { dns: vec![web], ..Grant::default() }, json!([{ "resolve": "web.test" }]), "9.9.9.9"),
        (
            "http",
            Grant { http: with_http(true, "web.test", 443).http, ..Grant::default() },
            json!([{ "http": { "scheme": "https", "authority": "web.test", "path": "/" } }]),
            "200 https://web.test/ went to [9.9.9.9:443]",
        ),
    ] {
        let config = json!({ "tries": tries });
        let file = guests::network_with(feature);
        let limits = || limits(Duration::from_secs(20));
        let component = load_file(&file, &lab, grant, config.clone(), limits()).expect("loaded");
        assert_eq!(worked(&component.run(&job()).await), told);
        let other = Grant { tcp: all.tcp.clone(), ..Grant::default() };
        // TCP brings names with it, as no guest of std has the one without the other.
        assert_eq!(load_file(&file, &lab, other, config, limits()).is_ok(), feature == "dns");
    }
}

/// What one job said that tried these things.
pub fn tried(lab: &Arc<Lab>, grant: Grant, tries: Value) -> Outcome {
    run(lab, grant, tries, limits(Duration::from_secs(20)))
}

/// It worked, and this is what came of it.
#[track_caller]
pub fn worked(outcome: &Outcome) -> &str {
    assert_eq!(outcome.state, State::Done, "{outcome:?}");
    &outcome.summary
}

/// It was refused, and both the guest and the operator were told.
#[track_caller]
pub fn refused(outcome: &Outcome, guest: &str, operator: &str) {
    assert_eq!(outcome.state, State::Failed(Cause::Denied), "{outcome:?}");
    let (told, denied) = outcome.summary.split_once(" (denied: ").expect("a denial");
    assert!(told.contains(guest), "the guest is not told {guest}: {outcome:?}");
    assert!(denied.contains(operator), "the operator is not told {operator}: {outcome:?}");
}

/// It did not work, and this is what the guest was told; nothing was refused.
#[track_caller]
pub fn failed(outcome: &Outcome, guest: &str) {
    assert_eq!(outcome.state, State::Failed(Cause::Permanent), "{outcome:?}");
    assert!(outcome.summary.contains(guest), "the guest is not told {guest}: {outcome:?}");
}
