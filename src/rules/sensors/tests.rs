//! The table beside a naive model that remembers everything and looks at everything at every step.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::{
    self, Config, Filter, Location, Quantifier, Question, Silent, SilentFor, Test as Asked, ValuesTest,
};

fn link() -> Arc<str> {
    "manager".into()
}

fn up(connections: u64) -> Vec<LinkState> {
    vec![LinkState { name: link(), connected: true, connections }]
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn silent(after: SilentFor) -> Silent {
    Silent { after, ..Silent::default() }
}

/// A trigger on silence; with a regular expression for the name of the sensor if there is one.
fn trigger(name: &str, silent: Silent, names: Option<&str>) -> config::Trigger {
    let at = Location { file: Arc::from(Path::new("test.yaml")), line: 1, column: 1 };
    let filters = names.map(|regex| Filter {
        at: at.clone(),
        test: Asked::Values(ValuesTest {
            path: "heartbeat.analyzer(-1).name".parse().unwrap(),
            questions: vec![Question::Regex(regex.parse().unwrap())],
            quantifier: Quantifier::Any,
        }),
    });
    let filters = filters.into_iter().collect();
    config::Trigger { silent: Some(silent), filters, ..config::Trigger::new(name.into(), at.clone()) }
}

fn rules(triggers: Vec<config::Trigger>) -> RuleSet {
    RuleSet::compile(&Config { triggers, ..Config::default() })
}

fn heartbeat(id: &str, interval: u64, status: &str) -> Arc<Message> {
    let json = json!({ "heartbeat": {
        "messageid": format!("{id}-{status}"),
        "analyzer": [{ "analyzerid": "1", "name": "manager" }, { "analyzerid": id, "name": format!("name-{id}") }],
        "heartbeat_interval": interval,
        "additional_data": [{ "type": "string", "meaning": "Analyzer status", "data": status }],
    }});
    Arc::new(Message::from_json(json.to_string().as_bytes()).unwrap())
}

fn alert(id: &str) -> Arc<Message> {
    let json = json!({ "alert": { "analyzer": [{ "analyzerid": "1" }, { "analyzerid": id }, { "name": "sshd" }] }});
    Arc::new(Message::from_json(json.to_string().as_bytes()).unwrap())
}

/// Who falls silent for which trigger.
fn told(sensors: &mut Sensors, rules: &RuleSet) -> Vec<(String, String)> {
    let found = sensors.fell_silent(rules, now());
    found.iter().map(|one| (one.trigger.name.to_string(), one.sensor.to_string())).collect()
}

fn one(trigger: &str, sensor: &str) -> Vec<(String, String)> {
    vec![(trigger.to_owned(), sensor.to_owned())]
}

/// A table that has listened to one link from the beginning.
fn table(rules: &RuleSet) -> Sensors {
    let mut sensors = Sensors::default();
    sensors.adopt(rules);
    sensors.advance(seconds(1), &up(1));
    sensors
}

#[test]
fn a_sensor_falls_silent_once_until_it_is_heard_again() {
    let rules = rules(vec![trigger("t", silent(SilentFor::Intervals(2)), None)]);
    let mut sensors = table(&rules);
    // Two intervals of a minute, and six seconds.
    sensors.hear(&heartbeat("7", 60, "running"), &link());
    sensors.advance(seconds(125), &up(1));
    assert!(told(&mut sensors, &rules).is_empty());
    sensors.advance(seconds(1), &up(1));
    let found = sensors.fell_silent(&rules, now());
    assert_eq!((found[0].quiet, found[0].overdue, found[0].never_heard), (seconds(126), Duration::ZERO, false));
    assert_eq!(found[0].heartbeat.messageid().as_deref(), Some("7-running"));
    sensors.advance(seconds(10_000), &up(1));
    assert!(told(&mut sensors, &rules).is_empty());
    // An alert is a sign of life, too.
    sensors.hear(&alert("7"), &link());
    sensors.advance(seconds(125), &up(1));
    assert!(told(&mut sensors, &rules).is_empty());
    sensors.advance(seconds(1), &up(1));
    assert_eq!(told(&mut sensors, &rules), one("t", "7"));
    // But it makes nobody known.
    sensors.hear(&alert("8"), &link());
    sensors.advance(seconds(10_000), &up(1));
    assert!(told(&mut sensors, &rules).is_empty());
}

#[test]
fn time_stands_still_while_the_link_is_down_and_begins_anew_when_it_is_back() {
    let rules = rules(vec![trigger("t", silent(SilentFor::Time(seconds(30))), None)]);
    let mut sensors = table(&rules);
    let other = Arc::from("other");
    let states = |here: bool, there: bool, connections| {
        vec![
            LinkState { name: link(), connected: here, connections },
            LinkState { name: Arc::clone(&other), connected: there, connections: 1 },
        ]
    };
    sensors.advance(seconds(0), &states(true, true, 1));
    sensors.hear(&heartbeat("7", 60, "running"), &link());
    sensors.hear(&heartbeat("8", 60, "running"), &other);
    sensors.advance(seconds(29), &states(true, true, 1));
    sensors.advance(seconds(100), &states(false, true, 1));
    assert_eq!(told(&mut sensors, &rules), one("t", "8"), "the other link has gone on");
    sensors.advance(seconds(29), &states(true, true, 2));
    assert!(told(&mut sensors, &rules).is_empty());
    sensors.advance(seconds(29), &states(true, true, 2));
    assert!(told(&mut sensors, &rules).is_empty(), "the whole period begins with the connection");
    // Between two looks it was lost and is back: that shows in their number.
    sensors.advance(seconds(29), &states(true, true, 3));
    sensors.advance(seconds(29), &states(true, true, 3));
    assert!(told(&mut sensors, &rules).is_empty());
    sensors.advance(seconds(1), &states(true, true, 3));
    assert_eq!(told(&mut sensors, &rules), one("t", "7"));
}

#[test]
fn who_says_goodbye_is_missed_only_on_request() {
    let asked = Silent { after_exit: true, ..silent(SilentFor::Time(seconds(10))) };
    let rules =
        rules(vec![trigger("unexpected", silent(SilentFor::Time(seconds(10))), None), trigger("any", asked, None)]);
    let mut sensors = table(&rules);
    sensors.hear(&heartbeat("7", 60, "exiting"), &link());
    sensors.advance(seconds(5), &up(1));
    // Sent before the goodbye, and overtaken by it.
    sensors.hear(&alert("7"), &link());
    sensors.advance(seconds(5), &up(1));
    assert_eq!(told(&mut sensors, &rules), one("any", "7"));
    sensors.hear(&heartbeat("7", 60, "starting"), &link());
    sensors.advance(seconds(10), &up(1));
    assert_eq!(told(&mut sensors, &rules).len(), 2);
}

#[test]
fn who_is_expected_and_never_comes_is_missed() {
    let expect = |list: &[&str]| Silent {
        expect: list.iter().map(|text| Arc::from(*text)).collect(),
        ..silent(SilentFor::Time(seconds(10)))
    };
    let first = rules(vec![trigger("t", expect(&["7", "name-8", "4711", "nobody"]), Some("name"))]);
    let mut sensors = table(&first);
    sensors.hear(&heartbeat("7", 60, "running"), &link());
    sensors.hear(&heartbeat("8", 60, "running"), &link());
    // It needs all links to know that nobody comes.
    let down = LinkState { name: "other".into(), connected: false, connections: 0 };
    let states: Vec<_> = up(1).into_iter().chain([down]).collect();
    sensors.advance(seconds(9), &states);
    assert!(told(&mut sensors, &first).is_empty());
    sensors.advance(seconds(1), &up(1));
    sensors.hear(&heartbeat("7", 60, "running"), &link());
    sensors.hear(&heartbeat("8", 60, "running"), &link());
    sensors.advance(seconds(9), &up(1));
    assert!(told(&mut sensors, &first).is_empty());
    // The links being down has cost it its connection.
    sensors.advance(seconds(1), &up(1));
    let found = sensors.fell_silent(&first, now());
    let [number, seven, eight, name] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&*number.sensor, &*seven.sensor, &*eight.sensor, &*name.sensor), ("4711", "7", "8", "nobody"));
    assert!(number.never_heard && name.never_heard && !seven.never_heard);
    let value =
        |message: &Message, path: &str| message.get(&path.parse().unwrap()).map(|value| value.text().into_owned());
    assert_eq!(value(&number.heartbeat, "heartbeat.analyzer(-1).analyzerid").as_deref(), Some("4711"));
    assert_eq!(value(&number.heartbeat, "heartbeat.analyzer(-1).name").as_deref(), Some("4711"));
    assert_eq!(value(&name.heartbeat, "heartbeat.analyzer(-1).name").as_deref(), Some("nobody"));
    assert_eq!(value(&name.heartbeat, "heartbeat.analyzer(-1).analyzerid"), None);

    // Another configuration: whoever is known was heard, whoever was missed is not missed again, and others get their time.
    let second = rules(vec![trigger("t", expect(&["name-7", "nobody", "new"]), Some("name"))]);
    sensors.adopt(&second);
    sensors.advance(seconds(9), &up(1));
    assert!(told(&mut sensors, &second).is_empty());
    sensors.advance(seconds(1), &up(1));
    assert_eq!(told(&mut sensors, &second), one("t", "new"));
}

