#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    super::{Forget, Journal},
    change::{Delete, Get, Increment, Keys, Of, Set},
    *,
};

const QUOTA: Quota = Quota { keys: 4, bytes: 60 };

fn action(name: &str) -> Arc<str> {
    Arc::from(name)
}

fn stores() -> Stores {
    Stores::default()
}

fn store() -> Store {
    stores().of(&action("block"), Quota { keys: 10, bytes: 1 << 20 })
}

fn text(found: Option<Versioned>) -> Option<String> {
    found.map(|found| String::from_utf8(found.value).unwrap())
}

#[tokio::test]
async fn what_is_written_is_read_again() {
    let store = store();
    assert_eq!(store.get("a").await, Ok(None));
    let first = store.set("a", b"1".to_vec(), None).await.unwrap();
    let found = store.get("a").await.unwrap().unwrap();
    assert_eq!((found.value, found.version, first > 0), (b"1".to_vec(), first, true));
    let second = store.set("a", b"2".to_vec(), None).await.unwrap();
    assert!(second > first);
    assert_eq!(store.compare_and_set("a", first, b"3".to_vec(), None).await, Ok(None));
    assert_eq!(store.compare_and_set("a", 0, b"3".to_vec(), None).await, Ok(None));
    assert_eq!(text(store.get("a").await.unwrap()).as_deref(), Some("2"));
    let third = store.compare_and_set("a", second, b"3".to_vec(), None).await.unwrap().unwrap();
    assert_eq!((store.delete("a").await, store.delete("a").await), (Ok(true), Ok(false)));
    // A key that is written again has no version that was there before.
    let fourth = store.compare_and_set("a", 0, b"4".to_vec(), None).await.unwrap().unwrap();
    assert!(fourth > third);
    // A key is any text.
    for key in ["\0", "a\0b", "ä\u{10ffff}", &"k".repeat(LONGEST_KEY)] {
        store.set(key, key.as_bytes().to_vec(), None).await.unwrap();
        assert_eq!(text(store.get(key).await.unwrap()).as_deref(), Some(key));
    }
}

#[tokio::test]
async fn each_action_has_its_own() {
    let stores = stores();
    let quota = Quota { keys: 1, bytes: 10 };
    let (one, other) = (stores.of(&action("one"), quota), stores.of(&action("other"), quota));
    one.set("a", b"1".to_vec(), None).await.unwrap();
    assert_eq!(other.get("a").await, Ok(None));
    other.set("b", b"2".to_vec(), None).await.unwrap();
    assert_eq!(one.keys("", None).await.unwrap(), ["a"]);
    assert_eq!(one.set("b", b"2".to_vec(), None).await, Err(StoreError::Keys(1)));
    assert_eq!(one.set("a", vec![0; 10], None).await, Err(StoreError::Bytes(10)));
    assert_eq!(text(one.get("a").await.unwrap()).as_deref(), Some("1"), "as it was");
    one.set("a", vec![0; 9], None).await.unwrap();
    // The operator lowers the quota: what makes it less is welcome, and nothing else.
    let lowered = stores.of(&action("one"), Quota { keys: 0, bytes: 4 });
    assert_eq!(lowered.set("a", vec![0; 9], None).await.map(drop), Ok(()), "no more than before");
    lowered.set("a", vec![0; 5], None).await.unwrap();
    assert_eq!(lowered.set("a", vec![0; 6], None).await, Err(StoreError::Bytes(4)));
    assert_eq!(lowered.increment("n", 1, None).await, Err(StoreError::Keys(0)));
    assert_eq!(lowered.delete("a").await, Ok(true));
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let store = store();
    let too_large = |error: StoreError| matches!(error, StoreError::TooLarge(_));
    assert!(too_large(store.get("").await.unwrap_err()));
    assert!(too_large(store.set(&"k".repeat(LONGEST_KEY + 1), Vec::new(), None).await.unwrap_err()));
    assert!(too_large(store.set("k", vec![0; LONGEST_VALUE + 1], None).await.unwrap_err()));
    assert!(too_large(store.compare_and_set("k", 0, vec![0; LONGEST_VALUE + 1], None).await.unwrap_err()));
    assert!(too_large(store.increment("", 1, None).await.unwrap_err()));
    assert!(too_large(store.delete("").await.unwrap_err()));
    assert!(too_large(store.keys(&"k".repeat(LONGEST_KEY + 1), None).await.unwrap_err()));
    assert!(too_large(store.keys("", Some(&"k".repeat(LONGEST_KEY + 1))).await.unwrap_err()));
    store.set("k", vec![0; LONGEST_VALUE], None).await.unwrap();
}

