//! The forms of the sessions page. After each form, the browser is redirected to the page (303),
//! so that a reload does not submit the form again.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

use crate::http::AppState;
use crate::http::extract::authenticate::RequestCredential;
use crate::http::extract::list_query::PageQuery;
use crate::http::extract::path_id::Id;
use crate::http::middleware::csrf;
use crate::http::public;
use crate::http::response::error::ApiError;
use crate::http::ui::page;

/// Signs out one other session, and redirects to the same page.
pub(super) async fn one(
    State(app): State<Arc<AppState>>,
    presented: RequestCredential,
    Id(session): Id,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    csrf::check_form(&app, &headers)?;
    let start = PageQuery::parse(query.as_deref())?.page.start;
    let caller = public::caller(&app, &presented).await?;
    public::end_one(&app, &presented, &caller, session).await?;
    let page = page::at(start);
    let separator = if page.is_empty() { '?' } else { '&' };
    Ok(back_to(&app, &format!("{page}{separator}signed_out=one")))
}

/// Signs out all other sessions, and redirects to the first page.
pub(super) async fn others(
    State(app): State<Arc<AppState>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    csrf::check_form(&app, &headers)?;
    let caller = public::caller(&app, &presented).await?;
    let count = public::end_others(&app, &presented, &caller).await?;
    Ok(back_to(&app, &format!("?signed_out={count}")))
}

/// Redirects from the address of a form to the page. After a failure, that address is in the
/// address bar, and people reload it.
pub(super) async fn show(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    back_to(&app, "")
}

fn back_to(app: &AppState, query: &str) -> impl IntoResponse + use<> {
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{}/ui/sessions{query}", app.base_url.path()))])
}
