//! The program: parses arguments, calls, and turns an outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    amends::cli::main().into()
}
