//! Revocation of the caller's other sessions: `DELETE /sessions` and `DELETE /sessions/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::credential::RequestCredential;
use crate::http::extract::path_id::Id;
use crate::http::middleware::csrf::Csrf;
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::service::SessionService;

/// The number of sessions that a call revoked.
#[derive(Serialize, ToSchema)]
pub(super) struct Count {
    count: usize,
}

/// Revoke all of the caller's sessions except the current one
///
/// When the response is sent, the revocations are durable.
#[utoipa::path(delete, path = "/sessions", operation_id = "disableMyOtherSessions", tag = "sessions",
 responses((status = OK, body = Count), Problems))]
pub(super) async fn revoke_others(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<JsonResponse<Count>, ApiError> {
    let RequestCredential { credential, address, now, .. } = &presented;
    csrf.check(credential, &headers)?;
    let count = service.revoke_others(credential, *address, *now).await;
    let count = count.map_err(|error| presented.explain(error))?;
    Ok(JsonResponse(Count { count }))
}

/// Revoke one of the caller's other sessions
///
/// The response is the same if the session does not exist or belongs to somebody else, so that
/// it reveals nothing about that session.
#[utoipa::path(delete, path = "/sessions/{id}", operation_id = "disableMySession", tag = "sessions",
 params(Id),
 responses((status = NO_CONTENT), Problems))]
pub(super) async fn revoke(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    presented: RequestCredential,
    Id(session): Id,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let RequestCredential { credential, address, now, .. } = &presented;
    csrf.check(credential, &headers)?;
    let revoked = service.revoke_other(credential, session, *address, *now).await;
    revoked.map_err(|error| presented.explain(error))?;
    Ok(StatusCode::NO_CONTENT)
}
