//! # Prelude Trigger
//!
//! Receives IDMEF alerts from a Prelude SIEM, finds the triggers that match, and runs their actions.
//!
//! ## The way of an alert
//!
//! ```text
//!  prelude-manager ─TLS─▶ source ─▶ rules ─▶ journal ─▶ dispatch ─▶ actions ──▶ the world
//!    (or a recording)     message   decision   (disk)      job        exec | component
//!           ▲                                    ▲           └─ outcome ──┬─▶ report: the log
//!           └──────────── answers ───────────────┴────────────────────────┘
//! ```
//!
//! 1. [`source`] holds the connections to the managers (or reads a recording) and hands on each
//!    message's wire bytes, in the order they came.
//! 2. [`idmef`] turns the bytes into an owned [`idmef::Message`] whose values are read by IDMEF path.
//! 3. [`rules`] asks every trigger's filters and makes a decision: who matched, what was captured.
//! 4. [`journal`] writes it down: the jobs that a decision asks for, what damping remembers, the leases. Nothing is done before
//!    that is on the disk, and what has not ended when the daemon does is taken up by the next one.
//! 5. [`dispatch`] runs jobs side by side within their limits, tries again what failed for now, and ends leases, until each job
//!    has an outcome, which is on the disk as well.
//! 6. [`actions`] does the deed: `exec` starts a program from an argument vector, `component` calls a
//!    WASI component that owns nothing but the alert.
//! 7. [`report`] tells: one log event for everything worth knowing, and an alert to Prelude about what was done.
//!
//! [`config`] reads the operator's two files, and [`load`] is the one way from those files to rules
//! and actions that can run, for every verb of the command line. [`backtest`] counts what they would have done
//! with recorded alerts, and [`proof`] runs the operator's own tests of them. [`kit`] makes and tries new actions.
//! [`daemon`] wires the rooms together; people talk to it through [`control`]; [`cli`] has one file for each verb. [`libprelude`] is
//! the C library, made safe.
//!
//! [`text`] makes hostile text fit to be shown. A lower room never knows a higher one:
//! `text < libprelude, idmef < config < journal < rules, source, actions < report < control, dispatch, load, kit < backtest, proof, daemon < cli`.

pub mod actions;
pub mod backtest;
pub mod cli;
pub mod config;
pub mod control;
pub mod daemon;
pub mod dispatch;
pub mod idmef;
pub mod journal;
pub mod kit;
pub mod libprelude;
pub mod load;
pub mod proof;
pub mod report;
pub mod rules;
pub mod source;
pub mod text;
