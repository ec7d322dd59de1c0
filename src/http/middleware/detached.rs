//! What is begun is carried out.
//!
//! hyper drops a request whose client hangs up, wherever it stands: what it has the
//! database do would happen or not, and nobody would tell. So whatever may write runs
//! as a task of its own, which only the database's time limits end.

use std::panic::resume_unwind;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use crate::http::AppState;
use crate::http::response::error::ApiError;

pub(in crate::http) async fn to_its_end(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    match app.writes.spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The process is at its end.
            Err(_) => ApiError::stopping().into_response(),
        },
    }
}
