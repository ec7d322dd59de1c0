//! Health checks, metrics and the version.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::readiness::Readiness;
use crate::http::response::documented::Unready;
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::http::shutdown::Shutdown;
use crate::http::state::AppState;
use crate::metrics::Metrics;

/// The probes of both APIs, each with its description.
pub(super) fn probes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready))
}

/// The endpoints for monitoring, of the admin API only.
pub(super) fn monitoring() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(version)).routes(routes!(metrics))
}

/// The status of a healthy service.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: HealthStatus,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum HealthStatus {
    Ok,
}

const OK: JsonResponse<Health> = JsonResponse(Health { status: HealthStatus::Ok });

/// The running version.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    version: &'static str,
}

/// Check whether the process responds
#[utoipa::path(get, path = "/health/alive", operation_id = "isAlive", tag = "health",
 responses((status = OK, body = Health)), security(()))]
pub(super) async fn alive() -> JsonResponse<Health> {
    OK
}

/// Check whether the service can handle requests
///
/// Returns 200 if the database responds and accepts writes (with `database.read_only`, reads).
/// The result is at most one second old. Returns 503 otherwise, and during shutdown.
#[utoipa::path(get, path = "/health/ready", operation_id = "isReady", tag = "health",
 responses((status = OK, body = Health), Unready), security(()))]
pub(super) async fn ready(
    State(readiness): State<Arc<Readiness>>,
    State(shutdown): State<Arc<Shutdown>>,
) -> Result<JsonResponse<Health>, ApiError> {
    if shutdown.has_begun() {
        return Err(ApiError::stopping());
    }
    readiness.check().await.map_err(ApiError::not_ready)?;
    Ok(OK)
}

/// Return the metrics as OpenMetrics text
#[utoipa::path(get, path = "/metrics/prometheus", operation_id = "getMetrics", tag = "health",
 responses((status = OK, body = String, content_type = "application/openmetrics-text")), security(()))]
pub(super) async fn metrics(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, TEXT)], metrics.text())
}

/// Return the running version
#[utoipa::path(get, path = "/version", operation_id = "getVersion", tag = "health",
 responses((status = OK, body = Version)), security(()))]
pub(super) async fn version() -> JsonResponse<Version> {
    JsonResponse(Version { version: env!("CARGO_PKG_VERSION") })
}
