//! The page that people see if a request fails, with a link to continue.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::http::response::error::{ERROR_ID, NOT_ALLOWED, SECOND_FACTOR_REQUIRED, SESSION_BOUND};
use crate::http::ui::shell::Shell;
use crate::http::ui::sign_in::SignIn;

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    shell: Shell<'a>,
    title: &'a str,
    hint: &'a str,
    /// If there is none, the page links to the list.
    way_on: Option<WayOn<'a>>,
    /// The words of the link to the list.
    way_back: &'a str,
}

/// A link with which people can continue.
struct WayOn<'a> {
    url: &'a str,
    name: &'a str,
}

/// Renders an error response of the API as a page. `None` if the response is not an error.
/// `is_list` is true if the failed page is the list itself, to which nobody can go back.
pub(super) fn in_words(
    response: &Response,
    shell: Shell<'_>,
    sign_in: &SignIn,
    is_list: bool,
) -> Option<String> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let texts = &shell.language.page;
    let is = |id: &str| response.headers().get(ERROR_ID).is_some_and(|value| value == id);
    let (title, way_on, hint) = if is(SESSION_BOUND) {
        let hints = [&texts.bound_elsewhere_hint, &texts.not_signed_in_alone];
        let (way_on, hint) = on(sign_in.first_factor.as_deref(), &texts.sign_in, hints);
        (&texts.bound_elsewhere, way_on, hint)
    } else if status == StatusCode::UNAUTHORIZED {
        let hints = [&texts.not_signed_in_hint, &texts.not_signed_in_alone];
        let (way_on, hint) = on(sign_in.first_factor.as_deref(), &texts.sign_in, hints);
        (&texts.not_signed_in, way_on, hint)
    } else if is(SECOND_FACTOR_REQUIRED) {
        let hints = [&texts.second_factor_hint, &texts.second_factor_alone];
        let (way_on, hint) = on(sign_in.second_factor.as_deref(), &texts.confirm, hints);
        (&texts.second_factor, way_on, hint)
    } else if is(NOT_ALLOWED) {
        (&texts.not_allowed, None, &texts.not_allowed_hint)
    } else {
        (&texts.failed, None, &texts.failed_hint)
    };
    let is_retry = is_list && !status.is_client_error()
        || status == StatusCode::UNAUTHORIZED
        || is(SECOND_FACTOR_REQUIRED);
    let way_back = if is_retry { &texts.try_again } else { &texts.back };
    Page { shell, title, hint, way_on, way_back }.render().ok()
}

/// The link to an address, and the hint that goes with it, or the other hint if there is none.
fn on<'a>(
    url: Option<&'a str>,
    name: &'a str,
    [with, without]: [&'a String; 2],
) -> (Option<WayOn<'a>>, &'a String) {
    url.map_or((None, without), |url| (Some(WayOn { url, name }), with))
}
