//! The forms of the sessions page. After each form, the browser is redirected to the page (303),
//! so that a reload does not submit the form again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::authentication::CookieCodec;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::page_query::PageQuery;
use crate::http::extract::path_id::Id;
use crate::http::middleware::csrf::Csrf;
use crate::http::response::error::ApiError;
use crate::http::return_urls::ReturnUrls;
use crate::http::ui::page;
use crate::http::ui::shell::Ui;
use crate::service::SessionService;

/// Signs out one other session, and redirects to the same page.
pub(super) async fn one(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    State(ui): State<Arc<Ui>>,
    presented: RequestCredential,
    Id(session): Id,
    PageQuery { page, .. }: PageQuery,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    csrf.check_form(&headers)?;
    let RequestCredential { credential, address, now, .. } = &presented;
    let revoked = service.revoke_other(credential, session, *address, *now).await;
    revoked.map_err(|error| presented.explain(error))?;
    let page = page::at(page.start);
    let separator = if page.is_empty() { '?' } else { '&' };
    Ok(back_to(&ui, &format!("{page}{separator}signed_out=one")))
}

/// Signs out all other sessions, and redirects to the first page.
pub(super) async fn others(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    State(ui): State<Arc<Ui>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    csrf.check_form(&headers)?;
    let RequestCredential { credential, address, now, .. } = &presented;
    let count = service.revoke_others(credential, *address, *now).await;
    let count = count.map_err(|error| presented.explain(error))?;
    Ok(back_to(&ui, &format!("?signed_out={count}")))
}

/// Signs out the current session, and sends the person home.
pub(super) async fn here(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(return_urls): State<Arc<ReturnUrls>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    csrf.check_form(&headers)?;
    let RequestCredential { credential, address, now, .. } = &presented;
    let ended = service.sign_out(credential, *address, *now).await;
    ended.map_err(|error| presented.explain(error))?;
    Ok(return_urls.signed_out(&cookies, None))
}

/// Redirects from the address of a form to the page. After a failure, that address is in the
/// address bar, and people reload it.
pub(super) async fn show(State(ui): State<Arc<Ui>>) -> impl IntoResponse {
    back_to(&ui, "")
}

fn back_to(ui: &Ui, query: &str) -> impl IntoResponse + use<> {
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{}/ui/sessions{query}", ui.base))])
}
