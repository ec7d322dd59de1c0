//! `elsewhere openapi`: prints the OpenAPI description of an API.

use elsewhere::authentication::CookieCodec;
use elsewhere::config::Config;
use elsewhere::http::openapi;
use elsewhere::http::openapi::Api;

use crate::cli::CliError;

pub(super) fn run(config: &Config, admin: bool) -> Result<(), CliError> {
    let api = if admin { Api::Admin } else { Api::Public };
    let cookies = CookieCodec::new(config);
    let description = openapi::describe(api, &config.server.base_url, cookies.accepted_name());
    serde_json::to_writer_pretty(std::io::stdout(), &description)
        .map_err(|error| CliError::Failed(error.to_string()))?;
    println!();
    Ok(())
}
