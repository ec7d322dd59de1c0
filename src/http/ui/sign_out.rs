//! Signing out one session: another one, or this one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::authentication::CookieCodec;
use crate::http::binding_protocol::BindingProtocol;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::path_id::Id;
use crate::http::response::error::ApiError;
use crate::http::return_urls::ReturnUrls;
use crate::http::ui::form;
use crate::http::ui::form::Form;
use crate::http::ui::notice::Notice;
use crate::http::ui::shell::Ui;
use crate::http::ui::view::View;
use crate::service::SessionService;

/// Signs out one other session, and redirects to the same page.
pub(super) async fn one(
    State(service): State<Arc<SessionService>>,
    Id(session): Id,
    view: View,
    form: Form,
) -> Result<Response, ApiError> {
    let RequestCredential { credential, address, now, .. } = &form.presented;
    let revoked = service.revoke_other(credential, session, *address, *now).await;
    let is_ended = revoked.map_err(|error| form.presented.explain(error))?;
    // The form calls the session as the page did, so that nothing has to be read for the notice.
    let notice = is_ended.then(|| Notice::SignedOut(form.field("session")));
    Ok(form.redirect(&view.query(), notice))
}

/// Signs out the current session, and sends the person home.
pub(super) async fn here(
    State(service): State<Arc<SessionService>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(bindings): State<Option<Arc<BindingProtocol>>>,
    State(return_urls): State<Arc<ReturnUrls>>,
    form: Form,
) -> Result<Response, ApiError> {
    let RequestCredential { credential, address, now, .. } = &form.presented;
    let ended = service.sign_out(credential, *address, *now).await;
    ended.map_err(|error| form.presented.explain(error))?;
    Ok(return_urls.signed_out(&cookies, bindings.as_deref(), None))
}

/// Redirects from the address of a form to the page. After a failure, that address is in the
/// address bar, and people reload it.
pub(super) async fn show(State(ui): State<Arc<Ui>>) -> impl IntoResponse {
    form::redirect(ui.sessions(""), None)
}
