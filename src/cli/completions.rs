//! `elsewhere completions`: prints the completions of a shell.

use clap_complete::{Shell, generate};

use crate::cli::output::print;
use crate::cli::{CliError, visible_commands};

pub(super) fn run(shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    generate(shell, &mut visible_commands(), "elsewhere", &mut script);
    print(&String::from_utf8_lossy(&script))
}
