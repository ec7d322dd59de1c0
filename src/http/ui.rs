//! `/ui/sessions`: the page that shows people where they are signed in, and lets them sign out
//! there. It works without scripts and loads nothing from other hosts.

pub(super) mod assets;
mod card;
mod cookies;
mod error_page;
mod everywhere;
mod form;
mod html;
mod last_visit;
mod listing;
mod moment;
mod naming;
mod notice;
mod page;
mod phrase;
mod row;
mod search;
pub(super) mod shell;
mod sign_in;
mod sign_out;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};

use crate::http::response::delivery::replace_body;
use crate::http::state::AppState;
use crate::http::ui::html::HTML;
use crate::http::ui::shell::{Shell, Ui};

const LIST: &str = "/ui/sessions";
/// Under `no-referrer`, browsers would not send the origin of a form.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

/// The pages.
pub(super) fn reads() -> Router<AppState> {
    Router::new()
        .route(LIST, get(page::show))
        .route("/ui/sessions/sign-out-others", get(everywhere::ask))
        .route("/ui/sessions/sign-out", get(sign_out::show))
        .route("/ui/sessions/{id}/sign-out", get(sign_out::show))
        .route("/ui/sessions/{id}/name", get(sign_out::show))
}

/// The targets of the forms.
pub(super) fn writes() -> Router<AppState> {
    Router::new()
        .route("/ui/sessions/sign-out-others", post(everywhere::sign_out))
        .route("/ui/sessions/sign-out", post(sign_out::here))
        .route("/ui/sessions/{id}/sign-out", post(sign_out::one))
        .route("/ui/sessions/{id}/name", post(naming::name))
}

/// The routes of files that are the same for everyone.
pub(super) fn assets() -> Router<AppState> {
    Router::new()
        .route("/ui/page.css", get(assets::style))
        .route("/ui/page.js", get(assets::script))
        .route("/ui/logo", get(assets::logo))
}

/// Middleware around all pages: adds security headers, and replaces API errors by pages.
pub(super) async fn in_html(State(ui): State<Arc<Ui>>, request: Request, next: Next) -> Response {
    let shell = Shell::new(&ui, request.headers());
    let is_list = request.uri().path() == LIST;
    let mut response = next.run(request).await;
    if let Some(page) = error_page::in_words(&response, shell, &ui.sign_in, is_list) {
        replace_body(&mut response, page);
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, HTML);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, ui.content_security_policy.clone());
    headers.insert(REFERRER_POLICY, REFERRER);
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.append(VARY, HeaderValue::from_static("Accept-Language"));
    response
}
