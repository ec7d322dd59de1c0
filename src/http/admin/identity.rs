//! `/admin/identities/{id}`: what ends sessions because of whose they are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::super::App;
use super::super::body::Json;
use super::super::error::ApiError;
use super::super::path::Id;
use super::issue::{IdentityBody, own_only};
use crate::repository::{FewIds, Selection};

/// Changes what is given; switched off, an identity has no sessions any more.
pub(in crate::http) async fn change(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Json(body): Json<IdentityBody>,
) -> Result<StatusCode, ApiError> {
    own_only(&app)?;
    done_if(app.repository.change_identity(id, &body.into(), app.clock.now()).await?)
}

/// Deletes an identity with its sessions.
pub(in crate::http) async fn delete(
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    own_only(&app)?;
    done_if(app.repository.delete_identity(id).await?)
}

/// Deletes all of an identity's sessions. 404 where there is none.
pub(in crate::http) async fn delete_sessions(
    State(app): State<Arc<App>>,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    let selection = Selection::OfIdentities(FewIds::one(&id));
    let mut deleted = 0;
    loop {
        let processed = app.repository.delete(selection).await?;
        deleted += processed.count;
        if !processed.more {
            return done_if(deleted > 0);
        }
    }
}

fn done_if(found: bool) -> Result<StatusCode, ApiError> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::no_such_resource()) }
}
