//! `elsewhere config`

use std::path::Path;

use elsewhere::config::Config;

use super::{CliError, environment};

pub(super) fn run(file: Option<&Path>) -> Result<(), CliError> {
    print!("{}", Config::describe(file, &environment())?);
    Ok(())
}