#[tokio::test]
async fn numbers_are_decimal_texts() {
    let store = store();
    assert_eq!(store.increment("n", 5, None).await, Ok(5));
    assert_eq!(store.increment("n", -7, None).await, Ok(-2));
    assert_eq!(text(store.get("n").await.unwrap()).as_deref(), Some("-2"));
    store.set("n", i64::MAX.to_string().into_bytes(), None).await.unwrap();
    assert!(matches!(store.increment("n", 1, None).await, Err(StoreError::NotANumber(_))));
    assert_eq!(store.increment("n", -1, None).await, Ok(i64::MAX - 1));
    for other in [&b"x"[..], b"", b" 1", b"1.0", b"9223372036854775808", b"\xff"] {
        store.set("n", other.to_vec(), None).await.unwrap();
        assert!(matches!(store.increment("n", 1, None).await, Err(StoreError::NotANumber(_))), "{other:?}");
        assert_eq!(store.get("n").await.unwrap().unwrap().value, other, "as it was");
    }
}

#[tokio::test]
async fn keys_are_told_a_thousand_at_once() {
    let store = stores().of(&action("many"), Quota { keys: 5000, bytes: 1 << 20 });
    for number in 0..1500 {
        store.set(&format!("key-{number:04}"), Vec::new(), None).await.unwrap();
    }
    store.set("kez", Vec::new(), None).await.unwrap();
    let first = store.keys("key-", None).await.unwrap();
    assert_eq!((first.len(), &*first[999]), (MOST_KEYS, "key-0999"));
    let rest = store.keys("key-", first.last().map(String::as_str)).await.unwrap();
    assert_eq!((rest.len(), &*rest[0], &*rest[499]), (500, "key-1000", "key-1499"));
    assert_eq!(store.keys("key-", Some("key-1499")).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.keys("", Some("key-1499")).await.unwrap(), ["kez"]);
    assert_eq!(store.keys("kez", Some("a")).await.unwrap(), ["kez"]);
}

#[tokio::test]
async fn however_many_add_the_sum_is_exact() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, closing) = Journal::open(directory.path()).unwrap();
    let stores = stores();
    assert!(stores.keep_in(&journal));
    let store = stores.of(&action("count"), Quota { keys: 2, bytes: 100 });
    let add = |_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                store.increment("n", 1, None).await.unwrap();
                loop {
                    let there = store.get("cas").await.unwrap();
                    let (version, number) = there.map_or((0, 0), |found| {
                        (found.version, String::from_utf8(found.value).unwrap().parse::<u32>().unwrap())
                    });
                    let next = (number + 1).to_string().into_bytes();
                    if store.compare_and_set("cas", version, next, None).await.unwrap().is_some() {
                        break;
                    }
                }
            }
        })
    };
    for task in (0..64).map(add).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(text(store.get("n").await.unwrap()).as_deref(), Some("1280"));
    assert_eq!(text(store.get("cas").await.unwrap()).as_deref(), Some("1280"));
    // Stores keep nobody's journal open, and say so when it is closed.
    drop(journal);
    closing.join();
    assert_eq!(store.get("n").await, Err(StoreError::Unavailable("the journal is closed".to_owned())));
    let (journal, _closing) = Journal::open(directory.path()).unwrap();
    assert!(!stores.keep_in(&journal), "the place is known");
    let stores = Stores::default();
    assert!(stores.keep_in(&journal));
    let store = stores.of(&action("count"), Quota { keys: 2, bytes: 100 });
    assert_eq!(text(store.get("n").await.unwrap()).as_deref(), Some("1280"), "kept");
}

