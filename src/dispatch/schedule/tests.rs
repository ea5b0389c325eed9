#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// A job as the naive model sees it.
#[derive(Debug, Clone)]
struct Model {
    number: i64,
    target: Option<u8>,
    due: u64,
    deadline: Option<u64>,
    blocked: bool,
    started: bool,
}

#[derive(Debug, Clone)]
enum Step {
    Add { target: Option<u8>, due: u64, deadline: Option<u64>, blocked: bool },
    Release(prop::sample::Index),
    Start,
    GiveUp,
    PutOff(prop::sample::Index, u64),
    Hasten(prop::sample::Index),
    End(prop::sample::Index),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let target = prop::option::weighted(0.8, 0_u8..3);
    let step = prop_oneof![
        4 => (target, 0_u64..20, prop::option::of(0_u64..60), prop::bool::weighted(0.2))
            .prop_map(|(target, due, deadline, blocked)| Step::Add { target, due, deadline, blocked }),
        1 => any::<prop::sample::Index>().prop_map(Step::Release),
        4 => Just(Step::Start),
        1 => Just(Step::GiveUp),
        1 => (any::<prop::sample::Index>(), 0_u64..20).prop_map(|(which, later)| Step::PutOff(which, later)),
        1 => any::<prop::sample::Index>().prop_map(Step::Hasten),
        3 => any::<prop::sample::Index>().prop_map(Step::End),
        2 => (1_u64..15).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..200)
}

fn may_start(jobs: &[Model], job: &Model, now: u64) -> bool {
    let older = |other: &&Model| other.number < job.number && other.target.is_some() && other.target == job.target;
    !job.blocked && !job.started && job.due <= now && jobs.iter().find(older).is_none()
}

proptest! {
    #[test]
    fn it_starts_what_a_naive_table_starts(steps in steps()) {
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let (mut schedule, mut jobs, mut now) = (Schedule::default(), Vec::<Model>::new(), 0_u64);
        let mut number = 0;
        for step in steps {
            match step {
                Step::Add { target, due, deadline, blocked } => {
                    number += 1;
                    let (due, deadline) = (now + due, deadline.map(|deadline| now + deadline));
                    jobs.push(Model { number, target, due, deadline, blocked, started: false });
                    schedule.add(number, Entry {
                        target: target.map(|target| target.to_string().into()),
                        due: at(due),
                        deadline: deadline.map(at),
                        blocked,
                        started: false,
                    });
                }
                Step::Release(which) if !jobs.is_empty() => {
                    let which = which.index(jobs.len());
                    jobs[which].blocked = false;
                    schedule.release(jobs[which].number);
                }
                Step::Start => {
                    let expected = jobs.iter().find(|job| may_start(&jobs, job, now)).map(|job| job.number);
                    prop_assert_eq!(schedule.start(at(now)), expected);
                    if let Some(job) = jobs.iter_mut().find(|job| Some(job.number) == expected) {
                        job.started = true;
                    }
                }
                Step::GiveUp => {
                    let over = |job: &&Model| !job.started && job.deadline.is_some_and(|deadline| deadline <= now);
                    let expected = jobs.iter().filter(over).min_by_key(|job| (job.deadline, job.number));
                    let expected = expected.map(|job| job.number);
                    prop_assert_eq!(schedule.give_up(at(now)), expected);
                    if let Some(job) = jobs.iter_mut().find(|job| Some(job.number) == expected) {
                        job.started = true;
                    }
                }
                Step::PutOff(which, later) => {
                    let started: Vec<_> = (0..jobs.len()).filter(|&job| jobs[job].started).collect();
                    if !started.is_empty() {
                        let job = &mut jobs[started[which.index(started.len())]];
                        (job.started, job.due) = (false, now + later);
                        schedule.put_off(job.number, at(job.due));
                    }
                }
                Step::Hasten(which) if !jobs.is_empty() => {
                    let which = which.index(jobs.len());
                    // Whatever else it waits for stays.
                    if may_start(&jobs, &jobs[which], u64::MAX) {
                        jobs[which].due = jobs[which].due.min(now);
                    }
                    schedule.hasten(jobs[which].number, at(now));
                }
                Step::End(which) if !jobs.is_empty() => {
                    let job = jobs.remove(which.index(jobs.len()));
                    schedule.end(job.number);
                }
                Step::Pass(seconds) => now += seconds,
                Step::Release(_) | Step::Hasten(_) | Step::End(_) => {}
            }
            let ready = jobs.iter().any(|job| may_start(&jobs, job, now));
            prop_assert_eq!(schedule.is_ready(at(now)), ready);
            prop_assert_eq!(schedule.len(), jobs.len());
            // Whoever sleeps until then misses nothing.
            let changes = (now + 1..now + 100).find(|&then| {
                let over = |job: &Model| !job.started && job.deadline.is_some_and(|deadline| deadline <= then);
                jobs.iter().any(|job| !may_start(&jobs, job, now) && may_start(&jobs, job, then) || over(job))
            });
            if let Some(changes) = changes {
                prop_assert!(schedule.next().unwrap() <= at(changes));
            }
        }
        for job in jobs {
            schedule.end(job.number);
        }
        let empty = schedule.entries.is_empty() && schedule.ready.is_empty() && schedule.later.is_empty();
        prop_assert!(empty && schedule.targets.is_empty() && schedule.deadlines.is_empty());
    }
}
