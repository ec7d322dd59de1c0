//! The forms of the page: who has sent one, its fields, and the redirect after it, so that a reload
//! does not submit it again.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRef as _, FromRequest, FromRequestParts as _, Request};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Response};

use crate::authentication::CookieCodec;
use crate::http::extract::credential::RequestCredential;
use crate::http::middleware::csrf::Csrf;
use crate::http::state::AppState;
use crate::http::ui::notice::Notice;
use crate::http::ui::shell::Ui;

/// The longest text of a field that comes back, so that it fits a cookie.
const MAX_CHARACTERS: usize = 200;

/// A form with a credential. It was sent by this page, not by one of another site.
pub(super) struct Form {
    pub presented: RequestCredential,
    body: Bytes,
    codec: Arc<CookieCodec>,
    ui: Arc<Ui>,
}

impl FromRequest<AppState> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let presented = RequestCredential::from_request_parts(&mut parts, state).await;
        let presented = presented.map_err(IntoResponse::into_response)?;
        let checked = Arc::<Csrf>::from_ref(state).check_form(&parts.headers);
        checked.map_err(IntoResponse::into_response)?;
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        Ok(Self { presented, body, codec: Arc::from_ref(state), ui: Arc::from_ref(state) })
    }
}

impl Form {
    /// The first field of this name, without spaces around it, and cut to what comes back.
    pub(super) fn field(&self, name: &str) -> String {
        let found = form_urlencoded::parse(&self.body).find(|(found, _)| found == name);
        found.map_or_else(String::new, |(_, text)| {
            text.trim().chars().take(MAX_CHARACTERS).collect()
        })
    }

    /// Redirects to the page with this query, which shows the notice.
    pub(super) fn redirect(&self, query: &str, notice: Option<Notice>) -> Response {
        let token = &self.presented.credential.token;
        let cookie = notice.and_then(|notice| notice.cookie(&self.codec, token, &self.ui.cookies));
        redirect(self.ui.sessions(query), cookie)
    }
}

/// Redirects to a page, with a cookie for it.
pub(super) fn redirect(location: String, cookie: Option<String>) -> Response {
    let cookies = AppendHeaders(cookie.map(|cookie| (SET_COOKIE, cookie)));
    (StatusCode::SEE_OTHER, [(LOCATION, location)], cookies).into_response()
}
