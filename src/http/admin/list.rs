//! `GET /admin/sessions`, `GET /admin/identities/{id}/sessions`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::super::App;
use super::super::error::ApiError;
use super::super::link;
use super::super::page_query::PageQuery;
use super::super::path::{Id, View};
use super::super::wire::{self, Shown};
use crate::identity::SessionOfIdentity;
use crate::pagination::{Page, PageSize};
use crate::repository::Filter;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Everyone's sessions, newest first, a page of them.
pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let view = View::parse(query.as_deref())?;
    let PageQuery { page, .. } = PageQuery::parse(query.as_deref())?;
    let now = app.clock.now();
    let filter = Filter { identity: None, live: view.active };
    let sessions = app.repository.list(filter, page, now).await?;
    let shown = Shown { identity: view.identity, devices: view.devices };
    let body = wire::sessions_for_operators(&sessions.items, Some(&app.base_url), shown, now);
    Ok(answer("/admin/sessions", &view.parameters(), page.size, &sessions, body))
}

/// One identity's sessions, with its identity and their devices. Of one that is
/// not there the list is empty.
pub(in crate::http) async fn list_of_identity(
    State(app): State<Arc<App>>,
    Id(identity): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let view = View::parse(query.as_deref())?;
    let PageQuery { page, numbered } = PageQuery::parse(query.as_deref())?;
    let now = app.clock.now();
    let filter = Filter { identity: Some(identity), live: view.active };
    let sessions = app.repository.list(filter, page, now).await?;
    let total = match sessions.total {
        None if numbered => Some(app.repository.count(filter, now).await?),
        total => total,
    };

    let shown = Shown { identity: true, devices: true };
    let path = format!("/admin/identities/{identity}/sessions");
    let parameters = View { active: view.active, ..View::default() }.parameters();
    let body = wire::sessions_for_operators(&sessions.items, None, shown, now);
    let mut response = answer(&path, &parameters, page.size, &sessions, body);
    if let Some(total) = total {
        response.headers_mut().insert(TOTAL, total.into());
    }
    Ok(response)
}

fn answer(
    path: &str,
    parameters: &str,
    size: PageSize,
    sessions: &Page<SessionOfIdentity>,
    body: Vec<u8>,
) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    if let Some(link) = link::header(path, parameters, size, sessions) {
        headers.insert(LINK, link);
    }
    response
}
