//! `/ui/sessions`: the page that shows people where they are signed in, and lets them sign out
//! there. It works without scripts and loads nothing from other hosts.

mod error_page;
mod page;
pub(super) mod shell;
mod sign_out;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::http::response::delivery::replace_body;
use crate::http::state::AppState;
use crate::http::ui::page::HTML;
use crate::http::ui::shell::{Shell, Ui};

/// Under `no-referrer`, browsers would not send the origin of a form.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");
const ONE_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The pages.
pub(super) fn reads() -> Router<AppState> {
    Router::new()
        .route("/ui/sessions", get(page::show))
        .route("/ui/sessions/{id}/sign-out", get(sign_out::show))
        .route("/ui/sessions/sign-out-others", get(sign_out::show))
        .route("/ui/sessions/sign-out", get(sign_out::show))
}

/// The targets of the forms.
pub(super) fn writes() -> Router<AppState> {
    Router::new()
        .route("/ui/sessions/{id}/sign-out", post(sign_out::one))
        .route("/ui/sessions/sign-out-others", post(sign_out::others))
        .route("/ui/sessions/sign-out", post(sign_out::here))
}

/// The routes of files that are the same for everyone.
pub(super) fn assets() -> Router<AppState> {
    Router::new().route("/ui/page.css", get(style)).route("/ui/page.js", get(script))
}

async fn style(State(ui): State<Arc<Ui>>) -> impl IntoResponse {
    asset("text/css; charset=utf-8", ui.style.clone())
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", Bytes::from_static(include_bytes!("ui/page.js")))
}

fn asset(kind: &'static str, text: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, ONE_HOUR)], text)
}

/// Middleware around all pages: adds security headers, and replaces API errors by pages.
pub(super) async fn in_html(State(ui): State<Arc<Ui>>, request: Request, next: Next) -> Response {
    let shell = Shell::new(&ui, request.headers());
    let mut response = next.run(request).await;
    if let Some(page) = error_page::in_words(&response, shell, &ui.sign_in) {
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
