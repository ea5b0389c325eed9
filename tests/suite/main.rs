//! Everything that is tested from outside.

mod config_golden;
