//! `elsewhere openapi`: prints the OpenAPI description of an API.

use elsewhere::authentication::CookieCodec;
use elsewhere::config::Config;
use elsewhere::http::openapi;
use elsewhere::http::openapi::Api;

use crate::cli::CliError;
use crate::cli::output::print_line;

pub(super) fn run(config: &Config, admin: bool) -> Result<(), CliError> {
    let api = if admin { Api::Admin } else { Api::Public };
    let cookies = CookieCodec::new(config);
    let description = openapi::describe(api, &config.server.base_url, cookies.accepted_name());
    let text = serde_json::to_string_pretty(&description);
    print_line(text.map_err(|error| CliError::Failed(error.to_string()))?)
}
