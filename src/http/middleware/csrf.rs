//! Refuses writes that another site has a visitor's browser make.
//!
//! A cookie goes along with a request whichever page made it. Browsers tell of
//! each request where it comes from (Fetch Metadata,
//! <https://www.w3.org/TR/fetch-metadata/>), older ones its origin (RFC 6454 §7).
//! What sends neither is no browser, and a header credential is none that a
//! browser would add.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;

use crate::authentication::{Credential, CredentialKind};
use crate::http::AppState;
use crate::http::response::error::ApiError;

const SEC_FETCH_SITE: &str = "sec-fetch-site";
const REASON: &str = "A page of another site may not do this with the visitor's session cookie.";

/// Passes what the visitor's own pages, the allowed origins, and what is no
/// browser ask for.
pub(in crate::http) fn check(
    app: &AppState,
    credential: &Credential,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    if credential.kind != CredentialKind::Cookie || app.cors.allowed_origin(headers).is_some() {
        return Ok(());
    }
    let own = match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
        // Of another host of the same site the cookie's SameSite would say the same.
        (Some(site), _) => matches!(site.as_bytes(), b"same-origin" | b"same-site" | b"none"),
        (None, Some(origin)) => origin.as_bytes() == app.base_url.origin().as_bytes(),
        (None, None) => true,
    };
    if own { Ok(()) } else { Err(ApiError::forbidden(REASON)) }
}

/// Of what a form asks for only this service's own pages may be the origin: another host
/// of the same site may be anyone's. Every browser tells it where it sends a form.
pub(in crate::http) fn check_form(app: &AppState, headers: &HeaderMap) -> Result<(), ApiError> {
    let own = match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
        (Some(site), _) => site.as_bytes() == b"same-origin",
        (None, origin) => {
            origin.is_some_and(|origin| origin.as_bytes() == app.base_url.origin().as_bytes())
        }
    };
    if own { Ok(()) } else { Err(ApiError::forbidden(REASON)) }
}
