//! `GET /sessions`: where else am I signed in?

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

/// The caller's other active sessions, newest first, a page of them.
#[utoipa::path(get, path = "/sessions", operation_id = "listMySessions",
 params(Parameters, ("expand" = Option<Vec<String>>, Query, description = "`device_labels`: what people know their devices by. `activity`: when each session was last used.")),
 responses((status = OK, body = Vec<WireSession>, headers(("Link" = String, description = "The pages around this one: `first`, `prev`, `next`."), ("X-Total-Count" = u64, description = "How many there are in all, where that is known."))), Problems))]
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
