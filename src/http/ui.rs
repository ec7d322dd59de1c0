//! `/ui/sessions`: the page that shows people where they are signed in, and lets them sign out
//! there. It works without scripts and loads nothing from other hosts.

mod error_page;
mod page;
mod sign_out;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::config;
use crate::http::AppState;
use crate::http::response::delivery::replace_body;
use crate::http::router::writes;
use crate::i18n::{Language, Languages};
use error_page::SignIn;
use page::Shell;

/// Allows only resources and form targets of this service itself, and forbids framing.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// Under `no-referrer`, browsers would not send the origin of a form.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const ONE_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The state that all pages share.
pub(super) struct Ui {
    name: String,
    sign_in: SignIn,
    languages: Languages,
    /// The style sheet, shared by all responses.
    style: Bytes,
}

impl Ui {
    pub(super) fn new(settings: &config::Ui) -> Self {
        let (accent, on_accent) = (settings.accent, settings.accent.readable_on_it());
        let colours = format!(":root {{ --accent: {accent}; --on-accent: {on_accent}; }}\n");
        Self {
            name: settings.name.clone(),
            sign_in: SignIn::at(settings.sign_in_url.as_ref()),
            languages: settings.languages.clone(),
            style: (colours + include_str!("ui/page.css")).into(),
        }
    }

    /// The best language for the browser.
    fn language(&self, headers: &HeaderMap) -> &Language {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        self.languages.best(accepted.unwrap_or_default())
    }
}

pub(super) fn routes(app: &Arc<AppState>) -> Router<Arc<AppState>> {
    Router::new()
        .route("/ui/sessions", get(page::show))
        .route("/ui/sessions/{id}/sign-out", writes(app, post(sign_out::one)).get(sign_out::show))
        .route(
            "/ui/sessions/sign-out-others",
            writes(app, post(sign_out::others)).get(sign_out::show),
        )
}

/// The routes of files that are the same for everyone.
pub(super) fn assets() -> Router<Arc<AppState>> {
    Router::new().route("/ui/page.css", get(style)).route("/ui/page.js", get(script))
}

async fn style(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    asset("text/css; charset=utf-8", app.ui.style.clone())
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", Bytes::from_static(include_bytes!("ui/page.js")))
}

fn asset(kind: &'static str, text: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, ONE_HOUR)], text)
}

/// Middleware around all pages: adds security headers, and replaces API errors by pages.
pub(super) async fn in_html(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let shell = Shell::new(&app, request.headers());
    let mut response = next.run(request).await;
    if let Some(page) = error_page::in_words(&response, shell, &app.ui.sign_in) {
        replace_body(&mut response, page);
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, HTML);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, REFERRER);
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.append(VARY, HeaderValue::from_static("Accept-Language"));
    response
}

/// Adds [`in_html`] to pages.
pub(super) fn around(pages: Router<Arc<AppState>>, app: &Arc<AppState>) -> Router<Arc<AppState>> {
    pages.route_layer(from_fn_with_state(Arc::clone(app), in_html))
}
