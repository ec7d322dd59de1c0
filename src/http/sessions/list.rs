//! `GET /sessions`: where else am I signed in?

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::super::App;
use super::super::authenticate::Presented;
use super::super::error::ApiError;
use super::super::link;
use super::super::page_query::PageQuery;
use super::super::wire;
use crate::repository::Listing;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// The caller's other active sessions, newest first, a page of them.
pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    Presented(credential): Presented,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let PageQuery { page, numbered } = PageQuery::parse(query.as_deref())?;
    let now = app.clock.now();
    let Listing { caller, mut others } = app
        .repository
        .others(&credential.token, page, now)
        .await?
        .ok_or_else(ApiError::unauthorized)?;
    app.gate.admit(&caller, now).map_err(|refusal| ApiError::refused(refusal, &app.base_url))?;
    if numbered && others.total.is_none() {
        others.total = Some(app.repository.count_others(&caller, now).await?);
    }

    let body = wire::sessions(&others.items, &caller.identity, now);
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    let path = format!("{}/sessions", app.base_url.path());
    if let Some(link) = link::header(&path, "", page.size, &others) {
        headers.insert(LINK, link);
    }
    if let Some(total) = others.total {
        headers.insert(TOTAL, total.into());
    }
    Ok(response)
}
