//! Whether the service runs, whether it can answer, and how it fares.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::App;
use super::body::JSON;
use super::error::ApiError;
use crate::repository::SessionRepository;

/// How long an answer of the database's counts, as many may ask.
const FRESH: Duration = Duration::from_secs(1);

/// What the database last answered when it was asked whether it is ready.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, Answer)>>);

type Answer = Result<(), Arc<str>>;

impl Readiness {
    /// Asks the database, if nobody has within the last second. Who asks while
    /// another one does waits for that answer.
    async fn ask(&self, repository: &dyn SessionRepository) -> Answer {
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < FRESH
        {
            return answer.clone();
        }
        let answer = repository.ready().await.map_err(|error| Arc::from(error.to_string()));
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

/// 200 as long as the process answers at all.
pub(super) async fn alive() -> impl IntoResponse {
    ([JSON], r#"{"status":"ok"}"#)
}

/// 200 where the database answers and takes what is written, or did a second
/// ago at most, else 503.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<impl IntoResponse, ApiError> {
    if app.is_stopping.load(Ordering::Relaxed) {
        return Err(ApiError::stopping());
    }
    app.readiness.ask(app.repository.as_ref()).await.map_err(ApiError::not_ready)?;
    Ok(([JSON], r#"{"status":"ok"}"#))
}

/// The metrics, as OpenMetrics text.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, TEXT)], app.metrics.text())
}

/// Which version runs.
pub(super) async fn version() -> impl IntoResponse {
    ([JSON], concat!(r#"{"version":""#, env!("CARGO_PKG_VERSION"), r#""}"#))
}
