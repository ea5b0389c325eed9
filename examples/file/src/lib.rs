// SPDX-License-Identifier: MIT OR Apache-2.0

//! `file` appends alerts to a file of JSON lines or CSV in a directory that it is granted, and begins a new one when it is time.
//!
//! Jobs run at the same time, and none of their lines is lost or torn: see the module `lock`. README.md shows a configuration.

mod config;
mod lock;
mod record;
mod store;

use std::{io, path::PathBuf, time::Duration};

use config::Config;
use prelude_trigger_guest::{Alert, Context, Error, Mode, Outcome, action};

/// Of a job's time, what is left for writing when it has waited for the others.
const RESERVE: Duration = Duration::from_millis(500);

/// A configuration that makes sense.
#[derive(Debug, serde::Deserialize)]
#[serde(try_from = "Config")]
pub struct Ready(Config);

impl TryFrom<Config> for Ready {
    type Error = String;

    fn try_from(config: Config) -> Result<Self, String> {
        if config.rotate.bytes == 0 {
            return Err("`rotate.bytes` is 1 or more".to_owned());
        }
        let mut names = vec!["job", "trigger"];
        for column in &config.columns {
            if names.contains(&column.name.as_str()) {
                return Err(format!(
                    "there is more than one column `{}` (`job` and `trigger` are always there)",
                    column.name
                ));
            }
            names.push(&column.name);
        }
        Ok(Self(config))
    }
}

/// What the operator can do about an error, and whether time can.
fn failure(config: &Config, error: &io::Error) -> Error {
    let file = config.file.file();
    let said = format!("{}: {error}", file.display());
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Error::misconfigured(format!(
                "{said}; is its directory granted with mode rw, and may the daemon write there?"
            ))
            .code("no-file")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::transient(said).code("disk-full").retry_after(Duration::from_secs(60))
        }
        _ => Error::transient(said).code("io"),
    }
}

fn run(job: &Context, Ready(config): &Ready, alert: &Alert) -> Result<Outcome, Error> {
    let line = record::line(config.format, &config.columns, job, alert)?;
    let file = config.file.file();
    let shown = file.display();
    if job.mode == Mode::Observe {
        return Ok(Outcome::simulated(format!("would append {} bytes to {shown}", line.len())));
    }
    let failed = |error: io::Error| failure(config, &error);
    let deadline = Duration::from_millis(job.deadline_ms);
    let mut path = file.clone().into_os_string();
    path.push(".lock");
    let patience = deadline.saturating_sub(RESERVE).min(deadline / 2 + Duration::from_secs(1));
    let Some(_held) = lock::take(&PathBuf::from(path), patience, deadline).map_err(failed)? else {
        let waited = format!("{shown} was in use by others for {} ms", patience.as_millis());
        return Err(Error::transient(waited).code("in-use"));
    };
    let head = record::head(config.format, &config.columns);
    let stored = store::append(&config.file, config.rotate, config.sync, &head, &line).map_err(failed)?;
    let outcome = Outcome::done(format!("appended {} bytes to {shown}", line.len()));
    Ok(match stored.rotated {
        None => outcome,
        Some(name) => outcome.output("rotated", name).output("removed", stored.removed.to_string()),
    })
}

action!(Ready, run);

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path, thread};

    use prelude_trigger_guest::{Status, testing};

    use super::*;

    fn config(directory: &Path, more: &str) -> Ready {
        testing::config(&format!(r#"{{"file": "{}"{more}}}"#, directory.join("alerts.jsonl").display())).unwrap()
    }

    #[test]
    fn jobs_at_once_lose_no_line_and_tear_none_across_rotations() {
        const THREADS: usize = 8;
        const EACH: usize = 50;
        let directory = tempfile::tempdir().unwrap();
        let long = "x".repeat(10_000);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (directory, long) = (directory.path(), &long);
                scope.spawn(move || {
                    let config = config(directory, r#", "rotate": {"bytes": 60000, "keep": 1000}, "sync": false"#);
                    let alert = testing::alert_with(&[("alert.classification.text", long)]);
                    for count in 0..EACH {
                        let job =
                            Context { job_id: format!("{thread}-{count}"), deadline_ms: 60_000, ..testing::job() };
                        run(&job, &config, &alert).unwrap();
                    }
                });
            }
        });
        let mut seen = BTreeSet::new();
        for entry in fs::read_dir(directory.path()).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(text.len() <= 60_000 && text.ends_with('\n'));
            for line in text.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(seen.insert(line["job"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(seen.len(), THREADS * EACH);
    }

    #[test]
    fn nothing_is_written_that_is_only_observed() {
        let directory = tempfile::tempdir().unwrap();
        let outcome = run(&testing::observed_job(), &config(directory.path(), ""), &testing::alert(r#"{"alert": {}}"#));
        assert_eq!(outcome.unwrap().status, Status::Simulated);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_written_is_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let alert = testing::alert(r#"{"alert": {}}"#);
        let error = run(&testing::job(), &config(&directory.path().join("none"), ""), &alert).unwrap_err();
        assert!(error.is_misconfigured() && error.to_string().contains("mode rw"), "{error}");
        fs::write(directory.path().join("alerts.jsonl.lock"), "").unwrap();
        let job = Context { deadline_ms: 100, ..testing::job() };
        let error = run(&job, &config(directory.path(), ""), &alert).unwrap_err();
        assert!(error.is_transient() && error.to_string().contains("in use by others"), "{error}");
    }

    #[test]
    fn mistakes_are_found_at_load() {
        let error = |config: &str| testing::config::<Ready>(config).unwrap_err();
        for file in ["alerts", "", "/", "/data/", "/data/../x", "/data/.."] {
            assert!(error(&format!(r#"{{"file": "{file}"}}"#)).contains("absolute path"), "{file}");
        }
        assert!(error(r#"{"file": "/data/a", "rotate": {"bytes": 0}}"#).contains("1 or more"));
        let column = r#"{"name": "job", "path": "alert.messageid"}"#;
        assert!(
            error(&format!(r#"{{"file": "/data/a", "columns": [{column}]}}"#)).contains("more than one column `job`")
        );
        assert!(error(r#"{"file": "/data/a", "rotate": {"every": "week"}}"#).contains("unknown variant `week`"));
    }
}
