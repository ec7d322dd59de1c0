//! `/admin/sessions/{id}`: reads, revokes and extends one session.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::audit::Event;
use crate::http::AppState;
use crate::http::admin::by_operator;
use crate::http::extract::client_address::ClientAddress;
use crate::http::extract::json::JSON;
use crate::http::extract::path_id::{Id, View};
use crate::http::openapi::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::expand::Expand;
use crate::http::response::wire;
use crate::http::response::wire::{Shown, WireSession, WireStoredSession};
use crate::identity::SessionWithIdentity;
use crate::repository::{IdBatch, Selection, SessionRef};
use crate::stored_session::StoredSession;

/// Returns one session.
#[utoipa::path(get, path = "/admin/sessions/{id}", operation_id = "getSession",
 params(("id" = Uuid, Path), ("expand" = Option<Vec<String>>, Query, description = "Adds fields to the session: any of `identity`, `devices`, `device_labels`, `activity`.")),
 responses((status = OK, body = WireStoredSession), Problems, Missing))]
pub(in crate::http) async fn get(
    State(app): State<Arc<AppState>>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let view = View::parse(query.as_deref())?;
    let mut found = app.repository.get(id).await?.ok_or_else(ApiError::no_such_resource)?;
    let shown = Shown::from(view);
    if let Some(readable) = found.readable_mut() {
        view.expand.read_into(&app, std::slice::from_mut(&mut readable.session)).await?;
    }
    let body = wire::session_for_operators(&found, &app.base_url, shown, app.clock.now());
    Ok(([JSON], body))
}

/// Revokes a session.
///
/// A session that has ended stays as it is.
#[utoipa::path(delete, path = "/admin/sessions/{id}", operation_id = "disableSession",
 params(("id" = Uuid, Path)),
 responses((status = NO_CONTENT), Problems, Missing))]
pub(in crate::http) async fn disable(
    State(app): State<Arc<AppState>>,
    Id(id): Id,
    from: ClientAddress,
) -> Result<StatusCode, ApiError> {
    let selection = Selection::Sessions(IdBatch::one(&id));
    let ended = app.repository.end(selection, app.clock.now()).await?.sessions;
    app.audit.sessions(Event::Ended, by_operator("ended", from), &ended);
    if ended.is_empty() && app.repository.get(id).await?.is_none() {
        return Err(ApiError::no_such_resource());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Extends a session and returns it.
///
/// The session then lives as long as one that is issued now, but no longer than its absolute
/// lifespan. It never ends earlier than before. If it is too early to extend the session, the
/// session stays as it is. A session that has ended stays ended, and the response is 409.
#[utoipa::path(patch, path = "/admin/sessions/{id}/extend", operation_id = "extendSession",
 params(("id" = Uuid, Path)),
 responses((status = OK, body = WireSession), Problems, Missing, Conflict))]
pub(in crate::http) async fn extend(
    State(app): State<Arc<AppState>>,
    Id(id): Id,
    from: ClientAddress,
) -> Result<impl IntoResponse, ApiError> {
    let now = app.clock.now();
    let find = async || readable(app.repository.get(id).await?);
    let mut found = find().await?;
    if let Some(until) = app.lifespan.extension(&found.session, now) {
        if app.repository.extend(id, until, now).await? {
            let extended = SessionRef { session: id, identity: found.identity.id };
            app.audit.sessions(Event::Extended, by_operator("extended", from), &[extended]);
        }
        // The session is read again, because other calls may have written to it.
        found = find().await?;
    }
    if !found.session.is_live(now) {
        return Err(ApiError::conflict("The session has ended."));
    }
    Ok(([JSON], wire::own_session(&found, &app.base_url, Expand::default(), now)))
}

/// Returns the session that was found: 404 if there is none, and 409 if it cannot be read.
pub(super) fn readable(found: Option<StoredSession>) -> Result<SessionWithIdentity, ApiError> {
    let found = found.ok_or_else(ApiError::no_such_resource)?;
    found.readable().ok_or_else(|| ApiError::conflict("The session cannot be read."))
}
