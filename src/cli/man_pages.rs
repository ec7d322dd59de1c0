//! `elsewhere man`: writes a man page for each command, for packages.

use std::path::Path;

use crate::cli::{CliError, visible_commands};

pub(super) fn run(folder: &Path) -> Result<(), CliError> {
    clap_mangen::generate_to(visible_commands(), folder).map_err(|error| {
        CliError::Usage(format!("FOLDER: cannot write to {}: {error}", folder.display()))
    })
}
