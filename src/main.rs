//! The `prelude-trigger` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    prelude_trigger::cli::main()
}
