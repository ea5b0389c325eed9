#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::Threshold;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn per(paths: &[&str]) -> Vec<crate::idmef::Path> {
    paths.iter().map(|path| path.parse().unwrap()).collect()
}

fn alert(sources: &[&str]) -> Message {
    let nodes: Vec<_> =
        sources.iter().map(|address| format!(r#"{{"node":{{"address":[{{"address":"{address}"}}]}}}}"#)).collect();
    Message::from_json(format!(r#"{{"alert":{{"messageid":"m","source":[{}]}}}}"#, nodes.join(",")).as_bytes()).unwrap()
}

const ADDRESS: &str = "alert.source(*).node.address(*).address";

fn threshold(count: u32, within: u64) -> config::Damping {
    let threshold = Threshold { count, within: seconds(within), per: per(&[ADDRESS]), clock: Clock::Ours };
    config::Damping { threshold: Some(threshold), ..config::Damping::default() }
}

fn quiet(within: u64, then: u32) -> Quiet {
    Quiet { within: seconds(within), then, up_to: seconds(within * 5), per: per(&[ADDRESS]), clock: Clock::Ours }
}

struct Desk {
    damping: Damping,
    rules: config::Damping,
    trigger: Arc<str>,
}

impl Desk {
    fn new(rules: config::Damping) -> Self {
        Self { damping: Damping::default(), rules, trigger: "t".into() }
    }

    fn through(&mut self, sources: &[&str], now: Timestamp) -> bool {
        self.damping.judge(&self.trigger, &self.rules, &alert(sources), now).0 == Verdict::Through
    }
}

#[test]
fn a_threshold_lets_every_fifth_through_within_its_time() {
    let mut desk = Desk::new(threshold(3, 60));
    let through: Vec<_> = [0, 10, 20, 30, 40, 50, 200, 261, 262].map(|now| desk.through(&["a"], at(now))).to_vec();
    assert_eq!(through, [false, false, true, false, false, true, false, false, false]);
    // Another key is counted apart.
    assert!(!desk.through(&["b"], at(263)));
    assert!(desk.through(&["a"], at(264)));
}

#[test]
fn once_is_once_for_each_key_and_longer_when_it_comes_back_soon() {
    let mut desk = Desk::new(config::Damping { once: Some(quiet(100, 200)), ..config::Damping::default() });
    assert!(desk.through(&["a"], at(0)));
    assert!(!desk.through(&["a"], at(99)));
    assert!(desk.through(&["b"], at(99)));
    // Not prolonged by what was held back; the second time lasts twice as long.
    assert!(desk.through(&["a"], at(100)));
    assert!(!desk.through(&["a"], at(299)));
    assert!(desk.through(&["a"], at(300)));
    assert!(!desk.through(&["a"], at(699)));
    // Long quiet: as if for the first time.
    assert!(desk.through(&["a"], at(5000)));
    assert!(desk.through(&["a"], at(5100)));
}

#[test]
fn a_cooldown_waits_until_there_has_been_none() {
    let mut desk = Desk::new(config::Damping { cooldown: Some(quiet(100, 100)), ..config::Damping::default() });
    assert!(desk.through(&["a"], at(0)));
    for now in [50, 140, 200, 299] {
        assert!(!desk.through(&["a"], at(now)), "{now}");
    }
    assert!(desk.through(&["a"], at(399)));
}

#[test]
fn a_missing_value_shares_no_bucket() {
    let mut desk = Desk::new(config::Damping { once: Some(quiet(100, 100)), ..threshold(2, 60) });
    // Never counted with another that has none either.
    assert!(!desk.through(&[], at(0)));
    assert!(!desk.through(&[], at(1)));
    let mut desk = Desk::new(config::Damping { once: Some(quiet(100, 100)), ..config::Damping::default() });
    assert!(desk.through(&[], at(0)));
    assert!(desk.through(&[], at(1)));
    assert!(desk.through(&["a"], at(1)));
}

#[test]
fn of_several_keys_one_that_is_new_is_enough() {
    let mut desk = Desk::new(config::Damping { once: Some(quiet(100, 100)), ..config::Damping::default() });
    assert!(desk.through(&["a", "b"], at(0)));
    assert!(!desk.through(&["b"], at(1)));
    assert!(desk.through(&["b", "c"], at(2)));
    assert!(!desk.through(&["a", "b", "c"], at(3)));
}

#[test]
fn what_the_threshold_lets_through_once_may_hold_back() {
    let mut desk = Desk::new(config::Damping { once: Some(quiet(1000, 100)), ..threshold(2, 60) });
    let through: Vec<_> = [0, 1, 2, 3, 1002, 1003].map(|now| desk.through(&["a"], at(now))).to_vec();
    assert_eq!(through, [false, true, false, false, false, true]);
}

#[test]
fn a_clock_that_jumps_back_holds_nothing_for_long() {
    let mut desk = Desk::new(config::Damping { once: Some(quiet(100, 100)), ..config::Damping::default() });
    assert!(desk.through(&["a"], at(100_000)));
    assert!(desk.through(&["a"], at(0)));
    assert!(!desk.through(&["a"], at(50)));
    let mut desk = Desk::new(threshold(3, 60));
    desk.through(&["a"], at(100_000));
    desk.through(&["a"], at(0));
    assert!(desk.through(&["a"], at(1)));
}

#[test]
fn what_was_remembered_goes_on_after_a_restart() {
    let rules = config::Damping { once: Some(quiet(100, 200)), ..threshold(2, 60) };
    let trigger: Arc<str> = "t".into();
    let (mut whole, mut pieces) = (Damping::default(), Damping::default());
    let mut kept: HashMap<(Kind, String), Remembered> = HashMap::new();
    for now in [0, 1, 3, 4, 90, 101, 150, 299, 300, 301, 302, 800] {
        let message = alert(&["a"]);
        let (one, _) = whole.judge(&trigger, &rules, &message, at(now));
        let (other, remembered) = pieces.judge(&trigger, &rules, &message, at(now));
        assert_eq!(one, other, "{now}");
        kept.extend(remembered.into_iter().map(|one| ((one.kind, one.key.clone()), one)));
        pieces = Damping::default();
        for one in kept.values() {
            pieces.recall(&trigger, one.kind.name(), &one.key, one.expires, &one.data);
        }
    }
    pieces.recall(&trigger, "once", "k", at(0), "no JSON");
    pieces.recall(&trigger, "unheard-of", "k", at(0), "{}");
}

#[test]
fn memory_has_a_bound() {
    let mut drawer = Drawer::default();
    for number in 0..MOST + 10 {
        let bucket = Bucket::default().until(at(i64::try_from(number).unwrap()), seconds(1_000_000));
        drawer.put(&number.to_string(), bucket, at(0));
    }
    assert_eq!((drawer.buckets.len(), drawer.ages.len()), (MOST, MOST));
    assert!(!drawer.buckets.contains_key("9") && drawer.buckets.contains_key("10"));
    drawer.put("last", Bucket::default().until(at(0), seconds(9_000_000)), at(5_000_000));
    assert_eq!((drawer.buckets.len(), drawer.ages.len()), (1, 1));
}

/// The rules, as plainly as they can be said: everything is kept, and nothing is forgotten.
#[derive(Default)]
struct Model {
    counted: HashMap<String, Vec<i64>>,
    fired: HashMap<String, i64>,
    cold: HashMap<String, i64>,
}

impl Model {
    fn judge(
        &mut self,
        keys: &[String],
        now: i64,
        count: Option<(u32, i64)>,
        once: Option<i64>,
        cooldown: Option<i64>,
    ) -> bool {
        if let Some((count, within)) = count {
            let mut through = keys.is_empty() && count <= 1;
            for key in keys {
                let counted = self.counted.entry(key.clone()).or_default();
                counted.push(now);
                if counted.iter().filter(|before| **before > now - within).count() >= count as usize {
                    counted.clear();
                    through = true;
                }
            }
            if !through {
                return false;
            }
        }
        let quiet = |times: &HashMap<String, i64>, length: i64| {
            !keys.is_empty() && keys.iter().all(|key| times.get(key).is_some_and(|last| now < last + length))
        };
        if once.is_some_and(|length| quiet(&self.fired, length)) {
            return false;
        }
        if cooldown.is_some_and(|length| quiet(&self.cold, length)) {
            self.cold.extend(keys.iter().map(|key| (key.clone(), now)));
            return false;
        }
        self.fired.extend(keys.iter().map(|key| (key.clone(), now)));
        self.cold.extend(keys.iter().map(|key| (key.clone(), now)));
        true
    }
}

proptest! {
    #[test]
    fn it_does_what_the_model_does(
        steps in proptest::collection::vec((0_i64..40, proptest::collection::btree_set("[abc]", 0..3)), 1..80),
        count in proptest::option::of((1_u32..5, 1_u64..90)),
        once in proptest::option::of(1_u64..90),
        cooldown in proptest::option::of(1_u64..90),
    ) {
        let rules = config::Damping {
            threshold: count.map(|(count, within)| {
                Threshold { count, within: seconds(within), per: per(&[ADDRESS]), clock: Clock::Ours }
            }),
            once: once.map(|within| quiet(within, 100)),
            cooldown: cooldown.map(|within| quiet(within, 100)),
        };
        let mut desk = Desk::new(rules);
        let mut model = Model::default();
        let mut now = 0;
        let signed = |seconds: u64| i64::try_from(seconds).unwrap();
        for (step, sources) in steps {
            now += step;
            let keys: Vec<String> = sources.iter().cloned().collect();
            let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
            let expected = model.judge(
                &keys, now, count.map(|(count, within)| (count, signed(within))), once.map(signed), cooldown.map(signed),
            );
            prop_assert_eq!(desk.through(&sources, at(now)), expected, "at {}: {:?}", now, keys);
        }
    }
}
