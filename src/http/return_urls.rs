//! The addresses to which people go after they have signed out.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use url::Url;

use crate::authentication::CookieCodec;
use crate::config;
use crate::config::{BaseUrl, ReturnUrl};
use crate::http::binding_protocol::{BindingProtocol, remove_cookies};
use crate::http::response::error::ApiError;

/// The URLs to which a link may send people, and the one to which they go otherwise.
pub(in crate::http) struct ReturnUrls {
    base: BaseUrl,
    allowed: Vec<ReturnUrl>,
    home: String,
}

impl ReturnUrls {
    pub(in crate::http) fn new(settings: &config::Ui, base: &BaseUrl) -> Self {
        let own = ReturnUrl::from(base.as_url());
        let home = settings.home_url.as_ref().or(settings.sign_in_url.as_ref());
        Self {
            base: base.clone(),
            allowed: settings.allowed_return_urls.iter().cloned().chain([own]).collect(),
            home: home.map_or_else(|| format!("{}/ui/sessions", base.path()), Url::to_string),
        }
    }

    /// Reads the parameter `return_to`. A relative one is read as a browser reads a link on a page
    /// of this service. An error if people may not be sent there.
    pub(in crate::http) fn read(&self, return_to: Option<&str>) -> Result<Option<Url>, ApiError> {
        let Some(text) = return_to.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let url = self.base.resolve(text);
        let allowed = url.filter(|url| self.allowed.iter().any(|allowed| allowed.contains(url)));
        let refusal = || ApiError::bad_request("Requested return_to URL is not allowed.");
        allowed.ok_or_else(refusal).map(Some)
    }

    /// The response after the end of a browser's session: removes its cookies, and sends the person
    /// on, or home.
    pub(in crate::http) fn signed_out(
        &self,
        cookies: &CookieCodec,
        bindings: Option<&BindingProtocol>,
        return_to: Option<&Url>,
    ) -> Response {
        let place = return_to.map_or(self.home.as_str(), Url::as_str).to_owned();
        let removals = remove_cookies(cookies, bindings);
        (StatusCode::SEE_OTHER, removals, [(LOCATION, place)]).into_response()
    }
}
