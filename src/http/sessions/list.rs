//! `GET /sessions`: where else am I signed in?

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::super::App;
use super::super::additions::Additions;
use super::super::authenticate::Presented;
use super::super::error::ApiError;
use super::super::link;
use super::super::page_query::PageQuery;
use super::super::wire;
use crate::repository::Listing;

/// The caller's other active sessions, newest first, a page of them.
pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let PageQuery { page, numbered } = PageQuery::parse(query.as_deref())?;
    let additions = Additions::parse(query.as_deref());
    let now = presented.now;
    let found = app.repository.others(&presented.credential.token, page, now).await?;
    let Listing { caller, mut others } = presented.known(&app, found)?;
    presented.admit(&app, &caller)?;
    if numbered && others.total.is_none() {
        others.total = Some(app.repository.count_others(&caller, now).await?);
    }

    let rows = wire::sessions(&others.items, &caller.identity, additions, now);
    let path = format!("{}/sessions", app.base_url.path());
    Ok(link::answer(&path, additions.parameters(), page.size, &others, rows))
}
