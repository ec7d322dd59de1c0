//! `GET /sessions`: the list of the caller's other sessions.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::http::AppState;
use crate::http::extract::authenticate::RequestCredential;
use crate::http::extract::list_query::{PageQuery, Parameters};
use crate::http::openapi::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::expand::Expand;
use crate::http::response::pagination_links;
use crate::http::response::wire;
use crate::http::response::wire::WireSession;
use crate::repository::Listing;

/// Lists the caller's other active sessions.
///
/// Newest first, in pages.
#[utoipa::path(get, path = "/sessions", operation_id = "listMySessions",
 params(Parameters, ("expand" = Option<Vec<String>>, Query, description = "Adds fields to each session. `device_labels`: descriptions of the devices, such as \"Chrome on Windows\". `activity`: when the session was last used.")),
 responses((status = OK, body = Vec<WireSession>, headers(("Link" = String, description = "Links to the first page and the adjacent pages: `first`, `prev`, `next`."), ("X-Total-Count" = u64, description = "The number of sessions on all pages. Present if all sessions fit on one page, or if a numbered page was requested."))), Problems))]
pub(in crate::http) async fn list(
    State(app): State<Arc<AppState>>,
    presented: RequestCredential,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let PageQuery { page, numbered } = PageQuery::parse(query.as_deref())?;
    let expand = Expand::parse(query.as_deref());
    let now = presented.now;
    let found = app.repository.others(&presented.credential.token, page, now).await?;
    let Listing { caller, mut others } = presented.known(&app, found)?;
    presented.admit(&app, &caller).await?;
    if numbered && others.total.is_none() {
        others.total = Some(app.repository.count_others(&caller, now).await?);
    }

    expand.read_into(&app, &mut others.items).await?;
    let rows = wire::sessions(&others.items, &caller.identity, expand, now);
    let path = format!("{}/sessions", app.base_url.path());
    Ok(pagination_links::answer(&path, expand.parameters(), page.size, &others, rows))
}
