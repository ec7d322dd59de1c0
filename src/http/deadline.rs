//! Time limits: for a body to come, and for the answer after that.

use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use super::body::LARGEST;
use super::error::ApiError;

/// How long a client may take over a body.
const BODY: Duration = Duration::from_secs(10);
/// How long an answer may take, however often the database is asked for it.
const ANSWER: Duration = Duration::from_millis(2900);

/// Waits for the whole body.
pub(super) async fn body(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    match timeout(BODY, to_bytes(body, LARGEST)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(head, Body::from(bytes))).await,
        Ok(Err(_)) => ApiError::too_large(LARGEST).into_response(),
        Err(_) => ApiError::request_timeout().into_response(),
    }
}

/// Answers in time, if only with 503. What was asked for may have happened then.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    let late = |_| ApiError::no_answer_in_time().into_response();
    timeout(ANSWER, next.run(request)).await.unwrap_or_else(late)
}
