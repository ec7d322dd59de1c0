//! What people are told instead of the page that they asked for, and where to go on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use url::Url;

use crate::http::response::error::{ERROR_ID, NOT_ALLOWED, SECOND_FACTOR_REQUIRED};
use crate::http::ui::page::Shell;

/// Where people prove who they are, if the settings say where that is.
pub(super) struct SignIn {
    first_factor: Option<String>,
    second_factor: Option<String>,
}

impl SignIn {
    /// For a second factor the address is asked as Kratos's own sign-in is, by `aal=aal2`:
    /// it sends those on who have a session and do not say so.
    pub(super) fn at(url: Option<&Url>) -> Self {
        let with_level = |url: &Url| {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("aal", "aal2");
            url.into()
        };
        Self { first_factor: url.map(Url::to_string), second_factor: url.map(with_level) }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    shell: Shell<'a>,
    title: &'a str,
    hint: &'a str,
    /// Without one, back to the page.
    way_on: Option<WayOn<'a>>,
}

struct WayOn<'a> {
    url: &'a str,
    name: &'a str,
}

impl<'a> WayOn<'a> {
    fn to(url: Option<&'a str>, name: &'a str) -> Option<Self> {
        url.map(|url| Self { url, name })
    }
}

/// An answer of the API that is an error, as a page; `None` of one that is not.
pub(super) fn in_words(answer: &Response, shell: Shell<'_>, sign_in: &SignIn) -> Option<String> {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let texts = &shell.language.page;
    let is = |id: &str| answer.headers().get(ERROR_ID).is_some_and(|value| value == id);
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
