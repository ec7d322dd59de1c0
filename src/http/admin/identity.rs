//! `/admin/identities/{id}`: changes and deletions of one identity, and of all of its sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::audit::Event;
use crate::http::AppState;
use crate::http::admin::by_operator;
use crate::http::admin::issue::{IdentityBody, own_only};
use crate::http::extract::client_address::ClientAddress;
use crate::http::extract::json::Json;
use crate::http::extract::path_id::Id;
use crate::http::openapi::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::repository::{IdBatch, Selection};

/// Changes an identity.
///
/// Changes the fields that the body contains. A change of `state` to `inactive` revokes all
/// sessions of the identity in the same transaction.
#[utoipa::path(patch, path = "/admin/identities/{id}", operation_id = "changeIdentity", request_body = IdentityBody,
 params(("id" = Uuid, Path)),
 responses((status = NO_CONTENT), Problems, Missing, Conflict))]
pub(in crate::http) async fn change(
    State(app): State<Arc<AppState>>,
    Id(id): Id,
    from: ClientAddress,
    Json(body): Json<IdentityBody>,
) -> Result<StatusCode, ApiError> {
    own_only(&app)?;
    let ended = app.repository.change_identity(id, &body.into(), app.clock.now()).await?;
    let ended = ended.ok_or_else(ApiError::no_such_resource)?;
    app.audit.sessions(Event::Ended, by_operator("identity deactivated", from), &ended);
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes an identity and all of its sessions.
#[utoipa::path(delete, path = "/admin/identities/{id}", operation_id = "deleteIdentity",
 params(("id" = Uuid, Path)),
 responses((status = NO_CONTENT), Problems, Missing, Conflict))]
pub(in crate::http) async fn delete(
    State(app): State<Arc<AppState>>,
    Id(id): Id,
    from: ClientAddress,
) -> Result<StatusCode, ApiError> {
    own_only(&app)?;
    let deleted = app.repository.delete_identity(id).await?;
    let deleted = deleted.ok_or_else(ApiError::no_such_resource)?;
    app.audit.sessions(Event::Deleted, by_operator("identity deleted", from), &deleted);
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes all sessions of an identity.
///
/// Returns 404 if there are none.
#[utoipa::path(delete, path = "/admin/identities/{id}/sessions", operation_id = "deleteIdentitySessions",
 params(("id" = Uuid, Path)),
 responses((status = NO_CONTENT), Problems, Missing))]
pub(in crate::http) async fn delete_sessions(
    State(app): State<Arc<AppState>>,
    Id(id): Id,
    from: ClientAddress,
) -> Result<StatusCode, ApiError> {
    let selection = Selection::OfIdentities(IdBatch::one(&id));
    let mut found = false;
    loop {
        let deleted = app.repository.delete(selection).await?;
        let context = by_operator("all sessions of the identity", from);
        app.audit.sessions(Event::Deleted, context, &deleted.sessions);
        found |= !deleted.sessions.is_empty();
        if !deleted.more {
            break;
        }
    }
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::no_such_resource()) }
}
