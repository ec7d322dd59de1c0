//! Whether the service runs, and whether it can answer.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;

use super::App;
use super::body::JSON;
use super::error::ApiError;

/// 200 as long as the process answers at all.
pub(super) async fn alive() -> impl IntoResponse {
    ([JSON], r#"{"status":"ok"}"#)
}

/// 200 where the database answers, else 503.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<impl IntoResponse, ApiError> {
    app.repository.ready().await.map_err(|error| ApiError::not_ready(&error))?;
    Ok(([JSON], r#"{"status":"ok"}"#))
}

/// Which version runs.
pub(super) async fn version() -> impl IntoResponse {
    ([JSON], concat!(r#"{"version":""#, env!("CARGO_PKG_VERSION"), r#""}"#))
}
