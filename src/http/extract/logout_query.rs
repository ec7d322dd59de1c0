//! The query of a sign-out: the logout token, and where the person goes afterwards.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;

/// The parameters of a sign-out. The first one of a name counts.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct LogoutQuery {
    /// The logout token of the session.
    #[param(value_type = String)]
    pub token: Option<String>,
    /// The URL to which the person is sent: one of `ui.allowed_return_urls`, or below.
    pub return_to: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for LogoutQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query) {
            let place = match name.as_ref() {
                "token" => &mut read.token,
                "return_to" => &mut read.return_to,
                _ => continue,
            };
            place.get_or_insert_with(|| value.into_owned());
        }
        Ok(read)
    }
}
