//! Protection against cross-site request forgery: refuses writes that a page of another site
//! makes through a visitor's browser.
//!
//! A browser attaches a cookie whichever page sends the request. Browsers state where a request
//! comes from (Fetch Metadata, <https://www.w3.org/TR/fetch-metadata/>), and older ones state its
//! origin (RFC 6454 §7). A client that sends neither is not a browser. Credentials in other
//! headers are not affected, because a browser does not add them by itself.

use std::sync::Arc;

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderValue};

use crate::authentication::{Credential, CredentialKind};
use crate::config::BaseUrl;
use crate::http::middleware::cors::AllowedOrigins;
use crate::http::response::error::ApiError;

const SEC_FETCH_SITE: &str = "sec-fetch-site";
const REASON: &str = "A page of another site must not use the visitor's session cookie.";

/// The rules of which pages may write with their visitors' cookies.
pub(in crate::http) struct Csrf {
    origins: Arc<AllowedOrigins>,
    own_origin: String,
}

impl Csrf {
    pub(in crate::http) fn new(origins: Arc<AllowedOrigins>, base_url: &BaseUrl) -> Self {
        Self { origins, own_origin: base_url.origin() }
    }

    /// Accepts requests from the same site, from allowed origins and from clients that are not
    /// browsers.
    pub(in crate::http) fn check(
        &self,
        credential: &Credential,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        if credential.kind != CredentialKind::Cookie || self.origins.of(headers).is_some() {
            return Ok(());
        }
        let is_allowed = match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
            // For another host of the same site, the cookie's SameSite attribute allows as much.
            (Some(site), _) => matches!(site.as_bytes(), b"same-origin" | b"same-site" | b"none"),
            (None, Some(origin)) => self.is_own(origin),
            (None, None) => true,
        };
        if is_allowed { Ok(()) } else { Err(ApiError::forbidden(REASON)) }
    }

    /// Accepts a form only from this service's own pages and from allowed origins, because another
    /// host of the same site may belong to anyone. Every browser states the origin when it sends a
    /// form.
    pub(in crate::http) fn check_form(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        if self.origins.of(headers).is_some() {
            return Ok(());
        }
        let is_allowed = match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
            (Some(site), _) => site.as_bytes() == b"same-origin",
            (None, origin) => origin.is_some_and(|origin| self.is_own(origin)),
        };
        if is_allowed { Ok(()) } else { Err(ApiError::forbidden(REASON)) }
    }

    fn is_own(&self, origin: &HeaderValue) -> bool {
        origin.as_bytes() == self.own_origin.as_bytes()
    }
}
