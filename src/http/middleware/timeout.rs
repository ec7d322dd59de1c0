//! Timeouts for receiving a request body, and for the response.

use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use crate::http::response::error::ApiError;

/// The limits of a request body.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct BodyLimits {
    pub max_bytes: u32,
    pub timeout: Duration,
}

/// The maximum time until a response.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct RequestTimeout(pub Duration);

/// Reads the whole body before the handler runs. Returns 413 if the body is too large, and 408 if
/// it is too slow.
pub(in crate::http) async fn body(
    State(limits): State<BodyLimits>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, usize::try_from(limits.max_bytes).unwrap_or(usize::MAX));
    match timeout(limits.timeout, bytes).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(head, Body::from(bytes))).await,
        Ok(Err(_)) => ApiError::too_large(limits.max_bytes).into_response(),
        Err(_) => ApiError::request_timeout().into_response(),
    }
}

/// Limits the time until the response, however many database calls the handler makes. Beyond it,
/// the response is 503, and a write may have happened or not.
pub(in crate::http) async fn answer(
    State(timeout): State<RequestTimeout>,
    request: Request,
    next: Next,
) -> Response {
    in_time(timeout, next.run(request)).await
}

pub(in crate::http) async fn in_time(
    limit: RequestTimeout,
    response: impl Future<Output = Response>,
) -> Response {
    let timed_out = |_| ApiError::response_timeout().into_response();
    timeout(limit.0, response).await.unwrap_or_else(timed_out)
}