#[test]
fn a_damaged_file_loses_no_more_than_it_must() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, closing) = Journal::open(directory.path()).unwrap();
    let of = |now| Of { action: action("kept"), quota: Quota { keys: 1000, bytes: 1 << 20 }, now: at(now) };
    let set = |key: String| Set { of: of(0), key, value: vec![7; 3000], expected: None, expires_after_ms: None };
    for number in 0..100 {
        journal.write_blocking(set(format!("{number:03}"))).unwrap().unwrap();
    }
    let last = journal.write_blocking(set("gone".to_owned())).unwrap().unwrap().unwrap();
    assert!(journal.write_blocking(Delete(of(0), "gone".to_owned())).unwrap().unwrap());
    drop(journal);
    closing.join();
    let file = directory.path().join("journal.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // A page in the middle, where the values are.
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let (journal, _closing) = Journal::open(directory.path()).unwrap();
    let aside =
        |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().contains("damaged");
    assert!(std::fs::read_dir(directory.path()).unwrap().any(aside), "the damage was noticed");
    let keys = Keys { of: of(0), prefix: String::new(), after: None };
    let kept = journal.write_blocking(keys).unwrap().unwrap();
    assert!(kept.len() > 50, "{} of 100", kept.len());
    assert!(!kept.contains(&"gone".to_owned()));
    let version = journal.write_blocking(set("new".to_owned())).unwrap().unwrap().unwrap();
    assert!(version > last, "{version} was given out before");
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
}

// ---- Against a model

#[derive(Debug, Clone)]
enum Act {
    Get(usize),
    Set(usize, usize, Option<u64>),
    /// With the version that was told last for this key, or another one.
    Compare(usize, usize, bool, Option<u64>),
    Increment(usize, i64, Option<u64>),
    Delete(usize),
    Keys(usize, Option<usize>),
    Forget,
    Pass(i64),
}

const NAMES: [&str; 7] = ["a", "ab", "abc", "b", "bä", "\u{10ffff}", "ac"];

fn acts() -> impl Strategy<Value = Vec<(bool, Act)>> {
    let key = 0..NAMES.len();
    let life = prop::option::of(0_u64..30);
    let act = prop_oneof![
        key.clone().prop_map(Act::Get),
        (key.clone(), 0_usize..30, life.clone()).prop_map(|(key, size, life)| Act::Set(key, size, life)),
        (key.clone(), 0_usize..30, any::<bool>(), life.clone())
            .prop_map(|(key, size, right, life)| Act::Compare(key, size, right, life)),
        (key.clone(), prop_oneof![-20_i64..20, Just(i64::MAX), Just(i64::MIN)], life)
            .prop_map(|(key, by, life)| Act::Increment(key, by, life)),
        key.clone().prop_map(Act::Delete),
        (key.clone(), prop::option::of(key)).prop_map(|(prefix, after)| Act::Keys(prefix, after)),
        Just(Act::Forget),
        (0_i64..20).prop_map(Act::Pass),
    ];
    prop::collection::vec((any::<bool>(), act), 0..80)
}

/// What one action keeps, in the plainest way: values with their versions and when they expire.
#[derive(Default)]
struct Model {
    kept: BTreeMap<String, (Vec<u8>, u64, Option<i64>)>,
    /// Every version that was ever told.
    told: Vec<u64>,
}

impl Model {
    fn sweep(&mut self, now: i64) {
        self.kept.retain(|_, (_, _, expires)| expires.is_none_or(|expires| expires > now));
    }

    fn fits(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let size = |kept: &BTreeMap<String, (Vec<u8>, u64, Option<i64>)>| {
            kept.iter().map(|(key, (value, ..))| (key.len() + value.len()) as u64).sum::<u64>()
        };
        let before = size(&self.kept);
        let mut then = self.kept.clone();
        then.insert(key.to_owned(), (value.to_vec(), 0, None));
        if then.len() > self.kept.len() && then.len() as u64 > QUOTA.keys {
            return Err(StoreError::Keys(QUOTA.keys));
        }
        if size(&then) > before && size(&then) > QUOTA.bytes { Err(StoreError::Bytes(QUOTA.bytes)) } else { Ok(()) }
    }

