//! Timeouts for receiving a request body, and for the response.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use crate::http::AppState;
use crate::http::response::error::ApiError;

/// Reads the whole body before the handler runs. Returns 413 if the body is too large, and 408 if
/// it is too slow.
pub(in crate::http) async fn body(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let max_bytes = app.limits.max_body_bytes;
    let bytes = to_bytes(body, usize::try_from(max_bytes).unwrap_or(usize::MAX));
    match timeout(app.limits.body_timeout, bytes).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(head, Body::from(bytes))).await,
        Ok(Err(_)) => ApiError::too_large(max_bytes).into_response(),
        Err(_) => ApiError::request_timeout().into_response(),
    }
}

/// Limits the time until the response, however many database calls the handler makes. Beyond it,
/// the response is 503, and a write may have happened or not.
pub(in crate::http) async fn answer(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    in_time(&app, next.run(request)).await
}

pub(in crate::http) async fn in_time(
    app: &AppState,
    response: impl Future<Output = Response>,
) -> Response {
    let timed_out = |_| ApiError::no_answer_in_time().into_response();
    timeout(app.limits.request_timeout, response).await.unwrap_or_else(timed_out)
}
