//! The program: runs a command, and exits with its code.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;
use elsewhere::logging;

fn main() -> ExitCode {
    logging::log_panics();
    let command = cli::Cli::parse();
    match cli::run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logging::print_error(&error.to_string());
            error.exit_code()
        }
    }
}