#[test]
fn a_reload_keeps_the_table_and_what_was_told() {
    let first = rules(vec![trigger("t", silent(SilentFor::Time(seconds(10))), None)]);
    let mut sensors = table(&first);
    sensors.hear(&heartbeat("7", 60, "running"), &link());
    sensors.advance(seconds(10), &up(1));
    assert_eq!(told(&mut sensors, &first), one("t", "7"));
    let second = rules(vec![
        trigger("t", silent(SilentFor::Time(seconds(11))), None),
        trigger("later", silent(SilentFor::Time(seconds(20))), Some("name-7")),
        trigger("others", silent(SilentFor::Time(seconds(20))), Some("name-8")),
    ]);
    sensors.adopt(&second);
    sensors.advance(seconds(9), &up(1));
    assert!(told(&mut sensors, &second).is_empty());
    sensors.advance(seconds(1), &up(1));
    assert_eq!(told(&mut sensors, &second), one("later", "7"));
    // Without such triggers nothing is kept.
    sensors.adopt(&rules_without_silence());
    assert!(sensors.known.is_empty() && sensors.bytes == 0);
}

fn rules_without_silence() -> RuleSet {
    RuleSet::compile(&Config::default())
}

#[test]
fn a_flood_of_invented_sensors_drives_out_nobody_who_lives() {
    let rules = rules(vec![trigger("t", silent(SilentFor::Time(seconds(10))), None)]);
    let mut sensors = table(&rules);
    sensors.limit = Some(4);
    for id in ["1", "2", "3", "4", "5", "6"] {
        sensors.hear(&heartbeat(id, 60, "running"), &link());
    }
    assert_eq!((sensors.known.len(), sensors.turned_away()), (4, 2));
    sensors.advance(seconds(9), &up(1));
    sensors.hear(&heartbeat("1", 60, "running"), &link());
    sensors.advance(seconds(1), &up(1));
    assert_eq!(told(&mut sensors, &rules).len(), 3);
    // Of three everything is told: they make room. The first lives.
    for id in ["5", "6", "7", "8"] {
        sensors.hear(&heartbeat(id, 60, "running"), &link());
    }
    assert_eq!((sensors.known.len(), sensors.turned_away()), (4, 3));
    assert!(sensors.known.contains_key("1"));
    let bytes: usize = sensors.known.values().map(|sensor| sensor.heartbeat.size()).sum();
    assert_eq!(sensors.bytes, bytes);
    // What is not fit to be kept is not.
    sensors.hear(&heartbeat(&"9".repeat(LONGEST_ID + 1), 60, "running"), &link());
    sensors.hear(&heartbeat("1", 60, &"x".repeat(LARGEST_HEARTBEAT)), &link());
    assert_eq!((sensors.turned_away(), sensors.known.len()), (5, 3));
}

