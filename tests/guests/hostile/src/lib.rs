// SPDX-License-Identifier: MIT OR Apache-2.0

//! An action that does whatever a host has to survive, as its configuration says.

use std::{
    hint::black_box,
    io::{Read, Write},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use prelude_trigger_guest::{Alert, Context, Error, Outcome, Path, action, debug, info, warn};

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Act {
    Done,
    Skip,
    Simulate,
    Fail(String),
    Spin,
    Toil(u64),
    SpinOnTheClock,
    Sleep(u64),
    Allocate,
    AllocateThenSurvive,
    Touch(usize),
    Recurse,
    RecurseLightly,
    Print(String),
    FloodStdout,
    FloodStderr(usize),
    FloodStderrForever,
    LastWords,
    FloodLog,
    LogOne(usize),
    PrintOneLine(usize),
    Trap,
    Panic(String),
    Exit(i32),
    ExitCleanly,
    LongSummary(usize),
    ManyOutputs(usize),
    UndoToken(usize),
    LeakHandles,
    LongPath(usize),
    HugeRandom,
    HugeInsecureRandom,
    RandomForever,
    SleepForEver,
    PollMany(usize),
    WriteZeroes(u64),
    LeakStreams,
    JsonForever,
    GrowSlowly,
    FillForever,
    Read(String),
    Everything,
    Json,
    Entries,
    Surroundings,
    Count,
    Files,
    Sockets,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    act: Act,
    #[serde(default)]
    #[allow(dead_code)]
    path: Option<Path>,
    #[serde(default)]
    #[allow(dead_code)]
    validate: Option<Validate>,
}

/// Misbehaves while the configuration is checked.
#[derive(serde::Deserialize)]
#[serde(try_from = "String")]
struct Validate;

impl TryFrom<String> for Validate {
    type Error = String;

    fn try_from(act: String) -> Result<Self, String> {
        match act.as_str() {
            "trap" => std::process::abort(),
            "panic" => panic!("no configuration is good enough for me"),
            "spin" => spin(),
            "allocate" => allocate(),
            "sleep" => std::thread::sleep(Duration::from_secs(3600)),
            other => return Err(other.repeat(3)),
        }
        Ok(Self)
    }
}

static CALLS: AtomicU64 = AtomicU64::new(0);

fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
    Ok(Outcome::done(match &config.act {
        Act::Done => "done as I was told".to_owned(),
        Act::Skip => return Ok(Outcome::skipped("nobody is there")),
        Act::Simulate => return Ok(Outcome::simulated("would have")),
        Act::Fail(how) => {
            return Err(match how.as_str() {
                "transient" => Error::transient("no answer").code("timeout").retry_after(Duration::from_secs(30)),
                "permanent" => Error::permanent("it said\nno"),
                _ => Error::misconfigured("no such host"),
            });
        }
        Act::Spin => spin(),
        Act::Toil(rounds) => {
            let mut n = 0_u64;
            for round in 0..*rounds {
                n = black_box(n.wrapping_mul(31).wrapping_add(round));
            }
            n.to_string()
        }
        Act::SpinOnTheClock => loop {
            black_box(std::time::Instant::now());
        },
        Act::Sleep(milliseconds) => {
            std::thread::sleep(Duration::from_millis(*milliseconds));
            "slept".to_owned()
        }
        Act::Allocate => {
            allocate();
            "more than there is".to_owned()
        }
        Act::AllocateThenSurvive => {
            let refused = Vec::<u8>::new().try_reserve_exact(1 << 30).is_err();
            format!("refused: {refused}")
        }
        Act::Touch(bytes) => black_box(vec![1_u8; *bytes]).len().to_string(),
        Act::Recurse => recurse(0).to_string(),
        Act::RecurseLightly => recurse_lightly(0).to_string(),
        Act::Print(text) => {
            print!("{text}");
            eprint!("{text}");
            "printed".to_owned()
        }
        Act::FloodStdout => loop {
            println!("a flood of words");
        },
        Act::FloodStderr(lines) => {
            for n in 0..*lines {
                eprintln!("{n} {}", "e".repeat(4000));
            }
            "flooded".to_owned()
        }
        Act::FloodStderrForever => loop {
            eprintln!("a flood of complaints");
        },
        Act::LastWords => {
            for n in 0..50 {
                eprintln!("line {n}");
                warn!("warning {n}\n");
                debug!("hush");
            }
            return Err(Error::permanent("that was all"));
        }
        Act::FloodLog => loop {
            warn!("a flood of warnings");
        },
        Act::LogOne(bytes) => {
            info!("{}", "l".repeat(*bytes));
            "logged".to_owned()
        }
        Act::PrintOneLine(bytes) => {
            std::io::stdout()
                .write_all(&"ü".repeat(*bytes / 2).into_bytes())
                .map_err(|e| Error::permanent(e.to_string()))?;
            "printed".to_owned()
        }
        Act::Trap => std::process::abort(),
        Act::Panic(message) => panic!("{message}"),
        Act::Exit(status) => std::process::exit(*status),
        Act::ExitCleanly => std::process::exit(0),
        Act::LongSummary(bytes) => "s".repeat(*bytes),
        Act::ManyOutputs(count) => {
            return Ok((0..*count).fold(Outcome::done("many"), |outcome, n| outcome.output(format!("n{n}"), "x y")));
        }
        Act::UndoToken(bytes) => {
            return Ok(Outcome { undo_token: Some(vec![7; *bytes]), ..Outcome::done("can be undone") });
        }
        Act::LeakHandles => loop {
            std::mem::forget(wasip2::clocks::monotonic_clock::subscribe_duration(1_000_000_000));
        },
        Act::LongPath(bytes) => alert.text("p".repeat(*bytes))?.unwrap_or_default(),
        Act::HugeRandom => wasip2::random::random::get_random_bytes(1 << 40).len().to_string(),
        Act::HugeInsecureRandom => wasip2::random::insecure::get_insecure_random_bytes(1 << 40).len().to_string(),
        Act::RandomForever => loop {
            black_box(wasip2::random::random::get_random_bytes(1 << 20));
        },
        Act::SleepForEver => {
            wasip2::clocks::monotonic_clock::subscribe_duration(u64::MAX).block();
            "slept".to_owned()
        }
        Act::PollMany(count) => {
            let one = wasip2::clocks::monotonic_clock::subscribe_duration(0);
            let many = vec![&one; *count];
            loop {
                black_box(wasip2::io::poll::poll(&many));
            }
        }
        Act::WriteZeroes(count) => {
            format!("{:?}", wasip2::cli::stdout::get_stdout().write_zeroes(*count))
        }
        Act::LeakStreams => loop {
            std::mem::forget(wasip2::cli::stdout::get_stdout());
        },
        Act::JsonForever => loop {
            black_box(alert.json());
        },
        Act::GrowSlowly => {
            let mut grown = 0;
            while core::arch::wasm32::memory_grow::<0>(1) != usize::MAX {
                grown += 1;
            }
            return Err(Error::permanent(format!("{grown} pages")));
        }
        Act::FillForever => {
            let mut much = vec![0_u8; 48 << 20];
            for n in 0_u8.. {
                much.fill(black_box(n));
                black_box(&much);
                if n == u8::MAX {
                    break;
                }
            }
            "filled".to_owned()
        }
        Act::Read(path) => alert.text(path)?.unwrap_or_else(|| "nothing".to_owned()),
        Act::Everything => everything(job, alert)?,
        Act::Json => alert.json().len().to_string(),
        Act::Entries => alert.entries("alert")?.len().to_string(),
        Act::Surroundings => {
            let variables: Vec<_> = std::env::vars().collect();
            let arguments: Vec<_> = std::env::args().collect();
            let mut stdin = String::new();
            let read = std::io::stdin().read_to_string(&mut stdin).map_err(|error| error.kind());
            format!("{variables:?} {arguments:?} {:?} {read:?}", std::env::current_dir().map_err(|error| error.kind()))
        }
        Act::Count => CALLS.fetch_add(1, Relaxed).to_string(),
        #[cfg(feature = "files")]
        Act::Files => std::fs::read_to_string("/etc/passwd").unwrap_or_else(|error| error.to_string()),
        #[cfg(feature = "sockets")]
        Act::Sockets => match std::net::TcpStream::connect("192.0.2.1:80") {
            Ok(_) => "connected".to_owned(),
            Err(error) => error.to_string(),
        },
        #[allow(unreachable_patterns)]
        Act::Files | Act::Sockets => "not built in".to_owned(),
    }))
}

