//! What it costs to find the triggers that an alert sets off, from ten triggers to a hundred thousand, beside asking
//! them one by one and beside one `regex::RegexSet` for each path; how long a rule set takes to build and what it occupies.
//! All in one run, on the alerts of `tests/fixtures`.
//!
//! `cargo bench --bench matching`
//!
//! The triggers are made up: one to three filters, over the paths that rules are written about, of every kind of expression.
//! The other mixes are unkind on purpose: no expression has letters to look for; all ask about one path; all share a question that
//! every alert says yes to; all match.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark that cannot go on panics")]

use std::{
    collections::BTreeMap,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use prelude_trigger::{
    config::{Config, Filter, Location, Quantifier, Question, Test, Trigger, ValuesTest},
    idmef::Message,
    rules::RuleSet,
};
use regex::RegexSet;

const PATHS: [&str; 8] = [
    "alert.classification.text",
    "alert.source(*).node.address(*).address",
    "alert.target(*).node.address(*).address",
    "alert.target(*).user.user_id(*).name",
    "alert.analyzer(-1).name",
    "alert.analyzer(*).node.name",
    "alert.assessment.impact.description",
    "alert.additional_data('Log received from').data",
];
const WORDS: [&str; 12] = [
    "login",
    "failed",
    "attack",
    "scan",
    "virus",
    "overflow",
    "shell",
    "denied",
    "worm",
    "root",
    "session",
    "injection",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mix {
    Mixed,
    WithoutLetters,
    OnePath,
    OneTrueQuestion,
    AllMatching,
}

/// Numbers that look random and are the same in every run (a linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn expression(&mut self, number: usize) -> String {
        let (one, two) = (WORDS[self.below(WORDS.len())], WORDS[self.below(WORDS.len())]);
        match self.below(7) {
            0 => format!("^{one} {two} {number}$"),
            1 => format!("(?i){one}.*{two}-{number}"),
            2 => format!("^(?:{one}{number}|{two}{number})$"),
            3 => format!(r"\b{one}-{number}\b"),
            4 => format!(r"^198\.51\.{}\.{}$", number % 256, number / 256 % 256),
            5 => format!("(?i)^{one}[ _-]?{number}"),
            _ => format!("{one} from (?<who>\\w+) number {number}"),
        }
    }

    fn filter(&mut self, mix: Mix, number: usize) -> Filter {
        let path = PATHS[if mix == Mix::OnePath { 0 } else { self.below(PATHS.len()) }];
        let expression = match mix {
            Mix::WithoutLetters => format!(r"^[a-z_]{{{}}}[0-9][^{}]", number % 40, number / 40 % 90 + 10),
            Mix::AllMatching => return filter("alert.classification.text", ""),
            _ => self.expression(number),
        };
        filter(path, &expression)
    }
}

fn location() -> Location {
    Location { file: Path::new("bench.yaml").into(), line: 1, column: 1 }
}

fn filter(path: &str, expression: &str) -> Filter {
    let test = Test::Values(ValuesTest {
        path: path.parse().expect("a path"),
        questions: vec![Question::Regex(expression.parse().expect("an expression"))],
        quantifier: Quantifier::Any,
    });
    Filter { at: location(), test }
}

fn config(mix: Mix, triggers: usize) -> Config {
    let mut numbers = Numbers(7);
    let triggers = (0..triggers).map(|number| {
        let mut filters: Vec<_> = (0..=numbers.below(3)).map(|_| numbers.filter(mix, number)).collect();
        if mix == Mix::OneTrueQuestion {
            filters.push(filter("alert.create_time", "20"));
        }
        Trigger { filters, ..Trigger::new(format!("t{number}").into(), location()) }
    });
    Config { triggers: triggers.collect(), ..Config::default() }
}

fn alerts() -> Vec<Message> {
    let lines = include_str!("../fixtures/alerts.jsonl").lines();
    let messages = lines.map(|line| Message::from_json(line.as_bytes()).expect("a message"));
    messages.filter(|message| message.kind() == prelude_trigger::idmef::Kind::Alert).collect()
}

/// One set of expressions for each path, and for each of them its trigger.
struct Sets(Vec<(prelude_trigger::idmef::Path, RegexSet, Vec<usize>)>, Vec<usize>);

