//! `elsewhere config`: prints the settings in force, or a Kratos configuration as settings.

use std::path::{Path, PathBuf};

use elsewhere::config::Config;
use elsewhere::kratos_config;

use crate::cli::output::print;
use crate::cli::{CliError, environment};

pub(super) fn run(file: Option<&Path>, from_kratos: &[PathBuf]) -> Result<(), CliError> {
    let settings = if from_kratos.is_empty() {
        Config::describe(file, &environment()?)?
    } else {
        kratos_config::convert_files(from_kratos)?
    };
    print(&settings)
}