#[test]
fn a_heartbeat_is_explained() {
    use super::super::SilenceVerdict::{NoSensor, SaidGoodbye, Waits};

    let rules = rules(vec![
        trigger("t", silent(SilentFor::Intervals(2)), Some("name-7")),
        trigger("exit", Silent { after_exit: true, ..silent(SilentFor::Time(seconds(9))) }, None),
    ]);
    let explain = |message: &Message| -> Vec<_> {
        let explained = rules.explain(message, now());
        explained.iter().map(|one| (one.matched.is_some(), one.silence.unwrap())).collect()
    };
    assert_eq!(explain(&heartbeat("7", 600, "running")), [(true, Waits(seconds(1260))), (true, Waits(seconds(9)))]);
    assert_eq!(explain(&heartbeat("8", 600, "running")), [(false, Waits(seconds(1260))), (true, Waits(seconds(9)))]);
    assert_eq!(explain(&heartbeat("7", 600, "exiting")), [(false, SaidGoodbye), (true, Waits(seconds(9)))]);
    assert_eq!(explain(&alert("7")), [(false, NoSensor), (false, NoSensor)]);
    for message in [heartbeat("7", 600, "running"), alert("7")] {
        assert!(rules.matches(&message, now()).is_empty() && rules.matches_one_by_one(&message, now()).is_empty());
    }
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// So many seconds pass; the links that are up, and those that were connected anew meanwhile.
    Pass(u64, [bool; 2], [bool; 2]),
    /// A heartbeat of a sensor over a link.
    Heartbeat { sensor: usize, link: usize, interval: u64, exiting: bool },
    /// An alert of a sensor over a link.
    Alert { sensor: usize, link: usize },
    /// Another configuration: which of the triggers there are.
    Reload([bool; 4]),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let often = prop::bool::weighted(0.9);
    let rarely = || prop::bool::weighted(0.1);
    let event = prop_oneof![
        5 => (0_u64..40, [often, often], [rarely(), rarely()]).prop_map(|(time, up, anew)| Event::Pass(time, up, anew)),
        4 => (0_usize..4, 0_usize..2, 0_u64..30, rarely())
            .prop_map(|(sensor, link, interval, exiting)| Event::Heartbeat { sensor, link, interval, exiting }),
        1 => (0_usize..5, 0_usize..2).prop_map(|(sensor, link)| Event::Alert { sensor, link }),
        1 => prop::array::uniform4(prop::bool::weighted(0.8)).prop_map(Event::Reload),
    ];
    prop::collection::vec(event, 0..120)
}

