//! Lists of sessions: `GET /admin/sessions` and `GET /admin/identities/{id}/sessions`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::http::AppState;
use crate::http::extract::list_query::{PageQuery, Parameters};
use crate::http::extract::path_id::{Id, View};
use crate::http::openapi::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::pagination_links;
use crate::http::response::wire;
use crate::http::response::wire::{Shown, WireStoredSession};
use crate::identity::SessionWithIdentity;
use crate::pagination::Page;
use crate::repository::Filter;
use crate::stored_session::StoredSession;

/// Lists the sessions of all identities.
///
/// Newest first, in pages.
#[utoipa::path(get, path = "/admin/sessions", operation_id = "listSessions",
 params(Parameters, ("active" = Option<bool>, Query, description = "`true` lists live sessions only, `false` lists only sessions that have ended."), ("expand" = Option<Vec<String>>, Query, description = "Adds fields to each session: any of `identity`, `devices`, `device_labels`, `activity`.")),
 responses((status = OK, body = Vec<WireStoredSession>, headers(("Link" = String))), Problems))]
pub(in crate::http) async fn list(
    State(app): State<Arc<AppState>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let view = View::parse(query.as_deref())?;
    let PageQuery { page, .. } = PageQuery::parse(query.as_deref())?;
    let now = app.clock.now();
    let filter = Filter { identity: None, live: view.active };
    // As in Kratos, there is no total here: it would cover all identities, and changes all the
    // time.
    let mut sessions = Page { total: None, ..app.repository.list(filter, page, now).await? };
    view.expand.read_into(&app, &mut readable(&mut sessions.items)).await?;
    let shown = Shown::from(view);
    let items = std::mem::take(&mut sessions.items);
    let rows = wire::sessions_for_operators(items, Some(&app.base_url), shown, now);
    Ok(pagination_links::answer("/admin/sessions", &view.parameters(), page.size, &sessions, rows))
}

/// Lists the sessions of one identity.
///
/// Newest first, in pages, with the identity and the devices of each session. The list is empty
/// if the identity does not exist.
#[utoipa::path(get, path = "/admin/identities/{id}/sessions", operation_id = "listIdentitySessions",
 params(("id" = Uuid, Path), Parameters, ("active" = Option<bool>, Query, description = "`true` lists live sessions only, `false` lists only sessions that have ended."), ("expand" = Option<Vec<String>>, Query, description = "Adds fields to each session: any of `identity`, `devices`, `device_labels`, `activity`.")),
 responses((status = OK, body = Vec<WireStoredSession>, headers(("Link" = String), ("X-Total-Count" = u64))), Problems))]
pub(in crate::http) async fn list_of_identity(
    State(app): State<Arc<AppState>>,
    Id(identity): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let view = View::parse(query.as_deref())?;
    let PageQuery { page, numbered } = PageQuery::parse(query.as_deref())?;
    let now = app.clock.now();
    let filter = Filter { identity: Some(identity), live: view.active };
    let mut sessions = app.repository.list(filter, page, now).await?;
    if numbered && sessions.total.is_none() {
        sessions.total = Some(app.repository.count(filter, now).await?);
    }

    view.expand.read_into(&app, &mut readable(&mut sessions.items)).await?;
    let shown = Shown { identity: true, devices: true, expand: view.expand };
    let path = format!("/admin/identities/{identity}/sessions");
    let parameters =
        View { active: view.active, expand: view.expand, ..View::default() }.parameters();
    let items = std::mem::take(&mut sessions.items);
    let rows = wire::sessions_for_operators(items, None, shown, now);
    Ok(pagination_links::answer(&path, &parameters, page.size, &sessions, rows))
}

fn readable(sessions: &mut [StoredSession]) -> Vec<&mut SessionWithIdentity> {
    sessions.iter_mut().filter_map(StoredSession::readable_mut).collect()
}
