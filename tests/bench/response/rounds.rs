//! One contestant's turn: alerts that are only written down, a burst of jobs, alerts at a steady rate.

use std::{
    collections::HashMap,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    contestant::{Contestant, alerts},
    started::Start,
};

const PATIENCE: Duration = Duration::from_mins(5);
/// How long what follows a job may take until CPU time is looked at.
const A_LITTLE_MORE: Duration = Duration::from_secs(1);

/// A turn with many alerts.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Alerts or jobs a second.
    pub rate: f64,
    /// CPU time for each.
    pub cpu: Duration,
    /// The most memory of the process that acts, in KiB.
    pub peak: u64,
}

/// Alerts that wait in the manager when the daemon starts, until the journal holds a decision on each: its start is in it.
pub fn journalled(contestant: &mut Contestant, count: usize, next: &mut usize) -> Round {
    let daemon = contestant.daemon.clone().expect("a daemon");
    contestant.get_ready(next);
    contestant.stop();
    contestant.sender.burst(&alerts(count, next));
    let (begun, used) = (Instant::now(), contestant.cpu());
    contestant.start();
    while daemon.journalled() < count {
        assert!(begun.elapsed() < PATIENCE, "{} of {count} decided\n{}", daemon.journalled(), daemon.last_words());
        sleep(Duration::from_millis(5));
    }
    let wall = begun.elapsed();
    let cpu = contestant.cpu().saturating_sub(used);
    let peak = contestant.process().peak();
    contestant.stop();
    Round { rate: per_second(count, wall), cpu: share(cpu, count), peak }
}

/// Alerts as fast as the manager takes them, from the first that is handed to it until the program has been started for the last.
pub fn burst(contestant: &mut Contestant, count: usize, next: &mut usize) -> Round {
    contestant.get_ready(next);
    let first = *next;
    let messages = alerts(count, next);
    contestant.process().forget_peak();
    let used = contestant.cpu();
    let begun = contestant.sender.burst(&messages);
    let starts = all_started(contestant, first, count);
    sleep(A_LITTLE_MORE);
    let programs: Duration = starts.iter().map(|start| start.cpu).sum();
    let cpu = contestant.cpu().saturating_sub(used) + programs;
    let peak = contestant.process().peak();
    contestant.stop();
    let last = starts.iter().map(|start| start.at).max().unwrap_or(begun);
    Round { rate: per_second(count, Duration::from_nanos(last - begun)), cpu: share(cpu, count), peak }
}

/// How long it took from the moment at which an alert was handed to the manager until the program ran, for each alert.
pub fn latencies(contestant: &mut Contestant, rate: u32, seconds: u32, next: &mut usize) -> Vec<Duration> {
    contestant.get_ready(next);
    let (first, count) = (*next, (rate * seconds) as usize);
    let messages = alerts(count, next);
    let handed = contestant.sender.steady(&messages, rate);
    let starts = all_started(contestant, first, count);
    contestant.stop();
    starts.iter().map(|start| Duration::from_nanos(start.at.saturating_sub(handed[start.number - first]))).collect()
}

/// Waits until the program has run for each alert from this number on, once.
fn all_started(contestant: &mut Contestant, first: usize, count: usize) -> Vec<Start> {
    let begun = Instant::now();
    loop {
        let starts: Vec<_> = contestant.starts.look().iter().filter(|start| start.number >= first).copied().collect();
        if starts.len() >= count {
            let mut times: HashMap<usize, usize> = HashMap::new();
            for start in &starts {
                *times.entry(start.number).or_default() += 1;
            }
            assert_eq!(times.len(), count, "{} has started a program twice", contestant.name);
            return starts;
        }
        let (name, words) = (contestant.name, contestant.last_words());
        assert!(begun.elapsed() < PATIENCE, "{name} has started {} programs of {count}\n{words}", starts.len());
        sleep(Duration::from_millis(20));
    }
}

fn per_second(count: usize, wall: Duration) -> f64 {
    count as f64 / wall.as_secs_f64()
}

fn share(time: Duration, count: usize) -> Duration {
    time / u32::try_from(count).expect("not so many")
}
