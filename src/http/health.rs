//! Health checks, metrics and the version.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::detach::DetachOnDrop;
use crate::http::AppState;
use crate::http::extract::json::Json;
use crate::http::openapi::Unready;
use crate::http::response::error::ApiError;
use crate::repository::SessionRepository;

/// The time for which a result of the readiness check is reused, because anyone may call it often.
const READINESS_CACHE_TIME: Duration = Duration::from_secs(1);

/// The last result of the database's readiness check.
#[derive(Default)]
pub(super) struct Readiness(Arc<Mutex<Option<(Instant, Answer)>>>);

type Answer = Result<(), Arc<str>>;

impl Readiness {
    /// Checks the database, unless the last check is less than a second old. Concurrent callers
    /// wait for one check, and its result is kept even if the caller that started it hangs up.
    async fn check(&self, repository: &Arc<dyn SessionRepository>) -> Answer {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < READINESS_CACHE_TIME
        {
            return answer.clone();
        }
        let repository = Arc::clone(repository);
        DetachOnDrop::new(async move {
            let answer = repository.ready().await.map_err(|error| Arc::from(error.to_string()));
            *last = Some((Instant::now(), answer.clone()));
            answer
        })
        .await
    }
}

/// The status of a healthy service.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// The running version.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    version: &'static str,
}

/// Checks whether the process responds.
#[utoipa::path(get, path = "/health/alive", operation_id = "isAlive",
 responses((status = OK, body = Health)), security(()))]
pub(super) async fn alive() -> Json<Health> {
    OK
}

/// Checks whether the service can handle requests.
///
/// Returns 200 if the database responds and accepts writes (with `database.read_only`, reads).
/// The result is at most one second old. Returns 503 otherwise, and during shutdown.
#[utoipa::path(get, path = "/health/ready", operation_id = "isReady",
 responses((status = OK, body = Health), Unready), security(()))]
pub(super) async fn ready(State(app): State<Arc<AppState>>) -> Result<Json<Health>, ApiError> {
    if app.is_stopping.load(Ordering::Relaxed) {
        return Err(ApiError::stopping());
    }
    app.readiness.check(&app.repository).await.map_err(ApiError::not_ready)?;
    Ok(OK)
}

/// Returns the metrics as OpenMetrics text.
#[utoipa::path(get, path = "/metrics/prometheus", operation_id = "getMetrics",
 responses((status = OK, body = String, content_type = "application/openmetrics-text")), security(()))]
pub(super) async fn metrics(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, TEXT)], app.metrics.text())
}

/// Returns the running version.
#[utoipa::path(get, path = "/version", operation_id = "getVersion",
 responses((status = OK, body = Version)), security(()))]
pub(super) async fn version() -> Json<Version> {
    Json(Version { version: env!("CARGO_PKG_VERSION") })
}
