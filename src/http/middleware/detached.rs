//! Writes that complete even if their client hangs up.
//!
//! hyper drops a request whose client hangs up, at any point of its processing. A write would
//! then happen or not, without an audit record. Handlers that may write therefore run as tasks
//! of their own, which only the timeouts of the database limit.

use std::panic::resume_unwind;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use crate::http::response::error::ApiError;
use crate::http::shutdown::Shutdown;

pub(in crate::http) async fn to_its_end(
    State(shutdown): State<Arc<Shutdown>>,
    request: Request,
    next: Next,
) -> Response {
    match shutdown.writes().spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The task was cancelled, because the process is exiting.
            Err(_) => ApiError::stopping().into_response(),
        },
    }
}
