//! Revocation of the caller's other sessions: `DELETE /sessions` and `DELETE /sessions/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::{Actor, AuditContext, Event};
use crate::http::AppState;
use crate::http::extract::authenticate::RequestCredential;
use crate::http::extract::json::Json;
use crate::http::extract::path_id::Id;
use crate::http::middleware::csrf;
use crate::http::openapi::Problems;
use crate::http::response::error::ApiError;
use crate::identity::SessionWithIdentity;
use crate::repository::SessionRef;

/// The number of sessions that a call revoked.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Count {
    count: usize,
}

/// Revokes all of the caller's sessions except the current one.
///
/// When the response is sent, the revocations are durable.
#[utoipa::path(delete, path = "/sessions", operation_id = "disableMyOtherSessions",
 responses((status = OK, body = Count), Problems))]
pub(in crate::http) async fn revoke_others(
    State(app): State<Arc<AppState>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<Json<Count>, ApiError> {
    csrf::check(&app, &presented.credential, &headers)?;
    let caller = caller(&app, &presented).await?;
    let count = end_others(&app, &presented, &caller).await?;
    Ok(Json(Count { count }))
}

/// Revokes one of the caller's other sessions.
///
/// The response is the same if the session does not exist or belongs to somebody else, so that
/// it reveals nothing about that session.
#[utoipa::path(delete, path = "/sessions/{id}", operation_id = "disableMySession",
 params(("id" = Uuid, Path)),
 responses((status = NO_CONTENT), Problems))]
pub(in crate::http) async fn revoke(
    State(app): State<Arc<AppState>>,
    presented: RequestCredential,
    Id(session): Id,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    csrf::check(&app, &presented.credential, &headers)?;
    let caller = caller(&app, &presented).await?;
    end_one(&app, &presented, &caller, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Finds and admits the caller of a revocation. One factor is enough to sign out elsewhere.
pub(in crate::http) async fn caller(
    app: &AppState,
    presented: &RequestCredential,
) -> Result<SessionWithIdentity, ApiError> {
    let found = app.repository.whoami(&presented.credential.token).await?;
    let caller = presented.known(app, found)?;
    presented.admit_at_any_level(app, &caller)?;
    Ok(caller)
}

/// Revokes all of the caller's other sessions, and returns their number.
pub(in crate::http) async fn end_others(
    app: &AppState,
    presented: &RequestCredential,
    caller: &SessionWithIdentity,
) -> Result<usize, ApiError> {
    let mut count = 0;
    loop {
        let ended = app.repository.end_others(caller, presented.now).await?;
        app.audit.sessions(Event::Ended, audit_context(presented, caller), &ended.sessions);
        count += ended.sessions.len();
        if !ended.more {
            return Ok(count);
        }
    }
}

/// Revokes one of the caller's other sessions, if it exists.
pub(in crate::http) async fn end_one(
    app: &AppState,
    presented: &RequestCredential,
    caller: &SessionWithIdentity,
    session: Uuid,
) -> Result<(), ApiError> {
    if session == caller.session.id {
        return Err(ApiError::bad_request_saying("cannot revoke current session"));
    }
    if app.repository.end_other(caller, session, presented.now).await? {
        let ended = SessionRef { session, identity: caller.identity.id };
        app.audit.sessions(Event::Ended, audit_context(presented, caller), &[ended]);
    }
    Ok(())
}

fn audit_context(presented: &RequestCredential, caller: &SessionWithIdentity) -> AuditContext {
    let by = Actor::Session(caller.session.id);
    AuditContext { by, reason: "signed out from elsewhere", from: presented.from.0 }
}
