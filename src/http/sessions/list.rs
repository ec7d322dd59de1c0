//! `GET /sessions`: where else am I signed in?

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::super::App;
use super::super::additions::Additions;
use super::super::authenticate::Presented;
use super::super::error::ApiError;
use super::super::link;
use super::super::openapi::Problems;
use super::super::page_query::{PageQuery, Parameters};
use super::super::wire::{self, WireSession};
use crate::repository::Listing;

/// The caller's other active sessions, newest first, a page of them.
#[utoipa::path(get, path = "/sessions", operation_id = "listMySessions",
 params(Parameters, ("expand" = Option<Vec<String>>, Query, description = "`device_labels`: what people know their devices by. `activity`: when each session was last used.")),
 responses((status = OK, body = Vec<WireSession>, headers(("Link" = String, description = "The pages around this one: `first`, `prev`, `next`."), ("X-Total-Count" = u64, description = "How many there are in all, where that is known."))), Problems))]
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
    presented.admit(&app, &caller).await?;
    if numbered && others.total.is_none() {
        others.total = Some(app.repository.count_others(&caller, now).await?);
    }

    additions.read_into(&app, &mut others.items).await?;
    let rows = wire::sessions(&others.items, &caller.identity, additions, now);
    let path = format!("{}/sessions", app.base_url.path());
    Ok(link::answer(&path, additions.parameters(), page.size, &others, rows))
}
