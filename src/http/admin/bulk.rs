//! `POST /admin/sessions`: bulk revocation and deletion.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::json::JsonBody;
use crate::http::extract::operator::Operator;
use crate::http::extract::path_id::hyphenated;
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::repository::{IdBatch, KeptSessions, Selection};
use crate::service::SessionService;

/// The reason in audit records.
const REASON: &str = "in bulk";

/// A selection of sessions and the action on them.
// `action` is validated by the handler rather than by its type, because the text of that error
// is Kratos's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchRequest)]
pub(super) struct Bulk {
    #[schema(value_type = Action, required)]
    action: Option<String>,
    /// Ids of sessions: at most 500, or `["*"]` for all. Excludes `identities`.
    sessions: Option<Vec<String>>,
    /// Ids of identities whose sessions are selected: at most 500, or `["*"]` for all. Excludes
    /// `sessions`.
    identities: Option<Vec<String>>,
    /// Ids of sessions that stay as they are, such as the one in which a password was changed: at
    /// most 16. Only with ids of identities.
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Clone, Copy, ToSchema)]
#[schema(rename_all = "lowercase")]
enum Action {
    Disable,
    Delete,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BatchOutcome)]
pub(super) struct Answer {
    /// The number of sessions that this call revoked or deleted.
    processed: usize,
    /// True if further sessions may match, so that the call has to be repeated.
    more: bool,
}

/// Revoke or delete many sessions
///
/// A call processes up to 1000 sessions. Repeat it while `more` is true.
#[utoipa::path(post, path = "/admin/sessions", operation_id = "manageSessions", tag = "admin", request_body = Bulk,
 responses((status = OK, body = Answer), Problems))]
pub(super) async fn bulk(
    State(service): State<Arc<SessionService>>,
    operator: Operator,
    JsonBody(body): JsonBody<Bulk>,
) -> Result<JsonResponse<Answer>, ApiError> {
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
    let name = if is_identities { "identities" } else { "sessions" };
    let is_all = ids == ["*"];
    if !body.except.is_empty() && (is_all || !is_identities) {
        return Err(ApiError::bad_request("'except' requires the ids of 'identities'."));
    }
    if is_all {
        return run(&service, action, Selection::All, operator).await;
    }
    let ids = parse(name, &ids)?;
    let except = parse("except", &body.except)?;
    let kept = KeptSessions::new(&except).ok_or_else(|| too_many("except", KeptSessions::MAX))?;
    let limit = IdBatch::new(&ids).ok_or_else(|| too_many(name, IdBatch::MAX))?;
    let selection = match (is_identities, except.is_empty()) {
        (true, true) => Selection::OfIdentities(limit),
        (true, false) => Selection::OfIdentitiesExcept(limit, kept),
        (false, _) => Selection::Sessions(limit),
    };
    run(&service, action, selection, operator).await
}

async fn run(
    service: &SessionService,
    action: Action,
    selection: Selection<'_>,
    Operator { actor, now }: Operator,
) -> Result<JsonResponse<Answer>, ApiError> {
    let outcome = match action {
        Action::Disable => service.revoke_batch(actor, REASON, selection, now).await?,
        Action::Delete => service.delete_batch(actor, REASON, selection, now).await?,
    };
    Ok(JsonResponse(Answer { processed: outcome.sessions.len(), more: outcome.more }))
}

fn too_many(name: &str, max: usize) -> ApiError {
    ApiError::bad_request(format!("'{name}' must not contain more than {max} ids."))
}

fn parse(name: &str, ids: &[String]) -> Result<Vec<Uuid>, ApiError> {
    let id = |(nth, text): (usize, &String)| {
        let malformed = || ApiError::bad_request(format!("'{name}[{nth}]' must be a UUID."));
        hyphenated(text).ok_or_else(malformed)
    };
    ids.iter().enumerate().map(id).collect()
}