    /// Takes over a write that was answered with this version.
    fn written(&mut self, key: &str, value: Vec<u8>, version: u64, expires: Option<i64>) {
        assert!(version > 0 && !self.told.contains(&version), "version {version} again");
        self.told.push(version);
        self.kept.insert(key.to_owned(), (value, version, expires));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_store_is_what_a_map_would_be(acts in acts()) {
        let (journal, _closing) = Journal::in_memory().unwrap();
        let mut models = [Model::default(), Model::default()];
        let mut now = 0;
        for (second, act) in acts {
            let name = if second { "two" } else { "one" };
            let model = &mut models[usize::from(second)];
            model.sweep(at(now).as_millisecond());
            let of = || Of { action: action(name), quota: QUOTA, now: at(now) };
            let expiry = |life: Option<u64>| life.map(|life| at(now).as_millisecond() + i64::try_from(life).unwrap());
            let key = |index: usize| NAMES[index].to_owned();
            match act {
                Act::Get(index) => {
                    let got = journal.write_blocking(Get(of(), key(index))).unwrap().unwrap();
                    let expected = model.kept.get(NAMES[index]);
                    prop_assert_eq!(got.map(|got| (got.value, got.version)), expected.map(|(value, version, _)| (value.clone(), *version)));
                }
                Act::Set(index, size, expires_after_ms) => {
                    let value = vec![b'x'; size];
                    let fits = model.fits(NAMES[index], &value);
                    let set = Set { of: of(), key: key(index), value: value.clone(), expected: None, expires_after_ms };
                    match journal.write_blocking(set).unwrap() {
                        Ok(version) => {
                            prop_assert!(fits.is_ok());
                            model.written(NAMES[index], value, version.unwrap(), expiry(expires_after_ms));
                        }
                        Err(error) => prop_assert_eq!(Err(error), fits),
                    }
                }
                Act::Compare(index, size, right, expires_after_ms) => {
                    let value = vec![b'y'; size];
                    let there = model.kept.get(NAMES[index]).map_or(0, |(_, version, _)| *version);
                    let expected = if right { there } else { there + 1 };
                    let fits = model.fits(NAMES[index], &value);
                    let set = Set { of: of(), key: key(index), value: value.clone(), expected: Some(expected), expires_after_ms };
                    match journal.write_blocking(set).unwrap() {
                        Ok(None) => prop_assert!(!right),
                        Ok(Some(version)) => {
                            prop_assert!(right && fits.is_ok());
                            model.written(NAMES[index], value, version, expiry(expires_after_ms));
                        }
                        Err(error) => prop_assert_eq!((true, Err(error)), (right, fits)),
                    }
                }
                Act::Increment(index, by, life) => {
                    let there = model.kept.get(NAMES[index]).cloned();
                    let number = match &there {
                        None => Some(0),
                        Some((value, ..)) => std::str::from_utf8(value).unwrap().parse::<i64>().ok(),
                    };
                    let expires = match &there { None => expiry(life), Some((_, _, expires)) => *expires };
                    let got = journal.write_blocking(Increment { of: of(), key: key(index), by, expires_after_ms: life }).unwrap();
                    match number.and_then(|number| number.checked_add(by)) {
                        None => prop_assert!(matches!(got, Err(StoreError::NotANumber(_))), "{:?}", got),
                        Some(sum) => match model.fits(NAMES[index], sum.to_string().as_bytes()) {
                            Err(error) => prop_assert_eq!(got, Err(error)),
                            Ok(()) => {
                                prop_assert_eq!(got, Ok(sum));
                                let version = journal.write_blocking(Get(of(), key(index))).unwrap().unwrap();
                                // What expires at once is not told any more.
                                if let Some(version) = version {
                                    model.written(NAMES[index], sum.to_string().into_bytes(), version.version, expires);
                                }
                            }
                        },
                    }
                }
                Act::Delete(index) => {
                    let got = journal.write_blocking(Delete(of(), key(index))).unwrap().unwrap();
                    prop_assert_eq!(got, model.kept.remove(NAMES[index]).is_some());
                }
                Act::Keys(prefix, after) => {
                    let after = after.map(key);
                    let got = journal.write_blocking(Keys { of: of(), prefix: key(prefix), after: after.clone() }).unwrap().unwrap();
                    let expected: Vec<_> = model.kept.keys()
                        .filter(|key| key.starts_with(NAMES[prefix]) && after.as_ref().is_none_or(|after| *key > after))
                        .cloned().collect();
                    prop_assert_eq!(got, expected);
                }
                Act::Forget => {
                    journal.write_blocking(Forget { now: at(now) }).unwrap();
                }
                Act::Pass(ms) => now += ms,
            }
        }
    }
}
