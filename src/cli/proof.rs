//! How `check` shows what came of the `tests:` of a configuration.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{
    output::{BAD, BOLD, DIM, GOOD},
    verdict::{json_verdict, print_verdict},
};
use crate::{
    actions::Plan,
    config::{Diagnostics, ExpectedAction, ExpectedJob, ExpectedTrigger},
    proof::{Difference, Failure, Planned, Proof},
    rules::{Explanation, damping::Held},
    text::{Escaped, quote, quote_all, shorten},
};

/// Every test that failed, with what is different; with `all`, those that passed in a line each.
pub(super) fn print(out: &mut impl Write, proofs: &[Proof<'_>], all: bool) -> io::Result<()> {
    for proof in proofs {
        let name = proof.test.name.as_deref().unwrap_or("a test without name");
        let (name, at) = (Escaped(name), &proof.test.at);
        if proof.holds() {
            if all {
                writeln!(out, "{GOOD}✔{GOOD:#} {name}  {DIM}{at}{DIM:#}")?;
            }
            continue;
        }
        writeln!(out, "{BAD}✘{BAD:#} {BOLD}{name}{BOLD:#}  {DIM}{at}{DIM:#}")?;
        for failure in &proof.failures {
            print_failure(out, proof, failure)?;
        }
        if proof.more > 0 {
            writeln!(out, "    and {} more alerts of which something else came than expected", proof.more)?;
        }
        if let Some(broken) = &proof.broken {
            let mut said = Diagnostics::default();
            said.push(broken.clone());
            said.render(out, true)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn print_failure(out: &mut impl Write, proof: &Proof<'_>, failure: &Failure<'_>) -> io::Result<()> {
    if proof.messages > 1 {
        let place = failure.position.map(|position| format!(", {position}")).unwrap_or_default();
        let id = failure.messageid.as_ref().map(|id| format!(", {}", shorten(id, 64))).unwrap_or_default();
        writeln!(out, "    {DIM}alert {}{place}{id}{DIM:#}", failure.number)?;
    }
    for difference in &failure.differences {
        match difference {
            Difference::Silent { expected, explanation } => print_silent(out, expected, explanation)?,
            Difference::Held { expected, trigger, held } => print_held(out, expected, trigger, held)?,
            Difference::Unexpected { trigger, jobs } => {
                writeln!(out, "    {GOOD}+ {}{GOOD:#} matches, and is not expected to", Escaped(trigger))?;
                print_jobs(out, &[], jobs)?;
            }
            Difference::Jobs { trigger, missing, unexpected } => {
                writeln!(out, "      {} matches, and its jobs are not those expected", Escaped(trigger))?;
                print_jobs(out, missing, unexpected)?;
            }
        }
    }
    Ok(())
}

fn print_silent(out: &mut impl Write, expected: &ExpectedTrigger, explanation: &Explanation<'_>) -> io::Result<()> {
    let name = Escaped(&explanation.trigger.name);
    writeln!(out, "    {BAD}- {name}{BAD:#} does not match, and is expected to  {DIM}{}{DIM:#}", expected.at)?;
    match explanation.filters.iter().find(|verdict| !verdict.holds) {
        Some(first) => print_verdict(out, first, 10, "   ← the first no"),
        None => Ok(()),
    }
}

fn print_held(out: &mut impl Write, expected: &ExpectedTrigger, trigger: &str, held: &Held) -> io::Result<()> {
    let (name, by) = (Escaped(trigger), held.kind.name());
    writeln!(
        out,
        "    {BAD}- {name}{BAD:#} is held back by {by}, and is expected to match  {DIM}{}{DIM:#}",
        expected.at
    )?;
    writeln!(out, "          {} for {}", held.why, quote(&shorten(&held.key, 200)))
}

fn print_jobs(out: &mut impl Write, missing: &[&ExpectedAction], unexpected: &[Planned]) -> io::Result<()> {
    for action in missing {
        writeln!(out, "        {BAD}- {}{BAD:#} {}", Escaped(&action.name), expectation(action))?;
    }
    for job in unexpected {
        let (name, does) = (Escaped(&job.action), does(&job.plan));
        writeln!(out, "        {GOOD}+ {name}{GOOD:#} {does}")?;
    }
    Ok(())
}

fn expectation(action: &ExpectedAction) -> String {
    match &action.job {
        ExpectedJob::Any => "is expected".to_owned(),
        ExpectedJob::Arguments(arguments) => format!("is expected to run {}", quote_all(arguments)),
        ExpectedJob::Refused => "is expected to be refused".to_owned(),
    }
}

fn does(plan: &Plan) -> String {
    match plan {
        Plan::Exec(arguments) => format!("runs {}", quote_all(arguments)),
        Plan::Component => "calls its component".to_owned(),
        Plan::Refused(reason) => format!("is refused: {}", Escaped(reason)),
    }
}

/// The same for machines.
pub(super) fn json(proofs: &[Proof<'_>]) -> Value {
    let passed = proofs.iter().filter(|proof| proof.holds()).count();
    let results: Vec<_> = proofs
        .iter()
        .map(|proof| {
            let at = &proof.test.at;
            json!({
                "name": proof.test.name,
                "file": at.file.to_string_lossy(),
                "line": at.line,
                "column": at.column,
                "passed": proof.holds(),
                "alerts": proof.messages,
                "failures": proof.failures.iter().map(json_failure).collect::<Vec<_>>(),
                "more_failures": proof.more,
                "error": proof.broken,
            })
        })
        .collect();
    json!({ "passed": passed, "failed": proofs.len() - passed, "results": results })
}

fn json_failure(failure: &Failure<'_>) -> Value {
    let differences: Vec<_> = failure.differences.iter().map(json_difference).collect();
    json!({
        "alert": failure.number,
        "position": failure.position.map(|position| position.to_string()),
        "messageid": failure.messageid,
        "differences": differences,
    })
}

/// `expected` and `matched` are about the trigger; `missing` and `unexpected` are jobs.
fn json_difference(difference: &Difference<'_>) -> Value {
    let jobs = |jobs: &[Planned]| jobs.iter().map(json_job).collect::<Vec<_>>();
    match difference {
        Difference::Silent { explanation, .. } => {
            let first = explanation.filters.iter().find(|verdict| !verdict.holds);
            json!({
                "trigger": &*explanation.trigger.name,
                "expected": true,
                "matched": false,
                "first_no": first.map(json_verdict),
            })
        }
        Difference::Held { trigger, held, .. } => json!({
            "trigger": &**trigger,
            "expected": true,
            "matched": true,
            "held": { "by": held.kind.name(), "key": held.key, "why": held.why },
        }),
        Difference::Unexpected { trigger, jobs: unexpected } => {
            json!({ "trigger": &**trigger, "expected": false, "matched": true, "unexpected": jobs(unexpected) })
        }
        Difference::Jobs { trigger, missing, unexpected } => {
            let missing: Vec<_> = missing.iter().copied().map(json_expected).collect();
            let unexpected = jobs(unexpected);
            json!({ "trigger": &**trigger, "expected": true, "matched": true, "missing": missing, "unexpected": unexpected })
        }
    }
}

fn json_expected(action: &ExpectedAction) -> Value {
    match &action.job {
        ExpectedJob::Any => json!({ "action": &*action.name }),
        ExpectedJob::Arguments(arguments) => json!({ "action": &*action.name, "argv": arguments }),
        ExpectedJob::Refused => json!({ "action": &*action.name, "refused": true }),
    }
}

fn json_job(job: &Planned) -> Value {
    match &job.plan {
        Plan::Exec(arguments) => json!({ "action": &*job.action, "kind": job.kind, "argv": arguments }),
        Plan::Component => json!({ "action": &*job.action, "kind": job.kind }),
        Plan::Refused(reason) => json!({ "action": &*job.action, "kind": job.kind, "refused": reason }),
    }
}
