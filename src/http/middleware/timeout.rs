//! Time limits: for a body to come, and for the answer after that.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use crate::http::AppState;
use crate::http::response::error::ApiError;

/// Waits for the whole body.
pub(in crate::http) async fn body(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let largest = app.limits.max_body_bytes;
    let whole = to_bytes(body, usize::try_from(largest).unwrap_or(usize::MAX));
    match timeout(app.limits.body_timeout, whole).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(head, Body::from(bytes))).await,
        Ok(Err(_)) => ApiError::too_large(largest).into_response(),
        Err(_) => ApiError::request_timeout().into_response(),
    }
}

/// Answers in time, however often the database is asked, if only with 503. What was
/// asked for may have happened then.
pub(in crate::http) async fn answer(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    in_time(&app, next.run(request)).await
}

pub(in crate::http) async fn in_time(
    app: &AppState,
    answer: impl Future<Output = Response>,
) -> Response {
    let late = |_| ApiError::no_answer_in_time().into_response();
    timeout(app.limits.request_timeout, answer).await.unwrap_or_else(late)
}
