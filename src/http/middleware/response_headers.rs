//! What every answer says of itself.

use std::sync::atomic::Ordering;

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::Response;

use crate::http::AppState;

/// Every answer is of one caller and of one moment, but for those that say otherwise.
const NO_STORE: HeaderValue =
    HeaderValue::from_static("private, no-cache, no-store, must-revalidate");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// For a year; of this host alone, as others of its domain are not ours to speak for
/// (RFC 6797 §6.1).
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

pub(in crate::http) fn of_every_answer<B>(
    app: &AppState,
    mut response: Response<B>,
) -> Response<B> {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    // HTTP/2 has no such header, and hyper leaves it out there.
    if app.is_stopping.load(Ordering::Relaxed) {
        headers.insert(CONNECTION, CLOSE);
    }
    response
}

/// That this host is to be asked by TLS only.
pub(in crate::http) fn tls_only(mut response: Response) -> Response {
    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    response
}
