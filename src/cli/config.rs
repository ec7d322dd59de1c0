//! `elsewhere config`: prints the settings in force.

use std::io::{self, Write as _};
use std::path::Path;

use elsewhere::config::Config;

use crate::cli::{CliError, environment};

pub(super) fn run(file: Option<&Path>) -> Result<(), CliError> {
    let settings = Config::describe(file, &environment()?)?;
    Ok(io::stdout().write_all(settings.as_bytes())?)
}
