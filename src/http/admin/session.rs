//! `/admin/sessions/{id}`: reads, revokes and extends one session.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::http::extract::admin_query::View;
use crate::http::extract::expand::Expand;
use crate::http::extract::operator::Operator;
use crate::http::extract::path_id::Id;
use crate::http::response::documented::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JSON;
use crate::http::response::wire;
use crate::http::response::wire::{SchemaUrls, WireSession, WireStoredSession};
use crate::service::SessionService;

/// Return one session
#[utoipa::path(get, path = "/admin/sessions/{id}", operation_id = "getSession", tag = "admin",
 params(Id, View),
 responses((status = OK, body = WireStoredSession), Problems, Missing))]
pub(super) async fn get(
    State(service): State<Arc<SessionService>>,
    State(schemas): State<Arc<SchemaUrls>>,
    Id(id): Id,
    Operator { now, .. }: Operator,
    View(expand): View,
) -> Result<impl IntoResponse, ApiError> {
    let found = service.get(id, expand.include()).await?;
    Ok(([JSON], wire::session_for_operators(&found, &schemas, expand, now)))
}

/// Revoke a session
///
/// A session that has ended stays as it is.
#[utoipa::path(delete, path = "/admin/sessions/{id}", operation_id = "disableSession", tag = "admin",
 params(Id),
 responses((status = NO_CONTENT), Problems, Missing))]
pub(super) async fn disable(
    State(service): State<Arc<SessionService>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
) -> Result<StatusCode, ApiError> {
    service.revoke(actor, id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Extend a session and return it
///
/// The session then lives as long as one that is issued now, but no longer than its absolute
/// lifespan. It never ends earlier than before. If it is too early to extend the session, the
/// session stays as it is. A session that has ended stays ended, and the response is 409.
#[utoipa::path(patch, path = "/admin/sessions/{id}/extend", operation_id = "extendSession", tag = "admin",
 params(Id),
 responses((status = OK, body = WireSession), Problems, Missing, Conflict))]
pub(super) async fn extend(
    State(service): State<Arc<SessionService>>,
    State(schemas): State<Arc<SchemaUrls>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
) -> Result<impl IntoResponse, ApiError> {
    let extended = service.extend(actor, id, now).await?;
    Ok(([JSON], wire::own_session(&extended, &schemas, Expand::default(), now).body))
}
