//! CORS: calls from web pages of other origins
//! (<https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! tower-http's layer adds its headers to every response, also if the origin is missing or not
//! allowed. Here only responses to allowed origins have them, as in Kratos, which also keeps the
//! hot path cheap.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::config;
use crate::config::{AllowedOrigin, AnyPort, Subdomains};

/// The request headers that the service reads, and those that tracing adds in browsers (W3C Trace
/// Context and Baggage, Sentry).
const REQUEST_HEADERS: [&str; 8] = [
    "authorization",
    "baggage",
    "content-type",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "x-request-id",
    "x-session-token",
];
const EXPOSED: HeaderValue =
    HeaderValue::from_static("Link, X-Total-Count, X-Request-Id, Retry-After");
/// The time for which a browser may cache the result of a preflight request, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origins whose pages may call the API with their visitors' credentials.
pub(in crate::http) struct AllowedOrigins {
    exact: Vec<HeaderValue>,
    /// Patterns are compared last, so that they cost exact origins nothing.
    subdomains: Vec<Subdomains>,
    any_port: Vec<AnyPort>,
}

impl AllowedOrigins {
    pub(in crate::http) fn new(settings: &config::Cors) -> Self {
        let mut allowed = Self { exact: Vec::new(), subdomains: Vec::new(), any_port: Vec::new() };
        for origin in &settings.allowed_origins {
            match origin {
                AllowedOrigin::Exact(origin) => allowed.exact.push(origin.clone()),
                AllowedOrigin::Subdomains(pattern) => allowed.subdomains.push(pattern.clone()),
                AllowedOrigin::AnyPort(pattern) => allowed.any_port.push(pattern.clone()),
            }
        }
        allowed
    }

    /// The origin of the request, if it is allowed.
    pub(in crate::http) fn of<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        headers.get(ORIGIN).filter(|origin| {
            self.exact.contains(origin)
                || self.subdomains.iter().any(|pattern| pattern.contain(origin.as_bytes()))
                || self.any_port.iter().any(|pattern| pattern.contains(origin.as_bytes()))
        })
    }
}

/// The answers to pages of other origins.
pub(in crate::http) struct Cors {
    pub origins: Arc<AllowedOrigins>,
    /// The methods of the API, from its description.
    pub methods: HeaderValue,
    pub request_headers: HeaderValue,
}

/// The request headers that pages may send.
pub(in crate::http) fn request_headers(settings: &config::Cors) -> HeaderValue {
    let additional = settings.allowed_headers.iter().map(HeaderName::as_str);
    let names: BTreeSet<_> = REQUEST_HEADERS.into_iter().chain(additional).collect();
    let names: Vec<_> = names.into_iter().collect();
    // Names of headers are valid as the value of a header.
    HeaderValue::try_from(names.join(", ")).unwrap_or(const { HeaderValue::from_static("") })
}

/// Handles preflight requests, and adds CORS headers to responses for allowed origins. Without
/// these headers, the browser withholds the response from the page.
pub(in crate::http) async fn answer(
    State(cors): State<Arc<Cors>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = cors.origins.of(request.headers()).cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if is_preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, cors.methods.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, cors.request_headers.clone());
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
    response
}
