//! `/admin/identities/{id}`: changes and deletions of one identity, and of all of its sessions.

mod patch;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::http::admin::identity::patch::IdentityPatchBody;
use crate::http::extract::json::JsonBody;
use crate::http::extract::operator::Operator;
use crate::http::extract::path_id::Id;
use crate::http::response::documented::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JSON;
use crate::http::response::wire;
use crate::http::response::wire::WireIdentity;
use crate::service::SessionService;

/// Return an identity
#[utoipa::path(get, path = "/admin/identities/{id}", operation_id = "getIdentity", tag = "admin",
 params(Id),
 responses((status = OK, body = WireIdentity), Problems, Missing, Conflict))]
pub(super) async fn get(
    State(service): State<Arc<SessionService>>,
    Id(id): Id,
) -> Result<impl IntoResponse, ApiError> {
    let identity = service.identity(id).await?;
    Ok(([JSON], wire::identity_for_operators(&identity)))
}

/// Change an identity
///
/// The body is a JSON Merge Patch (RFC 7396): objects are merged, and null clears a field. A change
/// of `state` to `inactive` refuses all sessions of the identity at once, and revokes them.
#[utoipa::path(patch, path = "/admin/identities/{id}", operation_id = "changeIdentity", tag = "admin",
 params(Id), request_body = IdentityPatchBody,
 responses((status = NO_CONTENT), Problems, Missing, Conflict))]
pub(super) async fn change(
    State(service): State<Arc<SessionService>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
    JsonBody(body): JsonBody<IdentityPatchBody>,
) -> Result<StatusCode, ApiError> {
    service.edit_identity(actor, id, &body.read()?, now).await?;
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
