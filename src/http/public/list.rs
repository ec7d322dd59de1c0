//! `GET /sessions`: the list of the caller's other sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::config::BaseUrl;
use crate::http::binding_protocol::SECURE_SESSION_REGISTRATION;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::expand::Expand;
use crate::http::extract::page_query::PageQuery;
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::pagination_links;
use crate::http::response::wire;
use crate::http::response::wire::WireSession;
use crate::service::{Include, OtherSessions, SessionService};

/// List the caller's other active sessions
///
/// Newest first, in pages.
#[utoipa::path(get, path = "/sessions", operation_id = "listMySessions", tag = "sessions",
 params(PageQuery, Expand),
 responses((status = OK, body = Vec<WireSession>, headers(("Link" = String, description = "Links to the first page and the adjacent pages: `first`, `prev`, `next`."), ("X-Total-Count" = u64, description = "The number of sessions on all pages. Present if all sessions fit on one page, or if a numbered page was requested."), ("Secure-Session-Registration" = String, description = "An offer to bind the session to the device. Present if `session.binding` is set, and the session of a cookie is not bound."))), Problems))]
pub(super) async fn list(
    State(service): State<Arc<SessionService>>,
    State(base_url): State<Arc<BaseUrl>>,
    presented: RequestCredential,
    PageQuery { page, numbered }: PageQuery,
    expand: Expand,
) -> Result<Response, ApiError> {
    let include = Include { total: numbered, ..expand.include() };
    let (credential, now) = (&presented.credential, presented.now);
    let found = service.list_others(credential, page, include, now).await;
    let OtherSessions { caller, others } = found.map_err(|error| presented.explain(error))?;
    let rows = wire::sessions(&others.items, wire::identity_in_lists(&caller), expand, now);
    let path = format!("{}/sessions", base_url.path());
    let mut answer =
        pagination_links::answer(&path, &expand.parameters(), page.size, &others, rows);
    if let Some(offer) = presented.offer(caller.bound()) {
        answer.headers_mut().insert(SECURE_SESSION_REGISTRATION, offer);
    }
    Ok(answer)
}