impl Sets {
    fn build(config: &Config) -> Self {
        let mut by_path: BTreeMap<String, (Vec<&str>, Vec<usize>)> = BTreeMap::new();
        for (number, trigger) in config.triggers.iter().enumerate() {
            for filter in &trigger.filters {
                let Test::Values(test) = &filter.test else { continue };
                let [Question::Regex(expression)] = test.questions.as_slice() else { continue };
                let (expressions, triggers) = by_path.entry(test.path.to_string()).or_default();
                expressions.push(expression.as_str());
                triggers.push(number);
            }
        }
        let sets = by_path.into_iter().map(|(path, (expressions, triggers))| {
            let set = regex::RegexSetBuilder::new(expressions).size_limit(4 << 30).dfa_size_limit(64 << 20).build();
            (path.parse().expect("a path"), set.expect("a set"), triggers)
        });
        Self(sets.collect(), config.triggers.iter().map(|trigger| trigger.filters.len()).collect())
    }

    fn matches(&self, message: &Message) -> usize {
        let mut missing = self.1.clone();
        for (path, set, triggers) in &self.0 {
            let mut yes = vec![false; triggers.len()];
            for value in message.values(path) {
                for number in set.matches(&value.text()) {
                    yes[number] = true;
                }
            }
            for (trigger, _) in triggers.iter().zip(yes).filter(|(_, yes)| *yes) {
                missing[*trigger] -= 1;
            }
        }
        missing.iter().filter(|missing| **missing == 0).count()
    }
}

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn matching(criterion: &mut Criterion) {
    let alerts = alerts();
    let now = Timestamp::UNIX_EPOCH;
    let all = |find: &dyn Fn(&Message) -> usize| alerts.iter().map(find).sum::<usize>();

    println!("\nbuilding (one run each)");
    let mut built = Vec::new();
    let mixes = [
        (Mix::Mixed, vec![10, 100, 1_000, 10_000, 100_000]),
        (Mix::WithoutLetters, vec![100, 10_000]),
        (Mix::OnePath, vec![100, 10_000]),
        (Mix::OneTrueQuestion, vec![100, 10_000]),
        (Mix::AllMatching, vec![100, 10_000]),
    ];
    for (mix, sizes) in mixes {
        for triggers in sizes {
            let config = config(mix, triggers);
            let (before, started) = (resident(), Instant::now());
            let rules = RuleSet::compile(&config);
            rules.prepare();
            let took = started.elapsed();
            let found = all(&|alert| rules.matches(alert, now).len());
            let occupies = resident().saturating_sub(before);
            println!(
                "{mix:?} {triggers:>7}: {took:>9.1?}, {occupies:>7} KiB more after the first alerts, {found} matches"
            );
            built.push((mix, triggers, config, rules));
        }
    }

    let mut group = criterion.benchmark_group("matching");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.throughput(criterion::Throughput::Elements(u64::try_from(alerts.len()).unwrap_or(1)));
    for (mix, triggers, config, rules) in &built {
        let id = |what: &str| BenchmarkId::new(format!("{mix:?}, {what}"), triggers);
        group.bench_function(id("index"), |bench| {
            bench.iter(|| black_box(all(&|alert| rules.matches(alert, now).len())));
        });
        if *triggers <= 10_000 {
            let expected = all(&|alert| rules.matches(alert, now).len());
            assert_eq!(expected, all(&|alert| rules.matches_one_by_one(alert, now).len()), "{mix:?} {triggers}");
            group.bench_function(id("one by one"), |bench| {
                bench.iter(|| black_box(all(&|alert| rules.matches_one_by_one(alert, now).len())));
            });
        }
        if *mix == Mix::Mixed && *triggers <= 1_000 {
            let started = Instant::now();
            let sets = Sets::build(config);
            println!("RegexSet for each path, {triggers} triggers: built in {:.1?}", started.elapsed());
            assert_eq!(all(&|alert| sets.matches(alert)), all(&|alert| rules.matches(alert, now).len()));
            group.bench_function(id("RegexSet for each path"), |bench| {
                bench.iter(|| black_box(all(&|alert| sets.matches(alert))));
            });
        }
    }
    group.finish();
    black_box(Arc::new(built));
}

criterion_group!(benches, matching);
criterion_main!(benches);
