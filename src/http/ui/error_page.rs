//! The page that people see if a request fails, with a link to continue.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::http::response::error::{ERROR_ID, NOT_ALLOWED, SECOND_FACTOR_REQUIRED};
use crate::http::ui::shell::{Shell, SignIn};

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    shell: Shell<'a>,
    title: &'a str,
    hint: &'a str,
    /// If there is none, the page links back to the list.
    way_on: Option<WayOn<'a>>,
}

/// A link with which people can continue.
struct WayOn<'a> {
    url: &'a str,
    name: &'a str,
}

impl<'a> WayOn<'a> {
    fn to(url: Option<&'a str>, name: &'a str) -> Option<Self> {
        url.map(|url| Self { url, name })
    }
}

/// Renders an error response of the API as a page. `None` if the response is not an error.
pub(super) fn in_words(response: &Response, shell: Shell<'_>, sign_in: &SignIn) -> Option<String> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let texts = &shell.language.page;
    let is = |id: &str| response.headers().get(ERROR_ID).is_some_and(|value| value == id);
    let (title, hint, way_on) = if status == StatusCode::UNAUTHORIZED {
        let way_on = WayOn::to(sign_in.first_factor.as_deref(), &texts.sign_in);
        (&texts.not_signed_in, &texts.not_signed_in_hint, way_on)
    } else if is(SECOND_FACTOR_REQUIRED) {
        let way_on = WayOn::to(sign_in.second_factor.as_deref(), &texts.confirm);
        (&texts.second_factor, &texts.second_factor_hint, way_on)
    } else if is(NOT_ALLOWED) {
        (&texts.not_allowed, &texts.not_allowed_hint, None)
    } else {
        (&texts.failed, &texts.failed_hint, None)
    };
    Page { shell, title, hint, way_on }.render().ok()
}
