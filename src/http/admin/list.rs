//! Lists of sessions: `GET /admin/sessions` and `GET /admin/identities/{id}/sessions`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::extract::admin_query::ListView;
use crate::http::extract::expand::Part;
use crate::http::extract::operator::Operator;
use crate::http::extract::page_query::PageQuery;
use crate::http::extract::path_id::Id;
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::pagination_links;
use crate::http::response::wire;
use crate::http::response::wire::{SchemaUrls, WireStoredSession};
use crate::repository::Filter;
use crate::service::{Include, SessionService};

/// List the sessions of all identities
///
/// Newest first, in pages.
#[utoipa::path(get, path = "/admin/sessions", operation_id = "listSessions", tag = "admin",
 params(PageQuery, ListView),
 responses((status = OK, body = Vec<WireStoredSession>, headers(("Link" = String, description = "Links to the first page and the adjacent pages: `first`, `prev`, `next`."))), Problems))]
pub(super) async fn list(
    State(service): State<Arc<SessionService>>,
    State(schemas): State<Arc<SchemaUrls>>,
    Operator { now, .. }: Operator,
    view: ListView,
    PageQuery { page, .. }: PageQuery,
) -> Result<Response, ApiError> {
    let filter = Filter { identity: None, live: view.active };
    let include = view.expand.include();
    let mut sessions = service.list(filter, page, include, now).await?;
    // As in Kratos, there is no total here: it would cover all identities, and changes all the
    // time.
    sessions.total = None;
    let items = std::mem::take(&mut sessions.items);
    let rows = wire::sessions_for_operators(items, &schemas, view.expand, now);
    Ok(pagination_links::answer("/admin/sessions", &view.parameters(), page.size, &sessions, rows))
}

/// List the sessions of one identity
///
/// Newest first, in pages, with the identity and the devices of each session. The list is empty
/// if the identity does not exist.
#[utoipa::path(get, path = "/admin/identities/{id}/sessions", operation_id = "listIdentitySessions", tag = "admin",
 params(Id, PageQuery, ListView),
 responses((status = OK, body = Vec<WireStoredSession>, headers(("Link" = String, description = "Links to the first page and the adjacent pages: `first`, `prev`, `next`."), ("X-Total-Count" = u64, description = "The number of sessions on all pages. Present if all sessions fit on one page, or if a numbered page was requested."))), Problems))]
pub(super) async fn list_of_identity(
    State(service): State<Arc<SessionService>>,
    Id(identity): Id,
    Operator { now, .. }: Operator,
    view: ListView,
    PageQuery { page, numbered }: PageQuery,
) -> Result<Response, ApiError> {
    let filter = Filter { identity: Some(identity), live: view.active };
    let include = Include { total: numbered, ..view.expand.include() };
    let mut sessions = service.list(filter, page, include, now).await?;

    let path = format!("/admin/identities/{identity}/sessions");
    let parameters = ListView { expand: view.expand.additional(), ..view }.parameters();
    let expand = view.expand.with(Part::Identity).with(Part::Devices);
    let items = std::mem::take(&mut sessions.items);
    let rows = wire::sessions_for_operators(items, &SchemaUrls::NONE, expand, now);
    Ok(pagination_links::answer(&path, &parameters, page.size, &sessions, rows))
}
