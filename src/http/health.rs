//! Whether the service runs, whether it can answer, and how it fares.

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

/// How long an answer of the database's counts, as many may ask.
const READINESS_CACHE_TIME: Duration = Duration::from_secs(1);

/// What the database last answered when it was asked whether it is ready.
#[derive(Default)]
pub(super) struct Readiness(Arc<Mutex<Option<(Instant, Answer)>>>);

type Answer = Result<(), Arc<str>>;

impl Readiness {
    /// Asks the database, if nobody has within the last second. Who asks while
    /// another one does waits for that answer, which is kept though the other hangs up.
    async fn ask(&self, repository: &Arc<dyn SessionRepository>) -> Answer {
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

/// That all is well.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// Which version runs.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    version: &'static str,
}

/// 200 as long as the process answers at all.
#[utoipa::path(get, path = "/health/alive", operation_id = "isAlive",
 responses((status = OK, body = Health)), security(()))]
pub(super) async fn alive() -> Json<Health> {
    OK
}

/// 200 where the database answers and takes what is written (if anything is to be, by
/// `database.read_only`), or did a second ago at most, else 503.
#[utoipa::path(get, path = "/health/ready", operation_id = "isReady",
 responses((status = OK, body = Health), Unready), security(()))]
pub(super) async fn ready(State(app): State<Arc<AppState>>) -> Result<Json<Health>, ApiError> {
    if app.is_stopping.load(Ordering::Relaxed) {
        return Err(ApiError::stopping());
    }
    app.readiness.ask(&app.repository).await.map_err(ApiError::not_ready)?;
    Ok(OK)
}

/// The metrics, as OpenMetrics text.
#[utoipa::path(get, path = "/metrics/prometheus", operation_id = "getMetrics",
 responses((status = OK, body = String, content_type = "application/openmetrics-text")), security(()))]
pub(super) async fn metrics(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, TEXT)], app.metrics.text())
}

/// Which version runs.
#[utoipa::path(get, path = "/version", operation_id = "getVersion",
 responses((status = OK, body = Version)), security(()))]
pub(super) async fn version() -> Json<Version> {
    Json(Version { version: env!("CARGO_PKG_VERSION") })
}
