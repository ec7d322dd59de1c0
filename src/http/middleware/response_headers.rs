//! Headers of every response.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::Response;

use crate::http::shutdown::Shutdown;

/// The default: a response is for one caller and must not be stored. Some handlers set another
/// value.
const NO_STORE: HeaderValue =
    HeaderValue::from_static("private, no-cache, no-store, must-revalidate");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// One year, and without `includeSubDomains`: the service cannot decide for other hosts of the
/// domain (RFC 6797 §6.1).
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Adds the headers that every response has.
pub(in crate::http) fn add_common<B>(
    shutdown: &Shutdown,
    mut response: Response<B>,
) -> Response<B> {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    // HTTP/2 has no such header, and hyper omits it there.
    if shutdown.has_begun() {
        headers.insert(CONNECTION, CLOSE);
    }
    response
}

/// Tells browsers to use this host over TLS only.
pub(in crate::http) fn tls_only(mut response: Response) -> Response {
    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    response
}
