//! The form that names a session.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::authentication::CookieCodec;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::path_id::Id;
use crate::http::middleware::csrf::Csrf;
use crate::http::response::error::ApiError;
use crate::http::ui::form;
use crate::http::ui::notice::Notice;
use crate::http::ui::shell::Ui;
use crate::http::ui::view::View;
use crate::service::SessionService;
use crate::session::SessionName;

/// Names one of the caller's sessions, or removes its name, and redirects to the same page. A name
/// that is refused is shown there again, with the reason.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request or of the state")]
pub(super) async fn name(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    State(codec): State<Arc<CookieCodec>>,
    State(ui): State<Arc<Ui>>,
    presented: RequestCredential,
    Id(session): Id,
    view: View,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    csrf.check_form(&headers)?;
    let RequestCredential { credential, address, now, .. } = &presented;
    let text = form::field(&body, "name");
    let (name, notice) = match SessionName::parse(&text) {
        Some(name) => (Some(name.clone()), Notice::Named(name.as_str().to_owned())),
        None if text.is_empty() => (None, Notice::Unnamed),
        None => {
            let checked = service.check_signed_in(credential, *now).await;
            checked.map_err(|error| presented.explain(error))?;
            let notice = Notice::NameRefused(session, text);
            let cookie = notice.cookie(&codec, &credential.token, &ui.cookies);
            return Ok(form::redirect(ui.sessions(&view.query()), cookie));
        }
    };
    let named = service.name_session(credential, session, name, *address, *now).await;
    named.map_err(|error| presented.explain(error))?;
    let cookie = notice.cookie(&codec, &credential.token, &ui.cookies);
    Ok(form::redirect(ui.sessions(&view.query()), cookie))
}
