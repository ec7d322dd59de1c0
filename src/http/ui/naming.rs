//! The form that names a session.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::extract::credential::RequestCredential;
use crate::http::extract::path_id::Id;
use crate::http::response::error::ApiError;
use crate::http::ui::form::Form;
use crate::http::ui::notice::Notice;
use crate::http::ui::view::View;
use crate::service::SessionService;
use crate::session::SessionName;

/// Names one of the caller's sessions, or removes its name, and redirects to the same page. A name
/// that is refused is shown there again, with the reason.
pub(super) async fn name(
    State(service): State<Arc<SessionService>>,
    Id(session): Id,
    view: View,
    form: Form,
) -> Result<Response, ApiError> {
    let RequestCredential { credential, address, now, .. } = &form.presented;
    let text = form.field("name");
    let (name, notice) = match SessionName::parse(&text) {
        Some(name) => (Some(name.clone()), Notice::Named(name.as_str().to_owned())),
        None if text.is_empty() => (None, Notice::Unnamed),
        None => {
            let checked = service.check_signed_in(credential, *now).await;
            checked.map_err(|error| form.presented.explain(error))?;
            return Ok(form.redirect(&view.query(), Some(Notice::NameRefused(session, text))));
        }
    };
    let named = service.name_session(credential, session, name, *address, *now).await;
    named.map_err(|error| form.presented.explain(error))?;
    Ok(form.redirect(&view.query(), Some(notice)))
}
