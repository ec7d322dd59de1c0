//! Fields of forms, and the redirect after a form, so that a reload does not submit it again.

use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse as _, Response};

/// The longest text of a field that comes back, so that it fits a cookie.
const MAX_CHARACTERS: usize = 200;

/// The first field of this name, without spaces around it, and cut to what comes back.
pub(super) fn field(body: &[u8], name: &str) -> String {
    let found = form_urlencoded::parse(body).find(|(found, _)| found == name);
    found.map_or_else(String::new, |(_, text)| text.trim().chars().take(MAX_CHARACTERS).collect())
}

/// Redirects to a page, with a cookie for it.
pub(super) fn redirect(location: String, cookie: Option<String>) -> Response {
    let cookies = AppendHeaders(cookie.map(|cookie| (SET_COOKIE, cookie)));
    (StatusCode::SEE_OTHER, [(LOCATION, location)], cookies).into_response()
}