/// The triggers there may be; the first is always there, so that the table is never thrown away.
fn all_triggers() -> Vec<config::Trigger> {
    vec![
        trigger("fixed", silent(SilentFor::Time(seconds(60))), None),
        trigger("intervals", silent(SilentFor::Intervals(2)), None),
        trigger("odd", silent(SilentFor::Time(seconds(25))), Some("name-s[13]")),
        trigger("exit", Silent { after_exit: true, ..silent(SilentFor::Time(seconds(40))) }, None),
        trigger(
            "expect",
            Silent {
                expect: vec!["s0".into(), "name-s3".into(), "none".into()],
                ..silent(SilentFor::Time(seconds(50)))
            },
            Some("never"),
        ),
    ]
}

/// Everything that ever happened, second by second: what is up, and who was heard when over what.
#[derive(Default)]
struct Model {
    /// Seconds since each link was connected, or since the beginning of time if it is down now.
    clocks: [u64; 2],
    graces: [u64; 2],
    up: [bool; 2],
    /// The same for both together.
    both: u64,
    both_grace: u64,
    both_up: bool,
    /// The last heartbeat: interval and whether it says goodbye; the last sign of life: link and its clock.
    known: BTreeMap<String, (u64, bool, usize, u64)>,
    heard: BTreeSet<String>,
    expected_since: BTreeMap<String, u64>,
    told: BTreeSet<(String, String)>,
}

impl Model {
    fn pass(&mut self, time: u64, up: [bool; 2], anew: [bool; 2]) {
        let mut again = false;
        for link in 0..2 {
            if up[link] && (anew[link] || !self.up[link]) {
                self.graces[link] = self.clocks[link];
                again = true;
            } else if up[link] {
                self.clocks[link] += time;
            }
            self.up[link] = up[link];
        }
        let both = up[0] && up[1];
        if both && (again || !self.both_up) {
            self.both_grace = self.both;
        } else if both {
            self.both += time;
        }
        self.both_up = both;
    }

    fn sign_of_life(&mut self, id: &str) {
        self.told.retain(|(_, sensor)| sensor != id);
    }

