//! `elsewhere openapi`: prints the OpenAPI description of an API.

use elsewhere::http::openapi;

use crate::cli::CliError;

pub(super) fn run(admin: bool) -> Result<(), CliError> {
    let description = if admin { openapi::admin() } else { openapi::public() };
    serde_json::to_writer_pretty(std::io::stdout(), &description)
        .map_err(|error| CliError::Failed(error.to_string()))?;
    println!();
    Ok(())
}