fn spin() -> ! {
    let mut n = 0_u64;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}

fn allocate() {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Fills the stack in linear memory first.
#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    let here = black_box([depth; 64]);
    recurse(depth + 1) + here[black_box(1)]
}

/// Fills the stack that the host gives first.
fn recurse_lightly(depth: u64) -> u64 {
    black_box(recurse_lightly as fn(u64) -> u64)(depth + 1) ^ depth
}

/// Calls every function of the interface.
fn everything(job: &Context, alert: &Alert) -> Result<String, Error> {
    let text = "alert.classification.text";
    let addresses = "alert.source(*).node.address(*).address";
    let wrong = alert.get("alert.clasification.text").expect_err("a wrong path");
    let class = alert.text("alert.source(0)").expect_err("a class");
    println!("{:?}", alert.kind());
    println!("{:?} {:?}", alert.get(text)?, alert.text(text)?);
    println!("{:?} {:?}", alert.all(addresses)?, alert.texts(addresses)?);
    println!("{:?}", alert.entries("alert.source(0)")?);
    println!("{:?}", alert.get("alert.target(7).node.name")?);
    println!("{}", alert.json());
    println!("{:?}", Path::describe(addresses)?);
    println!("{:?}", (&job.job_id, &job.trigger, &job.action, job.attempt, job.max_attempts, job.deadline_ms));
    println!("{:?} {:?} {:?} {:?}", job.mode, job.captures, job.parameters, job.lease_ms);
    println!("{wrong}");
    println!("{class}");
    Ok("everything".to_owned())
}

action!(Config, run);