    fn expect(&mut self, triggers: &[config::Trigger]) {
        let texts: BTreeSet<String> =
            triggers.iter().flat_map(|one| &one.silent.as_ref().unwrap().expect).map(ToString::to_string).collect();
        self.expected_since.retain(|text, _| texts.contains(text));
        for text in texts {
            if !self.expected_since.contains_key(&text) {
                let known = self.known.keys().any(|id| *id == text || format!("name-{id}") == text);
                if known {
                    self.heard.insert(text.clone())
                } else {
                    self.heard.remove(&text)
                };
                self.expected_since.insert(text, self.both);
            }
        }
        let names: BTreeSet<_> = triggers.iter().map(|one| one.name.to_string()).collect();
        self.told.retain(|(trigger, _)| names.contains(trigger));
    }

    fn fell_silent(&mut self, triggers: &[config::Trigger]) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for trigger in triggers {
            let silent = trigger.silent.as_ref().unwrap();
            let name = trigger.name.to_string();
            for (id, (interval, exiting, link, since)) in &self.known {
                let quiet = self.clocks[*link] - (*since).max(self.graces[*link]);
                let wanted = match name.as_str() {
                    "odd" => id == "s1" || id == "s3",
                    "expect" => false,
                    _ => true,
                };
                let period = silent.period(Some(seconds(*interval))).as_secs();
                if quiet < period || (*exiting && !silent.after_exit) {
                    continue;
                }
                if self.told.insert((name.clone(), id.clone())) && wanted {
                    found.insert((name.clone(), id.clone()));
                }
            }
            for text in &silent.expect {
                let text = text.to_string();
                let quiet = self.both.saturating_sub(self.expected_since[&text].max(self.both_grace));
                if !self.heard.contains(&text)
                    && quiet >= 50
                    && self.told.insert((name.clone(), format!("expected {text}")))
                {
                    found.insert((name.clone(), format!("expected {text}")));
                }
            }
        }
        found
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_table_tells_what_a_naive_model_tells(events in events()) {
        let all = all_triggers();
        let mut triggers = all.clone();
        let mut rules = rules(triggers.clone());
        let (mut sensors, mut model) = (Sensors::default(), Model::default());
        sensors.adopt(&rules);
        model.expect(&triggers);
        let names: [Arc<str>; 2] = ["one".into(), "two".into()];
        let mut connections = [0; 2];
        for event in events {
            match event {
                Event::Pass(time, up, anew) => {
                    let states: Vec<_> = (0..2)
                        .map(|link| {
                            connections[link] += u64::from(anew[link]);
                            LinkState { name: Arc::clone(&names[link]), connected: up[link], connections: connections[link] }
                        })
                        .collect();
                    sensors.advance(seconds(time), &states);
                    model.pass(time, up, anew);
                }
                Event::Heartbeat { sensor, link, interval, exiting } => {
                    let id = format!("s{sensor}");
                    sensors.hear(&heartbeat(&id, interval, if exiting { "exiting" } else { "running" }), &names[link]);
                    model.sign_of_life(&id);
                    model.heard.extend([id.clone(), format!("name-{id}")]);
                    model.known.insert(id, (interval, exiting, link, model.clocks[link]));
                }
                Event::Alert { sensor, link } => {
                    let id = format!("s{sensor}");
                    sensors.hear(&alert(&id), &names[link]);
                    model.heard.insert(id.clone());
                    let clock = model.clocks[link];
                    if let Some((_, false, heard_over, since)) = model.known.get_mut(&id) {
                        (*heard_over, *since) = (link, clock);
                        model.sign_of_life(&id);
                    }
                }
                Event::Reload(which) => {
                    triggers = all[..1].to_vec();
                    triggers.extend(all[1..].iter().zip(which).filter(|(_, there)| *there).map(|(one, _)| one.clone()));
                    rules = self::rules(triggers.clone());
                    sensors.adopt(&rules);
                    model.expect(&triggers);
                }
            }
            let found: Vec<_> = sensors.fell_silent(&rules, now());
            let found: BTreeSet<_> = found
                .iter()
                .map(|one| {
                    let sensor = if one.never_heard { format!("expected {}", one.sensor) } else { one.sensor.to_string() };
                    (one.trigger.name.to_string(), sensor)
                })
                .collect();
            prop_assert_eq!(found, model.fell_silent(&triggers));
        }
    }
}
