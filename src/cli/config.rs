//! `elsewhere config`: prints the settings in force, or a Kratos configuration as settings.

use std::path::Path;

use elsewhere::config::Config;
use elsewhere::kratos_config;

use crate::cli::output::print;
use crate::cli::{CliError, environment};

pub(super) fn run(file: Option<&Path>, from_kratos: Option<&Path>) -> Result<(), CliError> {
    let settings = match from_kratos {
        Some(kratos) => kratos_config::convert_file(kratos)?,
        None => Config::describe(file, &environment()?)?,
    };
    print(&settings)
}
