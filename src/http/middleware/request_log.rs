//! The request log: one line for each request, with the id that the response carries, too.

mod line;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

use crate::config::TrustedProxies;
use crate::http::middleware::trace_context::TraceContext;
use crate::http::response::error::Cause;
use crate::metrics::Metrics;
use crate::pseudonym::Pseudonyms;
use line::Line;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 64;

/// The log of one listener's requests.
pub(in crate::http) struct RequestLog {
    pub listener: &'static str,
    pub trusted_proxies: Arc<TrustedProxies>,
    pub pseudonyms: Pseudonyms,
    pub metrics: Arc<Metrics>,
}

/// Assigns an id to the request, and logs the request when its response is ready. The line has
/// the route instead of the path, the query and the headers, because these may contain ids or
/// secrets.
pub(in crate::http) async fn log(
    State(log): State<Arc<RequestLog>>,
    request: Request,
    next: Next,
) -> Response {
    let id = request_id(&request);
    // The span has level `error`, so that every line has the id, whatever the log level is.
    let span =
        tracing::error_span!("request", id = id.to_str().unwrap_or_default(), trace_id = Empty,);
    if let Some(context) = TraceContext::of(request.headers()) {
        context.follow_in(&span);
    }
    let route = request.extensions().get::<MatchedPath>().cloned();
    let line = Line::of(&request, route.as_ref(), &log.trusted_proxies);
    let started = Instant::now();
    async move {
        let mut response = next.run(request).await;
        let duration = started.elapsed();
        let cause = response.extensions_mut().remove::<Cause>();
        #[cfg(feature = "otlp")]
        crate::logging::otlp::describe(
            &tracing::Span::current(),
            line.method,
            route.as_ref(),
            response.status(),
        );
        line.write(route.as_ref(), response.status(), duration, cause, &log.pseudonyms);
        log.metrics.answered(log.listener, route, line.method, response.status(), duration);
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

/// The request id of the client, if it is short and has only characters that are safe in a log.
/// Otherwise a random one.
fn request_id(request: &Request) -> HeaderValue {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let is_valid = |id: &HeaderValue| {
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(|byte| is_safe(*byte))
    };
    request.headers().get(REQUEST_ID).filter(|id| is_valid(id)).cloned().unwrap_or_else(|| {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let id = Uuid::new_v4().hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(id).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    })
}
