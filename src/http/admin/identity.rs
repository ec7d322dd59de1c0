//! `/admin/identities/{id}`: changes and deletions of one identity, and of all of its sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::admin::issue::request::IdentityBody;
use crate::http::extract::json::JsonBody;
use crate::http::extract::operator::Operator;
use crate::http::extract::path_id::Id;
use crate::http::response::documented::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::service::SessionService;

/// Change an identity
///
/// Changes the fields that the body contains. A change of `state` to `inactive` revokes all
/// sessions of the identity in the same transaction.
#[utoipa::path(patch, path = "/admin/identities/{id}", operation_id = "changeIdentity", tag = "admin",
 params(Id), request_body = IdentityBody,
 responses((status = NO_CONTENT), Problems, Missing, Conflict))]
pub(super) async fn change(
    State(service): State<Arc<SessionService>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
    JsonBody(body): JsonBody<IdentityBody>,
) -> Result<StatusCode, ApiError> {
    service.change_identity(actor, id, &body.into(), now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete an identity and all of its sessions
#[utoipa::path(delete, path = "/admin/identities/{id}", operation_id = "deleteIdentity", tag = "admin",
 params(Id),
 responses((status = NO_CONTENT), Problems, Missing, Conflict))]
pub(super) async fn delete(
    State(service): State<Arc<SessionService>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
) -> Result<StatusCode, ApiError> {
    service.delete_identity(actor, id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete all sessions of an identity
///
/// Returns 404 if there are none.
#[utoipa::path(delete, path = "/admin/identities/{id}/sessions", operation_id = "deleteIdentitySessions", tag = "admin",
 params(Id),
 responses((status = NO_CONTENT), Problems, Missing))]
pub(super) async fn delete_sessions(
    State(service): State<Arc<SessionService>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
) -> Result<StatusCode, ApiError> {
    service.delete_all_of(actor, id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
