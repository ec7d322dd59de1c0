//! `POST /admin/sessions`: bulk revocation and deletion.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Event;
use crate::http::AppState;
use crate::http::admin::by_operator;
use crate::http::extract::client_address::ClientAddress;
use crate::http::extract::json::Json;
use crate::http::extract::path_id::hyphenated;
use crate::http::openapi::Problems;
use crate::http::response::error::ApiError;
use crate::repository::{IdBatch, Selection};

/// A selection of sessions and the action on them.
// `action` is validated by the handler rather than by its type, because the text of that error
// is Kratos's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Bulk {
    #[schema(value_type = Action, required)]
    action: Option<String>,
    /// Ids of sessions: at most 500, or `["*"]` for all. Excludes `identities`.
    sessions: Option<Vec<String>>,
    /// Ids of identities whose sessions are selected: at most 500, or `["*"]` for all. Excludes
    /// `sessions`.
    identities: Option<Vec<String>>,
}

#[derive(Clone, Copy, ToSchema)]
#[schema(rename_all = "lowercase")]
enum Action {
    Disable,
    Delete,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BatchOutcome)]
pub(in crate::http) struct Answer {
    /// The number of sessions that this call revoked or deleted.
    processed: usize,
    /// True if further sessions may match, so that the call has to be repeated.
    more: bool,
}

/// Revokes or deletes many sessions.
///
/// A call processes up to 1000 sessions. Repeat it while `more` is true.
#[utoipa::path(post, path = "/admin/sessions", operation_id = "manageSessions", request_body = Bulk,
 responses((status = OK, body = Answer), Problems))]
pub(in crate::http) async fn bulk(
    State(app): State<Arc<AppState>>,
    from: ClientAddress,
    Json(body): Json<Bulk>,
) -> Result<Json<Answer>, ApiError> {
    let action = match body.action.as_deref() {
        Some("disable") => Action::Disable,
        Some("delete") => Action::Delete,
        _ => {
            return Err(ApiError::bad_request(
                "The 'action' field must be one of 'disable' or 'delete'.",
            ));
        }
    };
    let (ids, is_identities) = match (body.sessions, body.identities) {
        (Some(sessions), None) => (sessions, false),
        (None, Some(identities)) => (identities, true),
        _ => {
            return Err(ApiError::bad_request(
                "Either 'sessions' or 'identities' must be present, and not both.",
            ));
        }
    };
    if ids == ["*"] {
        return run(&app, action, Selection::All, from).await;
    }
    let name = if is_identities { "identities" } else { "sessions" };
    let ids = parse(name, &ids)?;
    let limit = IdBatch::new(&ids).ok_or_else(|| {
        let max = IdBatch::MAX;
        ApiError::bad_request(format!("'{name}' must not contain more than {max} ids."))
    })?;
    let selection =
        if is_identities { Selection::OfIdentities(limit) } else { Selection::Sessions(limit) };
    run(&app, action, selection, from).await
}

async fn run(
    app: &AppState,
    action: Action,
    selection: Selection<'_>,
    from: ClientAddress,
) -> Result<Json<Answer>, ApiError> {
    let (event, outcome) = match action {
        Action::Disable => (Event::Ended, app.repository.end(selection, app.clock.now()).await?),
        Action::Delete => (Event::Deleted, app.repository.delete(selection).await?),
    };
    app.audit.sessions(event, by_operator("in bulk", from), &outcome.sessions);
    Ok(Json(Answer { processed: outcome.sessions.len(), more: outcome.more }))
}

fn parse(name: &str, ids: &[String]) -> Result<Vec<Uuid>, ApiError> {
    let id = |(nth, text): (usize, &String)| {
        let malformed = || ApiError::bad_request(format!("'{name}[{nth}]' must be a UUID."));
        hyphenated(text).ok_or_else(malformed)
    };
    ids.iter().enumerate().map(id).collect()
}
