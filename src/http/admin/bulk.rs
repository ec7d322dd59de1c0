//! `POST /admin/sessions`: ends or deletes many.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::App;
use super::super::body::Json;
use super::super::error::ApiError;
use super::super::path::hyphenated;
use crate::repository::{FewIds, Processed, Selection};

/// The body. Not all of it can be told by types: Kratos's texts are for what is left.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Bulk {
    action: Option<String>,
    sessions: Option<Vec<String>>,
    identities: Option<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Action {
    Disable,
    Delete,
}

#[derive(Serialize)]
pub(in crate::http) struct Answer {
    processed: u64,
    /// Whether the same call has to be made again.
    more: bool,
}

/// Does it to at most [`crate::repository::AT_ONCE`], and says whether there may be more.
pub(in crate::http) async fn bulk(
    State(app): State<Arc<App>>,
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
                "Either 'sessions' or 'identities' must be given, and not both.",
            ));
        }
    };
    if ids == ["*"] {
        return run(&app, action, Selection::All).await;
    }
    let name = if is_identities { "identities" } else { "sessions" };
    let ids = parse(name, &ids)?;
    let limit = FewIds::new(&ids).ok_or_else(|| {
        let most = FewIds::MOST;
        ApiError::bad_request(format!("'{name}' must not have more than {most} ids."))
    })?;
    let selection =
        if is_identities { Selection::OfIdentities(limit) } else { Selection::Sessions(limit) };
    run(&app, action, selection).await
}

async fn run(
    app: &App,
    action: Action,
    selection: Selection<'_>,
) -> Result<Json<Answer>, ApiError> {
    let Processed { count, more } = match action {
        Action::Disable => app.repository.end(selection, app.clock.now()).await?,
        Action::Delete => app.repository.delete(selection).await?,
    };
    Ok(Json(Answer { processed: count, more }))
}

fn parse(name: &str, ids: &[String]) -> Result<Vec<Uuid>, ApiError> {
    let id = |(nth, text): (usize, &String)| {
        let wrong = || ApiError::bad_request(format!("'{name}[{nth}]' must be a UUID."));
        hyphenated(text).ok_or_else(wrong)
    };
    ids.iter().enumerate().map(id).collect()
}
