//! `DELETE /sessions`, `DELETE /sessions/{id}`: signs out elsewhere.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::App;
use super::super::authenticate::Presented;
use super::super::body::Json;
use super::super::error::ApiError;
use super::super::path::Id;
use super::super::same_site;
use crate::authentication::{Credential, Gate};
use crate::identity::SessionOfIdentity;

/// How many sessions were ended.
#[derive(Serialize)]
pub(in crate::http) struct Count {
    count: u64,
}

/// Ends all of the caller's sessions but this one. What was answered has happened.
pub(in crate::http) async fn revoke_others(
    State(app): State<Arc<App>>,
    Presented { credential, now }: Presented,
    headers: HeaderMap,
) -> Result<Json<Count>, ApiError> {
    let caller = caller(&app, &credential, &headers, now).await?;
    let count = app.repository.end_others(&caller, now).await?;
    Ok(Json(Count { count }))
}

/// Ends one other session of the caller's. Of one that is not there, or is
/// someone else's, the answer is the same: it tells nothing.
pub(in crate::http) async fn revoke(
    State(app): State<Arc<App>>,
    Presented { credential, now }: Presented,
    Id(session): Id,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let caller = caller(&app, &credential, &headers, now).await?;
    if session == caller.session.id {
        return Err(ApiError::bad_request_saying("cannot revoke current session"));
    }
    app.repository.end_other(&caller, session, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who asks. One factor is enough to sign out elsewhere.
async fn caller(
    app: &App,
    credential: &Credential,
    headers: &HeaderMap,
    now: OffsetDateTime,
) -> Result<SessionOfIdentity, ApiError> {
    same_site::check(app, credential, headers)?;
    let caller = app.repository.whoami(&credential.token).await?;
    let caller = caller.ok_or_else(ApiError::unauthorized)?;
    Gate::admit_at_any_level(&caller, now)
        .map_err(|refusal| ApiError::refused(refusal, &app.base_url))?;
    Ok(caller)
}
